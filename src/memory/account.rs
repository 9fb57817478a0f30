//! A recorded account as inventory and collector: what replay and the tests read instead of AWS.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::recorded::{
    Recorded, RecordedBoundary, RecordedFunction, RecordedLayerPolicy, RecordedManaged, RecordedNetwork,
    RecordedPackage, RecordedPlace, RecordedPolicy, RecordedRole,
};
use crate::arn::{AccountId, Arn, FunctionArn, Region};
use crate::monitor::{Collector, Inventory, Listed, Place};
use crate::package::{self, CodePackage, Limits};
use crate::secret::{self, RawValue};
use crate::snapshot::{
    Configuration, EnvironmentKey, Facet, FacetSet, Facts, InlinePolicy, LayerPolicies, LayerPolicy, ManagedPolicy,
    Reason, ResourcePolicies, ResourcePolicy, RoleBoundary, RolePolicies, RolePolicyFindings, RoleServiceUse,
    RoleTrust, RoleUsers, Scope, Snapshot, UrlConfig, Value,
};

/// Judgements of one recorded account need no secret salt: the values stand beside them in the recording.
const SALT: &[u8] = b"recorded account";

/// A recorded account.
#[derive(Debug, Default)]
pub struct Account {
    facts: BTreeMap<Scope, Facts>,
}

/// A recording that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("`{path}`: {detail}; compare with `vigil schema snapshot`")]
pub struct AccountError {
    path: String,
    detail: String,
}

type Read<T> = Result<T, AccountError>;

fn malformed(path: impl Into<String>, detail: &impl ToString) -> AccountError {
    AccountError {
        path: path.into(),
        detail: detail.to_string(),
    }
}

impl Account {
    /// Adds one file's functions and roles.
    pub fn add(&mut self, text: &str) -> Read<()> {
        self.add_with(text, &|_| {
            Err("this recording has no folder to take files from".to_owned())
        })
    }

    /// Adds one file's functions and roles, and inspects the packages that it names: `file` gives what stands at a path.
    pub fn add_with(&mut self, text: &str, file: &dyn Fn(&str) -> Result<Vec<u8>, String>) -> Read<()> {
        let mut json = serde_json::Deserializer::from_str(text);
        let recorded: Recorded = serde_path_to_error::deserialize(&mut json)
            .map_err(|error| malformed(error.path().to_string(), error.inner()))?;
        json.end().map_err(|error| malformed(".", &error))?;
        for mut function in recorded.functions {
            let arn = function.function_arn.clone();
            let package = function.code_package.take();
            let mut facts = function_facts(function)?;
            if let Some(package) = package {
                let inspection = inspection(package, file)
                    .map_err(|error| malformed(format!("Functions[{}].CodePackage", arn.name()), &error))?;
                facts.insert(Timestamp::UNIX_EPOCH, Value::CodePackage(inspection));
            }
            self.facts.insert(Scope::Function(arn), facts);
        }
        for role in recorded.roles {
            let scope = Scope::Role(role.arn.clone());
            self.facts.insert(scope, role_facts(role));
        }
        for place in recorded.places {
            let (scope, facts) = place_facts(place);
            self.facts.entry(scope).or_default().merge(facts);
        }
        for network in recorded.networks {
            let (scope, facts) = network_facts(network);
            self.facts.entry(scope).or_default().merge(facts);
        }
        self.note_users();
        Ok(())
    }

    /// Who uses which role follows from the functions.
    fn note_users(&mut self) {
        let mut users: BTreeMap<Arn, RoleUsers> = BTreeMap::new();
        for function in self.functions() {
            if let Some(role) = self.configuration(function).role_arn() {
                users.entry(role).or_default().insert(function.clone());
            }
        }
        for (role, users) in users {
            let facts = self.facts.entry(Scope::Role(role)).or_default();
            facts.insert(Timestamp::UNIX_EPOCH, Value::RoleUsers(users));
        }
    }

    /// The functions of the recording.
    pub fn functions(&self) -> impl Iterator<Item = &FunctionArn> {
        self.facts.keys().filter_map(|scope| match scope {
            Scope::Function(function) => Some(function),
            Scope::Role(_) | Scope::Vpc(..) | Scope::Place(_) => None,
        })
    }

