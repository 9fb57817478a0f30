//! Which values of policy variables have to be looked at? Values that no policy mentions, and those that conditions name.

use super::clause::{excludes, literals};
use crate::policy::document::{Effect, Policy, Selection, Statement};
use std::collections::BTreeMap;

/// Values for one variable; more named ones than these are not tried.
const NAMED: usize = 3;
/// Runs over combinations.
const RUNS: usize = 8;
/// Letters of a value that no policy mentions: from a private area, and so many that no run of `?` is as long.
const FIRST: u32 = 0xE000;
const LENGTH: usize = 23;

/// Values for all variables, a few times; first those that no policy mentions.
pub(super) fn assignments(policies: [&Policy; 2], variables: &[String]) -> Vec<BTreeMap<String, String>> {
    let strangers: BTreeMap<_, _> = variables.iter().cloned().zip((0..).map(stranger)).collect();
    let mut all = vec![strangers.clone()];
    for variable in variables {
        let named = literals(policies, variable).into_iter().take(NAMED);
        let with = named.map(|value| {
            let mut values = strangers.clone();
            values.insert(variable.clone(), value.to_owned());
            values
        });
        all.extend(with);
    }
    all.truncate(RUNS);
    all
}

/// Whether a value that no policy mentions stands for all: no element or condition asks what a value is not, none
/// looks at the variable's own key, and no variable has a default.
pub(super) fn are_plain([narrow, wide]: [&Policy; 2], variables: &[String]) -> bool {
    let is_looked_at = |variable: &String| {
        let statements = [narrow, wide].into_iter().flat_map(Policy::statements);
        statements
            .flat_map(|statement| &statement.conditions)
            .any(|condition| condition.key == *variable)
    };
    !excludes(wide) && !denies_all_but(narrow) && !variables.iter().any(is_looked_at) && !has_default([narrow, wide])
}

/// To get past a Deny of everything but something, a request has to match that something: a named value may do so
/// where a stranger does not.
fn denies_all_but(policy: &Policy) -> bool {
    let has_exception = |statement: &Statement| {
        matches!(statement.resource, Some(Selection::Except(_)))
            || statement
                .conditions
                .iter()
                .any(|condition| condition.operator.contains("Not"))
    };
    let mut statements = policy.statements().iter();
    statements.any(|statement| statement.effect == Effect::Deny && has_exception(statement))
}

fn has_default(policies: [&Policy; 2]) -> bool {
    let statements = policies.into_iter().flat_map(Policy::statements);
    let conditions = statements
        .clone()
        .flat_map(|statement| &statement.conditions)
        .flat_map(|one| &one.values);
    let resources = statements
        .flat_map(|statement| statement.resource.iter())
        .flat_map(Selection::named);
    let mut texts = conditions.chain(resources);
    texts.any(|text| {
        text.split("${")
            .skip(1)
            .any(|piece| piece.split('}').next().is_some_and(|name| name.contains(',')))
    })
}

fn stranger(index: u32) -> String {
    let letter = char::from_u32(FIRST + index % 0x1000).unwrap_or('\u{E000}');
    letter.to_string().repeat(LENGTH)
}

/// A value as a witness shows it.
pub(super) fn readable(text: &str) -> String {
    let mut written = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let code = u32::from(letter);
        if !(FIRST..FIRST + 0x1000).contains(&code) {
            written.push(letter);
            continue;
        }
        while letters.next_if_eq(&letter).is_some() {}
        written.push_str("value-");
        written.push_str(&(code - FIRST + 1).to_string());
    }
    written
}
