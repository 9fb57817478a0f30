//! What does the monitor say of a case, and what did it look at? Its own flow, with ports that never wait.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::said::{Found, Said, Silent, Told};
use super::{Case, CaseError, MOST_EVENTS};
use crate::arn::{AccountId, Arn, FunctionArn, Region};
use crate::event::{self, Intake};
use crate::history::Open;
use crate::memory::{Account, FixedClock, MemoryStore, Recording, Silence, entry};
use crate::monitor::{Collector, Evaluation, Inventory, Listed, Memo, Monitor, Outcome, Own};
use crate::settings::Settings;
use crate::snapshot::{Facet, FacetSet, Facts, Place, Reason, Scope, Value as Read};

/// A case runs nowhere: what is found about the monitor itself is attached to a function of this name.
pub const OWN_NAME: &str = "lambda-vigil";

/// A file of the account has no more functions, roles and so on.
const MOST_ENTRIES: usize = 500;

/// What was read of a recorded account.
type Seen = Mutex<BTreeSet<Scope>>;

/// A recorded account that notes what is read of it.
struct Noted<'a> {
    account: &'a Account,
    seen: &'a Seen,
}

impl Case {
    /// What the monitor says of it now.
    pub fn play(&self) -> Result<Said, CaseError> {
        let (account, settings) = (self.account()?, self.settings()?);
        Ok(self.played(&account, settings)?.0)
    }

    /// The case of what happened to an account: of the account only what is looked at.
    ///
    /// What is said of it is the same as of the whole account.
    pub fn of(
        account: &Account,
        (now, home): (Timestamp, Place),
        events: impl IntoIterator<Item = Value>,
        settings: Option<String>,
    ) -> Result<Self, CaseError> {
        let mut case = Self {
            now,
            home,
            account: BTreeMap::new(),
            events: named(events),
            settings,
            expected: None,
        };
        if case.events.len() > MOST_EVENTS {
            let detail = format!("more than {MOST_EVENTS} of them are no case that anybody reads");
            return Err(CaseError::file("events", &detail));
        }
        let (said, seen) = case.played(account, case.settings()?)?;
        case.account = files(account, &|scope| seen.contains(scope));
        if case.play()? != said {
            case.account = files(account, &|_| true);
        }
        let again = case.play()?;
        if let Some(difference) = said.difference(&again) {
            return Err(CaseError::Differs(difference));
        }
        case.expected = Some(said);
        Ok(case)
    }

    fn account(&self) -> Result<Account, CaseError> {
        let mut recordings = Vec::new();
        for (name, file) in &self.account {
            let recording = Recording::made(file.clone());
            recordings.push(recording.map_err(|error| CaseError::account(&format!("account/{name}"), error))?);
        }
        let mut account = Account::default().as_of(self.now);
        account.take(recordings);
        Ok(account)
    }

    fn settings(&self) -> Result<Settings, CaseError> {
        let read = self.settings.as_deref().map(Settings::parse).transpose()?;
        Ok(read.unwrap_or_default())
    }

    fn played(&self, account: &Account, settings: Settings) -> Result<(Said, BTreeSet<Scope>), CaseError> {
        let seen = Seen::default();
        let noted = Noted { account, seen: &seen };
        let own = FunctionArn::new(&self.home.account, &self.home.region, OWN_NAME);
        let own = own.map_err(|error| CaseError::file("case.json", &error.to_string()))?;
        let monitor = Monitor {
            inventory: &noted,
            collector: &noted,
            store: MemoryStore::default(),
            notifier: Silence,
            clock: FixedClock(self.now),
            settings,
            own: Own::new(own),
            until: None,
            memo: Memo::default(),
            home: self.home.clone(),
        };
        let mut said = Said::default();
        for (name, record) in &self.events {
            for one in event::records(record) {
                let Ok(intake) = one.intake else {
                    said.failed.insert(name.clone());
                    continue;
                };
                let outcome = at_once(monitor.handle(std::slice::from_ref(&intake)));
                note(&mut said, name, &intake, &outcome);
            }
        }
        said.open = monitor.store.all_open().iter().map(found).collect();
        drop(monitor);
        Ok((said, seen.into_inner().unwrap_or_else(PoisonError::into_inner)))
    }
}

fn found(open: &Open) -> Found {
    Found::of(&open.finding, open.suppressed.is_some())
}

fn note(said: &mut Said, event: &str, intake: &Intake, outcome: &Outcome) {
    if !outcome.failures.is_empty() {
        said.failed.insert(event.to_owned());
    }
    let deletes = matches!(intake, Intake::Changes(changes) if changes.iter().any(|change| change.deleted));
    for evaluation in &outcome.evaluations {
        note_evaluation(said, event, evaluation);
        // Nobody looked at what is not recorded.
        if evaluation.gone && evaluation.transitions.is_empty() && !deletes {
            said.cannot_judge.insert(Silent {
                function: evaluation.function.clone(),
                control: None,
                facet: Some(Facet::Configuration),
            });
        }
    }
    let others = outcome.own.iter().chain(&outcome.outposts);
    others.for_each(|evaluation| note_evaluation(said, event, evaluation));
}

