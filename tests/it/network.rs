//! Networks on events: what a call changes in a VPC opens and resolves findings of exactly the functions in it.

use std::collections::BTreeSet;

use lambda_vigil::event::Intake;
use lambda_vigil::history::Status;
use lambda_vigil::monitor::Outcome;
use serde_json::{Value, json};

use crate::monitor::{Topic, World, account, function, monitor, record, role, run, statuses};

const UNREACHABLE: &str = "vpc-service-unreachable";
const BLOCKED: &str = "vpc-egress-blocked";

/// Two functions in a VPC and one in another, which all need Secrets Manager.
fn functions() -> Vec<Value> {
    [("orders", "1"), ("stock", "1"), ("other", "2")]
        .map(|(name, vpc)| {
            let mut function = function(name, "r");
            function["Configuration"]["VpcConfig"] = json!({"VpcId": format!("vpc-{vpc}"),
                "SubnetIds": [format!("subnet-{vpc}a"), format!("subnet-{vpc}b")], "SecurityGroupIds": [format!("sg-{vpc}")]});
            function
        })
        .to_vec()
}

fn reader() -> Value {
    let mut role = role("r", false);
    let secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders-AbCdEf";
    let statement = json!({"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secret});
    let policy = json!({"PolicyName": "secret", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}});
    role["InlinePolicies"].as_array_mut().unwrap().push(policy);
    role
}

/// Private subnets with a NAT gateway, or an endpoint, or neither.
fn vpc(number: &str, nat: bool, endpoint: bool) -> Value {
    let id = |kind: &str| format!("{kind}-{number}");
    let subnet = |letter: &str, range: &str| {
        json!({"SubnetId": format!("subnet-{number}{letter}"), "CidrBlock": range, "AvailabilityZone": format!("eu-west-1{letter}"),
            "OwnerId": "111122223333"})
    };
    let local = json!({"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"});
    let out = json!({"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": id("nat"), "State": if nat { "active" } else { "blackhole" }});
    let public = json!({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": id("igw"), "State": "active"});
    let open = |egress: bool| json!({"RuleNumber": 100, "RuleAction": "allow", "Egress": egress, "Protocol": "-1", "CidrBlock": "0.0.0.0/0"});
    let https = json!({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]});
    let endpoints = json!([{"VpcEndpointId": id("vpce"), "VpcEndpointType": "Interface", "State": "available",
        "ServiceName": "com.amazonaws.eu-west-1.secretsmanager", "PrivateDnsEnabled": true,
        "SubnetIds": [format!("subnet-{number}a"), format!("subnet-{number}b")], "Groups": [{"GroupId": id("sg-endpoint")}]}]);
    json!({
        "Account": "111122223333", "Region": "eu-west-1", "VpcId": id("vpc"),
        "Vpc": {"VpcId": id("vpc"), "EnableDnsSupport": true, "EnableDnsHostnames": true},
        "Subnets": [subnet("a", "10.0.1.0/24"), subnet("b", "10.0.2.0/24"), subnet("c", "10.0.3.0/24")],
        "RouteTables": [
            {"RouteTableId": id("rtb"), "Associations": [{"Main": true}], "Routes": [local, out]},
            {"RouteTableId": id("rtb-public"), "Associations": [{"Main": false, "SubnetId": format!("subnet-{number}c")}], "Routes": [local, public]},
        ],
        "NetworkAcls": [{"NetworkAclId": id("acl"), "IsDefault": true, "Entries": [open(true), open(false)]}],
        "SecurityGroups": [
            {"GroupId": id("sg"), "IpPermissionsEgress": [https]},
            {"GroupId": id("sg-endpoint"), "IpPermissions": [https]},
        ],
        "VpcEndpoints": if endpoint { endpoints } else { json!([]) },
        "Gateways": {"InternetGateways": [{"InternetGatewayId": id("igw"), "Attachments": [{"VpcId": id("vpc"), "State": "available"}]}],
            "NatGateways": [{"NatGatewayId": id("nat"), "SubnetId": format!("subnet-{number}c"), "State": "available"}]},
        "NetworkInterfaces": [], "PrefixLists": [],
    })
}

fn world(networks: &[Value]) -> Value {
    let mut account = account(&functions(), &[reader()]);
    account["Networks"] = json!(networks);
    account
}

fn of(outcome: &Outcome, control: &str) -> BTreeSet<(String, Status)> {
    let all = statuses(outcome).into_iter();
    all.filter(|(_, _, own)| own == control)
        .map(|(function, status, _)| (function, status))
        .collect()
}

fn both(status: Status) -> BTreeSet<(String, Status)> {
    BTreeSet::from([("orders".to_owned(), status), ("stock".to_owned(), status)])
}

/// Plays a change of VPC 1 and its undoing.
fn there_and_back(good: &Value, bad: &Value, control: &str, (event, undoing): (&[Intake], &[Intake])) {
    let (before, after) = (
        world(&[good.clone(), vpc("2", true, false)]),
        world(&[bad.clone(), vpc("2", true, false)]),
    );
    let (account, topic) = (World::default(), Topic::default());
    account.set(&before);
    let monitor = monitor(&account, &topic);
    let start = run(
        &monitor,
        &lambda_vigil::event::parse(&json!({"vigil": "sweep"})).unwrap(),
    );
    assert!(of(&start, control).is_empty(), "{:?}", of(&start, control));
    account.set(&after);
    account.reads();
    assert_eq!(of(&run(&monitor, event), control), both(Status::Opened));
    let reads = account.reads();
    assert!(
        reads.iter().all(|read| read == "list" || read.contains("vpc-")),
        "{reads:?}"
    );
    account.set(&before);
    assert_eq!(of(&run(&monitor, undoing), control), both(Status::Resolved));
}

fn ec2(name: &str, parameters: &Value) -> Vec<Intake> {
    record("ec2.amazonaws.com", name, parameters)
}

#[test]
fn deleting_the_last_endpoint_and_making_it_again() {
    let deleted = json!({"DeleteVpcEndpointsRequest": {"VpcEndpointId": {"tag": 1, "content": "vpce-1"}}});
    let made = json!({"CreateVpcEndpointRequest": {"VpcId": "vpc-1", "ServiceName": "com.amazonaws.eu-west-1.secretsmanager"}});
    let events = (ec2("DeleteVpcEndpoints", &deleted), ec2("CreateVpcEndpoint", &made));
    there_and_back(
        &vpc("1", false, true),
        &vpc("1", false, false),
        UNREACHABLE,
        (&events.0, &events.1),
    );
}

#[test]
fn replacing_the_default_route_and_putting_it_back() {
    let mut bad = vpc("1", true, false);
    bad["RouteTables"][0]["Routes"][1] =
        json!({"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"});
    let to = |member: &str, id: &str| json!({"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0", member: id});
    let events = (
        ec2("ReplaceRoute", &to("gatewayId", "igw-1")),
        ec2("ReplaceRoute", &to("natGatewayId", "nat-1")),
    );
    there_and_back(&vpc("1", true, false), &bad, UNREACHABLE, (&events.0, &events.1));
}

#[test]
fn tightening_a_group_and_widening_it() {
    let mut bad = vpc("1", true, false);
    bad["SecurityGroups"][0]["IpPermissionsEgress"] = json!([]);
    let rules = json!({"items": [{"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}}]});
    let parameters = json!({"groupId": "sg-1", "ipPermissions": rules});
    let events = (
        ec2("RevokeSecurityGroupEgress", &parameters),
        ec2("AuthorizeSecurityGroupEgress", &parameters),
    );
    there_and_back(&vpc("1", true, false), &bad, BLOCKED, (&events.0, &events.1));
}

#[test]
fn a_network_that_cannot_be_read_never_resolves() {
    let (account, topic) = (World::default(), Topic::default());
    account.set(&world(&[vpc("1", false, false), vpc("2", true, false)]));
    let monitor = monitor(&account, &topic);
    let sweep = lambda_vigil::event::parse(&json!({"vigil": "sweep"})).unwrap();
    assert_eq!(of(&run(&monitor, &sweep), UNREACHABLE), both(Status::Opened));
    let mut unread = vpc("1", true, true);
    unread["RouteTables"] = Value::Null;
    unread["Unreadable"] = json!({"route-tables": {"reason": "throttled"}});
    account.set(&world(&[unread, vpc("2", true, false)]));
    let outcome = run(&monitor, &sweep);
    assert!(of(&outcome, UNREACHABLE).is_empty());
    assert!(
        outcome
            .evaluations
            .iter()
            .any(|one| one.unjudged.iter().any(|cannot| cannot.control == UNREACHABLE))
    );
}
