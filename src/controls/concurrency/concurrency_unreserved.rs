//! Does the function share the account's concurrency without a bound? A suppression is the justification, be it in the settings or
//! as a tag on the function: its owner can set that, which is right for this control, and for no louder one. That a framework made
//! the function for itself is one, too: its owner cannot set it.

use super::KEPT_UNRESERVED;
use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::finding::{Evidence, Severity};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "concurrency-unreserved",
    title: "No reserved concurrency, and no reason given",
    layer: Layer::Concurrency,
    severity: Severity::Low,
    reads: &[Facet::Concurrency, Facet::AccountSettings],
    risk: "A flood of calls to this function, or a loop, takes the concurrency of every other function in the Region.",
    remediation: "aws lambda put-function-concurrency --region {region} --function-name {function} --reserved-concurrent-executions NUMBER\n\
                  # or say why not:\n\
                  aws lambda tag-resource --region {region} --resource {function_arn} --tags vigil:accept/concurrency-unreserved='the reason'",
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    if context.snapshot.concurrency()?.reserved_concurrent_executions.is_some() {
        return Ok(Verdict::default());
    }
    if context.framework().is_some() {
        return Ok(Verdict::default());
    }
    let limit = context.snapshot.account_settings()?.account_limit.concurrent_executions;
    // AWS refuses a reservation that leaves fewer: new accounts have a limit of 10.
    let detail = if limit > KEPT_UNRESERVED {
        "the function draws on the account's unreserved pool".to_owned()
    } else {
        format!("the account's limit of {limit} does not allow a reservation: ask for a higher one first")
    };
    let found = Evidence::new("ReservedConcurrentExecutions", detail);
    Ok(Verdict::of([
        found.fill("function_arn", context.snapshot.function.to_string())
    ]))
}
