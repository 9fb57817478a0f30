//! How is each facet read? One file per facet or kin; what is shared by all of them is here.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use futures_util::future::join_all;
use futures_util::join;
use jiff::Timestamp;

use super::clients::Clients;
use super::clock::SystemClock;
use super::fetch::Fetch;
use super::members::Members;
use crate::arn::{Arn, FunctionArn};
use crate::monitor::{Clock, Collector, Place};
use crate::package::Limits;
use crate::snapshot::{Facet, FacetSet, Facts, Reason, RolePolicies, Scope, ScopeKind, Value};
use survey::{Survey, Surveys};

pub(super) mod configuration;
mod connections;
mod door;
mod feed;
mod guards;
mod inspection;
mod key;
mod layers;
mod managed;
mod network;
mod package;
mod place;
mod policies;
mod role;
mod role_policies;
mod role_use;
mod small;
mod survey;
mod urls;
mod validation;

/// The most pages of one listing: beyond it something is wrong, and an endless listing must not hold the monitor.
const MOST_PAGES: usize = 400;

/// How much of a function is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// All of it.
    Full,
    /// What listings tell, its own policy and its URLs: two calls of Lambda. The rest is left out, and said to be.
    Quick,
}

/// Reads facets from the live accounts.
#[derive(Debug)]
pub struct LiveCollector {
    members: Arc<Members>,
    common: Common,
    /// None: everything is read one by one.
    surveys: Option<Surveys>,
}

/// What the readings of all accounts share.
#[derive(Debug)]
struct Common {
    salt: Vec<u8>,
    managed: managed::Documents,
    /// Downloads code packages, where the user asked for their inspection.
    packages: Option<Fetch>,
    /// What the rules that feed the monitor have for a target.
    feeds: Feeds,
    depth: Depth,
}

/// The two ends: what rules have for a target that feed the monitor, and where its notices go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Feeds {
    /// The monitor's own queue, where it is known: the target in the account and Region in which it runs.
    pub queue: Option<Arn>,
    /// The event bus that other accounts and Regions pass their events on to, if they do.
    pub bus: Option<Arn>,
    /// The topics that everything is published to.
    pub topics: Vec<Arn>,
}

/// Reads facets with the credentials of one account.
#[derive(Debug)]
pub(super) struct AccountReader<'c> {
    clients: Arc<Clients>,
    common: &'c Common,
    /// What a sweep has read of all functions at once.
    survey: Option<Arc<Survey>>,
}

impl LiveCollector {
    /// A collector; `salt` goes into the digests of environment values.
    pub fn new(members: Arc<Members>, salt: Vec<u8>) -> Self {
        Self {
            members,
            common: Common {
                salt,
                managed: managed::Documents::default(),
                packages: None,
                feeds: Feeds::default(),
                depth: Depth::Full,
            },
            surveys: None,
        }
    }

    /// Has a sweep ask listings first. Only for somebody who is alone with what is known: what a listing told counts as of when it is
    /// used, and another process could have read something newer in between.
    #[must_use]
    pub fn surveying(mut self) -> Self {
        self.surveys = Some(Surveys::default());
        self
    }

    /// Reads so much of each function.
    #[must_use]
    pub fn to_depth(mut self, depth: Depth) -> Self {
        self.common.depth = depth;
        self
    }

    /// Inspects code packages, too, if that is asked for.
    #[must_use]
    pub fn inspecting_packages(mut self, is_asked_for: bool) -> Self {
        self.common.packages = is_asked_for.then(|| Fetch::new(Limits::DEFAULT.compressed));
        self
    }

    /// Who reads what a scope is in the account of.
    async fn reader(&self, scope: &Scope) -> Result<AccountReader<'_>, Reason> {
        let account = scope.account().ok_or_else(|| Reason::Failed {
            detail: format!("`{scope}` names no account"),
        })?;
        Ok(AccountReader {
            clients: self.members.clients(&account).await?,
            common: &self.common,
            survey: self.surveys.as_ref().and_then(|surveys| match scope {
                Scope::Function(function) => surveys.of(function),
                Scope::Role(role) => surveys.with_role(role).or_else(|| surveys.of_account(&account)),
                Scope::Vpc(..) | Scope::Place(_) => None,
            }),
        })
    }

    /// Knows what the rules that feed the monitor have for a target.
    #[must_use]
    pub fn fed_by(mut self, feeds: Feeds) -> Self {
        self.common.feeds = feeds;
        self
    }
}

