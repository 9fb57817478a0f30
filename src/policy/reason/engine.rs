//! Is there a request of this class that the policies allow? Demands of the allowing statements are collected, and
//! of every Deny one demand is made to fail, with backtracking.

use super::class::{Assume, Class, World};
use super::memo::Memo;
use super::part::{Given, Part};
use super::rule::{Certainty, Rule};
use crate::policy::condition::{Atom, Comparison, Domain, Literal, Rule as Demanded, Solution, Test, solve};
use crate::policy::document::Effect;
use crate::policy::pattern::{Budget, Pattern};
use crate::policy::request::Values;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Denials that one search considers; more is hostile.
const MAX_DENIALS: usize = 200;

/// How far a search may go: which values it assumes, and whether it may step over what nobody documents.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mode {
    pub(super) assume: Assume,
    pub(super) may_gap: bool,
}

/// A way through: a value for each key that mattered, and what had to be stepped over.
#[derive(Debug, Clone, Default)]
pub(super) struct Leaf {
    pub(super) values: BTreeMap<String, Option<Values>>,
    pub(super) gaps: BTreeSet<String>,
    /// Whether all keys that were looked at have the same values whatever is assumed.
    pub(super) is_firm: bool,
}

/// The search ran out of its budget.
#[derive(Debug)]
pub(super) struct GaveUp;

pub(super) struct Search<'s> {
    pub(super) world: &'s World,
    pub(super) rules: &'s [Rule<'s>],
    pub(super) class: &'s Class,
    pub(super) parts: &'s [Part],
    pub(super) mode: Mode,
    memo: &'s Memo,
    store: BTreeMap<Cow<'s, str>, Held<'s>>,
    gaps: Vec<String>,
}

/// What is demanded of one key, and what meets the demands so far.
struct Held<'s> {
    domain: Domain,
    literals: Vec<Literal<'s>>,
    solutions: Vec<Solution>,
}

/// One way to get past a Deny.
enum Escape<'s> {
    Miss(Cow<'s, Atom>),
    Gap(String),
}

/// Where a demand went.
#[derive(Debug, PartialEq, Eq)]
enum Pushed<'s> {
    /// It cannot be met.
    Refused,
    /// It is met whatever else is demanded.
    Aside,
    /// It joined the others on this key.
    Onto(Cow<'s, str>),
}

type Denial<'s> = (&'s Part, Vec<Escape<'s>>);

