//! A small network that a case changes in a few words.

use crate::network::{
    AclAssociation, AclEntry, Answer, EgressOnlyInternetGateway, EndpointGroup, GatewayAttachment, Gateways, GroupPair,
    InternetGateway, IpPermission, IpRange, Ipv6Association, Ipv6Range, ManagedPrefixList, NatGateway, Network,
    NetworkAcl, NetworkInterface, Offer, PortRange, PrefixListEntry, PrefixListId, PublicAddress, Route, RouteTable,
    RouteTableAssociation, SecurityGroup, Service, Subnet, Traveller, Vantage, Vpc, VpcEndpoint,
};

const VPC: &str = "vpc-1";
const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";

#[derive(Clone)]
pub(crate) struct World {
    pub(crate) vpc: Vpc,
    pub(crate) subnets: Vec<Subnet>,
    pub(crate) route_tables: Vec<RouteTable>,
    pub(crate) network_acls: Vec<NetworkAcl>,
    pub(crate) security_groups: Vec<SecurityGroup>,
    pub(crate) endpoints: Vec<VpcEndpoint>,
    pub(crate) gateways: Gateways,
    pub(crate) interfaces: Vec<NetworkInterface>,
    pub(crate) prefix_lists: Vec<ManagedPrefixList>,
    pub(crate) ipv6: bool,
    pub(crate) named: Vec<String>,
}

impl Default for World {
    fn default() -> Self {
        let mut world = Self {
            vpc: Vpc {
                vpc_id: VPC.to_owned(),
                enable_dns_support: Some(true),
                enable_dns_hostnames: Some(true),
                ..Vpc::default()
            },
            subnets: vec![
                subnet("subnet-a", "10.0.1.0/24", "a"),
                subnet("subnet-b", "10.0.2.0/24", "b"),
                subnet("subnet-p", "10.0.9.0/24", "a"),
            ],
            route_tables: vec![
                table("rtb-private", &["subnet-a", "subnet-b"]),
                table("rtb-public", &["subnet-p"]),
            ],
            network_acls: vec![NetworkAcl {
                network_acl_id: "acl-default".to_owned(),
                is_default: true,
                entries: [
                    "out 100 allow 0.0.0.0/0 all",
                    "in 100 allow 0.0.0.0/0 all",
                    "out 101 allow ::/0 all",
                    "in 101 allow ::/0 all",
                ]
                .map(entry)
                .to_vec(),
                ..NetworkAcl::default()
            }],
            security_groups: Vec::new(),
            endpoints: Vec::new(),
            gateways: Gateways {
                internet_gateways: vec![InternetGateway {
                    internet_gateway_id: "igw-1".to_owned(),
                    attachments: attached(),
                }],
                ..Gateways::default()
            },
            interfaces: Vec::new(),
            prefix_lists: Vec::new(),
            ipv6: false,
            named: Vec::new(),
        };
        let public = world.table("rtb-public");
        public.routes.push(route("0.0.0.0/0", "igw-1"));
        public.associations[0].main = false;
        public.associations.push(RouteTableAssociation {
            main: true,
            subnet_id: None,
        });
        world.open("sg-fn", &["all 0.0.0.0/0", "all ::/0"]);
        world.list("pl-s3", "com.amazonaws.eu-west-1.s3", &["52.92.0.0/17", "3.5.64.0/21"]);
        world
    }
}

impl World {
    pub(crate) fn ask(&self, subnet: &str, service: &str) -> Answer {
        let network = Network {
            vpc: &self.vpc,
            subnets: &self.subnets,
            route_tables: &self.route_tables,
            network_acls: &self.network_acls,
            security_groups: &self.security_groups,
            endpoints: &self.endpoints,
            gateways: &self.gateways,
            interfaces: &self.interfaces,
            prefix_lists: &self.prefix_lists,
        };
        let groups = ["sg-fn".to_owned()];
        let traveller = Traveller {
            account: ACCOUNT,
            groups: &groups,
            ipv6: self.ipv6,
        };
        let vantage = Vantage::new(network, subnet, traveller).expect("a known subnet");
        vantage.to_service(&Service {
            name: service.to_owned(),
            offers: offers(service),
            named: self.named.clone(),
        })
    }

    pub(crate) fn table(&mut self, id: &str) -> &mut RouteTable {
        let mut tables = self.route_tables.iter_mut();
        tables.find(|table| table.route_table_id == id).expect("a known table")
    }

    /// Gives a subnet a table of its own, without routes out.
    pub(crate) fn own_table(&mut self, subnet: &str, id: &str) -> &mut RouteTable {
        for table in &mut self.route_tables {
            table
                .associations
                .retain(|one| one.subnet_id.as_deref() != Some(subnet));
        }
        self.route_tables.push(table(id, &[subnet]));
        self.table(id)
    }

