//! What does a report say after the sweeps? What is kept of each function then, with what came of it.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::Arc;
use std::thread;

use anyhow::Result;
use jiff::Timestamp;
use lambda_vigil::controls;
use lambda_vigil::history::{Open, Status, Was};
use lambda_vigil::memory::MemoryStore;
use lambda_vigil::monitor::{Evaluation, FunctionState, Overview, Store};
use lambda_vigil::report::posture::{self, Ended, FunctionPosture, Looked, Posture};
use lambda_vigil::settings::Settings;
use lambda_vigil::snapshot::{Facts, RoleUsers, Scope, Snapshot, Value};
use tokio::runtime::Runtime;

/// What came of all sweeps.
#[derive(Default)]
pub(super) struct Swept {
    pub(super) evaluations: Vec<Evaluation>,
    pub(super) own: Option<Evaluation>,
    pub(super) failures: Vec<String>,
}

impl Swept {
    /// The posture, by what the sweeps have left in the store.
    pub(super) fn posture(
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
            let known = shared.entry(scope.clone()).or_default();
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
            users
                .entry(role)
                .or_default()
                .users
                .insert(one.snapshot.function.clone());
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
        let workers: Vec<_> = judged
            .chunks(share)
            .map(|share| scope.spawn(move || describe(share)))
            .collect();
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
    own.sort_by_key(|one| std::cmp::Reverse(one.finding.severity));
    Ok(own)
}

/// A function as it is kept after the sweep, with what came of it.
struct Judged {
    evaluation: Evaluation,
    state: Arc<FunctionState>,
    snapshot: Snapshot,
}
