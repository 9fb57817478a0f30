//! Which CloudWatch calls and native events change the alarms that watch a function?

use serde_json::Value;

use super::call::{Call, Find, Service, plain};
use super::field;
use super::record::Place::Request;
use super::record::Record;
use super::{Cause, Subject};
use crate::snapshot::Facet;

const MONITORING: Service = Service {
    source: "aws.monitoring",
    event_source: "monitoring.amazonaws.com",
};

/// `source` of CloudWatch's own events, which is not that of its calls.
pub const ALARM_SOURCE: &str = "aws.cloudwatch";
/// `detail-type` of the event that CloudWatch itself sends, durably, when an alarm is made, changed or deleted.
pub const ALARM_DETAIL_TYPE: &str = "CloudWatch Alarm Configuration Change";

pub(super) const ALARM_FACETS: &[Facet] = &[Facet::Alarms];
const ALARMS: Find = Find::By(alarms);

const fn call(stem: &'static str) -> Call {
    MONITORING.call(stem, ALARM_FACETS, ALARMS)
}

/// CloudWatch's calls; dashboards, anomaly detectors and insight rules watch nothing.
pub(super) static CALLS: &[Call] = &[
    call("PutMetricAlarm"),
    call("PutCompositeAlarm"),
    call("DeleteAlarms").deleting(),
    call("DisableAlarmActions"),
    call("EnableAlarmActions"),
    call("SetAlarmState"),
];

fn alarms(record: &Record<'_>) -> Vec<Subject> {
    let several = record.texts(Request("alarmNames"));
    let one = record.texts(Request("alarmName"));
    named(several.into_iter().chain(one))
}

/// One subject for all names; none where a name cannot be one.
fn named(names: impl Iterator<Item = String>) -> Vec<Subject> {
    let names: Option<Vec<String>> = names.map(|name| plain(&name)).collect();
    let names = names.filter(|names| !names.is_empty());
    names.map(Subject::Alarms).into_iter().collect()
}

/// What a native event is about, whether the alarm is gone, and what is known of the cause: CloudWatch does not say who.
pub(super) fn native(envelope: &Value) -> (Subject, bool, Cause) {
    let detail = envelope.get("detail").unwrap_or(&field::NULL);
    let names = field::texts(detail, "alarmName").into_iter();
    let subject = named(names).into_iter().next().unwrap_or(Subject::Unknown);
    let deleted = field::texts(detail, "operation")
        .iter()
        .any(|operation| operation == "delete");
    let word = |name: &str| field::texts(envelope, name).into_iter().next();
    let cause = Cause {
        event_name: ALARM_DETAIL_TYPE.to_owned(),
        event_source: Some(ALARM_SOURCE.to_owned()),
        event_id: word("id"),
        event_time: word("time").and_then(|time| time.parse().ok()),
        ..Cause::default()
    };
    let deleted = deleted && subject != Subject::Unknown;
    (subject, deleted, cause)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::event::Intake;
    use crate::event::tests::{changes, detail, subjects};

    #[test]
    fn alarms_are_named_one_or_many_at_once() {
        let many = detail(
            "monitoring.amazonaws.com",
            "DeleteAlarms",
            json!({"alarmNames": ["a", "b"]}),
            json!(null),
        );
        assert_eq!(subjects(&many), [Subject::Alarms(vec!["a".into(), "b".into()])]);
        assert!(changes(&many)[0].deleted);
        let one = detail(
            "monitoring.amazonaws.com",
            "PutMetricAlarm",
            json!({"alarmName": "orders errors"}),
            json!(null),
        );
        assert_eq!(subjects(&one), [Subject::Alarms(vec!["orders errors".into()])]);
        let hostile = detail(
            "monitoring.amazonaws.com",
            "DeleteAlarms",
            json!({"alarmNames": ["a", "b\n"]}),
            json!(null),
        );
        assert_eq!(subjects(&hostile), [Subject::Unknown]);
        assert!(!changes(&hostile)[0].deleted);
    }

    #[test]
    fn the_native_event_is_read() {
        let event = json!({
            "detail-type": ALARM_DETAIL_TYPE, "source": ALARM_SOURCE, "account": "111122223333", "region": "eu-west-1",
            "id": "c4f7f0b2-0000-4000-8000-000000000000", "time": "2026-11-02T10:15:00Z",
            "detail": {"alarmName": "orders-errors", "operation": "delete"},
        });
        let Intake::Changes(changes) = &crate::event::parse(&event).unwrap()[0] else {
            panic!("nothing changed")
        };
        assert_eq!(changes[0].subject, Subject::Alarms(vec!["orders-errors".into()]));
        assert!(changes[0].deleted);
        assert_eq!(
            changes[0].cause.event_time,
            Some("2026-11-02T10:15:00Z".parse().unwrap())
        );
    }
}
