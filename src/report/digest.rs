//! Many notices as one message: how many findings of which kind, and the worst functions.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Notice;
use crate::arn::FunctionArn;
use crate::event::Cause;
use crate::finding::{Severity, stable_name};
use crate::history::{Status, Transition};
use crate::settings::Destination;

mod chat;
mod document;
mod text;

pub use chat::chat_digest;
pub use document::{DigestDocument, DigestedFunction, digest_document};

pub(super) use text::{digest_email, digest_headline};

/// Why notices are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Occasion {
    /// The first sweep of an account and Region: everything is new.
    Baseline,
    /// More came at once than leave one by one.
    Burst,
}

/// Notices that are told as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// Why.
    pub occasion: Occasion,
    /// At least one, worst first.
    pub notices: Vec<Notice>,
    /// When it was made.
    pub at: Timestamp,
}

impl Digest {
    /// A digest of these notices; `None` if there are none.
    pub fn new(occasion: Occasion, mut notices: Vec<Notice>, at: Timestamp) -> Option<Self> {
        // What was told of one function stays in its order.
        let mut worst: BTreeMap<FunctionArn, (bool, Reverse<Severity>)> = BTreeMap::new();
        for notice in &notices {
            let is_good_news = notice.worst().is_some_and(|worst| worst.status.is_good_news());
            let rank = (is_good_news, Reverse(notice.severity()));
            let known = worst.entry(notice.function.clone()).or_insert(rank);
            *known = rank.min(*known);
        }
        notices.sort_by_cached_key(|notice| (worst.get(&notice.function).copied(), notice.function.clone()));
        (!notices.is_empty()).then_some(Self { occasion, notices, at })
    }

    /// What each destination is told of it; nothing stands for where everything goes.
    pub fn parts(&self) -> BTreeMap<Option<&Destination>, Self> {
        let mut parts: BTreeMap<Option<&Destination>, Vec<Notice>> = BTreeMap::new();
        for (to, part) in self.notices.iter().flat_map(Notice::parts) {
            parts.entry(to).or_default().push(part);
        }
        let parts = parts.into_iter();
        parts
            .filter_map(|(to, notices)| Some((to, Self::new(self.occasion, notices, self.at)?)))
            .collect()
    }

    /// As far as it goes to routes alone, so that nobody else is told of it.
    pub fn taken_from_everybody(&self) -> Option<Self> {
        let taken = self.notices.iter().filter_map(Notice::taken_from_everybody);
        Self::new(self.occasion, taken.collect(), self.at)
    }

    /// All transitions.
    pub fn transitions(&self) -> impl Iterator<Item = &Transition> {
        self.notices.iter().flat_map(|notice| notice.transitions.iter())
    }

    /// The worst severity.
    pub fn severity(&self) -> Severity {
        self.notices.first().map_or(Severity::Informational, Notice::severity)
    }

    /// The same if it is sent again with the same notices.
    pub fn id(&self) -> String {
        let ids: Vec<String> = self.notices.iter().map(Notice::id).collect();
        stable_name(ids.iter().map(String::as_str))
    }

    /// How many functions it tells of.
    pub fn functions(&self) -> usize {
        let functions: BTreeSet<_> = self.notices.iter().map(|notice| &notice.function).collect();
        functions.len()
    }

    /// How many findings of each severity came to this status.
    pub(super) fn by_severity(&self, status: impl Fn(Status) -> bool) -> Vec<(Severity, usize)> {
        let mut counts: BTreeMap<Reverse<Severity>, usize> = BTreeMap::new();
        for transition in self.transitions().filter(|transition| status(transition.status)) {
            *counts.entry(Reverse(transition.finding.severity)).or_default() += 1;
        }
        counts
            .into_iter()
            .map(|(Reverse(severity), count)| (severity, count))
            .collect()
    }

    /// How many findings of each control came to each status, the worst and most frequent first.
    pub(super) fn by_control(&self) -> Vec<ControlCount<'_>> {
        let mut counts: BTreeMap<(&str, Status), (Severity, usize)> = BTreeMap::new();
        for transition in self.transitions() {
            let finding = &transition.finding;
            let key = (finding.control.as_str(), transition.status);
            let (severity, count) = counts.entry(key).or_insert((finding.severity, 0));
            *severity = (*severity).max(finding.severity);
            *count += 1;
        }
        let counts = counts.into_iter();
        let mut counts: Vec<_> = counts
            .map(|((control, status), (severity, count))| ControlCount {
                control,
                status,
                severity,
                count,
            })
            .collect();
        counts.sort_by_key(|count| {
            let is_good_news = count.status.is_good_news();
            (
                is_good_news,
                Reverse(count.severity),
                Reverse(count.count),
                count.control,
            )
        });
        counts
    }

    /// The call behind all of it, if there is one such.
    pub fn cause(&self) -> Option<&Arc<Cause>> {
        let mut causes = self.transitions().map(|transition| transition.cause.as_ref());
        let first = causes.next()??;
        causes.all(|cause| cause == Some(first)).then_some(first)
    }
}

