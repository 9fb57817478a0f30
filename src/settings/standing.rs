//! How do the settings themselves stand: could they be read, and is each suppression still of use?

use std::collections::BTreeSet;

use super::{ControlId, Decisions, Problem, Scope, Settings};
use crate::arn::{AccountId, Region};
use crate::controls::{self, Control};
use crate::finding::Finding;

/// What evaluations of functions say about suppressions, which are named by their place in the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Use {
    /// Those that cover a finding.
    pub used: BTreeSet<usize>,
    /// Those that may cover one for all that could not be judged.
    pub open: BTreeSet<usize>,
}

impl Use {
    /// What one function's findings and the controls that could not judge it say.
    pub fn of<'f>(
        decisions: &Decisions<'_>,
        findings: impl IntoIterator<Item = &'f Finding>,
        unjudged: impl IntoIterator<Item = &'f str>,
    ) -> Self {
        let used = findings
            .into_iter()
            .flat_map(|finding| decisions.covering(finding))
            .collect();
        let open = unjudged.into_iter().flat_map(|control| decisions.about(control));
        Self {
            used,
            open: open.chain(decisions.hidden()).collect(),
        }
    }

    /// Adds what another function says.
    pub fn add(&mut self, other: &Self) {
        self.used.extend(&other.used);
        self.open.extend(&other.open);
    }
}

/// How the settings stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Why the document that was set cannot be used, if so.
    pub problem: Option<Problem>,
    /// The suppressions that cover a finding.
    pub used: BTreeSet<usize>,
    /// The suppressions of which every function that they can hold for was judged now: one that is not used covers nothing.
    pub judged: BTreeSet<usize>,
}

impl Standing {
    /// Puts together what was seen. A suppression is judged if every watched place that it can hold for was swept; one that can
    /// hold for none of them belongs to another monitor, which shares the settings.
    pub fn of(
        settings: &Settings,
        seen: Use,
        watched: &BTreeSet<(AccountId, Region)>,
        swept: &BTreeSet<(AccountId, Region)>,
    ) -> Self {
        let is_judged = |index: usize, scope: &Scope| {
            let mut its = watched
                .iter()
                .filter(|(account, region)| scope.reaches(account, region))
                .peekable();
            its.peek().is_some() && its.all(|place| swept.contains(place)) && !seen.open.contains(&index)
        };
        // No function's evaluation shows whether a finding about the monitor itself is there.
        let is_own = |control: ControlId| controls::find(control.as_str()).is_some_and(Control::is_own);
        let all = settings
            .suppressions
            .iter()
            .enumerate()
            .filter(|(_, one)| !is_own(one.control));
        let judged = all.filter(|(index, one)| is_judged(*index, &one.scope));
        Self {
            problem: None,
            judged: judged.map(|(index, _)| index).collect(),
            used: seen.used,
        }
    }

    /// With what keeps the document from being used.
    #[must_use]
    pub fn with(mut self, problem: Option<Problem>) -> Self {
        self.problem = problem;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(region: &str) -> (AccountId, Region) {
        ("111122223333".parse().unwrap(), region.parse().unwrap())
    }

    #[test]
    fn only_what_was_swept_whole_is_judged() {
        let text = r#"{"suppressions": [
            {"control": "url-public", "function": "web", "reason": "r", "expires": "2027-01-01"},
            {"control": "url-public", "function": "web", "region": "eu-west-1", "reason": "r", "expires": "2027-01-01"},
            {"control": "url-public", "account": "444455556666", "reason": "r", "expires": "2027-01-01"},
            {"control": "url-public", "region": "us-east-1", "reason": "r", "expires": "2027-01-01"}]}"#;
        let settings = Settings::parse(text).unwrap();
        let watched = BTreeSet::from([place("eu-west-1"), place("us-east-1")]);
        let judged = |open: &[usize], swept: &[&str]| {
            let seen = Use {
                open: open.iter().copied().collect(),
                ..Use::default()
            };
            let swept = swept.iter().map(|region| place(region)).collect();
            let judged = Standing::of(&settings, seen, &watched, &swept).judged;
            judged.into_iter().collect::<Vec<_>>()
        };
        assert_eq!(
            judged(&[], &["eu-west-1", "us-east-1"]),
            [0, 1, 3],
            "2 is of another account"
        );
        assert_eq!(judged(&[], &["eu-west-1"]), [1]);
        assert_eq!(judged(&[1], &["eu-west-1", "us-east-1"]), [0, 3]);
        assert!(judged(&[], &[]).is_empty());
    }
}
