//! Does a grant name a source whose ARN carries no account, so that whoever owns that name can call?

use crate::controls::commands::confined_to_account;
use crate::controls::exposures::Found;
use crate::controls::{Context, Control, Judged, Layer};
use crate::finding::{Evidence, Severity};
use crate::policy::{Capability, Tier};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "invoke-source-account-missing",
    title: "A service may invoke the function for a source of that name in any account",
    layer: Layer::Invocation,
    severity: Severity::Medium,
    reads: &[Facet::ResourcePolicies],
    risk: "The source's ARN does not say whose it is. Once your bucket is deleted, anyone can create one of the same name, \
           and its events run the function.",
    remediation: "aws lambda add-permission --region {region} --function-name {function}{qualifier} --statement-id {statement}-confined \
                  --action {action} --principal {principal} --source-account {account} --source-arn {source_arn}\n\
                  aws lambda remove-permission --region {region} --function-name {function}{qualifier} --statement-id {statement}",
    references: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
    ],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let exposures = context.exposures(Capability::Invoke)?;
    Ok(exposures.verdict(&[Tier::ReclaimableSource], |found| evidence(found, context)))
}

fn evidence(found: &Found, context: &Context<'_>) -> Evidence {
    let (statement, caller) = (found.statement(), &found.exposure.caller);
    let service = found.service().unwrap_or(caller);
    let source = found.value("aws:sourcearn").unwrap_or("its source");
    let detail = format!("statement {statement} lets {service} invoke it for {source}, whichever account owns that");
    let evidence = found.evidence(found.subject(), detail);
    confined_to_account(evidence, service, &found.sources(), context)
}
