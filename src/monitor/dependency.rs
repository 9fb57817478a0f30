//! What does a scope hang on? By rows from each dependency to its dependants, a change finds its functions with one question.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::FunctionState;
use crate::arn::{AccountId, Arn, FunctionArn};
use crate::secret::Kind;
use crate::snapshot::{Configuration, Facet, Facts, Outcome, Place, Reason, Scope, ScopeKind, Value, VpcConfig};

/// What a function, role or VPC hangs on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dependency {
    /// The functions of an account and Region.
    Place(Place),
    /// The functions of a role, by its base name in lower case: IAM calls drop the path, and names differ in more than case.
    Role(AccountId, String),
    /// The functions in a VPC.
    Vpc(Place, Which),
    /// The functions that use a layer, by its name.
    Layer(Place, String),
    /// The functions whose environment a customer key encrypts, by the key's id.
    Key(Place, Which),
    /// Those with any customer key.
    AnyKey(Place),
    /// The functions that name a secret.
    Secret(Place, Which),
    /// The functions that are bound to a code-signing configuration, by its ARN.
    CodeSigningConfig(Place, Which),
    /// The function of an event source mapping, by its UUID.
    EventSourceMapping(Place, Which),
    /// The VPCs that functions of an account and Region are in.
    Vpcs(Place),
    /// The VPC of a subnet, security group, route table or other part, by its id.
    NetworkPart(Place, Which),
    /// The roles of an account that were read.
    Roles(AccountId),
}

/// One of its kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Which {
    /// This one.
    Named(String),
    /// It could not be read: it may be any.
    Unknown,
}

impl Which {
    /// The one of a name.
    pub fn named(name: &str) -> Self {
        Self::Named(name.to_owned())
    }
}

impl Dependency {
    /// The functions of a role.
    pub fn role(account: &AccountId, name: &str) -> Self {
        Self::Role(account.clone(), name.to_ascii_lowercase())
    }
}

/// What follows from the facts of a scope: a row from each dependency to who depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// The scope, as rows name it.
    pub scope: Scope,
    /// The rows. A function's settings also tell parts of its VPC.
    pub rows: BTreeSet<(Dependency, Scope)>,
    /// Earlier rows of the scope may still be true, since what they came from could not be read.
    pub keeps_earlier: bool,
}

impl Rows {
    /// What follows from what is known of a scope.
    pub fn of(scope: &Scope, facts: &Facts) -> Self {
        let mut rows = Self::none(scope.clone());
        match scope {
            Scope::Function(function) => rows.function(function, facts),
            Scope::Role(role) => rows.role(role),
            Scope::Vpc(place, _) => rows.vpc(place, facts),
            Scope::Place(_) => {}
        }
        rows
    }

    /// Rows of an earlier time that are not true any more; what others say of their dependants stays.
    pub fn outdated<'b>(&'b self, before: &'b Self) -> impl Iterator<Item = &'b (Dependency, Scope)> {
        let gone = before.rows.difference(&self.rows);
        gone.filter(|(_, dependant)| !self.keeps_earlier && *dependant == self.scope)
    }

    /// Those of them that are not among others.
    #[must_use]
    pub fn beyond(mut self, others: &Self) -> Self {
        self.rows.retain(|row| !others.rows.contains(row));
        self
    }

    fn none(scope: Scope) -> Self {
        Self {
            scope,
            rows: BTreeSet::new(),
            keeps_earlier: false,
        }
    }

    /// What follows from what is kept of a function. One that is gone is found as long as that has yet to be told.
    pub fn of_function(function: &FunctionArn, state: &FunctionState) -> Self {
        let scope = Scope::Function(function.clone());
        // Nothing may be known of it: the monitor's own findings are kept with the function that it runs as.
        if !state.gone && !state.facts.is_empty() {
            return Self::of(&scope, &state.facts);
        }
        let mut rows = Self::none(scope);
        if state.gone && !state.pending.is_empty() {
            rows.add(Dependency::Place(Place::of(function)));
        }
        rows
    }

