//! VPC endpoints and the lists of ranges that stand for services.

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One of `DescribeVpcEndpoints`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct VpcEndpoint {
    /// Such as `vpce-0a1b2c3d`.
    pub vpc_endpoint_id: String,
    /// `Interface`, `Gateway`, `GatewayLoadBalancer`, `Resource`, `ServiceNetwork`.
    pub vpc_endpoint_type: String,
    /// Its VPC.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub vpc_id: String,
    /// Such as `com.amazonaws.eu-west-1.secretsmanager`.
    pub service_name: String,
    /// `available`, `pending`, `deleting`, …, in any case of letters.
    pub state: String,
    /// The endpoint policy's JSON text; absent: everything is allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_document: Option<String>,
    /// Of a gateway endpoint: the tables that lead to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub route_table_ids: Vec<String>,
    /// Of an interface endpoint: where its network interfaces stand.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subnet_ids: Vec<String>,
    /// Of an interface endpoint: the security groups of its network interfaces.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<EndpointGroup>,
    /// Whether the service's own host name leads to it inside the VPC.
    pub private_dns_enabled: bool,
    /// Whom its names serve.
    pub dns_options: DnsOptions,
    /// Its own host names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dns_entries: Vec<DnsEntry>,
}

/// A security group of an endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct EndpointGroup {
    /// The group.
    pub group_id: String,
}

/// Whom an endpoint's private names serve.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct DnsOptions {
    /// Only those who ask from outside the VPC; inside, the gateway endpoint serves (S3).
    pub private_dns_only_for_inbound_resolver_endpoint: bool,
}

/// A host name of an endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct DnsEntry {
    /// Such as `vpce-0a1b2c3d-xyz.secretsmanager.eu-west-1.vpce.amazonaws.com`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns_name: Option<String>,
}

/// One of `DescribeManagedPrefixLists` with its `GetManagedPrefixListEntries`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct ManagedPrefixList {
    /// Such as `pl-6da54004`.
    pub prefix_list_id: String,
    /// Such as `com.amazonaws.eu-west-1.s3`.
    pub prefix_list_name: String,
    /// The ranges in it.
    pub entries: Vec<PrefixListEntry>,
}

impl ManagedPrefixList {
    /// Whether AWS keeps it, for one of its services.
    pub fn is_of_service(&self) -> bool {
        self.prefix_list_name.starts_with("com.amazonaws.")
    }
}

/// A range in a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct PrefixListEntry {
    /// The range.
    #[schemars(with = "String")]
    pub cidr: IpNet,
}
