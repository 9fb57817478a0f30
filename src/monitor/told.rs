//! What do the records of calls themselves tell of a function, that no read would?

use jiff::Timestamp;

use crate::event::Change;
use crate::snapshot::{Facet, Facts, LastChange, Value};

/// Who changed code or configuration last, by the changes of one batch, oldest first.
pub(super) fn told(changes: &[Change], now: Timestamp) -> Option<Facts> {
    let last = changes
        .iter()
        .rfind(|change| change.facets.contains(Facet::LastChange))?;
    let cause = &last.cause;
    let mut facts = Facts::default();
    // By the time of the call, so that a record that comes late does not pass for the last one.
    let at = cause.event_time.unwrap_or(now);
    facts.insert(
        at,
        Value::LastChange(LastChange {
            event_name: cause.event_name.clone(),
            actor: cause.actor.clone(),
            invoked_by: cause.invoked_by.clone(),
            event_time: cause.event_time,
        }),
    );
    Some(facts)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::event::{Intake, parse};

    fn change(name: &str, actor: &str, time: &str) -> Change {
        let record = json!({
            "eventSource": "lambda.amazonaws.com", "eventName": name, "awsRegion": "eu-west-1", "eventTime": time,
            "recipientAccountId": "111122223333", "userIdentity": {"arn": actor}, "requestParameters": {"functionName": "orders"},
        });
        match parse(&record).unwrap().remove(0) {
            Intake::Changes(mut changes) => changes.remove(0),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_last_change_of_the_code_counts_and_other_calls_do_not() {
        let [alice, bob] = ["alice", "bob"].map(|name| format!("arn:aws:iam::111122223333:user/{name}"));
        let changes = [
            change("UpdateFunctionCode20150331v2", &alice, "2026-11-02T10:00:00Z"),
            change("UpdateFunctionConfiguration20150331v2", &bob, "2026-11-02T10:01:00Z"),
            change("AddPermission20150331v2", &alice, "2026-11-02T10:02:00Z"),
        ];
        let now = "2026-11-02T10:15:00Z".parse().unwrap();
        let facts = told(&changes, now).unwrap();
        match facts.value(Facet::LastChange).unwrap() {
            Value::LastChange(last) => assert_eq!(last.actor.as_deref(), Some(bob.as_str())),
            other => panic!("{other:?}"),
        }
        assert_eq!(
            facts.reading(Facet::LastChange).unwrap().at,
            changes[1].cause.event_time.unwrap()
        );
        assert_eq!(told(&changes[2..], now), None);
    }
}
