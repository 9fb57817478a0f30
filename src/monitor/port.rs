//! What the monitor needs from outside: functions that exist, facts about them, a place to publish, the time.

use std::fmt;
use std::future::Future;

use jiff::Timestamp;

use crate::arn::{AccountId, Arn, FunctionArn, Region};
use crate::history::Record;
use crate::report::Message;
use crate::snapshot::{Configuration, FacetSet, Facts, Reason, Scope};

/// An account and a Region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The account.
    pub account: AccountId,
    /// The Region.
    pub region: Region,
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} in {}", self.account, self.region)
    }
}

/// A function as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The function.
    pub function: FunctionArn,
    /// Its whole configuration: a listing carries it, so that no second call is needed.
    pub configuration: Configuration,
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

    /// The Regions whose functions are watched in an account, the home Region first.
    fn regions(&self, account: &AccountId) -> Vec<Region>;
}

/// Reads the state.
pub trait Collector {
    /// Reads the facets of a scope. Every facet asked for gets a reading; [`Reason::NotFound`] for the configuration means that the function is gone.
    fn collect(&self, scope: &Scope, facets: &FacetSet) -> impl Future<Output = Facts>;
}

/// Publishes notices.
pub trait Notifier {
    /// Publishes one message; an error fails the input, which then comes again.
    fn publish(&self, message: &Message) -> impl Future<Output = Result<(), PortError>>;
}

/// The time.
pub trait Clock {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The functions of a place at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// When the listing began.
    pub at: Timestamp,
    /// All of them.
    pub functions: Vec<Listed>,
}

/// Keeps facts once per scope, and findings once per function.
pub trait Store {
    /// What is known of a scope.
    fn facts(&self, scope: &Scope) -> impl Future<Output = Result<Facts, PortError>>;

    /// Adds readings; an older one never replaces a newer one.
    fn save_facts(&self, scope: &Scope, facts: &Facts) -> impl Future<Output = Result<(), PortError>>;

    /// Drops readings of every role of these base names, or of all roles: they are no longer the truth.
    fn expire_roles(&self, names: Option<&[&str]>, facets: &FacetSet) -> impl Future<Output = Result<(), PortError>>;

    /// The findings of a function.
    fn record(&self, function: &FunctionArn) -> impl Future<Output = Result<Record, PortError>>;

    /// Replaces them.
    fn save_record(&self, function: &FunctionArn, record: Record) -> impl Future<Output = Result<(), PortError>>;

    /// Drops everything about a function that does not exist any more.
    fn forget(&self, function: &FunctionArn) -> impl Future<Output = Result<(), PortError>>;

    /// The functions of a place that have a record.
    fn known(&self, place: &Place) -> impl Future<Output = Result<Vec<FunctionArn>, PortError>>;

    /// The last listing of a place, kept up with the configurations that were read since.
    fn listing(&self, place: &Place) -> impl Future<Output = Result<Option<Listing>, PortError>>;

    /// Keeps a listing.
    fn save_listing(&self, place: &Place, listing: &Listing) -> impl Future<Output = Result<(), PortError>>;
}

impl<T: Inventory> Inventory for &T {
    fn functions(&self, place: &Place) -> impl Future<Output = Result<Vec<Listed>, Reason>> {
        (**self).functions(place)
    }

    fn roles_with_policy(&self, policy: &Arn) -> impl Future<Output = Result<Vec<String>, Reason>> {
        (**self).roles_with_policy(policy)
    }

    fn regions(&self, account: &AccountId) -> Vec<Region> {
        (**self).regions(account)
    }
}

impl<T: Collector> Collector for &T {
    fn collect(&self, scope: &Scope, facets: &FacetSet) -> impl Future<Output = Facts> {
        (**self).collect(scope, facets)
    }
}
