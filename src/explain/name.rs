//! What is a new policy of the role called? Otherwise than what any other answer writes, and than what the role has already.

use super::place::Place;
use super::trial::Trial;

/// Letters of the function's name: with what follows them less than the 128 that a policy's name may have.
const OF_FUNCTION: usize = 64;
/// Letters of the finding's id: two findings of a control on one function have two names.
const OF_FINDING: usize = 8;

/// The free name in this place: each policy that an answer writes takes another.
pub(super) fn free(trial: &Trial<'_>, documents: &[(Place, String)], order: usize) -> String {
    let function: String = trial.snapshot.function.name().chars().take(OF_FUNCTION).collect();
    let id: String = trial.finding.fingerprint.to_string().chars().take(OF_FINDING).collect();
    let base = format!("{function}-{}-{id}", trial.control.id);
    let is_taken = |name: &String| {
        let own = documents.iter().map(|(place, _)| place);
        own.filter(|place| matches!(place, Place::Inline(_)))
            .any(|place| place.name().eq_ignore_ascii_case(name))
    };
    let numbered = (2..).map(|number| format!("{base}-{number}"));
    let mut names = std::iter::once(base.clone())
        .chain(numbered)
        .filter(|name| !is_taken(name));
    names.nth(order).unwrap_or_else(|| base.clone())
}
