//! Which functions does a change reach? Answered from stored facts first, and by a listing where they do not reach.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::SignedDuration;

use super::{Clock, Collector, Expired, Inventory, Listed, Listing, Monitor, Notifier, Place, Store, role_of};
use crate::arn::{Arn, FunctionArn};
use crate::event::{Change, NetworkPart, Subject};
use crate::secret::Kind;
use crate::snapshot::{Configuration, Facet, Facts, Scope, ScopeKind, Value, VpcConfig};

/// A listing is kept up by the functions' own events; this bounds what a lost event can cost.
const OLDEST_LISTING: SignedDuration = SignedDuration::from_hours(1);

/// The functions that a change reaches, as far as they could be found: a Region that refuses must not hide those of the others.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// Those that were found.
    pub(super) functions: BTreeSet<FunctionArn>,
    /// Where nobody could look, and why.
    pub(super) problems: Vec<String>,
}

impl<I: Inventory, C: Collector, S: Store, N: Notifier, K: Clock> Monitor<I, C, S, N, K> {
    /// The functions that a change reaches. What is stored of the roles, the VPC and the place that it touches expires
    /// here, whether a function is known to use them or not: the next one that does must not be judged by it.
    pub(super) async fn affected(&self, change: &Change) -> Reach {
        let here = [Place {
            account: change.account.clone(),
            region: change.region.clone(),
        }];
        let mut reach = self.reached(change, &here).await;
        let [place] = &here;
        let is_done = matches!(change.subject, Subject::Alarms(_));
        if touches(change, ScopeKind::Place) && !is_done {
            reach.expire(self, Expired::Place(place), change).await;
        }
        reach
    }

    async fn reached(&self, change: &Change, here: &[Place; 1]) -> Reach {
        match &change.subject {
            Subject::Function { arn, .. } => self.one(change, arn).await,
            Subject::Role(name) => self.of_roles(change, &[name.as_str()]).await,
            Subject::ManagedPolicy(policy) => self.of_policy(change, policy).await,
            Subject::Organization | Subject::Monitor(_) => Reach::default(),
            Subject::Unknown if touches(change, ScopeKind::Role) => self.of_every_role(change).await,
            Subject::Network(part) => self.in_network(change, here, part).await,
            Subject::Alarms(names) => self.of_alarms(change, here, names).await,
            Subject::Layer(layer) => self.among(here, |function| uses_layer(function, layer)).await,
            Subject::Key(key) => self.among(here, |function| uses_key(function, key)).await,
            Subject::Secret(secret) => self.among(here, |function| refers_to(function, secret)).await,
            Subject::CodeSigningConfig(config) => self.among_read(here, |facts| may_be_signed_by(facts, config)).await,
            Subject::EventSourceMapping(id) => self.among_read(here, |facts| may_have_mapping(facts, id)).await,
            Subject::Platform(_) | Subject::Unknown => self.among(here, |_| true).await,
        }
    }

    /// A function; its role with it, if the change asks for that.
    async fn one(&self, change: &Change, function: &FunctionArn) -> Reach {
        let mut reach = Reach {
            functions: BTreeSet::from([function.clone()]),
            problems: Vec::new(),
        };
        if touches(change, ScopeKind::Role) {
            let stored = self
                .store
                .facts(&Scope::Function(function.clone()))
                .await
                .unwrap_or_default();
            if let Some(Scope::Role(role)) = role_of(&stored) {
                reach.expire(self, Expired::Roles(&[role.base_name()]), change).await;
            }
        }
        reach
    }

    async fn of_roles(&self, change: &Change, names: &[&str]) -> Reach {
        let mut reach = self
            .in_every_region(change, |function| uses_role(function, names))
            .await;
        reach.expire(self, Expired::Roles(names), change).await;
        reach
    }

    async fn of_every_role(&self, change: &Change) -> Reach {
        let mut reach = self.in_every_region(change, |_| true).await;
        reach.expire(self, Expired::EveryRole, change).await;
        reach
    }

    /// Nobody knows whose policy it is if that cannot be asked: then every role's stored policies expire.
    async fn of_policy(&self, change: &Change, policy: &Arn) -> Reach {
        match self.inventory.roles_with_policy(policy).await {
            Ok(roles) => {
                let names: Vec<&str> = roles.iter().map(String::as_str).collect();
                self.of_roles(change, &names).await
            }
            Err(reason) => {
                let mut reach = Reach::default();
                reach.expire(self, Expired::EveryRole, change).await;
                reach
                    .problems
                    .push(format!("cannot find the roles of {policy}: {reason}"));
                reach
            }
        }
    }

