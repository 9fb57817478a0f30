//! Reads what is planned: what changed, what is missing, what failed before and what is too old; the rest comes from the store.

use std::collections::BTreeSet;

use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};

use super::plan::Work;
use super::{AT_ONCE, Clock, Collector, Inventory, Monitor, Notifier, OwnFacts, RoleFacts, Store, facets_of, role_of};
use crate::arn::FunctionArn;
use crate::snapshot::{Facet, FacetSet, Facts, LayerPolicies, Occasion, Outcome, Scope, Value};

/// Facts older than this are read again: the sweep's interval, and some.
const OLDEST: SignedDuration = SignedDuration::from_hours(26);

impl<I: Inventory, C: Collector, S: Store, N: Notifier, K: Clock> Monitor<I, C, S, N, K> {
    /// The functions' own facts.
    pub(super) async fn read_functions(&self, batch: &[(&FunctionArn, &Work)], now: Timestamp) -> OwnFacts {
        let reads = batch.iter().map(|(function, work)| async move {
            let facts = self
                .read(&Scope::Function((*function).clone()), &work.facets, (now, false))
                .await;
            ((*function).clone(), facts)
        });
        stream::iter(reads).buffered(AT_ONCE).collect().await
    }

    /// The facts of the functions' roles: each role once, however many of the functions use it. What changed of a role has expired.
    pub(super) async fn read_roles(&self, own: &OwnFacts, now: Timestamp, is_sweep: bool) -> RoleFacts {
        let roles: BTreeSet<Scope> = own.values().filter_map(role_of).collect();
        let reads = roles.into_iter().map(|scope| async move {
            let facts = self.read(&scope, &FacetSet::new(), (now, is_sweep)).await;
            (scope, facts)
        });
        stream::iter(reads).buffered(AT_ONCE).collect().await
    }

    /// A store that fails costs reads, not correctness: then everything is read.
    async fn read(&self, scope: &Scope, changed: &FacetSet, (now, is_sweep): (Timestamp, bool)) -> Facts {
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
