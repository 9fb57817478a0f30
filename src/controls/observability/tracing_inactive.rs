//! Is X-Ray tracing on? `PassThrough` only follows what a caller decided. The helpers that frameworks make are left alone: their
//! owner cannot set them.

use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::finding::{Evidence, Severity};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "tracing-inactive",
    title: "X-Ray tracing is not active",
    layer: Layer::Observability,
    severity: Severity::Low,
    reads: &[Facet::Configuration],
    risk: "Calls that the function makes on behalf of an attacker, or because of a fault, cannot be followed to their \
           source and their targets.",
    remediation: "aws lambda update-function-configuration --region {region} --function-name {function} --tracing-config Mode=Active",
    references: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html",
        "Security Hub Lambda.7",
    ],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let mode = context
        .snapshot
        .configuration()?
        .tracing_config
        .mode
        .as_deref()
        .unwrap_or("PassThrough");
    let is_advice_of_use = context.framework().is_none();
    Ok(Verdict::of((mode != "Active" && is_advice_of_use).then(|| {
        Evidence::new("TracingConfig", format!("the mode is {mode}"))
    })))
}
