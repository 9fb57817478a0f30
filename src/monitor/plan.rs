//! What a batch of inputs asks for, put together: each function once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Place, facets_of};
use crate::arn::FunctionArn;
use crate::event::{Cause, Change};
use crate::snapshot::{Facet, FacetSet, Occasion, RoleUsers, Scope, ScopeKind};

/// Functions to evaluate.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// By function.
    pub(super) functions: BTreeMap<FunctionArn, Work>,
    /// A sweep is among the inputs: then that is read, too, which only a sweep reads.
    pub(super) is_sweep: bool,
    /// What is asked of the monitor itself.
    pub(super) own: Work,
    /// Changes of which the record does not say what they were.
    pub(super) omitted: Vec<Arc<Cause>>,
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
        let mut known = BTreeSet::new();
        let users = users.values().flatten().filter_map(place);
        // Each once, whatever two roles may claim.
        let grouped: Vec<_> = users.filter(|(function, _)| known.insert(*function)).collect();
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

    /// Adds what a change asks of the monitor itself.
    pub(super) fn note(&mut self, change: &Change) {
        if change.parameters_omitted && !self.omitted.contains(&change.cause) {
            self.omitted.push(Arc::clone(&change.cause));
        }
        let is_own = |facet: &&Facet| facet.occasion() == Occasion::Own;
        let mut facets: FacetSet = change.facets.iter().filter(is_own).copied().collect();
        self.own.facets.extend(&facets);
        if change.parameters_omitted {
            facets.insert(Facet::Omissions);
        }
        if !facets.is_empty() {
            self.own.changes.push(Change {
                facets,
                ..change.clone()
            });
        }
    }

    /// Whether nothing is asked that could say anything about the monitor itself.
    pub(super) fn leaves_own(&self) -> bool {
        !self.is_sweep && self.functions.is_empty() && self.own.facets.is_empty() && self.omitted.is_empty()
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
