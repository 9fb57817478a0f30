//! What do the controls say of each function of a part, and what follows from it? Functions are judged beside each other where
//! there are cores for it; in a sweep that has the time, also beside the reading and keeping of others.

use std::num::NonZero;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, OnceLock};
use std::thread;

use jiff::Timestamp;

use super::memo::Memo;
use super::plan::Work;
use super::read::Case;
use super::settle::{By, conclude, occasion};
use super::{Evaluation, FunctionState, is_gone};
use crate::assess::{Assessment, assess, assess_each};
use crate::settings::Settings;
use crate::snapshot::Snapshot;

/// Fewer functions than this are judged before another thread has started.
const WORTH_A_THREAD: usize = 8;

/// The next state of a function, and what is to be said of it.
pub(super) type Concluded = (FunctionState, Evaluation);

/// What comes of each function, in their order. What is judged again and again is remembered.
pub(super) fn all(cases: &[(&Work, Case)], memo: &Memo, (settings, now): (&Settings, Timestamp)) -> Vec<Concluded> {
    let by = (None, settings, now);
    // A sweep asks of each function once: to remember that is of no use.
    let is_asked = |work: &Work, case: &Case| !work.changes.is_empty() && exists(case);
    let recall = |(work, case): &(&Work, Case)| is_asked(work, case).then(|| memo.recall(&case.snapshot, by)).flatten();
    let known: Vec<Option<Arc<Assessment>>> = cases.iter().map(recall).collect();
    let unknown = cases
        .iter()
        .zip(&known)
        .filter(|((_, case), known)| known.is_none() && exists(case));
    let unknown: Vec<&Snapshot> = unknown.map(|((_, case), _)| &case.snapshot).collect();
    let mut judged = beside(&unknown, settings, now).into_iter().map(Arc::new);
    let each = cases.iter().zip(known).map(|((work, case), known)| {
        let is_new = known.is_none();
        let judged = known.or_else(|| exists(case).then(|| judged.next()).flatten());
        if let Some(judged) = judged.as_ref().filter(|_| is_new && is_asked(work, case)) {
            memo.note(&case.snapshot, by, judged);
        }
        conclude(
            case,
            judged.as_deref(),
            (&occasion(&work.changes, now, settings), settings),
        )
    });
    each.collect()
}

/// The judgements of functions, in their order.
fn beside(functions: &[&Snapshot], settings: &Settings, now: Timestamp) -> Vec<Assessment> {
    let judge = |share: &[&Snapshot]| assess_each(share.iter().copied(), settings, now);
    let at_once = cores().min(functions.len() / WORTH_A_THREAD);
    if at_once < 2 {
        return judge(functions);
    }
    let mut shares = functions.chunks(functions.len().div_ceil(at_once));
    let own = shares.next().unwrap_or_default();
    thread::scope(|scope| {
        let others: Vec<_> = shares.map(|share| scope.spawn(move || judge(share))).collect();
        let mut all = judge(own);
        for other in others {
            // A panic while judging is the caller's to meet, on whichever thread it came.
            all.extend(other.join().unwrap_or_else(|panic| panic::resume_unwind(panic)));
        }
        all
    })
}

fn exists(case: &Case) -> bool {
    !is_gone(&case.snapshot.own)
}

/// What comes of one function.
pub(super) fn one(case: &Case, (occasion, settings): By<'_>) -> Concluded {
    let judged = exists(case).then(|| assess(&case.snapshot, settings, occasion.now));
    conclude(case, judged.as_ref(), (occasion, settings))
}

fn judge(cases: &[Case], settings: &Settings, now: Timestamp) -> Vec<Concluded> {
    let existing = cases.iter().filter(|case| exists(case));
    let mut assessments = assess_each(existing.map(|case| &case.snapshot), settings, now).into_iter();
    let each = cases.iter().map(|case| {
        let judged = exists(case).then(|| assessments.next()).flatten();
        conclude(case, judged.as_ref(), (&occasion(&[], now, settings), settings))
    });
    each.collect()
}

/// On Linux that reads files of the control group: once is enough.
fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().map_or(1, NonZero::get))
}

