//! What the functions of a VPC share: its subnets, routes, filters, endpoints and gateways, from the EC2 API.

mod convert;

use aws_sdk_ec2::types::{Filter, VpcAttributeName};
use futures_util::future::join_all;

use super::{AccountReader, Page, every_page, misplaced, note, required};
use crate::aws::clock::SystemClock;
use crate::aws::failure::reason;
use crate::monitor::{Clock, Place};
use crate::network::{Gateways, ManagedPrefixList, Vpc};
use crate::snapshot::{Facet, Facts, Reason, Value};

/// Who makes the interfaces of databases and caches.
const DATABASES: [&str; 3] = ["amazon-rds", "amazon-elasticache", "amazon-redshift"];

/// Every item of one `Describe…` call, made into our own.
macro_rules! described {
    ($own:ident in $place:ident, $permission:literal, $call:ident.$filter:ident($($filters:expr),*), $items:ident) => {{
        let pages = every_page(|marker| async move {
            let call = $own.clients.ec2(&$place.region).await.$call();
            let answer = call$(.$filter($filters))*.set_next_token(marker).send().await;
            let answer = answer.map_err(|error| reason($permission, &error))?;
            Ok(Page {
                items: answer.$items.unwrap_or_default(),
                next: answer.next_token,
            })
        });
        pages.await?
    }};
}

/// Converts all, or says which one cannot be.
fn all<T, U>(items: Vec<T>, convert: impl Fn(T) -> Result<U, Reason>) -> Result<Vec<U>, Reason> {
    items.into_iter().map(convert).collect()
}

fn filter(name: &str, values: &[&str]) -> Filter {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    Filter::builder().name(name).set_values(Some(values)).build()
}

