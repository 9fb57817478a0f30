//! `vigil replay --record`: what was played, as a case in a folder of its own.
#![allow(clippy::disallowed_methods, reason = "the command line reads files")]

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use lambda_vigil::case::{Case, CaseError, MOST_EVENTS};
use lambda_vigil::event;
use lambda_vigil::memory::Account;
use lambda_vigil::monitor::Place;
use serde_json::Value;

use super::Replay;

/// How often pseudonyms are drawn before nobody can have any. A short part of a name may fit a pattern by chance.
const DRAWS: usize = 5;

/// What becomes a case.
pub(super) struct Record {
    folder: PathBuf,
    settings: Option<String>,
    pseudonyms: bool,
    events: Vec<Value>,
}

impl Record {
    /// Nothing if nobody wants it; an error, before anything is played, if it could not be written.
    pub(super) fn asked(arguments: &Replay) -> Result<Option<Self>> {
        let Some(folder) = &arguments.record else {
            return Ok(None);
        };
        let is_taken = fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some());
        if is_taken || folder.is_file() {
            bail!("{} is not empty, name a folder that is, or a new one", folder.display());
        }
        let settings = arguments.settings.as_ref().map(|file| {
            let text = fs::read_to_string(file);
            text.with_context(|| format!("cannot read {}", file.display()))
        });
        Ok(Some(Self {
            folder: folder.clone(),
            settings: settings.transpose()?,
            pseudonyms: arguments.pseudonyms,
            events: Vec::new(),
        }))
    }

    /// Adds the records of a document.
    pub(super) fn take(&mut self, document: &Value) -> Result<()> {
        self.events.extend(event::apart(document));
        if self.events.len() > MOST_EVENTS {
            bail!("more than {MOST_EVENTS} events are no case that anybody reads; name fewer files");
        }
        Ok(())
    }

    /// Writes the case.
    pub(super) fn write(self, account: &Account, when_and_where: (Timestamp, Place)) -> Result<()> {
        let case = Case::of(account, when_and_where, self.events, self.settings)?;
        let case = if self.pseudonyms {
            drawn(|salt| case.disguised(salt))?
        } else {
            case
        };
        case.write(&self.folder)?;
        let (events, folder) = (case.events.len(), self.folder.display());
        writeln!(anstream::stderr(), "a case of {events} events is recorded in {folder}")?;
        Ok(())
    }
}

/// With a salt that nobody knows and nothing keeps.
pub(super) fn drawn<T>(disguised: impl Fn(&[u8]) -> Result<T, CaseError>) -> Result<T> {
    let mut last = None;
    for _ in 0..DRAWS {
        match disguised(&salt()) {
            Ok(done) => return Ok(done),
            Err(error @ CaseError::Disguise(_)) => last = Some(error),
            Err(other) => return Err(other.into()),
        }
    }
    match last {
        Some(error) => Err(error).context("leave --pseudonyms out, or take fewer events"),
        None => bail!("no pseudonyms were drawn"),
    }
}

/// The keys of the standard library's hashers come from the operating system.
fn salt() -> Vec<u8> {
    let words = (0..4_u64).map(|word| RandomState::new().hash_one((word, std::process::id(), Timestamp::now())));
    words.flat_map(u64::to_le_bytes).collect()
}
