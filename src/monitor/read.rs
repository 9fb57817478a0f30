//! Reads what is planned: what changed, what is missing, what failed before and what is too old; the rest comes from the store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};

use super::plan::Work;
use super::told::told;
use super::{AT_ONCE, Clock, Collector, Inventory, Monitor, Notifier, SharedFacts, Store, facets_of};
use crate::arn::FunctionArn;
use crate::snapshot::{
    EnvironmentKey, Facet, FacetSet, Facts, LayerPolicies, Occasion, Outcome, Reason, RoleUsers, Scope, Snapshot, Value,
};

/// Facts older than this are read again: the sweep's interval, and some.
const OLDEST: SignedDuration = SignedDuration::from_hours(26);

impl<I: Inventory, C: Collector, S: Store, N: Notifier, K: Clock> Monitor<I, C, S, N, K> {
    /// The functions with their own facts, in the order of the batch.
    pub(super) async fn read_functions(
        &self,
        batch: &[(&FunctionArn, &Work)],
        now: Timestamp,
        is_sweep: bool,
    ) -> Vec<Snapshot> {
        let reads = batch.iter().map(|(function, work)| async move {
            let mut snapshot = Snapshot::new((*function).clone());
            let scope = Scope::Function((*function).clone());
            snapshot.own = self.read(&scope, &work.facets, (now, is_sweep)).await;
            if let Some(told) = told(&work.changes, now) {
                snapshot.own.merge(told.clone());
                let _ = self.store.save_facts(&scope, &told).await;
            }
            snapshot
        });
        stream::iter(reads).buffered(AT_ONCE).collect().await
    }

    /// What the functions share with others: each role, VPC and place once, however many of the functions it serves. What
    /// changed of it has expired.
    pub(super) async fn read_shared(
        &self,
        functions: &[Snapshot],
        when: (Timestamp, bool),
        users: &BTreeMap<Scope, RoleUsers>,
    ) -> SharedFacts {
        let scopes: BTreeSet<Scope> = functions.iter().flat_map(scopes_of).collect();
        let reads = scopes.into_iter().map(|scope| async move {
            let mut facts = self.read(&scope, &FacetSet::new(), when).await;
            if let Some(users) = users.get(&scope) {
                facts.insert(when.0, Value::RoleUsers(users.clone()));
            }
            (scope, Arc::new(facts))
        });
        stream::iter(reads).buffered(AT_ONCE).collect().await
    }

    /// A store that fails costs reads, not correctness: then everything is read.
    pub(super) async fn read(&self, scope: &Scope, changed: &FacetSet, (now, is_sweep): (Timestamp, bool)) -> Facts {
        let mut facts = self.store.facts(scope).await.unwrap_or_default();
        let mut wanted: FacetSet = facets_of(scope.kind())
            .into_iter()
            .filter(|facet| is_read(*facet, is_sweep) && (changed.contains(facet) || is_stale(&facts, *facet, now)))
            .collect();
        if wanted.is_empty() {
            return facts;
        }
        let named: FacetSet = NAMED.into_iter().filter(|facet| wanted.remove(facet)).collect();
        let mut fresh = self.collector.collect(scope, &wanted).await;
        facts.merge(fresh.clone());
        if !named.is_empty() {
            let named = self.read_named(scope, (&facts, named), now).await;
            facts.merge(named.clone());
            fresh.merge(named);
        }
        let _ = self.store.save_facts(scope, &fresh).await;
        facts
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

/// What a function shares with others.
fn scopes_of(function: &Snapshot) -> impl Iterator<Item = Scope> {
    let shared = [
        function.role_scope(),
        function.vpc_scope(),
        Some(function.place_scope()),
    ];
    shared.into_iter().flatten()
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

fn is_read(facet: Facet, is_sweep: bool) -> bool {
    match facet.occasion() {
        Occasion::Due | Occasion::Request => true,
        Occasion::Sweep => is_sweep,
        Occasion::Own | Occasion::Listing | Occasion::Event => false,
    }
}

fn is_stale(facts: &Facts, facet: Facet, now: Timestamp) -> bool {
    facts.reading(facet).is_none_or(|reading| {
        let is_tried_again = match &reading.outcome {
            Outcome::Read(_) => false,
            // Nobody asked for it: that does not change from one event to the next.
            Outcome::Unreadable(Reason::NotRead) if facet.occasion() == Occasion::Request => false,
            Outcome::Unreadable(_) => facet != Facet::RolePolicyFindings,
        };
        // Advice on a role's policies that could not be had is worth no call at each event of a function.
        is_tried_again || now.duration_since(reading.at) > OLDEST
    })
}
