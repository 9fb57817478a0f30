//! Judges a whole recorded account as a sweep does, and shows how it stands.
#![allow(clippy::disallowed_methods, reason = "the command line reads files and the clock")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use lambda_vigil::arn::{AccountId, Arn, FunctionArn, Region};
use lambda_vigil::controls;
use lambda_vigil::event::Intake;
use lambda_vigil::history::{Open, Status, Was};
use lambda_vigil::memory::{Account, FixedClock, MemoryStore, Silence};
use lambda_vigil::monitor::{Evaluation, FunctionState, Inventory, Listed, Monitor, Overview, Own, Place, Store};
use lambda_vigil::report::posture::{self, Ended, FunctionPosture, Looked, Posture};
use lambda_vigil::settings::Settings;
use lambda_vigil::snapshot::{Facts, Reason, RoleUsers, Scope, Snapshot, Value};
use lambda_vigil::store::FileStore;
use tokio::runtime::Runtime;

use super::replay::{self, OWN_NAME};
use super::{Exit, account};

/// Shows how a recorded account stands: as a page to look at, as Markdown, or as CSV
///
/// The page is one file that fetches nothing. The state file is only read: with it, the report says since when findings are
/// open and what was resolved.
///
/// Exit code: 0 the report is whole, whatever it shows; 2 it could not be made, or something is missing from it.
#[derive(clap::Args)]
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

/// A function as it is kept after the sweep, with what came of it.
struct Judged {
    evaluation: Evaluation,
    state: Arc<FunctionState>,
    snapshot: Snapshot,
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
    swept.posture(&monitor.store, (&monitor.settings, now, arguments.state.is_some()), &runtime)
}

