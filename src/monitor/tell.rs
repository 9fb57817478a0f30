//! Who is told what at once? Each function by itself, worst first; what is too much for that is summed up, and counted.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};

use super::settle::{ATTEMPTS, Settled, contended};
use super::{
    AT_ONCE, Clock, Collector, Coverage, Dependency, Evaluation, FunctionState, Inventory, Monitor, Notifier, Outcome,
    Place, Store, Untold,
};
use crate::arn::FunctionArn;
use crate::event::Cursor;
use crate::finding::Severity;
use crate::report::{Digest, Notice, Occasion};
use crate::snapshot::Scope;

/// How many notices of one batch leave one by one, unless the settings say otherwise.
const INDIVIDUAL: u16 = 20;

/// A control, and the call after which it fails.
type Critical = (String, Option<String>);

/// The notices of one batch.
#[derive(Debug, Default)]
pub(super) struct Post {
    /// Left one by one so far.
    sent: u16,
    /// How many functions were told one by one that this is critical for them.
    criticals: BTreeMap<Critical, u16>,
    /// Places that were never swept before: what is found there is summed up.
    unseen: BTreeSet<Place>,
    /// What waits to be summed up.
    withheld: Vec<(Occasion, FunctionArn, Vec<Notice>)>,
    /// The rest of a sweep is left to another invocation, and so is the summary of all of it.
    pub(super) is_unfinished: bool,
}

impl Post {
    /// A sweep follows: what is found in these places is summed up, and what its earlier parts have sent counts.
    pub(super) fn goes_on(&mut self, unseen: BTreeSet<Place>, after: Option<&Cursor>) {
        self.unseen = unseen;
        self.sent = self.sent.saturating_add(after.map_or(0, |after| after.told));
    }

    /// How many have left one by one.
    pub(super) fn sent(&self) -> u16 {
        self.sent
    }

    /// Why the notices of a function are summed up, if they are.
    fn withholds(&mut self, state: &FunctionState, function: &FunctionArn, most: u16) -> Option<Occasion> {
        if self.unseen.contains(&Place::of(function)) {
            return Some(Occasion::Baseline);
        }
        let criticals: BTreeSet<Critical> = criticals(&state.pending).collect();
        if !criticals.is_empty() {
            return self.is_flood(criticals, most).then_some(Occasion::Burst);
        }
        if self.sent >= most {
            return Some(Occasion::Burst);
        }
        self.sent += 1;
        None
    }

    /// Whether one call has done the same to so many functions that the others are rather named together. Whatever comes of different
    /// calls, or of none that is known, leaves by itself.
    fn is_flood(&mut self, criticals: BTreeSet<Critical>, most: u16) -> bool {
        let told = |critical: &Critical| self.criticals.get(critical).copied().unwrap_or_default();
        let is_flood = |critical: &Critical| critical.1.is_some() && told(critical) >= most.max(1);
        if criticals.iter().all(is_flood) {
            return true;
        }
        for critical in criticals {
            *self.criticals.entry(critical).or_default() += 1;
        }
        false
    }
}

impl<I: Inventory, C: Collector, S: Store, N: Notifier, K: Clock> Monitor<I, C, S, N, K> {
    /// Lets the notices leave that leave by themselves, and keeps the others.
    pub(super) async fn tell(&self, settled: Vec<Result<Settled, String>>, post: &mut Post, outcome: &mut Outcome) {
        let most = self.settings.individual_notices.unwrap_or(INDIVIDUAL);
        let mut alone = Vec::new();
        for settled in worst_first(settled) {
            match settled {
                Err(problem) => outcome.failures.push(problem),
                Ok(Settled { evaluation, state }) if state.pending.is_empty() => {
                    drop(state);
                    outcome.evaluations.push(evaluation);
                }
                Ok(Settled { mut evaluation, state }) => {
                    let Some(occasion) = post.withholds(&state, &evaluation.function, most) else {
                        alone.push((evaluation, state));
                        continue;
                    };
                    let function = evaluation.function.clone();
                    post.withheld.push((occasion, function, state.pending.clone()));
                    evaluation.notices = state.pending;
                    evaluation.is_summed_up = true;
                    outcome.evaluations.push(evaluation);
                }
            }
        }
        let told = alone.into_iter().map(|(mut evaluation, state)| async move {
            let sent = self.send(&evaluation.function, state).await;
            let problem = match sent {
                Ok(notices) => {
                    evaluation.notices = notices;
                    None
                }
                Err(problem) => Some(problem),
            };
            (evaluation, problem)
        });
        let told: Vec<_> = stream::iter(told).buffered(AT_ONCE).collect().await;
        for (evaluation, problem) in told {
            outcome.evaluations.push(evaluation);
            outcome.failures.extend(problem);
        }
    }

