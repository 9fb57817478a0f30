//! Can any account of the own or of a trusted organization invoke the function? A part of it, by its path, is narrower.

use crate::controls::commands::{GRANT, REMOVE};
use crate::controls::exposures::Found;
use crate::controls::{Context, Control, Judged, Layer};
use crate::finding::{Evidence, Severity};
use crate::policy::{Breadth, Capability, Tier};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "invoke-organization-wide",
    title: "Every account of an organization can invoke the function",
    layer: Layer::Invocation,
    severity: Severity::Low,
    reads: &[Facet::ResourcePolicies],
    risk: "Sandboxes, acquisitions and forgotten accounts are in the organization, too: one identity taken over in any of \
           them can run the function.",
    remediation: "aws lambda add-permission --region {region} --function-name {function}{qualifier} --statement-id {statement}-confined \
                  --action {action} --principal {principal}\n\
                  aws lambda remove-permission --region {region} --function-name {function}{qualifier} --statement-id {statement}",
    references: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-organization.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgpaths",
    ],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let exposures = context.exposures(Capability::Invoke)?;
    let concerns = |found: &Found| found.is_of(&[Tier::Trusted, Tier::Organization]);
    Ok(exposures.verdict_if(concerns, |found| evidence(found, context)))
}

fn evidence(found: &Found, context: &Context<'_>) -> Result<Option<Evidence>, String> {
    match context.grant_breadth(found) {
        Breadth::Organization { .. } => {
            let (statement, caller) = (found.statement(), &found.exposure.caller);
            let detail = format!("statement {statement} lets {caller} invoke it");
            let partition = context.snapshot.function.region().partition();
            let (principal, source) = match found.service() {
                Some(service) => (service.to_owned(), " --source-account ACCOUNT_ID"),
                None => (format!("arn:{partition}:iam::ACCOUNT_ID:role/ROLE_NAME"), ""),
            };
            let evidence = found.evidence(found.subject(), detail).fill("principal", principal);
            Ok(Some(evidence.fixed_by(format!("{GRANT}{source}\n{REMOVE}"))))
        }
        Breadth::Named | Breadth::Account { .. } => Ok(None),
        Breadth::CannotTell { reason } => Err(reason),
    }
}
