//! Runtime and code: what the function runs on, and how its code came there.

pub(super) mod code_changed_by_person;
pub(super) mod code_unsigned;
pub(super) mod dependencies_unscanned;
pub(super) mod dependencies_vulnerable;
pub(super) mod layer_foreign;
pub(super) mod package_secret;
pub(super) mod package_unclean;
pub(super) mod runtime_deprecated;
pub(super) mod runtime_expiring;

use super::Unjudged;
use crate::package::CodePackage;

/// Each part of the package that was not inspected: what is there is not judged.
fn not_inspected(package: &CodePackage) -> Vec<Unjudged> {
    let gaps = package.not_inspected.iter();
    gaps.map(|gap| Unjudged::undecided(format!("not inspected: {gap}")))
        .collect()
}