impl AccountReader<'_> {
    fn is_quick(&self) -> bool {
        self.common.depth == Depth::Quick
    }

    async fn of_function(&self, function: &FunctionArn, facet: Facet) -> Result<Value, Reason> {
        match facet {
            Facet::Configuration => self.configuration(function).await,
            Facet::ResourcePolicies => self.resource_policies(function).await,
            Facet::Urls => self.urls(function).await,
            Facet::Concurrency | Facet::Destinations | Facet::Recursion if self.is_quick() => Err(Reason::LeftOut),
            Facet::Concurrency => self.concurrency(function).await,
            Facet::Tags => self.tags(function).await,
            Facet::LayerPolicies => self.layer_policies(function).await,
            Facet::CodePackage => self.code_package(function).await,
            Facet::EventSources => self.event_sources(function).await,
            Facet::Destinations => self.destinations(function).await,
            Facet::CodeSigning => self.code_signing(function).await,
            Facet::Recursion => self.recursion(function).await,
            Facet::EnvironmentKey => self.environment_key(function).await,
            Facet::Inspection => self.inspection(function).await,
            // The record of a call tells it.
            Facet::LastChange => Err(Reason::NotRead),
            Facet::RoleTrust
            | Facet::RolePolicies
            | Facet::RoleBoundary
            | Facet::RolePolicyFindings
            | Facet::RoleServiceUse
            | Facet::RoleUsers
            | Facet::AccountSettings
            | Facet::Alarms
            | Facet::Trails
            | Facet::Rules
            | Facet::Topics
            | Facet::Buses
            | Facet::Senders
            | Facet::Omissions
            | Facet::Vpc
            | Facet::Subnets
            | Facet::RouteTables
            | Facet::NetworkAcls
            | Facet::SecurityGroups
            | Facet::VpcEndpoints
            | Facet::Gateways
            | Facet::NetworkInterfaces
            | Facet::PrefixLists => Err(misplaced(facet)),
        }
    }

    async fn function_facts(&self, function: &FunctionArn, facets: Vec<Facet>) -> Facts {
        let mut readings = Facts::default();
        let left = facets.into_iter();
        let left: Vec<Facet> = left
            .filter(|facet| !self.is_surveyed((function, *facet), &mut readings))
            .collect();
        let reads = left.into_iter().map(|facet| async move {
            let at = SystemClock.now();
            // Boxed: the SDK's futures are deep, and the orchestration around them adds to that until the compiler gives up.
            (at, facet, Box::pin(self.of_function(function, facet)).await)
        });
        for (at, facet, outcome) in join_all(reads).await {
            note(&mut readings, at, facet, outcome);
        }
        if self.is_quick() {
            Box::pin(self.add_policies_of_urls(function, &mut readings)).await;
        }
        readings
    }

    /// All facets of a role need to know whether the role exists, which is asked once; two need its policies.
    async fn role_facts(&self, role: &Arn, facets: Vec<Facet>) -> Facts {
        let at = SystemClock.now();
        let needed = facets
            .iter()
            .any(|facet| matches!(facet, Facet::RolePolicies | Facet::RolePolicyFindings));
        let known = self.survey.as_ref().and_then(|survey| survey.role(role));
        // At the same time: few functions name a role that is not there.
        let listed = async {
            match known {
                _ if !needed => Ok(RolePolicies::default()),
                Some(known) => Box::pin(self.known_policies(known)).await,
                None => Box::pin(self.listed_policies(role)).await,
            }
        };
        let identity = async {
            match known {
                Some(known) => Ok(known.identity.clone()),
                None => Box::pin(self.identity(role)).await,
            }
        };
        let (identity, listed) = join!(identity, listed);
        let policies = role_policies::of_role(&identity, listed);
        let reads = facets.into_iter().map(|facet| {
            let (identity, policies) = (&identity, &policies);
            async move { (facet, Box::pin(self.of_role(role, facet, (identity, policies))).await) }
        });
        let mut readings = Facts::default();
        for (facet, outcome) in join_all(reads).await {
            note(&mut readings, at, facet, outcome);
        }
        readings
    }

    async fn of_role(
        &self,
        role: &Arn,
        facet: Facet,
        (identity, policies): (&Result<role::Identity, Reason>, &Result<RolePolicies, Reason>),
    ) -> Result<Value, Reason> {
        match facet {
            Facet::RoleTrust => role::trust(identity),
            Facet::RolePolicies => policies.clone().map(Value::RolePolicies),
            Facet::RolePolicyFindings => self.policy_findings(policies.clone()?).await,
            Facet::RoleServiceUse => self.service_use(role, identity).await,
            Facet::RoleBoundary => self.role_boundary(identity).await,
            // The listing of the functions tells who uses a role.
            Facet::RoleUsers => Err(Reason::NotRead),
            Facet::Configuration
            | Facet::ResourcePolicies
            | Facet::Urls
            | Facet::Concurrency
            | Facet::Tags
            | Facet::LayerPolicies
            | Facet::CodePackage
            | Facet::EventSources
            | Facet::Destinations
            | Facet::CodeSigning
            | Facet::Recursion
            | Facet::EnvironmentKey
            | Facet::LastChange
            | Facet::Inspection
            | Facet::AccountSettings
            | Facet::Alarms
            | Facet::Trails
            | Facet::Rules
            | Facet::Topics
            | Facet::Buses
            | Facet::Senders
            | Facet::Omissions
            | Facet::Vpc
            | Facet::Subnets
            | Facet::RouteTables
            | Facet::NetworkAcls
            | Facet::SecurityGroups
            | Facet::VpcEndpoints
            | Facet::Gateways
            | Facet::NetworkInterfaces
            | Facet::PrefixLists => Err(misplaced(facet)),
        }
    }
}

