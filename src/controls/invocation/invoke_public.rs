//! Can anyone invoke the function? Proved with a witness; calls through a function URL are the question of `url-public`.

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

fn evaluate(context: &Context<'_>) -> Judged {
    let exposures = context.exposures(Capability::Invoke)?;
    Ok(exposures.verdict(&[Tier::Anonymous, Tier::AnyPrincipal], |exposure| {
        let statement = exposure.statements.join(" + ");
        Evidence::new(
            statement.clone(),
            format!("statement {statement} lets {} invoke it", exposure.caller),
        )
        .fill("statement", statement)
    }))
}
