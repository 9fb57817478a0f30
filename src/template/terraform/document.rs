//! Which policy does an `aws_iam_policy_document` write that is read only while the plan is applied?

use super::super::evaluate::shown;
use super::super::value::Value;
use super::plan::Planned;

/// The document of a source of data that is read while the plan is applied: what is known of it, and what it refers to.
pub(super) fn document(data: &Planned) -> Value {
    let statements = match data.value("statement").items() {
        Err(why) => return Value::unknown(1, why),
        Ok(statements) => statements.iter().map(statement).collect(),
    };
    let others = ["source_policy_documents", "override_policy_documents"];
    if let Some(name) = others
        .iter()
        .find(|name| data.value(name).items().map_or(true, |all| !all.is_empty()))
    {
        return Value::unknown(
            1,
            format!("`{}` takes over other documents by `{name}`", shown(&data.address)),
        );
    }
    Value::map(
        1,
        [
            ("Version", Value::text(1, "2012-10-17")),
            ("Statement", Value::list(1, statements)),
        ],
    )
}

/// A statement of `aws_iam_policy_document`.
fn statement(said: &Value) -> Value {
    let effect = said.get("effect");
    let effect = if effect.is_nothing() {
        Value::text(1, "Allow")
    } else {
        effect.clone()
    };
    let list = |name: &str| match said.get(name).items() {
        Ok([]) => Value::nothing(),
        Ok(_) | Err(_) => said.get(name).clone(),
    };
    Value::map(
        1,
        [
            ("Sid", said.get("sid").clone()),
            ("Effect", effect),
            ("Principal", principals(said.get("principals"))),
            ("NotPrincipal", principals(said.get("not_principals"))),
            ("Action", list("actions")),
            ("NotAction", list("not_actions")),
            ("Resource", list("resources")),
            ("NotResource", list("not_resources")),
            ("Condition", conditions(said.get("condition"))),
        ],
    )
}

fn principals(said: &Value) -> Value {
    let blocks = match said.items() {
        Err(why) => return Value::unknown(1, why),
        Ok([]) => return Value::nothing(),
        Ok(blocks) => blocks,
    };
    let mut all: std::collections::BTreeMap<&str, Vec<Value>> = std::collections::BTreeMap::new();
    for block in blocks {
        let kind = match block.get("type").known().as_deref() {
            Some("AWS") => "AWS",
            Some("Service") => "Service",
            Some("Federated") => "Federated",
            Some("*") => return Value::text(1, "*"),
            Some(_) | None => return Value::unknown(1, "a principal's type is not known"),
        };
        let named = block.get("identifiers");
        let all = all.entry(kind).or_default();
        match named.items() {
            Ok(items) => all.extend(items.iter().cloned()),
            Err(_) => all.push(named.clone()),
        }
    }
    Value::map(1, all.into_iter().map(|(kind, names)| (kind, Value::list(1, names))))
}

fn conditions(said: &Value) -> Value {
    let blocks = match said.items() {
        Err(why) => return Value::unknown(1, why),
        Ok([]) => return Value::nothing(),
        Ok(blocks) => blocks,
    };
    let mut by_test: std::collections::BTreeMap<String, Vec<(String, Value)>> = std::collections::BTreeMap::new();
    for block in blocks {
        let (Some(test), Some(variable)) = (block.get("test").known(), block.get("variable").known()) else {
            return Value::unknown(1, "a condition is not known");
        };
        let keys = by_test.entry(test).or_default();
        if keys.iter().any(|(known, _)| *known == variable) {
            return Value::unknown(1, "a condition is said twice");
        }
        keys.push((variable, block.get("values").clone()));
    }
    let keys =
        |keys: &Vec<(String, Value)>| Value::map(1, keys.iter().map(|(key, values)| (key.as_str(), values.clone())));
    Value::map(1, by_test.iter().map(|(test, all)| (test.as_str(), keys(all))))
}
