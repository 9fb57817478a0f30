//! What does a function's code package hold that does not belong there? Names and lines only: what a member says is never kept,
//! nothing is written to disk, and whatever the archive claims, the work stays within [`Limits`].

mod archive;
mod content;
mod gap;
mod member;

#[cfg(test)]
mod tests;

use std::io::{Read, Seek};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use archive::Limits;
pub use gap::Gap;
pub use member::{Litter, printable};

use crate::secret::Confidence;

/// What was found in a package, and what was not looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct CodePackage {
    /// Members that have no business in a package, each place once.
    pub unclean: Vec<Unclean>,
    /// Members with a credential in them.
    pub secrets: Vec<Secret>,
    /// What was not inspected, and why: whatever is there is not judged.
    pub not_inspected: Vec<Gap>,
}

/// A place in a package that has no business there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Unclean {
    /// The folder or member, printable and cut.
    pub place: String,
    /// What it is.
    pub what: Litter,
}

/// A credential in a package; the value is not kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Secret {
    /// The member, printable and cut.
    pub member: String,
    /// The first line with it, from 1.
    pub line: u32,
    /// The id of the detector that recognised it.
    pub detector: String,
    /// How sure that is.
    pub confidence: Confidence,
    /// It came with somebody else's library, where keys are mostly made for tests.
    #[serde(default)]
    pub vendored: bool,
}

impl CodePackage {
    /// Nothing of it was inspected.
    pub fn none(why: Gap) -> Self {
        Self {
            not_inspected: vec![why],
            ..Self::default()
        }
    }
}

/// Inspects a zip of `size` bytes.
pub fn inspect<R: Read + Seek>(archive: R, size: u64, limits: &Limits) -> CodePackage {
    archive::inspect(archive, size, limits)
}
