//! How sure is it that a candidate gets through? Upper bound first: most candidates are turned away by it.

use super::candidates::{Candidate, Cast};
use super::class::{Account, Assume, Class, World};
use super::engine::{GaveUp, Leaf, Mode, Search};
use super::memo::Memo;
use super::part::{Key, Part};
use super::rule::{Certainty, Rule};
use super::witness::replays;
use crate::policy::condition::Solution;
use crate::policy::document::{Effect, Policy};
use crate::policy::pattern::Budget;
use crate::policy::request::Request;
use std::collections::BTreeSet;

/// The answer for one candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Judgement {
    Absent,
    Present(Request),
    Conditional {
        keys: Vec<String>,
        witness: Option<Request>,
    },
    CannotTell(String),
}

/// The policies, ready to be asked about.
pub(super) struct Court<'a> {
    policies: &'a [Policy],
    rules: &'a [Rule<'a>],
    world: &'a World,
    memo: Memo,
}

impl<'a> Court<'a> {
    pub(super) fn new(policies: &'a [Policy], rules: &'a [Rule<'a>], world: &'a World) -> Self {
        Court {
            policies,
            rules,
            world,
            memo: Memo::default(),
        }
    }

    /// The callers that a statement and those it has to be seen together with can tell apart.
    pub(super) fn cast(&'a self, rule: &'a Rule<'a>, alternatives: &[&Vec<Part>]) -> Cast<'a> {
        let with_others = alternatives.iter().any(|parts| parts.len() > 1);
        let is_asked = |other: &Rule<'_>| {
            alternatives
                .iter()
                .copied()
                .flatten()
                .any(|part| other.has_action(part.action))
        };
        let is_about = |other: &&Rule<'_>| {
            (with_others || other.statement.effect == Effect::Deny)
                && other.resource != Certainty::No
                && is_asked(other)
        };
        let together = self.rules.iter().filter(is_about).chain([rule]);
        Cast {
            world: self.world,
            keys: together.flat_map(Rule::keys).collect(),
            demands: rule.atoms,
        }
    }

    /// Whether there are more pairs of accounts and organizations than an answer in time could look at.
    pub(super) fn names_too_many(&self) -> bool {
        let organizations = self.world.organizations.len() + self.world.trust.trusted_organizations.len() + 1;
        self.world.accounts.len().saturating_mul(organizations) > MOST_ORIGINS
    }

    /// Whether the statement may grant the first part.
    pub(super) fn grants(rule: &Rule<'_>, parts: &[Part]) -> bool {
        parts.first().is_some_and(|part| rule.has_action(part.action)) && rule.resource != Certainty::No
    }

    /// Whether the way of calling leaves the statement something to grant, whoever calls.
    pub(super) fn may_pass(&'a self, rule: &'a Rule<'a>, parts: &[Part]) -> bool {
        parts.first().is_some_and(|part| !refuses(rule, part)) && !self.grantors(rule, parts).is_empty()
    }

    /// One alternative for each set of statements that speaks about it; the others fare alike.
    pub(super) fn distinct(&self, alternatives: Vec<Vec<Part>>) -> Vec<Vec<Part>> {
        if alternatives.len() < 2 {
            return alternatives;
        }
        let mut seen = BTreeSet::new();
        let signature = |parts: &Vec<Part>| -> Vec<(Vec<bool>, &'static [Key])> {
            let one = |part: &Part| {
                (
                    self.rules.iter().map(|rule| rule.has_action(part.action)).collect(),
                    part.given,
                )
            };
            parts.iter().map(one).collect()
        };
        alternatives
            .into_iter()
            .filter(|parts| seen.insert(signature(parts)))
            .collect()
    }

    /// The answer, and the statements that grant it together; none where it is no.
    pub(super) fn judge(
        &self,
        candidate: &Candidate,
        (rule, parts): (&'a Rule<'a>, &[Part]),
        budget: &mut Budget,
    ) -> (Judgement, Vec<String>) {
        let mut best = (Judgement::Absent, Vec::new());
        for allows in self.grantors(rule, parts) {
            let judgement = self.ways(candidate, (&allows, parts), budget);
            if rank(&judgement) > rank(&best.0) {
                let labels: BTreeSet<_> = allows.iter().map(|rule| rule.label.to_owned()).collect();
                best = (judgement, labels.into_iter().collect());
            }
            if matches!(best.0, Judgement::Present(_)) {
                break;
            }
        }
        best
    }

    /// The granting statement with each statement that may grant the second part.
    fn grantors(&self, rule: &'a Rule<'a>, parts: &[Part]) -> Vec<Vec<&'a Rule<'a>>> {
        let Some(second) = parts.get(1) else {
            return vec![vec![rule]];
        };
        let may_grant = |other: &&'a Rule<'a>| {
            other.statement.effect == Effect::Allow
                && other.resource != Certainty::No
                && other.has_action(second.action)
                && !refuses(other, second)
        };
        let mut others: Vec<_> = self.rules.iter().filter(may_grant).collect();
        // In an order that does not hang on the document's: a statement by itself first.
        others.sort_by_key(|other| (other.label != rule.label, other.label));
        others.into_iter().map(|other| vec![rule, other]).collect()
    }

