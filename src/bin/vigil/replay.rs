//! Plays recorded events against a recorded account: the monitor's own flow with in-memory ports.
#![allow(clippy::disallowed_methods, reason = "the command line reads files and the clock")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::Timestamp;
use lambda_vigil::arn::FunctionArn;
use lambda_vigil::event::Intake;
use lambda_vigil::memory::{Account, FixedClock, MemoryStore, Silence};
use lambda_vigil::monitor::{Memo, Monitor, Overview, Own, Place, Store};
use lambda_vigil::report::Origin;
use lambda_vigil::settings::Settings;
use lambda_vigil::store::FileStore;
use tokio::runtime::Runtime;

use super::account::account;
use super::ahead::{Ahead, Pause};
use super::keep::Record;
use super::teller::{Form, Teller};
use super::{Exit, Replay, input};

pub(super) use lambda_vigil::case::OWN_NAME;

/// How many bytes of judgements are remembered: those of some ten thousand functions.
const MEMO: usize = 256 << 20;

type ReplayMonitor<S> = Monitor<Arc<Account>, Arc<Account>, S, Silence, FixedClock>;

struct Session<S> {
    monitor: ReplayMonitor<S>,
    runtime: Runtime,
    teller: Teller,
}

/// Plays the events.
pub(super) fn replay(arguments: &Replay) -> Result<Exit> {
    match &arguments.state {
        None => with(arguments, MemoryStore::default()),
        Some(file) => {
            let store = FileStore::open(file).with_context(|| format!("cannot use {}", file.display()))?;
            with(arguments, store)
        }
    }
}

fn with<S: Store + Overview>(arguments: &Replay, store: S) -> Result<Exit> {
    let files = input::files(&arguments.paths, &arguments.account)?;
    let record = Record::asked(arguments)?;
    let mut session = Session::new(arguments, store)?;
    let mut ahead = Ahead::start(files, record)?;
    while let Some((origin, intake)) = ahead.next(|pause| session.rest(pause))? {
        session.take(&origin, intake)?;
    }
    session.teller.flush()?;
    if let Some(record) = ahead.end()? {
        let monitor = &session.monitor;
        record.write(&monitor.inventory, (monitor.clock.0, monitor.home.clone()))?;
    }
    session.finish()
}

/// The settings of a file; those that count without one.
pub(super) fn settings(file: Option<&Path>) -> Result<Settings> {
    let Some(file) = file else {
        return Ok(Settings::default());
    };
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Settings::parse(&text).with_context(|| file.display().to_string())
}

impl<S: Store + Overview> Session<S> {
    fn new(arguments: &Replay, store: S) -> Result<Self> {
        let now = arguments.now.unwrap_or_else(Timestamp::now);
        let inventory = Arc::new(account(&arguments.account)?.as_of(now));
        let home =
            home(&inventory).with_context(|| format!("no function is recorded in {}", arguments.account.display()))?;
        let monitor = Monitor {
            collector: Arc::clone(&inventory),
            inventory,
            store,
            until: None,
            memo: Memo::with_room_for(MEMO),
            notifier: Silence,
            clock: FixedClock(now),
            settings: settings(arguments.settings.as_deref())?,
            own: Own::new(FunctionArn::new(&home.account, &home.region, OWN_NAME)?),
            home,
        };
        Ok(Self {
            monitor,
            runtime: tokio::runtime::Builder::new_current_thread().build()?,
            teller: Teller::new(Form {
                format: arguments.format,
                preview: arguments.preview,
                fail_on: arguments.fail_on,
            })?,
        })
    }

    fn take(&mut self, origin: &Origin, intake: Result<Intake, String>) -> Result<()> {
        let Some(intake) = self.teller.input(origin, intake)? else {
            return Ok(());
        };
        let outcome = self
            .runtime
            .block_on(self.monitor.handle(std::slice::from_ref(&intake)));
        self.teller.outcome(origin, &intake, &outcome)
    }

    /// Whoever feeds standard input waits for the answer before there is more; then there may be nothing for long.
    fn rest(&mut self, pause: Pause) -> Result<()> {
        match pause {
            Pause::Begins => self.teller.flush(),
            Pause::Lasts => Ok(self.monitor.store.flush()?),
        }
    }

    fn finish(self) -> Result<Exit> {
        let exit = self.teller.finish(&self.monitor.store);
        // The process ends: the operating system takes the memory of a large account back at once, and we piece by piece.
        std::mem::forget(self.monitor);
        exit
    }
}

/// Where a sweep without account and Region takes place.
pub(super) fn home(account: &Account) -> Option<Place> {
    account.functions().next().map(|function| Place {
        account: function.account().clone(),
        region: function.region().clone(),
    })
}
