//! One VPC: two public and two private subnets, groups, endpoints, gateways, a database.

use serde_json::{Value, json};

use super::account::{OWN, REGION};

const ZONES: [&str; 2] = ["a", "b"];
const GROUPS: usize = 6;

fn vpc(at: usize) -> String {
    format!("vpc-{at:017x}")
}

fn subnet(at: usize, index: usize) -> String {
    format!("subnet-{:017x}", at * 16 + index)
}

pub(crate) fn group(at: usize, index: usize) -> String {
    format!("sg-{:017x}", at * 16 + index)
}

/// What a function says of its network. Now and then it stands in one zone, or in a public subnet.
pub(crate) fn attachment(at: usize, vpcs: usize) -> Value {
    let own = at / 5 % vpcs;
    let subnets: Vec<String> = match at % 13 {
        0 => vec![subnet(own, 2)],
        1 => vec![subnet(own, 0), subnet(own, 2)],
        _ => vec![subnet(own, 2), subnet(own, 3)],
    };
    json!({"VpcId": vpc(own), "SubnetIds": subnets, "SecurityGroupIds": [group(own, at % 4)]})
}

pub(crate) fn network(at: usize) -> Value {
    let vpc = vpc(at);
    let s3 = json!({"PrefixListId": "pl-6da54004", "PrefixListName": format!("com.amazonaws.{REGION}.s3"),
        "Entries": [{"Cidr": "52.92.0.0/17"}, {"Cidr": "3.5.64.0/21"}, {"Cidr": "52.218.0.0/17"}, {"Cidr": "18.34.240.0/22"}, {"Cidr": "18.34.32.0/20"}]});
    let dynamodb = json!({"PrefixListId": "pl-6fa54006", "PrefixListName": format!("com.amazonaws.{REGION}.dynamodb"),
        "Entries": [{"Cidr": "52.94.5.0/24"}, {"Cidr": "52.119.240.0/21"}, {"Cidr": "52.94.24.0/23"}]});
    json!({
        "Account": OWN,
        "Region": REGION,
        "VpcId": vpc,
        "Vpc": {"VpcId": vpc, "OwnerId": OWN, "EnableDnsSupport": true, "EnableDnsHostnames": true},
        "Subnets": (0..4).map(|index| json!({"SubnetId": subnet(at, index), "VpcId": vpc, "OwnerId": OWN,
            "AvailabilityZone": format!("{REGION}{}", ZONES[index % 2]), "CidrBlock": format!("10.0.{}.0/24", index * 16)})).collect::<Vec<_>>(),
        "RouteTables": route_tables(at),
        "NetworkAcls": [acl(at)],
        "SecurityGroups": (0..GROUPS).map(|index| security_group(at, index)).collect::<Vec<_>>(),
        "VpcEndpoints": endpoints(at),
        "Gateways": {
            "InternetGateways": [{"InternetGatewayId": format!("igw-{at:017x}"), "Attachments": [{"VpcId": vpc, "State": "available"}]}],
            "NatGateways": [{"NatGatewayId": format!("nat-{at:017x}"), "VpcId": vpc, "SubnetId": subnet(at, 0), "State": "available", "ConnectivityType": "public"}],
            "EgressOnlyInternetGateways": [],
        },
        "NetworkInterfaces": (0..3).map(|index| json!({"NetworkInterfaceId": format!("eni-{:017x}", at * 16 + index), "SubnetId": subnet(at, 2 + index % 2),
            "InterfaceType": "interface", "SourceDestCheck": true, "RequesterId": "amazon-rds", "Description": "RDSNetworkInterface",
            "Groups": [{"GroupId": group(at, 4)}]})).collect::<Vec<_>>(),
        "PrefixLists": [s3, dynamodb],
    })
}