    /// What is recorded of a function and of what it shares with others.
    pub fn snapshot(&self, function: &FunctionArn) -> Snapshot {
        let facts = |scope: &Scope| self.facts.get(scope).cloned();
        let mut snapshot = Snapshot::new(function.clone());
        snapshot.own = facts(&Scope::Function(function.clone())).unwrap_or_default();
        snapshot.share(|scope| facts(scope).map(Arc::new));
        snapshot
    }

    /// What is recorded of a scope.
    pub fn facts(&self, scope: &Scope) -> Option<&Facts> {
        self.facts.get(scope)
    }

    fn configuration(&self, function: &FunctionArn) -> Configuration {
        match self
            .facts
            .get(&Scope::Function(function.clone()))
            .map(|facts| facts.value(Facet::Configuration))
        {
            Some(Ok(Value::Configuration(configuration))) => (**configuration).clone(),
            _ => Configuration::default(),
        }
    }
}

fn function_facts(function: RecordedFunction) -> Read<Facts> {
    let path = |member: &str| format!("Functions[{}].{member}", function.function_arn.name());
    let mut facts = Facts::default();
    let mut note = |value: Value| facts.insert(Timestamp::UNIX_EPOCH, value);
    if let Some(configuration) = function.configuration {
        let typed = configuration_of(configuration, &path("Configuration"))?;
        if typed.layers_of(function.function_arn.account()).is_empty() {
            note(Value::LayerPolicies(LayerPolicies::default()));
        }
        if typed.kms_key_arn.is_none() {
            note(Value::EnvironmentKey(EnvironmentKey::Default));
        }
        note(Value::Configuration(typed));
    }
    if let Some(urls) = function.function_url_configs {
        let urls: Result<Vec<UrlConfig>, _> = urls.into_iter().map(url_config).collect();
        note(Value::Urls(
            urls.map_err(|error| malformed(path("FunctionUrlConfigs"), &error))?,
        ));
    }
    let others = [
        function.policies.map(resource_policies).map(Value::ResourcePolicies),
        function.concurrency.map(Value::Concurrency),
        function.tags.map(Value::Tags),
        function.layer_policies.map(layer_policies).map(Value::LayerPolicies),
        function.event_source_mappings.map(Value::EventSources),
        function.function_event_invoke_configs.map(Value::Destinations),
        function.code_signing_config.map(Value::CodeSigning),
        function.recursion.map(Value::Recursion),
        function.environment_key.map(Value::EnvironmentKey),
        function.last_change.map(Value::LastChange),
        function.inspection.map(Value::Inspection),
    ];
    others.into_iter().flatten().for_each(note);
    note_unreadable(&mut facts, function.unreadable);
    Ok(facts)
}

fn inspection(package: RecordedPackage, file: &dyn Fn(&str) -> Result<Vec<u8>, String>) -> Result<CodePackage, String> {
    match package {
        RecordedPackage::Inspected(inspected) => Ok(inspected),
        RecordedPackage::Path(path) => {
            let bytes = file(&path)?;
            let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            Ok(package::inspect(Cursor::new(bytes), size, &Limits::DEFAULT))
        }
    }
}

fn configuration_of(configuration: Json, path: &str) -> Read<Box<Configuration>> {
    serde_path_to_error::deserialize(judge_environment(configuration)).map_err(|error| {
        let inner = error.path().to_string();
        // The parser's words quote what it found, and below this that may be a secret.
        let secret = inner.starts_with("Environment");
        let detail = if secret {
            "is neither a text nor a judgement".to_owned()
        } else {
            error.inner().to_string()
        };
        malformed(format!("{path}.{inner}"), &detail)
    })
}

fn resource_policies(recorded: Vec<RecordedPolicy>) -> ResourcePolicies {
    let policies = recorded.into_iter().map(|entry| ResourcePolicy {
        qualifier: entry.qualifier,
        policy: text_of(entry.policy),
    });
    ResourcePolicies {
        policies: policies.collect(),
        unread: Vec::new(),
    }
}

