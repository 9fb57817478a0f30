//! Which functions does a change of alarms reach? Those that the alarms watched before, and those that they watch now.

use super::affected::Reach;
use super::{Clock, Collector, Inventory, Monitor, Notifier, Place, Store};
use crate::event::Change;
use crate::snapshot::{Alarms, Facet, FacetSet, Facts, Scope, Value, Watch};

impl<I: Inventory, C: Collector, S: Store, N: Notifier, K: Clock> Monitor<I, C, S, N, K> {
    /// Without a stored reading nobody knows what an alarm that is gone has watched: then every function counts.
    pub(super) async fn of_alarms(&self, change: &Change, place: &Place, names: &[String]) -> Reach {
        let scope = Scope::Place(place.clone());
        let before = self.store.facts(&scope).await;
        let alarms = FacetSet::from([Facet::Alarms]);
        let after = self.read_shared_scope(&scope, &alarms, (self.clock.now(), false)).await;
        let mut reach = self.everything_in(place).await;
        let (before, after) = match (before, after) {
            (Ok(before), Ok(after)) => (before, after),
            (before, after) => {
                reach.problems.extend(before.err().map(|error| error.to_string()));
                reach.problems.extend(after.err());
                return reach;
            }
        };
        let (before, after) = (known(&before), known(&after));
        let is_lost = change.deleted && before.is_none();
        if is_lost || after.is_none() {
            return reach;
        }
        let seen: Vec<&Alarms> = before.into_iter().chain(after).collect();
        let watched = |name: &str| seen.iter().any(|alarms| watches(alarms, names, name));
        reach.functions.retain(|function| watched(function.name()));
        reach
    }
}

fn known(facts: &Facts) -> Option<&Alarms> {
    match facts.value(Facet::Alarms) {
        Ok(Value::Alarms(alarms)) => Some(alarms),
        Ok(_) | Err(_) => None,
    }
}

fn watches(alarms: &Alarms, names: &[String], function: &str) -> bool {
    let watches = |of: Watch<'_>| of.is_of(function).unwrap_or(true);
    alarms
        .named(names)
        .any(|alarm| alarm.watched().iter().any(|watched| watches(watched.of)))
}
