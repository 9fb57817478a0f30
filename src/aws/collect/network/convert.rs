//! EC2's answers as the values that are kept: the same members, without those that no path depends on.

use std::str::FromStr;

use aws_sdk_ec2::types;

use crate::network::{
    AclAssociation, AclEntry, DnsEntry, DnsOptions, EgressOnlyInternetGateway, EndpointGroup, GatewayAttachment,
    GroupPair, InternetGateway, IpPermission, IpRange, Ipv6Association, Ipv6Range, NatGateway, NetworkAcl,
    NetworkInterface, PortRange, PrefixListEntry, PrefixListId, PublicAddress, Route, RouteTable,
    RouteTableAssociation, SecurityGroup, Subnet, VpcEndpoint,
};
use crate::snapshot::Reason;

fn range<T: FromStr>(text: &str) -> Result<T, Reason> {
    text.parse().map_err(|_| Reason::Malformed {
        detail: "a range of addresses is none".to_owned(),
    })
}

fn ranges<T: FromStr>(text: Option<&String>) -> Result<Option<T>, Reason> {
    text.map(|text| range(text)).transpose()
}

pub(super) fn subnet(subnet: types::Subnet) -> Result<Subnet, Reason> {
    let v6 = subnet.ipv6_cidr_block_association_set.unwrap_or_default().into_iter();
    let v6 = v6.map(|one| {
        Ok(Ipv6Association {
            ipv6_cidr_block: ranges(one.ipv6_cidr_block.as_ref())?,
        })
    });
    Ok(Subnet {
        subnet_id: subnet.subnet_id.unwrap_or_default(),
        vpc_id: subnet.vpc_id.unwrap_or_default(),
        owner_id: subnet.owner_id.unwrap_or_default(),
        availability_zone: subnet.availability_zone.unwrap_or_default(),
        cidr_block: ranges(subnet.cidr_block.as_ref())?,
        ipv6_cidr_block_association_set: v6.collect::<Result<_, Reason>>()?,
    })
}

pub(super) fn route_table(table: types::RouteTable) -> Result<RouteTable, Reason> {
    let associations = table.associations.unwrap_or_default().into_iter();
    let routes = table.routes.unwrap_or_default().into_iter();
    Ok(RouteTable {
        route_table_id: table.route_table_id.unwrap_or_default(),
        vpc_id: table.vpc_id.unwrap_or_default(),
        associations: associations
            .map(|one| RouteTableAssociation {
                main: one.main.unwrap_or_default(),
                subnet_id: one.subnet_id,
            })
            .collect(),
        routes: routes.map(route).collect::<Result<_, Reason>>()?,
    })
}

fn route(route: types::Route) -> Result<Route, Reason> {
    Ok(Route {
        destination_cidr_block: ranges(route.destination_cidr_block.as_ref())?,
        destination_ipv6_cidr_block: ranges(route.destination_ipv6_cidr_block.as_ref())?,
        destination_prefix_list_id: route.destination_prefix_list_id,
        gateway_id: route.gateway_id,
        nat_gateway_id: route.nat_gateway_id,
        egress_only_internet_gateway_id: route.egress_only_internet_gateway_id,
        instance_id: route.instance_id,
        network_interface_id: route.network_interface_id,
        transit_gateway_id: route.transit_gateway_id,
        vpc_peering_connection_id: route.vpc_peering_connection_id,
        local_gateway_id: route.local_gateway_id,
        carrier_gateway_id: route.carrier_gateway_id,
        core_network_arn: route.core_network_arn,
        state: route.state.map(|state| state.as_str().to_owned()).unwrap_or_default(),
        origin: route.origin.map(|origin| origin.as_str().to_owned()),
    })
}

pub(super) fn network_acl(acl: types::NetworkAcl) -> Result<NetworkAcl, Reason> {
    let associations = acl.associations.unwrap_or_default().into_iter();
    let entries = acl.entries.unwrap_or_default().into_iter();
    Ok(NetworkAcl {
        network_acl_id: acl.network_acl_id.unwrap_or_default(),
        vpc_id: acl.vpc_id.unwrap_or_default(),
        is_default: acl.is_default.unwrap_or_default(),
        associations: associations
            .filter_map(|one| one.subnet_id)
            .map(|subnet_id| AclAssociation { subnet_id })
            .collect(),
        entries: entries.map(acl_entry).collect::<Result<_, Reason>>()?,
    })
}

fn acl_entry(entry: types::NetworkAclEntry) -> Result<AclEntry, Reason> {
    Ok(AclEntry {
        rule_number: entry.rule_number.unwrap_or_default(),
        rule_action: entry
            .rule_action
            .map(|action| action.as_str().to_owned())
            .unwrap_or_default(),
        egress: entry.egress.unwrap_or_default(),
        protocol: entry.protocol.unwrap_or_default(),
        cidr_block: ranges(entry.cidr_block.as_ref())?,
        ipv6_cidr_block: ranges(entry.ipv6_cidr_block.as_ref())?,
        port_range: entry.port_range.map(|ports| PortRange {
            from: ports.from.unwrap_or_default(),
            to: ports.to.unwrap_or_default(),
        }),
    })
}

pub(super) fn security_group(group: types::SecurityGroup) -> Result<SecurityGroup, Reason> {
    let rules =
        |rules: Option<Vec<types::IpPermission>>| rules.unwrap_or_default().into_iter().map(permission).collect();
    let inbound: Result<_, Reason> = rules(group.ip_permissions);
    let outbound: Result<_, Reason> = rules(group.ip_permissions_egress);
    Ok(SecurityGroup {
        group_id: group.group_id.unwrap_or_default(),
        group_name: group.group_name.unwrap_or_default(),
        vpc_id: group.vpc_id.unwrap_or_default(),
        ip_permissions: inbound?,
        ip_permissions_egress: outbound?,
    })
}

