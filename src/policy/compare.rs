//! Does one policy allow anything that another does not? A request that tells them apart, or a proof that there is none.

#[cfg(test)]
mod agreement;
mod caller;
mod clause;
mod key;
mod search;
#[cfg(test)]
mod tests;
mod variable;
mod witness;

use super::document::Policy;
use super::pattern::Budget;
use super::request::Request;
use clause::{Clause, Reading};
use key::{Shape, Universe};
use schemars::JsonSchema;
use search::{Search, Verdict};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Work for one direction; comparing the largest managed policies takes a fiftieth.
const BUDGET: u64 = 60_000_000;

/// How two policies relate, each way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Comparison {
    /// Whether everything that A allows is allowed by B.
    pub a_within_b: Within,
    /// Whether everything that B allows is allowed by A.
    pub b_within_a: Within,
    /// A request that only A allows, when there is one.
    pub witness_only_a: Option<Request>,
    /// A request that only B allows, when there is one.
    pub witness_only_b: Option<Request>,
    /// What could not be decided, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

/// Whether one policy allows no more than another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Within {
    /// Proved: no request is allowed by the one and not by the other.
    Yes,
    /// The witness is allowed by the one and not by the other; the concrete evaluation agrees.
    No,
    /// Not decided; the reasons say why.
    CannotTell,
}

/// Compares two policies of one kind as sets of requests: callers, actions, resources and condition keys. Keys are
/// free, but for those that a kind of caller never or always has (IAM User Guide, "AWS global condition context keys").
pub fn compare(one: &Policy, other: &Policy) -> Comparison {
    let (a_within_b, witness_only_a, mut reasons) = within(one, other).parts();
    let (b_within_a, witness_only_b, more) = within(other, one).parts();
    reasons.extend(
        more.into_iter()
            .filter(|reason| !reasons.contains(reason))
            .collect::<Vec<_>>(),
    );
    Comparison {
        a_within_b,
        b_within_a,
        witness_only_a,
        witness_only_b,
        reasons,
    }
}

/// One direction of [`compare`]: whether everything that `narrow` allows is allowed by `wide`; if not, a request that shows
/// it, and if it is not decided, why.
pub fn allows_no_more(narrow: &Policy, wide: &Policy) -> (Within, Option<Request>, Vec<String>) {
    within(narrow, wide).parts()
}

enum Direction {
    Within,
    Beyond(Box<Request>),
    Undecided(Vec<String>),
}

impl Direction {
    fn parts(self) -> (Within, Option<Request>, Vec<String>) {
        match self {
            Direction::Within => (Within::Yes, None, vec![]),
            Direction::Beyond(witness) => (Within::No, Some(*witness), vec![]),
            Direction::Undecided(reasons) => (Within::CannotTell, None, reasons),
        }
    }
}

fn within(narrow: &Policy, wide: &Policy) -> Direction {
    let is_mixed = caller::names_principals(narrow) != caller::names_principals(wide);
    if is_mixed && [narrow, wide].iter().all(|policy| !policy.statements().is_empty()) {
        let reason = "one policy names principals and the other does not: they are not of one kind";
        return Direction::Undecided(vec![reason.into()]);
    }
    let variables = clause::variables([narrow, wide]);
    if variables.is_empty() {
        return with_values((narrow, wide), &BTreeMap::new());
    }
    let mut is_within_for_strangers = true;
    for values in variable::assignments([narrow, wide], &variables) {
        match with_values((narrow, wide), &values) {
            found @ Direction::Beyond(_) => return found,
            Direction::Within => {}
            Direction::Undecided(_) => is_within_for_strangers = false,
        }
    }
    // With values that no policy mentions nothing is beyond. Where nothing asks what a value is not, so with all.
    if is_within_for_strangers && variable::are_plain([narrow, wide], &variables) {
        return Direction::Within;
    }
    match attempt(
        (narrow, wide),
        [true, false].map(|is_narrow| Reading::Bounds { is_narrow }),
        &BTreeMap::new(),
    ) {
        Direction::Within => Direction::Within,
        Direction::Beyond(_) | Direction::Undecided(_) => {
            let names = variables.join("`, `");
            Direction::Undecided(vec![format!(
                "it depends on the values of the policy variables `{names}`"
            )])
        }
    }
}

fn with_values(policies: (&Policy, &Policy), values: &BTreeMap<String, String>) -> Direction {
    attempt(policies, [Reading::Values(values), Reading::Values(values)], values)
}

/// One run with one reading of the variables.
fn attempt(
    (narrow, wide): (&Policy, &Policy),
    [of_narrow, of_wide]: [Reading<'_>; 2],
    values: &BTreeMap<String, String>,
) -> Direction {
    let (narrower, wider) = (Clause::all(narrow, &of_narrow), Clause::all(wide, &of_wide));
    let mut reasons = BTreeSet::new();
    let mut budget = Budget::new(BUDGET);
    let sets: &[bool] = if key::set_keys([&narrower, &wider]).is_empty() {
        &[false]
    } else {
        &[false, true]
    };
    let shapes = [Shape::Arn, Shape::Text];
    for (shape, has_sets) in shapes
        .into_iter()
        .flat_map(|shape| sets.iter().map(move |sets| (shape, *sets)))
    {
        let universe = Universe::new([&narrower, &wider], values.clone(), (has_sets, shape));
        for party in caller::parties([narrow, wide]) {
            match Search::new(&universe, &party, (&narrower, &wider)).run(&mut budget) {
                Verdict::Nothing => {}
                Verdict::Found(draft) => match witness::replayed(draft, &party, (narrow, wide)) {
                    Ok(request) => return Direction::Beyond(Box::new(request)),
                    Err(reason) => {
                        reasons.insert(reason);
                    }
                },
                Verdict::Unknown(more) => reasons.extend(more),
            }
        }
    }
    if reasons.is_empty() {
        Direction::Within
    } else {
        Direction::Undecided(reasons.into_iter().collect())
    }
}
