//! How does the monitor itself stand? What it knows about itself is judged like a function, and told like one.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::plan::Plan;
use super::settle::{ATTEMPTS, occasion};
use super::{Clock, Collector, Inventory, Monitor, Notifier, Outcome, Place, Store};
use crate::arn::{AccountId, FunctionArn, Region};
use crate::assess::assess_own;
use crate::controls::{Itself, Sweeps};
use crate::event::Cause;
use crate::settings::{Problem, Standing, Use};
use crate::snapshot::{Facet, FacetSet, Facts, Occasion as When, Omission, Scope, Snapshot, Value};

/// What the monitor knows about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// The function that it runs as: findings about it are attached to this.
    pub function: FunctionArn,
    /// What keeps the settings that were given from being used.
    pub problem: Option<Problem>,
    /// What the sources of its events begin with: `aws`, but for tests.
    pub source_prefix: String,
    /// It lives on events, and whatever keeps them from it matters; a look from the command line does not.
    pub is_fed: bool,
}

impl Own {
    /// Runs as a function, with settings that can be used.
    pub fn new(function: FunctionArn) -> Self {
        Self {
            function,
            problem: None,
            source_prefix: "aws".to_owned(),
            is_fed: true,
        }
    }

    /// Looks once, from the command line: nothing feeds it.
    pub fn looking(function: FunctionArn) -> Self {
        Self {
            is_fed: false,
            ..Self::new(function)
        }
    }
}

impl<I: Inventory, C: Collector, S: Store, N: Notifier, K: Clock> Monitor<I, C, S, N, K> {
    /// Judges the monitor after the functions: what they say about suppressions is known then.
    pub(super) async fn judge_own(&self, plan: &Plan, outcome: &mut Outcome) {
        if plan.leaves_own() {
            return;
        }
        let mut seen = Use::default();
        outcome
            .evaluations
            .iter()
            .for_each(|evaluation| seen.add(&evaluation.suppressions));
        // After any failure there may be functions that were not judged.
        let is_whole = plan.is_sweep && !plan.is_in_parts && outcome.failures.is_empty();
        let others = self.inventory.others().await;
        // What may hold in accounts of which nobody knows is not called unused.
        let swept = if is_whole && others.is_ok() {
            places(&plan.swept)
        } else {
            BTreeSet::new()
        };
        let watched = self.watched(plan, others.clone().unwrap_or_default());
        let standing = Standing::of(&self.settings, seen, &watched, &swept);
        let now = self.clock.now();
        let sweeps = self.sweeps_home(plan, outcome).await;
        let own = Itself {
            standing: standing.with(self.own.problem.clone()),
            source_prefix: self.own.source_prefix.clone(),
            is_home: true,
            is_fed: self.own.is_fed,
            others: others.ok(),
            sweeps,
        };
        let snapshot = match self.read_own(plan).await {
            Ok(snapshot) => snapshot,
            Err(problem) => return outcome.failures.push(problem),
        };
        let by = (Some(&own), &self.settings, now);
        let assessment = self.memo.recall(&snapshot, by).unwrap_or_else(|| {
            let judged = Arc::new(assess_own(&snapshot, &own, &self.settings, now));
            self.memo.note(&snapshot, by, &judged);
            judged
        });
        let changes = &plan.own.changes;
        let occasion = occasion(changes, now, &self.settings);
        let told = match self.settle_own(&self.own.function, &assessment, &occasion).await {
            Ok(settled) => settled.told(self).await,
            Err(problem) => Err(problem),
        };
        match told {
            // What was not swept is no news at each event.
            Ok(mut evaluation) => {
                evaluation.unjudged.retain(|_| is_whole);
                outcome.own = Some(evaluation);
            }
            Err(problem) => outcome.failures.push(problem),
        }
    }