impl AccountReader<'_> {
    pub(super) async fn network_facts(&self, place: &Place, vpc: &str, facets: Vec<Facet>) -> Facts {
        let reads = facets.into_iter().map(|facet| async move {
            let at = SystemClock.now();
            (at, facet, Box::pin(self.of_network(place, vpc, facet)).await)
        });
        let mut readings = Facts::default();
        for (at, facet, outcome) in join_all(reads).await {
            note(&mut readings, at, facet, outcome);
        }
        readings
    }

    async fn of_network(&self, place: &Place, vpc: &str, facet: Facet) -> Result<Value, Reason> {
        match facet {
            Facet::Vpc => self.vpc(place, vpc).await.map(Value::Vpc),
            Facet::Subnets => {
                let found = described!(self in place, "ec2:DescribeSubnets", describe_subnets.filters(filter("vpc-id", &[vpc])), subnets);
                all(found, convert::subnet).map(Value::Subnets)
            }
            Facet::RouteTables => {
                let found = described!(self in place, "ec2:DescribeRouteTables", describe_route_tables.filters(filter("vpc-id", &[vpc])), route_tables);
                all(found, convert::route_table).map(Value::RouteTables)
            }
            Facet::NetworkAcls => {
                let found = described!(self in place, "ec2:DescribeNetworkAcls", describe_network_acls.filters(filter("vpc-id", &[vpc])), network_acls);
                all(found, convert::network_acl).map(Value::NetworkAcls)
            }
            Facet::SecurityGroups => {
                let found = described!(self in place, "ec2:DescribeSecurityGroups", describe_security_groups.filters(filter("vpc-id", &[vpc])), security_groups);
                all(found, convert::security_group).map(Value::SecurityGroups)
            }
            Facet::VpcEndpoints => {
                let found = described!(self in place, "ec2:DescribeVpcEndpoints", describe_vpc_endpoints.filters(filter("vpc-id", &[vpc])), vpc_endpoints);
                Ok(Value::VpcEndpoints(found.into_iter().map(convert::endpoint).collect()))
            }
            Facet::Gateways => self.gateways(place, vpc).await.map(Value::Gateways),
            Facet::NetworkInterfaces => self.interfaces(place, vpc).await,
            Facet::PrefixLists => self.prefix_lists(place).await.map(Value::PrefixLists),
            other => Err(misplaced(other)),
        }
    }

    async fn vpc(&self, place: &Place, vpc: &str) -> Result<Vpc, Reason> {
        let found =
            described!(self in place, "ec2:DescribeVpcs", describe_vpcs.filters(filter("vpc-id", &[vpc])), vpcs);
        let found = required(found.into_iter().next(), "Vpcs")?;
        let attribute = |name: VpcAttributeName| async move {
            let call = self.clients.ec2(&place.region).await.describe_vpc_attribute();
            let answer = call.vpc_id(vpc).attribute(name).send().await;
            answer.map_err(|error| reason("ec2:DescribeVpcAttribute", &error))
        };
        let support = attribute(VpcAttributeName::EnableDnsSupport).await?.enable_dns_support;
        let names = attribute(VpcAttributeName::EnableDnsHostnames)
            .await?
            .enable_dns_hostnames;
        Ok(Vpc {
            vpc_id: vpc.to_owned(),
            owner_id: found.owner_id.unwrap_or_default(),
            enable_dns_support: support.and_then(|value| value.value),
            enable_dns_hostnames: names.and_then(|value| value.value),
        })
    }

    async fn gateways(&self, place: &Place, vpc: &str) -> Result<Gateways, Reason> {
        let internet = described!(self in place, "ec2:DescribeInternetGateways", describe_internet_gateways.filters(filter("attachment.vpc-id", &[vpc])), internet_gateways);
        let nat = described!(self in place, "ec2:DescribeNatGateways", describe_nat_gateways.filter(filter("vpc-id", &[vpc])), nat_gateways);
        // It knows no filter by VPC.
        let egress = described!(self in place, "ec2:DescribeEgressOnlyInternetGateways", describe_egress_only_internet_gateways.filters(), egress_only_internet_gateways);
        let egress = egress.into_iter().map(convert::egress_only_gateway);
        let is_here = |gateway: &crate::network::EgressOnlyInternetGateway| {
            gateway.attachments.iter().any(|one| one.vpc_id == vpc)
        };
        Ok(Gateways {
            internet_gateways: internet.into_iter().map(convert::internet_gateway).collect(),
            nat_gateways: nat.into_iter().map(convert::nat_gateway).collect(),
            egress_only_internet_gateways: egress.filter(is_here).collect(),
        })
    }

    async fn interfaces(&self, place: &Place, vpc: &str) -> Result<Value, Reason> {
        let mut found = described!(self in place, "ec2:DescribeNetworkInterfaces",
            describe_network_interfaces.filters(filter("vpc-id", &[vpc]), filter("source-dest-check", &["false"])), network_interfaces);
        found.extend(described!(self in place, "ec2:DescribeNetworkInterfaces",
            describe_network_interfaces.filters(filter("vpc-id", &[vpc]), filter("requester-id", &DATABASES)), network_interfaces));
        let mut interfaces: Vec<_> = found.into_iter().map(convert::interface).collect();
        interfaces.sort_by(|one, other| one.network_interface_id.cmp(&other.network_interface_id));
        interfaces.dedup_by(|one, other| one.network_interface_id == other.network_interface_id);
        Ok(Value::NetworkInterfaces(interfaces))
    }

    /// The customers' lists, and those of the services that have gateway endpoints, with their ranges.
    async fn prefix_lists(&self, place: &Place) -> Result<Vec<ManagedPrefixList>, Reason> {
        let found = described!(self in place, "ec2:DescribeManagedPrefixLists", describe_managed_prefix_lists.filters(), prefix_lists);
        let mut lists = Vec::with_capacity(found.len());
        for list in found {
            let mut own = ManagedPrefixList {
                prefix_list_id: list.prefix_list_id.unwrap_or_default(),
                prefix_list_name: list.prefix_list_name.unwrap_or_default(),
                entries: Vec::new(),
            };
            let has_gateway = [".s3", ".dynamodb"]
                .iter()
                .any(|name| own.prefix_list_name.ends_with(name));
            if has_gateway || !own.is_of_service() {
                let id = own.prefix_list_id.as_str();
                let entries = described!(self in place, "ec2:GetManagedPrefixListEntries", get_managed_prefix_list_entries.prefix_list_id(id), entries);
                own.entries = all(entries, |entry| convert::entry(&entry))?;
            }
            lists.push(own);
        }
        Ok(lists)
    }
}
