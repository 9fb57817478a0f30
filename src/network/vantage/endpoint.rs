//! Which endpoint takes the packets for a service, and do they get to it?

use ipnet::IpNet;

use super::{HTTPS, Peer, Service, Vantage};
use crate::network::answer::{Answer, Obstacle, Way};
use crate::network::filter::Side;
use crate::network::gate::Gate;
use crate::network::model::VpcEndpoint;
use crate::network::ranges::{Family, Target};
use crate::network::routes::Hop;

impl Vantage<'_> {
    pub(super) fn through_interfaces(&self, service: &Service, tried: &mut Vec<Obstacle>) -> Vec<Answer> {
        let mut answers = Vec::new();
        for endpoint in self
            .network
            .endpoints
            .iter()
            .filter(|one| one.vpc_endpoint_type == "Interface")
        {
            let named = service.named.contains(&endpoint.vpc_endpoint_id);
            if !named && !serves(endpoint, service) {
                continue;
            }
            match self.takes_packets(endpoint, named) {
                Ok(()) => answers.push(self.to_endpoint(endpoint)),
                Err(Taken::Not(why)) => tried.push(why),
                Err(Taken::Unclear(why)) => answers.push(Answer::CannotJudge(why)),
                Err(Taken::Elsewhere) => {}
            }
        }
        answers
    }

    fn takes_packets(&self, endpoint: &VpcEndpoint, named: bool) -> Result<(), Taken> {
        available(endpoint)?;
        if named {
            return Ok(());
        }
        if !endpoint.private_dns_enabled {
            return Err(Taken::Not(Obstacle::PrivateDnsOff {
                endpoint: endpoint.vpc_endpoint_id.clone(),
            }));
        }
        if endpoint.dns_options.private_dns_only_for_inbound_resolver_endpoint {
            return Err(Taken::Elsewhere);
        }
        match self.missing_dns() {
            Some(attribute) => Err(Taken::Not(Obstacle::VpcDnsOff {
                endpoint: endpoint.vpc_endpoint_id.clone(),
                attribute,
            })),
            None => Ok(()),
        }
    }

    fn missing_dns(&self) -> Option<&'static str> {
        let vpc = self.network.vpc;
        match (vpc.enable_dns_support, vpc.enable_dns_hostnames) {
            (Some(false), _) => Some("enableDnsSupport"),
            (_, Some(false)) => Some("enableDnsHostnames"),
            (Some(true) | None, Some(true) | None) => None,
        }
    }

    fn to_endpoint(&self, endpoint: &VpcEndpoint) -> Answer {
        let groups: Vec<String> = endpoint.groups.iter().map(|group| group.group_id.clone()).collect();
        let gate = self.gate_to(&Peer {
            name: &endpoint.vpc_endpoint_id,
            groups: &groups,
            subnets: &endpoint.subnet_ids,
            everywhere: true,
            port: HTTPS,
        });
        let mut zones = endpoint.subnet_ids.iter().filter_map(|id| self.network.subnet(id));
        gate.answer(Way::InterfaceEndpoint {
            endpoint: endpoint.vpc_endpoint_id.clone(),
            cross_zone: !zones.any(|subnet| subnet.availability_zone == self.subnet.availability_zone),
        })
    }

    /// The way to something else in the VPC.
    pub fn to_peer(&self, peer: &Peer<'_>) -> Answer {
        self.gate_to(peer).answer(Way::Local)
    }

    fn gate_to(&self, peer: &Peer<'_>) -> Gate {
        let gates: Vec<Gate> = peer.subnets.iter().map(|subnet| self.gate_into(peer, subnet)).collect();
        let mut gate = Gate::default();
        if gates.is_empty() {
            gate.doubt(format!("the subnets of {} were not read", peer.name));
        }
        let (open, closed): (Vec<Gate>, Vec<Gate>) = gates.into_iter().partition(Gate::is_open);
        if !peer.everywhere && !open.is_empty() && !closed.is_empty() {
            gate.doubt(format!("it depends on the subnet in which {} stands", peer.name));
            return gate;
        }
        for one in closed {
            gate.join(one);
        }
        gate
    }

    fn gate_into(&self, peer: &Peer<'_>, subnet: &str) -> Gate {
        let mut gate = Gate::default();
        let Some(range) = self.network.subnet(subnet).and_then(|subnet| subnet.cidr_block) else {
            gate.doubt(format!("{subnet}, in which {} stands, was not read", peer.name));
            return gate;
        };
        let there = Target::Known(vec![IpNet::V4(range)]);
        let here = Target::Known(self.subnet.cidr_block.map(IpNet::V4).into_iter().collect());
        if self.routes.hops(&there).ok().as_deref() != Some(&[Hop::Local]) {
            gate.doubt(format!(
                "{} does not route {range} inside the VPC alone",
                self.route_table()
            ));
        }
        let side = |groups, target| Side {
            groups,
            target,
            list: None,
        };
        let own = self.traveller.groups;
        gate.leave(&self.network, own, (&side(peer.groups, &there), peer.name, peer.port));
        gate.enter(&self.network, peer.groups, (&side(own, &here), peer.name, peer.port));
        // Packets within a subnet do not pass its ACL ("Network ACL basics").
        if subnet != self.subnet.subnet_id {
            gate.out_and_back(&self.network, &self.subnet.subnet_id, (&there, peer.name, peer.port));
            gate.in_and_back(&self.network, subnet, (&here, &self.subnet.subnet_id, peer.port));
        }
        gate
    }

    pub(super) fn through_gateway(&self, service: &Service, tried: &mut Vec<Obstacle>) -> Option<Answer> {
        for endpoint in self
            .network
            .endpoints
            .iter()
            .filter(|one| one.vpc_endpoint_type == "Gateway")
        {
            if !serves(endpoint, service) {
                continue;
            }
            let id = &endpoint.vpc_endpoint_id;
            match available(endpoint) {
                Ok(()) if self.is_behind(endpoint) => return Some(self.to_gateway(id, &endpoint.service_name)),
                Ok(()) => tried.push(Obstacle::TableNotAssociated {
                    endpoint: id.clone(),
                    route_table: self.route_table().to_owned(),
                }),
                Err(Taken::Not(why)) => tried.push(why),
                Err(Taken::Unclear(why)) => return Some(Answer::CannotJudge(why)),
                Err(Taken::Elsewhere) => {}
            }
        }
        self.through_foreign_gateway(service)
    }

    fn is_behind(&self, endpoint: &VpcEndpoint) -> bool {
        let table = self.route_table();
        endpoint.route_table_ids.iter().any(|id| id == table) || self.routes.leads_to(&endpoint.vpc_endpoint_id)
    }

    /// In a shared VPC the owner's endpoint cannot be seen, but the route to it can.
    fn through_foreign_gateway(&self, service: &Service) -> Option<Answer> {
        let offers = service.offers.iter().filter(|offer| offer.gateway);
        let mut lists = offers.filter_map(|offer| self.network.ranges_of(&offer.service_name));
        let (list, endpoint) = lists.find_map(|list| {
            let mut routes = self.routes.table.routes.iter();
            let route = routes.find(|route| route.destination_prefix_list_id.as_ref() == Some(&list.prefix_list_id));
            let endpoint = route?.gateway_id.as_deref().filter(|id| id.starts_with("vpce-"));
            Some((list, endpoint?))
        })?;
        let is_known = |one: &VpcEndpoint| one.vpc_endpoint_id == endpoint;
        let foreign = !self.network.endpoints.iter().any(is_known) && self.routes.leads_to(endpoint);
        foreign.then(|| self.to_gateway(endpoint, &list.prefix_list_name))
    }

    fn to_gateway(&self, endpoint: &str, service_name: &str) -> Answer {
        let list = self.network.ranges_of(service_name);
        let v4 = list.map(|list| list.entries.iter().map(|entry| entry.cidr));
        let v4: Vec<IpNet> = v4
            .into_iter()
            .flatten()
            .filter(|net| matches!(net, IpNet::V4(_)))
            .collect();
        let target = if v4.is_empty() {
            Target::Public(Family::V4)
        } else {
            Target::Known(v4)
        };
        let mut gate = Gate::default();
        if let Some(range) = self.routes.detour(&target, endpoint) {
            gate.doubt(format!(
                "{} takes {range} off the way to {endpoint}",
                self.route_table()
            ));
        }
        let mut written = self.routes.table.routes.iter();
        let route = written.find(|route| route.gateway_id.as_deref() == Some(endpoint));
        let routed = route.and_then(|route| route.destination_prefix_list_id.as_deref());
        let side = Side {
            groups: &[],
            target: &target,
            list: routed.or(list.map(|list| list.prefix_list_id.as_str())),
        };
        gate.leave(&self.network, self.traveller.groups, (&side, service_name, HTTPS));
        gate.out_and_back(&self.network, &self.subnet.subnet_id, (&target, service_name, HTTPS));
        gate.answer(Way::GatewayEndpoint {
            endpoint: endpoint.to_owned(),
        })
    }
}

/// Why an endpoint does not get the packets.
enum Taken {
    Not(Obstacle),
    Unclear(String),
    /// It is not meant for those inside the VPC.
    Elsewhere,
}

fn available(endpoint: &VpcEndpoint) -> Result<(), Taken> {
    let endpoint_id = endpoint.vpc_endpoint_id.clone();
    match endpoint.state.to_ascii_lowercase().as_str() {
        "available" => Ok(()),
        "pending" => Err(Taken::Unclear(format!("{endpoint_id} is pending"))),
        state => Err(Taken::Not(Obstacle::EndpointState {
            endpoint: endpoint_id,
            state: state.to_owned(),
        })),
    }
}

fn serves(endpoint: &VpcEndpoint, service: &Service) -> bool {
    let name = endpoint
        .service_name
        .strip_prefix("cn.")
        .unwrap_or(&endpoint.service_name);
    let name = name.strip_suffix("-fips").unwrap_or(name);
    service.offers.iter().any(|offer| offer.service_name == name)
}
