//! What can be said about the way from a subnet to a service.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Packets get there and back.
    Way(Way),
    /// Nothing leads there.
    NoWay {
        /// What could have, and why it does not.
        tried: Vec<Obstacle>,
        /// What would help at the lowest price.
        fix: Fix,
    },
    /// There is a way, and something on it lets the packets not through.
    Blocked {
        /// The way.
        way: Way,
        /// All that stands in it.
        blocks: Vec<Block>,
    },
    /// The facts do not settle it.
    CannotJudge(String),
}

/// A way to a service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Through a gateway endpoint.
    GatewayEndpoint {
        /// The endpoint.
        endpoint: String,
    },
    /// Through an interface endpoint.
    InterfaceEndpoint {
        /// The endpoint.
        endpoint: String,
        /// It has no network interface in the subnet's zone: it works, and each byte between zones is paid for.
        cross_zone: bool,
    },
    /// Over the internet behind a NAT gateway.
    NatGateway {
        /// The gateway.
        nat_gateway: String,
    },
    /// Over the internet behind an instance that forwards.
    NatInstance {
        /// Its network interface.
        network_interface: String,
    },
    /// Over the internet in IPv6; only for clients that ask for dual-stack endpoints.
    Ipv6 {
        /// The egress-only or internet gateway.
        gateway: String,
    },
    /// Inside the VPC.
    Local,
}

/// Why something that could lead to a service does not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Obstacle {
    /// An endpoint in a state in which it takes no packets.
    EndpointState {
        /// The endpoint.
        endpoint: String,
        /// Its state.
        state: String,
    },
    /// The service's host name does not lead to the endpoint.
    PrivateDnsOff {
        /// The endpoint.
        endpoint: String,
    },
    /// The VPC's attribute that private names need is off.
    VpcDnsOff {
        /// The endpoint.
        endpoint: String,
        /// `enableDnsSupport` or `enableDnsHostnames`.
        attribute: &'static str,
    },
    /// The gateway endpoint serves other route tables.
    TableNotAssociated {
        /// The endpoint.
        endpoint: String,
        /// The subnet's table.
        route_table: String,
    },
    /// The table has no route to the internet.
    NoRoute {
        /// The table.
        route_table: String,
    },
    /// The route's target is gone.
    Blackhole {
        /// The table.
        route_table: String,
        /// What it led to.
        target: String,
    },
    /// An internet gateway takes only packets with a public address, which a function does not have.
    InternetGateway {
        /// The table.
        route_table: String,
        /// The gateway.
        gateway: String,
    },
    /// A NAT gateway in a state in which it takes no packets.
    NatState {
        /// The gateway.
        nat_gateway: String,
        /// Its state.
        state: String,
    },
    /// A private NAT gateway has no public address either.
    NatPrivate {
        /// The gateway.
        nat_gateway: String,
    },
    /// What does the translation stands in a subnet that does not lead to the internet itself.
    NatInside {
        /// The NAT gateway or the interface of the instance.
        nat: String,
        /// Where it stands.
        subnet: String,
    },
    /// The interface drops packets that are not its own (source/destination check).
    ForwardsNothing {
        /// The interface.
        network_interface: String,
    },
}

/// What would help at the lowest price.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fix {
    /// Free: the gateway endpoint is there.
    AssociateRouteTable {
        /// The endpoint.
        endpoint: String,
        /// The subnet's table.
        route_table: String,
    },
    /// Free.
    CreateGatewayEndpoint {
        /// The service's name for `CreateVpcEndpoint`.
        service_name: String,
        /// The subnet's table.
        route_table: String,
    },
    /// Free: the interface endpoint is there.
    EnablePrivateDns {
        /// The endpoint.
        endpoint: String,
    },
    /// Free: the interface endpoint is there.
    EnableVpcDns {
        /// `enableDnsSupport` or `enableDnsHostnames`.
        attribute: &'static str,
    },
    /// By the hour and zone.
    CreateInterfaceEndpoint {
        /// The service's name for `CreateVpcEndpoint`.
        service_name: String,
    },
    /// By the hour and zone, for all services at once; the only way where a service has no endpoint.
    NatGateway,
}