impl<'s> Search<'s> {
    pub(super) fn new(
        (world, rules, memo): (&'s World, &'s [Rule<'s>], &'s Memo),
        class: &'s Class,
        parts: &'s [Part],
        mode: Mode,
    ) -> Self {
        Search {
            world,
            rules,
            class,
            parts,
            mode,
            memo,
            store: BTreeMap::new(),
            gaps: vec![],
        }
    }

    /// A way to pass: `allows` holds for each part the statement that grants it.
    pub(super) fn run(mut self, allows: &[&'s Rule<'s>], budget: &mut Budget) -> Result<Option<Leaf>, GaveUp> {
        if self.is_shut() {
            return Ok(None);
        }
        for (rule, part) in allows.iter().zip(self.parts) {
            if !self.demand_all(rule, part, budget)? {
                return Ok(None);
            }
        }
        let Some(denials) = self.denials()? else {
            return Ok(None);
        };
        self.escape(&denials, budget)
    }

    /// Whether a Deny without any condition speaks about these callers: then nothing else need be looked at.
    fn is_shut(&self) -> bool {
        let denying = self.rules.iter().filter(|rule| rule.statement.effect == Effect::Deny);
        let mut plain = denying.filter(|rule| rule.statement.conditions.is_empty() && rule.atoms.is_empty());
        plain.any(|rule| {
            self.resource(rule) == Certainty::Sure
                && rule.covers(self.class) == Certainty::Sure
                && self.parts.iter().any(|part| rule.has_action(part.action))
        })
    }

    fn demand_all(&mut self, rule: &'s Rule<'s>, part: &Part, budget: &mut Budget) -> Result<bool, GaveUp> {
        let (resource, demand) = self.meant(rule);
        let matches = [resource, rule.covers(self.class)];
        if matches.contains(&Certainty::No) {
            return Ok(false);
        }
        if matches.contains(&Certainty::Unsure)
            && !self.gap(format!("whether `{}` applies at all is not documented", rule.label))
        {
            return Ok(false);
        }
        let mut demands: Vec<_> = self.atoms(rule).into_iter().chain(demand).collect();
        demands.sort_by_key(|atom| World::is_searched(&atom.key));
        for atom in demands {
            if self.push((atom, true), part, budget)? == Pushed::Refused {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What the rule demands of these callers.
    fn atoms(&self, rule: &'s Rule<'s>) -> Vec<Cow<'s, Atom>> {
        match rule.with_variables(self.world, self.class) {
            Some(atoms) => atoms.into_iter().map(Cow::Owned).collect(),
            None => rule.atoms.iter().map(Cow::Borrowed).collect(),
        }
    }

    fn resource(&self, rule: &Rule<'_>) -> Certainty {
        rule.resource_for(self.world, self.class)
    }

    /// Whether the resource is meant, and under which demand.
    fn meant(&self, rule: &'s Rule<'s>) -> (Certainty, Option<Cow<'s, Atom>>) {
        match (self.resource(rule), rule.resource_demand(self.world)) {
            (Certainty::Unsure, Some(demand)) => (Certainty::Sure, Some(Cow::Owned(demand))),
            (certainty, _) => (certainty, None),
        }
    }

    /// Notes something that has to be stepped over, if that is permitted.
    fn gap(&mut self, reason: String) -> bool {
        if self.mode.may_gap {
            self.gaps.push(reason);
        }
        self.mode.may_gap
    }

    /// The Deny statements to get past, each with its ways; `None` when one has no way.
    fn denials(&self) -> Result<Option<Vec<Denial<'s>>>, GaveUp> {
        let mut all = Vec::new();
        for part in self.parts {
            let denying = self.rules.iter().filter(|rule| rule.statement.effect == Effect::Deny);
            for rule in denying.filter(|rule| rule.has_action(part.action)) {
                let (resource, demand) = self.meant(rule);
                let certainty = resource.min(rule.covers(self.class));
                if certainty == Certainty::No {
                    continue;
                }
                let demands = self.atoms(rule).into_iter().chain(demand);
                let mut escapes: Vec<_> = demands.map(Escape::Miss).collect();
                if certainty == Certainty::Unsure {
                    escapes.push(Escape::Gap(format!(
                        "whether the Deny `{}` applies is not documented",
                        rule.label
                    )));
                }
                if escapes.is_empty() {
                    return Ok(None);
                }
                all.push((part, escapes));
            }
        }
        if all.len() > MAX_DENIALS {
            Err(GaveUp)
        } else {
            Ok(Some(all))
        }
    }

    fn escape(&mut self, denials: &[Denial<'s>], budget: &mut Budget) -> Result<Option<Leaf>, GaveUp> {
        let Some(((part, escapes), rest)) = denials.split_first() else {
            return Ok(Some(self.leaf()));
        };
        for escape in escapes {
            let gaps = self.gaps.len();
            let pushed = match escape {
                Escape::Miss(atom) => self.push((atom.clone(), false), part, budget)?,
                Escape::Gap(reason) if self.gap(reason.clone()) => Pushed::Aside,
                Escape::Gap(_) => Pushed::Refused,
            };
            if pushed == Pushed::Refused {
                continue;
            }
            if let Some(leaf) = self.escape(rest, budget)? {
                return Ok(Some(leaf));
            }
            self.gaps.truncate(gaps);
            if let Pushed::Onto(key) = pushed {
                self.pop(&key);
            }
        }
        Ok(None)
    }

    /// Adds a demand if it can be met beside the others.
    fn push(
        &mut self,
        (atom, want): (Cow<'s, Atom>, bool),
        part: &Part,
        budget: &mut Budget,
    ) -> Result<Pushed<'s>, GaveUp> {
        if !budget.spend(50) {
            return Err(GaveUp);
        }
        if let Some(solution) = part.solve(&atom, want, budget) {
            return Ok(if self.admits(&solution, budget)? {
                Pushed::Aside
            } else {
                Pushed::Refused
            });
        }
        let literal = Self::carried(self.class, (atom, want));
        let key = match &literal.atom {
            Cow::Borrowed(atom) => Cow::Borrowed(atom.key.as_str()),
            Cow::Owned(atom) => Cow::Owned(atom.key.clone()),
        };
        let held = self.store.entry(key.clone()).or_insert_with(|| Held {
            domain: match part.given(&key) {
                Some(Given::Chosen) => Domain::free(),
                _ => self.world.domain(self.class, &key, self.mode.assume),
            },
            literals: vec![],
            solutions: vec![],
        });
        held.literals.push(literal);
        let solution = if World::is_searched(&key) {
            self.memo.solve(&held.domain, &held.literals, budget)
        } else {
            solve(&held.domain, &held.literals, budget)
        };
        let is_admitted = self.admits(&solution, budget)?;
        if let Some(held) = self.store.get_mut(&key) {
            held.solutions.push(solution);
        }
        if is_admitted {
            return Ok(Pushed::Onto(key));
        }
        self.pop(&key);
        Ok(Pushed::Refused)
    }

    fn pop(&mut self, key: &str) {
        if let Some(held) = self.store.get_mut(key) {
            held.literals.pop();
            held.solutions.pop();
        }
    }

    fn admits(&mut self, solution: &Solution, budget: &Budget) -> Result<bool, GaveUp> {
        if budget.is_spent() {
            return Err(GaveUp);
        }
        match solution {
            Solution::Value(_) => Ok(true),
            Solution::Nothing => Ok(false),
            Solution::Unknown(reason) => Ok(self.gap(reason.clone())),
        }
    }

    /// The demand, on the key that carries what it is about.
    fn carried(class: &Class, (atom, want): (Cow<'s, Atom>, bool)) -> Literal<'s> {
        let key = atom.key.as_str();
        let Some(carrier) = World::carrier(class, key) else {
            return Literal { atom, want };
        };
        let rule = match &atom.rule {
            Demanded::Compare(Comparison {
                test: Test::Text(patterns),
                quantifier,
                is_negated,
                when_absent,
            }) => {
                let test = Test::Text(patterns.iter().map(Pattern::in_account_field).collect());
                let (quantifier, is_negated, when_absent) = (*quantifier, *is_negated, *when_absent);
                Demanded::Compare(Comparison {
                    quantifier,
                    test,
                    is_negated,
                    when_absent,
                })
            }
            Demanded::Compare(_) => Demanded::Opaque(format!("`{key}` is not compared as text")),
            other => other.clone(),
        };
        let key = carrier.into();
        Literal {
            atom: Cow::Owned(Atom { key, rule }),
            want,
        }
    }

    fn leaf(&self) -> Leaf {
        let mut leaf = Leaf {
            values: BTreeMap::new(),
            gaps: self.gaps.iter().cloned().collect(),
            is_firm: !self.store.keys().any(|key| self.world.is_unknowable(self.class, key)),
        };
        for (key, held) in &self.store {
            if let Some(Solution::Value(value)) = held.solutions.last() {
                leaf.values.insert(key.clone().into_owned(), value.clone());
            }
        }
        leaf
    }
}
