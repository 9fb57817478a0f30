//! What was read while an account was looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use lambda_vigil::arn::{AccountId, Arn, FunctionArn, Region};
use lambda_vigil::aws::{LiveCollector, LiveInventory};
use lambda_vigil::monitor::{Collector, Inventory, Listed, Place};
use lambda_vigil::snapshot::{FacetSet, Facts, Reason, Scope, Value};

/// Everything that was read, by what it was read of.
#[derive(Clone, Default)]
pub(super) struct Tape(Arc<Mutex<BTreeMap<Scope, Facts>>>);

/// An inventory that shows some functions alone.
pub(super) struct Listing {
    inner: LiveInventory,
    /// None: all.
    named: BTreeSet<String>,
    tape: Tape,
}

/// A collector whose readings are kept.
pub(super) struct Reading {
    inner: LiveCollector,
    tape: Tape,
}

impl Tape {
    pub(super) fn listing(&self, inner: LiveInventory, named: BTreeSet<String>) -> Listing {
        Listing {
            inner,
            named,
            tape: self.clone(),
        }
    }

    pub(super) fn reading(&self, inner: LiveCollector) -> Reading {
        Reading {
            inner,
            tape: self.clone(),
        }
    }

    /// Shows all of it, in order.
    pub(super) fn each(&self, show: &mut dyn FnMut(&Scope, &Facts)) {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().for_each(|(scope, facts)| show(scope, facts));
    }

    /// Whether a function of this name is on it.
    pub(super) fn has(&self, name: &str) -> bool {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.keys()
            .any(|scope| matches!(scope, Scope::Function(function) if function.name() == name))
    }

    fn keep(&self, scope: &Scope, facts: Facts) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.entry(scope.clone()).or_default().merge(facts);
    }
}

impl Inventory for Listing {
    async fn functions(&self, place: &Place) -> Result<Vec<Listed>, Reason> {
        let mut functions = self.inner.functions(place).await?;
        functions.retain(|listed| self.named.is_empty() || self.named.contains(listed.function.name()));
        for listed in &functions {
            let mut facts = Facts::default();
            facts.insert(
                Timestamp::UNIX_EPOCH,
                Value::Configuration(Arc::clone(&listed.configuration)),
            );
            self.tape.keep(&Scope::Function(listed.function.clone()), facts);
        }
        Ok(functions)
    }

    async fn roles_with_policy(&self, policy: &Arn) -> Result<Vec<String>, Reason> {
        self.inner.roles_with_policy(policy).await
    }

    async fn others(&self) -> Result<BTreeSet<AccountId>, Reason> {
        self.inner.others().await
    }

    fn regions(&self, account: &AccountId) -> Vec<Region> {
        self.inner.regions(account)
    }
}

impl Collector for Reading {
    async fn collect(&self, scope: &Scope, facets: &FacetSet) -> Facts {
        let read = self.inner.collect(scope, facets).await;
        self.tape.keep(scope, read.clone());
        read
    }

    async fn survey(&self, place: &Place, functions: &BTreeMap<FunctionArn, Facts>) {
        self.inner.survey(place, functions).await;
    }

    fn forget(&self) {
        self.inner.forget();
    }
}
