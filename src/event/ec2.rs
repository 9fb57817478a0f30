//! Which EC2 calls change the way from a subnet to the world, and which part of the network do they name?

use super::call::{
    Call, Find, Kind, Service, endpoint, gateway, nat_gateway, network_acl, network_interface, other_part, peering,
    route_table, security_group, subnet, vpc,
};
use super::record::Place::{Request, Response};
use super::record::Record;
use super::{Ignored, Subject};
use crate::snapshot::Facet;

const EC2: Service = Service {
    source: "aws.ec2",
    event_source: "ec2.amazonaws.com",
};

const GROUP: Find = Find::First(&[
    (security_group, Request("groupId")),
    (security_group, Response("groupId")),
    (security_group, Response("securityGroupRuleSet.groupId")),
    (other_part, Request("groupName")),
]);
const TABLE: Find = Find::First(&[(route_table, Request("routeTableId"))]);
const SUBNET: Find = Find::First(&[
    (subnet, Request("subnetId")),
    (subnet, Response("subnet.subnetId")),
    (subnet, Response("subnetId")),
    (route_table, Request("routeTableId")),
    (other_part, Request("associationId")),
]);
// After a detach only the VPC can be looked up.
const GATEWAY: Find = Find::First(&[
    (vpc, Request("vpcId")),
    (gateway, Request("internetGatewayId")),
    (gateway, Request("egressOnlyInternetGatewayId")),
    (
        gateway,
        Response("egressOnlyInternetGateway.egressOnlyInternetGatewayId"),
    ),
]);
const NAT: Find = Find::First(&[
    (nat_gateway, Response("natGateway.natGatewayId")),
    (nat_gateway, Request("natGatewayId")),
    (subnet, Request("subnetId")),
]);
const ENDPOINT: Find = Find::First(&[
    (endpoint, Response("vpcEndpoint.vpcEndpointId")),
    (endpoint, Request("vpcEndpointId")),
    (vpc, Request("vpcId")),
]);
const ACL: Find = Find::First(&[
    (network_acl, Request("networkAclId")),
    (other_part, Request("associationId")),
]);
const VPC: Find = Find::First(&[
    (vpc, Request("vpcId")),
    (vpc, Response("vpc.vpcId")),
    (vpc, Response("vpcId")),
]);
const INTERFACE: Find = Find::First(&[(network_interface, Request("networkInterfaceId"))]);
const PEERING: Find = Find::First(&[
    (peering, Request("vpcPeeringConnectionId")),
    (peering, Response("vpcPeeringConnection.vpcPeeringConnectionId")),
    (peering, Request("transitGatewayAttachmentId")),
    (
        peering,
        Response("transitGatewayVpcAttachment.transitGatewayAttachmentId"),
    ),
    (peering, Request("transitGatewayRouteTableId")),
    (peering, Request("transitGatewayId")),
    (peering, Response("transitGateway.transitGatewayId")),
]);
// A list may be used in any VPC.
const PREFIX_LIST: Find = Find::First(&[(other_part, Request("prefixListId"))]);
const FLOW_LOGS: Find = Find::First(&[(other_part, Request("resourceId")), (other_part, Request("flowLogId"))]);

const GROUPS: &[Facet] = &[Facet::SecurityGroups];
const ROUTES: &[Facet] = &[Facet::RouteTables];
/// A route to a gateway that goes turns into a blackhole, and one to a gateway that comes back into none.
const GATEWAYS: &[Facet] = &[Facet::Gateways, Facet::RouteTables];
/// A gateway endpoint writes its own routes.
const ENDPOINTS: &[Facet] = &[Facet::VpcEndpoints, Facet::RouteTables];
const ATTRIBUTES: &[Facet] = &[Facet::Vpc];
/// A range of the VPC is a local route in each of its tables.
const RANGES: &[Facet] = &[Facet::Vpc, Facet::RouteTables];
/// A subnet comes and goes with its places in a route table and an ACL.
const SUBNETS: &[Facet] = &[Facet::Subnets, Facet::RouteTables, Facet::NetworkAcls];
const ACLS: &[Facet] = &[Facet::NetworkAcls];
const INTERFACES: &[Facet] = &[Facet::NetworkInterfaces];
const PREFIX_LISTS: &[Facet] = &[Facet::PrefixLists];
const NONE: &[Facet] = &[];

const fn call(stem: &'static str, facets: &'static [Facet], find: Find) -> Call {
    EC2.call(stem, facets, find)
}

