//! What does a read show once a call has taken effect? AWS answers from copies that may be behind: then it is too early to judge.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::record::Place::{Request, Response};
use super::record::{Place, Record};

/// What is expected of the next read of a change's subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Awaited {
    /// What it shows.
    pub what: Expected,
    /// How many reads did not show it.
    #[serde(default)]
    pub looks: u8,
}

impl Awaited {
    /// By the next read.
    pub fn next(what: Expected) -> Self {
        Self { what, looks: 0 }
    }
}

/// What a read shows once a call has taken effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "kind")]
pub enum Expected {
    /// The policy of the function, version or alias has a statement, or has it no longer.
    Statement {
        /// Its id.
        sid: String,
        /// Whether it is there.
        is_there: bool,
    },
    /// The function, version or alias has a URL of this kind of authorization.
    Url {
        /// `NONE` or `AWS_IAM`; absent: there is no URL.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        auth_type: Option<String>,
    },
    /// The function is as of this time or later.
    Modified {
        /// `LastModified`, as Lambda writes it.
        last_modified: String,
    },
    /// Lambda has finished what it began.
    Settled,
    /// The function is gone.
    Gone,
    /// The role has a policy in it.
    InlinePolicy {
        /// Its name.
        name: String,
        /// Stands for its document; absent: there is no such policy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        document: Option<String>,
    },
    /// A managed policy is attached to the role, or no longer.
    AttachedPolicy {
        /// Its ARN.
        arn: String,
        /// Whether it is.
        is_there: bool,
    },
    /// Who may assume the role.
    Trust {
        /// Stands for the document.
        document: String,
    },
    /// What bounds the role.
    Boundary {
        /// The policy's ARN; absent: nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        arn: Option<String>,
    },
}

impl Expected {
    /// Two of the same name are about the same thing of a subject: what was called later counts.
    pub fn about(&self) -> (&'static str, &str) {
        match self {
            Self::Statement { sid, .. } => ("statement", sid),
            Self::Url { .. } => ("url", ""),
            Self::Modified { .. } | Self::Gone => ("function", ""),
            Self::Settled => ("settled", ""),
            Self::InlinePolicy { name, .. } => ("inline", name),
            Self::AttachedPolicy { arn, .. } => ("attached", arn),
            Self::Trust { .. } => ("trust", ""),
            Self::Boundary { .. } => ("boundary", ""),
        }
    }
}

