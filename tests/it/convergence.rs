//! Whatever is late, doubled, lost, reordered, interrupted or refused: after a sweep the findings are those of the truth, and people
//! were told each of them once.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_util::task::noop_waker;
use lambda_vigil::event::Intake;
use lambda_vigil::finding::Fingerprint;
use lambda_vigil::history::Open;
use lambda_vigil::monitor::Outcome;

use crate::simulated::{Cloud, Deed, Fault, Random, Simulated, Watching, believed, found_in, run, sweep};

const SCHEDULES: u64 = 10_000;
const STEPS: usize = 60;

type Running<'m> = Pin<Box<dyn Future<Output = Outcome> + 'm>>;

fn start<'m>(monitor: &'m Watching<'m>, intakes: Rc<Vec<Intake>>) -> Running<'m> {
    Box::pin(async move { monitor.handle(&intakes).await })
}

/// Several processes at the same queue: events are doubled, reordered and lost, and evaluations overlap.
struct Schedule<'m> {
    monitor: &'m Watching<'m>,
    loses: bool,
    random: Random,
    queue: Vec<Rc<Vec<Intake>>>,
    running: Vec<(Running<'m>, Rc<Vec<Intake>>)>,
}

impl Schedule<'_> {
    fn step(&mut self, simulated: &Simulated) {
        match self.random.below(10) {
            0 | 1 => {
                let mut cloud = simulated.cloud.get();
                let event = Deed::any(&self.random).done(&mut cloud);
                simulated.cloud.set(cloud);
                self.queue.push(Rc::new(event));
            }
            2 | 3 if !self.queue.is_empty() && self.running.len() < 4 => self.deliver(),
            4 if self.loses && self.running.len() < 4 && self.random.below(12) == 0 => {
                let intakes = Rc::new(sweep());
                self.running.push((start(self.monitor, Rc::clone(&intakes)), intakes));
            }
            _ => self.advance(),
        }
    }

    fn deliver(&mut self) {
        let at = self.random.below(self.queue.len());
        let event = match self.random.below(8) {
            // It stays, and comes again.
            0 | 1 => Rc::clone(&self.queue[at]),
            2 if self.loses => return drop(self.queue.swap_remove(at)),
            _ => self.queue.swap_remove(at),
        };
        let mut batch = (*event).clone();
        if self.random.below(3) == 0 && !self.queue.is_empty() {
            batch.extend(self.queue.swap_remove(0).iter().cloned());
        }
        let batch = Rc::new(batch);
        self.running.push((start(self.monitor, Rc::clone(&batch)), batch));
    }

    /// One of the processes goes on for a moment; what it could not finish comes again.
    fn advance(&mut self) {
        if self.running.is_empty() {
            return;
        }
        let at = self.random.below(self.running.len());
        let waker = noop_waker();
        let ready = self.running[at].0.as_mut().poll(&mut Context::from_waker(&waker));
        if let Poll::Ready(outcome) = ready {
            let (_, batch) = self.running.swap_remove(at);
            if !outcome.failures.is_empty() {
                self.queue.push(batch);
            }
        }
    }
}

/// Several processes at work until nothing is left to be done.
fn scheduled(simulated: &Simulated, seed: u64, loses: bool) {
    let monitor = simulated.monitor();
    simulated.slowness.set(2);
    let mut schedule = Schedule {
        monitor: &monitor,
        loses,
        random: Random::new(!seed),
        queue: Vec::new(),
        running: Vec::new(),
    };
    for _ in 0..STEPS {
        schedule.step(simulated);
    }
    // What nobody delivered by now is lost.
    while !(schedule.running.is_empty() && (loses || schedule.queue.is_empty())) {
        if !loses && !schedule.queue.is_empty() && schedule.running.len() < 4 {
            schedule.deliver();
        }
        schedule.advance();
    }
    simulated.slowness.set(0);
}

/// What happened is told once, and it is the truth.
fn judged(simulated: &Simulated, is_meant: impl Fn(&str) -> bool) -> Result<(), String> {
    let meant = |kept: Vec<Open>| -> BTreeSet<Fingerprint> {
        let meant = kept.into_iter().filter(|open| is_meant(&open.finding.control));
        meant.map(|open| open.finding.fingerprint).collect()
    };
    let (open, truth) = (
        meant(simulated.store.all_open()),
        meant(found_in(simulated.cloud.get())),
    );
    if open != truth {
        let kept = simulated.store.all_open().into_iter();
        let wrong = kept.filter(|open| is_meant(&open.finding.control) && !truth.contains(&open.finding.fingerprint));
        let wrong: Vec<_> = wrong
            .map(|open| format!("{} of {}", open.finding.control, open.finding.function))
            .collect();
        let missing = found_in(simulated.cloud.get()).into_iter();
        let missing =
            missing.filter(|found| is_meant(&found.finding.control) && !open.contains(&found.finding.fingerprint));
        let missing: Vec<_> = missing
            .map(|found| format!("{} of {}", found.finding.control, found.finding.function))
            .collect();
        return Err(format!("wrong: {wrong:?}, missing: {missing:?}"));
    }
    let told = believed(&simulated.sent.borrow())?;
    let is_believed = told == simulated.open();
    is_believed
        .then_some(())
        .ok_or_else(|| "people believe otherwise".to_owned())
}

