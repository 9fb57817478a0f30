//! Which functions does a change reach? Answered by the rows of the store, and by a listing where they do not reach.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::dependency::{Dependency, Rows, Which, key_of, layer_name, secrets_of};
use super::{Clock, Collector, Coverage, Inventory, Listed, Monitor, Notifier, Place, Store, role_of};
use crate::arn::{Arn, FunctionArn};
use crate::event::{Change, NetworkPart, Subject};
use crate::snapshot::{Facet, FacetSet, Facts, Occasion, Reason, Scope, ScopeKind, Value};

/// Rows are kept up by the functions' own events; this, the sweep's interval and some, bounds what a lost event can cost.
const OLDEST_LISTING: SignedDuration = SignedDuration::from_hours(26);

/// The functions that a change reaches, as far as they could be found: a Region that refuses must not hide those of the others.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// Those that were found.
    pub(super) functions: BTreeSet<FunctionArn>,
    /// What a listing on the way has shown of functions.
    pub(super) listed: BTreeMap<FunctionArn, Facts>,
    /// Where nobody could look, and why.
    pub(super) problems: Vec<String>,
}

impl<I: Inventory, C: Collector, S: Store, N: Notifier, K: Clock> Monitor<I, C, S, N, K> {
    /// The functions that a change reaches. What is stored of the roles, the VPC and the place that it touches expires
    /// here, whether a function is known to use them or not: the next one that does must not be judged by it.
    pub(super) async fn affected(&self, change: &Change) -> Reach {
        let place = Place {
            account: change.account.clone(),
            region: change.region.clone(),
        };
        let mut expired = Reach::default();
        // The old reading of alarms is needed once more.
        if !matches!(change.subject, Subject::Alarms(_)) {
            expired.expire(self, &Scope::Place(place.clone()), change).await;
        }
        let mut reach = self.reached(change, &place).await;
        reach.problems.extend(expired.problems);
        reach
    }

    async fn reached(&self, change: &Change, place: &Place) -> Reach {
        let here = |with: fn(Place, Which) -> Dependency, name: &str| {
            [Which::named(name), Which::Unknown].map(|which| with(place.clone(), which))
        };
        match &change.subject {
            Subject::Function { arn, .. } => self.one(change, arn).await,
            Subject::Role(name) => self.of_roles(change, std::slice::from_ref(name)).await,
            Subject::ManagedPolicy(policy) => self.of_policy(change, policy).await,
            Subject::Organization | Subject::Monitor(_) => Reach::default(),
            Subject::Unknown if touches(change, ScopeKind::Role) => self.of_every_role(change).await,
            Subject::Network(part) => self.in_network(change, place, part).await,
            Subject::Alarms(names) => self.of_alarms(change, place, names).await,
            Subject::Layer(layer) => {
                let layer = Dependency::Layer(place.clone(), layer_name(layer));
                self.hanging_on(place, &[layer]).await
            }
            Subject::Key(key) => match key_of(key) {
                Which::Named(key) => self.hanging_on(place, &here(Dependency::Key, &key)).await,
                Which::Unknown => self.hanging_on(place, &[Dependency::AnyKey(place.clone())]).await,
            },
            Subject::Secret(secret) => {
                let forms = secrets_of(Some(secret)).into_iter().chain([Which::Unknown]);
                let forms: Vec<_> = forms.map(|form| Dependency::Secret(place.clone(), form)).collect();
                self.hanging_on(place, &forms).await
            }
            Subject::CodeSigningConfig(config) => {
                self.hanging_on(place, &here(Dependency::CodeSigningConfig, config))
                    .await
            }
            Subject::EventSourceMapping(id) => self.hanging_on(place, &here(Dependency::EventSourceMapping, id)).await,
            Subject::Platform(_) | Subject::Unknown => self.everything_in(place).await,
        }
    }

    /// A function; its role with it, if the change asks for that.
    async fn one(&self, change: &Change, function: &FunctionArn) -> Reach {
        let mut reach = Reach {
            functions: BTreeSet::from([function.clone()]),
            ..Reach::default()
        };
        if touches(change, ScopeKind::Role) {
            match self.store.function(function).await {
                Ok(state) => {
                    if let Some(role) = role_of(&state.facts) {
                        reach.expire(self, &role, change).await;
                    }
                }
                Err(error) => reach.problems.push(error.to_string()),
            }
        }
        reach
    }

