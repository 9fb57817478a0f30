//! Judges a whole recorded account as a sweep does, and shows how it stands.
#![allow(clippy::disallowed_methods, reason = "the command line reads files and the clock")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use lambda_vigil::arn::FunctionArn;
use lambda_vigil::event::Intake;
use lambda_vigil::memory::{FixedClock, MemoryStore, Silence};
use lambda_vigil::monitor::{FunctionState, Memo, Monitor, Own, Store};
use lambda_vigil::report::posture::{self, Posture};
use lambda_vigil::store::FileStore;
use tokio::runtime::Runtime;

use super::replay::{self, OWN_NAME};
use super::{Exit, account};
use recording::Everything;
use swept::Swept;

mod recording;
mod swept;

/// Shows how a recorded account stands: as a page to look at, as Markdown, or as CSV
///
/// The page is one file that fetches nothing. The state file is only read: with it, the report says since when findings are
/// open and what was resolved.
///
/// Exit code: 0 the report is whole, whatever it shows; 2 it could not be made, or something is missing from it.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  vigil report --account account --output posture.html
  vigil report --account account --state posture.redb --format markdown")]
pub(super) struct ReportOf {
    /// Folder of the recorded account
    #[arg(long, value_name = "DIR", default_value = "events/account")]
    account: PathBuf,
    /// What a replay has kept; default: nothing is known of before
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Settings as TOML or JSON
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// The time to judge at, such as 2026-11-02T10:00:00Z; default: now
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
    /// What comes out
    #[arg(long, value_enum, default_value = "html")]
    format: Format,
    /// Where to write it; default: standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// One page for a browser
    Html,
    /// For a pull request or a wiki
    Markdown,
    /// For a spreadsheet: one row per finding, and per question that could not be judged
    Csv,
}

/// Makes the report.
pub(super) fn report(arguments: &ReportOf) -> Result<Exit> {
    let now = arguments.now.unwrap_or_else(Timestamp::now);
    let posture = posture(arguments, now)?;
    let text = match arguments.format {
        Format::Html => posture::html(&posture),
        Format::Markdown => posture::markdown(&posture),
        Format::Csv => posture::csv(&posture),
    };
    match &arguments.output {
        Some(file) => fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?,
        None => anstream::stdout().lock().write_all(text.as_bytes())?,
    }
    let is_whole = posture.failures.is_empty();
    // The process ends: the operating system takes the memory of a large account back at once, and we piece by piece.
    std::mem::forget(posture);
    Ok(if is_whole { Exit::Clean } else { Exit::Failed })
}

fn posture(arguments: &ReportOf, now: Timestamp) -> Result<Posture> {
    let recorded = Everything(account::account(&arguments.account)?.as_of(now));
    let settings = replay::settings(arguments.settings.as_deref())?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let store = store(arguments.state.as_deref(), &runtime)?;
    let home = replay::home(&recorded.0)
        .with_context(|| format!("no function is recorded in {}", arguments.account.display()))?;
    let monitor = Monitor {
        collector: &recorded.0,
        inventory: &recorded,
        store,
        until: None,
        memo: Memo::default(),
        notifier: Silence,
        clock: FixedClock(now),
        settings,
        own: Own::new(FunctionArn::new(&home.account, &home.region, OWN_NAME)?),
        home,
    };
    let mut swept = Swept::default();
    for account in recorded.accounts() {
        let sweep = Intake::Sweep {
            account: Some(account.clone()),
            region: None,
            after: None,
        };
        let outcome = runtime.block_on(monitor.handle(&[sweep]));
        swept.evaluations.extend(outcome.evaluations);
        swept.failures.extend(outcome.failures);
        if account == monitor.home.account {
            swept.own = outcome.own;
        }
    }
    swept.posture(
        &monitor.store,
        (&monitor.settings, now, arguments.state.is_some()),
        &runtime,
    )
}

/// What is known of before, in memory: a report changes nothing.
fn store(state: Option<&Path>, runtime: &Runtime) -> Result<MemoryStore> {
    let store = MemoryStore::default();
    let Some(file) = state else { return Ok(store) };
    if !file.exists() {
        bail!(
            "there is no state file {}: name one that `vigil replay --state` has written",
            file.display()
        );
    }
    let kept = FileStore::open(file).with_context(|| format!("cannot use {}", file.display()))?;
    let mut known = Vec::new();
    kept.each_function(&mut |function, state| known.push((function, state)))?;
    for (function, state) in known {
        let state = FunctionState { version: 0, ..state };
        runtime.block_on(store.save_function(&function, state))?;
    }
    Ok(store)
}