fn layer_policies(recorded: Vec<RecordedLayerPolicy>) -> LayerPolicies {
    let policies = recorded.into_iter().map(|entry| LayerPolicy {
        layer_version_arn: entry.layer_version_arn,
        policy: text_of(entry.policy),
    });
    LayerPolicies {
        policies: policies.collect(),
        unread: Vec::new(),
    }
}

/// AWS names a URL's alias only in its function ARN.
fn url_config(mut json: Json) -> Result<UrlConfig, serde_json::Error> {
    let arn = json.get("FunctionArn").and_then(Json::as_str).unwrap_or_default();
    let qualifier = arn.split(':').nth(7).map(str::to_owned);
    if let (Some(qualifier), Some(members)) = (qualifier, json.as_object_mut()) {
        members.entry("Qualifier").or_insert(Json::String(qualifier));
    }
    serde_json::from_value(json)
}

fn role_facts(role: RecordedRole) -> Facts {
    let mut facts = Facts::default();
    let mut note = |value: Value| facts.insert(Timestamp::UNIX_EPOCH, value);
    if role.missing {
        note(Value::RoleTrust(RoleTrust::Missing));
        note(Value::RolePolicies(RolePolicies::default()));
        note(Value::RoleBoundary(RoleBoundary::default()));
        note(Value::RolePolicyFindings(RolePolicyFindings::default()));
        note(Value::RoleServiceUse(RoleServiceUse::default()));
        return facts;
    }
    if let Some(document) = role.assume_role_policy_document {
        note(Value::RoleTrust(RoleTrust::AssumeRolePolicyDocument(text_of(document))));
    }
    if let (Some(inline), Some(attached)) = (role.inline_policies, role.attached_policies) {
        let inline = inline.into_iter().map(|policy| InlinePolicy {
            policy_name: policy.policy_name,
            policy_document: text_of(policy.policy_document),
        });
        let (inline, attached) = (inline.collect(), attached.into_iter().map(managed).collect());
        note(Value::RolePolicies(RolePolicies { inline, attached }));
    }
    let boundary = |permissions_boundary| Value::RoleBoundary(RoleBoundary { permissions_boundary });
    match role.permissions_boundary {
        RecordedBoundary::NotRead => {}
        RecordedBoundary::Absent => note(boundary(None)),
        RecordedBoundary::Policy(policy) => note(boundary(Some(managed(policy)))),
    }
    let findings = role.policy_findings.into_iter().map(Value::RolePolicyFindings);
    findings
        .chain(role.service_use.into_iter().map(Value::RoleServiceUse))
        .for_each(&mut note);
    note_unreadable(&mut facts, role.unreadable);
    facts
}

fn place_facts(place: RecordedPlace) -> (Scope, Facts) {
    let mut facts = Facts::default();
    let scope = Scope::Place(Place {
        account: place.account,
        region: place.region,
    });
    let settings = place.account_settings.into_iter().map(Value::AccountSettings);
    settings
        .chain(place.alarms.into_iter().map(Value::Alarms))
        .for_each(|value| facts.insert(Timestamp::UNIX_EPOCH, value));
    note_unreadable(&mut facts, place.unreadable);
    (scope, facts)
}

fn network_facts(network: RecordedNetwork) -> (Scope, Facts) {
    let place = Place {
        account: network.account,
        region: network.region,
    };
    let values = [
        network.vpc.map(Value::Vpc),
        network.subnets.map(Value::Subnets),
        network.route_tables.map(Value::RouteTables),
        network.network_acls.map(Value::NetworkAcls),
        network.security_groups.map(Value::SecurityGroups),
        network.vpc_endpoints.map(Value::VpcEndpoints),
        network.gateways.map(Value::Gateways),
        network.network_interfaces.map(Value::NetworkInterfaces),
        network.prefix_lists.map(Value::PrefixLists),
    ];
    let mut facts = Facts::default();
    for value in values.into_iter().flatten() {
        facts.insert(Timestamp::UNIX_EPOCH, value);
    }
    note_unreadable(&mut facts, network.unreadable);
    (Scope::Vpc(place, network.vpc_id), facts)
}

