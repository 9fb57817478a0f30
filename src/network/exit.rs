//! Does a route lead a function to the internet, and through which subnets?

use super::answer::{Obstacle, Way};
use super::model::{GatewayAttachment, NatGateway, NetworkInterface};
use super::ranges::{Family, Target};
use super::routes::{Hop, Routes};
use super::view::Network;

/// What comes of following a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Exit<'a> {
    /// Out, perhaps by way of the subnet where addresses are translated.
    Out { way: Way, by: Option<&'a str> },
    /// Not out.
    Shut(Obstacle),
    /// Nobody can say.
    Unclear(String),
}

/// Where all packets to public addresses go.
pub(super) fn exit<'a>(network: &Network<'a>, routes: &Routes<'a>, family: Family) -> Exit<'a> {
    let hops = match routes.hops(&Target::Public(family)) {
        Ok(hops) => hops,
        Err(why) => return Exit::Unclear(why),
    };
    let exits = hops.into_iter().map(|hop| follow(network, routes, (hop, family)));
    exits.reduce(both).unwrap_or_else(|| nowhere(routes))
}

/// Two parts of the internet that are reached by different routes.
fn both<'a>(one: Exit<'a>, other: Exit<'a>) -> Exit<'a> {
    match (one, other) {
        (Exit::Out { way, by }, Exit::Out { .. }) => Exit::Out { way, by },
        (Exit::Shut(why), Exit::Shut(_)) => Exit::Shut(why),
        (Exit::Unclear(why), _) | (_, Exit::Unclear(why)) => Exit::Unclear(why),
        (Exit::Out { .. }, Exit::Shut(why)) | (Exit::Shut(why), Exit::Out { .. }) => {
            Exit::Unclear(format!("for a part of the internet, {why}"))
        }
    }
}

fn nowhere<'a>(routes: &Routes<'_>) -> Exit<'a> {
    let route_table = routes.table.route_table_id.clone();
    Exit::Shut(Obstacle::NoRoute { route_table })
}

fn follow<'a>(network: &Network<'a>, routes: &Routes<'a>, (hop, family): (Hop<'a>, Family)) -> Exit<'a> {
    match hop {
        Hop::Nowhere | Hop::Local => nowhere(routes),
        Hop::Blackhole(target) => Exit::Shut(Obstacle::Blackhole {
            route_table: routes.table.route_table_id.clone(),
            target: target.to_owned(),
        }),
        Hop::InternetGateway(gateway) => internet_gateway(network, routes, (gateway, family)),
        Hop::EgressOnly(gateway) => egress_only(network, routes, gateway),
        Hop::Nat(id) => match network.nat_gateway(id) {
            Some(nat) => through_nat(network, nat),
            None => Exit::Unclear(format!("{id} is not among the NAT gateways that were read")),
        },
        Hop::Interface(id) => match network.interface(id) {
            Some(interface) => through_interface(network, interface),
            None => Exit::Unclear(format!("{id} was not read, and may be a firewall or a NAT instance")),
        },
        Hop::Endpoint(id) => Exit::Unclear(format!("{id} takes a part of the internet")),
        Hop::Elsewhere(kind, id) => Exit::Unclear(format!("{kind} {id} leads to a network that was not read")),
    }
}

/// Of a gateway that was read it is known where it is attached; of one that was not, the route says that it is active.
fn attached<'g>(mut attachments: impl Iterator<Item = &'g GatewayAttachment>, vpc: &str) -> bool {
    attachments.any(|one| one.vpc_id == vpc && matches!(one.state.as_str(), "available" | "attached"))
}

fn is_detached(network: &Network<'_>, gateway: &str) -> bool {
    let known = network.gateways.internet_gateways.iter();
    let mut known = known.filter(|one| one.internet_gateway_id == gateway);
    known.any(|one| !attached(one.attachments.iter(), &network.vpc.vpc_id))
}

/// IPv6 addresses are public as they are ("Dual-stack" in the Lambda Developer Guide's page on internet access from a VPC);
/// an IPv4 address of a function never is, whatever the subnet is set to hand out.
fn internet_gateway<'a>(network: &Network<'a>, routes: &Routes<'a>, (gateway, family): (&str, Family)) -> Exit<'a> {
    let route_table = routes.table.route_table_id.clone();
    match family {
        Family::V4 => Exit::Shut(Obstacle::InternetGateway {
            route_table,
            gateway: gateway.to_owned(),
        }),
        Family::V6 if is_detached(network, gateway) => Exit::Shut(Obstacle::Blackhole {
            route_table,
            target: gateway.to_owned(),
        }),
        Family::V6 => over_ipv6(gateway),
    }
}

