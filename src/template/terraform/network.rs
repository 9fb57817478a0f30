//! Networks of Terraform in CloudFormation's words.

use super::super::resource::{Resource, Stack};
use super::super::value::Value;
use super::Reader;
use super::plan::Planned;
use super::references::first;

impl Reader<'_> {
    /// Adds what belongs to a network, or only is referred to.
    pub(super) fn of_network(&self, planned: &Planned, stack: &mut Stack) {
        let same = |kind: &str, all: &[(&'static str, &'static str)]| self.same(planned, kind, all);
        let made = match planned.kind.as_str() {
            "aws_vpc" => same(
                "AWS::EC2::VPC",
                &[
                    ("CidrBlock", "cidr_block"),
                    ("EnableDnsSupport", "enable_dns_support"),
                    ("EnableDnsHostnames", "enable_dns_hostnames"),
                ],
            ),
            "aws_subnet" => same(
                "AWS::EC2::Subnet",
                &[
                    ("VpcId", "vpc_id"),
                    ("CidrBlock", "cidr_block"),
                    ("AvailabilityZone", "availability_zone"),
                ],
            ),
            "aws_route_table" => return self.table(planned, stack),
            "aws_route" => same("AWS::EC2::Route", ROUTE),
            "aws_route_table_association" => same(
                "AWS::EC2::SubnetRouteTableAssociation",
                &[("RouteTableId", "route_table_id"), ("SubnetId", "subnet_id")],
            ),
            "aws_internet_gateway" => self.attached(planned),
            "aws_egress_only_internet_gateway" => same("AWS::EC2::EgressOnlyInternetGateway", &[("VpcId", "vpc_id")]),
            "aws_nat_gateway" => same(
                "AWS::EC2::NatGateway",
                &[("SubnetId", "subnet_id"), ("ConnectivityType", "connectivity_type")],
            ),
            "aws_vpc_endpoint" => self.endpoint(planned),
            "aws_security_group" => self.group(planned),
            "aws_security_group_rule" => self.rule(planned),
            "aws_vpc_security_group_ingress_rule" => same("AWS::EC2::SecurityGroupIngress", ONE_RULE),
            "aws_vpc_security_group_egress_rule" => same("AWS::EC2::SecurityGroupEgress", ONE_RULE),
            // Its rules are not read here: whichever VPC it is in, its ACLs are not known.
            "aws_network_acl" | "aws_default_network_acl" | "aws_network_acl_rule" => {
                let vpc = Value::unknown(1, "network ACLs of a plan are not read");
                self.resource(planned, "AWS::EC2::NetworkAcl", vec![("VpcId", vpc)])
            }
            "aws_default_route_table" | "aws_main_route_table_association" => {
                let vpc = Value::unknown(1, "changes of the main route table are not read");
                self.resource(planned, "AWS::EC2::RouteTable", vec![("VpcId", vpc)])
            }
            "aws_instance" => self.resource(planned, "AWS::EC2::Instance", Vec::new()),
            "aws_network_interface" => self.resource(planned, "AWS::EC2::NetworkInterface", Vec::new()),
            kind if kind.starts_with("aws_db_") || kind.starts_with("aws_rds_") => {
                self.resource(planned, "AWS::RDS::DBInstance", Vec::new())
            }
            kind if kind.starts_with("aws_elasticache_") => {
                self.resource(planned, "AWS::ElastiCache::Cluster", Vec::new())
            }
            kind if kind.starts_with("aws_redshift") => self.resource(planned, "AWS::Redshift::Cluster", Vec::new()),
            "aws_lambda_layer_version" => self.resource(planned, "AWS::Lambda::LayerVersion", Vec::new()),
            _ => return,
        };
        stack.resources.push(made);
    }

    fn table(&self, planned: &Planned, stack: &mut Stack) {
        let table = self.same(planned, "AWS::EC2::RouteTable", &[("VpcId", "vpc_id")]);
        let id = table.name.clone();
        stack.resources.push(table);
        let routes = self.attribute(planned, &["route"]);
        let all = match routes.items() {
            Ok(all) => all.to_vec(),
            Err(why) => vec![Value::unknown(1, why)],
        };
        for route in all {
            let mut properties = vec![("RouteTableId", id.clone())];
            let names = ROUTE.iter().filter(|(property, _)| *property != "RouteTableId");
            properties.extend(names.map(|(property, name)| (*property, inline(&route, name))));
            stack
                .resources
                .push(self.resource(planned, "AWS::EC2::Route", properties));
        }
    }

    /// A gateway of Terraform names the VPC that it is attached to.
    fn attached(&self, planned: &Planned) -> Resource {
        let (id, _) = self.called(planned);
        let vpc = self.attribute(planned, &["vpc_id"]);
        self.resource(
            planned,
            "AWS::EC2::VPCGatewayAttachment",
            vec![("VpcId", vpc), ("InternetGatewayId", id)],
        )
    }

    fn endpoint(&self, planned: &Planned) -> Resource {
        let of = |name: &str| self.attribute(planned, &[name]);
        let kind = of("vpc_endpoint_type");
        let private = of("private_dns_enabled");
        // Left out, it is off ("aws_vpc_endpoint").
        let private = if private.is_nothing() {
            Value::text(1, "false")
        } else {
            private
        };
        self.resource(
            planned,
            "AWS::EC2::VPCEndpoint",
            vec![
                ("VpcId", of("vpc_id")),
                ("VpcEndpointType", kind),
                ("ServiceName", of("service_name")),
                ("PolicyDocument", of("policy")),
                ("PrivateDnsEnabled", private),
                ("RouteTableIds", self.attributes(planned, &["route_table_ids"])),
                ("SubnetIds", self.attributes(planned, &["subnet_ids"])),
                ("SecurityGroupIds", self.attributes(planned, &["security_group_ids"])),
            ],
        )
    }

    /// Terraform takes away the rule by which a new group lets everything out.
    fn group(&self, planned: &Planned) -> Resource {
        let rules = |name: &'static str| {
            let blocks = self.attribute(planned, &[name]);
            match blocks.items() {
                Err(why) => Value::unknown(1, why),
                Ok(blocks) => Value::list(1, blocks.iter().flat_map(permissions).collect()),
            }
        };
        self.resource(
            planned,
            "AWS::EC2::SecurityGroup",
            vec![
                ("VpcId", self.attribute(planned, &["vpc_id"])),
                ("GroupName", planned.value("name").clone()),
                ("SecurityGroupIngress", rules("ingress")),
                ("SecurityGroupEgress", rules("egress")),
            ],
        )
    }

    fn rule(&self, planned: &Planned) -> Resource {
        let is_ingress = planned.value("type").known().as_deref() == Some("ingress");
        let kind = if is_ingress {
            "AWS::EC2::SecurityGroupIngress"
        } else {
            "AWS::EC2::SecurityGroupEgress"
        };
        let of = |name: &str| self.attribute(planned, &[name]);
        // A rule of several ranges is more than one in CloudFormation: then it is not known.
        let ranges = of("cidr_blocks");
        let range = match ranges.items() {
            Ok([]) => Value::nothing(),
            Ok([one]) => one.clone(),
            Ok(_) => Value::unknown(1, "a rule of several ranges is not read"),
            Err(why) => Value::unknown(1, why),
        };
        self.resource(
            planned,
            kind,
            vec![
                ("GroupId", of("security_group_id")),
                ("IpProtocol", of("protocol")),
                ("FromPort", of("from_port")),
                ("ToPort", of("to_port")),
                ("CidrIp", range),
                ("SourceSecurityGroupId", of("source_security_group_id")),
            ],
        )
    }
}

