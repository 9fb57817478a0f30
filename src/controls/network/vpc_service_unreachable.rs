//! Does nothing lead from a subnet of the function to a service that it needs? The call hangs until the function times out.

use std::collections::BTreeSet;

use super::{severity, undecided};
use crate::controls::{Context, Control, Judged, Layer, Need, Path, Verdict};
use crate::finding::{Evidence, Severity};
use crate::network::{Answer, Fix, Obstacle};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "vpc-service-unreachable",
    title: "A service that the function needs cannot be reached from its subnets",
    layer: Layer::Network,
    severity: Severity::High,
    reads: &[
        Facet::Configuration,
        Facet::RolePolicies,
        Facet::RoleBoundary,
        Facet::Vpc,
        Facet::Subnets,
        Facet::RouteTables,
        Facet::NetworkAcls,
        Facet::SecurityGroups,
        Facet::VpcEndpoints,
        Facet::Gateways,
        Facet::NetworkInterfaces,
        Facet::PrefixLists,
    ],
    risk: "Calls to the service hang, without an error, until the function times out: it pays for waiting, its callers fail, and \
           secrets, queues or tables that it was built on are out of its reach.",
    remediation: NAT,
    references: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html",
        "https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html",
    ],
    evaluate,
};

const NAT: &str = "# make a public NAT gateway in a subnet that leads to the internet gateway, then\n\
    aws ec2 create-route --region {region} --route-table-id {table} --destination-cidr-block 0.0.0.0/0 --nat-gateway-id NAT_GATEWAY";
const ASSOCIATE: &str =
    "aws ec2 modify-vpc-endpoint --region {region} --vpc-endpoint-id {endpoint} --add-route-table-ids {table}";
const GATEWAY: &str = "aws ec2 create-vpc-endpoint --region {region} --vpc-id {vpc} --vpc-endpoint-type Gateway \
    --service-name {service} --route-table-ids {tables}\n# a gateway endpoint costs nothing";
const PRIVATE_DNS: &str =
    "aws ec2 modify-vpc-endpoint --region {region} --vpc-endpoint-id {endpoint} --private-dns-enabled";
const VPC_DNS: &str = "aws ec2 modify-vpc-attribute --region {region} --vpc-id {vpc} --{attribute} Value=true";
const INTERFACE: &str = "aws ec2 create-vpc-endpoint --region {region} --vpc-id {vpc} --vpc-endpoint-type Interface \
    --service-name {service} --subnet-ids {subnets} --security-group-ids GROUP_THAT_ADMITS_THE_FUNCTION_ON_443 --private-dns-enabled\n\
    # it is paid for by the hour in each zone";
/// From so many on, a NAT gateway costs less than the endpoints.
const MANY: usize = 4;

fn evaluate(context: &Context<'_>) -> Judged {
    let mut verdict = Verdict::default();
    let Some(paths) = context.paths()? else {
        return Ok(verdict);
    };
    let home = context.snapshot.function.region().as_str();
    let paid = paths.iter().filter(|(_, answers)| answers.iter().any(is_paid)).count();
    for (need, answers) in paths.iter() {
        let subject = need.label(home);
        if let Some(evidence) = unreachable(context, (need, &subject), answers) {
            verdict.fails.push(with_nat(evidence, answers, paid));
        } else if let Some(why) = answers.iter().find_map(doubt) {
            verdict.unjudged.push(undecided(&subject, why));
        }
    }
    Ok(verdict)
}

fn doubt(path: &Path) -> Option<&str> {
    match &path.answer {
        Answer::CannotJudge(why) => Some(why),
        Answer::Way(_) | Answer::NoWay { .. } | Answer::Blocked { .. } => None,
    }
}

fn failure(path: &Path) -> Option<(&str, &[Obstacle], &Fix)> {
    match &path.answer {
        Answer::NoWay { tried, fix } => Some((&path.subnet, tried, fix)),
        Answer::Way(_) | Answer::Blocked { .. } | Answer::CannotJudge(_) => None,
    }
}

fn is_paid(path: &Path) -> bool {
    matches!(
        failure(path),
        Some((_, _, Fix::CreateInterfaceEndpoint { .. } | Fix::NatGateway))
    )
}

