//! What does a VPC of the template consist of? With what AWS makes beside it: a main route table, a default group, a default ACL.

use serde_json::{Value as Json, json};

use super::super::given::Given;
use super::super::policy::{self, Side};
use super::super::resource::{Resource, Stack};
use super::super::value::{Value, Why};
use super::function::unreadable;
use super::{Unreadable, not_in};
use crate::snapshot::Facet;

/// One VPC and what there is to look through.
struct Network<'n> {
    vpc: &'n str,
    stack: &'n Stack,
    given: &'n Given,
}

type Listed = Result<Vec<Json>, Why>;

/// The network as a recording has it.
pub(super) fn of(vpc: &str, stack: &Stack, given: &Given) -> Json {
    let network = Network { vpc, stack, given };
    let list = |found: Listed| found.map(Json::Array);
    let parts = [
        (Facet::Vpc, "Vpc", network.attributes()),
        (Facet::Subnets, "Subnets", list(network.subnets())),
        (Facet::RouteTables, "RouteTables", list(network.route_tables())),
        (Facet::NetworkAcls, "NetworkAcls", list(network.acls())),
        (Facet::SecurityGroups, "SecurityGroups", list(network.groups())),
        (Facet::VpcEndpoints, "VpcEndpoints", list(network.endpoints())),
        (Facet::Gateways, "Gateways", network.gateways()),
        (Facet::NetworkInterfaces, "NetworkInterfaces", network.interfaces()),
        (Facet::PrefixLists, "PrefixLists", Ok(json!([]))),
    ];
    let mut recorded = json!({"Account": given.account, "Region": given.region, "VpcId": vpc});
    let mut missing = Unreadable::new();
    if let Some(members) = recorded.as_object_mut() {
        for (facet, name, part) in parts {
            match part {
                Ok(json) => drop(members.insert(name.to_owned(), json)),
                Err(why) => drop(missing.insert(facet, not_in(&why))),
            }
        }
        members.insert("Unreadable".to_owned(), unreadable(missing));
    }
    recorded
}

/// What can forward packets, or be a database that the environment names.
const WITH_INTERFACES: [&str; 6] = [
    "AWS::EC2::Instance",
    "AWS::EC2::NetworkInterface",
    "AWS::ElastiCache::",
    "AWS::NetworkFirewall::",
    "AWS::RDS::",
    "AWS::Redshift",
];

