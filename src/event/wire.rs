//! Which of the known forms is an input, and which records does it hold?

use std::sync::Arc;

use serde_json::{Value, json};

use super::error::{EventError, shown};
use super::monitoring::{self, ALARM_DETAIL_TYPE, ALARM_SOURCE};
use super::record::{self, Home, Record};
use super::{Cause, Change, Entry, Ignored, Intake, judge, message, text};

/// `detail-type` of CloudTrail's remarks on unusual activity, which are no records of calls.
const INSIGHT: &str = "AWS Insight via CloudTrail";

/// Takes an input apart. `queued`: it was the body of a queue message.
pub(super) fn entries(value: &Value, queued: bool) -> Vec<Entry> {
    if let Some(Value::Array(found)) = value.get("Events") {
        return looked_up(found);
    }
    match value.get("Records") {
        Some(Value::Array(records)) => {
            let numbered = records.iter().enumerate();
            numbered
                .flat_map(|(index, record)| member(record, &format!("Records[{index}]"), queued))
                .collect()
        }
        Some(_) => vec![Entry::new("", Err(EventError::field("Records", "is not a list")))],
        None => vec![Entry::new("", single(value))],
    }
}

/// What `aws cloudtrail lookup-events` prints: each record as a text.
fn looked_up(events: &[Value]) -> Vec<Entry> {
    let read = |event: &Value| {
        let record = event.get("CloudTrailEvent").and_then(Value::as_str);
        let record = record.ok_or_else(|| EventError::field("CloudTrailEvent", "is missing or not a text"))?;
        bare(&text::read_json(record, text::LONGEST_TEXT)?)
    };
    let numbered = events.iter().enumerate();
    numbered
        .map(|(index, event)| Entry::new(&format!("Events[{index}]"), read(event)))
        .collect()
}

/// The records of an input, each as an input of its own.
pub(super) fn apart(value: &Value) -> Vec<Value> {
    let lists = ["Events", "Records"];
    let list = lists
        .iter()
        .find_map(|list| Some((*list, value.get(*list)?.as_array()?)));
    let Some((list, members)) = list else {
        return vec![value.clone()];
    };
    let inner = |member: &Value| match list {
        "Events" => Some(vec![text_of(member, "CloudTrailEvent")?]),
        _ if member.get("eventSource")? == "aws:sqs" => Some(apart(&text_of(member, "body")?)),
        _ => member.get("eventName").map(|_| vec![member.clone()]),
    };
    // What cannot be read is as unreadable alone.
    let each = members.iter();
    each.flat_map(|member| inner(member).unwrap_or_else(|| vec![json!({ list: [member] })]))
        .collect()
}

fn text_of(member: &Value, name: &str) -> Option<Value> {
    text::read_json(member.get(name)?.as_str()?, text::LONGEST_TEXT).ok()
}

/// One element of `Records`.
fn member(record: &Value, place: &str, queued: bool) -> Vec<Entry> {
    let source = record.get("eventSource").and_then(Value::as_str).unwrap_or_default();
    match source {
        "aws:sqs" if queued => vec![Entry::new(place, Err(EventError::NestedBatch))],
        "aws:sqs" => body(record, &format!("{place}.body")),
        other if other.starts_with("aws:") => {
            let what = format!("`{place}`, a record of `{}`,", shown(other));
            vec![Entry::new(place, Err(EventError::Unrecognized { what }))]
        }
        _ => vec![Entry::new(place, bare(record))],
    }
}

fn body(message: &Value, place: &str) -> Vec<Entry> {
    let Some(body) = message.get("body").and_then(Value::as_str) else {
        let error = EventError::field("", "is missing or not a text");
        return vec![Entry::new(place, Err(error))];
    };
    match text::read_json(body, text::LONGEST_TEXT) {
        Ok(value) => entries(&value, true)
            .into_iter()
            .map(|entry| entry.within(place))
            .collect(),
        Err(error) => vec![Entry::new(place, Err(error))],
    }
}

