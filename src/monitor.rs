//! From inputs to notices: the only orchestration, generic over the ports.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;

use crate::arn::{Arn, FunctionArn};
use crate::assess::CannotJudge;
use crate::event::{Cause, Change, Intake, Subject};
use crate::history::Transition;
use crate::report::{Digest, Notice};
use crate::settings::{Settings, Use};
use crate::snapshot::{Facet, FacetSet, ScopeKind};
use crate::snapshot::{Facts, Occasion as When, Outcome as Read, Reason, Scope, Unreadable, Value};

mod affected;
mod ahead;
mod alarms;
mod dependency;
mod judge;
mod kept;
mod later;
mod memo;
mod outpost;
mod own;
mod plan;
mod port;
mod read;
mod settle;
mod sweep;
mod tell;
mod told;
mod users;

pub use dependency::{Dependency, Rows, Which};
pub use kept::{Kept, weight};
pub use later::Later;
pub use memo::Memo;
pub use outpost::{outpost, places_of};
pub use own::Own;
pub use port::{
    Agenda, Canary, Clock, Collector, Coverage, FunctionState, Inventory, Listed, Notifier, Overview, Place, Poison,
    PortError, Quarantine, Store, Untold,
};

use affected::Reach;
use later::Unshown;
use plan::{Plan, Work};
use read::Case;
use settle::occasion;
use tell::Post;
use users::Users;

/// How many functions are read at the same time; the token buckets set the pace, this bounds memory.
const AT_ONCE: usize = 16;
/// How many functions are read before they are judged.
const PART: usize = 64;
/// The ports, the settings, and the flow through them.
pub struct Monitor<I, C, S, N, K> {
    /// Which functions exist.
    pub inventory: I,
    /// Reads the state.
    pub collector: C,
    /// Keeps facts and findings.
    pub store: S,
    /// Publishes.
    pub notifier: N,
    /// The time.
    pub clock: K,
    /// The user's decisions.
    pub settings: Settings,
    /// What the monitor knows about itself.
    pub own: Own,
    /// What was judged before, and still is the same.
    pub memo: Memo,
    /// From then on a sweep begins no more, and asks for the rest of it later; none: it has all the time that it needs.
    pub until: Option<Timestamp>,
    /// Where the monitor runs: what a sweep without account and Region means.
    pub home: Place,
}

/// What the parts of one batch share.
struct Pass {
    is_sweep: bool,
    users: Users,
    /// What functions share with others and was read anew for the sweep.
    swept: BTreeSet<Scope>,
    post: Post,
    unshown: Unshown,
}

/// What came of inputs.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Each change, with the functions that it reaches.
    pub reached: Vec<(Change, BTreeSet<FunctionArn>)>,
    /// Each function that was evaluated.
    pub evaluations: Vec<Evaluation>,
    /// Notices that were told as one.
    pub digests: Vec<Digest>,
    /// What came of judging the monitor itself, if it was.
    pub own: Option<Evaluation>,
    /// What came of looking whether the events of other accounts and Regions arrive.
    pub outposts: Vec<Evaluation>,
    /// The places of which all functions were swept.
    pub swept: usize,
    /// The mappings on which the tag is to be written that has to come back as an event.
    pub canaries: Vec<Arn>,
    /// When those tags were written that have come back.
    pub echoes: Vec<Timestamp>,
    /// What has to be asked later.
    pub later: Vec<Later>,
    /// Changes that no read has shown, and that nobody will look at any more.
    pub unconfirmed: Vec<Change>,
    /// What went wrong in a part of a sweep, and is asked for later.
    pub put_off: Vec<String>,
    /// What went wrong: the input has to come again.
    pub failures: Vec<String>,
}

/// What came of evaluating one function.
#[derive(Debug)]
pub struct Evaluation {
    /// The function.
    pub function: FunctionArn,
    /// It does not exist any more.
    pub gone: bool,
    /// What changed, worst first, good news last.
    pub transitions: Arc<[Transition]>,
    /// What could not be judged.
    pub unjudged: Vec<CannotJudge>,
    /// What could not be read.
    pub unreadable: Vec<Unreadable>,
    /// What this says about the suppressions of the settings.
    pub suppressions: Use,
    /// What was told.
    pub notices: Vec<Notice>,
    /// It was told in a digest, and not by itself.
    pub is_summed_up: bool,
}

impl Evaluation {
    /// Nothing changed, nothing open.
    fn of(function: &FunctionArn) -> Self {
        Self {
            function: function.clone(),
            gone: false,
            transitions: Arc::default(),
            unjudged: Vec::new(),
            unreadable: Vec::new(),
            suppressions: Use::default(),
            notices: Vec::new(),
            is_summed_up: false,
        }
    }
}

