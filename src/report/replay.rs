//! What a replay did, one line per fact: the form of `--format jsonl`, and what the text is made from.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::arn::FunctionArn;
use crate::assess::CannotJudge;
use crate::event::{Cause, Change, Ignored};
use crate::finding::Finding;
use crate::history::Transition;
use crate::snapshot::Unreadable;

/// Where a record came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// The file; `-` is standard input.
    pub path: String,
    /// The line of a JSON Lines file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The record inside a document that holds several, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<usize>,
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.path)?;
        self.line.map_or(Ok(()), |line| write!(out, ":{line}"))?;
        self.record.map_or(Ok(()), |record| write!(out, " record {record}"))
    }
}

/// One fact about a replay. Every record that went in gives at least one line.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Line<'a> {
    /// A record that may have changed something.
    Change {
        /// Where from.
        origin: &'a Origin,
        /// What.
        #[serde(flatten)]
        change: &'a Change,
        /// The functions that it reaches.
        functions: Vec<&'a FunctionArn>,
    },
    /// A sweep or a delayed re-check.
    Asked {
        /// Where from.
        origin: &'a Origin,
        /// `sweep` or `recheck`.
        what: &'static str,
        /// How many functions were evaluated for it.
        functions: usize,
    },
    /// A record that changes nothing.
    Ignored {
        /// Where from.
        origin: &'a Origin,
        /// Why.
        #[serde(flatten)]
        reason: &'a Ignored,
        /// The call.
        cause: &'a Cause,
    },
    /// A record that could not be read, or an evaluation that failed.
    Error {
        /// Where from.
        origin: &'a Origin,
        /// What is wrong, and what to do.
        detail: String,
    },
    /// A finding's state changed: what a notice would say.
    Transition {
        /// Where from.
        origin: &'a Origin,
        /// What.
        #[serde(flatten)]
        transition: &'a Transition,
    },
    /// A facet that could not be read; once per function and reason.
    Unreadable {
        /// Where from.
        origin: &'a Origin,
        /// Of which function.
        function: &'a FunctionArn,
        /// What, and why.
        #[serde(flatten)]
        unreadable: &'a Unreadable,
    },
    /// A control that could not judge although all was read; once per function and reason.
    CannotJudge {
        /// Where from.
        origin: &'a Origin,
        /// Of which function.
        function: &'a FunctionArn,
        /// Which control, and why.
        #[serde(flatten)]
        cannot: &'a CannotJudge,
    },
    /// The last line.
    Summary(Summary<'a>),
}

/// The end of a replay.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary<'a> {
    /// Records that were read.
    pub records: u64,
    /// Changes in them.
    pub changes: u64,
    /// Records that change nothing.
    pub ignored: u64,
    /// Records that could not be read, and evaluations that failed.
    pub errors: u64,
    /// Evaluations of a function.
    pub evaluations: u64,
    /// Notices that were sent.
    pub notices: u64,
    /// Facets that could not be read and questions that could not be settled.
    pub cannot_judge: u64,
    /// What is open at the end, worst first.
    pub open: Vec<&'a Finding>,
    /// What is found and accepted at the end.
    pub accepted: Vec<AcceptedFinding<'a>>,
}

/// A finding that is accepted.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AcceptedFinding<'a> {
    /// Why: of a suppression or a tag, or that its control is switched off.
    pub reason: &'a str,
    /// The finding.
    pub finding: &'a Finding,
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            records,
            changes,
            ignored,
            errors,
            evaluations,
            notices,
            cannot_judge,
            ..
        } = self;
        write!(
            out,
            "{records} records: {changes} changes, {ignored} ignored, {errors} errors; \
             {evaluations} evaluations, {notices} notices, {cannot_judge} not judged"
        )
    }
}