    /// Publishes what is pending, and keeps that it was.
    pub(super) async fn send(&self, function: &FunctionArn, mut state: FunctionState) -> Result<Vec<Notice>, String> {
        let pending = std::mem::take(&mut state.pending);
        if pending.is_empty() {
            return Ok(pending);
        }
        let (mut left, mut problem, mut refused) = (Vec::new(), None, BTreeSet::new());
        for (count, notice) in pending.iter().enumerate() {
            // Who did not answer gets this one after the one before, and keeps nobody else waiting.
            let mut asked = notice.clone();
            asked.reached.extend(refused.iter().cloned());
            let mut notice = notice.clone();
            match self.notifier.tell(&asked).await {
                Ok(_) if refused.is_empty() => continue,
                Ok(reached) => notice.reached.extend(reached),
                Err(untold) => {
                    problem = problem.or(Some(untold.error));
                    notice.reached.extend(untold.reached);
                    if untold.refused.is_empty() {
                        left.push(notice);
                        left.extend(pending.iter().skip(count + 1).cloned());
                        break;
                    }
                    refused.extend(untold.refused);
                }
            }
            left.push(notice);
        }
        if let Some(error) = problem {
            self.keep_left(function, &pending, left).await;
            return Err(error.to_string());
        }
        let saved = self.store.save_function(function, state).await;
        if !saved.map_err(|error| error.to_string())? {
            self.strike_out(function, &pending).await?;
        }
        Ok(pending)
    }

    /// Keeps what has left and whom the others have reached: who is not known to be told is told twice. Its failure changes
    /// nothing else, for the same input comes again anyway.
    async fn keep_left(&self, function: &FunctionArn, pending: &[Notice], left: Vec<Notice>) {
        if left == pending {
            return;
        }
        let is_left = |notice: &Notice| left.iter().any(|left| left.is_same(notice));
        let kept = self.amend(function, |kept| {
            kept.retain(|notice| is_left(notice) || !pending.iter().any(|sent| sent.is_same(notice)));
            note_reached(kept, &left);
        });
        drop(kept.await);
    }

    /// Those that nobody else has sent since; all of them if that cannot be asked.
    async fn still_pending(&self, function: &FunctionArn, notices: &[Notice]) -> Vec<Notice> {
        match self.store.function(function).await {
            Ok(state) => {
                let is_asked = |pending: &&Notice| notices.iter().any(|notice| notice.is_same(pending));
                state.pending.iter().filter(is_asked).cloned().collect()
            }
            Err(_) => notices.to_vec(),
        }
    }

    /// Keeps that these notices have left.
    async fn strike_out(&self, function: &FunctionArn, sent: &[Notice]) -> Result<(), String> {
        let amended = self.amend(function, |kept| {
            kept.retain(|notice| !sent.iter().any(|sent| sent.is_same(notice)));
        });
        amended.await
    }

    /// Changes what has yet to leave, whatever others keep of the function at the same time.
    async fn amend(&self, function: &FunctionArn, change: impl Fn(&mut Vec<Notice>)) -> Result<(), String> {
        for _ in 0..ATTEMPTS {
            let state = self.store.function(function).await;
            let mut state = (*state.map_err(|error| error.to_string())?).clone();
            let before = state.pending.clone();
            change(&mut state.pending);
            if state.pending == before {
                return Ok(());
            }
            let saved = self.store.save_function(function, state).await;
            if saved.map_err(|error| error.to_string())? {
                return Ok(());
            }
        }
        Err(contended(function))
    }

    /// What earlier parts of a first sweep have kept back.
    pub(super) async fn gather(&self, post: &mut Post, outcome: &mut Outcome) {
        let known: BTreeSet<FunctionArn> = post.withheld.iter().map(|(_, function, _)| function.clone()).collect();
        for place in post.unseen.clone() {
            let rows = match self.store.dependants(&Dependency::Place(place)).await {
                Ok(rows) => rows,
                Err(error) => {
                    outcome.failures.push(error.to_string());
                    continue;
                }
            };
            let functions = rows.into_iter().filter_map(Scope::into_function);
            let states = functions
                .filter(|function| !known.contains(function))
                .map(|function| async {
                    let state = self.store.function(&function).await;
                    (function, state.map(|state| state.pending.clone()))
                });
            let states: Vec<_> = stream::iter(states).buffered(AT_ONCE).collect().await;
            for (function, state) in states {
                match state {
                    Ok(pending) if pending.is_empty() => {}
                    Ok(pending) => post.withheld.push((Occasion::Baseline, function, pending)),
                    Err(error) => outcome.failures.push(error.to_string()),
                }
            }
        }
    }

