//! Why do the conditions of a statement not keep a request out? One sentence per condition.

use super::document::{Condition, Effect, Policy, Statement};
use super::reason::{Exposure, ExposureVerdict};
use super::request::{Request, Values};

/// More text than this of one attacker-written value is cut.
const SHOWN: usize = 120;

/// Why the conditions of the statements behind an exposure let its witness through; empty without a witness or
/// without conditions.
pub fn why_open(policies: &[Policy], exposure: &Exposure) -> Vec<String> {
    let (ExposureVerdict::Present { witness }
    | ExposureVerdict::Conditional {
        witness: Some(witness), ..
    }) = &exposure.verdict
    else {
        return vec![];
    };
    let statements = policies.iter().flat_map(Policy::statements);
    let granting = statements.filter(|one| one.effect == Effect::Allow && exposure.statements.contains(&one.label()));
    granting.flat_map(|statement| met(statement, witness)).collect()
}

/// Why each condition of a statement holds for a request that the statement decides.
fn met<'a>(statement: &'a Statement, request: &'a Request) -> impl Iterator<Item = String> + 'a {
    let label = statement.label();
    let is_second_call = |condition: &&Condition| condition.key == "lambda:invokedviafunctionurl";
    statement
        .conditions
        .iter()
        .filter(move |condition| !is_second_call(condition))
        .map(move |condition| format!("{label}: {}", holds(condition, request.context.get(&condition.key))))
}

fn holds(condition: &Condition, value: Option<&Values>) -> String {
    let (operator, key) = (&condition.operator, &condition.key);
    let wanted = condition.values.iter().map(|value| format!("`{}`", shown(value)));
    let wanted = wanted.collect::<Vec<_>>().join(" or ");
    let Some(value) = value else {
        let because = if operator.ends_with("IfExists") {
            "`…IfExists` holds without the key"
        } else if operator.starts_with("ForAllValues:") {
            "`ForAllValues` holds without the key"
        } else if operator == "Null" {
            "it asks for the key to be absent"
        } else if operator.contains("Not") {
            "a negated operator holds without the key"
        } else {
            "it holds without the key"
        };
        return format!(
            "`{operator}` on `{key}` does not confine it: the request does not carry `{key}`, and {because}"
        );
    };
    let values: Vec<_> = value.all().iter().map(|value| format!("`{}`", shown(value))).collect();
    let values = values.join(", ");
    match operator.as_str() {
        "Null" => format!("`Null` on `{key}` asks only for the key to be there; it is {values}"),
        _ => format!("`{operator}` on `{key}` compares with {wanted}; the request carries {values}, which meets it"),
    }
}

fn shown(text: &str) -> String {
    text.chars().flat_map(char::escape_debug).take(SHOWN).collect()
}
