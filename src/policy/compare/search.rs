//! Is there a request of these callers that the one policy allows and the other does not? One Allow of the one has to
//! be met and its denials missed; of the other, a denial has to be met or every Allow missed.

use super::caller::{Coverage, Party, coverage};
use super::clause::Clause;
use super::key::Universe;
use crate::policy::condition::{Atom, Domain, Literal, Solution, solve};
use crate::policy::document::Effect;
use crate::policy::pattern::Budget;
use crate::policy::request::Values;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// A value for each key that matters; `None` is absence.
pub(super) type Draft = BTreeMap<String, Option<Values>>;

pub(super) enum Verdict {
    /// Proved: there is none.
    Nothing,
    Found(Draft),
    /// Not decided, and why.
    Unknown(BTreeSet<String>),
}

pub(super) struct Search<'s> {
    universe: &'s Universe,
    party: &'s Party,
    narrow: &'s [Clause<'s>],
    wide: &'s [Clause<'s>],
    store: BTreeMap<&'s str, Held<'s>>,
    gaps: Vec<String>,
    may_gap: bool,
}

/// What is demanded of one key, and what meets it after each demand.
struct Held<'s> {
    domain: Domain,
    literals: Vec<Literal<'s>>,
    solutions: Vec<Solution>,
}

/// Something that has to come about: the clause met, or missed.
#[derive(Clone, Copy)]
struct Goal<'s> {
    clause: &'s Clause<'s>,
    is_met: bool,
}

/// The budget ran out.
struct GaveUp;

const GAVE_UP: &str = "the policies are too involved to compare within the budget";
const CALLER: &str = "whether a statement speaks about a caller is not documented";