    /// The functions of the VPC, where the id or a function that uses it tells which VPC that is; else every attached one.
    async fn in_network(&self, change: &Change, places: &[Place; 1], part: &NetworkPart) -> Reach {
        let users = self.among(places, |function| names(&function.vpc_config, part)).await;
        let mut vpcs = BTreeSet::new();
        for place in places {
            let listed = self.listing(place).await.unwrap_or_default();
            let used = listed
                .into_iter()
                .filter(|entry| users.functions.contains(&entry.function));
            vpcs.extend(used.filter_map(|entry| entry.configuration.vpc_config.vpc_id.clone()));
        }
        let [place] = places;
        let mut expired = Reach::default();
        if touches(change, ScopeKind::Vpc) {
            expired.expire_vpcs(self, (place, part, &vpcs), change).await;
        }
        if vpcs.is_empty() && matches!(part, NetworkPart::Vpc(_)) {
            return users.and(expired);
        }
        let is_reached =
            |config: &VpcConfig| vpcs.is_empty() || config.vpc_id.as_ref().is_none_or(|vpc| vpcs.contains(vpc));
        self.among(places, |function| {
            function.vpc_config.is_attached() && is_reached(&function.vpc_config)
        })
        .await
        .and(expired)
    }

    /// IAM is global: a role serves functions in every Region.
    async fn in_every_region(&self, change: &Change, reached: impl Fn(&Configuration) -> bool) -> Reach {
        let place = |region| Place {
            account: change.account.clone(),
            region,
        };
        let places: Vec<Place> = self.inventory.regions(&change.account).into_iter().map(place).collect();
        self.among(&places, reached).await
    }

    /// The functions of a name that is asked for.
    pub(super) async fn among_named(&self, places: &[Place], reached: impl Fn(&str) -> bool) -> Reach {
        let mut reach = self.among(places, |_| true).await;
        reach.functions.retain(|function| reached(function.name()));
        reach
    }

    async fn among(&self, places: &[Place], reached: impl Fn(&Configuration) -> bool) -> Reach {
        let mut reach = Reach::default();
        for place in places {
            match self.listing(place).await {
                Ok(listed) => {
                    let hit = listed.into_iter().filter(|entry| reached(&entry.configuration));
                    reach.functions.extend(hit.map(|entry| entry.function));
                }
                Err(problem) => reach.problems.push(problem),
            }
        }
        reach
    }

    /// By what is stored of each function: what is not known of it speaks for it.
    async fn among_read(&self, places: &[Place], reached: impl Fn(&Facts) -> bool) -> Reach {
        let mut reach = self.among(places, |_| true).await;
        let mut hit = BTreeSet::new();
        for function in reach.functions {
            let facts = self.store.facts(&Scope::Function(function.clone())).await;
            if facts.is_ok_and(|facts| !reached(&facts)) {
                continue;
            }
            hit.insert(function);
        }
        reach.functions = hit;
        reach
    }

    async fn listing(&self, place: &Place) -> Result<Vec<Listed>, String> {
        let now = self.clock.now();
        let stored = self.store.listing(place).await.ok().flatten();
        if let Some(listing) = stored.filter(|listing| now.duration_since(listing.at) <= OLDEST_LISTING) {
            return Ok(listing.functions);
        }
        self.list_anew(place).await
    }

    /// A listing carries whole configurations: they are facts like any other, and newer than the stored ones.
    async fn list_anew(&self, place: &Place) -> Result<Vec<Listed>, String> {
        let at = self.clock.now();
        let functions = self.inventory.functions(place).await;
        let functions = functions.map_err(|reason| format!("cannot list the functions of {place}: {reason}"))?;
        for Listed {
            function,
            configuration,
        } in &functions
        {
            let mut facts = Facts::default();
            facts.insert(at, Value::Configuration(Arc::clone(configuration)));
            let _ = self.store.save_facts(&Scope::Function(function.clone()), &facts).await;
        }
        let listing = Listing {
            at,
            functions: functions.clone(),
        };
        let _ = self.store.save_listing(place, &listing).await;
        Ok(functions)
    }

