//! May Lambda attach a function's network interfaces with this role? It calls as a service, without
//! `lambda:SourceFunctionArn`: a Deny for the function's own code, as AWS recommends it, does not concern it.

use super::existing;
use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::finding::{Evidence, Severity};
use crate::policy::{Answer, By, RoleGrants};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "role-network-denied",
    title: "The execution role cannot attach the function to its VPC",
    layer: Layer::ExecutionRole,
    severity: Severity::High,
    reads: &[
        Facet::Configuration,
        Facet::RoleTrust,
        Facet::RolePolicies,
        Facet::RoleBoundary,
    ],
    risk: "Lambda cannot make or mend the function's network interfaces: the next change of its configuration or the next scaling \
           fails, and the function does not start.",
    remediation: "aws iam put-role-policy --role-name {role} --policy-name {new_policy} --policy-document {document}\n\
                  # a Deny or a permissions boundary that stands against it has to give way, too",
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html"],
    evaluate,
};

/// What the Lambda Developer Guide asks for ("Giving Lambda functions access to resources in an Amazon VPC").
pub(super) const NEEDED: [&str; 5] = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:UnassignPrivateIpAddresses",
];

/// It knows no resources: a grant on anything but `*` is none.
const ON_EVERYTHING: &str = "ec2:DescribeNetworkInterfaces";

fn evaluate(context: &Context<'_>) -> Judged {
    let network = &context.snapshot.configuration()?.vpc_config;
    let Some(grants) = existing(context)?.filter(|_| network.is_attached()) else {
        return Ok(Verdict::default());
    };
    let mut denied = Vec::new();
    for action in NEEDED {
        match is_allowed(grants, action) {
            Answer::Yes(_) => {}
            Answer::No => denied.push(action),
            Answer::CannotTell(reason) => return Err(Unjudged::undecided(format!("{action}: {reason}"))),
        }
    }
    let place = network.vpc_id.as_deref().unwrap_or("VpcConfig");
    Ok(Verdict::of((!denied.is_empty()).then(|| {
        let detail = format!("{} not allowed to Lambda, for a function in {place}", denied.join(", "));
        Evidence::new(place, detail).fill("document", document())
    })))
}

fn is_allowed(grants: &RoleGrants, action: &str) -> Answer {
    if action == ON_EVERYTHING {
        return grants.covers_by(By::Service, action, "*");
    }
    match grants.openings(By::Service, action, "*", &[]) {
        Err(reason) => Answer::CannotTell(reason),
        Ok(openings) if openings.is_empty() => Answer::No,
        Ok(openings) => Answer::Yes(openings.into_iter().map(|opening| opening.ground).collect()),
    }
}

fn document() -> String {
    let statement = serde_json::json!({"Effect": "Allow", "Action": NEEDED, "Resource": "*"});
    serde_json::json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}
