//! Is there an alarm over the function's errors or calls that nobody would hear, and no other one?

use std::collections::BTreeMap;

use crate::controls::watching::{CALLS, ERRORS, watching};
use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::finding::{Evidence, Severity};
use crate::snapshot::{Facet, MetricAlarm};

pub(crate) static CONTROL: Control = Control {
    id: "alarm-mute",
    title: "An alarm on the function reaches nobody",
    layer: Layer::Observability,
    severity: Severity::Low,
    reads: &[Facet::Alarms],
    risk: "The alarm looks like a safeguard and is none: it goes off, and no one is told.",
    remediation: "aws cloudwatch enable-alarm-actions --region {region} --alarm-names {alarm}\n\
                  # and where it has no action, name one in put-metric-alarm: --alarm-actions TOPIC_ARN",
    references: &["https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html"],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let mut mute: BTreeMap<&str, &MetricAlarm> = BTreeMap::new();
    for metrics in [ERRORS, CALLS] {
        let found = watching(context, metrics)?;
        if found.live.is_empty() {
            mute.extend(found.mute.iter().map(|alarm| (alarm.alarm_name.as_str(), *alarm)));
        }
    }
    Ok(Verdict::of(mute.into_iter().map(|(name, alarm)| {
        let why = if alarm.alarm_actions.is_empty() {
            "has no action for the state ALARM"
        } else {
            "has its actions switched off"
        };
        Evidence::new(
            name,
            format!("alarm `{name}` {why}, and no composite alarm acts for it"),
        )
        .fill("alarm", name)
    })))
}
