//! Is a whole account of the trust set granted, instead of the role in it that calls?

use crate::controls::commands::{GRANT, REMOVE};
use crate::controls::exposures::Found;
use crate::controls::{Context, Control, Judged, Layer};
use crate::finding::{Evidence, Severity};
use crate::policy::{Breadth, Capability, Tier};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "invoke-account-root",
    title: "A whole account can invoke the function instead of a named role",
    layer: Layer::Invocation,
    severity: Severity::Medium,
    reads: &[Facet::ResourcePolicies],
    risk: "The other account decides who may call: each of its identities that is granted Lambda calls in general can run \
           this function, and so can whoever takes one of them over.",
    remediation: "aws lambda add-permission --region {region} --function-name {function}{qualifier} --statement-id {statement}-confined \
                  --action {action} --principal {principal}\n\
                  aws lambda remove-permission --region {region} --function-name {function}{qualifier} --statement-id {statement}",
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-cross-account.html"],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let exposures = context.exposures(Capability::Invoke)?;
    let concerns = |found: &Found| found.is_of(&[Tier::Trusted, Tier::Organization]) && found.may_be_identity();
    Ok(exposures.verdict_if(concerns, |found| evidence(found, context)))
}

fn evidence(found: &Found, context: &Context<'_>) -> Result<Option<Evidence>, String> {
    match context.grant_breadth(found) {
        Breadth::Account { .. } => {
            let (statement, account) = (found.statement(), found.account().unwrap_or_default());
            let detail = format!("statement {statement} lets any identity of account {account} invoke it");
            let partition = context.snapshot.function.region().partition();
            let evidence = found
                .evidence(found.subject(), detail)
                .fill("principal", format!("arn:{partition}:iam::{account}:role/ROLE_NAME"));
            Ok(Some(evidence.fixed_by(format!("{GRANT}\n{REMOVE}"))))
        }
        Breadth::Named | Breadth::Organization { .. } => Ok(None),
        Breadth::CannotTell { reason } => Err(reason),
    }
}