    /// Whether sweeps come by where it runs: asked where it is looked whether events arrive, and by a sweep.
    async fn sweeps_home(&self, plan: &Plan, outcome: &mut Outcome) -> Sweeps {
        if !plan.is_sweep && !plan.is_looked_home {
            return Sweeps::Unknown;
        }
        self.sweeps(&self.home).await.unwrap_or_else(|problem| {
            outcome.failures.push(problem);
            Sweeps::Unknown
        })
    }

    /// What feeds the monitor, where it runs: read by a sweep and when a call changed it, from the store otherwise.
    async fn read_own(&self, plan: &Plan) -> Result<Snapshot, String> {
        let mut snapshot = Snapshot::new(self.own.function.clone());
        let scope = Scope::Place(self.home.clone());
        let is_asked = |facet: Facet| self.own.is_fed && (plan.is_sweep || plan.own.facets.contains(facet));
        let wanted: FacetSet = Facet::ALL
            .into_iter()
            .filter(|facet| facet.occasion() == When::Own && is_asked(*facet))
            .collect();
        let mut facts = self.note_omissions(&scope, &plan.omitted).await?;
        if !wanted.is_empty() {
            let fresh = self.collector.collect(&scope, &wanted).await;
            let merged = self.store.merge_facts(&scope, &fresh).await;
            facts = merged.map_err(|error| error.to_string())?;
        }
        snapshot.place = Arc::new(facts);
        Ok(snapshot)
    }

    /// Until what is kept has all of them: others may note theirs at the same time.
    async fn note_omissions(&self, scope: &Scope, causes: &[Arc<Cause>]) -> Result<Facts, String> {
        let facts = self.store.facts(scope).await;
        let mut facts = facts.map_err(|error| error.to_string())?;
        for _ in 0..ATTEMPTS {
            let Some(noted) = omissions(&facts, causes, self.clock.now()) else {
                return Ok(facts);
            };
            let merged = self.store.merge_facts(scope, &noted).await;
            facts = merged.map_err(|error| error.to_string())?;
        }
        Err(format!("cannot note calls without parameters for {scope}"))
    }

    fn watched(&self, plan: &Plan, mut accounts: BTreeSet<AccountId>) -> BTreeSet<(AccountId, Region)> {
        accounts.extend(plan.swept.iter().map(|place| place.account.clone()));
        accounts.insert(self.home.account.clone());
        accounts
            .iter()
            .flat_map(|account| {
                let regions = self.inventory.regions(account).into_iter();
                regions.map(|region| (account.clone(), region))
            })
            .collect()
    }
}

/// What was known of changes without parameters and what came to it; nothing if all of it is known.
fn omissions(known: &Facts, causes: &[Arc<Cause>], now: Timestamp) -> Option<Facts> {
    let known: BTreeSet<Omission> = match known.value(Facet::Omissions) {
        Ok(Value::Omissions(known)) => known.iter().cloned().collect(),
        Ok(_) | Err(_) => BTreeSet::new(),
    };
    let mut all = known.clone();
    all.extend(causes.iter().map(|cause| omission(cause)));
    while all.len() > MOST_OMISSIONS {
        all.pop_first();
    }
    if all == known {
        return None;
    }
    let mut facts = Facts::default();
    facts.insert(now, Value::Omissions(all.into_iter().collect()));
    Some(facts)
}

fn omission(cause: &Cause) -> Omission {
    Omission {
        event_time: cause.event_time,
        event_id: cause.event_id.clone(),
        event_name: cause.event_name.clone(),
        event_source: cause.event_source.clone(),
        actor: cause.actor.clone(),
        source_ip_address: cause.source_ip_address.clone(),
    }
}

/// The newest of them: whoever floods the monitor with such records is known by then.
const MOST_OMISSIONS: usize = 100;

fn places(places: &BTreeSet<Place>) -> BTreeSet<(AccountId, Region)> {
    places
        .iter()
        .map(|place| (place.account.clone(), place.region.clone()))
        .collect()
}
