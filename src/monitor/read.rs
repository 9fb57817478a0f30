//! Reads what is planned: what changed, what is missing, what failed before and what is too old; the rest comes from the store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};

use super::plan::Work;
use super::{AT_ONCE, Clock, Collector, Inventory, Monitor, Notifier, SharedFacts, Store, facets_of};
use crate::arn::FunctionArn;
use crate::snapshot::{Facet, FacetSet, Facts, LayerPolicies, Occasion, Outcome, RoleUsers, Scope, Snapshot, Value};

/// Facts older than this are read again: the sweep's interval, and some.
const OLDEST: SignedDuration = SignedDuration::from_hours(26);

impl<I: Inventory, C: Collector, S: Store, N: Notifier, K: Clock> Monitor<I, C, S, N, K> {
    /// The functions with their own facts, in the order of the batch.
    pub(super) async fn read_functions(&self, batch: &[(&FunctionArn, &Work)], now: Timestamp) -> Vec<Snapshot> {
        let reads = batch.iter().map(|(function, work)| async move {
            let mut snapshot = Snapshot::new((*function).clone());
            let scope = Scope::Function((*function).clone());
            snapshot.own = self.read(&scope, &work.facets, (now, false)).await;
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
        let with_layers = wanted.remove(&Facet::LayerPolicies);
        let mut fresh = self.collector.collect(scope, &wanted).await;
        facts.merge(fresh.clone());
        if with_layers {
            let layers = self.read_layers(scope, &facts, now).await;
            facts.merge(layers.clone());
            fresh.merge(layers);
        }
        let _ = self.store.save_facts(scope, &fresh).await;
        facts
    }

    /// Most functions use no layer of their own account: of these there is nothing to read.
    async fn read_layers(&self, scope: &Scope, known: &Facts, now: Timestamp) -> Facts {
        if !uses_no_own_layer(scope, known) {
            return self
                .collector
                .collect(scope, &FacetSet::from([Facet::LayerPolicies]))
                .await;
        }
        let mut none = Facts::default();
        none.insert(now, Value::LayerPolicies(LayerPolicies::default()));
        none
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

fn uses_no_own_layer(scope: &Scope, known: &Facts) -> bool {
    match (scope, known.value(Facet::Configuration)) {
        (Scope::Function(function), Ok(Value::Configuration(configuration))) => {
            configuration.layers_of(function.account()).is_empty()
        }
        _ => false,
    }
}

fn is_read(facet: Facet, is_sweep: bool) -> bool {
    match facet.occasion() {
        Occasion::Due => true,
        Occasion::Sweep => is_sweep,
        Occasion::Listing => false,
    }
}

fn is_stale(facts: &Facts, facet: Facet, now: Timestamp) -> bool {
    facts.reading(facet).is_none_or(|reading| {
        let is_tried_again = matches!(reading.outcome, Outcome::Unreadable(_)) && facet != Facet::RolePolicyFindings;
        // Advice on a role's policies that could not be had is worth no call at each event of a function.
        is_tried_again || now.duration_since(reading.at) > OLDEST
    })
}
