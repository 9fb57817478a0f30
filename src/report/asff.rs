//! A transition as AWS Security Hub takes it: one finding in the AWS Security Finding Format, within the limits of `BatchImportFindings`.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::arn::FunctionArn;
use crate::controls;
use crate::finding::Severity;
use crate::history::{Status, Transition};
use crate::plain::one_line;

// "Required top-level ASFF attributes", "Optional top-level ASFF attributes".
const SCHEMA: &str = "2018-10-08";
const LONGEST_TITLE: usize = 256;
const LONGEST_DESCRIPTION: usize = 1024;
const LONGEST_ADVICE: usize = 512;
const LONGEST_FIELD: usize = 2048;

/// The finding. Its id stays, so that a later import updates it; it belongs to the function's own account.
pub fn asff(transition: &Transition) -> Value {
    let finding = &transition.finding;
    let function = &finding.function;
    let control = controls::find(&finding.control);
    let is_over = matches!(transition.status, Status::Resolved | Status::Suppressed);
    json!({
        "SchemaVersion": SCHEMA,
        "Id": format!("{function}/{}", finding.fingerprint),
        "ProductArn": product(function),
        "GeneratorId": format!("lambda-vigil/{}", finding.control),
        "AwsAccountId": function.account(),
        "Region": function.region(),
        // What the provider says and what customers may change are kept apart ("Using FindingProviderFields").
        "FindingProviderFields": {
            "Severity": {"Label": label(finding.severity), "Original": finding.severity.as_str()},
            "Types": ["Software and Configuration Checks/AWS Security Best Practices"],
        },
        "CreatedAt": time(transition.since),
        "UpdatedAt": time(transition.at),
        "FirstObservedAt": time(transition.since),
        "LastObservedAt": time(transition.at),
        "Title": filled(&one_line(transition.title(), LONGEST_TITLE)),
        "Description": filled(&one_line(&finding.evidence.detail, LONGEST_DESCRIPTION)),
        "Remediation": {"Recommendation": advice(&finding.remediation, control.and_then(|control| control.references.first()))},
        "ProductFields": product_fields(transition),
        "Resources": [{
            "Type": "AwsLambdaFunction",
            "Id": function.with_qualifier(finding.evidence.qualifier.as_deref()),
            "Partition": function.region().partition(),
            "Region": function.region(),
        }],
        "Compliance": {"Status": if transition.status == Status::Resolved { "PASSED" } else { "FAILED" }},
        // The workflow's status is the customer's: who imports findings cannot change it later ("BatchImportFindings").
        "RecordState": if is_over { "ARCHIVED" } else { "ACTIVE" },
    })
}

/// Findings of one's own come in under the account's default product.
fn product(function: &FunctionArn) -> String {
    let (account, region) = (function.account(), function.region());
    let partition = region.partition();
    format!("arn:{partition}:securityhub:{region}:{account}:product/{account}/default")
}

fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}

fn label(severity: Severity) -> &'static str {
    match severity {
        Severity::Informational => "INFORMATIONAL",
        Severity::Low => "LOW",
        Severity::Medium => "MEDIUM",
        Severity::High => "HIGH",
        Severity::Critical => "CRITICAL",
    }
}

fn advice(remediation: &str, reference: Option<&&str>) -> Value {
    // As far as whole lines fit: half a command must not be pasted.
    let mut text = String::new();
    for line in remediation.lines() {
        let line = one_line(line, LONGEST_ADVICE + 1);
        let more = line.chars().count() + usize::from(!text.is_empty());
        if text.chars().count() + more > LONGEST_ADVICE {
            break;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&line);
    }
    json!({"Text": filled(&text), "Url": reference.copied().unwrap_or("https://docs.aws.amazon.com/lambda/latest/dg/lambda-security.html")})
}

fn product_fields(transition: &Transition) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut put = |name: &str, value: &str| {
        fields.insert(
            format!("lambda-vigil/{name}"),
            filled(&one_line(value, LONGEST_FIELD)).into(),
        );
    };
    let evidence = &transition.finding.evidence;
    put("Control", &transition.finding.control);
    put("Status", transition.status.as_str());
    put("Subject", &evidence.subject);
    put("Fingerprint", &transition.finding.fingerprint.to_string());
    // The field `Note` is the customer's, too.
    if let Some(note) = &transition.note {
        put("Note", note);
    }
    if let Some(cause) = &transition.cause {
        put("EventName", &cause.event_name);
        let members = [
            ("EventID", &cause.event_id),
            ("Actor", &cause.actor),
            ("SourceIPAddress", &cause.source_ip_address),
        ];
        for (name, value) in members {
            if let Some(value) = value {
                put(name, value);
            }
        }
    }
    fields
}

/// Security Hub takes no empty text.
fn filled(text: &str) -> String {
    if text.trim().is_empty() {
        "-".to_owned()
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::finding::{Evidence, Finding};
    use crate::settings::Destinations;

    fn transition(text: &str, status: Status) -> Transition {
        let function = "arn:aws:lambda:eu-west-1:111122223333:function:orders".parse().unwrap();
        let finding = Finding::new(
            "invoke-public",
            &function,
            Severity::Critical,
            Evidence::new(text, text),
        );
        Transition {
            status,
            finding: Arc::new(Finding {
                remediation: text.to_owned(),
                ..finding
            }),
            since: Timestamp::UNIX_EPOCH,
            at: Timestamp::UNIX_EPOCH,
            cause: None,
            note: Some(text.to_owned().into()),
            to: Destinations::default(),
        }
    }

    fn texts(value: &Value) -> Vec<&str> {
        match value {
            Value::String(text) => vec![text],
            Value::Array(items) => items.iter().flat_map(texts).collect(),
            Value::Object(members) => members.values().flat_map(texts).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn hostile_text_stays_within_the_limits() {
        for text in ["", " ", &"\u{1b}[2J\u{202e}é<!channel>".repeat(800)] {
            let finding = asff(&transition(text, Status::Opened));
            let longest = |member: &str| finding[member].as_str().unwrap().chars().count();
            assert!(longest("Title") <= LONGEST_TITLE && longest("Description") <= LONGEST_DESCRIPTION);
            let advice = finding["Remediation"]["Recommendation"]["Text"].as_str().unwrap();
            assert!(advice.chars().count() <= LONGEST_ADVICE);
            for text in texts(&finding) {
                assert!(!text.trim().is_empty());
                assert!(
                    text.chars().all(|letter| !letter.is_control() && letter != '\u{202e}'),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn what_is_over_is_archived_under_the_same_id() {
        let [opened, resolved] =
            [Status::Opened, Status::Resolved].map(|status| asff(&transition("statement a", status)));
        assert_eq!(opened["Id"], resolved["Id"]);
        assert_eq!(
            (&opened["RecordState"], &opened["Compliance"]["Status"]),
            (&json!("ACTIVE"), &json!("FAILED"))
        );
        assert_eq!(
            (&resolved["RecordState"], &resolved["Compliance"]["Status"]),
            (&json!("ARCHIVED"), &json!("PASSED"))
        );
        assert_eq!(asff(&transition("a", Status::Suppressed))["RecordState"], "ARCHIVED");
    }

    #[test]
    fn half_a_command_is_not_advised() {
        let text = format!("# first\naws lambda {}\naws iam", "x".repeat(600));
        let finding = asff(&transition(&text, Status::Opened));
        assert_eq!(finding["Remediation"]["Recommendation"]["Text"], "# first");
    }
}