/// EC2's calls. Flow logs, and routes beyond this VPC, change no path that is judged: they only tell where something happened.
pub(super) static CALLS: &[Call] = &[
    call("AuthorizeSecurityGroupEgress", GROUPS, GROUP),
    call("AuthorizeSecurityGroupIngress", GROUPS, GROUP),
    call("RevokeSecurityGroupEgress", GROUPS, GROUP),
    call("RevokeSecurityGroupIngress", GROUPS, GROUP),
    call("ModifySecurityGroupRules", GROUPS, GROUP),
    call("CreateSecurityGroup", GROUPS, GROUP),
    call("DeleteSecurityGroup", GROUPS, GROUP).deleting(),
    call("CreateRoute", ROUTES, TABLE),
    call("ReplaceRoute", ROUTES, TABLE),
    call("DeleteRoute", ROUTES, TABLE),
    call("AssociateRouteTable", ROUTES, SUBNET),
    call("DisassociateRouteTable", ROUTES, SUBNET),
    call("ReplaceRouteTableAssociation", ROUTES, SUBNET),
    call("EnableVgwRoutePropagation", ROUTES, TABLE),
    call("DisableVgwRoutePropagation", ROUTES, TABLE),
    call("CreateNatGateway", GATEWAYS, NAT),
    call("DeleteNatGateway", GATEWAYS, NAT).deleting(),
    call("AttachInternetGateway", GATEWAYS, GATEWAY),
    call("DetachInternetGateway", GATEWAYS, GATEWAY),
    call("DeleteInternetGateway", GATEWAYS, GATEWAY).deleting(),
    call("CreateEgressOnlyInternetGateway", GATEWAYS, GATEWAY),
    call("DeleteEgressOnlyInternetGateway", GATEWAYS, GATEWAY).deleting(),
    call("CreateVpcEndpoint", ENDPOINTS, ENDPOINT),
    call("ModifyVpcEndpoint", ENDPOINTS, ENDPOINT),
    call("DeleteVpcEndpoints", ENDPOINTS, Find::By(gone_endpoints))
        .deleting()
        .unless(no_endpoint_went),
    call("ModifyVpcAttribute", ATTRIBUTES, VPC),
    call("AssociateVpcCidrBlock", RANGES, VPC),
    call("DisassociateVpcCidrBlock", RANGES, VPC),
    call("DeleteVpc", ATTRIBUTES, VPC).deleting(),
    call("CreateSubnet", SUBNETS, SUBNET),
    call("ModifySubnetAttribute", SUBNETS, SUBNET),
    call("AssociateSubnetCidrBlock", SUBNETS, SUBNET),
    call("DisassociateSubnetCidrBlock", SUBNETS, SUBNET),
    call("DeleteSubnet", SUBNETS, SUBNET).deleting(),
    call("CreateNetworkAclEntry", ACLS, ACL),
    call("ReplaceNetworkAclEntry", ACLS, ACL),
    call("DeleteNetworkAclEntry", ACLS, ACL),
    call("DeleteNetworkAcl", ACLS, ACL).deleting(),
    call("ReplaceNetworkAclAssociation", ACLS, ACL),
    call("ModifyNetworkInterfaceAttribute", INTERFACES, INTERFACE),
    call("AcceptVpcPeeringConnection", ROUTES, PEERING),
    call("DeleteVpcPeeringConnection", ROUTES, PEERING).deleting(),
    call("CreateTransitGatewayVpcAttachment", ROUTES, PEERING),
    call("DeleteTransitGatewayVpcAttachment", ROUTES, PEERING).deleting(),
    call("CreateTransitGatewayRoute", NONE, PEERING),
    call("DeleteTransitGatewayRoute", NONE, PEERING),
    call("DeleteTransitGateway", ROUTES, PEERING).deleting(),
    call("ModifyManagedPrefixList", PREFIX_LISTS, PREFIX_LIST),
    call("CreateFlowLogs", NONE, FLOW_LOGS),
    call("DeleteFlowLogs", NONE, FLOW_LOGS),
];

/// The endpoints that the call names, without those that it answers it could not delete.
fn gone(record: &Record<'_>) -> Vec<String> {
    let kept = record.texts(Response("unsuccessful.resourceId"));
    let named = record.texts(Request("vpcEndpointId")).into_iter();
    named.filter(|id| !kept.contains(id)).collect()
}

fn gone_endpoints(record: &Record<'_>) -> Vec<Subject> {
    let kind: Kind = endpoint;
    let gone = gone(record);
    let subjects: Option<Vec<Subject>> = gone.iter().map(|id| kind(id)).collect();
    subjects.unwrap_or_default()
}

