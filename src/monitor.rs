//! From inputs to notices: the only orchestration, generic over the ports.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;

use crate::arn::FunctionArn;
use crate::assess::{Assessment, CannotJudge};
use crate::event::{Cause, Change, Intake, Subject};
use crate::history::{Occasion, Transition, bury, compare};
use crate::report::Notice;
use crate::settings::{Settings, Use};
use crate::snapshot::{Facet, ScopeKind};
use crate::snapshot::{
    Facts, Occasion as When, Outcome as Read, Reason, RoleUsers, Scope, Snapshot, Unreadable, Value,
};

mod affected;
mod alarms;
mod judge;
mod own;
mod plan;
mod port;
mod read;
mod told;
mod users;

pub use own::Own;
pub use port::{Clock, Collector, Expired, Inventory, Listed, Listing, Notifier, Place, PortError, Store};

use affected::Reach;
use plan::{Plan, Work};

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
    /// Where the monitor runs: what a sweep without account and Region means.
    pub home: Place,
}

/// What came of inputs.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Each change, with the functions that it reaches.
    pub reached: Vec<(Change, BTreeSet<FunctionArn>)>,
    /// Each function that was evaluated.
    pub evaluations: Vec<Evaluation>,
    /// What came of judging the monitor itself, if it was.
    pub own: Option<Evaluation>,
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
    /// What changed.
    pub transitions: Vec<Transition>,
    /// What could not be judged.
    pub unjudged: Vec<CannotJudge>,
    /// What could not be read.
    pub unreadable: Vec<Unreadable>,
    /// What this says about the suppressions of the settings.
    pub suppressions: Use,
    /// What was published.
    pub notice: Option<Notice>,
}

