//! One notice per function and evaluation: its transitions, worst first.

use std::cmp::Reverse;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::arn::FunctionArn;
use crate::controls;
use crate::finding::{Severity, stable_name};
use crate::history::Transition;

/// What people are told at once about one function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// The function.
    pub function: FunctionArn,
    /// At least one, worst first, good news last. Whoever keeps, tells or sums up the notice shares them.
    pub transitions: Arc<[Transition]>,
    /// When it was made.
    pub at: Timestamp,
}

impl Notice {
    /// A notice of these transitions; `None` if there are none.
    pub fn new(function: &FunctionArn, mut transitions: Vec<Transition>, at: Timestamp) -> Option<Self> {
        transitions.sort_by_cached_key(|transition| {
            let good_news = transition.status.is_good_news();
            (
                good_news,
                Reverse(transition.finding.severity),
                transition.finding.control.clone(),
                transition.finding.fingerprint,
            )
        });
        (!transitions.is_empty()).then(|| Self {
            function: function.clone(),
            transitions: transitions.into(),
            at,
        })
    }

    /// The first transition: the worst.
    pub fn worst(&self) -> Option<&Transition> {
        self.transitions.first()
    }

    /// The worst severity of what is open now, else of what was resolved.
    pub fn severity(&self) -> Severity {
        self.worst()
            .map_or(Severity::Informational, |transition| transition.finding.severity)
    }

    /// A notice that is sent twice has one id, and no other notice has it.
    pub fn id(&self) -> String {
        let parts = self.transitions.iter().flat_map(|transition| {
            let fingerprint = transition.finding.fingerprint.to_string();
            [
                fingerprint,
                transition.status.as_str().to_owned(),
                transition.since.to_string(),
            ]
        });
        let parts: Vec<String> = parts.chain([self.at.to_string()]).collect();
        stable_name(parts.iter().map(String::as_str))
    }
}

impl Transition {
    /// The control's title; its id, should the control be gone since the finding was stored.
    pub fn title(&self) -> &str {
        controls::find(&self.finding.control).map_or(self.finding.control.as_str(), |control| control.title)
    }
}