fn over_ipv6<'a>(gateway: &str) -> Exit<'a> {
    let gateway = gateway.to_owned();
    Exit::Out {
        way: Way::Ipv6 { gateway },
        by: None,
    }
}

fn egress_only<'a>(network: &Network<'a>, routes: &Routes<'a>, gateway: &str) -> Exit<'a> {
    let known = network.gateways.egress_only_internet_gateways.iter();
    let mut known = known.filter(|one| one.egress_only_internet_gateway_id == gateway);
    if known.any(|one| !attached(one.attachments.iter(), &network.vpc.vpc_id)) {
        return Exit::Shut(Obstacle::Blackhole {
            route_table: routes.table.route_table_id.clone(),
            target: gateway.to_owned(),
        });
    }
    over_ipv6(gateway)
}

fn through_nat<'a>(network: &Network<'a>, nat: &'a NatGateway) -> Exit<'a> {
    let nat_gateway = nat.nat_gateway_id.clone();
    match nat.state.to_ascii_lowercase().as_str() {
        "available" => {}
        "pending" => return Exit::Unclear(format!("{nat_gateway} is pending")),
        state => {
            let state = state.to_owned();
            return Exit::Shut(Obstacle::NatState { nat_gateway, state });
        }
    }
    let is_private = nat.connectivity_type.as_deref() == Some("private");
    let way = Way::NatGateway {
        nat_gateway: nat_gateway.clone(),
    };
    match nat.subnet_id.as_deref() {
        // "Regional NAT gateways": one without a subnet brings its own route table, with a route to the internet gateway.
        None if nat.availability_mode.as_deref() == Some("regional") => Exit::Out { way, by: None },
        None => Exit::Unclear(format!("the subnet of {nat_gateway} was not read")),
        Some(subnet) => match beyond(network, subnet) {
            Beyond::Internet if is_private => Exit::Shut(Obstacle::NatPrivate { nat_gateway }),
            Beyond::Internet => Exit::Out { way, by: Some(subnet) },
            Beyond::Unclear(why) => Exit::Unclear(format!("behind {nat_gateway}, {why}")),
            Beyond::Nothing => inside(nat_gateway, subnet),
        },
    }
}

fn inside<'a>(nat: String, subnet: &str) -> Exit<'a> {
    let subnet = subnet.to_owned();
    Exit::Shut(Obstacle::NatInside { nat, subnet })
}

fn through_interface<'a>(network: &Network<'a>, interface: &'a NetworkInterface) -> Exit<'a> {
    let network_interface = interface.network_interface_id.clone();
    if !matches!(interface.interface_type.as_str(), "" | "interface") {
        return Exit::Unclear(format!("{network_interface} is a {}", interface.interface_type));
    }
    if interface.source_dest_check {
        return Exit::Shut(Obstacle::ForwardsNothing { network_interface });
    }
    let subnet = interface.subnet_id.as_str();
    match beyond(network, subnet) {
        Beyond::Internet if interface.association.is_some() => Exit::Out {
            way: Way::NatInstance { network_interface },
            by: Some(subnet),
        },
        Beyond::Internet => Exit::Unclear(format!("{network_interface} has no public address")),
        Beyond::Unclear(why) => Exit::Unclear(format!("behind {network_interface}, {why}")),
        Beyond::Nothing => inside(network_interface, subnet),
    }
}

/// Where the packets of a host with a public address go from a subnet.
enum Beyond {
    Internet,
    Nothing,
    Unclear(String),
}

fn beyond(network: &Network<'_>, subnet: &str) -> Beyond {
    let Some(table) = network.table_of(subnet) else {
        return Beyond::Unclear(format!("the route table of {subnet} was not read"));
    };
    match Routes::new(network, table).hops(&Target::Public(Family::V4)).as_deref() {
        Ok([Hop::InternetGateway(gateway)]) if !is_detached(network, gateway) => Beyond::Internet,
        Ok(hops) => match hops.iter().find_map(further) {
            Some(why) => Beyond::Unclear(why),
            None => Beyond::Nothing,
        },
        Err(why) => Beyond::Unclear(why.clone()),
    }
}

fn further(hop: &Hop<'_>) -> Option<String> {
    match hop {
        Hop::Elsewhere(kind, id) => Some(format!("{kind} {id} leads to a network that was not read")),
        Hop::Interface(id) | Hop::Nat(id) | Hop::Endpoint(id) => Some(format!("{id} comes next")),
        Hop::Nowhere | Hop::Local | Hop::Blackhole(_) | Hop::InternetGateway(_) | Hop::EgressOnly(_) => None,
    }
}
