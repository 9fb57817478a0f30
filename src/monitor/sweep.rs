//! How is everything judged anew, however much it is? What is listed, part by part, and the rest another time.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};
use jiff::Timestamp;

use super::affected::Unlisted;
use super::judge::{Bench, Judging};
use super::plan::{self, Plan, Work};
use super::settle::occasion;
use super::{
    AT_ONCE, Clock, Collector, Dependency, Inventory, Later, Monitor, Notifier, Outcome, PART, Pass, Place, Store,
};
use crate::arn::{FunctionArn, Region};
use crate::event::Cursor;
use crate::snapshot::{Facet, Facts, Scope};

/// The same where time is short: what is begun has to come to its end.
const SMALL_PART: usize = 8;

/// Functions, and each with what is asked of it.
type Part<'p> = &'p [(&'p FunctionArn, &'p Work)];

/// What did not work out: the problems, and the functions of the parts that had any.
#[derive(Default)]
struct Behind {
    problems: Vec<String>,
    functions: Vec<FunctionArn>,
}

/// A part that is being judged.
struct Begun<'p> {
    part: Part<'p>,
    at: Timestamp,
    failures: Vec<String>,
    judging: Judging,
}

impl<I: Inventory, C: Collector, S: Store, N: Notifier, K: Clock> Monitor<I, C, S, N, K> {
    /// Plans every function of these places.
    pub(super) async fn sweep(&self, places: &[Place], plan: &mut Plan) {
        plan.is_sweep = true;
        for place in places {
            match self.everything(place, plan.after.is_none()).await {
                Ok((listed, absent)) => {
                    self.collector.survey(place, &listed).await;
                    plan.add_all(listed.keys().cloned(), &[Facet::Configuration]);
                    plan.listed.extend(listed);
                    plan.add_all(absent, &[]);
                    plan.swept.insert(place.clone());
                }
                // It would not be another time either, until somebody mends it: that is told, and it is asked again each hour.
                Err(unlisted) if unlisted.is_kept_out => {
                    // The one by which the hourly look tells it as well.
                    let first = self.sources(&place.account).into_iter().min();
                    return plan.check(&first.unwrap_or_else(|| place.clone()), &self.home, None);
                }
                Err(unlisted) => plan.unlisted.push(unlisted.problem),
            }
        }
    }

    /// Where several accounts are watched, asks for the sweep of each by itself: what fails in one must not keep the others from
    /// theirs. Answers whether it did.
    pub(super) async fn sweep_each(&self, region: Option<&Region>, plan: &mut Plan, outcome: &mut Outcome) -> bool {
        let others = match self.inventory.others().await {
            Ok(others) => others,
            Err(why) => {
                let problem = format!("cannot tell which accounts there are: {why}");
                plan.unlisted.push(problem);
                return false;
            }
        };
        if others.is_empty() {
            return false;
        }
        let all = others.into_iter().chain([self.home.account.clone()]);
        outcome.later.extend(all.map(|account| Later::Sweep {
            account: Some(account),
            region: region.cloned(),
            after: None,
        }));
        true
    }

    /// What exists now; and what is known and not listed any more, with its configuration to be read: it is gone, or the
    /// listing missed it.
    async fn everything(
        &self,
        place: &Place,
        is_first: bool,
    ) -> Result<(BTreeMap<FunctionArn, Facts>, Vec<FunctionArn>), Unlisted> {
        // What the first part of a sweep has announced needs no second time.
        let listed = if is_first {
            self.list_anew(place).await?
        } else {
            self.list(place).await?.1
        };
        let known = self.store.dependants(&Dependency::Place(place.clone())).await;
        let known = known?.into_iter();
        let absent = known.filter_map(|scope| match scope {
            Scope::Function(function) if function != self.own.function && !listed.contains_key(&function) => {
                Some(function)
            }
            _ => None,
        });
        let absent = absent.collect();
        Ok((listed, absent))
    }