    /// IAM is global: a role serves functions in every Region.
    async fn of_roles(&self, change: &Change, names: &[String]) -> Reach {
        let mut reach = self.in_every_region(change).await;
        for name in names {
            if let Some(role) = Scope::role(&change.account, change.region.partition(), name) {
                reach.expire(self, &role, change).await;
            }
            let users = Dependency::role(&change.account, name);
            reach.take(self.store.dependants(&users).await);
        }
        reach
    }

    async fn of_every_role(&self, change: &Change) -> Reach {
        let mut reach = self.in_every_region(change).await;
        reach.expire_every_role(self, change).await;
        for place in self.places(&change.account) {
            reach.take(self.store.dependants(&Dependency::Place(place)).await);
        }
        reach
    }

    /// Whose policy it is only IAM knows: what is stored may be older than the policy's attachment. Nobody knows if that cannot
    /// be asked: then every role's stored policies expire.
    async fn of_policy(&self, change: &Change, policy: &Arn) -> Reach {
        match self.inventory.roles_with_policy(policy).await {
            Ok(roles) => self.of_roles(change, &roles).await,
            Err(reason) => {
                let mut reach = Reach::default();
                reach.expire_every_role(self, change).await;
                reach
                    .problems
                    .push(format!("cannot find the roles of {policy}: {reason}"));
                reach
            }
        }
    }

    /// The functions in the VPC of the part. A part that no VPC is known to have may be of any.
    async fn in_network(&self, change: &Change, place: &Place, part: &NetworkPart) -> Reach {
        let mut reach = self.in_place(place).await;
        let vpcs = self.vpcs_of(place, part, &mut reach).await;
        for vpc in &vpcs {
            reach.expire(self, vpc, change).await;
        }
        let ids = vpcs.iter().filter_map(|scope| match scope {
            Scope::Vpc(_, id) => Some(Which::named(id)),
            Scope::Function(_) | Scope::Role(_) | Scope::Place(_) => None,
        });
        for which in ids.chain([Which::Unknown]) {
            let row = Dependency::Vpc(place.clone(), which);
            reach.take(self.store.dependants(&row).await);
        }
        reach
    }

    async fn vpcs_of(&self, place: &Place, part: &NetworkPart, reach: &mut Reach) -> BTreeSet<Scope> {
        if let NetworkPart::Vpc(id) = part {
            return BTreeSet::from([Scope::Vpc(place.clone(), id.clone())]);
        }
        let mut vpcs = BTreeSet::new();
        if let Some(id) = part.id() {
            let row = Dependency::NetworkPart(place.clone(), Which::named(id));
            vpcs = reach.scopes(self.store.dependants(&row).await);
        }
        // Who is known to have it may not be the only one that could not be read.
        let others = if vpcs.is_empty() {
            Dependency::Vpcs(place.clone())
        } else {
            Dependency::NetworkPart(place.clone(), Which::Unknown)
        };
        vpcs.extend(reach.scopes(self.store.dependants(&others).await));
        vpcs
    }

    pub(super) async fn everything_in(&self, place: &Place) -> Reach {
        self.hanging_on(place, &[Dependency::Place(place.clone())]).await
    }

    async fn hanging_on(&self, place: &Place, dependencies: &[Dependency]) -> Reach {
        let mut reach = self.in_place(place).await;
        for dependency in dependencies {
            reach.take(self.store.dependants(dependency).await);
        }
        reach
    }

    async fn in_every_region(&self, change: &Change) -> Reach {
        let mut reach = Reach::default();
        for place in self.places(&change.account) {
            let here = self.in_place(&place).await;
            reach.listed.extend(here.listed);
            reach.problems.extend(here.problems);
        }
        reach
    }

    /// Nothing reached yet, but rows lead to every function of the place: else it is listed.
    async fn in_place(&self, place: &Place) -> Reach {
        let coverage = self.store.coverage(place).await.unwrap_or_default();
        let now = self.clock.now();
        let is_listed = |at: Timestamp| now.duration_since(at) <= OLDEST_LISTING;
        let mut reach = Reach::default();
        if !coverage.listed.is_some_and(is_listed) {
            match self.list_anew(place).await {
                Ok(listed) => reach.listed = listed,
                Err(unlisted) => reach.problems.push(unlisted.problem),
            }
        }
        reach
    }

