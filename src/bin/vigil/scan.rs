//! `vigil scan`: looks at a live account once, through the monitor's own flow.
#![allow(
    clippy::disallowed_methods,
    reason = "the command line knows whether somebody watches"
)]

mod progress;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use lambda_vigil::arn::FunctionArn;
use lambda_vigil::aws::{Depth, LiveCollector, LiveInventory, SystemClock};
use lambda_vigil::event::Intake;
use lambda_vigil::finding::Severity;
use lambda_vigil::memory::{MemoryStore, Silence};
use lambda_vigil::monitor::{Memo, Monitor, Overview, Own, Store};
use lambda_vigil::report::Origin;
use lambda_vigil::store::FileStore;

use super::live::{Live, Which, places};
use super::teller::{Form, Teller};
use super::{Exit, Format, replay};
use progress::{Progress, Watched};

/// What it finds about suppressions is attached to a function of this name.
const OWN_NAME: &str = "lambda-vigil";

/// A look that is not deep is no statement about these.
const LEFT_OUT: &str = "left out: policies of versions and aliases without a URL, `GetResourcePolicy` beside `GetPolicy`, reserved concurrency, destinations of asynchronous calls and \
    loop protection; --deep reads them, too, with some six more Lambda calls a function";

/// Which account, and what of it.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  vigil scan --profile audit --region eu-west-1 --region us-east-1
  vigil scan --region eu-west-1 --deep
  vigil scan --region all --state posture.redb --format jsonl > findings.jsonl
  vigil scan --region eu-west-1 --reader-role LambdaVigilReader --external-id WORD --unit ou-abcd-11111111")]
pub(crate) struct Scan {
    #[command(flatten)]
    which: Which,
    /// Settings as TOML or JSON
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Keeps what is known in this file: the next scan says what came and went, and one that was cut off is gone on with
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// For people or for machines
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Reads also what costs Lambda calls of its own for each function: the policies of all versions and aliases, reserved
    /// concurrency, destinations and loop protection
    #[arg(long)]
    deep: bool,
    /// Downloads the code packages and looks for secrets in them
    #[arg(long)]
    inspect_packages: bool,
    /// The severity from which an open finding makes the exit code 1
    #[arg(long, value_name = "SEVERITY", default_value = "high")]
    fail_on: Severity,
}

type Scanner<S> = Monitor<Watched<LiveInventory>, Watched<LiveCollector>, S, Silence, SystemClock>;

/// Looks.
pub(crate) fn scan(asked: &Scan) -> Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match &asked.state {
        None => runtime.block_on(with(asked, MemoryStore::default())),
        Some(file) => {
            let store = FileStore::open(file).with_context(|| format!("cannot use {}", file.display()))?;
            runtime.block_on(with(asked, store))
        }
    }
}

async fn with<S: Store + Overview>(asked: &Scan, store: S) -> Result<Exit> {
    let live = asked.which.connect().await?;
    let clients = Arc::clone(&live.clients);
    let progress = Progress::new();
    let scanner = scanner(asked, live, (store, &progress))?;
    let mut teller = Teller::new(Form {
        format: asked.format,
        preview: None,
        fail_on: asked.fail_on,
    })?;
    for place in places(&scanner.inventory, &scanner.home.account).await? {
        progress.enter(&place);
        let intake = Intake::Sweep {
            account: Some(place.account.clone()),
            region: Some(place.region.clone()),
            after: None,
        };
        let outcome = scanner.handle(std::slice::from_ref(&intake)).await;
        progress.leave();
        let origin = Origin {
            path: place.to_string(),
            ..Origin::default()
        };
        let intake = teller.input(&origin, Ok(intake))?;
        intake.map_or(Ok(()), |intake| teller.outcome(&origin, &intake, &outcome))?;
        teller.flush()?;
        scanner.store.flush()?;
    }
    let calls = clients.calls().take().by_operation;
    let exit = teller.finish(&scanner.store)?;
    progress.account_for(&calls)?;
    if !asked.deep {
        aside(LEFT_OUT)?;
    }
    Ok(exit)
}

fn scanner<S: Store + Overview>(asked: &Scan, live: Live, (store, progress): (S, &Progress)) -> Result<Scanner<S>> {
    let depth = if asked.deep { Depth::Full } else { Depth::Quick };
    let collector = live.collector.surveying().to_depth(depth);
    let collector = collector.inspecting_packages(asked.inspect_packages);
    let own = FunctionArn::new(&live.home.account, &live.home.region, OWN_NAME)?;
    Ok(Monitor {
        inventory: progress.watch(live.inventory),
        collector: progress.watch(collector),
        store,
        notifier: Silence,
        clock: SystemClock,
        settings: replay::settings(asked.settings.as_deref())?,
        until: None,
        memo: Memo::default(),
        own: Own::looking(own),
        home: live.home,
    })
}

/// What is said beside the findings goes where it does not get between them.
fn aside(line: &str) -> Result<()> {
    Ok(writeln!(anstream::stderr(), "{line}")?)
}
