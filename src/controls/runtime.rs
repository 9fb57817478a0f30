//! Runtime and code: what the function runs on.

pub(super) mod package_secret;
pub(super) mod package_unclean;
pub(super) mod runtime_deprecated;

use super::Unjudged;
use crate::package::Inspection;

/// Each part of the package that was not inspected: what is there is not judged.
fn not_inspected(inspection: &Inspection) -> Vec<Unjudged> {
    let gaps = inspection.not_inspected.iter();
    gaps.map(|gap| Unjudged::undecided(format!("not inspected: {gap}"))).collect()
}
