//! The digest as a JSON document, for machines: `vigil schema digest` describes it.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{ControlCount, Digest, Occasion};
use crate::arn::{AccountId, FunctionArn, Region};
use crate::event::Cause;
use crate::finding::Severity;
use crate::history::Status;
use crate::report::Notice;

/// Names the document's form; a change that breaks a reader gets another number.
const SCHEMA: &str = "lambda-vigil/digest/1";

/// A digest.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DigestDocument<'a> {
    /// `lambda-vigil/digest/1`.
    pub schema: &'static str,
    /// The same if the digest is sent again.
    pub id: String,
    /// Why notices are put together.
    pub occasion: Occasion,
    /// The accounts of the functions.
    pub accounts: BTreeSet<&'a AccountId>,
    /// Their Regions.
    pub regions: BTreeSet<&'a Region>,
    /// The worst severity.
    pub severity: Severity,
    /// When the digest was made.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// The call behind all of it, if there is one such.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<&'a Arc<Cause>>,
    /// How many findings of each control came to each status.
    pub controls: Vec<ControlCount<'a>>,
    /// Worst first.
    pub functions: Vec<DigestedFunction<'a>>,
    /// How many more there are than a message can hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub functions_left_out: Option<usize>,
}

/// A notice in a digest.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DigestedFunction<'a> {
    /// The function.
    pub function: &'a FunctionArn,
    /// The id of the notice about it.
    pub notice: String,
    /// The worst severity.
    pub severity: Severity,
    /// Its findings, worst first.
    pub findings: Vec<DigestedFinding<'a>>,
}

/// A finding in a digest.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DigestedFinding<'a> {
    /// What happened.
    pub status: Status,
    /// Id of the control.
    pub control: &'a str,
    /// Its severity here.
    pub severity: Severity,
    /// The finding's stable name.
    pub fingerprint: String,
    /// What to touch.
    pub subject: &'a str,
}

/// The digest as a document.
pub fn digest_document(digest: &Digest) -> DigestDocument<'_> {
    let functions = digest.notices.iter().map(|notice| &notice.function);
    DigestDocument {
        schema: SCHEMA,
        id: digest.id(),
        occasion: digest.occasion,
        accounts: functions.clone().map(FunctionArn::account).collect(),
        regions: functions.map(FunctionArn::region).collect(),
        severity: digest.severity(),
        at: digest.at,
        cause: digest.cause(),
        controls: digest.by_control(),
        functions: digest.notices.iter().map(digested).collect(),
        functions_left_out: None,
    }
}

fn digested(notice: &Notice) -> DigestedFunction<'_> {
    let findings = notice.transitions.iter().map(|transition| DigestedFinding {
        status: transition.status,
        control: &transition.finding.control,
        severity: transition.finding.severity,
        fingerprint: transition.finding.fingerprint.to_string(),
        subject: &transition.finding.evidence.subject,
    });
    DigestedFunction {
        function: &notice.function,
        notice: notice.id(),
        severity: notice.severity(),
        findings: findings.collect(),
    }
}