    /// A listing carries whole configurations: they are facts like any other, and newer than the stored ones.
    pub(super) async fn list_anew(&self, place: &Place) -> Result<BTreeMap<FunctionArn, Facts>, Unlisted> {
        let (at, listed) = self.list(place).await?;
        let rows = listed
            .iter()
            .filter_map(|(function, facts)| match facts.value(Facet::Configuration) {
                Ok(Value::Configuration(configuration)) => Some(Rows::of_listed(function, configuration)),
                Ok(_) | Err(_) => None,
            });
        let rows: Vec<Rows> = rows.collect();
        let announced = self.store.announce(&rows).await;
        announced?;
        let coverage = Coverage {
            listed: Some(at),
            ..Coverage::default()
        };
        let kept = self.store.add_coverage(place, coverage).await;
        kept?;
        Ok(listed)
    }

    /// Every function of a place as it is listed, and when that began.
    pub(super) async fn list(&self, place: &Place) -> Result<(Timestamp, BTreeMap<FunctionArn, Facts>), Unlisted> {
        let at = self.clock.now();
        let functions = self.inventory.functions(place).await;
        let functions = functions.map_err(|reason| Unlisted {
            is_kept_out: reason.keeps_out(),
            problem: format!("cannot list the functions of {place}: {reason}"),
        })?;
        let listed = functions.into_iter().map(|listed| {
            let Listed {
                function,
                configuration,
            } = listed;
            let mut facts = Facts::default();
            facts.insert(at, Value::Configuration(Arc::clone(&configuration)));
            (function, facts)
        });
        Ok((at, listed.collect()))
    }
}

/// The functions of a place could not be listed.
pub(super) struct Unlisted {
    /// Its account does not let the monitor in.
    pub(super) is_kept_out: bool,
    /// What happened.
    pub(super) problem: String,
}

impl From<super::PortError> for Unlisted {
    fn from(error: super::PortError) -> Self {
        Self {
            is_kept_out: false,
            problem: error.to_string(),
        }
    }
}

impl Reach {
    fn scopes(&mut self, answer: Result<BTreeSet<Scope>, super::PortError>) -> BTreeSet<Scope> {
        answer.unwrap_or_else(|error| {
            self.problems.push(error.to_string());
            BTreeSet::new()
        })
    }

    /// The functions among the scopes.
    fn take(&mut self, answer: Result<BTreeSet<Scope>, super::PortError>) {
        let scopes = self.scopes(answer).into_iter();
        self.functions.extend(scopes.filter_map(Scope::into_function));
    }

    async fn expire_every_role<I: Inventory, C: Collector, S: Store, N: Notifier, K: Clock>(
        &mut self,
        monitor: &Monitor<I, C, S, N, K>,
        change: &Change,
    ) {
        let row = Dependency::Roles(change.account.clone());
        for role in self.scopes(monitor.store.dependants(&row).await) {
            self.expire(monitor, &role, change).await;
        }
    }

    /// From now on, what was read before of what the change touches is not the truth. That is kept as a reading of its own, so
    /// that a read which began before does not count either.
    async fn expire<I: Inventory, C: Collector, S: Store, N: Notifier, K: Clock>(
        &mut self,
        monitor: &Monitor<I, C, S, N, K>,
        scope: &Scope,
        change: &Change,
    ) {
        let now = monitor.clock.now();
        let touched: FacetSet = Facet::of(scope.kind())
            .filter(|facet| change.facets.contains(*facet) && facet.occasion() != Occasion::Event)
            .collect();
        if touched.is_empty() {
            return;
        }
        let mut expired = Facts::default();
        for facet in touched {
            expired.insert_unreadable(now, facet, Reason::NotRead);
        }
        if let Err(error) = monitor.store.merge_facts(scope, &expired).await {
            self.problems.push(error.to_string());
        }
    }
}

fn touches(change: &Change, kind: ScopeKind) -> bool {
    change.facets.iter().any(|facet| facet.scope() == kind)
}
