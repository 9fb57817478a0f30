//! Does a security group or a network ACL shut off a way that there is? One finding per thing that does.

use std::collections::BTreeMap;

use super::{listed, severity, unsettled};
use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::finding::{Evidence, Severity};
use crate::network::{Answer, Barrier, Block};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "vpc-egress-blocked",
    title: "A security group or network ACL closes the way to a service",
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
    risk: "The function was given a way to the service, and its packets or the answers to them are dropped: calls hang until the \
           function times out.",
    remediation: OWN,
    references: &[
        "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/nacl-ephemeral-ports.html",
        "https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
    ],
    evaluate,
};

const OWN: &str = "aws ec2 authorize-security-group-egress --region {region} --group-id {group} --protocol tcp --port {port} --cidr {range}";
const PEER: &str = "aws ec2 authorize-security-group-ingress --region {region} --group-id {group} --protocol tcp --port {port} --source-group {own}";
const ACL: &str = "aws ec2 create-network-acl-entry --region {region} --network-acl-id {acl} --{direction} --rule-number FREE_NUMBER_BEFORE_THE_DENY \
    --protocol tcp --port-range From={first},To={last} --cidr-block {range} --rule-action allow";

/// What one barrier shuts off.
struct Shut<'a> {
    block: &'a Block,
    services: Vec<&'a str>,
    severity: Severity,
}

fn evaluate(context: &Context<'_>) -> Judged {
    let mut verdict = Verdict::default();
    let Some(paths) = context.paths()? else {
        return Ok(verdict);
    };
    let mut shut: BTreeMap<String, Shut<'_>> = BTreeMap::new();
    for (need, answers) in paths.iter() {
        for path in answers {
            match &path.answer {
                Answer::Blocked { blocks, .. } => {
                    for block in blocks {
                        let entry = shut.entry(subject(block)).or_insert_with(|| Shut {
                            block,
                            services: Vec::new(),
                            severity: Severity::Medium,
                        });
                        entry.services.push(&need.service);
                        entry.severity = entry.severity.max(severity(need));
                    }
                }
                Answer::CannotJudge(_) | Answer::Way(_) | Answer::NoWay { .. } => {}
            }
        }
    }
    let own = context.snapshot.configuration()?.vpc_config.security_group_ids.first();
    let own = own.map_or("", String::as_str);
    verdict.unjudged.extend(unsettled(paths));
    verdict
        .fails
        .extend(shut.into_iter().map(|(subject, shut)| evidence(subject, &shut, own)));
    Ok(verdict)
}

/// What shuts off, and which packets: it stays the same whichever services are concerned.
fn subject(block: &Block) -> String {
    let (first, last) = block.ports;
    let ports = if first == last {
        first.to_string()
    } else {
        format!("{first}-{last}")
    };
    match &block.barrier {
        Barrier::OwnGroups(groups) => format!("{} out {ports}", groups.join("+")),
        Barrier::PeerGroups(groups) => format!("{} in {ports}", groups.join("+")),
        Barrier::AclOut { acl, .. } => format!("{acl} out {ports}"),
        Barrier::AclIn { acl, .. } => format!("{acl} in {ports}"),
    }
}

fn evidence(subject: String, shut: &Shut<'_>, own: &str) -> Evidence {
    let Shut {
        block,
        services,
        severity,
    } = shut;
    let mut services = services.clone();
    services.sort_unstable();
    services.dedup();
    let detail = format!("{block}: needed for {}", listed(&services));
    let evidence = Evidence::new(subject, detail).rated(*severity);
    let (first, last) = block.ports;
    let range = if block.peer == "the internet" {
        "0.0.0.0/0"
    } else {
        "RANGE"
    };
    match &block.barrier {
        Barrier::OwnGroups(groups) => evidence
            .fixed_by(OWN)
            .fill("group", groups.first().map_or("", String::as_str)),
        Barrier::PeerGroups(groups) => evidence
            .fixed_by(PEER)
            .fill("group", groups.first().map_or("", String::as_str)),
        Barrier::AclOut { acl, .. } => evidence.fixed_by(ACL).fill("acl", acl).fill("direction", "egress"),
        Barrier::AclIn { acl, .. } => evidence.fixed_by(ACL).fill("acl", acl).fill("direction", "ingress"),
    }
    .fill("own", own)
    .fill("port", first.to_string())
    .fill("first", first.to_string())
    .fill("last", last.to_string())
    .fill("range", range)
}