/// How often a control came to a status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ControlCount<'a> {
    /// Id of the control.
    pub control: &'a str,
    /// What happened.
    pub status: Status,
    /// The worst severity among them.
    pub severity: Severity,
    /// How many findings.
    pub count: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Evidence, Finding};
    use crate::plain::wrapped;
    use crate::report::sns_digest;
    use crate::settings::Destinations;

    fn notice(name: &str, findings: &[(&str, Severity, Status)]) -> Notice {
        let function = format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}");
        let function = function.parse().unwrap();
        let transition = |(control, severity, status): &(&str, Severity, Status)| Transition {
            status: *status,
            finding: Arc::new(Finding::new(control, &function, *severity, Evidence::new("s", "d"))),
            since: Timestamp::UNIX_EPOCH,
            at: Timestamp::UNIX_EPOCH,
            cause: None,
            note: None,
            to: Destinations::default(),
        };
        let transitions = findings.iter().map(transition).collect();
        Notice::new(&function, transitions, Timestamp::UNIX_EPOCH).unwrap()
    }

    fn digest(notices: Vec<Notice>) -> Digest {
        Digest::new(Occasion::Burst, notices, Timestamp::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn the_worst_comes_first_and_good_news_last() {
        let good = notice("good", &[("invoke-public", Severity::Critical, Status::Resolved)]);
        let low = notice("low", &[("role-shared", Severity::Low, Status::Opened)]);
        let bad = notice(
            "bad",
            &[
                ("role-shared", Severity::Low, Status::Opened),
                ("invoke-public", Severity::Critical, Status::Opened),
            ],
        );
        let digest = digest(vec![good, low, bad]);
        let names: Vec<&str> = digest.notices.iter().map(|notice| notice.function.name()).collect();
        assert_eq!(names, ["bad", "low", "good"]);
        assert_eq!(digest.severity(), Severity::Critical);
        let counts: Vec<_> = digest
            .by_control()
            .iter()
            .map(|count| (count.control, count.status, count.count))
            .collect();
        let expected = [
            ("invoke-public", Status::Opened, 1),
            ("role-shared", Status::Opened, 2),
            ("invoke-public", Status::Resolved, 1),
        ];
        assert_eq!(counts, expected);
        assert!(Digest::new(Occasion::Burst, Vec::new(), Timestamp::UNIX_EPOCH).is_none());
    }

    #[test]
    fn ten_thousand_functions_fit_in_a_message_and_what_is_left_out_is_counted() {
        let one = |number: usize| notice(&format!("f{number}"), &[("role-shared", Severity::Low, Status::Opened)]);
        let digest = digest((0..10_000).map(one).collect());
        let message = sns_digest(&digest);
        assert!(message.parameters().to_string().len() < 262_144);
        assert!(message.subject.len() < 100, "{}", message.subject);
        let body: serde_json::Value = serde_json::from_str(&message.bodies["default"]).unwrap();
        let kept = body["functions"].as_array().unwrap().len();
        assert_eq!(body["functionsLeftOut"], 10_000 - kept);
        assert_eq!(body["controls"][0]["count"], 10_000);
        assert!(
            message.bodies["email"].contains("9975 more functions"),
            "{}",
            message.bodies["email"]
        );
        assert!(
            message.bodies["email"]
                .lines()
                .all(|line| wrapped(line, "", 72).lines().count() <= 2)
        );
    }

    #[test]
    fn the_same_notices_have_the_same_id() {
        let two = || {
            vec![
                notice("a", &[("role-shared", Severity::Low, Status::Opened)]),
                notice("b", &[("role-shared", Severity::Low, Status::Opened)]),
            ]
        };
        let reversed = two().into_iter().rev().collect();
        assert_eq!(digest(two()).id(), digest(reversed).id());
        assert_ne!(digest(two()).id(), digest(two().into_iter().take(1).collect()).id());
    }
}