impl<I: Inventory, C: Collector, S: Store, N: Notifier, K: Clock> Monitor<I, C, S, N, K> {
    /// Takes inputs to their notices. What belongs to one function is evaluated once.
    pub async fn handle(&self, intakes: &[Intake]) -> Outcome {
        let mut outcome = Outcome::default();
        let mut plan = Plan::default();
        self.collector.forget();
        for intake in intakes {
            self.take(intake, &mut plan, &mut outcome).await;
        }
        let mut pass = Pass {
            is_sweep: plan.is_sweep,
            users: self.listed_users(&plan),
            swept: BTreeSet::new(),
            post: Post::default(),
            unshown: Unshown::default(),
        };
        let (sweeps, after) = (plan.sweeps.clone(), plan.after.clone());
        let mut problems = std::mem::take(&mut plan.unlisted);
        let unseen = self.unseen(&plan.swept, &mut outcome).await;
        // Part by part: what is judged is kept and told, even if the time does not suffice for all.
        let (asked, swept): (Vec<_>, Vec<_>) = plan
            .by_role()
            .into_iter()
            .partition(|(_, work)| !work.changes.is_empty());
        for part in asked.chunks(PART) {
            self.carry_out(part, &mut pass, &mut outcome).await;
        }
        // What an event asks for is news, whatever a first sweep has yet to find.
        pass.post.goes_on(unseen, after.as_ref());
        let (last, behind) = self.carry_on(&swept, &mut pass, &mut outcome, &mut problems).await;
        outcome
            .evaluations
            .sort_by(|one, other| one.function.cmp(&other.function));
        // With nobody to leave it to, the same input comes again: known before the monitor judges itself, for then not all was judged.
        if last.is_none() {
            outcome.failures.append(&mut problems);
        }
        pass.post.is_unfinished = last.is_some();
        if last.is_none() {
            outcome.swept = plan.swept.len();
            self.note_all_swept(&plan, &behind, &mut outcome).await;
        }
        if after.is_some() && last.is_none() {
            self.gather(&mut pass.post, &mut outcome).await;
        }
        self.sum_up(pass.post, &mut outcome).await;
        plan.is_in_parts = after.is_some() || last.is_some();
        Box::pin(self.judge_own(&plan, &mut outcome)).await;
        Box::pin(self.judge_outposts(&plan, &mut outcome)).await;
        let (looks, unconfirmed) = pass.unshown.sorted();
        outcome.later.extend(looks);
        outcome.unconfirmed = unconfirmed;
        outcome.put_off = problems;
        // One that fails for ever must not keep all that come after it from being judged: it is asked for by itself.
        if let Some(after) = last.filter(|_| outcome.failures.is_empty()) {
            outcome.later.extend(Later::behind(&behind));
            let rests = sweeps.into_iter().map(|(account, region)| Later::Sweep {
                account,
                region,
                after: Some(after.clone()),
            });
            outcome.later.extend(rests);
        }
        outcome
    }

    /// The places that no sweep has seen before.
    async fn unseen(&self, swept: &BTreeSet<Place>, outcome: &mut Outcome) -> BTreeSet<Place> {
        let mut unseen = BTreeSet::new();
        for place in swept {
            match self.store.coverage(place).await {
                Ok(coverage) if coverage.seen => {}
                Ok(_) => drop(unseen.insert(place.clone())),
                Err(error) => outcome.failures.push(error.to_string()),
            }
        }
        unseen
    }

    async fn take(&self, intake: &Intake, plan: &mut Plan, outcome: &mut Outcome) {
        match intake {
            Intake::Ignored { .. } => {}
            Intake::Changes(changes) => {
                for change in changes {
                    let functions = self.follow(change, plan, outcome).await;
                    outcome.reached.push((change.clone(), functions));
                }
            }
            Intake::Sweep { account, region, after } => {
                if account.is_none() && after.is_none() && self.sweep_each(region.as_ref(), plan, outcome).await {
                    return;
                }
                // A batch has one place to go on from; sweeps of other accounts take their turn.
                if plan.sweeps_another(account.as_ref()) {
                    return outcome.later.push(Later::Sweep {
                        account: account.clone(),
                        region: region.clone(),
                        after: after.clone(),
                    });
                }
                plan.go_on((account.clone(), region.clone()), after.clone());
                let account = account.clone().unwrap_or_else(|| self.home.account.clone());
                let places = match region.clone() {
                    Some(region) => vec![Place { account, region }],
                    None => self.places(&account),
                };
                self.sweep(&places, plan).await;
            }
            Intake::Canary { mapping } => outcome.canaries.push(mapping.clone()),
            Intake::Echo { mapping, sent } => {
                // What others write elsewhere says nothing about what reaches this monitor.
                let is_here = mapping.account().as_ref() == Some(&self.home.account)
                    && mapping.region().as_ref() == Some(&self.home.region);
                outcome.echoes.extend(is_here.then_some(*sent));
            }
            Intake::Check { account, region } => {
                self.plan_check((account.as_ref(), region.as_ref()), plan, outcome)
                    .await;
            }
            Intake::Recheck { functions, cause } => {
                for function in functions {
                    self.follow(&awaited(function, cause), plan, outcome).await;
                }
            }
        }
    }

