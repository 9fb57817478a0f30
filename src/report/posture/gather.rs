//! What does a report say of functions that were judged? From their snapshots, records and what could not be judged of them.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Callers, FunctionPosture, Network, Reach, sort_worst_first};
use crate::assess::CannotJudge;
use crate::controls::Context;
use crate::history::{Open, Record};
use crate::settings::Settings;
use crate::snapshot::{Configuration, Facet, Reason, Snapshot, Unreadable};

/// A function that was judged, with what came of it.
#[derive(Debug)]
pub struct Looked<'a> {
    /// What is known of it.
    pub snapshot: &'a Snapshot,
    /// What is open and was resolved.
    pub record: &'a Record,
    /// What could not be judged.
    pub unjudged: &'a [CannotJudge],
    /// What could not be read.
    pub unreadable: &'a [Unreadable],
}

/// What a report says of functions, in their order. What follows from a role is worked out once for neighbours that share it.
pub fn functions(looked: &[Looked<'_>], settings: &Settings, now: Timestamp) -> Vec<FunctionPosture> {
    let mut before: Option<(Context<'_>, Arc<Reach>)> = None;
    let mut all = Vec::with_capacity(looked.len());
    for one in looked {
        let context = Context::new(one.snapshot, settings, now);
        let context = context.beside(before.as_ref().map(|(other, _)| other));
        let reach = match &before {
            Some((other, reach)) if is_same_role(&context, other) => Arc::clone(reach),
            Some(_) | None => Arc::new(Reach::of(&context)),
        };
        all.push(function(one, &context, &reach));
        before = Some((context, reach));
    }
    all
}

/// Whether two functions can do the same: by the same role, as read once for both, whose policies do not tell them apart.
fn is_same_role(one: &Context<'_>, other: &Context<'_>) -> bool {
    let role = |context: &Context<'_>| context.snapshot.configuration().ok().map(|known| known.role.clone());
    let is_told_apart = || one.role_grants().is_ok_and(crate::policy::RoleGrants::tells_functions_apart);
    Arc::ptr_eq(&one.snapshot.role, &other.snapshot.role)
        && role(one) == role(other)
        && one.snapshot.function.account() == other.snapshot.function.account()
        && !is_told_apart()
}

fn function(looked: &Looked<'_>, context: &Context<'_>, reach: &Arc<Reach>) -> FunctionPosture {
    let snapshot = looked.snapshot;
    let configuration = snapshot.configuration().ok();
    let of = |member: fn(&Configuration) -> Option<String>| configuration.and_then(member);
    let mut findings: Vec<Open> = looked.record.open.values().cloned().collect();
    // What is found on the monitor itself is told apart from what is found on a function of its name.
    findings.retain(|open| crate::controls::find(&open.finding.control).is_none_or(|control| !control.is_own()));
    sort_worst_first(&mut findings);
    FunctionPosture {
        function: snapshot.function.clone(),
        runtime: of(|known| known.runtime.clone()),
        role: of(|known| Some(known.role.clone()).filter(|role| !role.is_empty())),
        vpc: of(|known| known.vpc_config.vpc_id.clone().filter(|_| known.vpc_config.is_attached())),
        tags: snapshot.tags().cloned().unwrap_or_default(),
        findings,
        unreadable: looked.unreadable.to_vec(),
        unjudged: looked.unjudged.to_vec(),
        not_looked_at: not_looked_at(snapshot),
        callers: Callers::of(context),
        reach: Arc::clone(reach),
        network: Network::of(context),
    }
}

/// Facets that could have been read, and were not: their time has not come, or nobody asked for them.
fn not_looked_at(snapshot: &Snapshot) -> Vec<Facet> {
    let is_left = |facet: &Facet| {
        let known = snapshot.facts(facet.scope()).value(*facet);
        known.is_err_and(|why| why.reason == Reason::NotRead && why.is_not_due())
    };
    Facet::OF_FUNCTIONS.iter().copied().filter(is_left).collect()
}
