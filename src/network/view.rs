//! What belongs to what in one VPC: a view on the facts, which costs nothing to make and is asked by id.

use super::model::{
    Gateways, ManagedPrefixList, NatGateway, NetworkAcl, NetworkInterface, RouteTable, SecurityGroup, Subnet, Vpc,
    VpcEndpoint,
};

/// All that is known of one VPC.
#[derive(Debug, Clone, Copy)]
pub struct Network<'a> {
    /// Its own attributes.
    pub vpc: &'a Vpc,
    /// Its subnets.
    pub subnets: &'a [Subnet],
    /// Its route tables.
    pub route_tables: &'a [RouteTable],
    /// Its network ACLs.
    pub network_acls: &'a [NetworkAcl],
    /// Its security groups.
    pub security_groups: &'a [SecurityGroup],
    /// Its endpoints.
    pub endpoints: &'a [VpcEndpoint],
    /// Its gateways.
    pub gateways: &'a Gateways,
    /// The interfaces of what forwards packets, and of databases.
    pub interfaces: &'a [NetworkInterface],
    /// The lists of ranges that routes and rules name, and those of AWS's services.
    pub prefix_lists: &'a [ManagedPrefixList],
}

impl<'a> Network<'a> {
    pub(super) fn subnet(&self, id: &str) -> Option<&'a Subnet> {
        self.subnets.iter().find(|subnet| subnet.subnet_id == id)
    }

    /// The table of a subnet: its own, or the main one.
    pub(super) fn table_of(&self, subnet: &str) -> Option<&'a RouteTable> {
        let uses = |table: &&RouteTable| {
            table
                .associations
                .iter()
                .any(|one| one.subnet_id.as_deref() == Some(subnet))
        };
        let is_main = |table: &&RouteTable| table.associations.iter().any(|one| one.main);
        let mut tables = self.route_tables.iter();
        tables.clone().find(uses).or_else(|| tables.find(is_main))
    }

    /// The network ACL in front of a subnet; without an association it is the default one.
    pub(super) fn acl_of(&self, subnet: &str) -> Option<&'a NetworkAcl> {
        let guards = |acl: &&NetworkAcl| acl.associations.iter().any(|one| one.subnet_id == subnet);
        let mut acls = self.network_acls.iter();
        acls.clone().find(guards).or_else(|| acls.find(|acl| acl.is_default))
    }

    pub(super) fn group(&self, id: &str) -> Option<&'a SecurityGroup> {
        self.security_groups.iter().find(|group| group.group_id == id)
    }

    pub(super) fn nat_gateway(&self, id: &str) -> Option<&'a NatGateway> {
        self.gateways.nat_gateways.iter().find(|nat| nat.nat_gateway_id == id)
    }

    pub(super) fn interface(&self, id: &str) -> Option<&'a NetworkInterface> {
        let mut known = self.interfaces.iter();
        known.find(|interface| interface.network_interface_id == id)
    }

    pub(super) fn prefix_list(&self, id: &str) -> Option<&'a ManagedPrefixList> {
        self.prefix_lists.iter().find(|list| list.prefix_list_id == id)
    }

    /// The list of a service's public ranges.
    pub(super) fn ranges_of(&self, service_name: &str) -> Option<&'a ManagedPrefixList> {
        self.prefix_lists
            .iter()
            .find(|list| list.prefix_list_name == service_name)
    }
}
