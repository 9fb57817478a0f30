//! Can anyone invoke the function? Proved with a witness; calls through a function URL are the question of `url-public`.

use crate::controls::commands::REMOVE;
use crate::controls::exposures::Found;
use crate::controls::{Context, Control, Judged, Layer};
use crate::finding::{Evidence, Severity};
use crate::policy::{Capability, Tier};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "invoke-public",
    title: "Anyone can invoke the function",
    layer: Layer::Invocation,
    severity: Severity::Critical,
    reads: &[Facet::ResourcePolicies],
    risk: "Every AWS account in the world can run the function with input of its choice: it can read what the function \
           returns, use what its role may do, and run up the bill.",
    remediation: "aws lambda remove-permission --region {region} --function-name {function}{qualifier} --statement-id {statement}",
    references: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html",
        "Security Hub Lambda.1",
    ],
    evaluate,
};

/// Who may call is the owner's to say.
const THEN: &str = "# then grant only who calls it, e.g.\n\
    aws lambda add-permission --region {region} --function-name {function}{qualifier} --statement-id {statement}-confined \
    --action {action} --principal ";

fn evaluate(context: &Context<'_>) -> Judged {
    let exposures = context.exposures(Capability::Invoke)?;
    let tiers = [Tier::Anonymous, Tier::AnyPrincipal];
    Ok(exposures.verdict(&tiers, |found| evidence(found, context)))
}

fn evidence(found: &Found, context: &Context<'_>) -> Evidence {
    let statement = found.statement();
    let (caller, loophole) = (&found.exposure.caller, found.loophole());
    let detail = format!("statement {statement} lets {caller} invoke it{loophole}");
    let evidence = found.evidence(statement, detail);
    match &context.settings.organization {
        // A condition on the organization that leaks is meant for it.
        Some(organization) if loophole.contains("aws:PrincipalOrg") => evidence
            .fill("organization", organization)
            .fixed_by(format!("{REMOVE}\n{THEN}'*' --principal-org-id {{organization}}")),
        Some(_) | None => evidence.fixed_by(format!(
            "{REMOVE}\n{THEN}arn:{{partition}}:iam::{{account}}:role/ROLE_NAME"
        )),
    }
}