    /// Whether the same follows from both states of a function, told without working it out.
    pub fn are_same(one: &FunctionState, other: &FunctionState) -> bool {
        !other.gone && !other.facts.is_empty() && Self::are_of(one, &other.facts)
    }

    /// Whether the rows of a function's state are those that follow from some facts of it.
    pub fn are_of(state: &FunctionState, facts: &Facts) -> bool {
        let outcome = |facts: &Facts, facet| facts.reading(facet).map(|reading| Arc::clone(&reading.outcome));
        let followed = [Facet::Configuration, Facet::CodeSigning, Facet::EventSources];
        let mut followed = followed.into_iter();
        let is_known = !state.gone && !state.facts.is_empty();
        is_known && followed.all(|facet| outcome(&state.facts, facet) == outcome(facts, facet))
    }

    /// What follows from a configuration alone, as a listing shows it.
    pub fn of_listed(function: &FunctionArn, configuration: &Configuration) -> Self {
        let mut rows = Self::none(Scope::Function(function.clone()));
        rows.configured(function, configuration);
        rows
    }

    fn add(&mut self, dependency: Dependency) {
        self.rows.insert((dependency, self.scope.clone()));
    }

    fn function(&mut self, function: &FunctionArn, facts: &Facts) {
        match facts
            .reading(Facet::Configuration)
            .map(|reading| reading.outcome.as_ref())
        {
            Some(Outcome::Read(Value::Configuration(configuration))) => self.configured(function, configuration),
            // It is gone: it hangs on nothing.
            Some(Outcome::Unreadable(Reason::NotFound)) => return,
            _ => self.keeps_earlier = true,
        }
        let place = Place::of(function);
        self.add(Dependency::Place(place.clone()));
        match facts.value(Facet::CodeSigning) {
            Ok(Value::CodeSigning(signing)) => {
                if let Some(config) = &signing.code_signing_config_arn {
                    self.add(Dependency::CodeSigningConfig(place.clone(), Which::named(config)));
                }
            }
            Ok(_) | Err(_) => self.add(Dependency::CodeSigningConfig(place.clone(), Which::Unknown)),
        }
        match facts.value(Facet::EventSources) {
            Ok(Value::EventSources(sources)) => {
                for source in sources {
                    let id = Which::named(&source.uuid);
                    self.add(Dependency::EventSourceMapping(place.clone(), id));
                }
            }
            Ok(_) | Err(_) => self.add(Dependency::EventSourceMapping(place, Which::Unknown)),
        }
    }

    fn configured(&mut self, function: &FunctionArn, configuration: &Configuration) {
        let place = Place::of(function);
        self.add(Dependency::Place(place.clone()));
        if let Some(role) = configuration.role_arn() {
            let account = role.account().unwrap_or_else(|| place.account.clone());
            self.add(Dependency::role(&account, role.base_name()));
            self.rows.extend(Self::of(&Scope::Role(role), &Facts::default()).rows);
        }
        for layer in &configuration.layers {
            self.add(Dependency::Layer(place.clone(), layer_name(&layer.arn)));
        }
        if let Some(key) = &configuration.kms_key_arn {
            self.add(Dependency::Key(place.clone(), key_of(key)));
            self.add(Dependency::AnyKey(place.clone()));
        }
        for judgement in configuration.environment.variables.values() {
            if let Kind::Reference { target } = &judgement.kind {
                for secret in secrets_of(target.as_deref()) {
                    self.add(Dependency::Secret(place.clone(), secret));
                }
            }
        }
        self.attached(&place, &configuration.vpc_config);
    }

    fn attached(&mut self, place: &Place, attached: &VpcConfig) {
        if !attached.is_attached() {
            return;
        }
        let Some(id) = &attached.vpc_id else {
            return self.add(Dependency::Vpc(place.clone(), Which::Unknown));
        };
        self.add(Dependency::Vpc(place.clone(), Which::named(id)));
        let vpc = Scope::Vpc(place.clone(), id.clone());
        self.rows.insert((Dependency::Vpcs(place.clone()), vpc.clone()));
        for part in attached.subnet_ids.iter().chain(&attached.security_group_ids) {
            let part = Dependency::NetworkPart(place.clone(), Which::named(part));
            self.rows.insert((part, vpc.clone()));
        }
    }

