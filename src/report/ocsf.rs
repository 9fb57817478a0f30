//! A transition as data lakes take it: a Compliance Finding (class 2003) of the Open Cybersecurity Schema Framework 1.8, with the
//! cloud profile.

use serde_json::{Value, json};

use crate::controls;
use crate::finding::Severity;
use crate::history::{Status, Transition};
use crate::plain::one_line;

const CLASS: u32 = 2003;
const LONGEST: usize = 4096;

/// The event. Those of one finding share `finding_info.uid`.
pub fn ocsf(transition: &Transition) -> Value {
    let finding = &transition.finding;
    let function = &finding.function;
    let control = controls::find(&finding.control);
    let (activity, activity_name) = activity(transition.status);
    let (status, status_name) = status(transition.status);
    let (severity, severity_name) = severity(finding.severity);
    let arn = function.with_qualifier(finding.evidence.qualifier.as_deref());
    let mut all = json!({
        "class_uid": CLASS, "class_name": "Compliance Finding",
        "category_uid": 2, "category_name": "Findings",
        "activity_id": activity, "activity_name": activity_name,
        "type_uid": CLASS * 100 + activity, "type_name": format!("Compliance Finding: {activity_name}"),
        "time": transition.at.as_millisecond(),
        "severity_id": severity, "severity": severity_name,
        "status_id": status, "status": status_name,
        "status_detail": one_line(&finding.evidence.subject, LONGEST),
        "message": one_line(transition.title(), LONGEST),
        "metadata": {
            "version": "1.8.0", "profiles": ["cloud"],
            "product": {"name": "Lambda Vigil", "vendor_name": "Lambda Vigil", "version": env!("CARGO_PKG_VERSION")},
        },
        "finding_info": {
            "uid": finding.fingerprint.to_string(),
            "title": one_line(transition.title(), LONGEST),
            "desc": one_line(&finding.evidence.detail, LONGEST),
            "types": ["Software and Configuration Checks"],
            "first_seen_time": transition.since.as_millisecond(),
            "created_time": transition.since.as_millisecond(),
            "last_seen_time": transition.at.as_millisecond(),
            "modified_time": transition.at.as_millisecond(),
        },
        "compliance": {
            "control": finding.control,
            "standards": ["Lambda Vigil"],
            "status_id": if transition.status == Status::Resolved { 1 } else { 3 },
        },
        "resources": [{
            "uid": arn, "name": function.name(), "type": "AWS::Lambda::Function",
            "region": function.region(), "cloud_partition": function.region().partition(),
        }],
        "cloud": {
            "provider": "AWS", "region": function.region(),
            // Some readers ask for a name; the records know none but the id.
            "account": {"uid": function.account(), "name": function.account(), "type": "AWS Account", "type_id": 10},
        },
        "remediation": {
            "desc": lines(&finding.remediation),
            "references": control.map_or(&[][..], |control| control.references),
        },
    });
    if let Some(members) = all.as_object_mut() {
        if let Some(note) = &transition.note {
            members.insert("comment".to_owned(), one_line(note, LONGEST).into());
        }
        if let Some(cause) = &transition.cause {
            // The class has no place for who changed what.
            members.insert("unmapped".to_owned(), json!({ "cause": shown(json!(cause)) }));
        }
    }
    all
}

fn activity(status: Status) -> (u32, &'static str) {
    match status {
        Status::Opened => (1, "Create"),
        Status::Worsened | Status::Reopened | Status::StillOpen | Status::Suppressed => (2, "Update"),
        Status::Resolved => (3, "Close"),
    }
}

fn status(status: Status) -> (u32, &'static str) {
    match status {
        Status::Opened | Status::Worsened | Status::Reopened | Status::StillOpen => (1, "New"),
        Status::Suppressed => (3, "Suppressed"),
        Status::Resolved => (4, "Resolved"),
    }
}

fn severity(severity: Severity) -> (u32, &'static str) {
    match severity {
        Severity::Informational => (1, "Informational"),
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    }
}

fn lines(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| one_line(line, LONGEST)).collect();
    lines.join("\n")
}

/// The record's own words, each made harmless.
fn shown(cause: Value) -> Value {
    match cause {
        Value::String(text) => one_line(&text, LONGEST).into(),
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, shown(value))).collect(),
        other => other,
    }
}
