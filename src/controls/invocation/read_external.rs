//! Can anyone outside read the function's code, configuration or policy? Silent where the same grant lets them change it.

use crate::controls::commands::REMOVE;
use crate::controls::exposures::Found;
use crate::controls::{Context, Control, Exposures, Judged, Layer};
use crate::finding::{Evidence, Severity};
use crate::policy::{Capability, Tier, is_honoured_across_accounts};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "read-external",
    title: "Someone outside the trust set can read the function",
    layer: Layer::Invocation,
    severity: Severity::High,
    reads: &[Facet::ResourcePolicies],
    risk: "The answer of GetFunction holds a link to the code and every environment variable in clear text: what is secret \
           in either is not any more.",
    remediation: "aws lambda remove-permission --region {region} --function-name {function}{qualifier} --statement-id {statement}\n\
                  # then rotate what the environment or the code gave away",
    references: &[
        "https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-cross-account.html",
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
    let exposures = context.exposures(Capability::Read)?;
    let changes = context.exposures(Capability::Change)?;
    let concerns = |found: &Found| found.is_of(&OUTSIDE) && found.may_be_identity() && !is_live_in(&changes, found);
    Ok(exposures.verdict_if(concerns, |found| Ok(Some(evidence(found)))))
}

/// `modify-external` says so, and louder.
fn is_live_in(changes: &Exposures, read: &Found) -> bool {
    changes.found.iter().any(|change| {
        let is_same = change.qualifier == read.qualifier && change.subject() == read.subject();
        is_same && change.is_proved() && is_honoured_across_accounts(change.action())
    })
}

fn evidence(found: &Found) -> Evidence {
    let (statement, caller, action) = (found.statement(), &found.exposure.caller, found.action());
    let loophole = found.loophole();
    let opening = format!("statement {statement} lets {caller} read it ({action}){loophole}");
    // The policy alone holds neither code nor environment.
    let is_inside = ["lambda:GetFunction", "lambda:GetFunctionConfiguration"].contains(&action);
    let (severity, detail) = match (is_honoured_across_accounts(action), is_inside) {
        (true, true) => (CONTROL.severity, opening),
        (true, false) => (Severity::Medium, opening),
        (false, _) => (
            Severity::Low,
            format!("{opening}; AWS does not honour the action across accounts, so that it is latent"),
        ),
    };
    let evidence = found.evidence(found.subject(), detail).rated(severity);
    evidence.fixed_by(if is_inside { CONTROL.remediation } else { REMOVE })
}
