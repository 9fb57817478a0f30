//! Does the security group of a database or cache that the environment names admit the function on its port?
//!
//! The host name of a database says nothing about its groups, and asking the database services would take their SDKs and
//! permissions. Its network interfaces say enough: where none of the VPC's interfaces of that service can be reached, the one
//! that is meant cannot; where all can, it can; where some can, it is not known which one is meant.

use std::collections::BTreeSet;

use super::{attached, undecided};
use crate::controls::{Context, Control, Judged, Layer, Verdict, paths};
use crate::finding::{Evidence, Severity};
use crate::network::{Answer, Barrier, Block, NetworkInterface, Peer, Vantage};
use crate::secret::Endpoint;
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "vpc-database-path-closed",
    title: "A database that the environment names does not admit the function",
    layer: Layer::Network,
    severity: Severity::Medium,
    reads: &[
        Facet::Configuration,
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
    risk: "Every connection to the database hangs until the function times out.",
    remediation: ADMIT,
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/services-rds.html"],
    evaluate,
};

const ADMIT: &str = "aws ec2 authorize-security-group-ingress --region {region} --group-id {group} --protocol tcp --port {port} --source-group {own}";
const LET_OUT: &str = "aws ec2 authorize-security-group-egress --region {region} --group-id {own} --protocol tcp --port {port} --source-group {group}";
const BOTH: &str = "# open the network ACLs that are named, in both directions; answers come back to ports 1024-65535:\n\
    aws ec2 create-network-acl-entry --region {region} --network-acl-id ACL --ingress --rule-number NUMBER --protocol tcp \
    --port-range From={port},To={port} --cidr-block RANGE --rule-action allow";

/// The command for what closes the way.
fn opening(blocks: &[Block]) -> &'static str {
    match blocks.first().map(|block| &block.barrier) {
        Some(Barrier::OwnGroups(_)) => LET_OUT,
        Some(Barrier::AclIn { .. } | Barrier::AclOut { .. }) => BOTH,
        Some(Barrier::PeerGroups(_)) | None => ADMIT,
    }
}

/// A kind of database: what its host names end with, who makes its interfaces, and the ports that it usually has.
struct Kind {
    label: &'static str,
    requester: &'static str,
    ports: &'static [u16],
}

const KINDS: &[Kind] = &[
    Kind {
        label: "rds",
        requester: "amazon-rds",
        ports: &[5432, 3306, 1433, 1521],
    },
    Kind {
        label: "docdb",
        requester: "amazon-rds",
        ports: &[27017],
    },
    Kind {
        label: "neptune",
        requester: "amazon-rds",
        ports: &[8182],
    },
    Kind {
        label: "cache",
        requester: "amazon-elasticache",
        ports: &[6379, 11211],
    },
    Kind {
        label: "redshift",
        requester: "amazon-redshift",
        ports: &[5439],
    },
];

fn evaluate(context: &Context<'_>) -> Judged {
    let mut verdict = Verdict::default();
    let Some(network) = attached(context)? else {
        return Ok(verdict);
    };
    let configuration = context.snapshot.configuration()?;
    let vantages = paths::vantages(context, configuration)?;
    let interfaces = context.snapshot.network_interfaces()?;
    let own = network.security_group_ids.first().map_or("", String::as_str);
    for (name, judgement) in &configuration.environment.variables {
        for endpoint in &judgement.endpoints {
            let Some(kind) = kind_of(endpoint) else {
                continue;
            };
            let meant = meant(interfaces, kind, endpoint);
            match reached(&vantages, &meant, (kind, endpoint)) {
                Reached::Yes => {}
                Reached::No(blocks, group, port) => {
                    let why: Vec<String> = blocks.iter().map(ToString::to_string).collect();
                    let detail = format!("{} on port {port}: {}", endpoint.host, why.join("; "));
                    let evidence = Evidence::new(name, detail).fixed_by(opening(&blocks));
                    let evidence = evidence.fill("group", group).fill("port", port.to_string());
                    verdict.fails.push(evidence.fill("own", own));
                }
                Reached::Unclear(why) => verdict.unjudged.push(undecided(name, &why)),
            }
        }
    }
    Ok(verdict)
}