fn single(value: &Value) -> Result<Intake, EventError> {
    if value.get("vigil").is_some() {
        return message::read(value);
    }
    if value.get("detail-type").is_some() {
        return envelope(value);
    }
    if value.get("eventName").is_some() && value.get("eventSource").is_some() {
        return bare(value);
    }
    Err(EventError::Unrecognized {
        what: looks_like(value),
    })
}

/// A record without an envelope.
fn bare(value: &Value) -> Result<Intake, EventError> {
    // Insights tell of numbers of calls, in records without a call.
    if value.get("eventType").and_then(Value::as_str) == Some("AwsCloudTrailInsight") {
        return Ok(unrelated("aws.cloudtrail", INSIGHT));
    }
    Record::read(value, &Home::default()).map(|record| judge::judge(&record))
}

/// An event of AWS that tells of nothing that is watched.
fn unrelated(source: &str, kind: &str) -> Intake {
    let (source, kind) = (shown(source), shown(kind));
    Intake::Ignored {
        reason: Ignored::Unrelated {
            call: format!("{source} {kind}"),
        },
        cause: Arc::new(Cause {
            event_name: kind,
            event_source: Some(source),
            ..Cause::default()
        }),
    }
}

fn envelope(value: &Value) -> Result<Intake, EventError> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let source = text("source").ok_or_else(|| EventError::field("source", "is missing or not a text"))?;
    let kind = text("detail-type").ok_or_else(|| EventError::field("detail-type", "is not a text"))?;
    // EventBridge lets nobody but AWS services use this prefix.
    if !source.starts_with("aws.") {
        return Err(EventError::ForeignSource { from: shown(source) });
    }
    match (source, kind) {
        ("aws.events" | "aws.scheduler", "Scheduled Event") => Ok(sweep(value)),
        (ALARM_SOURCE, ALARM_DETAIL_TYPE) => alarm(value),
        _ if kind.ends_with(" via CloudTrail") && kind != INSIGHT => cloudtrail(value),
        _ => Ok(unrelated(source, kind)),
    }
}

fn cloudtrail(envelope: &Value) -> Result<Intake, EventError> {
    let detail = envelope.get("detail").filter(|detail| detail.is_object());
    let detail = detail.ok_or_else(|| EventError::field("detail", "is missing or not an object"))?;
    let record = Record::read(detail, &Home::of(envelope)).map_err(|error| error.within("detail"))?;
    Ok(judge::judge(&record))
}

fn sweep(envelope: &Value) -> Intake {
    let Home { account, region } = Home::of(envelope);
    Intake::Sweep {
        account,
        region,
        after: None,
    }
}

fn alarm(envelope: &Value) -> Result<Intake, EventError> {
    let (subject, deleted, cause) = monitoring::native(envelope);
    let missing = |name: &str| EventError::field(name, "is missing or malformed");
    Ok(Intake::Changes(vec![Change {
        subject,
        account: record::account(envelope.get("account")).ok_or_else(|| missing("account"))?,
        region: record::region(envelope.get("region")).ok_or_else(|| missing("region"))?,
        facets: monitoring::ALARM_FACETS.iter().copied().collect(),
        deleted,
        parameters_omitted: false,
        awaited: None,
        cause: Arc::new(cause),
    }]))
}

fn looks_like(value: &Value) -> String {
    match value {
        Value::Object(members) if members.is_empty() => "an empty object".to_owned(),
        Value::Object(members) => {
            let names: Vec<String> = members
                .keys()
                .take(5)
                .map(|name| format!("`{}`", shown(name)))
                .collect();
            format!("an object with {}", names.join(", "))
        }
        Value::Array(_) => "a list".to_owned(),
        Value::String(_) => "a text".to_owned(),
        Value::Number(_) => "a number".to_owned(),
        Value::Bool(_) | Value::Null => "a bare value".to_owned(),
    }
}