/// Something that does not let packets through.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Block {
    /// What it is.
    pub barrier: Barrier,
    /// The first and the last port.
    pub ports: (u16, u16),
    /// The other side, in words.
    pub peer: String,
    /// Some of the packets get through.
    pub partly: bool,
}

/// What does not let packets through.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Barrier {
    /// The outbound rules of the function's security groups.
    OwnGroups(Vec<String>),
    /// The inbound rules of the other side's security groups.
    PeerGroups(Vec<String>),
    /// The outbound rules of the network ACL in front of a subnet.
    AclOut {
        /// The ACL.
        acl: String,
        /// The subnet.
        subnet: String,
    },
    /// Its inbound rules.
    AclIn {
        /// The ACL.
        acl: String,
        /// The subnet.
        subnet: String,
    },
}

impl fmt::Display for Answer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Way(way) => write!(out, "{way}"),
            Self::NoWay { tried, .. } => write!(out, "no way: {}", listed(tried)),
            Self::Blocked { way, blocks } => write!(out, "blocked on the way {way}: {}", listed(blocks)),
            Self::CannotJudge(why) => write!(out, "cannot judge: {why}"),
        }
    }
}

fn listed<T: fmt::Display>(all: &[T]) -> String {
    let all: Vec<String> = all.iter().map(ToString::to_string).collect();
    all.join("; ")
}

impl fmt::Display for Way {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GatewayEndpoint { endpoint } => write!(out, "through gateway endpoint {endpoint}"),
            Self::InterfaceEndpoint { endpoint, cross_zone } => {
                let zone = if *cross_zone { ", in another zone" } else { "" };
                write!(out, "through interface endpoint {endpoint}{zone}")
            }
            Self::NatGateway { nat_gateway } => write!(out, "through NAT gateway {nat_gateway}"),
            Self::NatInstance { network_interface } => write!(out, "through NAT instance {network_interface}"),
            Self::Ipv6 { gateway } => write!(out, "through {gateway}, IPv6 only"),
            Self::Local => out.write_str("inside the VPC"),
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EndpointState { endpoint, state } => write!(out, "{endpoint} is {state}"),
            Self::PrivateDnsOff { endpoint } => write!(out, "private DNS of {endpoint} is off"),
            Self::VpcDnsOff { endpoint, attribute } => {
                write!(
                    out,
                    "{attribute} of the VPC is off, so that no name leads to {endpoint}"
                )
            }
            Self::TableNotAssociated { endpoint, route_table } => {
                write!(out, "{endpoint} does not serve {route_table}")
            }
            Self::NoRoute { route_table } => write!(out, "{route_table} has no route to the internet"),
            Self::Blackhole { route_table, target } => write!(out, "{route_table} leads to {target}, which is gone"),
            Self::InternetGateway { route_table, gateway } => {
                write!(
                    out,
                    "{route_table} leads to {gateway}, and a function has no public address"
                )
            }
            Self::NatState { nat_gateway, state } => write!(out, "{nat_gateway} is {state}"),
            Self::NatPrivate { nat_gateway } => write!(out, "{nat_gateway} is private"),
            Self::NatInside { nat, subnet } => {
                write!(
                    out,
                    "{nat} stands in {subnet}, which does not lead to an internet gateway"
                )
            }
            Self::ForwardsNothing { network_interface } => {
                write!(
                    out,
                    "{network_interface} checks source and destination, and so forwards nothing"
                )
            }
        }
    }
}

impl fmt::Display for Block {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            barrier,
            ports,
            peer,
            partly,
        } = self;
        let ports = match ports {
            (first, last) if first == last => format!("port {first}"),
            (first, last) => format!("ports {first}-{last}"),
        };
        let only = if *partly { "all of " } else { "" };
        match barrier {
            Barrier::OwnGroups(groups) => write!(out, "{} does not open {only}{ports} to {peer}", groups.join(", ")),
            Barrier::PeerGroups(groups) => {
                write!(
                    out,
                    "{} of {peer} does not admit the function on {only}{ports}",
                    groups.join(", ")
                )
            }
            Barrier::AclOut { acl, subnet } => {
                write!(out, "{acl} of {subnet} does not let {only}{ports} out to {peer}")
            }
            Barrier::AclIn { acl, subnet } => {
                write!(out, "{acl} of {subnet} does not let {only}{ports} in from {peer}")
            }
        }
    }
}