impl<'s> Search<'s> {
    pub(super) fn new(
        universe: &'s Universe,
        party: &'s Party,
        (narrow, wide): (&'s [Clause<'s>], &'s [Clause<'s>]),
    ) -> Self {
        Search {
            universe,
            party,
            narrow,
            wide,
            store: BTreeMap::new(),
            gaps: vec![],
            may_gap: false,
        }
    }

    pub(super) fn run(mut self, budget: &mut Budget) -> Verdict {
        let mut unknown = BTreeSet::new();
        for may_gap in [false, true] {
            self.may_gap = may_gap;
            match self.attempt(budget) {
                Ok(None) => {}
                Ok(Some(draft)) if !may_gap => return Verdict::Found(draft),
                Ok(Some(_)) => unknown.extend(self.gaps.drain(..)),
                Err(GaveUp) => return Verdict::Unknown(BTreeSet::from([GAVE_UP.to_owned()])),
            }
            self.store.clear();
        }
        if unknown.is_empty() {
            Verdict::Nothing
        } else {
            Verdict::Unknown(unknown)
        }
    }

    fn attempt(&mut self, budget: &mut Budget) -> Result<Option<Draft>, GaveUp> {
        let of =
            |clauses: &'s [Clause<'s>], effect: Effect| clauses.iter().filter(move |clause| clause.effect == effect);
        let goal = |is_met| move |clause| Goal { clause, is_met };
        let spared: Vec<_> = of(self.narrow, Effect::Deny).map(goal(false)).collect();
        let missed: Vec<_> = of(self.wide, Effect::Allow).map(goal(false)).collect();
        for allow in of(self.narrow, Effect::Allow).map(goal(true)) {
            let begun: Vec<_> = std::iter::once(allow).chain(spared.iter().copied()).collect();
            let denied = of(self.wide, Effect::Deny).map(goal(true)).map(|deny| vec![deny]);
            for ends in std::iter::once(missed.clone()).chain(denied) {
                let goals: Vec<_> = begun.iter().copied().chain(ends).collect();
                if let Some(draft) = self.reach(&goals, budget)? {
                    return Ok(Some(draft));
                }
            }
        }
        Ok(None)
    }

    /// A draft that meets all goals, with backtracking over the ways to miss a clause.
    fn reach(&mut self, goals: &[Goal<'s>], budget: &mut Budget) -> Result<Option<Draft>, GaveUp> {
        let Some((goal, rest)) = goals.split_first() else {
            return Ok(Some(self.draft()));
        };
        let covers = coverage(goal.clause.principal, goal.clause.effect, self.party);
        if goal.is_met {
            return self.meet((goal.clause, covers), rest, budget);
        }
        if covers == Coverage::No {
            return self.reach(rest, budget);
        }
        // Misses that already hold cost nothing: they come first.
        let mut atoms: Vec<&'s Atom> = goal.clause.atoms.iter().collect();
        atoms.sort_by_key(|atom| !self.store.contains_key(atom.key.as_str()));
        for atom in atoms {
            let gaps = self.gaps.len();
            if self.push((atom, false), budget)? {
                if let Some(draft) = self.reach(rest, budget)? {
                    return Ok(Some(draft));
                }
                self.pop(&atom.key);
            }
            self.gaps.truncate(gaps);
        }
        if covers == Coverage::Unsure && self.gap(CALLER) {
            return self.reach(rest, budget);
        }
        Ok(None)
    }

    fn meet(
        &mut self,
        (clause, covers): (&'s Clause<'s>, Coverage),
        rest: &[Goal<'s>],
        budget: &mut Budget,
    ) -> Result<Option<Draft>, GaveUp> {
        if covers == Coverage::No || (covers == Coverage::Unsure && !self.gap(CALLER)) {
            return Ok(None);
        }
        let gaps = self.gaps.len();
        let mut pushed = Vec::new();
        let mut is_met = true;
        for atom in &clause.atoms {
            if !self.push((atom, true), budget)? {
                is_met = false;
                break;
            }
            pushed.push(atom.key.as_str());
        }
        let draft = if is_met { self.reach(rest, budget)? } else { None };
        if draft.is_none() {
            for key in pushed {
                self.pop(key);
            }
            self.gaps.truncate(gaps);
        }
        Ok(draft)
    }

    fn gap(&mut self, reason: &str) -> bool {
        if self.may_gap {
            self.gaps.push(reason.to_owned());
        }
        self.may_gap
    }

    /// Adds a demand if it can be met beside the others.
    fn push(&mut self, (atom, want): (&'s Atom, bool), budget: &mut Budget) -> Result<bool, GaveUp> {
        if !budget.spend(50) {
            return Err(GaveUp);
        }
        let (universe, party) = (self.universe, self.party);
        let held = self.store.entry(atom.key.as_str()).or_insert_with(|| Held {
            domain: universe.domain(party, &atom.key),
            literals: vec![],
            solutions: vec![],
        });
        let known = match held.solutions.last() {
            Some(Solution::Value(value)) if atom.truth(value.as_ref()) == Some(want) => held.solutions.last().cloned(),
            _ => None,
        };
        held.literals.push(Literal {
            atom: Cow::Borrowed(atom),
            want,
        });
        let solution = known.unwrap_or_else(|| solve(&held.domain, &held.literals, budget));
        held.solutions.push(solution.clone());
        if budget.is_spent() {
            return Err(GaveUp);
        }
        let is_met = match solution {
            Solution::Value(_) => true,
            Solution::Nothing => false,
            Solution::Unknown(reason) => self.gap(&reason),
        };
        if !is_met {
            self.pop(&atom.key);
        }
        Ok(is_met)
    }

    fn pop(&mut self, key: &str) {
        if let Some(held) = self.store.get_mut(key) {
            held.literals.pop();
            held.solutions.pop();
        }
    }

    fn draft(&self) -> Draft {
        let found = self.store.iter().filter_map(|(key, held)| match held.solutions.last() {
            Some(Solution::Value(value)) => Some(((*key).to_owned(), value.clone())),
            _ => None,
        });
        self.universe.given().chain(found).collect()
    }
}
