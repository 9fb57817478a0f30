//! Is a service allowed to invoke the function on behalf of anyone's resource (the confused deputy)?

use crate::controls::commands::confined_to_account;
use crate::controls::exposures::Found;
use crate::controls::{Context, Control, Judged, Layer};
use crate::finding::{Evidence, Severity};
use crate::policy::{Capability, Tier};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "invoke-service-unconfined",
    title: "A service may invoke the function for anyone's resource",
    layer: Layer::Invocation,
    severity: Severity::High,
    reads: &[Facet::ResourcePolicies],
    risk: "The service calls for whoever asks it: somebody else's bucket, topic, API or rule can feed the function input \
           of their choice (the confused deputy).",
    remediation: "aws lambda add-permission --region {region} --function-name {function}{qualifier} --statement-id {statement}-confined \
                  --action {action} --principal {principal} --source-arn {source_arn}\n\
                  aws lambda remove-permission --region {region} --function-name {function}{qualifier} --statement-id {statement}",
    references: &[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html",
    ],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let exposures = context.exposures(Capability::Invoke)?;
    Ok(exposures.verdict(&[Tier::AnySource], |found| evidence(found, context)))
}

fn evidence(found: &Found, context: &Context<'_>) -> Evidence {
    let (statement, caller) = (found.statement(), &found.exposure.caller);
    let detail = format!("statement {statement} lets {caller} invoke it{}", found.loophole());
    let evidence = found.evidence(found.subject(), detail);
    confined_to_account(evidence, found.service().unwrap_or(caller), &[], context)
}