    pub(crate) fn nat(&mut self, table: &str) {
        self.table(table).routes.push(route("0.0.0.0/0", "nat-1"));
        self.gateways.nat_gateways.push(NatGateway {
            nat_gateway_id: "nat-1".to_owned(),
            subnet_id: Some("subnet-p".to_owned()),
            state: "available".to_owned(),
            ..NatGateway::default()
        });
    }

    pub(crate) fn nat_instance(&mut self, table: &str, checks: bool) {
        self.table(table).routes.push(route("0.0.0.0/0", "eni-nat"));
        self.nat_interface("eni-nat", checks);
    }

    pub(crate) fn nat_interface(&mut self, id: &str, checks: bool) {
        self.interfaces.push(NetworkInterface {
            network_interface_id: id.to_owned(),
            subnet_id: "subnet-p".to_owned(),
            interface_type: "interface".to_owned(),
            source_dest_check: checks,
            association: Some(PublicAddress {
                public_ip: "198.51.100.9".to_owned(),
            }),
            ..NetworkInterface::default()
        });
    }

    pub(crate) fn egress_only(&mut self, table: &str) {
        self.table(table).routes.push(route("::/0", "eigw-1"));
        self.gateways
            .egress_only_internet_gateways
            .push(EgressOnlyInternetGateway {
                egress_only_internet_gateway_id: "eigw-1".to_owned(),
                attachments: attached(),
            });
    }

    pub(crate) fn dual_stack(&mut self, subnet: &str) {
        let mut subnets = self.subnets.iter_mut();
        let subnet = subnets.find(|one| one.subnet_id == subnet).expect("a known subnet");
        subnet.ipv6_cidr_block_association_set = vec![Ipv6Association {
            ipv6_cidr_block: Some("2001:db8:1::/64".parse().unwrap()),
        }];
    }

    pub(crate) fn share(&mut self, owner: &str) {
        for subnet in &mut self.subnets {
            subnet.owner_id = owner.to_owned();
        }
    }

    pub(crate) fn interface_endpoint(&mut self, service: &str, subnets: &[&str]) -> &mut VpcEndpoint {
        if self.security_groups.iter().all(|group| group.group_id != "sg-endpoint") {
            self.admit("sg-endpoint", "443", &["sg-fn"]);
        }
        self.endpoints.push(VpcEndpoint {
            vpc_endpoint_type: "Interface".to_owned(),
            subnet_ids: owned(subnets),
            groups: vec![EndpointGroup {
                group_id: "sg-endpoint".to_owned(),
            }],
            private_dns_enabled: true,
            ..endpoint(service)
        });
        self.endpoints.last_mut().expect("just pushed")
    }

    pub(crate) fn group_of(&mut self, service: &str, group: &str) {
        let id = format!("vpce-{service}");
        let mut endpoints = self.endpoints.iter_mut();
        let endpoint = endpoints
            .find(|one| one.vpc_endpoint_id == id)
            .expect("a known endpoint");
        endpoint.groups = vec![EndpointGroup {
            group_id: group.to_owned(),
        }];
    }

    pub(crate) fn gateway_endpoint(&mut self, service: &str, tables: &[&str]) {
        for table in tables {
            let route = route(&format!("pl-{service}"), &format!("vpce-{service}"));
            self.table(table).routes.push(route);
        }
        self.endpoints.push(VpcEndpoint {
            vpc_endpoint_type: "Gateway".to_owned(),
            route_table_ids: owned(tables),
            ..endpoint(service)
        });
    }

    pub(crate) fn list(&mut self, id: &str, name: &str, ranges: &[&str]) {
        let entry = |range: &&str| PrefixListEntry {
            cidr: range.parse().unwrap(),
        };
        self.prefix_lists.push(ManagedPrefixList {
            prefix_list_id: id.to_owned(),
            prefix_list_name: name.to_owned(),
            entries: ranges.iter().map(entry).collect(),
        });
    }

    /// Puts an ACL before a subnet, its rules written as `out 100 allow 0.0.0.0/0 443`.
    pub(crate) fn acl(&mut self, subnet: &str, rules: &[&str]) {
        self.network_acls.push(NetworkAcl {
            network_acl_id: format!("acl-{subnet}"),
            associations: vec![AclAssociation {
                subnet_id: subnet.to_owned(),
            }],
            entries: rules.iter().map(|rule| entry(rule)).collect(),
            ..NetworkAcl::default()
        });
    }

    /// Replaces the outbound rules of a group, written as `443 0.0.0.0/0`, `443 pl-s3`, `443 sg-other`.
    pub(crate) fn open(&mut self, group: &str, rules: &[&str]) {
        let rules = rules.iter().map(|rule| rule.split_once(' ').unwrap());
        let rules = rules.map(|(ports, other)| permission(ports, &[other])).collect();
        self.group(group).ip_permissions_egress = rules;
    }

