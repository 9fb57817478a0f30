//! How far is a scan? Told on a terminal while it runs, and in a line of API calls at its end.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{IsTerminal, Write, stderr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use lambda_vigil::arn::{AccountId, Arn, FunctionArn, Region};
use lambda_vigil::aws::{LiveCollector, LiveInventory};
use lambda_vigil::monitor::{Collector, Inventory, Listed, Place};
use lambda_vigil::snapshot::{FacetSet, Facts, Reason, Scope};

use super::aside;

/// As often as an eye can follow.
const PAUSE: Duration = Duration::from_millis(200);

/// Counts, and tells.
#[derive(Clone)]
pub(super) struct Progress(Arc<Mutex<State>>);

struct State {
    is_shown: bool,
    place: String,
    listed: usize,
    /// Functions of the place of which something was read.
    read: BTreeSet<String>,
    /// Functions of all places.
    functions: usize,
    told: Instant,
}

/// Something whose use is counted.
pub(super) struct Watched<T> {
    inner: T,
    progress: Progress,
}

impl Progress {
    /// Shown where somebody watches.
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            is_shown: stderr().is_terminal(),
            place: String::new(),
            listed: 0,
            read: BTreeSet::new(),
            functions: 0,
            told: Instant::now(),
        })))
    }

    /// Counts the use of a port.
    pub(super) fn watch<T>(&self, inner: T) -> Watched<T> {
        Watched {
            inner,
            progress: self.clone(),
        }
    }

    /// A place begins.
    pub(super) fn enter(&self, place: &Place) {
        self.with(|state| {
            state.place = place.to_string();
            state.listed = 0;
            state.read.clear();
            state.tell(true);
        });
    }

    /// It has come to its end: its line makes room for the findings.
    pub(super) fn leave(&self) {
        self.with(|state| {
            state.functions += state.listed;
            if state.is_shown {
                let _ = write!(stderr(), "\r\x1b[2K");
            }
        });
    }

    /// What it cost.
    pub(super) fn account_for(&self, calls: &BTreeMap<String, u64>) -> Result<()> {
        let of = |service: &str| -> u64 {
            let those = calls.iter().filter(|(name, _)| name.starts_with(service));
            those.map(|(_, count)| count).sum()
        };
        let (functions, all) = (self.with(|state| state.functions), calls.values().sum::<u64>());
        let lambda = of("Lambda.");
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
        let each = lambda as f64 / functions.max(1) as f64;
        aside(&format!(
            "{functions} functions; {all} API calls, {lambda} of them to Lambda ({each:.1} a function), {} to IAM",
            of("IAM.")
        ))
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn tell(&mut self, is_due: bool) {
        if !self.is_shown || (!is_due && self.told.elapsed() < PAUSE) {
            return;
        }
        self.told = Instant::now();
        let (place, read, listed) = (&self.place, self.read.len(), self.listed);
        let _ = write!(stderr(), "\r\x1b[2K{place}: {read} of {listed} functions read");
        let _ = stderr().flush();
    }
}

impl Inventory for Watched<LiveInventory> {
    async fn functions(&self, place: &Place) -> Result<Vec<Listed>, Reason> {
        let functions = self.inner.functions(place).await?;
        self.progress.with(|state| {
            state.listed = functions.len();
            state.tell(true);
        });
        Ok(functions)
    }

    async fn roles_with_policy(&self, policy: &Arn) -> Result<Vec<String>, Reason> {
        self.inner.roles_with_policy(policy).await
    }

    async fn others(&self) -> Result<BTreeSet<AccountId>, Reason> {
        self.inner.others().await
    }

    fn regions(&self, account: &AccountId) -> Vec<Region> {
        self.inner.regions(account)
    }
}

impl Collector for Watched<LiveCollector> {
    async fn collect(&self, scope: &Scope, facets: &FacetSet) -> Facts {
        let read = self.inner.collect(scope, facets).await;
        if let Scope::Function(function) = scope {
            self.progress.with(|state| {
                state.read.insert(function.to_string());
                state.tell(false);
            });
        }
        read
    }

    async fn survey(&self, place: &Place, functions: &BTreeMap<FunctionArn, Facts>) {
        self.inner.survey(place, functions).await;
    }

    fn forget(&self) {
        self.inner.forget();
    }
}
