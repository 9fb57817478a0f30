//! Network ACLs and security groups: what lets a packet through.

use ipnet::{Ipv4Net, Ipv6Net};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One of `DescribeNetworkAcls`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct NetworkAcl {
    /// Such as `acl-0a1b2c3d`.
    pub network_acl_id: String,
    /// Its VPC.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub vpc_id: String,
    /// Whether it is the VPC's default one.
    pub is_default: bool,
    /// The subnets behind it.
    pub associations: Vec<AclAssociation>,
    /// Its rules; the lowest number that matches decides.
    pub entries: Vec<AclEntry>,
}

/// A subnet behind a network ACL.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct AclAssociation {
    /// The subnet.
    pub subnet_id: String,
}

/// A rule of a network ACL.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct AclEntry {
    /// Its place; 32767 is the last word, which denies.
    pub rule_number: i32,
    /// `allow` or `deny`.
    pub rule_action: String,
    /// Whether it is about packets that leave the subnet.
    pub egress: bool,
    /// A protocol number; `-1` for all, which also means all ports.
    pub protocol: String,
    /// The other side in IPv4.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub cidr_block: Option<Ipv4Net>,
    /// The other side in IPv6.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub ipv6_cidr_block: Option<Ipv6Net>,
    /// The destination ports; absent: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port_range: Option<PortRange>,
}

/// Ports from one to another, both included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct PortRange {
    /// The first.
    pub from: i32,
    /// The last.
    pub to: i32,
}

/// One of `DescribeSecurityGroups`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct SecurityGroup {
    /// Such as `sg-0a1b2c3d`.
    pub group_id: String,
    /// Its name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub group_name: String,
    /// Its VPC.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub vpc_id: String,
    /// Who may come in.
    pub ip_permissions: Vec<IpPermission>,
    /// Where its members may go.
    pub ip_permissions_egress: Vec<IpPermission>,
}

/// A rule of a security group: a protocol, ports, and the other sides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct IpPermission {
    /// `tcp`, `udp`, `icmp`, a protocol number, or `-1` for all, which also means all ports.
    pub ip_protocol: String,
    /// The first port; absent or -1: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_port: Option<i32>,
    /// The last port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_port: Option<i32>,
    /// Ranges of IPv4.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ip_ranges: Vec<IpRange>,
    /// Ranges of IPv6.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ipv6_ranges: Vec<Ipv6Range>,
    /// Lists of ranges.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prefix_list_ids: Vec<PrefixListId>,
    /// Members of other groups, and of itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub user_id_group_pairs: Vec<GroupPair>,
}

/// A range of IPv4 in a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct IpRange {
    /// The range.
    #[schemars(with = "String")]
    pub cidr_ip: Ipv4Net,
}

/// A range of IPv6 in a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct Ipv6Range {
    /// The range.
    #[schemars(with = "String")]
    pub cidr_ipv6: Ipv6Net,
}

/// A list of ranges in a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct PrefixListId {
    /// Such as `pl-6da54004`.
    pub prefix_list_id: String,
}

/// A group in a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct GroupPair {
    /// The group.
    pub group_id: String,
}
