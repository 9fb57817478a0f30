//! What a batch of inputs asks for, put together: each function once.

use std::collections::{BTreeMap, BTreeSet};

use super::{Place, facets_of};
use crate::arn::FunctionArn;
use crate::event::Change;
use crate::snapshot::{Facet, FacetSet, RoleUsers, Scope, ScopeKind};

/// Functions to evaluate.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// By function.
    pub(super) functions: BTreeMap<FunctionArn, Work>,
    /// A sweep is among the inputs: then that is read, too, which only a sweep reads.
    pub(super) is_sweep: bool,
    /// The places that were listed for it.
    pub(super) swept: BTreeSet<Place>,
}

/// What is asked of one function.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// Its own facets that are read again.
    pub(super) facets: FacetSet,
    /// The changes, oldest first.
    pub(super) changes: Vec<Change>,
}

impl Plan {
    /// The functions, those of one role next to each other: what follows from the role is worked out once for them.
    pub(super) fn by_role(&self, users: &BTreeMap<Scope, RoleUsers>) -> Vec<(&FunctionArn, &Work)> {
        let place = |function: &FunctionArn| self.functions.get_key_value(function);
        let grouped: Vec<_> = users.values().flatten().filter_map(place).collect();
        let known: BTreeSet<&FunctionArn> = grouped.iter().map(|(function, _)| *function).collect();
        let others = self.functions.iter().filter(|(function, _)| !known.contains(function));
        grouped.iter().copied().chain(others).collect()
    }

    /// Adds a change that reaches these functions.
    pub(super) fn add(&mut self, change: &Change, functions: &BTreeSet<FunctionArn>) {
        for function in functions {
            let work = self.functions.entry(function.clone()).or_default();
            work.facets.extend(
                change
                    .facets
                    .iter()
                    .filter(|facet| facet.scope() == ScopeKind::Function),
            );
            work.changes.push(change.clone());
            work.changes.sort_by_key(|change| change.cause.event_time);
        }
    }

    /// Adds functions to be read anew but for what was just read of them.
    pub(super) fn add_all(&mut self, functions: impl IntoIterator<Item = FunctionArn>, but_for: &[Facet]) {
        for function in functions {
            let facets = facets_of(ScopeKind::Function)
                .into_iter()
                .filter(|facet| !but_for.contains(facet));
            self.functions.entry(function).or_default().facets.extend(facets);
        }
    }
}