const ROUTE: &[(&str, &str)] = &[
    ("RouteTableId", "route_table_id"),
    ("DestinationCidrBlock", "destination_cidr_block"),
    ("DestinationIpv6CidrBlock", "destination_ipv6_cidr_block"),
    ("DestinationPrefixListId", "destination_prefix_list_id"),
    ("GatewayId", "gateway_id"),
    ("NatGatewayId", "nat_gateway_id"),
    ("EgressOnlyInternetGatewayId", "egress_only_gateway_id"),
    ("NetworkInterfaceId", "network_interface_id"),
    ("TransitGatewayId", "transit_gateway_id"),
    ("VpcEndpointId", "vpc_endpoint_id"),
    ("VpcPeeringConnectionId", "vpc_peering_connection_id"),
];

const ONE_RULE: &[(&str, &str)] = &[
    ("GroupId", "security_group_id"),
    ("IpProtocol", "ip_protocol"),
    ("FromPort", "from_port"),
    ("ToPort", "to_port"),
    ("CidrIp", "cidr_ipv4"),
    ("CidrIpv6", "cidr_ipv6"),
    ("SourcePrefixListId", "prefix_list_id"),
    ("SourceSecurityGroupId", "referenced_security_group_id"),
];

/// A route inside of its table calls its destination otherwise; what is not used is empty.
fn inline(route: &Value, name: &str) -> Value {
    let name = match name {
        "destination_cidr_block" => "cidr_block",
        "destination_ipv6_cidr_block" => "ipv6_cidr_block",
        other => other,
    };
    let value = route.get(name);
    if value.known().is_some_and(|word| word.is_empty()) {
        Value::nothing()
    } else {
        value.clone()
    }
}

/// The rules that a block stands for: one for each range and group.
fn permissions(block: &Value) -> Vec<Value> {
    let block = first(block);
    let common = || {
        let mut ports = vec![("IpProtocol", block.get("protocol").clone())];
        ports.extend([
            ("FromPort", block.get("from_port").clone()),
            ("ToPort", block.get("to_port").clone()),
        ]);
        ports
    };
    let sides = [
        ("CidrIp", "cidr_blocks"),
        ("CidrIpv6", "ipv6_cidr_blocks"),
        ("SourcePrefixListId", "prefix_list_ids"),
        ("SourceSecurityGroupId", "security_groups"),
    ];
    let mut all = Vec::new();
    for (property, name) in sides {
        let items = match block.get(name).items() {
            Ok(items) => items.to_vec(),
            Err(why) => vec![Value::unknown(1, why)],
        };
        for item in items {
            let mut members = common();
            members.push((property, item));
            all.push(Value::map(1, members));
        }
    }
    all
}