    /// Replaces the inbound rules of a group.
    pub(crate) fn admit(&mut self, group: &str, ports: &str, others: &[&str]) {
        self.group(group).ip_permissions = vec![permission(ports, others)];
    }

    fn group(&mut self, id: &str) -> &mut SecurityGroup {
        let place = self.security_groups.iter().position(|group| group.group_id == id);
        let place = place.unwrap_or_else(|| {
            self.security_groups.push(SecurityGroup {
                group_id: id.to_owned(),
                ..SecurityGroup::default()
            });
            self.security_groups.len() - 1
        });
        &mut self.security_groups[place]
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn attached() -> Vec<GatewayAttachment> {
    vec![GatewayAttachment {
        vpc_id: VPC.to_owned(),
        state: "available".to_owned(),
    }]
}

fn offers(service: &str) -> Vec<Offer> {
    let gateway = matches!(service, "s3" | "dynamodb");
    let offer = Offer {
        service_name: format!("com.amazonaws.{REGION}.{service}"),
        gateway,
    };
    if service == "iam" { Vec::new() } else { vec![offer] }
}

fn endpoint(service: &str) -> VpcEndpoint {
    VpcEndpoint {
        vpc_endpoint_id: format!("vpce-{service}"),
        service_name: format!("com.amazonaws.{REGION}.{service}"),
        state: "available".to_owned(),
        ..VpcEndpoint::default()
    }
}

fn subnet(id: &str, range: &str, zone: &str) -> Subnet {
    Subnet {
        subnet_id: id.to_owned(),
        owner_id: ACCOUNT.to_owned(),
        availability_zone: format!("{REGION}{zone}"),
        cidr_block: Some(range.parse().unwrap()),
        ..Subnet::default()
    }
}

fn table(id: &str, subnets: &[&str]) -> RouteTable {
    let association = |subnet: &&str| RouteTableAssociation {
        main: false,
        subnet_id: Some((*subnet).to_owned()),
    };
    RouteTable {
        route_table_id: id.to_owned(),
        associations: subnets.iter().map(association).collect(),
        routes: vec![route("10.0.0.0/16", "local")],
        ..RouteTable::default()
    }
}

/// An active route; what its target is follows from the id.
pub(crate) fn route(destination: &str, target: &str) -> Route {
    let mut route = Route {
        state: "active".to_owned(),
        ..Route::default()
    };
    if destination.starts_with("pl-") {
        route.destination_prefix_list_id = Some(destination.to_owned());
    } else if destination.contains(':') {
        route.destination_ipv6_cidr_block = Some(destination.parse().unwrap());
    } else {
        route.destination_cidr_block = Some(destination.parse().unwrap());
    }
    let place = match target.split('-').next().unwrap() {
        "nat" => &mut route.nat_gateway_id,
        "eigw" => &mut route.egress_only_internet_gateway_id,
        "tgw" => &mut route.transit_gateway_id,
        "pcx" => &mut route.vpc_peering_connection_id,
        "eni" => &mut route.network_interface_id,
        _ => &mut route.gateway_id,
    };
    *place = Some(target.to_owned());
    route
}

fn ports(text: &str) -> Option<PortRange> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    Some(PortRange {
        from: from.parse().ok()?,
        to: to.parse().ok()?,
    })
}

fn entry(rule: &str) -> AclEntry {
    let words: Vec<&str> = rule.split(' ').collect();
    let ports = ports(words[4]);
    AclEntry {
        rule_number: words[1].parse().unwrap(),
        rule_action: words[2].to_owned(),
        egress: words[0] == "out",
        protocol: if ports.is_some() { "6" } else { "-1" }.to_owned(),
        cidr_block: words[3].parse().ok(),
        ipv6_cidr_block: words[3].parse().ok(),
        port_range: ports,
    }
}

fn permission(port: &str, others: &[&str]) -> IpPermission {
    let range = ports(port);
    let mut rule = IpPermission {
        ip_protocol: if range.is_some() { "tcp" } else { "-1" }.to_owned(),
        from_port: range.map(|range| range.from),
        to_port: range.map(|range| range.to),
        ..IpPermission::default()
    };
    for other in others {
        if other.starts_with("sg-") {
            rule.user_id_group_pairs.push(GroupPair {
                group_id: (*other).to_owned(),
            });
        } else if other.starts_with("pl-") {
            rule.prefix_list_ids.push(PrefixListId {
                prefix_list_id: (*other).to_owned(),
            });
        } else if let Ok(cidr_ip) = other.parse() {
            rule.ip_ranges.push(IpRange { cidr_ip });
        } else {
            let cidr_ipv6 = other.parse().unwrap();
            rule.ipv6_ranges.push(Ipv6Range { cidr_ipv6 });
        }
    }
    rule
}