    fn role(&mut self, role: &Arn) {
        let Some(account) = role.account() else {
            return;
        };
        // Whatever the path: the names of an account's roles differ without it.
        let name = role.base_name().to_ascii_lowercase();
        if let Ok(role) = format!("arn:{}:iam::{account}:role/{name}", role.partition()).parse() {
            self.scope = Scope::Role(role);
        }
        self.add(Dependency::Roles(account));
    }

    fn vpc(&mut self, place: &Place, facts: &Facts) {
        self.add(Dependency::Vpcs(place.clone()));
        for facet in Facet::of(ScopeKind::Vpc) {
            if let Ok(value) = facts.value(facet) {
                for part in parts(value) {
                    self.add(Dependency::NetworkPart(place.clone(), Which::named(part)));
                }
            } else {
                self.keeps_earlier = true;
                self.add(Dependency::NetworkPart(place.clone(), Which::Unknown));
            }
        }
    }
}

/// The ids of the parts of a VPC that a facet names.
fn parts(value: &Value) -> Vec<&str> {
    match value {
        Value::Subnets(subnets) => subnets.iter().map(|subnet| subnet.subnet_id.as_str()).collect(),
        Value::RouteTables(tables) => tables.iter().map(|table| table.route_table_id.as_str()).collect(),
        Value::NetworkAcls(acls) => acls.iter().map(|acl| acl.network_acl_id.as_str()).collect(),
        Value::SecurityGroups(groups) => groups.iter().map(|group| group.group_id.as_str()).collect(),
        Value::VpcEndpoints(endpoints) => endpoints
            .iter()
            .map(|endpoint| endpoint.vpc_endpoint_id.as_str())
            .collect(),
        Value::NetworkInterfaces(interfaces) => interfaces
            .iter()
            .map(|interface| interface.network_interface_id.as_str())
            .collect(),
        Value::Gateways(gateways) => gateways.ids().collect(),
        _ => Vec::new(),
    }
}

/// The name of a layer, from its name, ARN or version's ARN.
pub(super) fn layer_name(layer: &str) -> String {
    let name = if layer.starts_with("arn:") {
        layer.split(':').nth(6)
    } else {
        Some(layer)
    };
    name.unwrap_or(layer).to_owned()
}

/// A key by its id; an alias does not say which key it stands for.
pub(super) fn key_of(key: &str) -> Which {
    if key.contains("alias/") {
        return Which::Unknown;
    }
    Which::named(key.rsplit('/').next().unwrap_or(key))
}

