//! A store that lasts as long as the process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::arn::FunctionArn;
use crate::finding::Finding;
use crate::history::Record;
use crate::monitor::{Expired, Listed, Listing, PortError, Store};
use crate::snapshot::{Facet, FacetSet, Facts, Place, Scope, Value};

/// Keeps everything in maps.
#[derive(Debug, Default)]
pub struct MemoryStore {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    facts: BTreeMap<Scope, Facts>,
    records: BTreeMap<FunctionArn, Record>,
    listings: BTreeMap<Place, Directory>,
}

#[derive(Debug)]
struct Directory {
    at: Timestamp,
    functions: BTreeMap<FunctionArn, Listed>,
}

impl MemoryStore {
    /// A panic elsewhere leaves the maps whole: each is changed in one step.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every finding that is open and suppressed, with the reason.
    pub fn accepted_findings(&self) -> Vec<(Arc<Finding>, String)> {
        let kept = self.lock();
        let open = kept.records.values().flat_map(|record| record.open.values());
        open.filter_map(|open| Some((Arc::clone(&open.finding), open.suppressed.clone()?)))
            .collect()
    }

    /// Every finding that is open and not suppressed.
    pub fn open_findings(&self) -> Vec<Arc<Finding>> {
        let kept = self.lock();
        let open = kept.records.values().flat_map(|record| record.open.values());
        open.filter(|open| open.suppressed.is_none())
            .map(|open| Arc::clone(&open.finding))
            .collect()
    }
}

impl Kept {
    /// Keeps the listing up with a configuration that was read after it.
    fn keep_up(&mut self, function: &FunctionArn, facts: &Facts) {
        if let Some(listing) = self.listings.get_mut(&Place::of(function))
            && let Ok(Value::Configuration(configuration)) = facts.value(Facet::Configuration)
        {
            let listed = Listed {
                function: function.clone(),
                configuration: Arc::clone(configuration),
            };
            listing.functions.insert(function.clone(), listed);
        }
    }
}

impl Store for MemoryStore {
    async fn facts(&self, scope: &Scope) -> Result<Facts, PortError> {
        Ok(self.lock().facts.get(scope).cloned().unwrap_or_default())
    }

    async fn save_facts(&self, scope: &Scope, facts: &Facts) -> Result<(), PortError> {
        let mut kept = self.lock();
        kept.facts.entry(scope.clone()).or_default().merge(facts.clone());
        if let Scope::Function(function) = scope {
            kept.keep_up(function, facts);
        }
        Ok(())
    }

    async fn expire(&self, what: &Expired<'_>, facets: &FacetSet) -> Result<(), PortError> {
        let mut kept = self.lock();
        let expired = kept.facts.iter_mut().filter(|(scope, _)| what.covers(scope));
        for (_, facts) in expired {
            for facet in facets {
                facts.remove(*facet);
            }
        }
        Ok(())
    }

    async fn record(&self, function: &FunctionArn) -> Result<Record, PortError> {
        Ok(self.lock().records.get(function).cloned().unwrap_or_default())
    }

    async fn save_record(&self, function: &FunctionArn, record: Record) -> Result<(), PortError> {
        self.lock().records.insert(function.clone(), record);
        Ok(())
    }

    async fn forget(&self, function: &FunctionArn) -> Result<(), PortError> {
        let mut kept = self.lock();
        kept.records.remove(function);
        kept.facts.remove(&Scope::Function(function.clone()));
        if let Some(listing) = kept.listings.get_mut(&Place::of(function)) {
            listing.functions.remove(function);
        }
        Ok(())
    }

    async fn known(&self, place: &Place) -> Result<Vec<FunctionArn>, PortError> {
        let kept = self.lock();
        Ok(kept
            .records
            .keys()
            .filter(|function| Place::of(function) == *place)
            .cloned()
            .collect())
    }

    async fn listing(&self, place: &Place) -> Result<Option<Listing>, PortError> {
        let kept = self.lock();
        let listing = kept.listings.get(place);
        Ok(listing.map(|known| Listing {
            at: known.at,
            functions: known.functions.values().cloned().collect(),
        }))
    }

    async fn save_listing(&self, place: &Place, listing: &Listing) -> Result<(), PortError> {
        let functions = listing
            .functions
            .iter()
            .map(|listed| (listed.function.clone(), listed.clone()))
            .collect();
        self.lock().listings.insert(
            place.clone(),
            Directory {
                at: listing.at,
                functions,
            },
        );
        Ok(())
    }
}
