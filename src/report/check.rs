//! What was found in templates, one line per fact: the form of `check --format jsonl`, and what text and SARIF are made from.

mod text;

use schemars::JsonSchema;
use serde::Serialize;

use crate::arn::{AccountId, FunctionArn, Region};
use crate::assess::CannotJudge;
use crate::controls::Unjudged;
use crate::finding::{Finding, Severity, stable_name};
use crate::snapshot::Reason;

pub use text::check_text;

/// A template that was looked at.
#[derive(Debug)]
pub struct Checked {
    /// Its path.
    pub path: String,
    /// What came of it, or why it could not be read.
    pub outcome: Result<Judged, String>,
}

/// What a template would deploy, judged.
#[derive(Debug)]
pub struct Judged {
    /// What kind of template it is.
    pub form: &'static str,
    /// The account that it is judged for.
    pub account: AccountId,
    /// Whether that account was said; else it is a made-up one.
    pub is_account_known: bool,
    /// The Region that it is judged for.
    pub region: Region,
    /// How many functions it deploys, or grants somebody something on.
    pub functions: usize,
    /// What is found, worst first.
    pub findings: Vec<FoundIn>,
    /// What cannot be judged.
    pub unjudged: Vec<UnjudgedIn>,
    /// What is not understood.
    pub notes: Vec<NoteIn>,
}

/// A finding, and where it stands.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FoundIn {
    /// The line of the template, from 1; of a plan, which has no lines that mean anything, 1.
    pub line: usize,
    /// The function's name in the template: a logical id or an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// Why it is accepted, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
    /// What.
    pub finding: Finding,
}

/// A question without an answer, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnjudgedIn {
    /// The function's line, from 1.
    pub line: usize,
    /// The function's name in the template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The function.
    pub function: FunctionArn,
    /// Which control, and why.
    #[serde(flatten)]
    pub cannot: CannotJudge,
}

/// Something of a template that is not understood.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoteIn {
    /// From 1.
    pub line: usize,
    /// What, and what follows from that.
    pub detail: String,
}

/// One fact about a check. Every template gives at least one line.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum CheckLine<'a> {
    /// A template that was read.
    #[serde(rename_all = "camelCase")]
    Template {
        /// Its path.
        path: &'a str,
        /// What kind of template it is.
        form: &'a str,
        /// The account that it is judged for.
        account: &'a AccountId,
        /// Whether that account was said; else it is a made-up one.
        is_account_known: bool,
        /// The Region that it is judged for.
        region: &'a Region,
        /// How many functions it deploys, or grants somebody something on.
        functions: usize,
    },
    /// A template that could not be read.
    Error {
        /// Its path.
        path: &'a str,
        /// What is wrong, and what to do.
        detail: &'a str,
    },
    /// A control that fails.
    Finding {
        /// The template.
        path: &'a str,
        /// What, and where.
        #[serde(flatten)]
        found: &'a FoundIn,
    },
    /// A control that cannot judge.
    CannotJudge {
        /// The template.
        path: &'a str,
        /// What, and where.
        #[serde(flatten)]
        unjudged: &'a UnjudgedIn,
    },
    /// Something that is not understood.
    Note {
        /// The template.
        path: &'a str,
        /// What, and where.
        #[serde(flatten)]
        note: &'a NoteIn,
    },
    /// The last line.
    #[serde(rename_all = "camelCase")]
    Summary {
        /// Templates that were read.
        templates: usize,
        /// Templates that could not be read.
        errors: usize,
        /// Findings that nobody accepted.
        findings: usize,
        /// Findings that were accepted.
        accepted: usize,
        /// Questions without an answer.
        cannot_judge: usize,
        /// Things that are not understood.
        notes: usize,
    },
}

impl Judged {
    /// What is found and not accepted.
    pub fn open(&self) -> impl Iterator<Item = &FoundIn> {
        self.findings.iter().filter(|found| found.accepted.is_none())
    }

    /// Whether a part of it is faulty: a deployment would be refused for it, or do something else than it says.
    pub fn is_faulty(&self) -> bool {
        let is_malformed = |why: &Unjudged| matches!(why, Unjudged::Unreadable(unreadable) if matches!(unreadable.reason, Reason::Malformed { .. }));
        self.unjudged.iter().any(|one| is_malformed(&one.cannot.why))
    }
}

impl FoundIn {
    /// The name under which it stays the same in a template, whatever account and names it gets when it is deployed.
    pub fn fingerprint(&self) -> String {
        let finding = &self.finding;
        let function = self.resource.as_deref().unwrap_or_else(|| finding.function.name());
        let qualifier = finding.evidence.qualifier.as_deref().unwrap_or_default();
        stable_name([finding.control.as_str(), function, qualifier, &finding.evidence.subject])
    }

    /// How the function is called in front of people.
    pub fn name(&self) -> &str {
        self.resource.as_deref().unwrap_or_else(|| self.finding.function.name())
    }
}

/// The facts about some templates, in their order.
pub fn check_lines(all: &[Checked]) -> Vec<CheckLine<'_>> {
    let mut lines = Vec::new();
    for checked in all {
        let path = checked.path.as_str();
        match &checked.outcome {
            Err(detail) => lines.push(CheckLine::Error { path, detail }),
            Ok(judged) => {
                lines.push(CheckLine::Template {
                    path,
                    form: judged.form,
                    account: &judged.account,
                    is_account_known: judged.is_account_known,
                    region: &judged.region,
                    functions: judged.functions,
                });
                lines.extend(judged.findings.iter().map(|found| CheckLine::Finding { path, found }));
                lines.extend(
                    judged
                        .unjudged
                        .iter()
                        .map(|unjudged| CheckLine::CannotJudge { path, unjudged }),
                );
                lines.extend(judged.notes.iter().map(|note| CheckLine::Note { path, note }));
            }
        }
    }
    lines.push(summary(all));
    lines
}

fn summary(all: &[Checked]) -> CheckLine<'_> {
    let read = || all.iter().filter_map(|checked| checked.outcome.as_ref().ok());
    let found: usize = read().map(|judged| judged.findings.len()).sum();
    let open: usize = read().map(|judged| judged.open().count()).sum();
    CheckLine::Summary {
        templates: read().count(),
        errors: all.len() - read().count(),
        findings: open,
        accepted: found - open,
        cannot_judge: read().map(|judged| judged.unjudged.len()).sum(),
        notes: read().map(|judged| judged.notes.len()).sum(),
    }
}

/// The worst that is open in some templates.
pub fn worst(all: &[Checked]) -> Option<Severity> {
    let read = all.iter().filter_map(|checked| checked.outcome.as_ref().ok());
    read.flat_map(Judged::open).map(|found| found.finding.severity).max()
}