/// The forms of a secret's name: an ARN ends in six characters that a name may leave out, and a name may end alike.
pub(super) fn secrets_of(target: Option<&str>) -> Vec<Which> {
    let Some(target) = target else {
        return vec![Which::Unknown];
    };
    let Some((_, rest)) = target.split_once(":secret:") else {
        // The ARN of something else than a secret names none.
        return if target.starts_with("arn:") {
            Vec::new()
        } else {
            vec![Which::named(target)]
        };
    };
    let name = rest.split(':').next().unwrap_or(rest);
    let mut forms = vec![Which::named(name)];
    if let Some((start, end)) = name.rsplit_once('-')
        && end.len() == 6
    {
        forms.push(Which::named(start));
    }
    forms
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::memory::Account;

    const ARN: &str = "arn:aws:lambda:eu-west-1:111122223333:function:orders";

    fn function() -> FunctionArn {
        ARN.parse().unwrap()
    }

    fn rows(configuration: serde_json::Value) -> Vec<Dependency> {
        let configuration: Configuration = serde_json::from_value(configuration).unwrap();
        let rows = Rows::of_listed(&function(), &configuration);
        rows.rows.into_iter().map(|(dependency, _)| dependency).collect()
    }

    #[test]
    fn rows_that_are_said_to_be_the_same_are() {
        let recorded = [
            include_str!("../../events/account/orders-worker.json"),
            include_str!("../../events/account/stock-sync.json"),
            include_str!("../../events/account/checkout-api.json"),
        ];
        let mut account = Account::default();
        for text in recorded {
            account.add(text).unwrap();
        }
        let mut told_apart = BTreeSet::new();
        for function in account.functions() {
            let scope = Scope::Function(function.clone());
            let state = FunctionState {
                facts: account.facts(&scope).unwrap().clone(),
                ..FunctionState::default()
            };
            for facet in Facet::of(ScopeKind::Function) {
                let (mut unread, mut missing) = (state.facts.clone(), state.facts.clone());
                unread.insert_unreadable(Timestamp::UNIX_EPOCH, facet, Reason::Throttled);
                missing.retain(|known| known != facet);
                for changed in [unread, missing] {
                    if Rows::are_of(&state, &changed) {
                        assert_eq!(Rows::of(&scope, &changed), Rows::of(&scope, &state.facts), "{facet:?}");
                    } else {
                        told_apart.insert(facet);
                    }
                }
            }
        }
        assert!(told_apart.contains(&Facet::Configuration), "{told_apart:?}");
    }

    #[test]
    fn a_configuration_names_role_layer_key_and_network() {
        let place = Place::of(&function());
        let named = |name: &str| Which::named(name);
        let found = rows(json!({
            "Role": "arn:aws:iam::111122223333:role/service/Orders",
            "Layers": [{"Arn": "arn:aws:lambda:eu-west-1:111122223333:layer:tools:3"}],
            "KMSKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/0a1b",
            "VpcConfig": {"VpcId": "vpc-1", "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
        }));
        let expected = [
            Dependency::Place(place.clone()),
            Dependency::Role(place.account.clone(), "orders".to_owned()),
            Dependency::Vpc(place.clone(), named("vpc-1")),
            Dependency::Layer(place.clone(), "tools".to_owned()),
            Dependency::Key(place.clone(), named("0a1b")),
            Dependency::AnyKey(place.clone()),
            Dependency::Vpcs(place.clone()),
            Dependency::NetworkPart(place.clone(), named("sg-1")),
            Dependency::NetworkPart(place.clone(), named("subnet-1")),
            Dependency::Roles(place.account),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_not_known_may_be_any() {
        let place = Place::of(&function());
        let facts = Facts::default();
        let rows = Rows::of(&Scope::Function(function()), &facts);
        assert!(rows.keeps_earlier, "what was known of it may still be true");
        let unknown: Vec<&Dependency> = rows.rows.iter().map(|(dependency, _)| dependency).collect();
        assert!(unknown.contains(&&Dependency::CodeSigningConfig(place.clone(), Which::Unknown)));
        assert!(unknown.contains(&&Dependency::EventSourceMapping(place.clone(), Which::Unknown)));
        let vpc = Rows::of(&Scope::Vpc(place.clone(), "vpc-1".to_owned()), &facts);
        assert!(
            vpc.rows
                .iter()
                .any(|(row, _)| *row == Dependency::NetworkPart(place.clone(), Which::Unknown))
        );
    }

    #[test]
    fn a_secret_has_a_name_and_an_arn_with_a_suffix() {
        let forms = |target: &str| secrets_of(Some(target));
        let arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-AbCdEf";
        assert_eq!(forms(arn), [Which::named("prod/db-AbCdEf"), Which::named("prod/db")]);
        assert_eq!(
            forms(&format!("{arn}:password::")),
            forms(arn),
            "a member of the secret"
        );
        assert_eq!(forms("prod/db"), [Which::named("prod/db")]);
        assert!(forms("arn:aws:sns:eu-west-1:111122223333:alerts").is_empty());
        assert_eq!(secrets_of(None), [Which::Unknown]);
    }

    #[test]
    fn a_layer_and_a_key_are_found_by_every_name() {
        for layer in [
            "tools",
            "arn:aws:lambda:eu-west-1:1:layer:tools",
            "arn:aws:lambda:eu-west-1:1:layer:tools:3",
        ] {
            assert_eq!(layer_name(layer), "tools");
        }
        assert_eq!(key_of("arn:aws:kms:eu-west-1:111122223333:key/0a1b"), key_of("0a1b"));
        assert_eq!(key_of("alias/prod"), Which::Unknown);
    }
}
