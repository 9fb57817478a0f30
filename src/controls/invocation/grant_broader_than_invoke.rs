//! Is somebody who may invoke, a service or a trusted account, also granted to change or to read the function?

use std::collections::BTreeMap;

use crate::controls::commands::{REMOVE, confined_to_account};
use crate::controls::exposures::Found;
use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::finding::{Evidence, Severity};
use crate::policy::{Breadth, Capability, Tier};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "grant-broader-than-invoke",
    title: "A service or another account is granted more than to invoke",
    layer: Layer::Invocation,
    severity: Severity::Medium,
    reads: &[Facet::ResourcePolicies],
    risk: "The caller needs one action and is granted more: whoever takes it over, or makes it act for them, reads or \
           replaces the code instead of merely running it.",
    remediation: "aws lambda add-permission --region {region} --function-name {function}{qualifier} --statement-id {statement}-confined \
                  --action {action} --principal {principal}\n\
                  aws lambda remove-permission --region {region} --function-name {function}{qualifier} --statement-id {statement}",
    references: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html",
    ],
    evaluate,
};

/// Makes copies of a function for `CloudFront`, which puts these grants itself (`CloudFront` Developer Guide, "Lambda@Edge
/// service-linked roles").
const REPLICATORS: [&str; 2] = ["replicator.lambda.amazonaws.com", "edgelambda.amazonaws.com"];
/// What that takes.
const REPLICATION: [&str; 3] = [
    "lambda:GetFunction",
    "lambda:EnableReplication",
    "lambda:DisableReplication",
];

fn evaluate(context: &Context<'_>) -> Judged {
    let mut verdict = Verdict::default();
    let mut all: BTreeMap<(Option<String>, String), Evidence> = BTreeMap::new();
    for (capability, word) in [(Capability::Change, "change"), (Capability::Read, "read")] {
        let exposures = context.exposures(capability)?;
        let found = exposures.verdict_if(is_broader, |found| Ok(Some(evidence(found, word, context))));
        verdict.unjudged.extend(found.unjudged);
        for evidence in found.fails {
            let key = (evidence.qualifier.clone(), evidence.subject.clone());
            all.entry(key).or_insert(evidence);
        }
    }
    verdict.unjudged.sort();
    verdict.unjudged.dedup();
    verdict.fails.extend(all.into_values());
    Ok(verdict)
}

/// Identities that are not trusted are the concern of `modify-external` and `read-external`.
fn is_broader(found: &Found) -> bool {
    let is_replication = REPLICATION.contains(&found.action());
    match (found.exposure.tier, found.service()) {
        (_, Some(service)) => !(is_replication && REPLICATORS.contains(&service)),
        (Tier::AnySource | Tier::ReclaimableSource | Tier::Trusted | Tier::Organization, None) => true,
        (
            Tier::Anonymous
            | Tier::AnyPrincipal
            | Tier::ForeignOrganization
            | Tier::External
            | Tier::OwnAccount
            | Tier::Nobody,
            None,
        ) => false,
    }
}

fn evidence(found: &Found, word: &str, context: &Context<'_>) -> Evidence {
    let (statement, caller, action) = (found.statement(), &found.exposure.caller, found.action());
    let detail =
        format!("statement {statement} lets {caller} {word} it ({action}); to invoke it takes lambda:InvokeFunction");
    let evidence = found
        .evidence(found.subject(), detail)
        .fill("action", "lambda:InvokeFunction");
    let partition = context.snapshot.function.region().partition();
    match (found.service(), found.role(partition)) {
        // The sources that the statement names stay, if it names them one by one.
        (Some(service), _) => match context.grant_breadth(found) {
            Breadth::Named => confined_to_account(evidence, service, &found.sources(), context),
            Breadth::Account { .. } | Breadth::Organization { .. } | Breadth::CannotTell { .. } => {
                confined_to_account(evidence, service, &[], context)
            }
        },
        (None, Some(role)) => evidence.fill("principal", role).fixed_by(CONTROL.remediation),
        (None, None) => evidence.fixed_by(REMOVE),
    }
}