impl<'n> Network<'n> {
    /// The resources of a kind whose property names an id; one that may name it leaves the question open.
    fn with(&self, kind: &'n str, property: &str, id: &str) -> Result<Vec<&'n Resource>, Why> {
        let mut all = Vec::new();
        for resource in self.stack.of_kind(kind) {
            match resource.get(property).word() {
                Ok(named) if named.as_deref() == Some(id) => match &resource.doubt {
                    None => all.push(resource),
                    Some(why) => return Err(why.clone()),
                },
                Ok(_) => {}
                Err(why) => return Err(why),
            }
        }
        Ok(all)
    }

    fn here(&self, kind: &'n str) -> Result<Vec<&'n Resource>, Why> {
        self.with(kind, "VpcId", self.vpc)
    }

    /// An id that AWS makes for what comes with the VPC.
    fn own(&self, prefix: &str) -> String {
        own_id(prefix, self.vpc)
    }

    fn attributes(&self) -> Result<Json, Why> {
        let mut all = self.stack.of_kind("AWS::EC2::VPC");
        let vpc = all
            .find(|one| one.name.known().as_deref() == Some(self.vpc))
            .ok_or_else(|| Why::from("the VPC is not in it"))?;
        Ok(json!({
            "VpcId": self.vpc,
            "OwnerId": self.given.account,
            "EnableDnsSupport": vpc.get("EnableDnsSupport").truth()?.unwrap_or(true),
            "EnableDnsHostnames": vpc.get("EnableDnsHostnames").truth()?.unwrap_or(false),
        }))
    }

    fn subnets(&self) -> Listed {
        let one = |subnet: &Resource| -> Result<Json, Why> {
            let zone = subnet.get("AvailabilityZone").word().ok().flatten();
            let id = id_of(subnet);
            // A zone that AWS chooses; whether two are the same is left open elsewhere.
            let zone = zone.unwrap_or_else(|| format!("the zone of {id}"));
            Ok(json!({
                "SubnetId": id, "VpcId": self.vpc, "OwnerId": self.given.account,
                "AvailabilityZone": zone, "CidrBlock": subnet.get("CidrBlock").word()?,
            }))
        };
        self.here("AWS::EC2::Subnet")?.into_iter().map(one).collect()
    }

    fn route_tables(&self) -> Listed {
        let local = || -> Result<Vec<Json>, Why> {
            let mut all = self.stack.of_kind("AWS::EC2::VPC");
            let vpc = all.find(|one| one.name.known().as_deref() == Some(self.vpc));
            let range = vpc.map_or(Ok(None), |vpc| vpc.get("CidrBlock").word())?;
            Ok(vec![
                json!({"DestinationCidrBlock": range, "GatewayId": "local", "State": "active"}),
            ])
        };
        let mut tables = vec![json!({
            "RouteTableId": self.own("rtb"), "VpcId": self.vpc, "Associations": [{"Main": true}], "Routes": local()?,
        })];
        for table in self.here("AWS::EC2::RouteTable")? {
            let id = id_of(table);
            let mut routes = local()?;
            for route in self.with("AWS::EC2::Route", "RouteTableId", &id)? {
                routes.push(written(route)?);
            }
            let associations = self.with("AWS::EC2::SubnetRouteTableAssociation", "RouteTableId", &id)?;
            let associations: Result<Vec<Json>, Why> = associations
                .iter()
                .map(|one| Ok(json!({"SubnetId": one.get("SubnetId").word()?})))
                .collect();
            tables.push(json!({
                "RouteTableId": id, "VpcId": self.vpc, "Associations": associations?, "Routes": routes,
            }));
        }
        Ok(tables)
    }

    fn acls(&self) -> Listed {
        let rule = |number: i32, action: &str, egress: bool| json!({"RuleNumber": number, "RuleAction": action, "Egress": egress, "Protocol": "-1", "CidrBlock": "0.0.0.0/0"});
        let both = |number, action| [rule(number, action, true), rule(number, action, false)];
        let open: Vec<Json> = both(100, "allow").into_iter().chain(both(32767, "deny")).collect();
        let mut acls = vec![json!({
            "NetworkAclId": self.own("acl"), "VpcId": self.vpc, "IsDefault": true, "Associations": [], "Entries": open,
        })];
        for acl in self.here("AWS::EC2::NetworkAcl")? {
            let id = id_of(acl);
            let mut entries: Vec<Json> = both(32767, "deny").into();
            for entry in self.with("AWS::EC2::NetworkAclEntry", "NetworkAclId", &id)? {
                entries.push(entry_of(entry)?);
            }
            let behind = self.with("AWS::EC2::SubnetNetworkAclAssociation", "NetworkAclId", &id)?;
            let behind: Result<Vec<Json>, Why> = behind
                .iter()
                .map(|one| Ok(json!({"SubnetId": one.get("SubnetId").word()?})))
                .collect();
            acls.push(json!({"NetworkAclId": id, "VpcId": self.vpc, "Associations": behind?, "Entries": entries}));
        }
        Ok(acls)
    }

    fn groups(&self) -> Listed {
        let default = self.own("sg");
        let within = json!([{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": default}]}]);
        let mut groups = vec![json!({
            "GroupId": default, "GroupName": "default", "VpcId": self.vpc,
            "IpPermissions": within, "IpPermissionsEgress": [everywhere()],
        })];
        for group in self.here("AWS::EC2::SecurityGroup")? {
            let id = id_of(group);
            let rules = |inline: &str, kind: &'static str| -> Listed {
                let own = group.get(inline).items()?.iter().map(permission);
                let beside = self.with(kind, "GroupId", &id)?;
                own.chain(beside.into_iter().map(|one| permission(&one.properties)))
                    .collect()
            };
            let mut out = rules("SecurityGroupEgress", "AWS::EC2::SecurityGroupEgress")?;
            // A group without a rule for what leaves it lets everything out ("AWS::EC2::SecurityGroup").
            if out.is_empty() && group.get("SecurityGroupEgress").is_nothing() {
                out.push(everywhere());
            }
            groups.push(json!({
                "GroupId": id, "GroupName": group.get("GroupName").known().unwrap_or_else(|| group.id.clone()), "VpcId": self.vpc,
                "IpPermissions": rules("SecurityGroupIngress", "AWS::EC2::SecurityGroupIngress")?,
                "IpPermissionsEgress": out,
            }));
        }
        Ok(groups)
    }

    fn endpoints(&self) -> Listed {
        let one = |endpoint: &Resource| -> Result<Json, Why> {
            let kind = endpoint
                .get("VpcEndpointType")
                .word()?
                .unwrap_or_else(|| "Gateway".to_owned());
            let private = match (endpoint.get("PrivateDnsEnabled").truth()?, kind.as_str()) {
                (None, "Interface") => {
                    return Err(
                        "whether an endpoint answers to the service's own name is not said (PrivateDnsEnabled)".into(),
                    );
                }
                (said, _) => said.unwrap_or(false),
            };
            let mut groups = endpoint.get("SecurityGroupIds").words()?;
            if groups.is_empty() && kind == "Interface" {
                groups.push(self.own("sg"));
            }
            let groups: Vec<Json> = groups.into_iter().map(|id| json!({"GroupId": id})).collect();
            let said = endpoint.get("PolicyDocument");
            let document = (!said.is_nothing()).then(|| policy::document(said, Side::Resource, None).to_string());
            Ok(json!({
                "VpcEndpointId": id_of(endpoint), "VpcEndpointType": kind, "VpcId": self.vpc, "State": "available",
                "ServiceName": endpoint.get("ServiceName").word()?, "PolicyDocument": document,
                "RouteTableIds": endpoint.get("RouteTableIds").words()?, "SubnetIds": endpoint.get("SubnetIds").words()?,
                "Groups": groups, "PrivateDnsEnabled": private,
            }))
        };
        self.here("AWS::EC2::VPCEndpoint")?.into_iter().map(one).collect()
    }

    fn gateways(&self) -> Result<Json, Why> {
        let here = || json!([{"VpcId": self.vpc, "State": "available"}]);
        let attached = self.here("AWS::EC2::VPCGatewayAttachment")?;
        let internet: Result<Vec<Json>, Why> = attached
            .iter()
            .filter(|one| !one.get("InternetGatewayId").is_nothing())
            .map(|one| Ok(json!({"InternetGatewayId": one.get("InternetGatewayId").word()?, "Attachments": here()})))
            .collect();
        let subnets: Vec<String> = self.here("AWS::EC2::Subnet")?.into_iter().map(id_of).collect();
        let mut nat = Vec::new();
        for gateway in self.stack.of_kind("AWS::EC2::NatGateway") {
            let subnet = gateway.get("SubnetId").word()?;
            if subnet.as_ref().is_some_and(|id| subnets.contains(id)) {
                let kind = gateway.get("ConnectivityType").word()?;
                nat.push(json!({
                    "NatGatewayId": id_of(gateway), "SubnetId": subnet, "State": "available", "ConnectivityType": kind,
                }));
            }
        }
        let only_out = self.here("AWS::EC2::EgressOnlyInternetGateway")?;
        let only_out: Vec<Json> = only_out
            .iter()
            .map(|one| json!({"EgressOnlyInternetGatewayId": id_of(one), "Attachments": here()}))
            .collect();
        Ok(json!({"InternetGateways": internet?, "NatGateways": nat, "EgressOnlyInternetGateways": only_out}))
    }

    fn interfaces(&self) -> Result<Json, Why> {
        let is_such = |resource: &&Resource| WITH_INTERFACES.iter().any(|start| resource.kind.starts_with(start));
        match self.stack.resources.iter().find(is_such) {
            None => Ok(json!([])),
            Some(resource) => Err(format!("the network interfaces of `{}` are made by AWS", resource.id).into()),
        }
    }
}

/// An id that AWS makes for what comes with a VPC.
pub(in crate::template) fn own_id(prefix: &str, vpc: &str) -> String {
    format!("{prefix}-{}", vpc.trim_start_matches("vpc-"))
}

fn id_of(resource: &Resource) -> String {
    resource.name.known().unwrap_or_else(|| resource.id.clone())
}

fn everywhere() -> Json {
    json!({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]})
}

/// Targets and destinations of a route, which are named as EC2 names them.
const OF_ROUTE: [&str; 11] = [
    "CarrierGatewayId",
    "CoreNetworkArn",
    "DestinationPrefixListId",
    "EgressOnlyInternetGatewayId",
    "GatewayId",
    "InstanceId",
    "LocalGatewayId",
    "NatGatewayId",
    "NetworkInterfaceId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
];

fn written(route: &Resource) -> Result<Json, Why> {
    let mut all = json!({"State": "active"});
    let ranges = [
        ("DestinationCidrBlock", "DestinationCidrBlock"),
        ("DestinationIpv6CidrBlock", "DestinationIpv6CidrBlock"),
    ];
    let names = OF_ROUTE.iter().map(|name| (*name, *name)).chain(ranges);
    let members = all.as_object_mut();
    let Some(members) = members else { return Ok(all) };
    for (property, name) in names {
        if let Some(word) = route.get(property).word()? {
            members.insert(name.to_owned(), word.into());
        }
    }
    // An endpoint of a firewall or load balancer stands where a gateway would.
    if let Some(id) = route.get("VpcEndpointId").word()? {
        members.insert("GatewayId".to_owned(), id.into());
    }
    Ok(all)
}

fn entry_of(entry: &Resource) -> Result<Json, Why> {
    let ports = entry.get("PortRange");
    let port = |name: &str| ports.get(name).number();
    let range = match (port("From")?, port("To")?) {
        (Some(from), Some(to)) => Some(json!({"From": from, "To": to})),
        _ => None,
    };
    Ok(json!({
        "RuleNumber": entry.get("RuleNumber").number()?.unwrap_or_default(),
        "RuleAction": entry.get("RuleAction").word()?.unwrap_or_default(),
        "Egress": entry.get("Egress").truth()?.unwrap_or(false),
        "Protocol": entry.get("Protocol").word()?.unwrap_or_default(),
        "CidrBlock": entry.get("CidrBlock").word()?,
        "Ipv6CidrBlock": entry.get("Ipv6CidrBlock").word()?,
        "PortRange": range,
    }))
}

fn permission(rule: &Value) -> Result<Json, Why> {
    let word = |name: &str| rule.get(name).word();
    let listed = |key: &str, value: Option<String>| -> Vec<Json> {
        value.map(|value| json!({key: value})).into_iter().collect()
    };
    let group = word("SourceSecurityGroupId")?.or(word("DestinationSecurityGroupId")?);
    let list = word("SourcePrefixListId")?.or(word("DestinationPrefixListId")?);
    Ok(json!({
        "IpProtocol": word("IpProtocol")?.unwrap_or_else(|| "-1".to_owned()),
        "FromPort": rule.get("FromPort").number()?,
        "ToPort": rule.get("ToPort").number()?,
        "IpRanges": listed("CidrIp", word("CidrIp")?),
        "Ipv6Ranges": listed("CidrIpv6", word("CidrIpv6")?),
        "PrefixListIds": listed("PrefixListId", list),
        "UserIdGroupPairs": listed("GroupId", group),
    }))
}
