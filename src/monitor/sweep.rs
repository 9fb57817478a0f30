//! How is everything judged anew, however much it is? What is listed, part by part, and the rest another time.

use std::collections::BTreeMap;

use super::plan::{self, Plan, Work};
use super::{Clock, Collector, Dependency, Inventory, Monitor, Notifier, Outcome, PART, Pass, Place, Store};
use crate::arn::FunctionArn;
use crate::event::Cursor;
use crate::snapshot::{Facet, Facts, Scope};

/// The same where time is short: what is begun has to come to its end.
const SMALL_PART: usize = 8;

impl<I: Inventory, C: Collector, S: Store, N: Notifier, K: Clock> Monitor<I, C, S, N, K> {
    /// Plans every function of these places.
    pub(super) async fn sweep(&self, places: &[Place], plan: &mut Plan) {
        plan.is_sweep = true;
        for place in places {
            match self.everything(place, plan.after.is_none()).await {
                Ok((listed, absent)) => {
                    plan.add_all(listed.keys().cloned(), &[Facet::Configuration]);
                    plan.listed.extend(listed);
                    plan.add_all(absent, &[]);
                    plan.swept.insert(place.clone());
                }
                Err(problem) => plan.unlisted.push(problem),
            }
        }
    }

    /// What exists now; and what is known and not listed any more, with its configuration to be read: it is gone, or the
    /// listing missed it.
    async fn everything(
        &self,
        place: &Place,
        is_first: bool,
    ) -> Result<(BTreeMap<FunctionArn, Facts>, Vec<FunctionArn>), String> {
        // What the first part of a sweep has announced needs no second time.
        let listed = if is_first {
            self.list_anew(place).await?
        } else {
            self.list(place).await?.1
        };
        let known = self.store.dependants(&Dependency::Place(place.clone())).await;
        let known = known.map_err(|error| error.to_string())?.into_iter();
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
        let size = if self.until.is_some() { SMALL_PART } else { PART };
        let mut parts = swept.chunks(size).peekable();
        let mut behind = Vec::new();
        while let Some(part) = parts.next() {
            let before = outcome.failures.len();
            self.carry_out(part, pass, outcome).await;
            if outcome.failures.len() > before {
                problems.extend(outcome.failures.drain(before..));
                behind.extend(part.iter().map(|(function, _)| (*function).clone()));
            }
            let is_late = self.until.is_some_and(|until| self.clock.now() >= until);
            if is_late && parts.peek().is_some() {
                let last = part.last().map(|(function, work)| Cursor {
                    told: pass.post.sent(),
                    ..plan::cursor(function, work)
                });
                return (last, behind);
            }
        }
        (None, behind)
    }
}
