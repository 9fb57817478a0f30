//! What can a function reach from one of its subnets?

mod endpoint;

use std::cell::OnceCell;

use ipnet::IpNet;

use super::answer::{Answer, Fix, Obstacle};
use super::exit::{Exit, exit};
use super::filter::Side;
use super::gate::Gate;
use super::model::Subnet;
use super::ranges::{Family, Target};
use super::routes::{Hop, Routes};
use super::view::Network;

/// The port of AWS's services.
pub const HTTPS: u16 = 443;

/// An endpoint service that AWS offers for a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its name for `CreateVpcEndpoint`.
    pub service_name: String,
    /// Whether it comes as a gateway endpoint, which is free.
    pub gateway: bool,
}

/// A service that a function needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Service {
    /// Such as `secretsmanager`.
    pub name: String,
    /// The endpoint services through which it is reached, the first one as good as the others.
    pub offers: Vec<Offer>,
    /// Endpoints that the function calls by their own host names.
    pub named: Vec<String>,
}

/// Something in the VPC with network interfaces.
#[derive(Debug, Clone, Copy)]
pub struct Peer<'p> {
    /// What it is called.
    pub name: &'p str,
    /// Its security groups.
    pub groups: &'p [String],
    /// The subnets in which it stands.
    pub subnets: &'p [String],
    /// Whether it stands in all of them; else in some of them, nobody knows which.
    pub everywhere: bool,
    /// Its port.
    pub port: u16,
}

/// Who asks: a function's settings, as far as packets depend on them.
#[derive(Debug, Clone, Copy)]
pub struct Traveller<'t> {
    /// Its account: what another account shares with it is not all to be seen.
    pub account: &'t str,
    /// Its security groups.
    pub groups: &'t [String],
    /// Whether it gets an IPv6 address in a dual-stack subnet (`Ipv6AllowedForDualStack`).
    pub ipv6: bool,
}

/// One subnet of a function. Make it once, and ask it many times.
#[derive(Debug)]
pub struct Vantage<'a> {
    network: Network<'a>,
    traveller: Traveller<'a>,
    subnet: &'a Subnet,
    routes: Routes<'a>,
    internet: OnceCell<Answer>,
}

impl<'a> Vantage<'a> {
    /// A function in a subnet; `Err` when the subnet or its route table was not read.
    pub fn new(network: Network<'a>, subnet: &str, traveller: Traveller<'a>) -> Result<Self, String> {
        let known = network.subnet(subnet);
        let subnet = known.ok_or_else(|| format!("{subnet} is not among the subnets that were read"))?;
        let table = network.table_of(&subnet.subnet_id);
        let table = table.ok_or_else(|| format!("the route table of {} was not read", subnet.subnet_id))?;
        Ok(Self {
            network,
            traveller,
            subnet,
            routes: Routes::new(&network, table),
            internet: OnceCell::new(),
        })
    }

