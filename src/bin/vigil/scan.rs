//! `vigil scan`: looks at a live account once, through the monitor's own flow.
#![allow(
    clippy::disallowed_methods,
    reason = "the command line knows whether somebody watches"
)]

mod progress;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use lambda_vigil::arn::{AccountId, FunctionArn, Region};
use lambda_vigil::aws::{Clients, LiveCollector, LiveInventory, Members, Reader, Share, SystemClock, Within};
use lambda_vigil::event::Intake;
use lambda_vigil::finding::Severity;
use lambda_vigil::memory::{MemoryStore, Silence};
use lambda_vigil::monitor::{Inventory, Monitor, Overview, Own, Place, Store};
use lambda_vigil::report::Origin;
use lambda_vigil::store::FileStore;

use super::teller::{Form, Teller};
use super::{Exit, Format, replay};
use progress::{Progress, Watched};

/// What it finds about suppressions is attached to a function of this name.
const OWN_NAME: &str = "lambda-vigil";

/// Which account, and what of it.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  vigil scan --profile audit --region eu-west-1 --region us-east-1
  vigil scan --region all --state posture.redb --format jsonl > findings.jsonl
  vigil scan --region eu-west-1 --reader-role LambdaVigilReader --external-id WORD --unit ou-abcd-11111111")]
pub(crate) struct Scan {
    /// A profile of the AWS configuration files; default: the credentials of the environment
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// A Region to look at, or `all` that are enabled; may be given several times; default: that of the profile or environment
    #[arg(long = "region", value_name = "REGION")]
    regions: Vec<String>,
    /// The role by which the other accounts of the organization are read, by its name (infra/reader.yaml); default: this account alone
    #[arg(long, value_name = "ROLE")]
    reader_role: Option<String>,
    /// What that role asks for
    #[arg(long, value_name = "WORD", requires = "reader_role")]
    external_id: Option<String>,
    /// An organizational unit whose accounts are looked at, with all units below it; may be given several times; default: all accounts
    #[arg(
        long = "unit",
        value_name = "ID",
        requires = "reader_role",
        conflicts_with = "accounts"
    )]
    units: Vec<String>,
    /// An account to look at beside this one and those of the units; may be given several times
    #[arg(long = "account", value_name = "ID", requires = "reader_role")]
    accounts: Vec<AccountId>,
    /// Settings as TOML or JSON
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Keeps what is known in this file: the next scan says what came and went, and one that was cut off is gone on with
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// For people or for machines
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Downloads the code packages and looks for secrets in them
    #[arg(long)]
    inspect_packages: bool,
    /// The part of the account's API quotas to use; the rest stays with your deployments
    #[arg(long, value_name = "PERCENT", default_value = "33", value_parser = clap::value_parser!(u16).range(1..=100))]
    share: u16,
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
    let share = Share::percent(asked.share).unwrap_or(Share::DEFAULT);
    let named = asked.regions.iter().find(|region| *region != "all");
    let named = named.map(|region| region.parse::<Region>()).transpose()?;
    let clients = Clients::of_profile(asked.profile.as_deref(), named.as_ref(), share).await;
    let clients = Arc::new(clients.map_err(|problem| anyhow!(problem))?);
    let regions = regions(asked, &clients).await?;
    let progress = Progress::new();
    let scanner = scanner(asked, (&clients, &progress), (store, regions)).await?;
    let mut teller = Teller::new(Form {
        format: asked.format,
        preview: None,
        fail_on: asked.fail_on,
    })?;
    for place in places(&scanner).await? {
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
    }
    let calls = clients.calls().take().by_operation;
    let exit = teller.finish(&scanner.store)?;
    progress.account_for(&calls)?;
    Ok(exit)
}

async fn regions(asked: &Scan, clients: &Clients) -> Result<Vec<Region>> {
    let failed = |problem: String| anyhow!(problem);
    if asked.regions.iter().any(|region| region == "all") {
        return clients.enabled_regions().await.map_err(failed);
    }
    if asked.regions.is_empty() {
        return Ok(vec![clients.home().map_err(failed)?]);
    }
    let mut regions: Vec<Region> = Vec::new();
    for region in &asked.regions {
        let region = region.parse()?;
        if !regions.contains(&region) {
            regions.push(region);
        }
    }
    Ok(regions)
}

async fn scanner<S: Store + Overview>(
    asked: &Scan,
    (clients, progress): (&Arc<Clients>, &Progress),
    (store, regions): (S, Vec<Region>),
) -> Result<Scanner<S>> {
    let account = clients.account().await.map_err(|problem| anyhow!(problem))?;
    let home = regions.first().context("no Region is enabled")?.clone();
    let members = Members::new(account.clone(), home.clone(), Arc::clone(clients), reader(asked));
    let members = Arc::new(members);
    let salt = account.to_string().into_bytes();
    let collector = LiveCollector::new(Arc::clone(&members), salt.clone());
    Ok(Monitor {
        inventory: progress.watch(LiveInventory::new(members, regions, salt)),
        collector: progress.watch(collector.inspecting_packages(asked.inspect_packages)),
        store,
        notifier: Silence,
        clock: SystemClock,
        settings: replay::settings(asked.settings.as_deref())?,
        until: None,
        own: Own::looking(FunctionArn::new(&account, &home, OWN_NAME)?),
        home: Place { account, region: home },
    })
}

fn reader(asked: &Scan) -> Option<Reader> {
    let accounts = asked.accounts.iter().cloned().collect();
    let is_whole = asked.units.iter().any(|unit| unit.starts_with("r-"));
    let within = match (asked.units.is_empty(), asked.accounts.is_empty()) {
        (true, true) => Within::Organization,
        _ if is_whole => Within::Organization,
        (true, false) => Within::Accounts(accounts),
        (false, _) => Within::Units(asked.units.iter().cloned().collect(), accounts),
    };
    Some(Reader {
        role: asked.reader_role.clone()?,
        external_id: asked.external_id.clone(),
        within,
    })
}

/// One after the other: each account and Region has quotas of its own, and what is known of one need not wait for the last.
async fn places<S: Store + Overview>(scanner: &Scanner<S>) -> Result<Vec<Place>> {
    let others = scanner.inventory.others().await;
    let others = others.map_err(|why| anyhow!("cannot tell which accounts there are: {why}"))?;
    let accounts = std::iter::once(scanner.home.account.clone()).chain(others);
    let places = accounts.flat_map(|account| {
        let regions = scanner.inventory.regions(&account).into_iter();
        regions.map(move |region| Place {
            account: account.clone(),
            region,
        })
    });
    Ok(places.collect())
}

/// What is said beside the findings goes where it does not get between them.
fn aside(line: &str) -> Result<()> {
    Ok(writeln!(anstream::stderr(), "{line}")?)
}