fn route_tables(at: usize) -> Value {
    let local = json!({"State": "active", "Origin": "CreateRouteTable", "DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"});
    let public = json!({"State": "active", "Origin": "CreateRoute", "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": format!("igw-{at:017x}")});
    let nat = json!({"State": "active", "Origin": "CreateRoute", "DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": format!("nat-{at:017x}")});
    let s3 = json!({"State": "active", "Origin": "CreateRoute", "DestinationPrefixListId": "pl-6da54004", "GatewayId": format!("vpce-{:017x}", at * 16)});
    // Every third network has no way to the internet from its private subnets.
    let private = if at % 3 == 2 {
        vec![local.clone(), s3]
    } else {
        vec![local.clone(), nat, s3]
    };
    let table = |index: usize, subnets: &[usize], routes: &Value| {
        let of: Vec<Value> = subnets
            .iter()
            .map(|one| json!({"Main": false, "SubnetId": subnet(at, *one)}))
            .collect();
        json!({"RouteTableId": format!("rtb-{:017x}", at * 16 + index), "VpcId": vpc(at), "Associations": of, "Routes": routes})
    };
    let mut main = table(2, &[], &json!([local]));
    main["Associations"] = json!([{"Main": true}]);
    json!([
        table(0, &[0, 1], &json!([local, public])),
        table(1, &[2, 3], &json!(private)),
        main
    ])
}

fn acl(at: usize) -> Value {
    let entry = |number: usize, action: &str, egress: bool| json!({"RuleNumber": number, "RuleAction": action, "Egress": egress, "Protocol": "-1", "CidrBlock": "0.0.0.0/0"});
    json!({"NetworkAclId": format!("acl-{at:017x}"), "VpcId": vpc(at), "IsDefault": true, "Associations": [],
        "Entries": [entry(100, "allow", true), entry(100, "allow", false), entry(32767, "deny", true), entry(32767, "deny", false)]})
}

/// Open to the outside, https only, https and the database, closed; the database's, the endpoints'.
fn security_group(at: usize, index: usize) -> Value {
    let world = json!([{"CidrIp": "0.0.0.0/0"}]);
    let https = json!({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": world});
    let to_database =
        json!({"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [{"GroupId": group(at, 4)}]});
    let from_functions =
        json!({"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [{"GroupId": group(at, 2)}]});
    let inside = json!({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]});
    let all = json!({"IpProtocol": "-1", "IpRanges": world});
    let (into, out) = match index {
        0 => (vec![], vec![all]),
        1 => (vec![], vec![https]),
        2 => (vec![], vec![https, to_database]),
        3 => (vec![], vec![inside]),
        4 => (vec![from_functions], vec![]),
        _ => (vec![inside], vec![all]),
    };
    json!({"GroupId": group(at, index), "GroupName": format!("group-{index}"), "VpcId": vpc(at), "IpPermissions": into, "IpPermissionsEgress": out})
}

fn endpoints(at: usize) -> Value {
    let interface = |index: usize, service: &str| {
        json!({"VpcEndpointId": format!("vpce-{:017x}", at * 16 + index), "VpcEndpointType": "Interface", "VpcId": vpc(at),
            "ServiceName": format!("com.amazonaws.{REGION}.{service}"), "State": "available", "SubnetIds": [subnet(at, 2), subnet(at, 3)],
            "Groups": [{"GroupId": group(at, 5)}], "PrivateDnsEnabled": true})
    };
    let policy =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}]}"#;
    let s3 = json!({"VpcEndpointId": format!("vpce-{:017x}", at * 16), "VpcEndpointType": "Gateway", "VpcId": vpc(at),
        "ServiceName": format!("com.amazonaws.{REGION}.s3"), "State": "available", "RouteTableIds": [format!("rtb-{:017x}", at * 16 + 1)],
        "PrivateDnsEnabled": false, "PolicyDocument": policy});
    json!([
        s3,
        interface(1, "secretsmanager"),
        interface(2, "sqs"),
        interface(3, "ssm")
    ])
}