    /// Sums up what was kept back. What does not leave now is told when its function is evaluated next.
    pub(super) async fn sum_up(&self, post: Post, outcome: &mut Outcome) {
        let mut is_seen = true;
        for occasion in [Occasion::Baseline, Occasion::Burst] {
            if occasion == Occasion::Baseline && post.is_unfinished {
                continue;
            }
            let of: Vec<_> = post.withheld.iter().filter(|(why, ..)| *why == occasion).collect();
            let pending = of
                .iter()
                .map(|(_, function, notices)| self.still_pending(function, notices));
            let pending: Vec<_> = stream::iter(pending).buffered(AT_ONCE).collect().await;
            let notices = pending.into_iter().flatten().collect();
            let Some(digest) = Digest::new(occasion, notices, self.clock.now()) else {
                continue;
            };
            if let Err(Untold { reached, error, .. }) = self.notifier.tell_digest(&digest).await {
                outcome.failures.push(error.to_string());
                is_seen &= occasion != Occasion::Baseline;
                if !reached.is_empty() {
                    let noted = of.iter().map(|(_, function, notices)| {
                        let mut told = notices.clone();
                        for notice in &mut told {
                            notice.reached.extend(reached.iter().cloned());
                        }
                        self.amend(function, move |kept| note_reached(kept, &told))
                    });
                    drop(stream::iter(noted).buffered(AT_ONCE).collect::<Vec<_>>().await);
                }
                continue;
            }
            outcome.digests.push(digest);
            let struck_out = of
                .iter()
                .map(|(_, function, notices)| self.strike_out(function, notices));
            let struck_out: Vec<_> = stream::iter(struck_out).buffered(AT_ONCE).collect().await;
            outcome.failures.extend(struck_out.into_iter().filter_map(Result::err));
        }
        // What another failure has hidden there is told by itself when it shows.
        if is_seen && !post.is_unfinished {
            for place in &post.unseen {
                outcome.failures.extend(self.note_seen(place).await.err());
            }
        }
    }

    async fn note_seen(&self, place: &Place) -> Result<(), String> {
        let coverage = Coverage {
            seen: true,
            ..Coverage::default()
        };
        let noted = self.store.add_coverage(place, coverage).await;
        noted.map_err(|error| error.to_string())
    }
}

impl Settled {
    /// Tells of one alone, where there is no part to be told with it.
    pub(super) async fn told<I: Inventory, C: Collector, S: Store, N: Notifier, K: Clock>(
        self,
        monitor: &Monitor<I, C, S, N, K>,
    ) -> Result<Evaluation, String> {
        let Self { mut evaluation, state } = self;
        evaluation.notices = monitor.send(&evaluation.function, state).await?;
        Ok(evaluation)
    }
}

/// Whom these notices have reached is kept with them.
fn note_reached(kept: &mut [Notice], told: &[Notice]) {
    for notice in kept {
        if let Some(told) = told.iter().find(|told| told.is_same(notice)) {
            notice.reached.extend(told.reached.iter().cloned());
        }
    }
}

/// Those leave by themselves that matter most.
fn worst_first(mut settled: Vec<Result<Settled, String>>) -> Vec<Result<Settled, String>> {
    settled.sort_by_key(|settled| {
        let worst = |settled: &Settled| settled.state.pending.iter().map(Notice::severity).max();
        std::cmp::Reverse(settled.as_ref().ok().and_then(worst))
    });
    settled
}

/// What is critical in the notices, and is no good news.
fn criticals(pending: &[Notice]) -> impl Iterator<Item = Critical> {
    let bad = pending.iter().flat_map(|notice| notice.transitions.iter());
    let bad = bad.filter(|one| one.finding.severity == Severity::Critical && !one.status.is_good_news());
    bad.map(|one| {
        let call = one.cause.as_ref().and_then(|cause| cause.event_id.clone());
        (one.finding.control.clone(), call)
    })
}
