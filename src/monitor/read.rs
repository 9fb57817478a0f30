//! Reads what is planned: what changed, what is missing, what failed before and what is too old; the rest comes from the store.

use std::collections::BTreeSet;

use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};

use super::plan::Work;
use super::{AT_ONCE, Clock, Collector, Inventory, Monitor, Notifier, OwnFacts, RoleFacts, Store, facets_of, role_of};
use crate::arn::FunctionArn;
use crate::snapshot::{FacetSet, Facts, Outcome, Scope};

/// Facts older than this are read again: the sweep's interval, and some.
const OLDEST: SignedDuration = SignedDuration::from_hours(26);

impl<I: Inventory, C: Collector, S: Store, N: Notifier, K: Clock> Monitor<I, C, S, N, K> {
    /// The functions' own facts.
    pub(super) async fn read_functions(&self, batch: &[(&FunctionArn, &Work)], now: Timestamp) -> OwnFacts {
        let reads = batch.iter().map(|(function, work)| async move {
            let facts = self
                .read(&Scope::Function((*function).clone()), &work.facets, now)
                .await;
            ((*function).clone(), facts)
        });
        stream::iter(reads).buffered(AT_ONCE).collect().await
    }

    /// The facts of the functions' roles: each role once, however many of the functions use it. What changed of a role has expired.
    pub(super) async fn read_roles(&self, own: &OwnFacts, now: Timestamp) -> RoleFacts {
        let roles: BTreeSet<Scope> = own.values().filter_map(role_of).collect();
        let reads = roles.into_iter().map(|scope| async move {
            let facts = self.read(&scope, &FacetSet::new(), now).await;
            (scope, facts)
        });
        stream::iter(reads).buffered(AT_ONCE).collect().await
    }

    /// A store that fails costs reads, not correctness: then everything is read.
    async fn read(&self, scope: &Scope, changed: &FacetSet, now: Timestamp) -> Facts {
        let mut facts = self.store.facts(scope).await.unwrap_or_default();
        let wanted: FacetSet = facets_of(scope.kind())
            .into_iter()
            .filter(|facet| changed.contains(facet) || is_stale(&facts, *facet, now))
            .collect();
        if wanted.is_empty() {
            return facts;
        }
        let fresh = self.collector.collect(scope, &wanted).await;
        let _ = self.store.save_facts(scope, &fresh).await;
        facts.merge(fresh);
        facts
    }
}

fn is_stale(facts: &Facts, facet: crate::snapshot::Facet, now: Timestamp) -> bool {
    facts.reading(facet).is_none_or(|reading| {
        matches!(reading.outcome, Outcome::Unreadable(_)) || now.duration_since(reading.at) > OLDEST
    })
}
