//! Keeps what an evaluation found together with what people have to be told of it.
//!
//! What is kept is one thing with a version, and an evaluation sees it before it reads anything: so it only replaces what it has
//! seen. Who comes second judges again, by what is kept then. A notice leaves after it was kept and is dropped after it left: a
//! failure in between repeats it, under the same id, and loses none.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::judge::Concluded;
use super::read::Case;
use super::users::Users;
use super::{Clock, Collector, Evaluation, FunctionState, Inventory, Monitor, Notifier, Store, judge};
use crate::arn::FunctionArn;
use crate::assess::Assessment;
use crate::event::Change;
use crate::history::{Occasion, Record, Transition, bury, compare};
use crate::report::Notice;
use crate::settings::{Settings, Target};
use crate::snapshot::{Facet, Facts, Occasion as When, ScopeKind, Snapshot, Value};

/// How often an evaluation is repeated because others were faster, before its input has to come again.
pub(super) const ATTEMPTS: usize = 5;

/// An evaluation whose result is kept.
pub(super) struct Settled {
    /// What is to be said of it.
    pub(super) evaluation: Evaluation,
    /// As it is kept, with the notices that have to leave.
    pub(super) state: FunctionState,
}

impl<I: Inventory, C: Collector, S: Store, N: Notifier, K: Clock> Monitor<I, C, S, N, K> {
    /// Keeps what was concluded by comparison with the record.
    pub(super) async fn settle(
        &self,
        mut case: Case,
        mut concluded: Concluded,
        occasion: Occasion<'_>,
    ) -> Result<Settled, String> {
        for _ in 0..ATTEMPTS {
            let (next, evaluation) = concluded;
            let function = &case.snapshot.function;
            // Who is just about to keep it with an older reading of what changed has to see that somebody was here.
            let is_news = !case.fresh.is_empty() || reaches_shared(&occasion) || !is_same(&case.state, &next);
            if let Some(state) = self.keep(function, next, is_news).await? {
                return Ok(Settled { evaluation, state });
            }
            case = self.again(case, occasion.now).await?;
            concluded = judge::one(&case, (&occasion, &self.settings));
        }
        Err(contended(&case.snapshot.function))
    }

    /// What was found of the monitor itself is kept with the function that it runs as.
    pub(super) async fn settle_own(
        &self,
        function: &FunctionArn,
        assessment: &Assessment,
        occasion: &Occasion<'_>,
    ) -> Result<Settled, String> {
        for _ in 0..ATTEMPTS {
            let state = self.kept(function).await?;
            let known = (state.facts.clone(), state.basis);
            let (next, evaluation) = compared(&state, known, assessment, (occasion, &self.settings));
            let is_news = !is_same(&state, &next);
            if let Some(state) = self.keep(function, next, is_news).await? {
                let evaluation = evaluation.with(assessment);
                return Ok(Settled { evaluation, state });
            }
        }
        Err(contended(function))
    }

    /// The state as it is kept; nothing if it is another's by now.
    async fn keep(
        &self,
        function: &FunctionArn,
        mut next: FunctionState,
        is_news: bool,
    ) -> Result<Option<FunctionState>, String> {
        if !is_news {
            return Ok(Some(next));
        }
        let saved = self.store.save_function(function, next.clone()).await;
        next.version += 1;
        Ok(saved.map_err(|error| error.to_string())?.then_some(next))
    }

    /// The function by what is kept now: whoever was faster has kept what it has read.
    async fn again(&self, case: Case, now: Timestamp) -> Result<Case, String> {
        let function = case.snapshot.function;
        let state = self.kept(&function).await?;
        let mut case = Case::new(&function, state, case.fresh);
        self.announce(&case).await?;
        let shared = self
            .read_shared(
                &mut [&mut case],
                (now, false),
                (&Users::default(), &mut BTreeSet::new()),
            )
            .await;
        case.share(&shared)?;
        Ok(case)
    }

    async fn kept(&self, function: &FunctionArn) -> Result<Arc<FunctionState>, String> {
        self.store.function(function).await.map_err(|error| error.to_string())
    }
}

impl Evaluation {
    fn with(self, assessment: &Assessment) -> Self {
        let told = assessment.unjudged.iter().filter(|cannot| !cannot.is_not_due());
        Self {
            unjudged: told.cloned().collect(),
            suppressions: assessment.suppressions.clone(),
            ..self
        }
    }
}

/// The circumstances of an evaluation.
pub(super) fn occasion<'a>(changes: &'a [Change], now: Timestamp, settings: &Settings) -> Occasion<'a> {
    Occasion {
        changes,
        now,
        remind_after_hours: settings.remind_after_hours,
    }
}

/// The circumstances of an evaluation, and what the user has decided.
pub(super) type By<'a> = (&'a Occasion<'a>, &'a Settings);

