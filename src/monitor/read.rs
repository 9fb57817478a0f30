//! Reads what is planned: what changed, what is missing, what failed before and what is too old; the rest comes from the store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::{StreamExt, join, stream};
use jiff::{SignedDuration, Timestamp};

use super::ahead::Ahead;
use super::plan::Work;
use super::told::told;
use super::users::{AtHand, Users, role_at_hand};
use super::{AT_ONCE, Clock, Collector, FunctionState, Inventory, Monitor, Notifier, Rows, Store, facets_of};
use crate::arn::FunctionArn;
use crate::snapshot::{
    EnvironmentKey, Facet, FacetSet, Facts, LayerPolicies, Occasion, Outcome, Reason, Scope, Snapshot, Value,
};

/// Facts older than this are read again: the sweep's interval, and some.
const OLDEST: SignedDuration = SignedDuration::from_hours(26);

/// How long Lambda lets an invocation take.
const LONGEST_EVALUATION: SignedDuration = SignedDuration::from_mins(15);

/// A function under evaluation.
#[derive(Debug)]
pub(super) struct Case {
    /// What was kept of it, before anything that it is judged by was read.
    pub(super) state: Arc<FunctionState>,
    /// What was read of it now.
    pub(super) fresh: Facts,
    /// All that it is judged by.
    pub(super) snapshot: Snapshot,
    /// What it shares with others, as far as that was asked for beside what is its own.
    pub(super) ahead: Ahead,
}

/// What functions share with others: their roles, VPCs, accounts and Regions; or why that is not to be had.
pub(super) type SharedFacts = BTreeMap<Scope, Result<Arc<Facts>, String>>;

impl Case {
    /// With what was read now.
    pub(super) fn new(function: &FunctionArn, state: Arc<FunctionState>, fresh: Facts) -> Self {
        let mut snapshot = Snapshot::new(function.clone());
        snapshot.own = state.facts.clone();
        snapshot.own.merge(fresh.clone());
        Self {
            state,
            fresh,
            snapshot,
            ahead: Ahead::default(),
        }
    }

    /// Adds what was read later.
    fn add(&mut self, fresh: Facts) {
        self.snapshot.own.merge(fresh.clone());
        self.fresh.merge(fresh);
    }

    /// Takes over what it shares with others.
    pub(super) fn share(&mut self, shared: &SharedFacts) -> Result<(), String> {
        for scope in self.scopes() {
            if let Some(Err(problem)) = shared.get(&scope) {
                return Err(format!("cannot judge {}: {problem}", self.snapshot.function));
            }
        }
        self.snapshot
            .share(|scope| shared.get(scope).and_then(|facts| facts.clone().ok()));
        Ok(())
    }

    /// What it shares with others.
    pub(super) fn scopes(&self) -> impl Iterator<Item = Scope> {
        self.snapshot.shared_scopes()
    }
}

impl<I: Inventory, C: Collector, S: Store, N: Notifier, K: Clock> Monitor<I, C, S, N, K> {
    /// The function with its own facts; nothing where it is known to be gone, and nobody says otherwise. What it hangs on leads
    /// to it before that is read. If it is alone, what it shares with others is asked for beside what is its own.
    pub(super) async fn read_function(
        &self,
        (function, work): (&FunctionArn, &Work),
        when: (Timestamp, bool),
        is_alone: bool,
    ) -> Result<Option<Case>, String> {
        let is_ahead = is_alone && !when.1;
        // Beside what is kept: of a role's users is only asked where they can be told.
        let is_listed = async { is_ahead && self.is_listed(function.account()).await };
        let (state, is_listed) = join!(self.store.function(function), is_listed);
        let state = state.map_err(|error| error.to_string())?;
        if !work.is_named && is_long_gone(&state, when.0) {
            return Ok(None);
        }
        let scope = Scope::Function(function.clone());
        let mut known = state.facts.clone();
        known.merge(work.known.clone());
        let mut wanted = wanted(&scope, (&known, &work.facets), when);
        let named: FacetSet = NAMED.into_iter().filter(|facet| wanted.remove(*facet)).collect();
        let ahead = async {
            // Nothing leads to a function of which nothing is kept.
            if is_ahead && !state.gone && !state.facts.is_empty() {
                self.read_ahead(function, &state.facts, is_listed).await
            } else {
                Ahead::default()
            }
        };
        let own = async {
            let mut fresh = work.known.clone();
            if !wanted.is_empty() {
                fresh.merge(self.collector.collect(&scope, &wanted).await);
            }
            fresh
        };
        let (fresh, ahead) = join!(own, ahead);
        let mut case = Case::new(function, state, fresh);
        case.ahead = ahead;
        self.announce(&case).await?;
        let known = &case.snapshot.own;
        let mut rest = self.read_named(&scope, (known, named), when.0).await;
        rest.merge(told(&work.changes, when.0).unwrap_or_default());
        case.add(rest);
        Ok(Some(case))
    }

