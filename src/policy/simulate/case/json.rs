//! Where in a text do its cases stand, and what does each say? JSON that names the place of a mistake.

use super::CaseError;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_path_to_error::{Path, Segment};
use std::fmt;

/// Reads one JSON text; nesting is bounded by the parser.
pub(super) fn read(text: &str) -> Result<Unrepeated, CaseError> {
    let mut parser = serde_json::Deserializer::from_str(text);
    let value: Unrepeated = serde_path_to_error::deserialize(&mut parser)
        .map_err(|error| CaseError::new(pointer(error.path()), error.inner().to_string()))?;
    parser.end().map_err(|error| CaseError::new("", error.to_string()))?;
    Ok(value)
}

/// The JSON pointer (RFC 6901) of a path.
pub(super) fn pointer(path: &Path) -> String {
    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => child(&pointer, &index.to_string()),
        Segment::Map { key } => child(&pointer, key),
        Segment::Enum { variant } => child(&pointer, variant),
        Segment::Unknown => pointer,
    })
}

/// The pointer of a member or item below `pointer`.
pub(super) fn child(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// The texts of an array's items, each to be read on its own, so that a mistake in one does not hide the others.
/// `None` for a text that is no array, or one that does not end.
pub fn items(text: &str) -> Option<Vec<&str>> {
    let inner = text.trim().strip_prefix('[')?;
    let (mut items, mut start, mut depth, mut in_text, mut is_escaped) = (vec![], 0, 0_usize, false, false);
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_text => is_escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'{' | b'[' => depth += 1,
            b',' if depth == 0 => {
                items.push(inner.get(start..at)?);
                start = at + 1;
            }
            b']' if depth == 0 => {
                let last = inner.get(start..at)?;
                items.extend((!items.is_empty() || !last.trim().is_empty()).then_some(last));
                return inner.get(at + 1..)?.trim().is_empty().then_some(items);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// A JSON value in which no member occurs twice: which of the two would count depends on the reader.
#[derive(Debug)]
pub(super) struct Unrepeated(pub(super) Value);

impl<'de> Deserialize<'de> for Unrepeated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UnrepeatedVisitor).map(Unrepeated)
    }
}

struct UnrepeatedVisitor;

impl<'de> Visitor<'de> for UnrepeatedVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Unrepeated(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, Unrepeated(value))) = members.next_entry::<String, _>()? {
            if object.insert(name.clone(), value).is_some() {
                return Err(A::Error::custom(format_args!("member `{name}` occurs twice: keep one")));
            }
        }
        Ok(Value::Object(object))
    }
}
