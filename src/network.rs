//! By which way does a function get from its subnets to a service, and what stands in between where it does not?

mod model;

pub use model::{
    AclAssociation, AclEntry, DnsEntry, DnsOptions, EgressOnlyInternetGateway, EndpointGroup, GatewayAttachment,
    Gateways, GroupPair, InternetGateway, IpPermission, IpRange, Ipv6Association, Ipv6Range, ManagedPrefixList,
    NatGateway, NetworkAcl, NetworkInterface, PortRange, PrefixListEntry, PrefixListId, PublicAddress, Route,
    RouteTable, RouteTableAssociation, SecurityGroup, Subnet, Vpc, VpcEndpoint,
};