    /// Lets what the function hangs on lead to it, before that is read.
    pub(super) async fn announce(&self, case: &Case) -> Result<(), String> {
        let function = &case.snapshot.function;
        if Rows::are_of(&case.state, &case.snapshot.own) {
            return Ok(());
        }
        let rows = Rows::of(&Scope::Function(function.clone()), &case.snapshot.own);
        let rows = rows.beyond(&Rows::of_function(function, &case.state));
        if rows.rows.is_empty() {
            return Ok(());
        }
        let announced = self.store.announce(&[rows]).await;
        announced.map_err(|error| error.to_string())
    }

    /// What the functions share with others: each role, VPC and place once, however many of the functions it serves. A sweep
    /// reads all of it, once.
    pub(super) async fn read_shared(
        &self,
        cases: &mut [&mut Case],
        when: (Timestamp, bool),
        (users, swept): (&Users, &mut BTreeSet<Scope>),
    ) -> SharedFacts {
        let scopes: BTreeSet<Scope> = cases.iter().flat_map(|case| case.scopes()).collect();
        let ahead = match cases {
            [alone] => std::mem::take(&mut alone.ahead),
            _ => Ahead::default(),
        };
        let at_hand: AtHand = cases.iter().filter_map(|case| role_at_hand(&case.snapshot)).collect();
        let (kept, mut known) = (ahead.users, ahead.facts);
        let unknown: BTreeSet<Scope> = scopes
            .iter()
            .filter(|scope| !kept.contains_key(scope))
            .cloned()
            .collect();
        let used = self.users_of_all(&unknown, (users, &at_hand));
        let reads = scopes.iter().cloned().map(|scope| {
            let known = known.remove(&scope);
            let anew = if when.1 && swept.insert(scope.clone()) {
                let mut all = facets_of(scope.kind());
                // What only the records of calls tell is not there to be read again.
                all.retain(|facet| facet.occasion() != Occasion::Event);
                all
            } else {
                FacetSet::new()
            };
            async move {
                let facts = match known {
                    Some(known) => self.renew(&scope, known, (&anew, when)).await,
                    None => self.read_shared_scope(&scope, &anew, when).await,
                };
                (scope, facts)
            }
        });
        let (read, mut used) = join!(stream::iter(reads).buffered(AT_ONCE).collect::<Vec<_>>(), used);
        let kept = kept.into_iter().filter(|(scope, _)| scopes.contains(scope));
        used.extend(kept.filter_map(|(scope, users)| Some((scope, users?))));
        let with_users = read.into_iter().map(|(scope, facts)| {
            let users = used.remove(&scope);
            let facts = facts.map(|mut facts| {
                if let Some(users) = users {
                    facts.insert(when.0, Value::RoleUsers(users));
                }
                Arc::new(facts)
            });
            (scope, facts)
        });
        with_users.collect()
    }

