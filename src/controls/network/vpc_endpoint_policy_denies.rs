//! Does the policy of the endpoint on the way deny what the role was granted?

use std::collections::BTreeMap;

use super::{listed, unsettled};
use crate::controls::context::parse;
use crate::controls::{Context, Control, Judged, Layer, Need, Path, Unjudged, Verdict};
use crate::finding::{Evidence, Severity};
use crate::network::{Answer, Way};
use crate::policy::{self, RoleGrants};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "vpc-endpoint-policy-denies",
    title: "The policy of a VPC endpoint denies what the function needs",
    layer: Layer::Network,
    severity: Severity::Medium,
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
    risk: "The role may make the call and AWS refuses it all the same, with an error that speaks of no endpoint: people answer it \
           by widening the role, which does not help.",
    remediation: "aws ec2 describe-vpc-endpoints --region {region} --vpc-endpoint-ids {endpoint} --query VpcEndpoints[0].PolicyDocument --output text > policy.json\n\
                  # allow {calls}, then\n\
                  aws ec2 modify-vpc-endpoint --region {region} --vpc-endpoint-id {endpoint} --policy-document file://policy.json",
    references: &["https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html"],
    evaluate,
};

/// The calls of a service that go through an endpoint, and what its policy says about them.
#[derive(Default)]
struct Denied {
    calls: Vec<String>,
    open: Vec<String>,
}

fn evaluate(context: &Context<'_>) -> Judged {
    let mut verdict = Verdict::default();
    let Some(paths) = context.paths()? else {
        return Ok(verdict);
    };
    let mut denied: BTreeMap<&str, Denied> = BTreeMap::new();
    for (need, answers) in paths.iter() {
        for endpoint in endpoints(answers) {
            if let Some(grants) = allowed_by(context, endpoint)? {
                weigh(denied.entry(endpoint).or_default(), &grants, need);
            }
        }
    }
    verdict.unjudged.extend(unsettled(paths));
    for (endpoint, Denied { calls, open }) in denied {
        if !calls.is_empty() {
            let calls: Vec<&str> = calls.iter().map(String::as_str).collect();
            let detail = format!("the policy of {endpoint} does not allow {}", listed(&calls));
            let evidence = Evidence::new(endpoint, detail).fill("endpoint", endpoint);
            verdict.fails.push(evidence.fill("calls", listed(&calls)));
        } else if let Some(why) = open.into_iter().next() {
            verdict.unjudged.push(super::undecided(endpoint, &why));
        }
    }
    Ok(verdict)
}

fn endpoints(answers: &[Path]) -> Vec<&str> {
    let through = answers.iter().filter_map(|path| match &path.answer {
        Answer::Way(Way::GatewayEndpoint { endpoint } | Way::InterfaceEndpoint { endpoint, .. }) => {
            Some(endpoint.as_str())
        }
        Answer::Way(Way::NatGateway { .. } | Way::NatInstance { .. } | Way::Ipv6 { .. } | Way::Local)
        | Answer::NoWay { .. }
        | Answer::Blocked { .. }
        | Answer::CannotJudge(_) => None,
    });
    let mut through: Vec<&str> = through.collect();
    through.sort_unstable();
    through.dedup();
    through
}

/// What an endpoint lets through, as the grants of a role: nothing where it has no policy of its own.
fn allowed_by(context: &Context<'_>, endpoint: &str) -> Result<Option<RoleGrants>, Unjudged> {
    let known = context.snapshot.vpc_endpoints()?.iter();
    let mut known = known.filter(|one| one.vpc_endpoint_id == endpoint);
    let Some(text) = known.find_map(|one| one.policy_document.as_deref()) else {
        return Ok(None);
    };
    let policy = parse(Facet::VpcEndpoints, text)?;
    let account = context.snapshot.function.account().to_string();
    Ok(Some(RoleGrants::new(
        vec![(endpoint.to_owned(), policy)],
        None,
        account,
    )))
}

fn weigh(denied: &mut Denied, grants: &RoleGrants, need: &Need) {
    for (action, resource) in &need.calls {
        match grants.permits_some(action, resource) {
            policy::Answer::Yes(_) => {}
            policy::Answer::No => denied.calls.push(format!("{action} on {resource}")),
            policy::Answer::CannotTell(why) => denied.open.push(format!("{action}: {why}")),
        }
    }
}
