//! One notice per function and evaluation: its transitions, worst first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::arn::FunctionArn;
use crate::controls;
use crate::finding::{Severity, stable_name};
use crate::history::Transition;
use crate::settings::Destination;

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
    /// Whom an attempt has reached that others did not answer: they are not told again.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub reached: BTreeSet<String>,
}

impl Notice {
    /// Whether it says something about the monitor itself, and not only about a function.
    pub fn is_about_monitor(&self) -> bool {
        let controls = self.transitions.iter().map(|one| controls::find(&one.finding.control));
        controls.flatten().any(controls::Control::is_own)
    }

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
            reached: BTreeSet::new(),
        })
    }

    /// What each destination is told of it; nothing stands for where everything goes.
    pub fn parts(&self) -> BTreeMap<Option<&Destination>, Self> {
        let mut parts: BTreeMap<Option<&Destination>, Vec<Transition>> = BTreeMap::new();
        for transition in self.transitions.iter() {
            let usual = (!transition.to.only).then_some(None);
            let routes = transition.to.routes.iter().map(Some);
            for to in usual.into_iter().chain(routes) {
                parts.entry(to).or_default().push(transition.clone());
            }
        }
        let part = |transitions: Vec<Transition>| Self {
            function: self.function.clone(),
            transitions: transitions.into(),
            at: self.at,
            reached: BTreeSet::new(),
        };
        parts
            .into_iter()
            .map(|(to, transitions)| (to, part(transitions)))
            .collect()
    }

    /// As far as it goes to routes alone, so that nobody else is told of it.
    pub fn taken_from_everybody(&self) -> Option<Self> {
        let taken = self.transitions.iter().filter(|transition| transition.to.only);
        Self::new(&self.function, taken.cloned().collect(), self.at)
    }

    /// Whether both are the same notice, whomever they have reached.
    pub fn is_same(&self, other: &Self) -> bool {
        self.at == other.at && self.function == other.function && self.transitions == other.transitions
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