fn note_evaluation(said: &mut Said, event: &str, evaluation: &Evaluation) {
    let function = || evaluation.function.clone();
    let told = evaluation.notices.iter().flat_map(|notice| notice.transitions.iter());
    said.transitions.extend(told.map(|transition| Told {
        event: event.to_owned(),
        status: transition.status,
        finding: Found::of(&transition.finding, false),
    }));
    let unread = evaluation.unreadable.iter().map(|unreadable| Silent {
        function: function(),
        control: None,
        facet: Some(unreadable.facet),
    });
    let unjudged = evaluation.unjudged.iter().filter(|cannot| !cannot.is_not_due());
    let unjudged = unjudged.map(|cannot| Silent {
        function: function(),
        control: Some(cannot.control.clone()),
        facet: None,
    });
    said.cannot_judge.extend(unread.chain(unjudged));
}

/// Runs what only waits for ports that never do.
fn at_once<F: Future>(work: F) -> F::Output {
    let (mut work, mut context) = (pin!(work), Context::from_waker(Waker::noop()));
    loop {
        if let Poll::Ready(done) = work.as_mut().poll(&mut context) {
            return done;
        }
    }
}

/// Under names that say their order and what they are.
pub(super) fn named(events: impl IntoIterator<Item = Value>) -> BTreeMap<String, Value> {
    let numbered = events.into_iter().enumerate();
    let named = numbered.map(|(index, mut event)| {
        drop_values(&mut event);
        (format!("{:04}-{}.json", index + 1, kind(&event)), event)
    });
    named.collect()
}

/// AWS leaves values of environments out of its records; what a copy of a call has is left out here.
fn drop_values(json: &mut Value) {
    let inner: &mut dyn Iterator<Item = &mut Value> = match json {
        Value::Object(members) => &mut members.values_mut(),
        Value::Array(items) => &mut items.iter_mut(),
        _ => return,
    };
    inner.for_each(drop_values);
    let environments = ["environment", "Environment"].iter().zip(["variables", "Variables"]);
    for (environment, variables) in environments {
        let variables = json.get_mut(*environment).and_then(|inner| inner.get_mut(variables));
        for value in variables.and_then(Value::as_object_mut).into_iter().flatten() {
            *value.1 = "***".into();
        }
    }
}

/// A word for the name of a file: whoever wrote the event wrote this.
fn kind(event: &Value) -> String {
    let names = ["/detail/eventName", "/eventName", "/detail-type"];
    let name = names.iter().find_map(|name| event.pointer(name)?.as_str());
    let letters = name.unwrap_or("event").chars().filter(char::is_ascii_alphanumeric);
    letters.take(60).collect()
}

/// What is recorded of some scopes, as files.
pub(super) fn files(account: &Account, is_wanted: &dyn Fn(&Scope) -> bool) -> BTreeMap<String, Value> {
    let mut lists: BTreeMap<&'static str, Vec<Value>> = BTreeMap::new();
    for (scope, facts) in account.scopes() {
        let written = if is_wanted(scope) {
            entry(scope, facts)
        } else {
            user(account, scope, is_wanted)
        };
        // A role of which only its users are known says nothing.
        if let Some((list, entry)) = written.filter(|(_, entry)| says_something(entry)) {
            lists.entry(list).or_default().push(entry);
        }
    }
    let mut files = BTreeMap::new();
    for (list, entries) in &lists {
        for (part, entries) in entries.chunks(MOST_ENTRIES).enumerate() {
            let name = format!("{}-{:03}.json", list.to_lowercase(), part + 1);
            files.insert(name, json!({ *list: entries }));
        }
    }
    files
}

/// More than whose it is.
fn says_something(entry: &Value) -> bool {
    let names = ["FunctionArn", "Arn", "Account", "Region", "VpcId"];
    let mut members = entry.as_object().into_iter().flat_map(|members| members.keys());
    members.any(|member| !names.contains(&member.as_str()))
}

/// That a function uses a role is part of what is known of the role.
fn user(account: &Account, scope: &Scope, is_wanted: &dyn Fn(&Scope) -> bool) -> Option<(&'static str, Value)> {
    let known = account.facts(scope)?;
    let Ok(Read::Configuration(configuration)) = known.value(Facet::Configuration) else {
        return None;
    };
    let role = configuration.role_arn().map(Scope::Role)?;
    let mut facts = Facts::default();
    facts.insert_from(Timestamp::UNIX_EPOCH, Facet::Configuration, known);
    is_wanted(&role).then(|| entry(scope, &facts)).flatten()
}

impl Noted<'_> {
    fn note(&self, scope: &Scope) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(scope.clone());
    }
}

impl Inventory for Noted<'_> {
    async fn functions(&self, place: &Place) -> Result<Vec<Listed>, Reason> {
        self.account.functions_of(place)
    }

    async fn roles_with_policy(&self, policy: &Arn) -> Result<Vec<String>, Reason> {
        Ok(self.account.roles_of(policy))
    }

    fn regions(&self, account: &AccountId) -> Vec<Region> {
        self.account.regions(account)
    }
}

impl Collector for Noted<'_> {
    async fn collect(&self, scope: &Scope, facets: &FacetSet) -> Facts {
        self.note(scope);
        self.account.collect(scope, facets).await
    }
}
