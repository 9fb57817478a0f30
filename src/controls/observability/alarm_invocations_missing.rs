//! Does any alarm notice a spike of calls? One that exists but is mute is another control's matter.

use crate::controls::watching::{CALLS, watching};
use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::finding::{Evidence, Severity};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "alarm-invocations-missing",
    title: "No alarm that notices a flood of calls",
    layer: Layer::Observability,
    severity: Severity::Low,
    reads: &[Facet::Alarms],
    risk: "A loop, a leaked URL or a stolen credential shows as a spike of calls, and as the bill at the end of the month.",
    remediation: "aws cloudwatch put-metric-alarm --region {region} --alarm-name {function}-invocations --namespace AWS/Lambda --metric-name Invocations --dimensions Name=FunctionName,Value={function} --statistic Sum --period 300 --evaluation-periods 1 --threshold NUMBER --comparison-operator GreaterThanThreshold --treat-missing-data notBreaching --alarm-actions TOPIC_ARN",
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let found = watching(context, CALLS)?;
    // The owner of a framework's helper cannot add to what the framework deploys.
    let is_watched = !found.live.is_empty() || !found.mute.is_empty();
    if is_watched || context.framework().is_some() {
        return Ok(Verdict::default());
    }
    if let Some(undecided) = found.undecided() {
        return Err(undecided);
    }
    let detail = "no alarm looks at the function's `Invocations` or `ConcurrentExecutions`";
    Ok(Verdict::of([Evidence::new("Invocations", detail)]))
}