fn with_loss(seed: u64) -> Result<(), String> {
    let simulated = Simulated::new(Cloud::QUIET, seed);
    if seed.is_multiple_of(2) {
        run(&simulated, &sweep());
    }
    scheduled(&simulated, seed, true);
    let swept = run(&simulated, &sweep()).unwrap();
    if !swept.failures.is_empty() {
        return Err(format!("the sweep failed: {:?}", swept.failures));
    }
    judged(&simulated, |_| true)
}

/// Who else uses a role is the one thing that no event tells of.
fn without_loss(seed: u64) -> Result<(), String> {
    let simulated = Simulated::new(Cloud::QUIET, seed);
    run(&simulated, &sweep());
    scheduled(&simulated, seed, false);
    judged(&simulated, |control| control != "role-shared")
}

fn schedules(seeds: std::ops::Range<u64>, each: fn(u64) -> Result<(), String>) {
    for seed in seeds {
        if let Err(problem) = each(seed) {
            panic!("schedule {seed}: {problem}");
        }
    }
}

#[test]
fn every_schedule_ends_with_the_truth_told_once() {
    schedules(0..SCHEDULES / 2, with_loss);
}

#[test]
fn every_other_schedule_ends_with_the_truth_told_once() {
    schedules(SCHEDULES / 2..SCHEDULES, with_loss);
}

#[test]
fn where_nothing_is_lost_no_sweep_is_needed() {
    schedules(0..SCHEDULES / 2, without_loss);
}

/// What happens, after which state of things; and whether an event tells, or only a sweep finds it.
fn situations() -> Vec<(&'static str, Cloud, Option<Deed>, bool)> {
    let quiet = Cloud::QUIET;
    let open = Cloud {
        functions: [Some((0, true)), Some((0, false)), Some((1, true))],
        roles: [(true, false), (false, true)],
        policy: false,
    };
    vec![
        ("a grant", quiet, Some(Deed::Publish(0)), true),
        ("its end", open, Some(Deed::Publish(0)), true),
        ("a role gets power", quiet, Some(Deed::Empower(0)), true),
        ("and loses it", open, Some(Deed::Empower(0)), true),
        ("a policy widens", quiet, Some(Deed::Widen), true),
        ("a function moves", open, Some(Deed::Move(1)), true),
        ("a function goes", open, Some(Deed::Toggle(2)), true),
        ("a sweep", open, None, false),
        ("a sweep finds one gone", open, Some(Deed::Toggle(2)), false),
        ("a sweep finds a grant", quiet, Some(Deed::Publish(1)), false),
    ]
}

/// A batch meets a fault at its call of each number in turn, and comes again.
fn suffer(fault: fn(usize) -> Fault) -> usize {
    let mut suffered = 0;
    for (what, before, deed, is_told) in situations() {
        for number in 1.. {
            let simulated = Simulated::new(before, 7);
            run(&simulated, &sweep()).unwrap();
            let mut cloud = before;
            let event = deed.map(|deed| deed.done(&mut cloud)).filter(|_| is_told);
            let event = event.unwrap_or_else(sweep);
            simulated.cloud.set(cloud);
            simulated.suffer(fault(number));
            let first = run(&simulated, &event);
            let is_over = simulated.calls() < number;
            // Nobody was told what is not kept.
            let told = believed(&simulated.sent.borrow()).unwrap_or_else(|why| panic!("{what}, {number}: {why}"));
            let known = simulated.open();
            let fingerprints = |found: Vec<Open>| -> BTreeSet<Fingerprint> {
                found.into_iter().map(|open| open.finding.fingerprint).collect()
            };
            let (truth, was) = (fingerprints(found_in(cloud)), fingerprints(found_in(before)));
            assert!(
                told.is_subset(&known.union(&was).copied().collect()),
                "{what}, {number}: told, and not kept"
            );
            for gone in was.difference(&told) {
                assert!(!truth.contains(gone), "{what}, {number}: a wrong `resolved`");
            }
            simulated.suffer(Fault::None);
            let again = run(&simulated, &event).unwrap();
            assert!(again.failures.is_empty(), "{what}, {number}: {:?}", again.failures);
            if deed.is_some() {
                // Whom the event does not reach the sweep does: who shares a role, for instance.
                run(&simulated, &sweep()).unwrap();
            }
            assert_eq!(simulated.open(), truth, "{what}, {number}");
            let told = believed(&simulated.sent.borrow()).unwrap_or_else(|why| panic!("{what}, {number}: {why}"));
            assert_eq!(told, truth, "{what}, {number}: people believe otherwise");
            if is_over {
                assert!(first.is_some_and(|first| first.failures.is_empty()));
                break;
            }
            suffered += 1;
        }
    }
    suffered
}

#[test]
fn an_end_before_any_call_loses_nothing() {
    assert!(suffer(Fault::EndsBefore) > 100);
}

#[test]
fn an_end_after_any_call_loses_nothing() {
    assert!(suffer(Fault::EndsAfter) > 100);
}

#[test]
fn a_failure_of_any_call_loses_nothing() {
    assert!(suffer(Fault::Fails) > 100);
}
