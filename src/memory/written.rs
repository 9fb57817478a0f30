//! A recorded account from what was read: the counterpart of the readings, so that what is found of the one is found of the other.

use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::policy::Policy;
use crate::snapshot::{Facet, Facts, ManagedPolicy, Outcome, Reason, RolePolicies, RoleTrust, Scope, Value};

/// What a recording says of one scope, as the entry of its list: `Functions`, `Roles`, `Networks` or `Places`.
///
/// Values of the environment are judgements already. Nothing of a function that does not exist any more.
pub fn entry(scope: &Scope, facts: &Facts) -> Option<(&'static str, Json)> {
    let is_gone = matches!(scope, Scope::Function(_))
        && facts
            .value(Facet::Configuration)
            .is_err_and(|unread| unread.reason == Reason::NotFound);
    if is_gone {
        return None;
    }
    let (list, mut entry) = named(scope);
    let mut unreadable = Map::new();
    for (facet, reading) in facts.iter() {
        let unread = match reading.outcome.as_ref() {
            Outcome::Read(value) => match members(value) {
                Ok(members) => {
                    entry.extend(members);
                    continue;
                }
                Err(why) => why,
            },
            // A member that is left out says that.
            Outcome::Unreadable(Reason::NotRead) => continue,
            Outcome::Unreadable(why) => why.clone(),
        };
        unreadable.insert(name(facet), json(&unread));
    }
    if !unreadable.is_empty() {
        entry.insert("Unreadable".to_owned(), Json::Object(unreadable));
    }
    Some((list, Json::Object(entry)))
}

fn named(scope: &Scope) -> (&'static str, Map<String, Json>) {
    let of = |members: &[(&str, String)]| {
        let members = members
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.as_str().into()));
        members.collect::<Map<_, _>>()
    };
    match scope {
        Scope::Function(function) => ("Functions", of(&[("FunctionArn", function.to_string())])),
        Scope::Role(role) => ("Roles", of(&[("Arn", role.to_string())])),
        Scope::Vpc(place, vpc) => (
            "Networks",
            of(&[
                ("Account", place.account.to_string()),
                ("Region", place.region.to_string()),
                ("VpcId", vpc.clone()),
            ]),
        ),
        Scope::Place(place) => (
            "Places",
            of(&[
                ("Account", place.account.to_string()),
                ("Region", place.region.to_string()),
            ]),
        ),
    }
}

type Members = Vec<(String, Json)>;

/// The members by which a recording says it; why it cannot, where only a part was read.
fn members(value: &Value) -> Result<Members, Reason> {
    let one = |name: &str, json: Json| Ok(vec![(name.to_owned(), json)]);
    match value {
        Value::Configuration(value) => one("Configuration", json(value)),
        Value::ResourcePolicies(value) => {
            whole(&value.unread)?;
            let policies = value.policies.iter().map(|policy| {
                let mut entry = Map::new();
                if let Some(qualifier) = &policy.qualifier {
                    entry.insert("Qualifier".to_owned(), qualifier.as_str().into());
                }
                entry.insert("Policy".to_owned(), document(&policy.policy));
                Json::Object(entry)
            });
            one("Policies", policies.collect())
        }
        Value::LayerPolicies(value) => {
            whole(&value.unread)?;
            let policies = value.policies.iter().map(|policy| {
                Json::Object(Map::from_iter([
                    ("LayerVersionArn".to_owned(), policy.layer_version_arn.as_str().into()),
                    ("Policy".to_owned(), document(&policy.policy)),
                ]))
            });
            one("LayerPolicies", policies.collect())
        }
        Value::Urls(value) => one("FunctionUrlConfigs", json(value)),
        Value::Concurrency(value) => one("Concurrency", json(value)),
        Value::Tags(value) => one("Tags", json(value)),
        Value::CodePackage(value) => one("CodePackage", json(value)),
        Value::EventSources(value) => one("EventSourceMappings", json(value)),
        Value::Destinations(value) => one("FunctionEventInvokeConfigs", json(value)),
        Value::CodeSigning(value) => one("CodeSigningConfig", json(value)),
        Value::Recursion(value) => one("Recursion", json(value)),
        Value::EnvironmentKey(value) => one("EnvironmentKey", json(value)),
        Value::LastChange(value) => one("LastChange", json(value)),
        Value::Inspection(value) => one("Inspection", json(value)),
        Value::RoleTrust(RoleTrust::Missing) => one("Missing", true.into()),
        Value::RoleTrust(RoleTrust::AssumeRolePolicyDocument(text)) => one("AssumeRolePolicyDocument", document(text)),
        Value::RolePolicies(value) => Ok(role_policies(value)),
        Value::RoleBoundary(value) => {
            let boundary = value.permissions_boundary.as_ref();
            one("PermissionsBoundary", boundary.map_or(Json::Null, managed))
        }
        Value::RolePolicyFindings(value) => one("PolicyFindings", json(value)),
        Value::RoleServiceUse(value) => one("ServiceUse", json(value)),
        Value::AccountSettings(value) => one("AccountSettings", json(value)),
        Value::Alarms(value) => one("Alarms", json(value)),
        Value::Trails(value) => one("Trails", json(value)),
        Value::Rules(value) => one("Rules", json(value)),
        Value::Topics(value) => one("Topics", json(value)),
        Value::Buses(value) => one("Buses", json(value)),
        Value::Senders(value) => one("Senders", json(value)),
        Value::Vpc(value) => one("Vpc", json(value)),
        Value::Subnets(value) => one("Subnets", json(value)),
        Value::RouteTables(value) => one("RouteTables", json(value)),
        Value::NetworkAcls(value) => one("NetworkAcls", json(value)),
        Value::SecurityGroups(value) => one("SecurityGroups", json(value)),
        Value::VpcEndpoints(value) => one("VpcEndpoints", json(value)),
        Value::Gateways(value) => one("Gateways", json(value)),
        Value::NetworkInterfaces(value) => one("NetworkInterfaces", json(value)),
        Value::PrefixLists(value) => one("PrefixLists", json(value)),
        // It follows from the functions, and from the events.
        Value::RoleUsers(_) | Value::Omissions(_) => Ok(Vec::new()),
    }
}

