//! What does an incoming record say may have changed? Wire forms in, typed changes out; pure, and total on any JSON.

use serde_json::Value;

mod call;
mod canary;
mod change;
mod ec2;
mod error;
mod expected;
mod field;
mod iam;
mod judge;
mod keys;
mod lambda;
mod message;
mod monitoring;
mod organizations;
mod record;
#[cfg(test)]
mod samples;
mod tamper;
mod text;
mod wire;

pub use call::{Call, call_named, calls, stem};
pub use canary::CANARY;
pub use change::{Cause, Change, Ignored, Intake, NetworkPart, Subject};
pub use error::EventError;
pub use expected::{Awaited, Expected, document_digest};
pub use message::{Cursor, check_message, look_again_message, recheck_message, sweep_message};
pub use monitoring::{ALARM_DETAIL_TYPE, ALARM_SOURCE};
pub use text::{DEEPEST, LONGEST_TEXT, read_json};

/// The `detail-type`s under which EventBridge delivers the records of [`calls`].
pub const DETAIL_TYPES: [&str; 3] = [
    "AWS API Call via CloudTrail",
    "AWS Console Action via CloudTrail",
    "AWS Service Event via CloudTrail",
];

/// One record of an input, and what it asks for: an input may hold a thousand, and a bad one must not lose the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where in the input it stands, such as `Records[3]`; empty where the input is one record.
    pub place: String,
    /// What it asks for, or why it cannot be read.
    pub intake: Result<Intake, EventError>,
}

impl Entry {
    /// An error names its member from the top of the input.
    fn new(place: &str, intake: Result<Intake, EventError>) -> Self {
        Self {
            place: place.to_owned(),
            intake: intake.map_err(|error| error.within(place)),
        }
    }

    /// The same entry, seen from the input that holds its input.
    fn within(self, place: &str) -> Self {
        let inner = if self.place.is_empty() {
            String::new()
        } else {
            format!(".{}", self.place)
        };
        Self {
            place: format!("{place}{inner}"),
            intake: self.intake.map_err(|error| error.within(place)),
        }
    }
}

/// Takes an input apart and reads each of its records: an EventBridge event, a CloudTrail record or log file, a batch of queue messages, or a message
/// of the monitor to itself.
pub fn records(value: &Value) -> Vec<Entry> {
    wire::entries(value, false)
}

/// The records of an input, each as an input of its own, such as one takes for a test.
pub fn apart(value: &Value) -> Vec<Value> {
    wire::apart(value)
}

/// Reads an input whose readable records count and whose others are lost; an error if none can be read. [`records`] accounts for each.
pub fn parse(value: &Value) -> Result<Vec<Intake>, EventError> {
    let (read, failed): (Vec<_>, Vec<_>) = records(value)
        .into_iter()
        .map(|entry| entry.intake)
        .partition(Result::is_ok);
    match failed.into_iter().next() {
        Some(Err(error)) if read.is_empty() => Err(error),
        _ => Ok(read.into_iter().flatten().collect()),
    }
}

