//! How does an account or an organization stand? What a report of it holds; it is rendered as a page, as Markdown or as CSV.

mod callers;
mod csv;
mod gather;
mod html;
mod markdown;
mod network;
mod reach;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::arn::FunctionArn;
use crate::assess::CannotJudge;
use crate::controls::{self, Layer, Unjudged};
use crate::event::Cause;
use crate::finding::Severity;
use crate::history::{Open, Was};
use crate::snapshot::{Facet, Unreadable};

pub use callers::{Caller, Callers, Certainty, What};
pub use csv::csv;
pub use gather::{Looked, functions};
pub use html::html;
pub use markdown::markdown;
pub use network::{Answered, Asked, Connection, Network, Outcome};
pub use reach::{Reach, Reached};

/// How everything that was looked at stands at one time.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Posture {
    /// When it was judged.
    pub at: Timestamp,
    /// Whether what was known before is part of it: without, nobody can say since when something is open.
    pub has_history: bool,
    /// The functions, by ARN.
    pub functions: Vec<FunctionPosture>,
    /// What is open about the settings and the watching itself.
    pub own: Vec<Open>,
    /// What could not be judged of that.
    pub own_unjudged: Vec<CannotJudge>,
    /// What is known to have been resolved, latest first.
    pub resolved: Vec<Ended>,
    /// What went wrong while looking, so that functions may be missing.
    pub failures: Vec<String>,
}

/// How one function stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionPosture {
    /// The function.
    pub function: FunctionArn,
    /// Such as `python3.13`; absent for container images, and where it could not be read.
    pub runtime: Option<String>,
    /// The role's ARN as the configuration has it.
    pub role: Option<String>,
    /// Its VPC, if it is in one.
    pub vpc: Option<String>,
    /// Its tags; none where they could not be read.
    pub tags: BTreeMap<String, String>,
    /// What is open, worst first, accepted findings included.
    pub findings: Vec<Open>,
    /// Facets without a value.
    pub unreadable: Vec<Unreadable>,
    /// What controls could not judge, for whatever reason.
    pub unjudged: Vec<CannotJudge>,
    /// Facets that nobody asked for, or whose time has not come.
    pub not_looked_at: Vec<Facet>,
    /// Who can get at it.
    pub callers: Callers,
    /// What its role reaches; functions of one role share it.
    pub reach: Arc<Reach>,
    /// By which ways it gets to the services that it needs.
    pub network: Network,
}

/// A finding that is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ended {
    /// The function.
    pub function: FunctionArn,
    /// When it was seen to be gone.
    pub at: Timestamp,
    /// What it was, if that is remembered.
    pub was: Option<Was>,
}

/// Numbers about a posture.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Open findings by severity, accepted ones left out.
    pub open: BTreeMap<Severity, usize>,
    /// Findings that are accepted.
    pub accepted: usize,
    /// Functions with an open finding.
    pub affected: usize,
    /// Functions of which not everything could be judged.
    pub partly_judged: usize,
    /// Accounts with their Regions.
    pub places: BTreeSet<(String, String)>,
}

impl FunctionPosture {
    /// Whether every question that was asked has an answer.
    pub fn is_judged_in_full(&self) -> bool {
        self.unreadable.is_empty() && self.unjudged.is_empty()
    }

    /// What could not be judged although everything that it needs was read.
    pub fn undecided(&self) -> impl Iterator<Item = &CannotJudge> {
        self.unjudged
            .iter()
            .filter(|cannot| self.unread_behind(cannot).is_none())
    }

    /// The place, among the facets without a value, of the one for want of which a control could not judge.
    pub fn unread_behind(&self, cannot: &CannotJudge) -> Option<usize> {
        match &cannot.why {
            Unjudged::Undecided { .. } => None,
            Unjudged::Unreadable(why) => self.unreadable.iter().position(|one| one == why),
        }
    }
}

impl Posture {
    /// Counts.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for open in self.findings() {
            if open.suppressed.is_some() {
                totals.accepted += 1;
            } else {
                *totals.open.entry(open.finding.severity).or_default() += 1;
            }
        }
        for one in &self.functions {
            totals.affected += usize::from(one.findings.iter().any(|open| open.suppressed.is_none()));
            totals.partly_judged += usize::from(!one.is_judged_in_full());
            let (account, region) = (one.function.account(), one.function.region());
            totals
                .places
                .insert((account.as_str().to_owned(), region.as_str().to_owned()));
        }
        totals
    }

    /// Every finding, of functions first.
    pub fn findings(&self) -> impl Iterator<Item = &Open> {
        let of_functions = self.functions.iter().flat_map(|one| &one.findings);
        of_functions.chain(&self.own)
    }
}