    async fn follow(&self, change: &Change, plan: &mut Plan, outcome: &mut Outcome) -> BTreeSet<FunctionArn> {
        let Reach {
            functions,
            listed,
            problems,
        } = self.affected(change).await;
        outcome.failures.extend(problems);
        plan.note(change, &self.home);
        // No control reads what a change without facets touches, so no finding can come or go with it.
        if !change.facets.is_empty() {
            plan.add(change, &functions);
        }
        plan.listed.extend(listed);
        functions
    }

    async fn carry_out(&self, part: &[(&FunctionArn, &Work)], pass: &mut Pass, outcome: &mut Outcome) {
        let now = self.clock.now();
        let cases = self.read_part(part, now, (&mut *pass, &mut outcome.failures)).await;
        let judged = judge::all(&cases, &self.memo, (&self.settings, now));
        let settled = cases.into_iter().zip(judged).map(|((work, case), concluded)| {
            let changes = &work.changes;
            self.settle(case, concluded, occasion(changes, now, &self.settings))
        });
        let settled: Vec<_> = stream::iter(settled).buffered(AT_ONCE).collect().await;
        self.tell(settled, &mut pass.post, outcome).await;
    }

    /// Functions with all that they are judged by.
    async fn read_part<'w>(
        &self,
        part: &[(&FunctionArn, &'w Work)],
        now: Timestamp,
        (pass, failures): (&mut Pass, &mut Vec<String>),
    ) -> Vec<(&'w Work, Case)> {
        let when = (now, pass.is_sweep);
        let mut cases = self.read_functions(part, when, failures).await;
        let mut read: Vec<&mut Case> = cases.iter_mut().map(|(_, case)| case).collect();
        let shared = self.read_shared(&mut read, when, (&pass.users, &mut pass.swept)).await;
        cases.retain_mut(|(_, case)| {
            let problem = case.share(&shared).err();
            failures.extend(problem.clone());
            problem.is_none()
        });
        for (work, case) in &cases {
            pass.unshown.note(&work.changes, &case.snapshot, now);
        }
        cases
    }

    async fn read_functions<'w>(
        &self,
        part: &[(&FunctionArn, &'w Work)],
        when: (Timestamp, bool),
        failures: &mut Vec<String>,
    ) -> Vec<(&'w Work, Case)> {
        let is_alone = part.len() == 1;
        let reads = part.iter().map(|(function, work)| async move {
            (*work, self.read_function((*function, *work), when, is_alone).await)
        });
        let read: Vec<_> = stream::iter(reads).buffered(AT_ONCE).collect().await;
        let mut cases = Vec::new();
        for (work, case) in read {
            match case {
                Ok(case) => cases.extend(case.map(|case| (work, case))),
                Err(problem) => failures.push(problem),
            }
        }
        cases
    }
}

/// The change whose effect an earlier read did not show: read all, and let the call stand as the cause.
fn awaited(function: &FunctionArn, cause: &Arc<Cause>) -> Change {
    Change {
        subject: Subject::Function {
            arn: function.clone(),
            qualifier: None,
        },
        account: function.account().clone(),
        region: function.region().clone(),
        facets: Facet::ALL
            .into_iter()
            .filter(|facet| facet.occasion() == When::Due)
            .collect(),
        deleted: false,
        parameters_omitted: false,
        awaited: None,
        cause: Arc::clone(cause),
    }
}

fn is_gone(own: &Facts) -> bool {
    own.reading(Facet::Configuration)
        .is_some_and(|reading| *reading.outcome == Read::Unreadable(Reason::NotFound))
}

/// The scope of a function's role, once its configuration is known.
fn role_of(own: &Facts) -> Option<Scope> {
    match own.value(Facet::Configuration) {
        Ok(Value::Configuration(configuration)) => configuration.role_arn().map(Scope::Role),
        Ok(_) | Err(_) => None,
    }
}

fn facets_of(kind: ScopeKind) -> FacetSet {
    Facet::of(kind).collect()
}
