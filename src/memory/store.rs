//! A store that lasts as long as the process.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::fast::RandomState;

use crate::arn::FunctionArn;
use crate::history::Open;
use crate::monitor::{Coverage, Dependency, FunctionState, Overview, PortError, Rows, Store};
use crate::snapshot::{Facts, Place, Scope};

/// Keeps everything in maps.
#[derive(Debug, Default)]
pub struct MemoryStore {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    functions: BTreeMap<FunctionArn, Arc<FunctionState>>,
    /// By the key of the scope.
    facts: BTreeMap<String, Facts>,
    /// Looked up far more often than anything else, and never gone through.
    rows: HashMap<Dependency, BTreeSet<Scope>, RandomState>,
    coverage: BTreeMap<Place, Coverage>,
}

impl MemoryStore {
    /// A panic elsewhere leaves the maps whole: each is changed in one step.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every finding that is open, suppressed ones with the reason.
    pub fn all_open(&self) -> Vec<Open> {
        let mut all = Vec::new();
        self.show_open(&mut |open| all.push(open.clone()));
        all
    }

    fn show_open(&self, show: &mut dyn FnMut(&Open)) {
        let kept = self.lock();
        let open = kept.functions.values().flat_map(|state| state.record.open.values());
        open.for_each(show);
    }
}

impl Kept {
    /// Rows of a scope become others.
    fn replace_rows(&mut self, before: &Rows, now: &Rows) {
        for (dependency, dependant) in now.outdated(before) {
            self.drop_row(dependency, dependant);
        }
        self.add_rows(now);
    }

    /// Most rows are there already: only others are copied.
    fn add_rows(&mut self, rows: &Rows) {
        for (dependency, dependant) in &rows.rows {
            if let Some(dependants) = self.rows.get_mut(dependency) {
                if !dependants.contains(dependant) {
                    dependants.insert(dependant.clone());
                }
            } else {
                let dependants = BTreeSet::from([dependant.clone()]);
                self.rows.insert(dependency.clone(), dependants);
            }
        }
    }

    fn drop_row(&mut self, dependency: &Dependency, dependant: &Scope) {
        if let Some(dependants) = self.rows.get_mut(dependency) {
            dependants.remove(dependant);
            if dependants.is_empty() {
                self.rows.remove(dependency);
            }
        }
    }
}

impl Store for MemoryStore {
    async fn function(&self, function: &FunctionArn) -> Result<Arc<FunctionState>, PortError> {
        Ok(self.lock().functions.get(function).cloned().unwrap_or_default())
    }

    async fn save_function(&self, function: &FunctionArn, mut state: FunctionState) -> Result<bool, PortError> {
        let mut kept = self.lock();
        let known = kept.functions.get(function).cloned().unwrap_or_default();
        if known.version != state.version {
            return Ok(false);
        }
        state.version += 1;
        let now = Rows::of_function(function, &state);
        let is_same = !known.gone && !state.gone && known.facts == state.facts;
        if is_same {
            kept.add_rows(&now);
        } else {
            kept.replace_rows(&Rows::of_function(function, &known), &now);
        }
        kept.functions.insert(function.clone(), Arc::new(state));
        Ok(true)
    }

    async fn facts(&self, scope: &Scope) -> Result<Facts, PortError> {
        Ok(self.lock().facts.get(&scope.key()).cloned().unwrap_or_default())
    }

    async fn merge_facts(&self, scope: &Scope, facts: &Facts) -> Result<Facts, PortError> {
        let mut kept = self.lock();
        let before = kept.facts.get(&scope.key()).cloned().unwrap_or_default();
        let mut merged = before.clone();
        merged.merge(facts.clone());
        kept.replace_rows(&Rows::of(scope, &before), &Rows::of(scope, &merged));
        kept.facts.insert(scope.key(), merged.clone());
        Ok(merged)
    }

    async fn dependants(&self, dependency: &Dependency) -> Result<BTreeSet<Scope>, PortError> {
        Ok(self.lock().rows.get(dependency).cloned().unwrap_or_default())
    }

    async fn announce(&self, rows: &[Rows]) -> Result<(), PortError> {
        let mut kept = self.lock();
        for rows in rows {
            kept.add_rows(rows);
        }
        Ok(())
    }

    async fn coverage(&self, place: &Place) -> Result<Coverage, PortError> {
        Ok(self.lock().coverage.get(place).copied().unwrap_or_default())
    }

    async fn add_coverage(&self, place: &Place, coverage: Coverage) -> Result<(), PortError> {
        let mut kept = self.lock();
        let known = kept.coverage.entry(place.clone()).or_default();
        *known = known.and(coverage);
        Ok(())
    }
}

impl Overview for MemoryStore {
    fn each_open(&self, show: &mut dyn FnMut(&Open)) -> Result<(), PortError> {
        self.show_open(show);
        Ok(())
    }

    fn flush(&self) -> Result<(), PortError> {
        Ok(())
    }
}