/// Threads that judge what no call has changed, while whoever asks goes on.
pub(super) struct Bench {
    judges: Vec<Sender<Share>>,
}

/// Functions with what came of them, or the panic that judging them ended in.
type Answer = thread::Result<Vec<(Case, Concluded)>>;

/// Functions that one thread judges, and where the answer goes.
struct Share {
    cases: Vec<Case>,
    now: Timestamp,
    answer: Sender<Answer>,
}

/// The shares of a part, in their order.
pub(super) struct Judging(Vec<Receiver<Answer>>);

impl Bench {
    /// One judge for each core; nothing where there are too few cores or functions for it.
    pub(super) fn for_as_many(functions: usize, settings: &Settings) -> Option<Self> {
        let at_once = cores().min(functions / WORTH_A_THREAD);
        if at_once < 2 { None } else { Self::of(at_once, settings) }
    }

    fn of(at_once: usize, settings: &Settings) -> Option<Self> {
        let settings = Arc::new(settings.clone());
        let judge = |_| {
            let (asked, asks) = mpsc::channel::<Share>();
            let settings = Arc::clone(&settings);
            let work = move || asks.iter().for_each(|share| share.judge(&settings));
            thread::Builder::new().spawn(work).ok().map(|_| asked)
        };
        let judges: Vec<_> = (0..at_once).filter_map(judge).collect();
        (!judges.is_empty()).then_some(Self { judges })
    }

    /// Hands functions out.
    pub(super) fn judge(&self, cases: Vec<Case>, now: Timestamp) -> Judging {
        let each = cases.len().div_ceil(self.judges.len()).max(1);
        let mut cases = cases.into_iter().peekable();
        let mut shares = Vec::new();
        for judge in &self.judges {
            if cases.peek().is_none() {
                break;
            }
            let (answer, answers) = mpsc::channel();
            let cases = cases.by_ref().take(each).collect();
            let share = Share { cases, now, answer };
            // A judge only goes when nobody asks any more.
            if judge.send(share).is_ok() {
                shares.push(answers);
            }
        }
        Judging(shares)
    }
}

impl Share {
    fn judge(self, settings: &Settings) {
        let Self { cases, now, answer } = self;
        let judged = panic::catch_unwind(AssertUnwindSafe(|| judge(&cases, settings, now)));
        // Whoever has asked may have gone.
        let _ = answer.send(judged.map(|judged| cases.into_iter().zip(judged).collect()));
    }
}

impl Judging {
    /// The functions with what came of them, in their order.
    pub(super) fn wait(self) -> Vec<(Case, Concluded)> {
        let mut all = Vec::new();
        for share in self.0 {
            match share.recv() {
                Ok(Ok(judged)) => all.extend(judged),
                // A panic while judging is the caller's to meet, on whichever thread it came.
                Ok(Err(panic)) => panic::resume_unwind(panic),
                Err(mpsc::RecvError) => {}
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Facts;

    fn case(number: usize) -> Case {
        let function = format!("arn:aws:lambda:eu-west-1:111122223333:function:f-{number:02}");
        Case::new(&function.parse().unwrap(), Arc::default(), Facts::default())
    }

    #[test]
    fn what_is_handed_out_comes_back_in_order_and_as_if_judged_here() {
        let (settings, now) = (Settings::default(), Timestamp::UNIX_EPOCH);
        let bench = Bench::of(3, &settings).unwrap();
        for size in [0, 1, 2, 3, 20] {
            let first = bench.judge((0..size).map(case).collect(), now);
            let second = bench.judge((20..20 + size).map(case).collect(), now);
            for (judging, from) in [(first, 0), (second, 20)] {
                let judged = judging.wait();
                assert_eq!(judged.len(), size);
                for ((case, (state, evaluation)), number) in judged.iter().zip(from..) {
                    let by = (&occasion(&[], now, &settings), &settings);
                    let (expected, alone) = one(&self::case(number), by);
                    assert_eq!(case.snapshot.function, alone.function);
                    assert_eq!((&evaluation.function, state), (&alone.function, &expected));
                    assert_eq!(evaluation.unjudged, alone.unjudged);
                }
            }
        }
    }
}