/// What a record says about it; none where it does not say enough.
pub(super) type Shows = fn(&Record<'_>) -> Option<Expected>;

/// The same for every way to write the same document; none for what is not JSON.
pub fn document_digest(document: &str) -> Option<String> {
    let mut value: Value = serde_json::from_str(document).ok()?;
    spell_out(&mut value);
    Some(format!("{:x}", Sha256::digest(value.to_string())))
}

/// IAM keeps an account that is named by its number as the ARN of its root.
fn spell_out(value: &mut Value) {
    let is_account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut pending = vec![value];
    while let Some(value) = pending.pop() {
        match value {
            Value::Array(list) => pending.extend(list),
            Value::Object(members) => pending.extend(members.values_mut()),
            Value::String(text) if is_account(text) => *text = format!("arn:aws:iam::{text}:root"),
            _ => {}
        }
    }
}

/// Texts of a length that names have: what is awaited is kept in the queue.
fn word(record: &Record<'_>, place: Place) -> Option<String> {
    record.text(place).filter(|text| text.len() <= 2048)
}

pub(super) fn statement_added(record: &Record<'_>) -> Option<Expected> {
    let sid = word(record, Request("statementId"))?;
    Some(Expected::Statement { sid, is_there: true })
}

pub(super) fn statement_removed(record: &Record<'_>) -> Option<Expected> {
    let sid = word(record, Request("statementId"))?;
    Some(Expected::Statement { sid, is_there: false })
}

pub(super) fn url(record: &Record<'_>) -> Option<Expected> {
    let auth_type = word(record, Response("authType")).or_else(|| word(record, Request("authType")));
    auth_type.map(|auth_type| Expected::Url {
        auth_type: Some(auth_type),
    })
}

#[allow(clippy::unnecessary_wraps, reason = "one of a kind")]
pub(super) fn no_url(_: &Record<'_>) -> Option<Expected> {
    Some(Expected::Url { auth_type: None })
}

pub(super) fn modified(record: &Record<'_>) -> Option<Expected> {
    let last_modified = word(record, Response("lastModified"))?;
    Some(Expected::Modified { last_modified })
}

#[allow(clippy::unnecessary_wraps, reason = "one of a kind")]
pub(super) fn gone(_: &Record<'_>) -> Option<Expected> {
    Some(Expected::Gone)
}

pub(super) fn inline_policy(record: &Record<'_>) -> Option<Expected> {
    let document = document_digest(&record.text(Request("policyDocument"))?)?;
    let name = word(record, Request("policyName"))?;
    Some(Expected::InlinePolicy {
        name,
        document: Some(document),
    })
}

pub(super) fn no_inline_policy(record: &Record<'_>) -> Option<Expected> {
    let name = word(record, Request("policyName"))?;
    Some(Expected::InlinePolicy { name, document: None })
}

pub(super) fn attached(record: &Record<'_>) -> Option<Expected> {
    let arn = word(record, Request("policyArn"))?;
    Some(Expected::AttachedPolicy { arn, is_there: true })
}

pub(super) fn detached(record: &Record<'_>) -> Option<Expected> {
    let arn = word(record, Request("policyArn"))?;
    Some(Expected::AttachedPolicy { arn, is_there: false })
}

pub(super) fn trust(record: &Record<'_>) -> Option<Expected> {
    let document = document_digest(&record.text(Request("policyDocument"))?)?;
    Some(Expected::Trust { document })
}

pub(super) fn boundary(record: &Record<'_>) -> Option<Expected> {
    let arn = word(record, Request("permissionsBoundary"))?;
    Some(Expected::Boundary { arn: Some(arn) })
}

#[allow(clippy::unnecessary_wraps, reason = "one of a kind")]
pub(super) fn no_boundary(_: &Record<'_>) -> Option<Expected> {
    Some(Expected::Boundary { arn: None })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::event::tests::{changes, detail};

    fn expected(source: &str, name: &str, request: Value, response: Value) -> Option<Expected> {
        let changes = changes(&detail(&format!("{source}.amazonaws.com"), name, request, response));
        changes[0].awaited.as_ref().map(|awaited| awaited.what.clone())
    }

    #[test]
    fn a_record_says_what_the_next_read_shows() {
        let sid = |is_there| Expected::Statement {
            sid: "s".to_owned(),
            is_there,
        };
        let grant = json!({"functionName": "orders", "statementId": "s"});
        assert_eq!(
            expected("lambda", "AddPermission20150331v2", grant.clone(), json!(null)),
            Some(sid(true))
        );
        assert_eq!(
            expected("lambda", "RemovePermission20150331v2", grant, json!(null)),
            Some(sid(false))
        );
        let function = json!({"functionName": "orders"});
        let at = json!({"lastModified": "2026-11-02T10:15:00.000+0000"});
        assert_eq!(
            expected("lambda", "UpdateFunctionConfiguration20150331v2", function.clone(), at),
            Some(Expected::Modified {
                last_modified: "2026-11-02T10:15:00.000+0000".to_owned()
            })
        );
        assert_eq!(
            expected("lambda", "DeleteFunction20150331", function.clone(), json!(null)),
            Some(Expected::Gone)
        );
        let version = json!({"functionName": "orders", "qualifier": "3"});
        assert_eq!(
            expected("lambda", "DeleteFunction20150331", version, json!(null)),
            None,
            "only a version of it"
        );
        assert_eq!(
            expected("lambda", "DeleteFunctionUrlConfig", function.clone(), json!(null)),
            Some(Expected::Url { auth_type: None })
        );
        assert_eq!(
            expected("lambda", "PublishVersion20150331", function, json!(null)),
            None
        );
        let role = |more: Value| {
            let mut request = json!({"roleName": "r"});
            request
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            request
        };
        let document = r#"{"Version": "2012-10-17", "Statement": []}"#;
        let put = role(json!({"policyName": "p", "policyDocument": document}));
        assert_eq!(
            expected("iam", "PutRolePolicy", put, json!(null)),
            Some(Expected::InlinePolicy {
                name: "p".to_owned(),
                document: document_digest(r#"{"Statement":[],"Version":"2012-10-17"}"#)
            })
        );
        assert_eq!(
            expected("iam", "PutRolePolicy", role(json!({"policyName": "p"})), json!(null)),
            None
        );
        assert_eq!(
            expected("iam", "DeleteRolePermissionsBoundary", role(json!({})), json!(null)),
            Some(Expected::Boundary { arn: None })
        );
    }

    #[test]
    fn an_account_is_the_same_by_its_number() {
        let trust =
            |principal: &str| document_digest(&json!({"Statement": {"Principal": {"AWS": [principal]}}}).to_string());
        assert_eq!(trust("111122223333"), trust("arn:aws:iam::111122223333:root"));
        assert_ne!(trust("111122223333"), trust("111122223334"));
        assert_eq!(document_digest("not JSON"), None);
    }

    #[test]
    fn what_a_record_leaves_out_is_not_expected() {
        let omitted = json!({"omitted": true});
        for name in ["PutRolePolicy", "DeleteRolePermissionsBoundary", "AttachRolePolicy"] {
            assert_eq!(expected("iam", name, omitted.clone(), json!(null)), None, "{name}");
        }
    }
}
