//! `vigil test`: is the same said of every case as when it was written?

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use lambda_vigil::case::{self, Case, CaseError, Difference, Said};
use lambda_vigil::plain::one_line;

use super::Exit;

/// The longest name of a folder that is shown.
const LONGEST: usize = 200;

/// Which cases.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  vigil test cases
  vigil test --update cases/public-hook && git diff cases

A case is a folder that `vigil replay --record` wrote. In GitHub Actions, fail a pull request that changes what is said:
  - run: vigil test cases")]
pub(crate) struct Test {
    /// Folders of cases: each folder at or below it that has a case.json
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// Writes what is said now as what is expected, in place of comparing
    #[arg(long)]
    update: bool,
}

/// What came of a case.
enum Outcome {
    Same(Said),
    Updated(Said),
    Differs(Difference),
}

/// Plays them all.
pub(super) fn test(asked: &Test) -> Result<Exit> {
    let mut folders = Vec::new();
    for folder in &asked.folders {
        let found = case::folders(folder)?;
        if found.is_empty() {
            bail!(
                "there is no case in {}; `vigil replay --record DIR` writes one",
                folder.display()
            );
        }
        folders.extend(found);
    }
    let mut out = anstream::stdout().lock();
    let (mut failed, mut unread) = (0, 0);
    for folder in &folders {
        let name = one_line(&folder.display().to_string(), LONGEST);
        match play(folder, asked.update) {
            Ok(Outcome::Same(said)) => writeln!(out, "ok       {name}: {}", sum(&said))?,
            Ok(Outcome::Updated(said)) => writeln!(out, "written  {name}: {}", sum(&said))?,
            Ok(Outcome::Differs(difference)) => {
                failed += 1;
                writeln!(out, "FAILED   {name}: - was expected, + is said\n{difference}")?;
            }
            Err(error) => {
                unread += 1;
                writeln!(out, "UNREAD   {name}: {}", one_line(&format!("{error:#}"), 1_000))?;
            }
        }
    }
    let all = folders.len();
    let unread_too = if unread > 0 {
        format!(", {unread} could not be read")
    } else {
        String::new()
    };
    writeln!(out, "{all} cases, {failed} failed{unread_too}")?;
    Ok(match (unread, failed) {
        (0, 0) => Exit::Clean,
        (0, _) => Exit::Findings,
        (_, _) => Exit::Failed,
    })
}

fn play(folder: &Path, update: bool) -> Result<Outcome> {
    if update {
        let said = Case::situation(folder)?.play()?;
        Case::expect(folder, &said)?;
        return Ok(Outcome::Updated(said));
    }
    let case = Case::read(folder)?;
    let said = case.play()?;
    let expected = case.expected.as_ref().ok_or(CaseError::NothingExpected);
    let expected = expected.context("nothing to compare with")?;
    Ok(match expected.difference(&said) {
        Some(difference) => Outcome::Differs(difference),
        None => Outcome::Same(said),
    })
}

fn sum(said: &Said) -> String {
    let accepted = said.open.iter().filter(|found| found.accepted).count();
    let (told, open) = (said.transitions.len(), said.open.len() - accepted);
    format!("{told} transitions; in the end {open} open, {accepted} accepted")
}
