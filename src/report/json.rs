//! The notice as a JSON document, for machines: `vigil schema notice` describes it.

use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::Notice;
use crate::arn::{AccountId, FunctionArn, Region};
use crate::controls::{self, Layer};
use crate::event::Cause;
use crate::finding::Severity;
use crate::history::{Status, Transition};

/// Names the document's form; a change that breaks a reader gets another number.
const SCHEMA: &str = "lambda-vigil/notice/1";

/// A notice.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoticeDocument<'a> {
    /// `lambda-vigil/notice/1`.
    pub schema: &'static str,
    /// The same if the notice is sent again.
    pub id: String,
    /// The function.
    pub function: &'a FunctionArn,
    /// Its account.
    pub account: &'a AccountId,
    /// Its Region.
    pub region: &'a Region,
    /// The worst severity.
    pub severity: Severity,
    /// When the notice was made.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// The call behind the worst transition, if one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<&'a Arc<Cause>>,
    /// Worst first.
    pub transitions: Vec<NoticedTransition<'a>>,
    /// How many more there are than a message can hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transitions_left_out: Option<usize>,
}

/// One transition in a notice.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoticedTransition<'a> {
    /// What happened.
    pub status: Status,
    /// Id of the control.
    pub control: &'a str,
    /// Its title.
    pub title: &'a str,
    /// Its layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<Layer>,
    /// Its severity here.
    pub severity: Severity,
    /// The finding's stable name.
    pub fingerprint: String,
    /// What to touch.
    pub subject: &'a str,
    /// What was seen.
    pub detail: &'a str,
    /// The version or alias that is concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qualifier: Option<&'a str>,
    /// Why it matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<&'a str>,
    /// The command that fixes it.
    pub remediation: &'a str,
    /// Where to read on.
    #[serde(skip_serializing_if = "<[&str]>::is_empty")]
    pub references: &'a [&'a str],
    /// When it was first seen.
    #[schemars(with = "String")]
    pub since: Timestamp,
    /// More about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'a str>,
    /// The call after which it was seen to happen, if one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<&'a Arc<Cause>>,
}

/// The notice as a document.
pub fn document(notice: &Notice) -> NoticeDocument<'_> {
    NoticeDocument {
        schema: SCHEMA,
        id: notice.id(),
        function: &notice.function,
        account: notice.function.account(),
        region: notice.function.region(),
        severity: notice.severity(),
        at: notice.at,
        cause: notice.worst().and_then(|transition| transition.cause.as_ref()),
        transitions: notice.transitions.iter().map(noticed).collect(),
        transitions_left_out: None,
    }
}

pub(super) fn noticed(transition: &Transition) -> NoticedTransition<'_> {
    let finding = &transition.finding;
    let control = controls::find(&finding.control);
    NoticedTransition {
        status: transition.status,
        control: &finding.control,
        title: transition.title(),
        layer: control.map(|control| control.layer),
        severity: finding.severity,
        fingerprint: finding.fingerprint.to_string(),
        subject: &finding.evidence.subject,
        detail: &finding.evidence.detail,
        qualifier: finding.evidence.qualifier.as_deref(),
        risk: control.map(|control| control.risk),
        remediation: &finding.remediation,
        references: control.map_or(&[], |control| control.references),
        since: transition.since,
        note: transition.note.as_deref(),
        cause: transition.cause.as_ref(),
    }
}
