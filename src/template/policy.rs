//! What does a policy say of which parts are not known? What is known of it is said as it is; the rest is widened to all that it could be,
//! with an element that the policy engine cannot decide. So nothing is proved by it, and nothing is called fine for it.

use serde_json::{Map, Value as Json, json};

use super::value::{Kind, Member, Value, Why};

/// Elements that list what a statement is about.
const LISTS: [&str; 6] = [
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
];
/// Stands for a service that is not known.
const SOME_SERVICE: &str = "some-service.amazonaws.com";

/// Whether a policy's statements name who is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Of a resource, or a trust policy.
    Resource,
    /// Of a role.
    Identity,
}

/// A policy that may not be there, or not be like this.
pub(super) type Doubt<'d> = Option<&'d Why>;

/// The document as it can be judged.
pub(super) fn document(value: &Value, side: Side, doubt: Doubt<'_>) -> Json {
    if let Kind::Text(text) = &value.kind {
        return match serde_json::from_str::<Json>(text) {
            Ok(json) if json.is_object() => document(&Value::of_json(value.line, &json), side, doubt),
            Ok(_) | Err(_) => Json::String(text.clone()),
        };
    }
    if let (Ok(json), None) = (value.json(), doubt) {
        return json;
    }
    let statements = match &value.kind {
        Kind::Unknown(why) | Kind::Partial(_, why) => vec![anything(side, why)],
        _ => statements(value.get("Statement"), side, doubt),
    };
    let version = value.get("Version").known().unwrap_or_else(|| "2012-10-17".to_owned());
    json!({"Version": version, "Statement": statements})
}

/// A statement that may grant anything.
pub(super) fn anything(side: Side, why: &Why) -> Json {
    let mut statement = Map::new();
    statement.insert("Effect".to_owned(), "Allow".into());
    statement.insert("Action".to_owned(), "*".into());
    statement.insert("Resource".to_owned(), "*".into());
    if side == Side::Resource {
        statement.insert("Principal".to_owned(), anyone());
    }
    statement.insert(unknown(why), true.into());
    Json::Object(statement)
}

/// The name of an element that no policy has, which says what is not known.
fn unknown(why: &Why) -> String {
    why.replace('`', "")
}

fn anyone() -> Json {
    json!({"AWS": "*", "Service": SOME_SERVICE})
}

fn statements(value: &Value, side: Side, doubt: Doubt<'_>) -> Vec<Json> {
    match value.items() {
        Err(why) => vec![anything(side, &why)],
        Ok(items) => items.iter().flat_map(|item| statement(item, side, doubt)).collect(),
    }
}

/// A statement: as it is where all is known, else what is known of it and what may be.
pub(super) fn statement(value: &Value, side: Side, doubt: Doubt<'_>) -> Vec<Json> {
    if let (Ok(json), None) = (value.json(), doubt) {
        return vec![json];
    }
    let members = match value.members() {
        Ok(members) => members,
        Err(why) => return vec![anything(side, &why)],
    };
    let why = doubt
        .cloned()
        .or_else(|| value.gap())
        .unwrap_or_else(|| "it is not known".into());
    let mut all = Vec::new();
    if doubt.is_none() {
        all.extend(known_part(members));
    }
    let is_split = !all.is_empty();
    for effect in effects(value) {
        all.push(open_part(members, (&effect, is_split), &why));
    }
    all
}

/// An effect that is not known may be either.
fn effects(value: &Value) -> Vec<String> {
    match value.get("Effect").word() {
        Ok(Some(effect)) => vec![effect],
        Ok(None) => Vec::new(),
        Err(_) => vec!["Allow".to_owned(), "Deny".to_owned()],
    }
}

/// The statement without the items that are not known; nothing if it would then say something else.
fn known_part(members: &[Member]) -> Option<Json> {
    let mut statement = Map::new();
    for member in members {
        let json = match member.value.json() {
            Ok(json) => json,
            Err(_) if member.name == "Sid" => continue,
            Err(_) if matches!(member.name.as_str(), "Action" | "Resource") => known_items(&member.value)?,
            Err(_) if member.name == "Principal" => known_principals(&member.value)?,
            Err(_) => return None,
        };
        statement.insert(member.name.clone(), json);
    }
    Some(Json::Object(statement))
}

fn known_items(value: &Value) -> Option<Json> {
    let Kind::List(items) = &value.kind else { return None };
    let known: Vec<Json> = items.iter().filter_map(|item| item.json().ok()).collect();
    (!known.is_empty()).then_some(Json::Array(known))
}

fn known_principals(value: &Value) -> Option<Json> {
    let members = value.members().ok()?;
    let known = members.iter().filter_map(|member| {
        let known = member.value.json().ok().or_else(|| known_items(&member.value))?;
        Some((member.name.clone(), known))
    });
    let known: Map<String, Json> = known.collect();
    (!known.is_empty()).then_some(Json::Object(known))
}

/// All that the statement may say, with something that nobody can decide.
fn open_part(members: &[Member], (effect, is_split): (&str, bool), why: &Why) -> Json {
    let mut statement = Map::new();
    statement.insert("Effect".to_owned(), effect.into());
    for member in members {
        let (name, value) = (member.name.as_str(), &member.value);
        let json = match name {
            "Effect" => continue,
            "Sid" => match value.known() {
                Some(sid) if is_split => Json::String(format!("{sid} in part")),
                Some(sid) => Json::String(sid),
                None => continue,
            },
            "Condition" => conditions(value),
            _ if LISTS.contains(&name) => {
                let (name, json) = widened(name, value);
                statement.insert(name.to_owned(), json);
                continue;
            }
            _ => continue,
        };
        statement.insert(name.to_owned(), json);
    }
    statement.insert(unknown(why), true.into());
    Json::Object(statement)
}

