//! What does the monitor say to itself through its queue? Both directions stand here, so that they cannot drift apart.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::{EventError, shown};
use super::{Cause, Change, Intake, canary};
use crate::arn::{AccountId, Arn, FunctionArn, Region};

/// The most functions of one message.
const MOST_FUNCTIONS: usize = 1000;
/// The most changes of one message.
const MOST_CHANGES: usize = 100;

#[derive(Debug, Serialize, Deserialize)]
struct Sweep {
    vigil: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<AccountId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<Cursor>,
}

/// How far a sweep has come: functions are judged in the order of their roles.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cursor {
    /// The role of the last one, as the listing told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The last one.
    pub function: FunctionArn,
    /// How many notices have left one by one.
    #[serde(default)]
    pub told: u16,
}

#[derive(Debug, Serialize, Deserialize)]
struct Check {
    vigil: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<AccountId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Debug, Deserialize)]
struct Canary {
    mapping: Arn,
}

#[derive(Debug, Serialize, Deserialize)]
struct LookAgain {
    vigil: String,
    changes: Vec<Change>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Recheck {
    vigil: String,
    functions: Vec<FunctionArn>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cause: Option<Cause>,
}

/// Reads a message.
pub(super) fn read(value: &Value) -> Result<Intake, EventError> {
    match value.get("vigil").and_then(Value::as_str) {
        Some("sweep") => {
            let Sweep {
                account, region, after, ..
            } = typed(value)?;
            Ok(Intake::Sweep { account, region, after })
        }
        Some("canary") => released(typed(value)?),
        Some("check") => {
            let Check { account, region, .. } = typed(value)?;
            Ok(Intake::Check { account, region })
        }
        Some("recheck") => recheck(typed(value)?),
        Some("look-again") => look_again(typed(value)?),
        Some(other) => Err(EventError::field(
            "vigil",
            format!(
                "is `{}`, and neither `sweep`, `check`, `canary`, `recheck` nor `look-again`",
                shown(other)
            ),
        )),
        None => Err(EventError::field("vigil", "is not a text")),
    }
}

fn released(message: Canary) -> Result<Intake, EventError> {
    let Canary { mapping } = message;
    if canary::mapping(&mapping) {
        Ok(Intake::Canary { mapping })
    } else {
        Err(EventError::field(
            "mapping",
            format!("`{}` is no event source mapping", shown(mapping.as_str())),
        ))
    }
}

fn recheck(message: Recheck) -> Result<Intake, EventError> {
    let count = message.functions.len();
    if count > MOST_FUNCTIONS {
        let reason = format!("has {count} functions, and at most {MOST_FUNCTIONS} are read at once");
        return Err(EventError::field("functions", reason));
    }
    let unnamed = || Cause {
        event_name: "recheck".to_owned(),
        ..Cause::default()
    };
    Ok(Intake::Recheck {
        functions: message.functions,
        cause: Arc::new(message.cause.unwrap_or_else(unnamed)),
    })
}

fn look_again(message: LookAgain) -> Result<Intake, EventError> {
    let count = message.changes.len();
    if count > MOST_CHANGES {
        let reason = format!("has {count} changes, and at most {MOST_CHANGES} are read at once");
        return Err(EventError::field("changes", reason));
    }
    Ok(Intake::Changes(message.changes))
}

fn typed<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T, EventError> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let reason = format!("cannot be read: {}", error.inner());
        let path = if path == "." { "vigil".to_owned() } else { path };
        EventError::field(path, reason)
    })
}

/// The message by which the monitor asks itself to read functions again, for its queue.
pub fn recheck_message(functions: &[FunctionArn], cause: &Cause) -> String {
    let message = Recheck {
        vigil: "recheck".to_owned(),
        functions: functions.to_vec(),
        cause: Some(cause.clone()),
    };
    serde_json::to_string(&message).unwrap_or_default()
}

/// The message by which the monitor asks itself to look again at what a read did not show yet.
pub fn look_again_message(changes: &[Change]) -> String {
    let message = LookAgain {
        vigil: "look-again".to_owned(),
        changes: changes.to_vec(),
    };
    serde_json::to_string(&message).unwrap_or_default()
}

/// The message by which the monitor asks itself for a sweep, or for the rest of one.
pub fn sweep_message(account: Option<&AccountId>, region: Option<&Region>, after: Option<&Cursor>) -> String {
    let message = Sweep {
        vigil: "sweep".to_owned(),
        account: account.cloned(),
        region: region.cloned(),
        after: after.cloned(),
    };
    serde_json::to_string(&message).unwrap_or_default()
}

/// The message by which the monitor asks itself whether events arrive.
pub fn check_message(account: Option<&AccountId>, region: Option<&Region>) -> String {
    let message = Check {
        vigil: "check".to_owned(),
        account: account.cloned(),
        region: region.cloned(),
    };
    serde_json::to_string(&message).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::event::parse_text;

    #[test]
    fn a_check_is_read_as_written() {
        let (account, region) = ("111122223333".parse().unwrap(), "eu-west-1".parse().unwrap());
        assert_eq!(
            parse_text(&check_message(Some(&account), Some(&region))).unwrap(),
            [Intake::Check {
                account: Some(account),
                region: Some(region)
            }]
        );
    }

    #[test]
    fn what_is_written_is_read() {
        let function: FunctionArn = "arn:aws:lambda:eu-west-1:111122223333:function:orders-worker"
            .parse()
            .unwrap();
        let cause = Cause {
            event_name: "AddPermission20150331v2".into(),
            event_time: Some("2026-11-02T10:15:00Z".parse().unwrap()),
            ..Cause::default()
        };
        let text = recheck_message(std::slice::from_ref(&function), &cause);
        assert_eq!(
            parse_text(&text).unwrap(),
            [Intake::Recheck {
                functions: vec![function],
                cause: Arc::new(cause)
            }]
        );
        let account: AccountId = "111122223333".parse().unwrap();
        assert_eq!(
            parse_text(&sweep_message(Some(&account), None, None)).unwrap(),
            [Intake::Sweep {
                account: Some(account),
                region: None,
                after: None
            }]
        );
    }

    #[test]
    fn a_malformed_message_names_the_member() {
        for (message, expected) in [
            (
                json!({"vigil": "recheck", "functions": ["arn:aws:s3:::b"]}),
                "`functions[0]` cannot be read",
            ),
            (
                json!({"vigil": "recheck", "functions": ["arn:aws:lambda:eu-west-1:1:function:f"]}),
                "`functions[0]` cannot be read",
            ),
            (json!({"vigil": "recheck"}), "missing field `functions`"),
            (json!({"vigil": "sweep", "account": "12"}), "`account` cannot be read"),
            (json!({"vigil": "dance"}), "`vigil` is `dance`"),
            (json!({"vigil": 1}), "`vigil` is not a text"),
        ] {
            let error = crate::event::parse(&message).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
