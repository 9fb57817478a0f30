//! Which routes of a table carry packets to a target?

use ipnet::IpNet;

use super::model::{Route, RouteTable};
use super::ranges::{Extent, Target};
use super::view::Network;

/// Where a route leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hop<'a> {
    Local,
    InternetGateway(&'a str),
    Endpoint(&'a str),
    Nat(&'a str),
    EgressOnly(&'a str),
    Interface(&'a str),
    /// To another network, where nothing of this VPC tells how it goes on.
    Elsewhere(&'static str, &'a str),
    Blackhole(&'a str),
    /// No route.
    Nowhere,
}

/// A table with its lists written out, the narrowest range first.
#[derive(Debug)]
pub(super) struct Routes<'a> {
    pub(super) table: &'a RouteTable,
    entries: Vec<(IpNet, Hop<'a>)>,
    /// Lists whose ranges are not known, but for those of gateway endpoints.
    unknown: Vec<&'a str>,
}

impl<'a> Routes<'a> {
    pub(super) fn new(network: &Network<'a>, table: &'a RouteTable) -> Self {
        let mut ranked = Vec::with_capacity(table.routes.len());
        let mut unknown = Vec::new();
        for route in &table.routes {
            let hop = hop(route);
            let rank = rank(route);
            ranked.extend(route.destination_cidr_block.map(|net| (IpNet::V4(net), rank, hop)));
            ranked.extend(route.destination_ipv6_cidr_block.map(|net| (IpNet::V6(net), rank, hop)));
            let Some(id) = route.destination_prefix_list_id.as_deref() else {
                continue;
            };
            match network.prefix_list(id) {
                Some(list) => ranked.extend(list.entries.iter().map(|entry| (entry.cidr, rank, hop))),
                None if matches!(hop, Hop::Endpoint(_)) => {}
                None => unknown.push(id),
            }
        }
        ranked.sort_by_key(|(net, rank, hop)| (std::cmp::Reverse(net.prefix_len()), *rank, *net, *hop));
        let mut entries: Vec<(IpNet, Hop<'a>)> = ranked.into_iter().map(|(net, _, hop)| (net, hop)).collect();
        entries.dedup_by_key(|(net, _)| *net);
        Self {
            table,
            entries,
            unknown,
        }
    }

    /// Every hop that packets to the target may take, in order and each once.
    pub(super) fn hops(&self, target: &Target) -> Result<Vec<Hop<'a>>, String> {
        if let Some(list) = self.unknown.first() {
            return Err(format!(
                "what {list} holds was not read, and {} routes by it",
                self.table.route_table_id
            ));
        }
        let mut hops: Vec<Hop<'a>> = target
            .nets()
            .iter()
            .flat_map(|net| self.hops_of(*net, target))
            .collect();
        hops.sort_unstable();
        hops.dedup();
        Ok(hops)
    }

    fn hops_of(&self, net: IpNet, target: &Target) -> Vec<Hop<'a>> {
        let within = self
            .entries
            .iter()
            .filter(|(range, _)| *range != net && net.contains(range) && target.concerns(*range));
        let within: Vec<&(IpNet, Hop<'a>)> = within.collect();
        let mut hops: Vec<Hop<'a>> = within.iter().map(|(_, hop)| *hop).collect();
        let ranges: Vec<IpNet> = within.iter().map(|(range, _)| *range).collect();
        if Extent::All != part(net, target).covered_by(&ranges) {
            let around = self.entries.iter().find(|(range, _)| range.contains(&net));
            hops.push(around.map_or(Hop::Nowhere, |(_, hop)| *hop));
        }
        hops
    }

    /// Whether a gateway endpoint stands among the targets.
    pub(super) fn leads_to(&self, endpoint: &str) -> bool {
        let named = |route: &Route| route.gateway_id.as_deref() == Some(endpoint) && route.state != "blackhole";
        self.table.routes.iter().any(named)
    }

    /// A range inside the known target that goes another way than through the endpoint.
    pub(super) fn detour(&self, target: &Target, endpoint: &str) -> Option<IpNet> {
        let Target::Known(nets) = target else { return None };
        let others = self.entries.iter().filter(|(_, hop)| *hop != Hop::Endpoint(endpoint));
        let narrower = |range: &IpNet| nets.iter().any(|net| net.contains(range) && net != range);
        others.map(|(range, _)| *range).find(narrower)
    }
}

/// One range of a target, for which the same is known as for the whole.
fn part(net: IpNet, target: &Target) -> Target {
    match target {
        Target::Known(_) => Target::Known(vec![net]),
        Target::Public(family) => Target::Public(*family),
    }
}

/// Of two routes to the same range the lower rank counts ("Route priority"): written, by list, brought by a gateway.
fn rank(route: &Route) -> u8 {
    match route.origin.as_deref() {
        Some("EnableVgwRoutePropagation") => 2,
        _ => u8::from(route.destination_prefix_list_id.is_some()),
    }
}

fn hop(route: &Route) -> Hop<'_> {
    let target = target(route);
    if route.state == "blackhole" {
        return Hop::Blackhole(target.map_or("nothing", |(id, _)| id));
    }
    target.map_or(Hop::Elsewhere("an unknown target", ""), |(_, hop)| hop)
}

fn target(route: &Route) -> Option<(&str, Hop<'_>)> {
    let candidates = [
        route.nat_gateway_id.as_deref().map(|id| (id, Hop::Nat(id))),
        route
            .egress_only_internet_gateway_id
            .as_deref()
            .map(|id| (id, Hop::EgressOnly(id))),
        elsewhere("transit gateway", route.transit_gateway_id.as_deref()),
        elsewhere("peering connection", route.vpc_peering_connection_id.as_deref()),
        elsewhere("local gateway", route.local_gateway_id.as_deref()),
        elsewhere("carrier gateway", route.carrier_gateway_id.as_deref()),
        elsewhere("core network", route.core_network_arn.as_deref()),
        route.gateway_id.as_deref().map(|id| (id, through_gateway(id, route))),
        route.network_interface_id.as_deref().map(|id| (id, Hop::Interface(id))),
        elsewhere("instance", route.instance_id.as_deref()),
    ];
    candidates.into_iter().flatten().next()
}

fn elsewhere<'a>(kind: &'static str, id: Option<&'a str>) -> Option<(&'a str, Hop<'a>)> {
    id.map(|id| (id, Hop::Elsewhere(kind, id)))
}

/// `GatewayId` names gateways of five kinds; what its id begins with tells which. A firewall's endpoint, unlike that of a
/// service, has no list for its destination.
fn through_gateway<'a>(id: &'a str, route: &Route) -> Hop<'a> {
    match id.split('-').next().unwrap_or_default() {
        "local" => Hop::Local,
        "igw" => Hop::InternetGateway(id),
        "vpce" if route.destination_prefix_list_id.is_some() => Hop::Endpoint(id),
        "vpce" => Hop::Elsewhere("firewall endpoint", id),
        "vgw" => Hop::Elsewhere("virtual private gateway", id),
        _ => Hop::Elsewhere("gateway", id),
    }
}
