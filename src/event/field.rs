//! How is a value found in a call's parameters, whose casing, lists and number types differ by service and by operation?

use serde_json::Value;

/// What absent members are read as.
pub(super) static NULL: Value = Value::Null;

/// A member by its name. Case does not count: CloudTrail lowers the first letter only, so `ARN` is `aRN` in one record and `arn` in another.
pub(super) fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let members = value.as_object()?;
    members
        .get(name)
        .or_else(|| {
            let mut similar = members.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
            similar.next().map(|(_, value)| value)
        })
        .filter(|value| !value.is_null())
}

/// All values at a dotted path, through lists in every spelling.
pub(super) fn reach<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    let start = spread(value);
    path.split('.').fold(start, |values, name| {
        let found = values.into_iter().filter_map(|value| member(value, name));
        found.flat_map(spread).collect()
    })
}

/// The texts at a dotted path.
pub(super) fn texts(value: &Value, path: &str) -> Vec<String> {
    reach(value, path).into_iter().filter_map(text).collect()
}

/// The first truth value at a dotted path; CloudTrail writes some as text.
pub(super) fn flag(value: &Value, path: &str) -> Option<bool> {
    reach(value, path).into_iter().find_map(|value| match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => text.parse().ok(),
        _ => None,
    })
}

/// A text, or a number as one: records that were XML hold account ids as integers.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(members) => match members.get("content") {
            Some(Value::String(content)) if !content.is_empty() => Some(content.clone()),
            Some(Value::Number(content)) => Some(content.to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// The elements of a list, which may be an array, `{items: […]}`, `{item: …}` or, where there is one element, the element itself.
fn spread(value: &Value) -> Vec<&Value> {
    let inner = value.get("items").or_else(|| value.get("item")).unwrap_or(value);
    match inner {
        Value::Array(list) => list.iter().collect(),
        one => vec![one],
    }
}

/// Steps into the one-member wrapper of EC2 calls that were XML: `{CreateNatGatewayRequest: {…}}`.
pub(super) fn unwrap<'a>(value: &'a Value, endings: &[&str]) -> &'a Value {
    let Some(members) = value.as_object().filter(|members| members.len() == 1) else {
        return value;
    };
    let mut wrapped = members.iter().filter(|(name, inner)| {
        let wrapper = endings.iter().any(|ending| name.ends_with(ending));
        wrapper && inner.is_object()
    });
    wrapped.next().map_or(value, |(_, inner)| inner)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_of_one_is_read_like_a_list() {
        for value in [
            json!({"Id": {"tag": 1, "content": "a"}}),
            json!({"Id": [{"tag": 1, "content": "a"}]}),
            json!({"id": {"item": "a"}}),
            json!({"ID": {"items": ["a"]}}),
            json!({"id": "a"}),
            json!({"id": ["a"]}),
        ] {
            assert_eq!(texts(&value, "id"), ["a"], "{value}");
        }
        assert_eq!(
            texts(&json!({"set": {"items": [{"id": 1}, {"id": "b"}]}}), "set.id"),
            ["1", "b"]
        );
    }

    #[test]
    fn what_is_empty_is_absent() {
        for value in [
            json!(null),
            json!({}),
            json!({"id": ""}),
            json!({"id": null}),
            json!({"id": {}}),
            json!([]),
        ] {
            assert!(texts(&value, "id").is_empty(), "{value}");
        }
    }

    #[test]
    fn a_flag_may_be_written_as_text() {
        assert_eq!(flag(&json!({"setAsDefault": "true"}), "setAsDefault"), Some(true));
        assert_eq!(flag(&json!({"setAsDefault": false}), "setasdefault"), Some(false));
        assert_eq!(flag(&json!({"setAsDefault": 3}), "setAsDefault"), None);
    }

    #[test]
    fn only_a_lone_wrapper_is_stepped_into() {
        let endings = ["Request", "Req"];
        assert_eq!(
            unwrap(&json!({"DelTGwVpcAttachReq": {"a": 1}}), &endings),
            &json!({"a": 1})
        );
        let two = json!({"aRequest": {}, "b": 1});
        assert_eq!(unwrap(&two, &endings), &two);
    }
}