/// What is known of before, in memory: a report changes nothing.
fn store(state: Option<&Path>, runtime: &Runtime) -> Result<MemoryStore> {
    let store = MemoryStore::default();
    let Some(file) = state else { return Ok(store) };
    if !file.exists() {
        bail!("there is no state file {}: name one that `vigil replay --state` has written", file.display());
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

/// What came of all sweeps.
#[derive(Default)]
struct Swept {
    evaluations: Vec<Evaluation>,
    own: Option<Evaluation>,
    failures: Vec<String>,
}

impl Swept {
    fn posture(
        self,
        store: &MemoryStore,
        (settings, now, has_history): (&Settings, Timestamp, bool),
        runtime: &Runtime,
    ) -> Result<Posture> {
        let own_unjudged = self.own.map(|own| own.unjudged).unwrap_or_default();
        let (gone, here): (Vec<_>, Vec<_>) = self.evaluations.into_iter().partition(|one| one.gone);
        let mut resolved: Vec<Ended> = gone.iter().flat_map(ended_with).collect();
        let judged = kept(here, store, runtime)?;
        resolved.extend(judged.iter().flat_map(ended));
        resolved.sort_by(|one, other| (other.at, &one.function).cmp(&(one.at, &other.function)));
        Ok(Posture {
            at: now,
            has_history,
            functions: described(judged, settings, now),
            own: own(store)?,
            own_unjudged,
            resolved,
            failures: self.failures,
        })
    }
}

/// The functions as they are kept, neighbours by role.
fn kept(evaluations: Vec<Evaluation>, store: &MemoryStore, runtime: &Runtime) -> Result<Vec<Judged>> {
    let mut all = Vec::with_capacity(evaluations.len());
    for evaluation in evaluations {
        let state = runtime.block_on(store.function(&evaluation.function))?;
        let mut snapshot = Snapshot::new(evaluation.function.clone());
        snapshot.own = state.facts.clone();
        all.push(Judged {
            evaluation,
            state,
            snapshot,
        });
    }
    let mut shared = users(&all);
    for one in &mut all {
        one.snapshot.share(|scope| {
            let known = shared.entry(scope.clone()).or_insert_with(Shared::default);
            Some(known.facts(|| runtime.block_on(store.facts(scope)).unwrap_or_default()))
        });
    }
    all.sort_by_cached_key(|one| (one.snapshot.role_scope(), one.snapshot.function.clone()));
    Ok(all)
}

/// What functions share, read once for all of them.
#[derive(Default)]
struct Shared {
    /// Who runs with a role follows from the functions, and is not kept.
    users: RoleUsers,
    facts: Option<Arc<Facts>>,
}

impl Shared {
    fn facts(&mut self, read: impl FnOnce() -> Facts) -> Arc<Facts> {
        let users = &mut self.users;
        let known = self.facts.get_or_insert_with(|| {
            let mut facts = read();
            if !users.is_empty() {
                facts.insert(Timestamp::UNIX_EPOCH, Value::RoleUsers(std::mem::take(users)));
            }
            Arc::new(facts)
        });
        Arc::clone(known)
    }
}

/// The roles with the functions that run with them.
fn users(judged: &[Judged]) -> BTreeMap<Scope, Shared> {
    let mut users: BTreeMap<Scope, Shared> = BTreeMap::new();
    for one in judged {
        if let Some(role) = one.snapshot.role_scope() {
            users.entry(role).or_default().users.insert(one.snapshot.function.clone());
        }
    }
    users
}

/// What is said of each function, worked out on as many cores as there are; by ARN.
fn described(judged: Vec<Judged>, settings: &Settings, now: Timestamp) -> Vec<FunctionPosture> {
    let at_once = thread::available_parallelism().map_or(1, NonZero::get);
    let share = judged.len().div_ceil(at_once).max(1);
    let mut all: Vec<FunctionPosture> = thread::scope(|scope| {
        let describe = |share: &[Judged]| {
            let looked: Vec<Looked<'_>> = share.iter().map(looked).collect();
            posture::functions(&looked, settings, now)
        };
        let workers: Vec<_> = judged.chunks(share).map(|share| scope.spawn(move || describe(share))).collect();
        // A worker's panic is one of this process.
        let done = workers.into_iter().map(thread::ScopedJoinHandle::join);
        done.flat_map(|part| part.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    std::mem::forget(judged);
    all.sort_by(|one, other| one.function.cmp(&other.function));
    all
}

fn looked(judged: &Judged) -> Looked<'_> {
    Looked {
        snapshot: &judged.snapshot,
        record: &judged.state.record,
        unjudged: &judged.evaluation.unjudged,
        unreadable: &judged.evaluation.unreadable,
    }
}

/// What is remembered of a function's findings that are gone.
fn ended(judged: &Judged) -> impl Iterator<Item = Ended> {
    judged.state.record.resolved.values().map(|resolved| Ended {
        function: judged.snapshot.function.clone(),
        at: resolved.at,
        was: resolved.was.clone(),
    })
}

/// What ended with the function itself.
fn ended_with(gone: &Evaluation) -> impl Iterator<Item = Ended> {
    let resolved = gone.transitions.iter().filter(|one| one.status == Status::Resolved);
    resolved.map(|transition| Ended {
        function: gone.function.clone(),
        at: transition.at,
        was: Some(Was {
            control: transition.finding.control.clone(),
            severity: transition.finding.severity,
            since: transition.since,
        }),
    })
}

/// What is open about the settings and the watching.
fn own(store: &MemoryStore) -> Result<Vec<Open>> {
    let mut own = Vec::new();
    store.each_open(&mut |open| {
        if controls::find(&open.finding.control).is_some_and(controls::Control::is_own) {
            own.push(open.clone());
        }
    })?;
    own.sort_by(|one, other| other.finding.severity.cmp(&one.finding.severity));
    Ok(own)
}

/// A recording with all its accounts: each is swept by itself, and none is taken for all there is.
struct Everything(Account);

impl Everything {
    fn accounts(&self) -> BTreeSet<AccountId> {
        self.0.functions().map(|function| function.account().clone()).collect()
    }
}

impl Inventory for Everything {
    async fn functions(&self, place: &Place) -> Result<Vec<Listed>, Reason> {
        self.0.functions_of(place)
    }

    async fn roles_with_policy(&self, policy: &Arn) -> Result<Vec<String>, Reason> {
        Ok(self.0.roles_of(policy))
    }

    async fn others(&self) -> Result<BTreeSet<AccountId>, Reason> {
        let mut all = self.accounts();
        all.pop_first();
        Ok(all)
    }

    fn regions(&self, account: &AccountId) -> Vec<Region> {
        self.0.regions(account)
    }
}