/// The conditions that are known: fewer demands let more through.
fn conditions(value: &Value) -> Json {
    let mut all = Map::new();
    for operator in value.members().unwrap_or_default() {
        let keys = operator.value.members().unwrap_or_default().iter();
        let known = keys.filter_map(|key| Some((key.name.clone(), key.value.json().ok()?)));
        let known: Map<String, Json> = known.collect();
        if !known.is_empty() {
            all.insert(operator.name.clone(), Json::Object(known));
        }
    }
    Json::Object(all)
}

/// An element that covers whatever its gaps may turn out to be; what excludes something unknown excludes nothing.
fn widened<'n>(name: &'n str, value: &Value) -> (&'n str, Json) {
    match name {
        "Principal" => (name, widened_principals(value)),
        "NotPrincipal" => value
            .json()
            .map_or_else(|_| ("Principal", anyone()), |json| (name, json)),
        "NotAction" | "NotResource" => {
            let only = name.trim_start_matches("Not");
            value.json().map_or_else(|_| (only, "*".into()), |json| (name, json))
        }
        _ => (name, globs(value)),
    }
}

fn globs(value: &Value) -> Json {
    match value.items() {
        Err(_) => "*".into(),
        Ok(items) => Json::Array(items.iter().map(|item| Json::String(glob(item))).collect()),
    }
}

/// The text with a wildcard in each gap.
fn glob(value: &Value) -> String {
    match &value.kind {
        Kind::Partial(parts, _) => parts.iter().map(|part| part.as_deref().unwrap_or("*")).collect(),
        _ => value.known().unwrap_or_else(|| "*".to_owned()),
    }
}

fn widened_principals(value: &Value) -> Json {
    let Ok(members) = value.members() else {
        return value.json().unwrap_or_else(|_| anyone());
    };
    let widened = members.iter().map(|member| {
        let items = member.value.items().unwrap_or(&[]);
        let names = items
            .iter()
            .map(|item| item.known().unwrap_or_else(|| any_of(&member.name).to_owned()));
        let mut names: Vec<String> = names.collect();
        if names.is_empty() {
            names.push(any_of(&member.name).to_owned());
        }
        (member.name.clone(), Json::from(names))
    });
    Json::Object(widened.collect())
}

fn any_of(kind: &str) -> &'static str {
    if kind == "Service" { SOME_SERVICE } else { "*" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    fn why() -> Why {
        "the parameter `X` has no value".into()
    }

    fn allow(resource: Value) -> Value {
        Value::map(
            1,
            [
                ("Sid", Value::text(1, "Read")),
                ("Effect", Value::text(1, "Allow")),
                ("Action", Value::text(1, "s3:GetObject")),
                ("Resource", resource),
            ],
        )
    }

    #[test]
    fn what_is_known_is_said_as_it_is() {
        let known = allow(Value::text(1, "arn:aws:s3:::a/*"));
        assert_eq!(statement(&known, Side::Identity, None), [known.json().unwrap()]);
    }

    #[test]
    fn a_list_is_split_into_what_is_known_and_what_may_be() {
        let gap = Value::new(1, Kind::Partial(vec![Some("arn:aws:s3:::".into()), None], why()));
        let list = Value::list(1, vec![Value::text(1, "arn:aws:s3:::a/*"), gap]);
        let all = statement(&allow(list), Side::Identity, None);
        assert_eq!(all[0]["Resource"], json!(["arn:aws:s3:::a/*"]));
        assert_eq!(all[1]["Resource"], json!(["arn:aws:s3:::a/*", "arn:aws:s3:::*"]));
        assert_eq!(all[1]["Sid"], "Read in part");
        assert_eq!(all[1]["the parameter X has no value"], true);
    }

    #[test]
    fn an_effect_that_is_not_known_may_be_either() {
        let value = Value::map(
            1,
            [
                ("Effect", Value::unknown(1, why())),
                ("Action", Value::text(1, "*")),
                ("Resource", Value::text(1, "*")),
            ],
        );
        let all = statement(&value, Side::Identity, None);
        let effects: Vec<&Json> = all.iter().map(|one| &one["Effect"]).collect();
        assert_eq!(effects, ["Allow", "Deny"]);
    }

    #[test]
    fn what_excludes_something_unknown_excludes_nothing() {
        let value = Value::map(
            1,
            [
                ("Effect", Value::text(1, "Allow")),
                ("NotAction", Value::unknown(1, why())),
                ("NotPrincipal", Value::unknown(1, why())),
            ],
        );
        let one = &statement(&value, Side::Resource, None)[0];
        assert_eq!((&one["Action"], &one["Principal"]), (&json!("*"), &anyone()));
    }

    #[test]
    fn every_form_is_a_policy_to_the_engine() {
        let gap = || Value::unknown(1, why());
        for value in [
            gap(),
            Value::map(1, [("Statement", gap())]),
            Value::map(1, [("Statement", allow(gap()))]),
        ] {
            for side in [Side::Resource, Side::Identity] {
                let text = document(&value, side, Some(&why())).to_string();
                let policy = Policy::parse(&text).unwrap();
                assert!(policy.statements().iter().all(|one| one.unknown.len() == 1), "{text}");
            }
        }
    }

    #[test]
    fn a_text_is_read_and_one_that_is_none_is_left_to_the_engine() {
        let text = Value::text(1, r#"{"Version":"2012-10-17","Statement":[]}"#);
        assert_eq!(document(&text, Side::Identity, None)["Statement"], json!([]));
        assert_eq!(document(&Value::text(1, "no"), Side::Identity, None), json!("no"));
    }
}
