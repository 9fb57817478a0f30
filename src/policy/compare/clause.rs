//! A statement as a row of demands of one kind: on the action, on the resource and on condition keys.

use crate::policy::condition::{Atom, Comparison, Quantifier, Rule, Test, atoms_with};
use crate::policy::document::{Effect, Policy, Principal, Selection, Statement, Version};
use crate::policy::pattern::{
    Fill, Meaning, Pattern, Wildcards, glob_matches_any_case, has_variable, key_and_default, variables as names,
};
use crate::policy::request::Request;
use std::collections::BTreeMap;

/// What stands for the action and the resource among the condition keys; no key is written like this.
pub(super) const ACTION: &str = "\u{0}action";
pub(super) const RESOURCE: &str = "\u{0}resource";

/// A statement, ready to be met or missed.
pub(super) struct Clause<'a> {
    pub(super) effect: Effect,
    pub(super) principal: Option<&'a Selection<Principal>>,
    pub(super) atoms: Vec<Atom>,
}

/// How variables are read.
pub(super) enum Reading<'v> {
    /// Each has its value; one without a value matches nothing.
    Values(&'v BTreeMap<String, String>),
    /// Nothing is known: what has to match reads them as any text, what must not match as none. `is_narrow` tells
    /// whether the policy is the one whose requests are looked for.
    Bounds { is_narrow: bool },
}

impl Reading<'_> {
    /// The value of a variable in an element of a statement with this effect.
    fn fill(&self, name: &str, (effect, is_negated): (Effect, bool)) -> Fill {
        match self {
            Reading::Values(values) => {
                let (key, default) = key_and_default(name);
                let value = values.get(&key).map(String::as_str).or(default);
                value.map_or(Fill::Nothing, |value| Fill::Text(value.to_owned()))
            }
            Reading::Bounds { is_narrow } => {
                let has_to_match = *is_narrow == (effect == Effect::Allow);
                if has_to_match == is_negated {
                    Fill::Nothing
                } else {
                    Fill::Anything
                }
            }
        }
    }
}

impl<'a> Clause<'a> {
    pub(super) fn all(policy: &'a Policy, reading: &Reading<'_>) -> Vec<Self> {
        let one = |statement: &'a Statement| Clause::new(statement, policy.version(), reading);
        policy.statements().iter().map(one).collect()
    }

    fn new(statement: &'a Statement, version: Version, reading: &Reading<'_>) -> Self {
        let effect = statement.effect;
        let mut atoms = vec![action(&statement.action)];
        atoms.extend(statement.resource.as_ref().map(|selection| {
            let is_negated = matches!(selection, Selection::Except(_));
            let fill = |name: &str| reading.fill(name, (effect, is_negated));
            let patterns = selection.named().iter().filter_map(|text| match version {
                Version::V2008 => Some(Pattern::glob(text)),
                Version::V2012 => match Pattern::template(text, Wildcards::Meant, &fill) {
                    Meaning::Pattern(pattern) => Some(pattern),
                    Meaning::Nothing | Meaning::Unknown(_) => None,
                },
            });
            text(RESOURCE, patterns.collect(), is_negated)
        }));
        atoms.extend(atoms_with(statement, version, &|name, is_negated| {
            reading.fill(name, (effect, is_negated))
        }));
        Clause {
            effect,
            principal: statement.principal.as_ref(),
            atoms,
        }
    }
}

fn action(selection: &Selection<String>) -> Atom {
    let globs = selection.named().iter().map(|text| Pattern::glob(text).any_case());
    text(ACTION, globs.collect(), matches!(selection, Selection::Except(_)))
}

fn text(key: &str, patterns: Vec<Pattern>, is_negated: bool) -> Atom {
    let test = Test::Text(patterns);
    let (quantifier, when_absent) = (Quantifier::Plain, false);
    let comparison = Comparison {
        quantifier,
        test,
        is_negated,
        when_absent,
    };
    Atom {
        key: key.to_owned(),
        rule: Rule::Compare(comparison),
    }
}

/// The condition keys that variables of the policies stand for.
pub(super) fn variables(policies: [&Policy; 2]) -> Vec<String> {
    let texts = policies.into_iter().filter(|policy| policy.version() == Version::V2012);
    let texts = texts.flat_map(|policy| policy.statements().iter().flat_map(texts_of));
    let mut keys: Vec<String> = texts.flat_map(names).map(|name| key_and_default(name).0).collect();
    keys.sort();
    keys.dedup();
    keys
}

fn texts_of(statement: &Statement) -> impl Iterator<Item = &str> {
    let resources = statement.resource.iter().flat_map(Selection::named);
    let values = statement.conditions.iter().flat_map(|condition| &condition.values);
    resources
        .chain(values)
        .map(String::as_str)
        .filter(|text| has_variable(text))
}

/// The request with the action as the policies spell it: names of actions have no case, but readers know one.
pub(super) fn spelled(mut request: Request, policies: [&Policy; 2]) -> Request {
    let statements = policies.into_iter().flat_map(Policy::statements);
    let mut named = statements.flat_map(|statement| statement.action.named());
    if let Some(name) = named.find(|name| !name.contains(['*', '?']) && glob_matches_any_case(name, &request.action)) {
        request.action.clone_from(name);
    }
    request
}

/// The literal values that conditions compare a key with.
pub(super) fn literals<'p>(policies: [&'p Policy; 2], key: &str) -> Vec<&'p str> {
    let conditions = policies
        .into_iter()
        .flat_map(Policy::statements)
        .flat_map(|statement| &statement.conditions);
    let values = conditions
        .filter(|condition| condition.key == key)
        .flat_map(|condition| &condition.values);
    values
        .map(String::as_str)
        .filter(|value| !value.contains(['*', '?', '$']))
        .collect()
}

/// Whether anything but the plain form of elements and operators is used: what a value must not be.
pub(super) fn excludes(policy: &Policy) -> bool {
    let has_exception = |statement: &Statement| {
        matches!(statement.resource, Some(Selection::Except(_)))
            || statement
                .conditions
                .iter()
                .any(|condition| condition.operator.contains("Not"))
    };
    let mut statements = policy.statements().iter();
    statements.any(|statement| statement.effect == Effect::Deny || has_exception(statement))
}