/// The layer that a control belongs to; what nobody asks any more belongs to the monitor.
fn layer_of(control: &str) -> Layer {
    controls::find(control).map_or(Layer::Monitor, |control| control.layer)
}

/// A control's own line about itself.
fn title_of(control: &str) -> &'static str {
    controls::find(control).map_or("A control that is not asked any more", |control| control.title)
}

/// By which call, by whom and from where.
fn told(cause: &Cause) -> String {
    let parts = [("by", &cause.actor), ("from", &cause.source_ip_address)];
    let mut line = cause.event_name.clone();
    for (word, text) in parts {
        if let Some(text) = text {
            line = format!("{line} {word} {text}");
        }
    }
    match cause.event_time {
        Some(at) => format!("{line} at {at}"),
        None => line,
    }
}

/// Worst first, then by control and subject.
fn sort_worst_first(open: &mut [Open]) {
    open.sort_by(|one, other| {
        let (a, b) = (&one.finding, &other.finding);
        let order = b.severity.cmp(&a.severity);
        order.then_with(|| (&a.control, &a.evidence.subject).cmp(&(&b.control, &b.evidence.subject)))
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Evidence, Finding};
    use crate::settings::Destinations;
    use crate::snapshot::Reason;

    fn open(control: &str, severity: Severity, accepted: bool) -> Open {
        let function = "arn:aws:lambda:eu-west-1:111122223333:function:orders".parse().unwrap();
        Open {
            finding: Arc::new(Finding::new(control, &function, severity, Evidence::new("s", "d"))),
            since: Timestamp::UNIX_EPOCH,
            cause: None,
            suppressed: accepted.then(|| "known".to_owned()),
            to: Destinations::default(),
            reminded: None,
        }
    }

    fn function(name: &str, findings: Vec<Open>) -> FunctionPosture {
        FunctionPosture {
            function: format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}")
                .parse()
                .unwrap(),
            runtime: None,
            role: None,
            vpc: None,
            tags: BTreeMap::new(),
            findings,
            unreadable: Vec::new(),
            unjudged: Vec::new(),
            not_looked_at: Vec::new(),
            callers: Callers::default(),
            reach: Arc::default(),
            network: Network::Open,
        }
    }

    #[test]
    fn what_is_accepted_or_not_judged_is_counted_for_itself() {
        let accepted = function("a", vec![open("invoke-public", Severity::Critical, true)]);
        let mut partly = function(
            "b",
            vec![
                open("role-admin", Severity::High, false),
                open("role-shared", Severity::Low, false),
            ],
        );
        let unread = Unreadable::new(Facet::Urls, Reason::Throttled);
        let cannot = |why: Unjudged| CannotJudge {
            control: "url-public".to_owned(),
            why,
        };
        partly.unjudged = vec![cannot(unread.clone().into()), cannot(Unjudged::undecided("who knows"))];
        partly.unreadable = vec![unread];
        assert_eq!(
            partly.undecided().map(|one| one.why.to_string()).collect::<Vec<_>>(),
            ["who knows"]
        );
        let posture = Posture {
            at: Timestamp::UNIX_EPOCH,
            has_history: false,
            functions: vec![accepted, partly],
            own: vec![open("settings-broken", Severity::High, false)],
            own_unjudged: Vec::new(),
            resolved: Vec::new(),
            failures: Vec::new(),
        };
        let totals = posture.totals();
        assert_eq!(totals.open, BTreeMap::from([(Severity::High, 2), (Severity::Low, 1)]));
        assert_eq!((totals.accepted, totals.affected, totals.partly_judged), (1, 1, 1));
        assert_eq!(totals.places.len(), 1);
    }

    #[test]
    fn the_worst_comes_first() {
        let mut all = vec![
            open("role-shared", Severity::Low, false),
            open("role-admin", Severity::Critical, false),
        ];
        sort_worst_first(&mut all);
        assert_eq!(all[0].finding.control, "role-admin");
    }
}
