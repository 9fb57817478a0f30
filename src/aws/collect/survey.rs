//! What do the listings of a place tell of all its functions at once? A sweep asks them first: some pages instead of calls for each
//! function. What a listing could not tell is read function by function, so nothing depends on them but the number of calls.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::join;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::OnceCell;

use super::AccountReader;
use crate::arn::{AccountId, Arn, FunctionArn};
use crate::aws::clock::SystemClock;
use crate::monitor::{Clock, Place};
use crate::snapshot::{CodeSigning, Configuration, CoveredResource, Facet, Facts, ManagedPolicy, Reason, Value};

mod listings;
mod roles;

pub(super) use roles::Known as KnownRole;

/// The tagging API learns of a change a little later than Lambda: a reading of Lambda's own from that time is the newer one.
const LAG: SignedDuration = SignedDuration::from_mins(5);

/// The surveys of a sweep, by place.
#[derive(Debug, Default)]
pub(super) struct Surveys(Mutex<BTreeMap<Place, Arc<Survey>>>);

/// What is known of the functions of a place without asking for each.
#[derive(Debug, Default)]
pub(super) struct Survey {
    listed: BTreeMap<Facet, Result<Listed, Reason>>,
    configurations: BTreeMap<FunctionArn, Arc<Configuration>>,
    /// What Amazon Inspector covers, by function.
    pub(super) covered: Option<BTreeMap<FunctionArn, Vec<CoveredResource>>>,
    roles: BTreeMap<String, KnownRole>,
    /// What several functions or roles share is read once.
    pub(super) managed: Once<ManagedPolicy>,
    pub(super) layers: Once<Option<String>>,
    pub(super) keys: Once<Value>,
}

/// A facet of all functions.
#[derive(Debug)]
struct Listed {
    at: Timestamp,
    of: BTreeMap<FunctionArn, Value>,
    /// Of functions that the listing does not show.
    others: Value,
}

/// Values that are read when the first asks for them; a failed read is tried again by the next.
#[derive(Debug)]
pub(super) struct Once<T>(Mutex<BTreeMap<String, Arc<OnceCell<T>>>>);

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Once<T> {
    /// The value of a key, read now if it was not.
    pub(super) async fn get(&self, key: &str, read: impl Future<Output = Result<T, Reason>>) -> Result<T, Reason> {
        let cell = self.cell(key);
        cell.get_or_try_init(|| read).await.cloned()
    }

    fn put(&self, key: &str, value: T) {
        // Whoever came first has read the same.
        let _ = self.cell(key).set(value);
    }

    fn cell(&self, key: &str) -> Arc<OnceCell<T>> {
        let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(cells.entry(key.to_owned()).or_default())
    }
}

impl Surveys {
    /// The survey of the place of a function.
    pub(super) fn of(&self, function: &FunctionArn) -> Option<Arc<Survey>> {
        self.known().get(&Place::of(function)).cloned()
    }

    /// A survey that knows the role.
    pub(super) fn with_role(&self, role: &Arn) -> Option<Arc<Survey>> {
        let known = self.known();
        let mut those = known.values();
        those.find(|survey| survey.roles.contains_key(role.as_str())).cloned()
    }

    /// Some survey of an account, for what roles share.
    pub(super) fn of_account(&self, account: &AccountId) -> Option<Arc<Survey>> {
        let known = self.known();
        let mut those = known.iter();
        those
            .find(|(place, _)| place.account == *account)
            .map(|(_, survey)| Arc::clone(survey))
    }

    pub(super) fn keep(&self, place: &Place, survey: Survey) {
        self.known().insert(place.clone(), Arc::new(survey));
    }

    pub(super) fn forget(&self) {
        self.known().clear();
    }

    fn known(&self) -> std::sync::MutexGuard<'_, BTreeMap<Place, Arc<Survey>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Survey {
    /// What a listing tells of a facet of a function, and as of when; nothing where there was no such listing.
    pub(super) fn value(&self, function: &FunctionArn, facet: Facet) -> Option<Result<(Timestamp, Value), &Reason>> {
        let listed = self.listed.get(&facet)?.as_ref();
        Some(listed.map(|listed| {
            let value = listed.of.get(function).unwrap_or(&listed.others);
            (listed.at, value.clone())
        }))
    }

    /// The configuration of a function as the sweep's own listing shows it.
    pub(super) fn configuration(&self, function: &FunctionArn) -> Option<Arc<Configuration>> {
        self.configurations.get(function).cloned()
    }

    /// What is known of a role.
    pub(super) fn role(&self, role: &Arn) -> Option<&KnownRole> {
        self.roles.get(role.as_str())
    }
}

impl AccountReader<'_> {
    /// Whether a listing tells it, which is noted then; what it could not tell is asked of the function, or left out with the reason.
    pub(super) fn is_surveyed(&self, (function, facet): (&FunctionArn, Facet), readings: &mut Facts) -> bool {
        let told = self.survey.as_ref().and_then(|survey| survey.value(function, facet));
        match told {
            Some(Ok((at, value))) => readings.insert(at, value),
            // A server that has no such listing, as those of an older API, has nothing to say of the facet.
            Some(Err(Reason::NotFound | Reason::Malformed { .. } | Reason::LeftOut))
                if self.is_quick() && facet == Facet::CodeSigning =>
            {
                readings.insert_unreadable(SystemClock.now(), facet, Reason::LeftOut);
            }
            Some(Err(why)) if self.is_quick() && facet == Facet::CodeSigning => {
                readings.insert_unreadable(SystemClock.now(), facet, why.clone());
            }
            Some(Err(_)) | None => return false,
        }
        true
    }

    /// Asks the listings of a place, beside each other: they belong to different quotas.
    pub(super) async fn surveyed(&self, place: &Place, functions: &BTreeMap<FunctionArn, Facts>) -> Survey {
        let at = SystemClock.now();
        let configurations: BTreeMap<_, _> = functions.iter().filter_map(configuration).collect();
        let roles: BTreeSet<&str> = configurations.values().map(|one| one.role.as_str()).collect();
        let (sources, signing, tags, covered, roles) = join!(
            Box::pin(self.all_event_sources(place)),
            Box::pin(self.all_code_signing(place)),
            Box::pin(self.all_tags(place)),
            Box::pin(self.all_covered(place)),
            Box::pin(self.all_roles(&roles)),
        );
        let nothing_signed = Value::CodeSigning(CodeSigning::default());
        let listed = [
            (Facet::EventSources, sources, at, Value::EventSources(Vec::new())),
            (Facet::CodeSigning, signing, at, nothing_signed),
            (Facet::Tags, tags, at - LAG, Value::Tags(BTreeMap::new())),
        ];
        let listed = listed.map(|(facet, of, at, others)| (facet, of.map(|of| Listed { at, of, others })));
        let survey = Survey {
            listed: BTreeMap::from(listed),
            configurations,
            covered: covered.ok(),
            roles: roles.roles,
            ..Survey::default()
        };
        for policy in roles.policies {
            survey.managed.put(&policy.policy_arn.clone(), policy);
        }
        survey
    }
}

fn configuration((function, facts): (&FunctionArn, &Facts)) -> Option<(FunctionArn, Arc<Configuration>)> {
    match facts.value(Facet::Configuration) {
        Ok(Value::Configuration(configuration)) => Some((function.clone(), Arc::clone(configuration))),
        Ok(_) | Err(_) => None,
    }
}
