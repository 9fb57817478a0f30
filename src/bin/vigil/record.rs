//! `vigil record`: what a live account is like, in files.
#![allow(clippy::disallowed_methods, reason = "the command line writes files")]

mod tape;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use lambda_vigil::arn::FunctionArn;
use lambda_vigil::aws::SystemClock;
use lambda_vigil::case::disguised_lists;
use lambda_vigil::event::Intake;
use lambda_vigil::memory::{MemoryStore, Silence, entry};
use lambda_vigil::monitor::{Memo, Monitor, Own};
use lambda_vigil::settings::Settings;
use serde_json::{Value, json};

use super::Exit;
use super::keep::drawn;
use super::live::{Which, places};
use tape::Tape;

/// A recording is read file by file, beside each other.
const MOST_ENTRIES: usize = 500;

/// Which account, and where to.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  vigil record --region eu-west-1 --output account
  vigil record --region eu-west-1 --output account --pseudonyms
  vigil record --region eu-west-1 --function orders-worker --output cases/orders && vigil replay --account cases/orders event.json")]
pub(crate) struct Record {
    #[command(flatten)]
    which: Which,
    /// Only this function, with its role, network and Region; may be given several times; default: all
    #[arg(long = "function", value_name = "NAME")]
    functions: Vec<String>,
    /// Folder to write into; it is made, and has to be empty
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
    /// Downloads the code packages and looks for secrets in them
    #[arg(long)]
    inspect_packages: bool,
    /// Gives everything other names: accounts, functions, roles, users, addresses; what is judged stays the same
    #[arg(long)]
    pseudonyms: bool,
}

/// Records.
pub(crate) fn record(asked: &Record) -> Result<Exit> {
    prepare(&asked.output)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(with(asked))
}

/// What lies there already would be read as a part of the account.
fn prepare(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut files = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    if files.next().is_some() {
        bail!("{} is not empty, name a folder that is, or a new one", folder.display());
    }
    Ok(())
}

async fn with(asked: &Record) -> Result<Exit> {
    let live = asked.which.connect().await?;
    let named: BTreeSet<String> = asked.functions.iter().cloned().collect();
    let tape = Tape::default();
    let collector = live.collector.surveying().inspecting_packages(asked.inspect_packages);
    let own = FunctionArn::new(&live.home.account, &live.home.region, "lambda-vigil")?;
    let monitor = Monitor {
        inventory: tape.listing(live.inventory, named.clone()),
        collector: tape.reading(collector),
        store: MemoryStore::default(),
        notifier: Silence,
        clock: SystemClock,
        settings: Settings::default(),
        until: None,
        memo: Memo::default(),
        own: Own::looking(own),
        home: live.home,
    };
    let (mut failures, mut unread) = (Vec::new(), 0);
    for place in places(&monitor.inventory, &monitor.home.account).await? {
        let intake = Intake::Sweep {
            account: Some(place.account),
            region: Some(place.region),
            after: None,
        };
        let outcome = monitor.handle(std::slice::from_ref(&intake)).await;
        unread += outcome
            .evaluations
            .iter()
            .map(|one| one.unreadable.len())
            .sum::<usize>();
        failures.extend(outcome.failures);
    }
    let lists = lists(&tape);
    let recorded = lists.get("Functions").map_or(0, Vec::len);
    if let Some(name) = named.iter().find(|name| !tape.has(name)) {
        bail!("there is no function `{name}` in the Regions that were looked at, name its Region (--region)");
    }
    let lists = if asked.pseudonyms {
        drawn(|salt| disguised_lists(&lists, salt))?
    } else {
        lists
    };
    write(&asked.output, &lists)?;
    let mut aside = anstream::stderr();
    for failure in &failures {
        writeln!(aside, "error: {failure}")?;
    }
    writeln!(
        aside,
        "{recorded} functions are recorded in {}; {unread} of their facets could not be read",
        asked.output.display()
    )?;
    Ok(if failures.is_empty() && unread == 0 {
        Exit::Clean
    } else {
        Exit::Failed
    })
}

/// By list, each scope once and in order.
fn lists(tape: &Tape) -> BTreeMap<&'static str, Vec<Value>> {
    let mut lists: BTreeMap<&'static str, Vec<Value>> = BTreeMap::new();
    tape.each(&mut |scope, facts| {
        if let Some((list, entry)) = entry(scope, facts) {
            lists.entry(list).or_default().push(entry);
        }
    });
    lists
}

fn write(folder: &Path, lists: &BTreeMap<&'static str, Vec<Value>>) -> Result<()> {
    for (list, entries) in lists {
        for (part, entries) in entries.chunks(MOST_ENTRIES).enumerate() {
            let number = if part == 0 {
                String::new()
            } else {
                format!("-{}", part + 1)
            };
            let path = folder.join(format!("{}{number}.json", list.to_lowercase()));
            let text = serde_json::to_string_pretty(&json!({ *list: entries }))?;
            fs::write(&path, text + "\n").with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    Ok(())
}