    /// What exists now; and what has findings and is not listed any more, with its configuration to be read: it is gone,
    /// or the listing missed it.
    pub(super) async fn everything(
        &self,
        place: &Place,
    ) -> Result<(BTreeSet<FunctionArn>, BTreeSet<FunctionArn>), String> {
        let listed = self
            .list_anew(place)
            .await?
            .into_iter()
            .map(|entry| entry.function)
            .collect();
        let known = self.store.known(place).await.map_err(|error| error.to_string())?;
        let absent = known
            .into_iter()
            .filter(|function| !BTreeSet::contains(&listed, function))
            .collect();
        Ok((listed, absent))
    }
}

impl Reach {
    fn and(mut self, other: Self) -> Self {
        self.functions.extend(other.functions);
        self.problems.extend(other.problems);
        self
    }

    /// The VPCs that are known to be meant; else every VPC of the place.
    async fn expire_vpcs<I, C, S: Store, N, K>(
        &mut self,
        monitor: &Monitor<I, C, S, N, K>,
        (place, part, vpcs): (&Place, &NetworkPart, &BTreeSet<String>),
        change: &Change,
    ) {
        match part {
            NetworkPart::Vpc(id) => self.expire(monitor, Expired::Vpc(place, id), change).await,
            _ if vpcs.is_empty() => self.expire(monitor, Expired::EveryVpc(place), change).await,
            _ => {
                for id in vpcs {
                    self.expire(monitor, Expired::Vpc(place, id), change).await;
                }
            }
        }
    }

    async fn expire<I, C, S: Store, N, K>(
        &mut self,
        monitor: &Monitor<I, C, S, N, K>,
        what: Expired<'_>,
        change: &Change,
    ) {
        if let Err(error) = monitor.store.expire(&what, &change.facets).await {
            self.problems.push(error.to_string());
        }
    }
}

fn touches(change: &Change, kind: ScopeKind) -> bool {
    change.facets.iter().any(|facet| facet.scope() == kind)
}

fn uses_role(function: &Configuration, names: &[&str]) -> bool {
    let role = function.role_arn();
    role.is_some_and(|role| names.iter().any(|name| role.base_name().eq_ignore_ascii_case(name)))
}

/// By ARN or by name; the version does not matter, since a new one is used only after the function's own change.
fn uses_layer(function: &Configuration, layer: &str) -> bool {
    function.layers.iter().any(|used| {
        let unversioned = used.arn.rsplit_once(':').map_or(used.arn.as_str(), |(arn, _)| arn);
        used.arn == layer || unversioned == layer || unversioned.rsplit(':').next() == Some(layer)
    })
}

/// An alias cannot be told apart from other keys: then every function with a customer key counts.
fn uses_key(function: &Configuration, key: &str) -> bool {
    let id = key.rsplit('/').next().unwrap_or(key);
    function
        .kms_key_arn
        .as_deref()
        .is_some_and(|used| key.contains("alias/") || used.contains("alias/") || used.ends_with(id))
}

fn may_be_signed_by(facts: &Facts, config: &str) -> bool {
    match facts.value(Facet::CodeSigning) {
        Ok(Value::CodeSigning(signing)) => signing.code_signing_config_arn.as_deref() == Some(config),
        Ok(_) | Err(_) => true,
    }
}

fn may_have_mapping(facts: &Facts, id: &str) -> bool {
    match facts.value(Facet::EventSources) {
        Ok(Value::EventSources(sources)) => sources.iter().any(|source| source.uuid == id),
        Ok(_) | Err(_) => true,
    }
}

fn refers_to(function: &Configuration, secret: &str) -> bool {
    let name = secret.rsplit(":secret:").next().unwrap_or(secret);
    function
        .environment
        .variables
        .values()
        .any(|judgement| match &judgement.kind {
            Kind::Reference { target: Some(target) } => target.contains(name),
            Kind::Reference { target: None } => true,
            _ => false,
        })
}

/// Whether a function's own network settings name the part. A route table or gateway stands in no function's settings.
fn names(attached: &VpcConfig, part: &NetworkPart) -> bool {
    match part {
        NetworkPart::Vpc(id) => attached.vpc_id.as_ref() == Some(id),
        NetworkPart::Subnet(id) => attached.subnet_ids.contains(id),
        NetworkPart::SecurityGroup(id) => attached.security_group_ids.contains(id),
        NetworkPart::RouteTable(_)
        | NetworkPart::Gateway(_)
        | NetworkPart::NatGateway(_)
        | NetworkPart::Endpoint(_)
        | NetworkPart::NetworkAcl(_)
        | NetworkPart::NetworkInterface(_)
        | NetworkPart::Peering(_)
        | NetworkPart::Other(_) => false,
    }
}
