//! What does a recording say of each facet? Environment values are judged here, and packages inspected.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value as Json;

use super::account::Files;
use super::recorded::{
    RecordedBoundary, RecordedFunction, RecordedLayerPolicy, RecordedManaged, RecordedNetwork, RecordedPackage,
    RecordedPlace, RecordedPolicy, RecordedRole,
};
use crate::package::{self, CodePackage, Limits};
use crate::plain::one_line;
use crate::secret::{self, RawValue};
use crate::snapshot::{
    Configuration, EnvironmentKey, Facet, Facts, InlinePolicy, LayerPolicies, LayerPolicy, ManagedPolicy, Place,
    Reason, ResourcePolicies, ResourcePolicy, RoleBoundary, RolePolicies, RolePolicyFindings, RoleServiceUse,
    RoleTrust, Scope, UrlConfig, Value,
};

/// Judgements of one recorded account need no secret salt: the values stand beside them in the recording.
const SALT: &[u8] = b"recorded account";

/// The longest place in a recording, and the longest words about it: they quote what stands there, which is anybody's.
const LONGEST_PATH: usize = 200;
const LONGEST_DETAIL: usize = 400;

/// A recording that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("`{path}`: {detail}; compare with `vigil schema snapshot`")]
pub struct AccountError {
    path: String,
    detail: String,
}

pub(super) type Read<T> = Result<T, AccountError>;

pub(super) fn malformed(path: impl Into<String>, detail: &impl ToString) -> AccountError {
    AccountError {
        path: one_line(&path.into(), LONGEST_PATH),
        detail: one_line(&detail.to_string(), LONGEST_DETAIL),
    }
}

pub(super) fn function_facts(function: RecordedFunction) -> Read<Facts> {
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

pub(super) fn inspection(package: RecordedPackage, file: &Files<'_>) -> Result<CodePackage, String> {
    match package {
        RecordedPackage::Inspected(inspected) => Ok(inspected),
        RecordedPackage::Path(path) => {
            let bytes = file(&path)?;
            let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            Ok(package::inspect(Cursor::new(bytes), size, &Limits::DEFAULT))
        }
    }
}

fn configuration_of(configuration: Json, path: &str) -> Read<Arc<Configuration>> {
    let judged = judge_environment(configuration);
    // Where a member is malformed is only followed once it is known that some is.
    if let Ok(typed) = Configuration::deserialize(&judged) {
        return Ok(Arc::new(typed));
    }
    let typed: Result<Configuration, _> = serde_path_to_error::deserialize(judged);
    typed.map(Arc::new).map_err(|error| {
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

pub(super) fn role_facts(role: RecordedRole) -> Facts {
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

pub(super) fn place_facts(place: RecordedPlace) -> (Scope, Facts) {
    let mut facts = Facts::default();
    let scope = Scope::Place(Place {
        account: place.account,
        region: place.region,
    });
    let values = [
        place.account_settings.map(Value::AccountSettings),
        place.alarms.map(Value::Alarms),
        place.trails.map(Value::Trails),
        place.rules.map(Value::Rules),
        place.topics.map(Value::Topics),
        place.buses.map(Value::Buses),
        place.senders.map(Value::Senders),
    ];
    for value in values.into_iter().flatten() {
        facts.insert(Timestamp::UNIX_EPOCH, value);
    }
    note_unreadable(&mut facts, place.unreadable);
    (scope, facts)
}

pub(super) fn network_facts(network: RecordedNetwork) -> (Scope, Facts) {
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
        other => {
            let mut text = serde_json::to_string(&other).unwrap_or_default();
            // It is kept as long as the account.
            text.shrink_to_fit();
            text
        }
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
