//! Has Lambda been told not to stop loops?

use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::finding::{Evidence, Severity};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "recursion-allowed",
    title: "Loop protection is switched off",
    layer: Layer::Concurrency,
    severity: Severity::Medium,
    reads: &[Facet::Recursion],
    risk: "A function that sends to its own queue, topic or bucket calls itself without end: one message from outside then takes the \
           account's concurrency, and the bill grows until somebody looks.",
    remediation: "aws lambda put-function-recursion-config --region {region} --function-name {function} --recursive-loop Terminate",
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html"],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    match context.snapshot.recursion()?.recursive_loop.as_str() {
        "Terminate" => Ok(Verdict::default()),
        "Allow" => Ok(Verdict::of([Evidence::new(
            "RecursiveLoop",
            "RecursiveLoop is Allow: Lambda does not stop the function when it calls itself",
        )])),
        other => Err(Unjudged::undecided(format!(
            "the meaning of RecursiveLoop {other} is not known"
        ))),
    }
}
