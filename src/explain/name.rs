//! What is a new policy of the role called?

use super::place::Place;
use super::trial::Trial;
use crate::role::name;

/// The free name in this place: each policy that an answer writes takes another.
pub(super) fn free(trial: &Trial<'_>, documents: &[(Place, String)], order: usize) -> String {
    let inline = documents.iter().map(|(place, _)| place);
    let inline = inline.filter(|place| matches!(place, Place::Inline(_)));
    let taken: Vec<&str> = inline.map(Place::name).collect();
    let finding = trial.finding.fingerprint.to_string();
    name::free(
        (trial.snapshot.function.name(), trial.control.id, &finding),
        &taken,
        order,
    )
}