impl<I: Inventory, C: Collector, S: Store, N: Notifier, K: Clock> Monitor<I, C, S, N, K> {
    /// Takes inputs to their notices. What belongs to one function is evaluated once.
    pub async fn handle(&self, intakes: &[Intake]) -> Outcome {
        let mut outcome = Outcome::default();
        let mut plan = Plan::default();
        for intake in intakes {
            self.take(intake, &mut plan, &mut outcome).await;
        }
        // Part by part: what is judged is told, even if the time does not suffice for all.
        let users = self.role_users(plan.functions.keys()).await;
        let functions = plan.by_role(&users);
        for part in functions.chunks(PART) {
            self.carry_out(part, (plan.is_sweep, &users), &mut outcome).await;
        }
        outcome
            .evaluations
            .sort_by(|one, other| one.function.cmp(&other.function));
        self.judge_own(&plan, &mut outcome).await;
        outcome
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
            Intake::Sweep { account, region } => {
                let account = account.clone().unwrap_or_else(|| self.home.account.clone());
                let regions = region
                    .clone()
                    .map_or_else(|| self.inventory.regions(&account), |region| vec![region]);
                let places: Vec<Place> = regions
                    .into_iter()
                    .map(|region| Place {
                        account: account.clone(),
                        region,
                    })
                    .collect();
                self.sweep(&places, plan, outcome).await;
            }
            Intake::Recheck { functions, cause } => {
                for function in functions {
                    self.follow(&awaited(function, cause), plan, outcome).await;
                }
            }
        }
    }

    async fn follow(&self, change: &Change, plan: &mut Plan, outcome: &mut Outcome) -> BTreeSet<FunctionArn> {
        let Reach { functions, problems } = self.affected(change).await;
        outcome.failures.extend(problems);
        plan.note(change);
        // No control reads what a change without facets touches, so no finding can come or go with it.
        if !change.facets.is_empty() {
            plan.add(change, &functions);
        }
        functions
    }

    async fn sweep(&self, places: &[Place], plan: &mut Plan, outcome: &mut Outcome) {
        plan.is_sweep = true;
        self.expire(Expired::EveryRole, ScopeKind::Role, outcome).await;
        for place in places {
            self.expire(Expired::EveryVpc(place), ScopeKind::Vpc, outcome).await;
            self.expire(Expired::Place(place), ScopeKind::Place, outcome).await;
            match self.everything(place).await {
                Ok((listed, absent)) => {
                    plan.add_all(listed, &[Facet::Configuration]);
                    plan.add_all(
                        absent.into_iter().filter(|function| *function != self.own.function),
                        &[],
                    );
                    plan.swept.insert(place.clone());
                }
                Err(problem) => outcome.failures.push(problem),
            }
        }
    }

    async fn expire(&self, what: Expired<'_>, kind: ScopeKind, outcome: &mut Outcome) {
        // What only the records of calls tell is not there to be read again.
        let mut facets = facets_of(kind);
        facets.retain(|facet| facet.occasion() != When::Event);
        if let Err(error) = self.store.expire(&what, &facets).await {
            outcome.failures.push(error.to_string());
        }
    }

    async fn carry_out(
        &self,
        part: &[(&FunctionArn, &Work)],
        (is_sweep, users): (bool, &BTreeMap<Scope, RoleUsers>),
        outcome: &mut Outcome,
    ) {
        let now = self.clock.now();
        let mut snapshots = self.read_functions(part, now, is_sweep).await;
        let shared = self.read_shared(&snapshots, (now, is_sweep), users).await;
        for snapshot in &mut snapshots {
            snapshot.share(|scope| shared.get(scope).cloned());
        }
        let works = part.iter().map(|(_, work)| work);
        let assessments = judge::all(&snapshots, &self.settings, now);
        let evaluations = works
            .zip(snapshots.iter().zip(assessments))
            .map(|(work, judged)| self.evaluate(judged, &work.changes, now));
        let evaluations = stream::iter(evaluations);
        let results: Vec<_> = evaluations.buffered(AT_ONCE).collect().await;
        for result in results {
            match result {
                Ok(evaluation) => outcome.evaluations.push(evaluation),
                Err(problem) => outcome.failures.push(problem),
            }
        }
    }

    async fn evaluate(
        &self,
        (snapshot, assessment): (&Snapshot, Option<Assessment>),
        changes: &[Change],
        now: Timestamp,
    ) -> Result<Evaluation, String> {
        let Some(assessment) = assessment else {
            return self.bury(&snapshot.function, &Occasion { changes, now }).await;
        };
        let evaluation = self.settle(assessment, &Occasion { changes, now }).await?;
        Ok(Evaluation {
            unreadable: snapshot.unreadable(),
            ..evaluation
        })
    }

    async fn bury(&self, function: &FunctionArn, occasion: &Occasion<'_>) -> Result<Evaluation, String> {
        let record = self.store.record(function).await.map_err(|error| error.to_string())?;
        let transitions = bury(record, function, occasion);
        let notice = self.publish(function, &transitions, occasion.now).await?;
        self.store.forget(function).await.map_err(|error| error.to_string())?;
        Ok(Evaluation {
            gone: true,
            transitions,
            notice,
            ..Evaluation::of(function)
        })
    }

    /// Compares with the record, tells what changed, and keeps the new record.
    async fn settle(&self, assessment: Assessment, occasion: &Occasion<'_>) -> Result<Evaluation, String> {
        let function = &assessment.function;
        let record = self.store.record(function).await.map_err(|error| error.to_string())?;
        let (next, transitions) = compare(record, &assessment, occasion);
        let notice = self.publish(function, &transitions, occasion.now).await?;
        let kept = self.store.save_record(function, next).await;
        kept.map_err(|error| error.to_string())?;
        let told = assessment.unjudged.into_iter().filter(|cannot| !cannot.is_not_due());
        Ok(Evaluation {
            transitions,
            unjudged: told.collect(),
            suppressions: assessment.suppressions,
            notice,
            ..Evaluation::of(function)
        })
    }

    /// Publishes first and keeps the record then: a failure in between repeats a notice, and loses none.
    async fn publish(
        &self,
        function: &FunctionArn,
        transitions: &[Transition],
        now: Timestamp,
    ) -> Result<Option<Notice>, String> {
        let Some(notice) = Notice::new(function, transitions.to_vec(), now) else {
            return Ok(None);
        };
        self.notifier.tell(&notice).await.map_err(|error| error.to_string())?;
        Ok(Some(notice))
    }
}

impl Evaluation {
    /// Nothing changed, nothing open.
    fn of(function: &FunctionArn) -> Self {
        Self {
            function: function.clone(),
            gone: false,
            transitions: Vec::new(),
            unjudged: Vec::new(),
            unreadable: Vec::new(),
            suppressions: Use::default(),
            notice: None,
        }
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
        cause: Arc::clone(cause),
    }
}

fn is_gone(own: &Facts) -> bool {
    own.reading(Facet::Configuration)
        .is_some_and(|reading| reading.outcome == Read::Unreadable(Reason::NotFound))
}

/// The scope of a function's role, once its configuration is known.
fn role_of(own: &Facts) -> Option<Scope> {
    match own.value(Facet::Configuration) {
        Ok(Value::Configuration(configuration)) => configuration.role_arn().map(Scope::Role),
        Ok(_) | Err(_) => None,
    }
}

fn facets_of(kind: ScopeKind) -> BTreeSet<Facet> {
    Facet::of(kind).collect()
}

/// What the planned functions share with others: their roles, VPCs, accounts and Regions.
type SharedFacts = BTreeMap<Scope, Arc<Facts>>;
