//! A transition as an event for EventBridge, so that rules of the user's own can act on it without a topic.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::json::{NoticedTransition, noticed};
use crate::arn::{AccountId, FunctionArn, Region};
use crate::finding::stable_name;
use crate::history::Transition;
use crate::plain::one_line;

/// The source that rules match.
pub const EVENT_SOURCE: &str = "lambda-vigil";
/// The detail type that rules match.
pub const EVENT_DETAIL_TYPE: &str = "Lambda Vigil Finding";

/// Names the document's form; a change that breaks a reader gets another number.
const SCHEMA: &str = "lambda-vigil/event/1";
/// An entry of `PutEvents` is at most 256 KB, names and times included.
const LARGEST: usize = 200_000;
const LONGEST: usize = 4096;

/// The detail of an event.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventDetail<'a> {
    /// `lambda-vigil/event/1`.
    pub schema: &'static str,
    /// The same if the event is sent again, and no other one's.
    pub id: String,
    /// The function.
    pub function: &'a FunctionArn,
    /// Its name alone, which patterns can match.
    pub function_name: &'a str,
    /// Its account.
    pub account: &'a AccountId,
    /// Its Region.
    pub region: &'a Region,
    /// What happened.
    #[serde(flatten)]
    pub transition: NoticedTransition<'a>,
}

/// The detail of the event for a transition.
pub fn event_detail(transition: &Transition) -> Value {
    let function = &transition.finding.function;
    let fingerprint = transition.finding.fingerprint.to_string();
    let at = transition.at.to_string();
    let id = stable_name([fingerprint.as_str(), transition.status.as_str(), &at]);
    let detail = EventDetail {
        schema: SCHEMA,
        id,
        function,
        function_name: function.name(),
        account: function.account(),
        region: function.region(),
        transition: noticed(transition),
    };
    let mut detail = json!(detail);
    if detail.to_string().len() > LARGEST {
        for member in ["subject", "detail", "remediation", "note"] {
            if let Some(Value::String(text)) = detail.get_mut(member) {
                *text = one_line(text, LONGEST);
            }
        }
        if let Some(members) = detail.as_object_mut() {
            members.insert("shortened".to_owned(), true.into());
        }
    }
    detail
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;

    use super::*;
    use crate::finding::{Evidence, Finding, Severity};
    use crate::history::Status;
    use crate::settings::Destinations;

    fn transition(text: &str) -> Transition {
        let function = "arn:aws:lambda:eu-west-1:111122223333:function:orders".parse().unwrap();
        let evidence = Evidence::new(text, text);
        let finding = Finding::new("invoke-public", &function, Severity::Critical, evidence);
        Transition {
            status: Status::Opened,
            finding: Arc::new(finding),
            since: Timestamp::UNIX_EPOCH,
            at: Timestamp::UNIX_EPOCH,
            cause: None,
            note: None,
            to: Destinations::default(),
        }
    }

    #[test]
    fn rules_can_match_what_decides() {
        let detail = event_detail(&transition("statement a"));
        let decides = [
            "severity",
            "control",
            "status",
            "layer",
            "account",
            "region",
            "functionName",
        ];
        let values = decides.map(|member| detail[member].as_str().unwrap().to_owned());
        let expected = [
            "critical",
            "invoke-public",
            "opened",
            "invocation",
            "111122223333",
            "eu-west-1",
            "orders",
        ];
        assert_eq!(values, expected);
    }

    #[test]
    fn the_largest_is_shortened_and_says_so() {
        let detail = event_detail(&transition(&"\u{1b}\"".repeat(90_000)));
        assert!(detail.to_string().len() < LARGEST);
        assert_eq!(detail["shortened"], true);
        assert_eq!(event_detail(&transition("a")).get("shortened"), None);
    }
}
