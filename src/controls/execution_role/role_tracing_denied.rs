//! May the role write traces, where the function is set to write them?

use super::existing;
use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::finding::{Evidence, Severity};
use crate::policy::Answer;
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "role-tracing-denied",
    title: "The execution role cannot write the function's traces",
    layer: Layer::ExecutionRole,
    severity: Severity::Low,
    reads: &[
        Facet::Configuration,
        Facet::RoleTrust,
        Facet::RolePolicies,
        Facet::RoleBoundary,
    ],
    risk: "Tracing is on and nothing arrives: what the function called, and for how long, cannot be followed when it matters.",
    remediation: "aws iam attach-role-policy --role-name {role} --policy-arn arn:{partition}:iam::aws:policy/AWSXRayDaemonWriteAccess\n\
                  # a Deny or a permissions boundary that stands against it has to give way, too",
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html"],
    evaluate,
};

const NEEDED: [&str; 2] = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"];

fn evaluate(context: &Context<'_>) -> Judged {
    let tracing = &context.snapshot.configuration()?.tracing_config;
    let is_active = tracing.mode.as_deref() == Some("Active");
    let Some(grants) = existing(context)?.filter(|_| is_active) else {
        return Ok(Verdict::default());
    };
    let mut denied = Vec::new();
    for action in NEEDED {
        match grants.covers(action, "*") {
            Answer::Yes(_) => {}
            Answer::No => denied.push(action),
            Answer::CannotTell(reason) => return Err(Unjudged::undecided(format!("{action}: {reason}"))),
        }
    }
    Ok(Verdict::of((!denied.is_empty()).then(|| {
        let detail = format!("tracing is Active, and {} not allowed", denied.join(" and "));
        Evidence::new("TracingConfig", detail)
    })))
}
