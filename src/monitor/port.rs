//! What the monitor needs from outside: functions that exist, facts about them, a place to publish, the time.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::dependency::{Dependency, Rows};
use super::later::Later;
use crate::arn::{AccountId, Arn, FunctionArn, Region};
use crate::history::{Open, Record};
use crate::report::{Digest, Message, Notice, sns, sns_digest};
pub use crate::snapshot::Place;
use crate::snapshot::{Configuration, FacetSet, Facts, Reason, Scope};

/// A function as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The function.
    pub function: FunctionArn,
    /// Its whole configuration: a listing carries it, so that no second call is needed.
    pub configuration: Arc<Configuration>,
}

/// A store, topic or queue did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} failed: {detail}")]
pub struct PortError {
    /// What was tried, e.g. `publish to arn:…`.
    pub what: String,
    /// What came back.
    pub detail: String,
}

/// Which functions exist, and who uses what.
pub trait Inventory {
    /// Every function of an account and Region.
    fn functions(&self, place: &Place) -> impl Future<Output = Result<Vec<Listed>, Reason>>;

    /// Names of the roles that a managed policy is attached to or bounds.
    fn roles_with_policy(&self, policy: &Arn) -> impl Future<Output = Result<Vec<String>, Reason>>;

    /// The accounts that are watched beside the one in which the monitor runs.
    fn others(&self) -> impl Future<Output = Result<BTreeSet<AccountId>, Reason>> {
        async { Ok(BTreeSet::new()) }
    }

    /// The Regions whose functions are watched in an account, the home Region first.
    fn regions(&self, account: &AccountId) -> Vec<Region>;
}

/// Reads the state.
pub trait Collector {
    /// Reads the facets of a scope. Every facet asked for gets a reading; [`Reason::NotFound`] for the configuration means that the function is gone.
    fn collect(&self, scope: &Scope, facets: &FacetSet) -> impl Future<Output = Facts>;

    /// All functions of a place are about to be read: what listings tell of all of them may be read now, and answers
    /// [`Collector::collect`] until [`Collector::forget`].
    fn survey(&self, _place: &Place, _functions: &BTreeMap<FunctionArn, Facts>) -> impl Future<Output = ()> {
        async {}
    }

    /// What was surveyed is not new any more.
    fn forget(&self) {}
}

/// A notice did not reach everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untold {
    /// Whom it has reached, in the notifier's own words.
    pub reached: BTreeSet<String>,
    /// Whom it has not reached; nothing if nobody can be told apart.
    pub refused: BTreeSet<String>,
    /// What happened to one of these.
    pub error: PortError,
}

impl From<PortError> for Untold {
    fn from(error: PortError) -> Self {
        Self {
            reached: BTreeSet::new(),
            refused: BTreeSet::new(),
            error,
        }
    }
}

/// Publishes notices.
pub trait Notifier {
    /// Publishes one message; an error fails the input, which then comes again.
    fn publish(&self, message: &Message) -> impl Future<Output = Result<(), PortError>>;

    /// Publishes a notice to everybody whom it has not reached yet, and answers whom it has reached now.
    fn tell(&self, notice: &Notice) -> impl Future<Output = Result<BTreeSet<String>, Untold>> {
        async {
            self.publish(&sns(notice)).await?;
            Ok(BTreeSet::new())
        }
    }

    /// Publishes many notices as one message, to everybody whom they have not reached yet.
    fn tell_digest(&self, digest: &Digest) -> impl Future<Output = Result<(), Untold>> {
        async { Ok(self.publish(&sns_digest(digest)).await?) }
    }
}

/// Has the monitor asked again later.
pub trait Agenda {
    /// Notes what is to be asked; it may be asked more than once.
    fn note(&self, later: &Later) -> impl Future<Output = Result<(), PortError>>;
}

/// Writes the tag that has to come back as an event.
pub trait Canary {
    /// Writes it on a mapping, with the time.
    fn release(&self, mapping: &Arn, at: Timestamp) -> impl Future<Output = Result<(), PortError>>;
}

/// An input that cannot be understood, and would not be the next time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poison {
    /// By this the answer names it; empty for what is no message.
    pub message_id: String,
    /// As it came; absent if it is not shaped as a message.
    pub body: Option<String>,
    /// Why it cannot be understood.
    pub why: String,
}

/// Puts inputs aside.
pub trait Quarantine {
    /// Keeps the input where people can look at it; it may be kept more than once.
    fn put_aside(&self, poison: &Poison) -> impl Future<Output = Result<(), PortError>>;
}

/// The time.
pub trait Clock {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// What is kept of a function, as one thing: what is known of it, what is wrong with it, and what people have yet to be told.
/// The three can never disagree.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FunctionState {
    /// Counts its changes; 0: nothing is kept.
    pub version: u64,
    /// Its facets.
    pub facts: Facts,
    /// Its findings.
    pub record: Record,
    /// Stands for the readings of what it shares with others by which it was judged last.
    pub basis: u64,
    /// The notices that have yet to leave, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<Notice>,
    /// It does not exist any more. That is kept for a while, so that an older read does not bring it back.
    pub gone: bool,
}

