//! Is the same said of a situation as when it was written down? Cases in folders, for `vigil test` and for the tests of your own crate.
//!
//! A case is a folder: `case.json` says when and where it is judged, `account/` what the account was like, `events/` what happened, in the
//! order of the files' names, `settings.json`, if it is there, the settings, and `expected.json` what is said. `vigil replay --record`
//! writes one, and `vigil test --update` what is said of one that was changed. In a test of yours:
//!
//! ```
//! let said = lambda_vigil::case::run("tests/examples/public-url")?;
//! assert!(said.open.iter().any(|finding| finding.control == "invoke-public"));
//! # Ok::<(), lambda_vigil::case::CaseError>(())
//! ```
//!
//! All below a folder, each under its name:
//!
//! ```
//! use lambda_vigil::case::{self, Case};
//!
//! for folder in case::folders("tests/examples".as_ref())? {
//!     let case = Case::read(&folder)?;
//!     let said = case.play()?;
//!     assert_eq!(case.expected.as_ref(), Some(&said), "{}", folder.display());
//! }
//! # Ok::<(), lambda_vigil::case::CaseError>(())
//! ```

mod disguise;
mod folder;
mod play;
mod said;
mod subject;

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;

use crate::memory::AccountError;
use crate::plain::one_line;
use crate::settings::SettingsError;
use crate::snapshot::Place;

pub use disguise::disguised_lists;
pub use folder::folders;
pub use play::OWN_NAME;
pub use said::{Difference, Found, Said, Silent, Told};

/// No case has more events.
pub const MOST_EVENTS: usize = 1_000;

/// The longest path in an error, and the longest words about what is there.
const LONGEST_PATH: usize = 1_000;
const LONGEST_DETAIL: usize = 1_000;

/// A situation, and what is said of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The time at which it is judged: what is said does not change with the day.
    pub now: Timestamp,
    /// What a sweep without account and Region means.
    pub home: Place,
    /// The recorded account, by the names of its files; [`crate::memory::Recorded`] is the form of each.
    pub account: BTreeMap<String, Value>,
    /// What happened, by the names of the files, which say the order.
    pub events: BTreeMap<String, Value>,
    /// The settings, as TOML or JSON; none: those that count without any.
    pub settings: Option<String>,
    /// What is said; none if nobody wrote it down yet.
    pub expected: Option<Said>,
}

/// A case that cannot be used, or of which something else is said.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaseError {
    /// A file or folder cannot be read or written.
    #[error("cannot {what} `{path}`: {error}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// With what.
        path: String,
        /// What came of it.
        error: std::io::Error,
    },
    /// The folder holds something already.
    #[error("`{path}` is not empty; name a folder that is, or a new one")]
    NotEmpty {
        /// The folder.
        path: String,
    },
    /// A file is not what it should be.
    #[error("`{path}`: {detail}")]
    File {
        /// The file.
        path: String,
        /// What is wrong.
        detail: String,
    },
    /// A file of the account is not what it should be.
    #[error("`{path}`: {error}")]
    Account {
        /// The file.
        path: String,
        /// What is wrong.
        error: AccountError,
    },
    /// The settings cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Nobody wrote down what is said.
    #[error("there is no `expected.json`; `vigil test --update` writes what is said now")]
    NothingExpected,
    /// Something else is said than is written down.
    #[error("something else is said than is expected:\n{0}")]
    Differs(Difference),
    /// Under other names it would be another case.
    #[error("with pseudonyms something else would be said, so none are given:\n{0}")]
    Disguise(Difference),
}

impl CaseError {
    fn file(path: &str, detail: &str) -> Self {
        let (path, detail) = (shown(path), one_line(detail, LONGEST_DETAIL));
        Self::File { path, detail }
    }

    fn account(path: &str, error: AccountError) -> Self {
        let path = shown(path);
        Self::Account { path, error }
    }
}

/// A stranger named the files of a case, and wrote what an error quotes of them.
fn shown(path: &str) -> String {
    one_line(path, LONGEST_PATH)
}

/// Plays the case of a folder, and gives what is said of it; an error if that is not what is expected.
pub fn run(folder: impl AsRef<Path>) -> Result<Said, CaseError> {
    let case = Case::read(folder.as_ref())?;
    let said = case.play()?;
    let expected = case.expected.as_ref().ok_or(CaseError::NothingExpected)?;
    match expected.difference(&said) {
        Some(difference) => Err(CaseError::Differs(difference)),
        None => Ok(said),
    }
}
