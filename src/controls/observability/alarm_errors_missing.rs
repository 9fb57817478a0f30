//! Does anyone hear when the function fails? An alarm over `Errors`, by itself, in an expression or as a band of anomalies, with live actions.

use crate::controls::watching::{ERRORS, watching};
use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::finding::{Evidence, Severity};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "alarm-errors-missing",
    title: "No alarm on the function's errors",
    layer: Layer::Observability,
    severity: Severity::Medium,
    reads: &[Facet::Alarms],
    risk: "Attacks and faults show as errors first; without an alarm nobody looks until a customer calls.",
    remediation: "aws cloudwatch put-metric-alarm --region {region} --alarm-name {function}-errors --namespace AWS/Lambda --metric-name Errors --dimensions Name=FunctionName,Value={function} --statistic Sum --period 60 --evaluation-periods 1 --threshold 1 --comparison-operator GreaterThanOrEqualToThreshold --treat-missing-data notBreaching --alarm-actions TOPIC_ARN",
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let found = watching(context, ERRORS)?;
    // The owner of a framework's helper cannot add to what the framework deploys.
    if !found.live.is_empty() || context.framework().is_some() {
        return Ok(Verdict::default());
    }
    if let Some(undecided) = found.undecided() {
        return Err(undecided);
    }
    let mute: Vec<String> = found
        .mute
        .iter()
        .map(|alarm| format!("`{}`", alarm.alarm_name))
        .collect();
    let detail = if mute.is_empty() {
        "no alarm looks at the function's `Errors`".to_owned()
    } else {
        format!(
            "only alarms without live actions look at the function's `Errors`: {}",
            mute.join(", ")
        )
    };
    Ok(Verdict::of([Evidence::new("Errors", detail)]))
}
