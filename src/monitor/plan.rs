//! What a batch of inputs asks for, put together: each function once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::outpost::Checks;
use super::{Place, facets_of, role_of};
use crate::arn::{AccountId, FunctionArn, Region};
use crate::event::{Cause, Change, Cursor, Subject};
use crate::snapshot::{Facet, FacetSet, Facts, Occasion, ScopeKind};

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
    /// Places of which it is asked whether their events arrive.
    pub(super) checks: Checks,
    /// Where the monitor runs is among them.
    pub(super) is_looked_home: bool,
    /// Accounts and Regions that sweeps have named.
    pub(super) sweeps: Vec<(Option<AccountId>, Option<Region>)>,
    /// What sweeps go on after; none: one of them begins.
    pub(super) after: Option<Cursor>,
    /// Places that could not be listed, and why.
    pub(super) unlisted: Vec<String>,
    /// A sweep is not all of what is swept.
    pub(super) is_in_parts: bool,
    /// The places that were listed for it.
    pub(super) swept: BTreeSet<Place>,
    /// What listings on the way have shown.
    pub(super) listed: BTreeMap<FunctionArn, Facts>,
}

/// What is asked of one function.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// Its own facets that are read again.
    pub(super) facets: FacetSet,
    /// The changes, oldest first.
    pub(super) changes: Vec<Change>,
    /// What a listing has shown of it.
    pub(super) known: Facts,
    /// Somebody names it, so that it is looked for even if it was gone.
    pub(super) is_named: bool,
}

/// Where a function stands in the order of a sweep.
pub(super) fn cursor(function: &FunctionArn, work: &Work) -> Cursor {
    Cursor {
        role: role_of(&work.known).map(|role| role.key()),
        function: function.clone(),
        told: 0,
    }
}

impl Plan {
    /// The functions, those of one role next to each other as far as a listing tells: what follows from the role is worked
    /// out once for them.
    pub(super) fn by_role(&mut self) -> Vec<(&FunctionArn, &Work)> {
        for (function, work) in &mut self.functions {
            if let Some(facts) = self.listed.remove(function) {
                work.known = facts;
                work.is_named = true;
            }
        }
        self.listed.clear();
        let mut functions: Vec<_> = self.functions.iter().collect();
        functions.sort_by_cached_key(|(function, work)| cursor(function, work));
        // What an event asks for is asked whatever a sweep has seen.
        let is_left = |function: &FunctionArn, work: &Work| {
            self.after.as_ref().is_none_or(|after| *after < cursor(function, work))
        };
        functions.retain(|(function, work)| !work.changes.is_empty() || is_left(function, work));
        functions
    }

    /// Whether a sweep of another account is among the inputs.
    pub(super) fn sweeps_another(&self, account: Option<&AccountId>) -> bool {
        self.sweeps.iter().any(|(known, _)| known.as_ref() != account)
    }

    /// Adds a sweep, or the rest of one.
    pub(super) fn go_on(&mut self, named: (Option<AccountId>, Option<Region>), after: Option<Cursor>) {
        // Of several the one that has come least far counts.
        self.after = match (self.sweeps.is_empty(), self.after.take()) {
            (true, _) => after,
            (false, known) => known.min(after),
        };
        if !self.sweeps.contains(&named) {
            self.sweeps.push(named);
        }
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
            work.is_named |= matches!(&change.subject, Subject::Function { arn, .. } if arn == function);
            work.changes.push(change.clone());
            work.changes.sort_by_key(|change| change.cause.event_time);
        }
    }

    /// Adds what a change asks of the monitor itself.
    pub(super) fn note(&mut self, change: &Change, home: &Place) {
        if change.parameters_omitted && !self.omitted.contains(&change.cause) {
            self.omitted.push(Arc::clone(&change.cause));
        }
        let is_own = |facet: &Facet| facet.occasion() == Occasion::Own;
        let place = Place {
            account: change.account.clone(),
            region: change.region.clone(),
        };
        // What others do to rules and topics of theirs is none of the monitor's own business; a trail may be of all Regions.
        let is_here = |facet: &Facet| match facet {
            Facet::Rules | Facet::Buses => place == *home,
            Facet::Topics | Facet::Trails => change.account == home.account,
            _ => true,
        };
        let mut facets: FacetSet = change.facets.iter().filter(is_own).filter(is_here).collect();
        self.own.facets.extend(facets);
        let feeds = |facet: Facet| matches!(facet, Facet::Trails | Facet::Rules);
        if change.facets.iter().any(feeds) && place != *home {
            self.check(&place, home, Some(change));
        }
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