fn managed(policy: RecordedManaged) -> ManagedPolicy {
    ManagedPolicy {
        policy_arn: policy.policy_arn,
        policy_document: text_of(policy.policy_document),
    }
}

fn note_unreadable(facts: &mut Facts, unreadable: BTreeMap<Facet, Reason>) {
    for (facet, reason) in unreadable {
        facts.insert_unreadable(Timestamp::UNIX_EPOCH, facet, reason);
    }
}

fn text_of(document: Json) -> String {
    match document {
        Json::String(text) => text,
        other => other.to_string(),
    }
}

/// Replaces each plain value by its judgement, before anything else sees it.
fn judge_environment(mut configuration: Json) -> Json {
    let variables = configuration
        .pointer_mut("/Environment/Variables")
        .and_then(Json::as_object_mut);
    for (name, value) in variables.into_iter().flatten() {
        if let Json::String(plain) = value {
            let raw = RawValue::new(std::mem::take(plain));
            let judgement = secret::judge(name, &raw, SALT);
            *value = serde_json::to_value(judgement).unwrap_or_default();
        }
    }
    configuration
}

impl Account {
    /// The functions of a place, as a listing shows them.
    pub fn functions_of(&self, place: &Place) -> Result<Vec<Listed>, Reason> {
        let here = self
            .functions()
            .filter(|function| *function.account() == place.account && *function.region() == place.region);
        let listed = |function: &FunctionArn| Listed {
            function: function.clone(),
            configuration: self.configuration(function),
        };
        Ok(here.map(listed).collect())
    }

    /// Names of the roles that a managed policy is attached to or bounds.
    pub fn roles_of(&self, policy: &Arn) -> Vec<String> {
        let used = self.facts.iter().filter(|(_, facts)| uses_policy(facts, policy));
        let names = used.filter_map(|(scope, _)| match scope {
            Scope::Role(arn) => Some(arn.base_name().to_owned()),
            Scope::Function(_) | Scope::Vpc(..) | Scope::Place(_) => None,
        });
        names.collect()
    }

    /// Facets of a scope, as if read at a time. A function that is not recorded does not exist; a role that is not
    /// recorded was not read.
    pub fn read(&self, scope: &Scope, facets: &FacetSet, at: Timestamp) -> Facts {
        let absent = if matches!(scope, Scope::Function(_)) {
            Reason::NotFound
        } else {
            Reason::NotRead
        };
        let mut read = Facts::default();
        for facet in facets {
            match self.facts.get(scope).map(|facts| facts.value(*facet)) {
                Some(Ok(value)) => read.insert(at, value.clone()),
                Some(Err(unreadable)) => read.insert_unreadable(at, *facet, unreadable.reason),
                None => read.insert_unreadable(at, *facet, absent.clone()),
            }
        }
        read
    }
}

fn uses_policy(facts: &Facts, policy: &Arn) -> bool {
    let is_it = |managed: &ManagedPolicy| managed.policy_arn == policy.as_str();
    let attached = match facts.value(Facet::RolePolicies) {
        Ok(Value::RolePolicies(policies)) => policies.attached.iter().any(is_it),
        Ok(_) | Err(_) => false,
    };
    let bounds = match facts.value(Facet::RoleBoundary) {
        Ok(Value::RoleBoundary(boundary)) => boundary.permissions_boundary.iter().any(is_it),
        Ok(_) | Err(_) => false,
    };
    attached || bounds
}

impl Inventory for Account {
    async fn functions(&self, place: &Place) -> Result<Vec<Listed>, Reason> {
        self.functions_of(place)
    }

    async fn roles_with_policy(&self, policy: &Arn) -> Result<Vec<String>, Reason> {
        Ok(self.roles_of(policy))
    }

    fn regions(&self, account: &AccountId) -> Vec<Region> {
        let own = self.functions().filter(|function| function.account() == account);
        let regions: std::collections::BTreeSet<Region> = own.map(|function| function.region().clone()).collect();
        regions.into_iter().collect()
    }
}

impl Collector for Account {
    async fn collect(&self, scope: &Scope, facets: &FacetSet) -> Facts {
        self.read(scope, facets, Timestamp::UNIX_EPOCH)
    }
}