fn kind_of(endpoint: &Endpoint) -> Option<&'static Kind> {
    let mut labels = endpoint.host.split('.').skip(1);
    labels.find_map(|label| KINDS.iter().find(|kind| kind.label == label))
}

/// The interfaces that can be the endpoint's. Only a cache's say whose they are.
fn meant<'n>(all: &'n [NetworkInterface], kind: &Kind, endpoint: &Endpoint) -> Vec<&'n NetworkInterface> {
    let of_kind = all
        .iter()
        .filter(|one| one.requester_id.as_deref() == Some(kind.requester));
    let of_kind: Vec<&NetworkInterface> = of_kind.collect();
    let labels: BTreeSet<&str> = endpoint.host.split('.').take(2).collect();
    let is_named = |one: &&NetworkInterface| {
        let cluster = one.description.strip_prefix("ElastiCache ").unwrap_or_default();
        let node = cluster.rsplit_once('-').map_or(cluster, |(group, _)| group);
        labels.contains(cluster) || labels.contains(node)
    };
    let named: Vec<&NetworkInterface> = of_kind.iter().copied().filter(is_named).collect();
    if named.is_empty() { of_kind } else { named }
}

enum Reached {
    Yes,
    /// What closes it, the group of the database, and the port.
    No(Vec<Block>, String, u16),
    Unclear(String),
}

type FromSubnet<'c> = (&'c str, Result<Vantage<'c>, String>);

fn reached(vantages: &[FromSubnet<'_>], meant: &[&NetworkInterface], (kind, endpoint): (&Kind, &Endpoint)) -> Reached {
    let mut closed: Option<(Vec<Block>, String, u16)> = None;
    let mut open = false;
    for (_, vantage) in vantages {
        let Ok(vantage) = vantage else {
            return Reached::Unclear("a subnet of the function was not read".to_owned());
        };
        for interface in meant {
            match to_interface(vantage, interface, (kind, endpoint)) {
                Reached::Yes => open = true,
                Reached::No(why, group, port) => closed = Some((why, group, port)),
                Reached::Unclear(why) => return Reached::Unclear(why),
            }
        }
    }
    match (open, closed) {
        (true, None) => Reached::Yes,
        (false, Some((why, group, port))) => Reached::No(why, group, port),
        (true, Some(_)) => Reached::Unclear(format!(
            "some of the interfaces that can be {}'s can be reached, others not",
            endpoint.host
        )),
        (false, None) => Reached::Unclear(format!("no interface in the VPC can be {}'s", endpoint.host)),
    }
}

/// On the port that the variable names, or on any that the kind usually has.
fn to_interface(vantage: &Vantage<'_>, interface: &NetworkInterface, (kind, endpoint): (&Kind, &Endpoint)) -> Reached {
    let groups: Vec<String> = interface.groups.iter().map(|group| group.group_id.clone()).collect();
    let ports: Vec<u16> = endpoint.port.map_or_else(|| kind.ports.to_vec(), |port| vec![port]);
    let mut last = Reached::Unclear(format!("no port of {} is known", endpoint.host));
    for port in ports.iter().rev() {
        let answer = vantage.to_peer(&Peer {
            name: &endpoint.host,
            groups: &groups,
            subnets: std::slice::from_ref(&interface.subnet_id),
            everywhere: true,
            port: *port,
        });
        last = match answer {
            Answer::Way(_) => return Reached::Yes,
            Answer::Blocked { blocks, .. } => Reached::No(blocks, groups.first().cloned().unwrap_or_default(), *port),
            Answer::CannotJudge(why) => return Reached::Unclear(why),
            Answer::NoWay { .. } => return Reached::Unclear("nothing leads there".to_owned()),
        };
    }
    last
}
