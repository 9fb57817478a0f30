//! Do reservations leave the functions without one next to nothing, or is the account's limit too low to reserve at all?
//! It is reported on the functions that hold a reservation, because that is what can be changed.

use super::KEPT_UNRESERVED;
use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::finding::{Evidence, Severity};
use crate::snapshot::{AccountLimit, Facet};

pub(crate) static CONTROL: Control = Control {
    id: "concurrency-pool-starved",
    title: "Little concurrency is left for functions without a reservation",
    layer: Layer::Concurrency,
    severity: Severity::Medium,
    reads: &[Facet::Concurrency, Facet::AccountSettings],
    risk: "Functions without a reservation are throttled as soon as a few of them run at the same time; an attacker who \
           can call one of them stops all of them.",
    remediation: "# ask for a higher limit:\n\
                  aws service-quotas request-service-quota-increase --region {region} --service-code lambda --quota-code L-B99A9384 --desired-value {desired}\n\
                  # or give back a part of this function's reservation:\n\
                  aws lambda put-function-concurrency --region {region} --function-name {function} --reserved-concurrent-executions NUMBER",
    references: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
    ],
    evaluate,
};

/// Less than this part of the limit is next to nothing, in percent.
const NEAR: i32 = 10;
/// The limit that most accounts have.
const USUAL_LIMIT: i32 = 1000;

fn evaluate(context: &Context<'_>) -> Judged {
    let limit = &context.snapshot.account_settings()?.account_limit;
    let reserved = context.snapshot.concurrency()?.reserved_concurrent_executions;
    let detail = match reserved.filter(|reserved| *reserved > 0) {
        Some(reserved) => starved(limit, reserved),
        None => None,
    };
    Ok(Verdict::of(detail.map(|detail| {
        let desired = limit.concurrent_executions.saturating_mul(2).max(USUAL_LIMIT);
        Evidence::new("UnreservedConcurrentExecutions", detail).fill("desired", desired.to_string())
    })))
}

fn starved(limit: &AccountLimit, reserved: i32) -> Option<String> {
    let AccountLimit {
        concurrent_executions: total,
        unreserved_concurrent_executions: left,
    } = *limit;
    let near = KEPT_UNRESERVED.max(total / 100 * NEAR);
    (left <= near).then(|| {
        format!("{left} of the account's {total} concurrent executions are unreserved; this function holds {reserved}")
    })
}
