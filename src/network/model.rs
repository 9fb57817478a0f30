//! What is a network made of? The answers of EC2's `Describe…` calls with its own member names, as far as a path depends on them.
//! States, types and protocols stay text: AWS adds to them, and what is not known must be told from what is known to be closed.

mod endpoint;
mod filter;
mod gateway;
mod route;

use ipnet::{Ipv4Net, Ipv6Net};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use endpoint::{DnsEntry, DnsOptions, EndpointGroup, ManagedPrefixList, PrefixListEntry, VpcEndpoint};
pub use filter::{
    AclAssociation, AclEntry, GroupPair, IpPermission, IpRange, Ipv6Range, NetworkAcl, PortRange, PrefixListId,
    SecurityGroup,
};
pub use gateway::{
    EgressOnlyInternetGateway, GatewayAttachment, Gateways, InternetGateway, NatGateway, NetworkInterface,
    PublicAddress,
};
pub use route::{Route, RouteTable, RouteTableAssociation};

/// `DescribeVpcs` and `DescribeVpcAttribute` of one VPC.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct Vpc {
    /// Such as `vpc-0a1b2c3d`.
    pub vpc_id: String,
    /// The account that owns it; another one's VPC can be shared with the function's account.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub owner_id: String,
    /// Whether the VPC's resolver answers; absent: not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_dns_support: Option<bool>,
    /// Whether public names are given; private names of endpoints need it too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_dns_hostnames: Option<bool>,
}

/// One of `DescribeSubnets`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct Subnet {
    /// Such as `subnet-0a1b2c3d`.
    pub subnet_id: String,
    /// Its VPC.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub vpc_id: String,
    /// The account that owns it; not the function's in a shared VPC.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub owner_id: String,
    /// Such as `eu-west-1a`.
    pub availability_zone: String,
    /// Absent in a subnet of IPv6 alone, which Lambda does not take.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub cidr_block: Option<Ipv4Net>,
    /// Its IPv6 ranges.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ipv6_cidr_block_association_set: Vec<Ipv6Association>,
}

/// An IPv6 range of a subnet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct Ipv6Association {
    /// The range.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub ipv6_cidr_block: Option<Ipv6Net>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_command_line_prints_is_read() {
        let printed = r#"{"SubnetId": "subnet-1", "VpcId": "vpc-1", "State": "available", "CidrBlock": "10.0.1.0/24",
            "AvailabilityZone": "eu-west-1a", "MapPublicIpOnLaunch": false, "OwnerId": "111122223333",
            "Ipv6CidrBlockAssociationSet": [{"AssociationId": "a", "Ipv6CidrBlock": "2001:db8::/64",
                "Ipv6CidrBlockState": {"State": "associated"}}]}"#;
        let subnet: Subnet = serde_json::from_str(printed).unwrap();
        assert_eq!(subnet.cidr_block.unwrap().to_string(), "10.0.1.0/24");
        let again = serde_json::from_str(&serde_json::to_string(&subnet).unwrap()).unwrap();
        assert_eq!(subnet, again);
    }

    #[test]
    fn a_range_that_is_none_is_refused() {
        assert!(serde_json::from_str::<Subnet>(r#"{"CidrBlock": "10.0.1.0"}"#).is_err());
    }
}
