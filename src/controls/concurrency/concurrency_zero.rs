//! Is the function switched off by a reserved concurrency of zero?

use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::finding::{Evidence, Severity};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "concurrency-zero",
    title: "The function is switched off",
    layer: Layer::Concurrency,
    severity: Severity::Informational,
    reads: &[Facet::Concurrency],
    risk: "Every call is refused, and asynchronous events are lost once their retries are used up. It is how a function is stopped in an \
           emergency, by its owner or by somebody else.",
    remediation: "aws lambda delete-function-concurrency --region {region} --function-name {function}",
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let reserved = context.snapshot.concurrency()?.reserved_concurrent_executions;
    Ok(Verdict::of((reserved == Some(0)).then(|| {
        Evidence::new(
            "ReservedConcurrentExecutions",
            "reserved concurrency is 0: every call is refused",
        )
    })))
}