    /// All ways in which the candidate may be acting have to agree.
    fn ways(&self, candidate: &Candidate, question: (&[&'a Rule<'a>], &[Part]), budget: &mut Budget) -> Judgement {
        if let ([class], None) = (candidate.ways.as_slice(), &candidate.doubt) {
            return self.class(class, question, budget);
        }
        let mut judgements: Vec<_> = candidate
            .ways
            .iter()
            .map(|class| self.class(class, question, budget))
            .collect();
        judgements.sort_by_key(rank);
        let (Some(least), Some(most)) = (judgements.first().cloned(), judgements.pop()) else {
            return Judgement::Absent;
        };
        if matches!(most, Judgement::Absent) {
            return most;
        }
        if let Some(doubt) = &candidate.doubt {
            return Judgement::CannotTell(doubt.clone());
        }
        if rank(&least) == rank(&most) {
            // The first way sends every key: its witness shows for whose resource the service acts.
            return match most {
                Judgement::Present(_) | Judgement::Conditional { .. } => least,
                Judgement::Absent | Judgement::CannotTell(_) => most,
            };
        }
        let is_given_up = |judgement: &Judgement| *judgement == Judgement::CannotTell(TOO_INVOLVED.into());
        if judgements.iter().any(is_given_up) || is_given_up(&most) {
            return Judgement::CannotTell(TOO_INVOLVED.into());
        }
        Judgement::CannotTell(format!(
            "it is not known which source keys {} sends",
            candidate.caller()
        ))
    }

    fn class(&self, class: &Class, (allows, parts): (&[&'a Rule<'a>], &[Part]), budget: &mut Budget) -> Judgement {
        if allows.iter().any(|rule| rule.covers(class) == Certainty::No) {
            return Judgement::Absent;
        }
        let judgement = self.with_variables(class, (allows, parts), budget);
        judgement.unwrap_or_else(|GaveUp| Judgement::CannotTell(TOO_INVOLVED.into()))
    }

    /// Where policy variables stand for what a stranger is, one particular stranger may serve as the witness.
    fn with_variables(
        &self,
        class: &Class,
        (allows, parts): (&[&'a Rule<'a>], &[Part]),
        budget: &mut Budget,
    ) -> Result<Judgement, GaveUp> {
        if class.account != Account::Stranger || !self.rules.iter().any(Rule::has_open_variables) {
            return self.bounds(class, (allows, parts), budget);
        }
        let particular = Class {
            account: Account::Known(World::STRANGER.to_owned()),
            ..class.clone()
        };
        let found = self.bounds(&particular, (allows, parts), budget)?;
        if matches!(found, Judgement::Present(_)) {
            return Ok(found);
        }
        let of_any = self.bounds(class, (allows, parts), budget)?;
        let is_withheld = matches!(of_any, Judgement::CannotTell(_));
        let is_known = matches!(found, Judgement::Conditional { .. }) && is_withheld;
        Ok(if is_known { found } else { of_any })
    }

    fn bounds(
        &self,
        class: &Class,
        (allows, parts): (&[&'a Rule<'a>], &[Part]),
        budget: &mut Budget,
    ) -> Result<Judgement, GaveUp> {
        let mut run = |assume, may_gap| {
            let known = (self.world, self.rules, &self.memo);
            Search::new(known, class, parts, Mode { assume, may_gap }).run(allows, budget)
        };
        let Some(upper) = run(Assume::Anything, true)? else {
            return Ok(Judgement::Absent);
        };
        // Nothing was stepped over and no assumption mattered: the stricter search would take the same steps.
        if upper.gaps.is_empty() && upper.is_firm {
            return Ok(self.present(class, parts, &upper));
        }
        if let Some(leaf) = run(Assume::Ordinary, false)? {
            return Ok(self.present(class, parts, &leaf));
        }
        if let Some(leaf) = run(Assume::Ordinary, true)? {
            return Ok(gaps(&leaf));
        }
        let Some(leaf) = run(Assume::Anything, false)? else {
            return Ok(gaps(&upper));
        };
        let keys = leaf
            .values
            .keys()
            .filter(|key| self.world.is_unknowable(class, key))
            .cloned()
            .collect();
        Ok(Judgement::Conditional {
            keys,
            witness: self.witness(class, parts, &leaf),
        })
    }

    fn present(&self, class: &Class, parts: &[Part], leaf: &Leaf) -> Judgement {
        let witness = self.witness(class, parts, leaf);
        witness.map_or_else(|| Judgement::CannotTell(NO_REPLAY.into()), Judgement::Present)
    }

    /// A request that the concrete evaluator allows too.
    fn witness(&self, class: &Class, parts: &[Part], leaf: &Leaf) -> Option<Request> {
        let request = self.world.witness(class, parts.first()?, (leaf, &self.world.target));
        let holds = |request: &Request| replays(request, parts, self.policies);
        holds(&request).then(|| request.readable(holds))
    }
}

/// Whether a key that the way of calling gives keeps the statement from granting it.
fn refuses(rule: &Rule<'_>, part: &Part) -> bool {
    let is_refused = |atom| part.solve(atom, true, &mut Budget::new(HOPELESS)) == Some(Solution::Nothing);
    rule.atoms.iter().any(is_refused)
}

/// Work to find that out; what takes longer is found out for each caller.
const HOPELESS: u64 = 2_000;
const MOST_ORIGINS: usize = 10_000;
pub(super) const TOO_INVOLVED: &str = "the policy is too involved to decide within the budget";
const NO_REPLAY: &str = "the reasoning and the concrete evaluation disagree about the request that was found";

fn gaps(leaf: &Leaf) -> Judgement {
    let reasons: Vec<_> = leaf.gaps.iter().cloned().collect();
    Judgement::CannotTell(reasons.join("; "))
}

fn rank(judgement: &Judgement) -> u8 {
    match judgement {
        Judgement::Absent => 0,
        Judgement::CannotTell(_) => 1,
        Judgement::Conditional { .. } => 2,
        Judgement::Present(_) => 3,
    }
}
