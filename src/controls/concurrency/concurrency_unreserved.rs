//! Does the function share the account's concurrency without a bound, and without a reason for it? That a framework made it for
//! itself is one: its owner cannot set it.

use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::finding::{Evidence, Severity};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "concurrency-unreserved",
    title: "No reserved concurrency, and no reason given",
    layer: Layer::Concurrency,
    severity: Severity::Low,
    reads: &[Facet::Concurrency, Facet::Tags],
    risk: "A flood of calls to this function, or a loop, takes the concurrency of every other function in the Region.",
    remediation: "aws lambda put-function-concurrency --region {region} --function-name {function} --reserved-concurrent-executions NUMBER\n\
                  # or say why not:\n\
                  aws lambda tag-resource --region {region} --resource {function_arn} --tags {tag}='the reason'",
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"],
    evaluate,
};

/// A tag on the function with this key, and a reason as its value, accepts the shared pool. The owner of a function
/// can set it: which is right for this control, and for no louder one.
const JUSTIFICATION: &str = "vigil:unreserved-concurrency";

fn evaluate(context: &Context<'_>) -> Judged {
    if context.snapshot.concurrency()?.reserved_concurrent_executions.is_some() {
        return Ok(Verdict::default());
    }
    let justified = context
        .snapshot
        .tags()?
        .get(JUSTIFICATION)
        .is_some_and(|reason| !reason.trim().is_empty())
        || context.framework().is_some();
    Ok(Verdict::of((!justified).then(|| {
        Evidence::new(
            "ReservedConcurrentExecutions",
            "the function draws on the account's unreserved pool",
        )
        .fill("function_arn", context.snapshot.function.to_string())
        .fill("tag", JUSTIFICATION)
    })))
}