/// What was looked at of a place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Coverage {
    /// When the last listing began: from then on, rows lead to every function.
    pub listed: Option<Timestamp>,
    /// A sweep has seen all of it once: what is found from then on is news.
    pub seen: bool,
    /// When a sweep last came to its end, or the place was first looked at: from then on the next one is missed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub swept: Option<Timestamp>,
}

impl Coverage {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            listed: self.listed.max(other.listed),
            seen: self.seen || other.seen,
            swept: self.swept.max(other.swept),
        }
    }
}

/// Keeps facts once per scope, and what is known of a function in one piece.
///
/// Any number of monitors may use a store at the same time. What makes them agree: of two readings of a facet the later one
/// stays; a function's state is only replaced by who has seen it; and a store leads from a dependency to every scope whose
/// kept facts have it (it may lead to more). Who reads what a function hangs on lets that lead to the function first, and who knows
/// of a change of it lets the facts expire first, and asks then whom it leads to: so one of the two sees the other.
pub trait Store {
    /// What is kept of a function.
    fn function(&self, function: &FunctionArn) -> impl Future<Output = Result<Arc<FunctionState>, PortError>>;

    /// Replaces the state of this version, which counts one up; false if it is another one by now, and then nothing changes.
    fn save_function(
        &self,
        function: &FunctionArn,
        state: FunctionState,
    ) -> impl Future<Output = Result<bool, PortError>>;

    /// What is known of a role, VPC or place.
    fn facts(&self, scope: &Scope) -> impl Future<Output = Result<Facts, PortError>>;

    /// Adds readings, and gives what is known then; an older reading never replaces a newer one.
    fn merge_facts(&self, scope: &Scope, facts: &Facts) -> impl Future<Output = Result<Facts, PortError>>;

    /// The scopes that hang on something.
    fn dependants(&self, dependency: &Dependency) -> impl Future<Output = Result<BTreeSet<Scope>, PortError>>;

    /// Lets dependencies lead to scopes from now on, before the facts are kept from which that follows.
    fn announce(&self, rows: &[Rows]) -> impl Future<Output = Result<(), PortError>>;

    /// What was looked at of a place.
    fn coverage(&self, place: &Place) -> impl Future<Output = Result<Coverage, PortError>>;

    /// Adds to that: the later listing counts, and what was seen stays seen.
    fn add_coverage(&self, place: &Place, coverage: Coverage) -> impl Future<Output = Result<(), PortError>>;
}

/// What the owner of a store asks it, whatever function it is of.
pub trait Overview {
    /// Shows every finding that is open, suppressed ones with the reason.
    fn each_open(&self, show: &mut dyn FnMut(&Open)) -> Result<(), PortError>;

    /// All of them at once.
    fn all_open(&self) -> Result<Vec<Open>, PortError> {
        let mut all = Vec::new();
        self.each_open(&mut |open| all.push(open.clone()))?;
        Ok(all)
    }

    /// What was kept so far outlasts the process, if the store does.
    fn flush(&self) -> Result<(), PortError>;
}

impl<T: Inventory> Inventory for Arc<T> {
    fn functions(&self, place: &Place) -> impl Future<Output = Result<Vec<Listed>, Reason>> {
        (**self).functions(place)
    }

    fn roles_with_policy(&self, policy: &Arn) -> impl Future<Output = Result<Vec<String>, Reason>> {
        (**self).roles_with_policy(policy)
    }

    fn others(&self) -> impl Future<Output = Result<BTreeSet<AccountId>, Reason>> {
        (**self).others()
    }

    fn regions(&self, account: &AccountId) -> Vec<Region> {
        (**self).regions(account)
    }
}

impl<T: Collector> Collector for Arc<T> {
    fn collect(&self, scope: &Scope, facets: &FacetSet) -> impl Future<Output = Facts> {
        (**self).collect(scope, facets)
    }

    fn survey(&self, place: &Place, functions: &BTreeMap<FunctionArn, Facts>) -> impl Future<Output = ()> {
        (**self).survey(place, functions)
    }

    fn forget(&self) {
        (**self).forget();
    }
}

impl<T: Inventory> Inventory for &T {
    fn functions(&self, place: &Place) -> impl Future<Output = Result<Vec<Listed>, Reason>> {
        (**self).functions(place)
    }

    fn roles_with_policy(&self, policy: &Arn) -> impl Future<Output = Result<Vec<String>, Reason>> {
        (**self).roles_with_policy(policy)
    }

    fn others(&self) -> impl Future<Output = Result<BTreeSet<AccountId>, Reason>> {
        (**self).others()
    }

    fn regions(&self, account: &AccountId) -> Vec<Region> {
        (**self).regions(account)
    }
}

impl<T: Collector> Collector for &T {
    fn collect(&self, scope: &Scope, facets: &FacetSet) -> impl Future<Output = Facts> {
        (**self).collect(scope, facets)
    }

    fn survey(&self, place: &Place, functions: &BTreeMap<FunctionArn, Facts>) -> impl Future<Output = ()> {
        (**self).survey(place, functions)
    }

    fn forget(&self) {
        (**self).forget();
    }
}