fn no_endpoint_went(record: &Record<'_>) -> Option<Ignored> {
    let named = !record.texts(Request("vpcEndpointId")).is_empty();
    let failed = named && gone(record).is_empty();
    failed.then(|| Ignored::FailedCall {
        code: record
            .text(Response("unsuccessful.error.code"))
            .unwrap_or_else(|| "an error for each endpoint".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::event::tests::{changes, detail, subjects};
    use crate::event::{Intake, NetworkPart};

    fn part(name: &str, request: Value, response: Value) -> NetworkPart {
        let record = detail("ec2.amazonaws.com", name, request, response);
        match subjects(&record).as_slice() {
            [Subject::Network(part)] => part.clone(),
            other => panic!("{name}: {other:?}"),
        }
    }

    #[test]
    fn the_flat_dialect_is_read() {
        use NetworkPart::{Other, SecurityGroup, Subnet, Vpc};
        for (name, request, expected) in [
            (
                "AuthorizeSecurityGroupEgress",
                json!({"groupId": "sg-1"}),
                SecurityGroup("sg-1".into()),
            ),
            (
                "DeleteSecurityGroup",
                json!({"groupName": "my group"}),
                Other("my group".into()),
            ),
            (
                "DisassociateRouteTable",
                json!({"associationId": "rtbassoc-1"}),
                Other("rtbassoc-1".into()),
            ),
            (
                "AssociateRouteTable",
                json!({"routeTableId": "rtb-1", "subnetId": "subnet-1"}),
                Subnet("subnet-1".into()),
            ),
            (
                "DetachInternetGateway",
                json!({"internetGatewayId": "igw-1", "vpcId": "vpc-1"}),
                Vpc("vpc-1".into()),
            ),
        ] {
            assert_eq!(part(name, request, json!({"_return": true})), expected, "{name}");
        }
    }

    #[test]
    fn the_wrapped_dialect_is_read() {
        let rules = json!({"ModifySecurityGroupRulesRequest": {"GroupId": "sg-1", "SecurityGroupRule": {"tag": 1}}});
        let expected = NetworkPart::SecurityGroup("sg-1".into());
        assert_eq!(part("ModifySecurityGroupRules", rules, json!(null)), expected);
        let request = json!({"CreateNatGatewayRequest": {"SubnetId": "subnet-1"}});
        let answer = json!({"CreateNatGatewayResponse": {"xmlns": "x", "natGateway": {"natGatewayId": "nat-1"}}});
        assert_eq!(
            part("CreateNatGateway", request, answer),
            NetworkPart::NatGateway("nat-1".into())
        );
        let detach = json!({"DelTGwVpcAttachReq": {"TransitGatewayAttachmentId": "tgw-attach-1"}});
        let expected = NetworkPart::Peering("tgw-attach-1".into());
        assert_eq!(part("DeleteTransitGatewayVpcAttachment", detach, json!(null)), expected);
        let logs = json!({"CreateFlowLogsRequest": {"ResourceId": {"tag": 1, "content": "vpc-1"}}});
        assert_eq!(
            part("CreateFlowLogs", logs, json!(null)),
            NetworkPart::Other("vpc-1".into())
        );
    }

    fn delete_endpoints(ids: &Value, unsuccessful: &Value) -> Value {
        let request = json!({"DeleteVpcEndpointsRequest": {"VpcEndpointId": ids}});
        let response = json!({"DeleteVpcEndpointsResponse": {"xmlns": "x", "unsuccessful": unsuccessful}});
        detail("ec2.amazonaws.com", "DeleteVpcEndpoints", request, response)
    }

    #[test]
    fn endpoints_that_stay_are_not_deleted() {
        let two = json!([{"tag": 1, "content": "vpce-1"}, {"tag": 2, "content": "vpce-2"}]);
        let failure = |id: &str| json!({"resourceId": id, "error": {"code": "InvalidVpcEndpointId.NotFound"}});
        let gone = |id: &str| Subject::Network(NetworkPart::Endpoint(id.into()));
        assert_eq!(
            subjects(&delete_endpoints(&two, &json!(""))),
            [gone("vpce-1"), gone("vpce-2")]
        );
        assert!(changes(&delete_endpoints(&two, &json!("")))[0].deleted);
        let one = delete_endpoints(&two, &json!({"item": failure("vpce-1")}));
        assert_eq!(subjects(&one), [gone("vpce-2")]);
        let none = delete_endpoints(&two, &json!({"item": [failure("vpce-1"), failure("vpce-2")]}));
        let Intake::Ignored { reason, .. } = &crate::event::parse(&none).unwrap()[0] else {
            panic!("changed")
        };
        assert_eq!(
            reason,
            &Ignored::FailedCall {
                code: "InvalidVpcEndpointId.NotFound".into()
            }
        );
    }

    #[test]
    fn an_id_that_cannot_be_leaves_the_subject_open() {
        let record = detail(
            "ec2.amazonaws.com",
            "DeleteRoute",
            json!({"routeTableId": "rtb 1\n"}),
            json!(null),
        );
        assert_eq!(subjects(&record), [Subject::Unknown]);
    }
}
