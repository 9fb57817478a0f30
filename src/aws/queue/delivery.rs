//! The payload of an invocation, taken apart into records; none of them can spoil the reading of the others.

use serde_json::Value;

/// What an invocation delivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Whether it is a batch from a queue, which is answered record by record.
    pub batch: bool,
    /// Its records; one for what is no batch.
    pub records: Vec<Record>,
}

/// One message of a queue, or the whole payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// By this the answer names it; empty for what is no message.
    pub message_id: String,
    /// The input; absent if the message is not shaped as SQS shapes them.
    pub body: Option<String>,
}

impl Delivery {
    /// Reads a payload: what is not a batch from SQS (an event, a schedule, a call by hand) is one input as it stands.
    pub fn read(payload: &Value) -> Self {
        match payload.get("Records").and_then(Value::as_array) {
            Some(records) if !records.is_empty() && records.iter().all(is_from_sqs) => Self {
                batch: true,
                records: records.iter().map(message).collect(),
            },
            _ => Self {
                batch: false,
                records: vec![Record {
                    message_id: String::new(),
                    body: Some(payload.to_string()),
                }],
            },
        }
    }
}

fn is_from_sqs(record: &Value) -> bool {
    record.get("eventSource").and_then(Value::as_str) == Some("aws:sqs")
}

fn message(record: &Value) -> Record {
    let text = |name: &str| record.get(name).and_then(Value::as_str).map(str::to_owned);
    Record {
        // An empty id in the answer fails the whole batch, which is what a message without an id deserves.
        message_id: text("messageId").unwrap_or_default(),
        body: text("body"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_batch_becomes_its_messages() {
        let payload = json!({"Records": [
            {"messageId": "1", "eventSource": "aws:sqs", "body": "{}"},
            {"messageId": "2", "eventSource": "aws:sqs"},
        ]});
        let delivery = Delivery::read(&payload);
        let records: Vec<_> = delivery
            .records
            .iter()
            .map(|record| (record.message_id.as_str(), record.body.as_deref()))
            .collect();
        assert_eq!((delivery.batch, records), (true, vec![("1", Some("{}")), ("2", None)]));
    }

    #[test]
    fn what_is_no_batch_is_one_input() {
        for payload in [
            json!({"detail-type": "AWS API Call via CloudTrail"}),
            json!({"Records": []}),
            json!({"Records": [{"eventSource": "aws:s3"}]}),
            json!({"Records": [{"eventName": "AddPermission"}]}),
            json!("text"),
        ] {
            let delivery = Delivery::read(&payload);
            assert!(!delivery.batch);
            assert_eq!(delivery.records.first().unwrap().body, Some(payload.to_string()));
        }
    }
}