fn unreachable(context: &Context<'_>, (need, subject): (&Need, &str), answers: &[Path]) -> Option<Evidence> {
    let failures: Vec<_> = answers.iter().filter_map(failure).collect();
    let (_, _, fix) = failures.first()?;
    let subnets: Vec<&str> = failures.iter().map(|(subnet, _, _)| *subnet).collect();
    let tried: BTreeSet<String> = failures
        .iter()
        .flat_map(|(_, tried, _)| tried.iter().map(ToString::to_string))
        .collect();
    let tried: Vec<String> = tried.into_iter().collect();
    let detail = format!(
        "{subject} ({}: {}) cannot be reached from {}: {}",
        need.confidence.label(),
        need.reasons(),
        subnets.join(", "),
        tried.join("; ")
    );
    let vpc = context
        .snapshot
        .configuration()
        .ok()?
        .vpc_config
        .vpc_id
        .clone()
        .unwrap_or_default();
    let all: Vec<&str> = answers.iter().map(|path| path.subnet.as_str()).collect();
    let fixes: Vec<&Fix> = failures.iter().map(|(_, _, fix)| *fix).collect();
    let evidence = Evidence::new(subject, detail).rated(severity(need)).fill("vpc", vpc);
    Some(mended(evidence, fix, (&fixes, &all)).fill("table", table_of(answers)))
}

fn table_of(answers: &[Path]) -> String {
    let mut obstacles = answers.iter().filter_map(failure).flat_map(|(_, tried, _)| tried);
    let table = obstacles.find_map(|obstacle| match obstacle {
        Obstacle::TableNotAssociated { route_table, .. }
        | Obstacle::NoRoute { route_table }
        | Obstacle::Blackhole { route_table, .. }
        | Obstacle::InternetGateway { route_table, .. } => Some(route_table.clone()),
        Obstacle::EndpointState { .. }
        | Obstacle::PrivateDnsOff { .. }
        | Obstacle::VpcDnsOff { .. }
        | Obstacle::NatState { .. }
        | Obstacle::NatPrivate { .. }
        | Obstacle::NatInside { .. }
        | Obstacle::ForwardsNothing { .. } => None,
    });
    table.unwrap_or_else(|| "ROUTE_TABLE".to_owned())
}

/// The command of the cheapest fix, for all subnets that need it.
fn mended(evidence: Evidence, fix: &Fix, (all, subnets): (&[&Fix], &[&str])) -> Evidence {
    match fix {
        Fix::AssociateRouteTable { endpoint, .. } => {
            let tables = tables(all);
            numbered(evidence.fill("endpoint", endpoint), ASSOCIATE, ("table", &tables))
        }
        Fix::CreateGatewayEndpoint { service_name, .. } => {
            let tables = tables(all);
            numbered(evidence.fill("service", service_name), GATEWAY, ("tables", &tables))
        }
        Fix::EnablePrivateDns { endpoint } => evidence.fixed_by(PRIVATE_DNS).fill("endpoint", endpoint),
        Fix::EnableVpcDns { attribute } => {
            let option = match *attribute {
                "enableDnsSupport" => "enable-dns-support",
                _ => "enable-dns-hostnames",
            };
            evidence.fixed_by(VPC_DNS).fill("attribute", option)
        }
        Fix::CreateInterfaceEndpoint { service_name } => {
            let subnets: BTreeSet<&str> = subnets.iter().copied().collect();
            let subnets: Vec<&str> = subnets.into_iter().collect();
            numbered(evidence.fill("service", service_name), INTERFACE, ("subnets", &subnets))
        }
        Fix::NatGateway => evidence,
    }
}

fn tables<'f>(fixes: &[&'f Fix]) -> Vec<&'f str> {
    let tables: BTreeSet<&str> = fixes
        .iter()
        .filter_map(|fix| match fix {
            Fix::AssociateRouteTable { route_table, .. } | Fix::CreateGatewayEndpoint { route_table, .. } => {
                Some(route_table.as_str())
            }
            Fix::EnablePrivateDns { .. }
            | Fix::EnableVpcDns { .. }
            | Fix::CreateInterfaceEndpoint { .. }
            | Fix::NatGateway => None,
        })
        .collect();
    tables.into_iter().collect()
}

/// A placeholder for several words: each is quoted on its own.
fn numbered(evidence: Evidence, template: &str, (placeholder, values): (&str, &[&str])) -> Evidence {
    let names: Vec<String> = (1..=values.len())
        .map(|number| format!("{placeholder}_{number}"))
        .collect();
    let words: Vec<String> = names.iter().map(|name| format!("{{{name}}}")).collect();
    let template = template.replace(&format!("{{{placeholder}}}"), &words.join(" "));
    let filled = names
        .iter()
        .zip(values)
        .fold(evidence, |evidence, (name, value)| evidence.fill(name, *value));
    filled.fixed_by(template)
}

/// Where many services are out of reach, one NAT gateway costs less than an endpoint for each.
fn with_nat(evidence: Evidence, answers: &[Path], paid: usize) -> Evidence {
    let is_interface = answers
        .iter()
        .any(|path| matches!(failure(path), Some((_, _, Fix::CreateInterfaceEndpoint { .. }))));
    match &evidence.remediation {
        Some(own) if is_interface && paid >= MANY => {
            let both = format!("{own}\n# or, since {paid} services cannot be reached, once for all of them:\n{NAT}");
            evidence.fixed_by(both)
        }
        _ => evidence,
    }
}