/// Notes who is told of what: whoever was told of a fault hears of its end, too, whatever has become of it or of the routes.
fn address(
    transitions: &mut [Transition],
    (function, facts): (&FunctionArn, &Facts),
    (before, next): (&Record, &mut Record),
    settings: &Settings,
) {
    let tags = match facts.value(Facet::Tags) {
        Ok(Value::Tags(tags)) => Some(tags),
        Ok(_) | Err(_) => None,
    };
    let target = Target { function, tags };
    for transition in transitions {
        let fingerprint = &transition.finding.fingerprint;
        transition.to = settings.destinations(&transition.finding, &target);
        let told = before
            .open
            .get(fingerprint)
            .filter(|_| transition.status.is_good_news());
        if let Some(told) = told {
            transition.to = std::mem::take(&mut transition.to).and(&told.to);
        }
        if let Some(open) = next.open.get_mut(fingerprint) {
            open.to = transition.to.clone();
        }
    }
}

/// The next state, and what is to be said of it.
pub(super) fn conclude(case: &Case, judged: Option<&Assessment>, by: By<'_>) -> Concluded {
    let Some(assessment) = judged else {
        return buried(&case.state, &case.snapshot, by);
    };
    let (next, evaluation) = compared(
        &case.state,
        (case.snapshot.own.clone(), basis(&case.snapshot)),
        assessment,
        by,
    );
    let evaluation = Evaluation {
        unreadable: case.snapshot.unreadable(),
        ..evaluation.with(assessment)
    };
    (next, evaluation)
}

/// Whether a change of what the function shares with others led to it, as far as anybody knew.
fn reaches_shared(occasion: &Occasion<'_>) -> bool {
    let mut facets = occasion.changes.iter().flat_map(|change| &change.facets);
    facets.any(|facet| facet.scope() != ScopeKind::Function)
}

/// An evaluation by other readings is kept even if it finds the same: else one by older readings could come after it.
fn basis(snapshot: &Snapshot) -> u64 {
    let mut digest = Sha256::new();
    for facts in [&snapshot.role, &snapshot.vpc, &snapshot.place] {
        // Who uses a role is no reading.
        let readings = facts.iter().filter(|(facet, _)| facet.occasion() != When::Listing);
        for (facet, reading) in readings {
            digest.update(facet.label());
            digest.update(reading.at.as_nanosecond().to_be_bytes());
        }
        digest.update([0]);
    }
    let digest: [u8; 32] = digest.finalize().into();
    digest.first_chunk().map_or(0, |start| u64::from_be_bytes(*start))
}

fn compared(
    state: &FunctionState,
    (facts, basis): (Facts, u64),
    assessment: &Assessment,
    (occasion, settings): By<'_>,
) -> (FunctionState, Evaluation) {
    let (mut record, mut transitions) = compare(state.record.clone(), assessment, occasion);
    let records = (&state.record, &mut record);
    address(&mut transitions, (&assessment.function, &facts), records, settings);
    let (transitions, pending) = noted(state, &assessment.function, (transitions, occasion.now));
    let next = FunctionState {
        version: state.version,
        facts,
        record,
        basis,
        pending,
        gone: false,
    };
    let evaluation = Evaluation {
        transitions,
        ..Evaluation::of(&assessment.function)
    };
    (next, evaluation)
}

/// What changed, as a notice tells it, and all that has yet to leave: there are very many transitions, and they are kept once.
fn noted(
    state: &FunctionState,
    function: &FunctionArn,
    (transitions, now): (Vec<Transition>, Timestamp),
) -> (Arc<[Transition]>, Vec<Notice>) {
    let notice = Notice::new(function, transitions, now);
    let transitions = notice.as_ref().map(|notice| Arc::clone(&notice.transitions));
    let pending = state.pending.iter().cloned().chain(notice).collect();
    (transitions.unwrap_or_default(), pending)
}

/// Of a function that is gone only that is kept, and what has yet to be told.
fn buried(state: &FunctionState, snapshot: &Snapshot, (occasion, settings): By<'_>) -> (FunctionState, Evaluation) {
    let function = &snapshot.function;
    let mut transitions = bury(state.record.clone(), function, occasion);
    // Its tags were never read again: those that were known last say whose it was.
    let records = (&state.record, &mut Record::default());
    address(&mut transitions, (function, &state.facts), records, settings);
    let (transitions, pending) = noted(state, function, (transitions, occasion.now));
    let mut facts = snapshot.own.clone();
    facts.retain(|facet| facet == Facet::Configuration);
    let next = FunctionState {
        version: state.version,
        facts,
        record: Record::default(),
        basis: 0,
        pending,
        gone: true,
    };
    let evaluation = Evaluation {
        gone: true,
        transitions,
        ..Evaluation::of(function)
    };
    (next, evaluation)
}

fn is_same(before: &FunctionState, after: &FunctionState) -> bool {
    let is_same = before.gone == after.gone && before.basis == after.basis;
    is_same && before.pending == after.pending && before.record == after.record
}

pub(super) fn contended(function: &FunctionArn) -> String {
    format!("{function} is evaluated by others all the time: its input has to come again")
}
