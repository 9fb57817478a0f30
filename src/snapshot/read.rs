//! A read that happened, or why it did not: "could not read" is a value of its own, never `None` and never "fine".

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Facet, Occasion};

/// Why a facet has no value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum Reason {
    /// The monitor may not make the call.
    AccessDenied {
        /// The IAM action that is missing.
        permission: String,
    },
    /// AWS refused for its rate, and went on refusing until the retries were used up.
    Throttled,
    /// AWS says that there is no such thing.
    NotFound,
    /// No answer in time.
    TimedOut,
    /// An answer that could not be understood.
    Malformed {
        /// What was wrong with it.
        detail: String,
    },
    /// Any other failure.
    Failed {
        /// What the call said.
        detail: String,
    },
    /// Nobody has read it yet.
    NotRead,
    /// Whoever looked chose to leave it out.
    LeftOut,
    /// It is judged before it is deployed, and the template does not say it.
    NotInTemplate {
        /// What is missing.
        detail: String,
    },
}

impl Reason {
    /// What it takes to read another account at all.
    pub const ENTRY: &str = "sts:AssumeRole";

    /// Whether it keeps the monitor out of a whole account.
    pub fn keeps_out(&self) -> bool {
        matches!(self, Self::AccessDenied { permission } if permission == Self::ENTRY)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccessDenied { permission } => write!(out, "access denied, `{permission}` is missing"),
            Self::Throttled => out.write_str("throttled until the retries were used up"),
            Self::NotFound => out.write_str("not found"),
            Self::TimedOut => out.write_str("timed out"),
            Self::Malformed { detail } => write!(out, "not understood: {detail}"),
            Self::Failed { detail } => write!(out, "failed: {detail}"),
            Self::NotRead => out.write_str("not read yet"),
            Self::LeftOut => out.write_str("left out of this look"),
            Self::NotInTemplate { detail } => write!(out, "a template cannot tell it: {detail}"),
        }
    }
}

/// A facet that has no value, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[error("cannot read the {}: {reason}", facet.label())]
pub struct Unreadable {
    /// The part of the state.
    pub facet: Facet,
    /// Why there is no value.
    #[serde(flatten)]
    pub reason: Reason,
}

impl Unreadable {
    /// The facet without a value for a reason.
    pub fn new(facet: Facet, reason: Reason) -> Self {
        Self { facet, reason }
    }

    /// Whether nobody tried: its time, which an event does not bring, has not come, or it was not asked for. That is no failure,
    /// and nothing to speak of; what was found before stays.
    pub fn is_not_due(&self) -> bool {
        self.reason == Reason::LeftOut || (self.reason == Reason::NotRead && self.facet.occasion() != Occasion::Due)
    }
}