    /// What is swept, as far as the time goes: the last function, if others are left; and those of parts in which something went
    /// wrong, with what did.
    pub(super) async fn carry_on(
        &self,
        swept: &[(&FunctionArn, &Work)],
        pass: &mut Pass,
        outcome: &mut Outcome,
        problems: &mut Vec<String>,
    ) -> (Option<Cursor>, Vec<FunctionArn>) {
        let mut left = Behind::default();
        let bench = self
            .until
            .is_none()
            .then(|| Bench::for_as_many(swept.len(), &self.settings));
        let last = match bench.flatten() {
            Some(bench) => {
                self.side_by_side(&bench, swept, (pass, outcome, &mut left)).await;
                None
            }
            None => self.one_by_one(swept, (pass, outcome, &mut left)).await,
        };
        problems.append(&mut left.problems);
        (last, left.functions)
    }

    /// Part after part, as far as the time goes: the last function, if others are left.
    async fn one_by_one(
        &self,
        swept: Part<'_>,
        (pass, outcome, left): (&mut Pass, &mut Outcome, &mut Behind),
    ) -> Option<Cursor> {
        let size = if self.until.is_some() { SMALL_PART } else { PART };
        let mut parts = swept.chunks(size).peekable();
        while let Some(part) = parts.next() {
            let before = outcome.failures.len();
            self.carry_out(part, pass, outcome).await;
            left.note(part, outcome.failures.drain(before..));
            let is_late = self.until.is_some_and(|until| self.clock.now() >= until);
            if is_late && parts.peek().is_some() {
                return part.last().map(|(function, work)| Cursor {
                    told: pass.post.sent(),
                    ..plan::cursor(function, work)
                });
            }
        }
        None
    }

    /// While a part is judged the next one is read, and the one before kept and told.
    async fn side_by_side(
        &self,
        bench: &Bench,
        swept: Part<'_>,
        (pass, outcome, left): (&mut Pass, &mut Outcome, &mut Behind),
    ) {
        let mut begun: Option<Begun<'_>> = None;
        for part in swept.chunks(PART) {
            let (at, mut failures) = (self.clock.now(), Vec::new());
            let cases = self.read_part(part, at, (&mut *pass, &mut failures)).await;
            let cases = cases.into_iter().map(|(_, case)| case).collect();
            let next = Begun {
                part,
                at,
                failures,
                judging: bench.judge(cases, at),
            };
            if let Some(before) = begun.replace(next) {
                self.end(before, (&mut *pass, &mut *outcome, &mut *left)).await;
            }
        }
        if let Some(last) = begun {
            self.end(last, (pass, outcome, left)).await;
        }
    }

    /// Of a sweep that has come to its end, the places in which nothing went wrong.
    pub(super) async fn note_all_swept(&self, plan: &Plan, behind: &[FunctionArn], outcome: &mut Outcome) {
        let behind: BTreeSet<Place> = behind.iter().map(Place::of).collect();
        for place in plan.swept.difference(&behind) {
            let noted = self.note_swept(place, self.clock.now()).await;
            outcome.failures.extend(noted.err());
        }
    }

    /// Keeps and tells what was judged.
    async fn end(&self, begun: Begun<'_>, (pass, outcome, left): (&mut Pass, &mut Outcome, &mut Behind)) {
        let before = outcome.failures.len();
        outcome.failures.extend(begun.failures);
        let now = begun.at;
        let judged = begun.judging.wait().into_iter();
        let settled = judged.map(|(case, concluded)| self.settle(case, concluded, occasion(&[], now, &self.settings)));
        let settled: Vec<_> = stream::iter(settled).buffered(AT_ONCE).collect().await;
        self.tell(settled, &mut pass.post, outcome).await;
        left.note(begun.part, outcome.failures.drain(before..));
    }
}

impl Behind {
    /// Of a part with problems all functions are asked for again.
    fn note(&mut self, part: Part<'_>, problems: impl Iterator<Item = String>) {
        let before = self.problems.len();
        self.problems.extend(problems);
        if self.problems.len() > before {
            self.functions
                .extend(part.iter().map(|(function, _)| (*function).clone()));
        }
    }
}