    /// The Availability Zone of the subnet.
    pub fn zone(&self) -> &'a str {
        &self.subnet.availability_zone
    }

    /// The internet gateway that public IPv4 addresses are routed to, which is of no use to a function.
    pub fn public_route(&self) -> Option<&'a str> {
        let hops = self.routes.hops(&Target::Public(Family::V4)).ok()?;
        hops.into_iter().find_map(|hop| match hop {
            Hop::InternetGateway(gateway) => Some(gateway),
            Hop::Local
            | Hop::Endpoint(_)
            | Hop::Nat(_)
            | Hop::EgressOnly(_)
            | Hop::Interface(_)
            | Hop::Elsewhere(..)
            | Hop::Blackhole(_)
            | Hop::Nowhere => None,
        })
    }

    /// The route table of the subnet.
    pub fn route_table(&self) -> &'a str {
        &self.routes.table.route_table_id
    }

    /// The way to a service of AWS.
    pub fn to_service(&self, service: &Service) -> Answer {
        let mut tried = Vec::new();
        let answers = self.through_interfaces(service, &mut tried);
        let inside = answers.into_iter().min_by_key(rank);
        // Where a name leads to an endpoint, packets go there whatever else there is.
        if let Some(answer) = inside.or_else(|| self.through_gateway(service, &mut tried)) {
            return answer;
        }
        match self.to_internet() {
            Answer::NoWay { .. } if self.is_shared() => Answer::CannotJudge(format!(
                "the VPC belongs to account {}, whose endpoints cannot be seen from here",
                self.owner()
            )),
            Answer::NoWay { tried: outside, .. } => {
                let fix = self.cheapest(service, &tried);
                tried.extend(outside.iter().cloned());
                Answer::NoWay { tried, fix }
            }
            other => other.clone(),
        }
    }

    fn owner(&self) -> &'a str {
        &self.subnet.owner_id
    }

    fn is_shared(&self) -> bool {
        !self.owner().is_empty() && self.owner() != self.traveller.account
    }

    /// The way to public addresses.
    pub fn to_internet(&self) -> &Answer {
        self.internet.get_or_init(|| {
            let v4 = self.over(Family::V4);
            let dual = self.traveller.ipv6 && !self.subnet.ipv6_cidr_block_association_set.is_empty();
            let v6 = dual.then(|| self.over(Family::V6));
            let rank_of = |answer: &Answer| rank(answer);
            // Of two that do not help, what is said about IPv4 is what people look for.
            match v6 {
                Some(v6) if rank_of(&v6) < rank_of(&v4) => v6,
                _ => v4,
            }
        })
    }

    fn over(&self, family: Family) -> Answer {
        let (way, by) = match exit(&self.network, &self.routes, family) {
            Exit::Out { way, by } => (way, by),
            Exit::Unclear(why) => return Answer::CannotJudge(why),
            Exit::Shut(obstacle) => {
                return Answer::NoWay {
                    tried: vec![obstacle],
                    fix: Fix::NatGateway,
                };
            }
        };
        let target = Target::Public(family);
        let side = Side {
            groups: &[],
            target: &target,
            list: None,
        };
        let mut gate = Gate::default();
        gate.leave(&self.network, self.traveller.groups, (&side, "the internet", HTTPS));
        let own = self.subnet.subnet_id.as_str();
        gate.out_and_back(&self.network, own, (&target, "the internet", HTTPS));
        if let Some(translator) = by.filter(|subnet| *subnet != own) {
            let here = Target::Known(self.subnet.cidr_block.map(IpNet::V4).into_iter().collect());
            gate.in_and_back(&self.network, translator, (&here, own, HTTPS));
            gate.out_and_back(&self.network, translator, (&target, "the internet", HTTPS));
        }
        gate.answer(way)
    }

    fn cheapest(&self, service: &Service, tried: &[Obstacle]) -> Fix {
        let repaired = tried.iter().find_map(repair);
        let gateway = service.offers.iter().find(|offer| offer.gateway);
        match (repaired, gateway, service.offers.first()) {
            (Some(fix), _, _) => fix,
            (None, Some(offer), _) => Fix::CreateGatewayEndpoint {
                service_name: offer.service_name.clone(),
                route_table: self.route_table().to_owned(),
            },
            (None, None, Some(offer)) => Fix::CreateInterfaceEndpoint {
                service_name: offer.service_name.clone(),
            },
            (None, None, None) => Fix::NatGateway,
        }
    }
}

/// What helps where an endpoint is there and does not serve.
fn repair(obstacle: &Obstacle) -> Option<Fix> {
    match obstacle {
        Obstacle::TableNotAssociated { endpoint, route_table } => Some(Fix::AssociateRouteTable {
            endpoint: endpoint.clone(),
            route_table: route_table.clone(),
        }),
        Obstacle::PrivateDnsOff { endpoint } => Some(Fix::EnablePrivateDns {
            endpoint: endpoint.clone(),
        }),
        Obstacle::VpcDnsOff { attribute, .. } => Some(Fix::EnableVpcDns { attribute }),
        Obstacle::EndpointState { .. }
        | Obstacle::NoRoute { .. }
        | Obstacle::Blackhole { .. }
        | Obstacle::InternetGateway { .. }
        | Obstacle::NatState { .. }
        | Obstacle::NatPrivate { .. }
        | Obstacle::NatInside { .. }
        | Obstacle::ForwardsNothing { .. } => None,
    }
}

/// The better answer first.
fn rank(answer: &Answer) -> u8 {
    match answer {
        Answer::Way(_) => 0,
        Answer::CannotJudge(_) => 1,
        Answer::Blocked { .. } => 2,
        Answer::NoWay { .. } => 3,
    }
}
