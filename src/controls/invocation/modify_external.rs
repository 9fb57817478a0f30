//! Can anyone outside change the function's code, configuration, aliases, policies or URLs? What AWS does not let
//! another account do by a function's policy is latent: one change on AWS's side away.

use crate::controls::exposures::Found;
use crate::controls::{Context, Control, Judged, Layer};
use crate::finding::{Evidence, Severity};
use crate::policy::{Capability, Tier, is_honoured_across_accounts};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "modify-external",
    title: "Someone outside the trust set can change the function",
    layer: Layer::Invocation,
    severity: Severity::Critical,
    reads: &[Facet::ResourcePolicies],
    risk: "Whoever changes the code runs as the function's role, with its environment and its data; whoever moves an alias \
           or deletes a version stops or rewinds what everybody calls.",
    remediation: "aws lambda remove-permission --region {region} --function-name {function}{qualifier} --statement-id {statement}",
    references: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-cross-account.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html",
    ],
    evaluate,
};

const OUTSIDE: [Tier; 4] = [
    Tier::Anonymous,
    Tier::AnyPrincipal,
    Tier::ForeignOrganization,
    Tier::External,
];

fn evaluate(context: &Context<'_>) -> Judged {
    let exposures = context.exposures(Capability::Change)?;
    // A service changes no function for its customers: such a grant is broader than it need be, and no more.
    let concerns = |found: &Found| found.is_of(&OUTSIDE) && found.may_be_identity();
    Ok(exposures.verdict_if(concerns, |found| Ok(Some(evidence(found)))))
}

fn evidence(found: &Found) -> Evidence {
    let (statement, caller, action) = (found.statement(), &found.exposure.caller, found.action());
    let loophole = found.loophole();
    let opening = format!("statement {statement} lets {caller} change it ({action}){loophole}");
    if is_honoured_across_accounts(action) {
        return found.evidence(found.subject(), opening).fixed_by(CONTROL.remediation);
    }
    let detail = format!("{opening}; AWS does not honour the action across accounts, so that it is latent");
    let evidence = found.evidence(found.subject(), detail).rated(Severity::Medium);
    evidence.fixed_by(CONTROL.remediation)
}