/// As [`parse`], from a text of at most [`LONGEST_TEXT`] bytes and [`DEEPEST`] levels, which is checked before a recursive parser sees it.
pub fn parse_text(text: &str) -> Result<Vec<Intake>, EventError> {
    parse(&read_json(text, LONGEST_TEXT)?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// A bare record of account 111122223333 in eu-west-1.
    #[allow(clippy::needless_pass_by_value, reason = "callers write literals")]
    pub(super) fn detail(source: &str, name: &str, request: Value, response: Value) -> Value {
        json!({
            "eventVersion": "1.11",
            "eventSource": source,
            "eventName": name,
            "awsRegion": "eu-west-1",
            "eventTime": "2026-11-02T10:15:00Z",
            "eventID": "0b6f0d5e-0000-4000-8000-000000000001",
            "recipientAccountId": "111122223333",
            "userIdentity": {"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/deploy/ci"},
            "readOnly": false,
            "managementEvent": true,
            "requestParameters": request,
            "responseElements": response,
        })
    }

    fn only(record: &Value) -> Intake {
        let mut intakes = parse(record).unwrap();
        assert_eq!(intakes.len(), 1, "{record}");
        intakes.remove(0)
    }

    /// The changes of one record.
    pub(super) fn changes(record: &Value) -> Vec<Change> {
        match only(record) {
            Intake::Changes(changes) => changes,
            other => panic!("{other:?}"),
        }
    }

    /// The subjects of one record; none if it is ignored.
    pub(super) fn subjects(record: &Value) -> Vec<Subject> {
        match only(record) {
            Intake::Changes(changes) => changes.into_iter().map(|change| change.subject).collect(),
            Intake::Ignored { .. } => Vec::new(),
            other => panic!("{other:?}"),
        }
    }

    /// Why one record is ignored.
    pub(super) fn ignored(record: &Value) -> Ignored {
        match only(record) {
            Intake::Ignored { reason, .. } => reason,
            other => panic!("{other:?}"),
        }
    }

    fn add_permission() -> Value {
        detail(
            "lambda.amazonaws.com",
            "AddPermission20150331v2",
            json!({"functionName": "checkout-api"}),
            json!(null),
        )
    }

    fn envelope(detail: &Value) -> Value {
        json!({
            "version": "0", "id": "6f1c2d3e-0000-4000-8000-000000000001", "detail-type": "AWS API Call via CloudTrail", "source": "aws.lambda",
            "account": "111122223333", "time": "2026-11-02T10:15:00Z", "region": "eu-west-1", "resources": [], "detail": detail,
        })
    }

    fn with(mut value: Value, member: &str, text: &str) -> Value {
        value[member] = json!(text);
        value
    }

    fn queued(bodies: &[String]) -> Value {
        let records = bodies
            .iter()
            .map(|body| json!({"messageId": "m", "eventSource": "aws:sqs", "body": body}));
        json!({"Records": records.collect::<Vec<_>>()})
    }

    #[test]
    fn every_form_leads_to_the_same_change() {
        let bare = add_permission();
        let expected = parse(&bare).unwrap();
        for input in [
            envelope(&bare),
            json!({"Records": [bare]}),
            with(envelope(&bare), "detail-type", "AWS Console Action via CloudTrail"),
            queued(&[bare.to_string()]),
            queued(&[envelope(&bare).to_string()]),
            queued(&[json!({"Records": [bare]}).to_string()]),
            json!({"Events": [{"EventName": "AddPermission20150331v2", "CloudTrailEvent": bare.to_string()}]}),
        ] {
            assert_eq!(parse(&input).unwrap(), expected, "{input}");
        }
    }

    #[test]
    fn one_bad_record_does_not_lose_the_others() {
        let good = add_permission();
        let batch = queued(&[
            good.to_string(),
            "{".to_owned(),
            json!({"Records": [good, {"eventName": 1, "eventSource": "x"}]}).to_string(),
        ]);
        let entries = records(&batch);
        let places: Vec<&str> = entries.iter().map(|entry| entry.place.as_str()).collect();
        assert_eq!(
            places,
            [
                "Records[0].body",
                "Records[1].body",
                "Records[2].body.Records[0]",
                "Records[2].body.Records[1]"
            ]
        );
        assert!(matches!(entries[1].intake, Err(EventError::Syntax { .. })));
        let error = entries[3].intake.as_ref().unwrap_err().to_string();
        assert!(
            error.starts_with("`Records[2].body.Records[1].eventName` is not a text"),
            "{error}"
        );
        assert_eq!(parse(&batch).unwrap().len(), 2);
    }

    #[test]
    fn a_batch_in_a_batch_is_refused() {
        let inner = queued(&[add_permission().to_string()]).to_string();
        assert_eq!(parse(&queued(&[inner])).unwrap_err(), EventError::NestedBatch);
    }

    #[test]
    fn a_schedule_asks_for_a_sweep() {
        let event = json!({"detail-type": "Scheduled Event", "source": "aws.events", "account": "111122223333", "region": "eu-west-1", "detail": {}});
        let (account, region) = ("111122223333".parse().unwrap(), "eu-west-1".parse().unwrap());
        assert_eq!(
            only(&event),
            Intake::Sweep {
                account: Some(account),
                region: Some(region),
                after: None
            }
        );
        assert_eq!(
            only(&json!({"vigil": "sweep"})),
            Intake::Sweep {
                account: None,
                region: None,
                after: None
            }
        );
    }

    #[test]
    fn the_account_is_where_it_happened() {
        let mut record = add_permission();
        record["userIdentity"]["accountId"] = json!("444455556666");
        assert_eq!(changes(&record)[0].account.as_str(), "111122223333");
        record["recipientAccountId"] = json!(111_122_223_333_u64);
        assert_eq!(changes(&envelope(&record))[0].account.as_str(), "111122223333");
        record["recipientAccountId"] = json!(12_u64);
        assert_eq!(ignored(&envelope(&record)), Ignored::AccountMismatch);
        record["recipientAccountId"] = json!(null);
        assert_eq!(changes(&record)[0].account.as_str(), "444455556666");
    }

    #[test]
    fn sparse_records_are_read() {
        let sparse = json!({"eventName": "PutRolePolicy", "eventSource": "iam.amazonaws.com", "awsRegion": "us-east-1", "recipientAccountId": "111122223333"});
        assert_eq!(changes(&sparse)[0].subject, Subject::Unknown);
        for (name, value) in [
            ("userIdentity", json!({"sessionContext": {"sessionIssuer": {}}})),
            ("userIdentity", json!("root")),
            ("eventTime", json!("yesterday")),
            ("userAgent", json!(["a"])),
            ("resources", json!("none")),
            ("readOnly", json!("false")),
        ] {
            let mut record = sparse.clone();
            record[name] = value;
            assert_eq!(changes(&record).len(), 1, "{record}");
        }
    }

    #[test]
    fn the_cause_names_the_caller_as_well_as_it_can() {
        let mut record = add_permission();
        for (identity, expected) in [
            (
                json!({"arn": "arn:aws:iam::111122223333:user/alice", "userName": "alice"}),
                Some("arn:aws:iam::111122223333:user/alice"),
            ),
            (json!({"userName": "alice", "accountId": "111122223333"}), Some("alice")),
            (
                json!({"invokedBy": "lambda.amazonaws.com", "accountId": 1}),
                Some("lambda.amazonaws.com"),
            ),
            (json!({"principalId": "AIDAEXAMPLE"}), Some("AIDAEXAMPLE")),
            (json!({"accountId": "anonymous"}), Some("anonymous")),
            (json!({}), None),
        ] {
            record["userIdentity"] = identity;
            assert_eq!(changes(&record)[0].cause.actor.as_deref(), expected);
        }
    }

    #[test]
    fn what_is_no_event_is_named() {
        for (input, expected) in [
            (json!({}), "an empty object is no EventBridge event"),
            (json!([]), "a list is no"),
            (json!(null), "a bare value is no"),
            (json!({"a\n": 1, "b": 2}), "an object with `a\\n`, `b` is no"),
            (json!({"Records": 1}), "`Records` is not a list"),
            (
                json!({"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put"}]}),
                "a record of `aws:s3`, is no",
            ),
            (
                json!({"Records": [{"eventSource": "aws:sqs"}]}),
                "`Records[0].body` is missing",
            ),
            (
                json!({"detail-type": "x", "source": "my.app", "detail": {}}),
                "comes from `my.app`",
            ),
            (
                json!({"detail-type": "AWS API Call via CloudTrail", "source": "aws.lambda"}),
                "`detail` is missing",
            ),
            (
                json!({"detail-type": "AWS API Call via CloudTrail", "source": "aws.lambda", "detail": {}}),
                "`detail.eventSource` is missing",
            ),
        ] {
            let error = parse(&input).unwrap_err().to_string();
            assert!(error.contains(expected), "{input}: {error}");
        }
        assert_eq!(parse(&json!({"Records": []})).unwrap(), []);
        let insight = json!({"Records": [{"eventType": "AwsCloudTrailInsight", "insightDetails": {}}]});
        assert!(matches!(ignored(&insight), Ignored::Unrelated { .. }));
        let native = json!({"detail-type": "Durable Execution Status Change", "source": "aws.lambda", "detail": {}});
        assert!(matches!(ignored(&native), Ignored::Unrelated { .. }));
    }

    #[test]
    fn a_deep_text_is_refused_before_it_is_parsed() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        let error = parse_text(&deep).unwrap_err();
        assert_eq!(
            error,
            EventError::TooDeep {
                deepest: 64,
                line: 1,
                column: 65
            }
        );
        assert!(
            error.to_string().contains("more than 64 levels at line 1, column 65"),
            "{error}"
        );
    }

    fn any_json() -> impl Strategy<Value = Value> {
        const KEYS: [&str; 16] = [
            "Records",
            "detail",
            "detail-type",
            "source",
            "eventName",
            "eventSource",
            "vigil",
            "functions",
            "account",
            "region",
            "body",
            "requestParameters",
            "resources",
            "userIdentity",
            "item",
            "functionName",
        ];
        const TEXTS: [&str; 10] = [
            "lambda.amazonaws.com",
            "AddPermission20150331v2",
            "AWS API Call via CloudTrail",
            "aws.lambda",
            "aws:sqs",
            "recheck",
            "111122223333",
            "eu-west-1",
            "arn:aws:lambda:eu-west-1:111122223333:function:f",
            "{\"Records\":[]}",
        ];
        let text = prop_oneof![proptest::sample::select(&TEXTS[..]).prop_map(str::to_owned), ".{0,12}"];
        let key = prop_oneof![proptest::sample::select(&KEYS[..]).prop_map(str::to_owned), ".{0,6}"];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            text.prop_map(Value::from)
        ];
        leaf.prop_recursive(5, 64, 8, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(key.clone(), inner, 0..8)
                    .prop_map(|members: BTreeMap<String, Value>| members.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_json_is_read_or_refused(value in any_json()) {
            let entries = records(&value);
            prop_assert_eq!(parse(&value).is_err(), !entries.is_empty() && entries.iter().all(|entry| entry.intake.is_err()));
        }

        #[test]
        fn any_parameters_are_read(request in any_json(), response in any_json(), index in 0..calls().count()) {
            let call = calls().nth(index).unwrap();
            let mut record = detail(call.event_source, call.stem, request, response.clone());
            record["resources"] = response;
            prop_assert!(parse(&record).is_ok());
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,200}") {
            let _ = parse_text(&text);
        }
    }
}