/// A recording has no word for half of it.
fn whole<T>(unread: &[T]) -> Result<(), Reason> {
    if unread.is_empty() {
        return Ok(());
    }
    Err(Reason::Failed {
        detail: "a part of it could not be read when it was recorded".to_owned(),
    })
}

fn role_policies(policies: &RolePolicies) -> Members {
    let inline = policies.inline.iter().map(|policy| {
        Json::Object(Map::from_iter([
            ("PolicyName".to_owned(), policy.policy_name.as_str().into()),
            ("PolicyDocument".to_owned(), document(&policy.policy_document)),
        ]))
    });
    let attached = policies.attached.iter().map(managed);
    vec![
        ("InlinePolicies".to_owned(), inline.collect()),
        ("AttachedPolicies".to_owned(), attached.collect()),
    ]
}

fn managed(policy: &ManagedPolicy) -> Json {
    Json::Object(Map::from_iter([
        ("PolicyArn".to_owned(), policy.policy_arn.as_str().into()),
        ("PolicyDocument".to_owned(), document(&policy.policy_document)),
    ]))
}

/// As JSON where that says the same, for people read it; else as the text that it is.
fn document(text: &str) -> Json {
    let parsed: Option<Json> = serde_json::from_str(text).ok().filter(Json::is_object);
    let says_the_same = |json: &Json| match (Policy::parse(text), Policy::parse(&json.to_string())) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    };
    parsed.filter(says_the_same).unwrap_or_else(|| text.into())
}

fn name(facet: Facet) -> String {
    match json(&facet) {
        Json::String(name) => name,
        _ => format!("{facet:?}"),
    }
}

/// Of what is made of texts, numbers, lists and maps with texts for keys.
fn json(value: &(impl Serialize + ?Sized)) -> Json {
    serde_json::to_value(value).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests read the recorded account")]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;
    use crate::memory::Account;

    fn sample() -> Account {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events/account");
        let mut account = Account::default();
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let text = std::fs::read_to_string(path).unwrap();
                account.add(&text).unwrap();
            }
        }
        account
    }

    fn written(account: &Account) -> String {
        let mut lists: BTreeMap<&str, Vec<Json>> = BTreeMap::new();
        for (scope, facts) in account.scopes() {
            let (list, entry) = entry(scope, facts).unwrap();
            lists.entry(list).or_default().push(entry);
        }
        serde_json::to_string(&lists).unwrap()
    }

    #[test]
    fn what_is_written_is_read_as_it_was() {
        let account = sample();
        let mut again = Account::default();
        again.add(&written(&account)).unwrap();
        let mut facets = 0;
        for (scope, facts) in account.scopes() {
            let read = again.facts(scope).unwrap_or_else(|| panic!("{scope} is lost"));
            for (facet, reading) in facts.iter() {
                facets += 1;
                assert_eq!(
                    read.reading(facet).map(|one| &one.outcome),
                    Some(&reading.outcome),
                    "{scope}: {facet:?}"
                );
            }
        }
        assert!(facets > 80, "{facets}");
    }

    #[test]
    fn a_policy_with_doubled_members_keeps_its_text() {
        let doubled = r#"{"Version":"2012-10-17","Statement":[],"Statement":[{"Effect":"Allow"}]}"#;
        assert_eq!(document(doubled), Json::String(doubled.to_owned()));
        assert!(document(r#"{"Version": "2012-10-17", "Statement": []}"#).is_object());
    }

    #[test]
    fn what_was_read_in_part_is_not_passed_off_as_all() {
        let function = "arn:aws:lambda:eu-west-1:111122223333:function:orders".parse().unwrap();
        let mut facts = Facts::default();
        let denied = Reason::AccessDenied {
            permission: "lambda:ListTags".to_owned(),
        };
        facts.insert_unreadable(jiff::Timestamp::UNIX_EPOCH, Facet::Tags, denied);
        facts.insert_unreadable(jiff::Timestamp::UNIX_EPOCH, Facet::Urls, Reason::NotRead);
        let (list, json) = entry(&Scope::Function(function), &facts).unwrap();
        assert_eq!(list, "Functions");
        assert_eq!(json["Unreadable"]["tags"]["permission"], "lambda:ListTags");
        assert!(json["Unreadable"].get("urls").is_none());
    }
}