    /// A role, VPC or place: what is known of it after what had to be read was read.
    pub(super) async fn read_shared_scope(
        &self,
        scope: &Scope,
        anew: &FacetSet,
        when: (Timestamp, bool),
    ) -> Result<Facts, String> {
        let known = self.store.facts(scope).await.map_err(|error| error.to_string())?;
        self.renew(scope, known, (anew, when)).await
    }

    async fn renew(
        &self,
        scope: &Scope,
        known: Facts,
        (anew, when): (&FacetSet, (Timestamp, bool)),
    ) -> Result<Facts, String> {
        let wanted = wanted(scope, (&known, anew), when);
        if wanted.is_empty() {
            return Ok(known);
        }
        let fresh = self.collector.collect(scope, &wanted).await;
        let merged = self.store.merge_facts(scope, &fresh).await;
        merged.map_err(|error| error.to_string())
    }

    /// Most functions have no layer of their own account and no key of their own: of these there is nothing to read.
    async fn read_named(&self, scope: &Scope, (known, named): (&Facts, FacetSet), now: Timestamp) -> Facts {
        let mut facts = Facts::default();
        let mut asked = FacetSet::new();
        for facet in named {
            match nothing_named(scope, known, facet) {
                Some(nothing) => facts.insert(now, nothing),
                None => drop(asked.insert(facet)),
            }
        }
        if !asked.is_empty() {
            facts.merge(self.collector.collect(scope, &asked).await);
        }
        facts
    }
}

/// Facets of what a configuration names: they are read once it is known, and only if it names something.
const NAMED: [Facet; 2] = [Facet::LayerPolicies, Facet::EnvironmentKey];

/// The value of such a facet if the configuration names nothing.
fn nothing_named(scope: &Scope, known: &Facts, facet: Facet) -> Option<Value> {
    let (Scope::Function(function), Ok(Value::Configuration(configuration))) =
        (scope, known.value(Facet::Configuration))
    else {
        return None;
    };
    let (layers, key) = (configuration.layers_of(function.account()), &configuration.kms_key_arn);
    if facet == Facet::LayerPolicies && layers.is_empty() {
        return Some(Value::LayerPolicies(LayerPolicies::default()));
    }
    (facet == Facet::EnvironmentKey && key.is_none()).then_some(Value::EnvironmentKey(EnvironmentKey::Default))
}

/// Nobody who saw it before it went, or since it came back, is still at work.
fn is_long_gone(state: &FunctionState, now: Timestamp) -> bool {
    let seen = state.facts.reading(Facet::Configuration);
    let is_old = seen.is_some_and(|reading| now.duration_since(reading.at) > LONGEST_EVALUATION);
    state.gone && state.pending.is_empty() && is_old
}

/// What changed, what is missing, what failed before and what is too old.
fn wanted(scope: &Scope, (known, changed): (&Facts, &FacetSet), (now, is_sweep): (Timestamp, bool)) -> FacetSet {
    let mut wanted = facets_of(scope.kind());
    wanted.retain(|facet| is_read(facet, is_sweep) && (changed.contains(facet) || is_stale(known, facet, now)));
    wanted
}

fn is_read(facet: Facet, is_sweep: bool) -> bool {
    match facet.occasion() {
        Occasion::Due | Occasion::Request => true,
        Occasion::Sweep => is_sweep,
        Occasion::Own | Occasion::Listing | Occasion::Event => false,
    }
}

fn is_stale(facts: &Facts, facet: Facet, now: Timestamp) -> bool {
    facts.reading(facet).is_none_or(|reading| {
        let is_tried_again = match reading.outcome.as_ref() {
            Outcome::Read(_) => false,
            // Nobody asked for it: that does not change from one event to the next. What expired is not read yet, too.
            Outcome::Unreadable(Reason::NotRead) => facet.occasion() != Occasion::Request,
            // Advice on a role's policies that could not be had is worth no call at each event of a function.
            Outcome::Unreadable(_) => facet != Facet::RolePolicyFindings,
        };
        is_tried_again || now.duration_since(reading.at) > OLDEST
    })
}
