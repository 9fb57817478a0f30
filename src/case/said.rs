//! What is said of a case: in an order that does not change, and without the words that may.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::arn::FunctionArn;
use crate::finding::{Finding, Severity};
use crate::history::Status;
use crate::plain::one_line;
use crate::snapshot::Facet;

/// The longest line that is shown of a difference.
const LONGEST: usize = 320;
/// No more differences are shown.
const MOST: usize = 40;

/// What is said of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Said {
    /// What each event brought, in the order of the events.
    pub transitions: BTreeSet<Told>,
    /// What is open in the end.
    pub open: BTreeSet<Found>,
    /// What could not be judged or read.
    pub cannot_judge: BTreeSet<Silent>,
    /// Events that could not be read or followed, by name.
    pub failed: BTreeSet<String>,
}

/// Something that an event brought.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Told {
    /// The event, by the name of its file.
    pub event: String,
    /// What happened to the finding.
    pub status: Status,
    /// The finding.
    pub finding: Found,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Found {
    /// The function.
    pub function: FunctionArn,
    /// Id of the control.
    pub control: String,
    /// What to touch: statement id, variable name, port.
    pub subject: String,
    /// The version or alias that is concerned, if it is not the function itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qualifier: Option<String>,
    /// How bad.
    pub severity: Severity,
    /// It is accepted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accepted: bool,
}

/// What nothing is said of, though it was asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Silent {
    /// The function.
    pub function: FunctionArn,
    /// Id of the control that could not judge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<String>,
    /// What could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facet: Option<Facet>,
}

/// What is said otherwise than is expected, line by line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What was expected and is not said.
    pub missing: Vec<String>,
    /// What is said and was not expected.
    pub surplus: Vec<String>,
}

impl Said {
    /// What is said otherwise; nothing if all is as expected.
    pub fn difference(&self, now: &Self) -> Option<Difference> {
        let (expected, said) = (self.lines(), now.lines());
        let difference = Difference {
            missing: expected.difference(&said).cloned().collect(),
            surplus: said.difference(&expected).cloned().collect(),
        };
        let is_same = difference.missing.is_empty() && difference.surplus.is_empty();
        (!is_same).then_some(difference)
    }

    fn lines(&self) -> BTreeSet<String> {
        let told = self
            .transitions
            .iter()
            .map(|told| format!("{}: {} {}", told.event, told.status.as_str(), told.finding));
        let open = self.open.iter().map(|found| format!("in the end: open {found}"));
        let silent = self.cannot_judge.iter().map(Silent::to_string);
        let failed = self.failed.iter().map(|event| format!("{event}: cannot be followed"));
        told.chain(open).chain(silent).chain(failed).collect()
    }
}

impl Found {
    pub(super) fn of(finding: &Finding, accepted: bool) -> Self {
        Self {
            function: finding.function.clone(),
            control: finding.control.clone(),
            subject: finding.evidence.subject.clone(),
            qualifier: finding.evidence.qualifier.clone(),
            severity: finding.severity,
            accepted,
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let qualifier = self.qualifier.iter().map(|qualifier| format!(":{qualifier}"));
        let function = format!("{}{}", self.function, qualifier.collect::<String>());
        let accepted = if self.accepted { ", accepted" } else { "" };
        let severity = self.severity.as_str();
        write!(
            out,
            "{severity} {} [{}] {function}{accepted}",
            self.control, self.subject
        )
    }
}

impl fmt::Display for Silent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(control) = &self.control {
            write!(out, "cannot judge {control} {}", self.function)?;
        }
        if let Some(facet) = self.facet {
            write!(out, "cannot read the {} {}", facet.label(), self.function)?;
        }
        Ok(())
    }
}

/// One line each: `-` was expected, `+` is said. Names are anybody's words, and are made harmless.
impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signed = |sign: char, lines: &[String]| {
            let lines = lines.iter().map(|line| format!("  {sign} {}", one_line(line, LONGEST)));
            lines.collect::<Vec<_>>()
        };
        let lines = [signed('-', &self.missing), signed('+', &self.surplus)].concat();
        let shown: Vec<&str> = lines.iter().take(MOST).map(String::as_str).collect();
        out.write_str(&shown.join("\n"))?;
        match lines.len().saturating_sub(MOST) {
            0 => Ok(()),
            more => write!(out, "\n  … and {more} more"),
        }
    }
}
