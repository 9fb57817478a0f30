//! What leads out of a VPC: internet, NAT and egress-only gateways; and the network interfaces that paths lead to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::EndpointGroup;

/// The gateways of one VPC.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct Gateways {
    /// `DescribeInternetGateways`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub internet_gateways: Vec<InternetGateway>,
    /// `DescribeNatGateways`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nat_gateways: Vec<NatGateway>,
    /// `DescribeEgressOnlyInternetGateways`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub egress_only_internet_gateways: Vec<EgressOnlyInternetGateway>,
}

impl Gateways {
    /// The ids of all of them.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        let internet = self
            .internet_gateways
            .iter()
            .map(|gateway| &gateway.internet_gateway_id);
        let nat = self.nat_gateways.iter().map(|gateway| &gateway.nat_gateway_id);
        let egress_only = self.egress_only_internet_gateways.iter();
        let egress_only = egress_only.map(|gateway| &gateway.egress_only_internet_gateway_id);
        internet.chain(nat).chain(egress_only).map(String::as_str)
    }
}

/// An internet gateway.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct InternetGateway {
    /// Such as `igw-0a1b2c3d`.
    pub internet_gateway_id: String,
    /// The VPC that it is attached to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<GatewayAttachment>,
}

/// An egress-only gateway for IPv6.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct EgressOnlyInternetGateway {
    /// Such as `eigw-0a1b2c3d`.
    pub egress_only_internet_gateway_id: String,
    /// The VPC that it is attached to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<GatewayAttachment>,
}

/// Where a gateway is attached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct GatewayAttachment {
    /// The VPC.
    pub vpc_id: String,
    /// `available` or `attached`; `attaching`, `detaching`, `detached`.
    pub state: String,
}

/// A NAT gateway.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct NatGateway {
    /// Such as `nat-0a1b2c3d`.
    pub nat_gateway_id: String,
    /// Where it stands; a regional one stands in none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnet_id: Option<String>,
    /// `available`, `pending`, `failed`, `deleting`, `deleted`.
    pub state: String,
    /// `public`, or `private`: it then leads to other networks only. Absent: public.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connectivity_type: Option<String>,
    /// `zonal` or `regional`; a regional one brings its own route to the internet. Absent: zonal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub availability_mode: Option<String>,
}

/// One of `DescribeNetworkInterfaces`: of what forwards packets (a NAT instance, a firewall), and of databases and caches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct NetworkInterface {
    /// Such as `eni-0a1b2c3d`.
    pub network_interface_id: String,
    /// Where it stands.
    pub subnet_id: String,
    /// `interface`, `gateway_load_balancer_endpoint`, …
    pub interface_type: String,
    /// Whether it drops packets that are not addressed to itself: then it forwards nothing.
    pub source_dest_check: bool,
    /// Its security groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<EndpointGroup>,
    /// The service that made it, such as `amazon-rds`; absent: a customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requester_id: Option<String>,
    /// What that service says about it, such as `ElastiCache orders-001`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Its public address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub association: Option<PublicAddress>,
}

/// The public address of a network interface.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct PublicAddress {
    /// The address.
    pub public_ip: String,
}
