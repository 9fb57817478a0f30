//! By which way does a function get from its subnets to a service, and what stands in between where it does not?
//!
//! A [`Network`] is a view on facts, a [`Vantage`] a function in one subnet of it; an [`Answer`] names the way, or what was tried
//! and why it fails. Whether an endpoint's policy lets a call through is the policy engine's question: the way names the endpoint.

mod answer;
#[cfg(test)]
mod cases;
mod exit;
mod filter;
mod gate;
mod model;
mod ranges;
mod routes;
mod vantage;
mod view;

pub use answer::{Answer, Barrier, Block, Fix, Obstacle, Way};
pub use model::{
    AclAssociation, AclEntry, DnsEntry, DnsOptions, EgressOnlyInternetGateway, EndpointGroup, GatewayAttachment,
    Gateways, GroupPair, InternetGateway, IpPermission, IpRange, Ipv6Association, Ipv6Range, ManagedPrefixList,
    NatGateway, NetworkAcl, NetworkInterface, PortRange, PrefixListEntry, PrefixListId, PublicAddress, Route,
    RouteTable, RouteTableAssociation, SecurityGroup, Subnet, Vpc, VpcEndpoint,
};
pub use vantage::{HTTPS, Offer, Peer, Service, Traveller, Vantage};
pub use view::Network;
