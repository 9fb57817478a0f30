//! Is there a request of this class that the policies allow? Demands of the allowing statements are collected, and
//! of every Deny one demand is made to fail, with backtracking.

use super::class::{Assume, Class, World};
use super::rule::{Certainty, Rule};
use crate::policy::condition::{Atom, Comparison, Domain, Literal, Rule as Demanded, Solution, Test, solve};
use crate::policy::document::Effect;
use crate::policy::pattern::{Budget, Pattern};
use crate::policy::request::Values;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Denials that one search considers; more is hostile.
const MAX_DENIALS: usize = 200;

/// One call that has to be allowed, with the keys that the way of calling fixes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) action: &'static str,
    pub(super) fixed: Fixed,
}

/// Keys with their values; `None` is absence.
pub(super) type Fixed = Vec<(&'static str, Option<&'static str>)>;

impl Part {
    fn domain(&self, key: &str) -> Option<Domain> {
        let (_, value) = self.fixed.iter().find(|(fixed, _)| *fixed == key)?;
        Some(value.map_or(Domain::absent(), Domain::fixed))
    }
}

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
    pub(super) world: &'s World<'s>,
    pub(super) rules: &'s [Rule<'s>],
    pub(super) class: &'s Class,
    pub(super) parts: &'s [Part],
    pub(super) mode: Mode,
    store: BTreeMap<&'s str, Held<'s>>,
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
    Miss(&'s Atom),
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
    Onto(&'s str),
}

type Denial<'s> = (&'s Part, Vec<Escape<'s>>);

impl<'s> Search<'s> {
    pub(super) fn new(
        (world, rules): (&'s World<'s>, &'s [Rule<'s>]),
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
            store: BTreeMap::new(),
            gaps: vec![],
        }
    }

    /// A way to pass: `allows` holds for each part the statement that grants it.
    pub(super) fn run(mut self, allows: &[&'s Rule<'s>], budget: &mut Budget) -> Result<Option<Leaf>, GaveUp> {
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

    fn demand_all(&mut self, rule: &'s Rule<'s>, part: &Part, budget: &mut Budget) -> Result<bool, GaveUp> {
        let match_gap = [rule.resource, rule.covers(self.class)].contains(&Certainty::Unsure);
        if match_gap && !self.gap(format!("whether `{}` applies at all is not documented", rule.label)) {
            return Ok(false);
        }
        for atom in &rule.atoms {
            if self.push((atom, true), part, budget)? == Pushed::Refused {
                return Ok(false);
            }
        }
        Ok(true)
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
                let certainty = rule.resource.min(rule.covers(self.class));
                if certainty == Certainty::No {
                    continue;
                }
                let mut escapes: Vec<_> = rule.atoms.iter().map(Escape::Miss).collect();
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
                Escape::Miss(atom) => self.push((atom, false), part, budget)?,
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
                self.pop(key);
            }
        }
        Ok(None)
    }

    /// Adds a demand if it can be met beside the others.
    fn push(&mut self, (atom, want): (&'s Atom, bool), part: &Part, budget: &mut Budget) -> Result<Pushed<'s>, GaveUp> {
        if !budget.spend(50) {
            return Err(GaveUp);
        }
        if let Some(domain) = part.domain(&atom.key) {
            let literal = Literal {
                atom: Cow::Borrowed(atom),
                want,
            };
            let solution = solve(&domain, std::slice::from_ref(&literal), budget);
            return Ok(if self.admits(solution, budget)? {
                Pushed::Aside
            } else {
                Pushed::Refused
            });
        }
        let (key, literal) = Self::carried(self.class, (atom, want));
        let held = self.store.entry(key).or_insert_with(|| Held {
            domain: self.world.domain(self.class, key, self.mode.assume),
            literals: vec![],
            solutions: vec![],
        });
        held.literals.push(literal);
        let solution = solve(&held.domain, &held.literals, budget);
        held.solutions.push(solution.clone());
        if self.admits(solution, budget)? {
            return Ok(Pushed::Onto(key));
        }
        self.pop(key);
        Ok(Pushed::Refused)
    }

    fn pop(&mut self, key: &str) {
        if let Some(held) = self.store.get_mut(key) {
            held.literals.pop();
            held.solutions.pop();
        }
    }

    fn admits(&mut self, solution: Solution, budget: &Budget) -> Result<bool, GaveUp> {
        if budget.is_spent() {
            return Err(GaveUp);
        }
        match solution {
            Solution::Value(_) => Ok(true),
            Solution::Nothing => Ok(false),
            Solution::Unknown(reason) => Ok(self.gap(reason)),
        }
    }

    fn carried(class: &Class, literal: (&'s Atom, bool)) -> (&'s str, Literal<'s>) {
        let (atom, want) = literal;
        let key = atom.key.as_str();
        let Some(carrier) = World::carrier(class, key) else {
            let atom = Cow::Borrowed(atom);
            return (key, Literal { atom, want });
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
        (
            carrier,
            Literal {
                atom: Cow::Owned(Atom {
                    key: carrier.into(),
                    rule,
                }),
                want,
            },
        )
    }

    fn leaf(&self) -> Leaf {
        let mut leaf = Leaf {
            values: BTreeMap::new(),
            gaps: self.gaps.iter().cloned().collect(),
            is_firm: !self.store.keys().any(|key| self.world.is_unknowable(self.class, key)),
        };
        for (key, held) in &self.store {
            if let Some(Solution::Value(value)) = held.solutions.last() {
                leaf.values.insert((*key).to_owned(), value.clone());
            }
        }
        leaf
    }
}
