//! Does what the monitor did itself come back as an event? It writes a tag that says when, on the mapping that feeds it: a call like those
//! that it lives on, and without effect.

use jiff::Timestamp;
use serde_json::Value;

use super::Intake;
use super::call::stem;
use super::record::{Place, Record};
use crate::arn::Arn;

/// The tag that is written.
pub const CANARY: &str = "vigil:canary";
/// What such an ARN names.
const MAPPING: &str = "event-source-mapping:";

/// A mapping that may be tagged.
pub(super) fn mapping(arn: &Arn) -> bool {
    arn.service() == "lambda" && arn.resource().starts_with(MAPPING)
}

/// The record of such a tag, if it is one.
pub(super) fn echo(record: &Record<'_>) -> Option<Intake> {
    let is_call = record.event_source == "lambda.amazonaws.com" && stem(record.event_name) == "TagResource";
    if !is_call || record.error_code().is_some() || record.is_misdelivered() {
        return None;
    }
    let arn: Arn = record.text(Place::Request("resource"))?.parse().ok()?;
    let sent = record.request.get("tags")?.get(CANARY).and_then(Value::as_str)?;
    let sent: Timestamp = sent.parse().ok()?;
    mapping(&arn).then_some(Intake::Echo { mapping: arn, sent })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::event::tests::detail;
    use crate::event::{Intake, parse};

    const MAPPING: &str =
        "arn:aws:lambda:eu-west-1:111122223333:event-source-mapping:0b6f0d5e-0000-4000-8000-000000000001";

    fn tagged(resource: &str, tag: &str, value: &str) -> Intake {
        let request = json!({"resource": resource, "tags": {tag: value}});
        let record = detail("lambda.amazonaws.com", "TagResource20170331v2", request, json!(null));
        parse(&record).unwrap().remove(0)
    }

    #[test]
    fn the_own_tag_is_known_again() {
        let sent = "2026-11-02T10:14:58Z";
        let echo = tagged(MAPPING, "vigil:canary", sent);
        let expected = Intake::Echo {
            mapping: MAPPING.parse().unwrap(),
            sent: sent.parse().unwrap(),
        };
        assert_eq!(echo, expected);
    }

    #[test]
    fn any_other_tag_is_what_it_was() {
        for other in [
            tagged(MAPPING, "team", "payments"),
            tagged(MAPPING, "vigil:canary", "yesterday"),
            tagged(
                "arn:aws:lambda:eu-west-1:111122223333:function:orders",
                "vigil:canary",
                "2026-11-02T10:14:58Z",
            ),
        ] {
            assert!(!matches!(other, Intake::Echo { .. }), "{other:?}");
        }
    }
}
