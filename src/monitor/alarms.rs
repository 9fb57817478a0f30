//! Which functions does a change of alarms reach? Those that the alarms watched before, and those that they watch now.

use super::affected::Reach;
use super::{Clock, Collector, Expired, Inventory, Monitor, Notifier, Place, Store};
use crate::event::Change;
use crate::snapshot::{Alarms, Facet, FacetSet, Facts, Scope, Value, Watch};

impl<I: Inventory, C: Collector, S: Store, N: Notifier, K: Clock> Monitor<I, C, S, N, K> {
    /// Without a stored reading nobody knows what an alarm that is gone has watched: then every function counts.
    pub(super) async fn of_alarms(&self, change: &Change, here: &[Place; 1], names: &[String]) -> Reach {
        let [place] = here;
        let scope = Scope::Place(place.clone());
        let before = self.store.facts(&scope).await.unwrap_or_default();
        let alarms = FacetSet::from([Facet::Alarms]);
        let mut problems: Vec<String> = Vec::new();
        if let Err(error) = self.store.expire(&Expired::Place(place), &alarms).await {
            problems.push(error.to_string());
        }
        let after = self.read(&scope, &alarms, (self.clock.now(), false)).await;
        let (before, after) = (known(&before), known(&after));
        let is_lost = change.deleted && before.is_none();
        let seen: Vec<&Alarms> = before.into_iter().chain(after).collect();
        let watched = |name: &str| seen.iter().any(|alarms| watches(alarms, names, name));
        let unread = is_lost || after.is_none();
        let mut reach = self.among_named(here, |name| unread || watched(name)).await;
        reach.problems.extend(problems);
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
