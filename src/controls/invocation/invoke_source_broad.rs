//! May a service invoke the function for any resource of the own account? Asked with a source of a name that the policy
//! does not know; only of services that always say for which resource they call, since others cannot be held to one.

use crate::controls::commands::confined_to_account;
use crate::controls::exposures::Found;
use crate::controls::{Context, Control, Judged, Layer};
use crate::finding::{Evidence, Severity};
use crate::policy::{Breadth, Capability, Tier};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "invoke-source-broad",
    title: "A service may invoke the function for any resource of the account",
    layer: Layer::Invocation,
    severity: Severity::Low,
    reads: &[Facet::ResourcePolicies],
    risk: "Whoever can make or change any API, bucket, topic or rule of the account can run the function with input of \
           their choice, although they may not invoke it themselves.",
    remediation: "aws lambda add-permission --region {region} --function-name {function}{qualifier} --statement-id {statement}-confined \
                  --action {action} --principal {principal} --source-arn {source_arn}\n\
                  aws lambda remove-permission --region {region} --function-name {function}{qualifier} --statement-id {statement}",
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html"],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let exposures = context.exposures(Capability::Invoke)?;
    let concerns = |found: &Found| found.is_of(&[Tier::OwnAccount]) && found.may_be_service();
    Ok(exposures.verdict_if(concerns, |found| evidence(found, context)))
}

fn evidence(found: &Found, context: &Context<'_>) -> Result<Option<Evidence>, String> {
    match context.grant_breadth(found) {
        Breadth::Account { .. } => {
            let detail = format!(
                "statement {} lets {} invoke it, whichever resource of it the call is for",
                found.statement(),
                found.exposure.caller
            );
            let evidence = found.evidence(found.subject(), detail);
            Ok(Some(confined_to_account(
                evidence,
                found.service().unwrap_or_default(),
                &[],
                context,
            )))
        }
        Breadth::Named | Breadth::Organization { .. } => Ok(None),
        Breadth::CannotTell { reason } => Err(reason),
    }
}