fn permission(rule: types::IpPermission) -> Result<IpPermission, Reason> {
    let v4 = rule
        .ip_ranges
        .unwrap_or_default()
        .into_iter()
        .filter_map(|one| one.cidr_ip);
    let v6 = rule
        .ipv6_ranges
        .unwrap_or_default()
        .into_iter()
        .filter_map(|one| one.cidr_ipv6);
    let lists = rule.prefix_list_ids.unwrap_or_default().into_iter();
    let pairs = rule.user_id_group_pairs.unwrap_or_default().into_iter();
    Ok(IpPermission {
        ip_protocol: rule.ip_protocol.unwrap_or_default(),
        from_port: rule.from_port,
        to_port: rule.to_port,
        ip_ranges: v4
            .map(|text| range(&text).map(|cidr_ip| IpRange { cidr_ip }))
            .collect::<Result<_, Reason>>()?,
        ipv6_ranges: v6
            .map(|text| range(&text).map(|cidr_ipv6| Ipv6Range { cidr_ipv6 }))
            .collect::<Result<_, Reason>>()?,
        prefix_list_ids: lists
            .filter_map(|one| one.prefix_list_id)
            .map(|prefix_list_id| PrefixListId { prefix_list_id })
            .collect(),
        user_id_group_pairs: pairs
            .filter_map(|one| one.group_id)
            .map(|group_id| GroupPair { group_id })
            .collect(),
    })
}

pub(super) fn endpoint(endpoint: types::VpcEndpoint) -> VpcEndpoint {
    let kind = endpoint.vpc_endpoint_type.map(|kind| kind.as_str().to_owned());
    let groups = endpoint.groups.unwrap_or_default().into_iter();
    let options = endpoint
        .dns_options
        .and_then(|options| options.private_dns_only_for_inbound_resolver_endpoint);
    let names = endpoint.dns_entries.unwrap_or_default().into_iter();
    VpcEndpoint {
        vpc_endpoint_id: endpoint.vpc_endpoint_id.unwrap_or_default(),
        vpc_endpoint_type: kind.unwrap_or_default(),
        vpc_id: endpoint.vpc_id.unwrap_or_default(),
        service_name: endpoint.service_name.unwrap_or_default(),
        state: endpoint
            .state
            .map(|state| state.as_str().to_owned())
            .unwrap_or_default(),
        policy_document: endpoint.policy_document,
        route_table_ids: endpoint.route_table_ids.unwrap_or_default(),
        subnet_ids: endpoint.subnet_ids.unwrap_or_default(),
        groups: groups
            .filter_map(|one| one.group_id)
            .map(|group_id| EndpointGroup { group_id })
            .collect(),
        private_dns_enabled: endpoint.private_dns_enabled.unwrap_or_default(),
        dns_options: DnsOptions {
            private_dns_only_for_inbound_resolver_endpoint: options.unwrap_or_default(),
        },
        dns_entries: names.map(|one| DnsEntry { dns_name: one.dns_name }).collect(),
    }
}

fn attachments(attachments: Option<Vec<types::InternetGatewayAttachment>>) -> Vec<GatewayAttachment> {
    let attachments = attachments.unwrap_or_default().into_iter();
    attachments
        .map(|one| GatewayAttachment {
            vpc_id: one.vpc_id.unwrap_or_default(),
            state: one.state.map(|state| state.as_str().to_owned()).unwrap_or_default(),
        })
        .collect()
}

pub(super) fn internet_gateway(gateway: types::InternetGateway) -> InternetGateway {
    InternetGateway {
        internet_gateway_id: gateway.internet_gateway_id.unwrap_or_default(),
        attachments: attachments(gateway.attachments),
    }
}

pub(super) fn egress_only_gateway(gateway: types::EgressOnlyInternetGateway) -> EgressOnlyInternetGateway {
    EgressOnlyInternetGateway {
        egress_only_internet_gateway_id: gateway.egress_only_internet_gateway_id.unwrap_or_default(),
        attachments: attachments(gateway.attachments),
    }
}

pub(super) fn nat_gateway(gateway: types::NatGateway) -> NatGateway {
    NatGateway {
        nat_gateway_id: gateway.nat_gateway_id.unwrap_or_default(),
        subnet_id: gateway.subnet_id,
        state: gateway.state.map(|state| state.as_str().to_owned()).unwrap_or_default(),
        connectivity_type: gateway.connectivity_type.map(|kind| kind.as_str().to_owned()),
        availability_mode: gateway.availability_mode.map(|mode| mode.as_str().to_owned()),
    }
}

pub(super) fn interface(interface: types::NetworkInterface) -> NetworkInterface {
    let kind = interface.interface_type.map(|kind| kind.as_str().to_owned());
    let groups = interface.groups.unwrap_or_default().into_iter();
    let address = interface.association.and_then(|one| one.public_ip);
    NetworkInterface {
        network_interface_id: interface.network_interface_id.unwrap_or_default(),
        subnet_id: interface.subnet_id.unwrap_or_default(),
        interface_type: kind.unwrap_or_default(),
        source_dest_check: interface.source_dest_check.unwrap_or_default(),
        groups: groups
            .filter_map(|one| one.group_id)
            .map(|group_id| EndpointGroup { group_id })
            .collect(),
        requester_id: interface.requester_id,
        description: interface.description.unwrap_or_default(),
        association: address.map(|public_ip| PublicAddress { public_ip }),
    }
}

pub(super) fn entry(entry: &types::PrefixListEntry) -> Result<PrefixListEntry, Reason> {
    let cidr = range(entry.cidr.as_deref().unwrap_or_default())?;
    Ok(PrefixListEntry { cidr })
}