impl Collector for LiveCollector {
    async fn collect(&self, scope: &Scope, facets: &FacetSet) -> Facts {
        let kind = scope.kind();
        let (asked, misplaced_ones): (Vec<Facet>, Vec<Facet>) = facets.iter().partition(|facet| facet.scope() == kind);
        let mut readings = match self.reader(scope).await {
            Err(why) => {
                let mut readings = Facts::default();
                for facet in asked {
                    readings.insert_unreadable(SystemClock.now(), facet, why.clone());
                }
                readings
            }
            Ok(reader) => match scope {
                Scope::Function(function) => reader.function_facts(function, asked).await,
                Scope::Role(role) => reader.role_facts(role, asked).await,
                Scope::Vpc(place, vpc) => reader.network_facts(place, vpc, asked).await,
                Scope::Place(place) => reader.place_facts(place, asked).await,
            },
        };
        for facet in misplaced_ones {
            readings.insert_unreadable(SystemClock.now(), facet, misplaced(facet));
        }
        readings
    }

    async fn survey(&self, place: &Place, functions: &BTreeMap<FunctionArn, Facts>) {
        // Who cannot enter the account is told so function by function.
        let Some(surveys) = &self.surveys else { return };
        if let Ok(reader) = self.reader(&Scope::Place(place.clone())).await {
            surveys.keep(place, Box::pin(reader.surveyed(place, functions)).await);
        }
    }

    fn forget(&self) {
        self.surveys.iter().for_each(Surveys::forget);
    }
}

fn note(facts: &mut Facts, at: Timestamp, facet: Facet, outcome: Result<Value, Reason>) {
    match outcome {
        Ok(value) => facts.insert(at, value),
        Err(reason) => facts.insert_unreadable(at, facet, reason),
    }
}

fn misplaced(facet: Facet) -> Reason {
    let owner = match facet.scope() {
        ScopeKind::Function => "function",
        ScopeKind::Role => "role",
        ScopeKind::Vpc => "VPC",
        ScopeKind::Place => "Region",
    };
    Reason::Failed {
        detail: format!("the {} are read from a {owner}", facet.label()),
    }
}

/// One page of a listing, and how to ask for the next one.
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<String>,
}

/// Every item of a listing.
pub(super) async fn every_page<T, F>(read: impl Fn(Option<String>) -> F) -> Result<Vec<T>, Reason>
where
    F: Future<Output = Result<Page<T>, Reason>>,
{
    let mut items = Vec::new();
    let mut marker = None;
    for _ in 0..MOST_PAGES {
        let page = Box::pin(read(marker)).await?;
        items.extend(page.items);
        marker = page.next.filter(|next| !next.is_empty());
        if marker.is_none() {
            return Ok(items);
        }
    }
    Err(Reason::Malformed {
        detail: format!("a listing does not end after {MOST_PAGES} pages"),
    })
}

/// A part of an answer that AWS always sends.
pub(super) fn required<T>(part: Option<T>, name: &str) -> Result<T, Reason> {
    part.ok_or_else(|| Reason::Malformed {
        detail: format!("the answer has no `{name}`"),
    })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn a_listing_is_read_to_its_end_and_not_further() {
        let calls = Cell::new(0);
        let read = |marker: Option<String>| {
            calls.set(calls.get() + 1);
            let page = marker.map_or(0, |text| text.parse::<u32>().unwrap());
            async move {
                Ok(Page {
                    items: vec![page],
                    next: Some(if page < 3 {
                        (page + 1).to_string()
                    } else {
                        String::new()
                    }),
                })
            }
        };
        let items = every_page(read).now_or_never().unwrap().unwrap();
        assert_eq!((items, calls.get()), (vec![0, 1, 2, 3], 4));
    }

    #[test]
    fn an_endless_listing_is_malformed() {
        let read = |_| async {
            Ok(Page {
                items: vec![()],
                next: Some("again".to_owned()),
            })
        };
        let outcome = every_page(read).now_or_never().unwrap();
        assert!(matches!(outcome, Err(Reason::Malformed { .. })));
    }
}
