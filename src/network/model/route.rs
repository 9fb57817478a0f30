//! Route tables: where a packet leaves its subnet.

use ipnet::{Ipv4Net, Ipv6Net};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One of `DescribeRouteTables`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct RouteTable {
    /// Such as `rtb-0a1b2c3d`.
    pub route_table_id: String,
    /// Its VPC.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub vpc_id: String,
    /// The subnets that use it.
    pub associations: Vec<RouteTableAssociation>,
    /// Its routes.
    pub routes: Vec<Route>,
}

/// Who uses a route table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct RouteTableAssociation {
    /// Whether every subnet without a table of its own uses it.
    pub main: bool,
    /// One subnet that does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnet_id: Option<String>,
}

/// One route: a destination and a target, each in one of several members.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct Route {
    /// Destination in IPv4.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub destination_cidr_block: Option<Ipv4Net>,
    /// Destination in IPv6.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub destination_ipv6_cidr_block: Option<Ipv6Net>,
    /// Destinations in a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_prefix_list_id: Option<String>,
    /// `local`, an internet gateway, a virtual private gateway, or a gateway endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway_id: Option<String>,
    /// A NAT gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nat_gateway_id: Option<String>,
    /// An egress-only gateway for IPv6.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub egress_only_internet_gateway_id: Option<String>,
    /// An instance; its interface is named too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
    /// A network interface, as of a NAT instance or a firewall.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_interface_id: Option<String>,
    /// A transit gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transit_gateway_id: Option<String>,
    /// A peering connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_peering_connection_id: Option<String>,
    /// A local gateway of an outpost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_gateway_id: Option<String>,
    /// A carrier gateway of a Wavelength zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carrier_gateway_id: Option<String>,
    /// A Cloud WAN core network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub core_network_arn: Option<String>,
    /// `active`, or `blackhole`: the target is gone, or not attached.
    pub state: String,
    /// `EnableVgwRoutePropagation` for a route that a gateway brought, which yields to one that was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}
