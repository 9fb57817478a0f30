//! What the monitor needs from outside: functions that exist, facts about them, a place to publish, the time.

use std::future::Future;
use std::sync::Arc;

use jiff::Timestamp;

use crate::arn::{AccountId, Arn, FunctionArn, Region};
use crate::history::Record;
use crate::report::{Message, Notice, sns};
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

    /// Publishes a notice, as the message that topics take.
    fn tell(&self, notice: &Notice) -> impl Future<Output = Result<(), PortError>> {
        async { self.publish(&sns(notice)).await }
    }
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

/// The scopes whose readings are no longer the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expired<'a> {
    /// The roles of these base names: IAM calls drop the path.
    Roles(&'a [&'a str]),
    /// Every role.
    EveryRole,
    /// One VPC.
    Vpc(&'a Place, &'a str),
    /// Every VPC of a place.
    EveryVpc(&'a Place),
    /// A place.
    Place(&'a Place),
}

impl Expired<'_> {
    /// Whether a scope is one of them.
    pub fn covers(&self, scope: &Scope) -> bool {
        match (self, scope) {
            (Self::Roles(names), Scope::Role(role)) => {
                names.iter().any(|name| role.base_name().eq_ignore_ascii_case(name))
            }
            (Self::EveryRole, Scope::Role(_)) => true,
            (Self::Vpc(place, id), Scope::Vpc(at, vpc)) => *place == at && id == vpc,
            (Self::EveryVpc(place), Scope::Vpc(at, _)) | (Self::Place(place), Scope::Place(at)) => *place == at,
            _ => false,
        }
    }
}

/// Keeps facts once per scope, and findings once per function.
pub trait Store {
    /// What is known of a scope.
    fn facts(&self, scope: &Scope) -> impl Future<Output = Result<Facts, PortError>>;

    /// Adds readings; an older one never replaces a newer one.
    fn save_facts(&self, scope: &Scope, facts: &Facts) -> impl Future<Output = Result<(), PortError>>;

    /// Drops readings: they are no longer the truth.
    fn expire(&self, what: &Expired<'_>, facets: &FacetSet) -> impl Future<Output = Result<(), PortError>>;

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

impl<T: Inventory> Inventory for Arc<T> {
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

impl<T: Collector> Collector for Arc<T> {
    fn collect(&self, scope: &Scope, facets: &FacetSet) -> impl Future<Output = Facts> {
        (**self).collect(scope, facets)
    }
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
