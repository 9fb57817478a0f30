//! What does the text say, member by member? A JSON tree that keeps repeated members, so that they can be refused.

use super::PolicyError;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;

/// The longest policy text that is read, in bytes. A customer's policy is far below it; AWS's own `AWSSupportServiceRolePolicy` has
/// 152 thousand, and more when IAM's read calls percent-encode it.
const MAX_BYTES: usize = 512 * 1024;
/// The deepest nesting that is read; a policy needs six levels.
const MAX_DEPTH: usize = 64;

/// Objects of so few members are looked through pair by pair.
const FEW: usize = 12;

/// A JSON value whose objects keep every member in the order of the text, and its words where the text has them.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json<'t> {
    Null,
    Bool(bool),
    Number(String),
    Text(Cow<'t, str>),
    List(Vec<Json<'t>>),
    Object(Vec<Member<'t>>),
}

/// A member of an object: its name, and what it holds.
pub(super) type Member<'t> = (Cow<'t, str>, Json<'t>);

/// Policy text as it can be read: bounded, and percent-decoded when it is in the form that IAM's read calls answer with.
pub(super) fn plain(text: &str) -> Result<Cow<'_, str>, PolicyError> {
    if text.len() > MAX_BYTES {
        return Err(PolicyError::TooLarge { bytes: text.len() });
    }
    let trimmed = text.trim_start();
    Ok(if trimmed.starts_with('{') {
        Cow::Borrowed(trimmed)
    } else {
        Cow::Owned(percent_decode(trimmed)?)
    })
}

impl<'t> Json<'t> {
    /// A number that stands for the value; the order of members does not count (FNV-1a).
    pub(super) fn digest(&self) -> u32 {
        match self {
            Json::Null => mix([0, 0]),
            Json::Bool(value) => mix([1, u32::from(*value)]),
            Json::Number(text) => mix([2, digest_text(text)]),
            Json::Text(text) => mix([3, digest_text(text)]),
            Json::List(items) => items.iter().fold(4, |sum, item| mix([sum, item.digest()])),
            Json::Object(members) => members.iter().fold(5, |sum: u32, (name, value)| {
                sum.wrapping_add(mix([digest_text(name), value.digest()]))
            }),
        }
    }

    /// Reads plain text.
    pub(super) fn read(text: &'t str) -> Result<Self, PolicyError> {
        if is_too_deep(text) {
            return Err(PolicyError::TooDeep);
        }
        let json: Self = serde_json::from_str(text).map_err(|error| PolicyError::NotJson(error.to_string()))?;
        if json.has_repeated_members() {
            json.refuse_repeated_members("")?;
        }
        Ok(json)
    }

    fn has_repeated_members(&self) -> bool {
        match self {
            Json::Object(members) => repeats(members) || members.iter().any(|(_, value)| value.has_repeated_members()),
            Json::List(items) => items.iter().any(Json::has_repeated_members),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => false,
        }
    }

    /// Finds the place for the error.
    fn refuse_repeated_members(&self, pointer: &str) -> Result<(), PolicyError> {
        match self {
            Json::Object(members) => {
                let mut seen = std::collections::BTreeSet::new();
                for (name, value) in members {
                    let pointer = child(pointer, name);
                    if !seen.insert(name) {
                        return Err(PolicyError::Repeated { pointer });
                    }
                    value.refuse_repeated_members(&pointer)?;
                }
                Ok(())
            }
            Json::List(items) => items
                .iter()
                .enumerate()
                .try_for_each(|(index, item)| item.refuse_repeated_members(&child(pointer, &index.to_string()))),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => Ok(()),
        }
    }
}

fn repeats(members: &[Member<'_>]) -> bool {
    if members.len() <= FEW {
        let mut names = members.iter().map(|(name, _)| name).enumerate();
        return names.any(|(at, name)| members.iter().skip(at + 1).any(|(other, _)| other == name));
    }
    let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_ref()).collect();
    names.sort_unstable();
    names.windows(2).any(|pair| pair.first() == pair.last())
}

/// The JSON pointer (RFC 6901) of a member or item below `pointer`.
pub(super) fn child(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn percent_decode(text: &str) -> Result<String, PolicyError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let high = rest.next().and_then(hex_digit).ok_or(PolicyError::Encoding)?;
        let low = rest.next().and_then(hex_digit).ok_or(PolicyError::Encoding)?;
        bytes.push(high * 16 + low);
    }
    String::from_utf8(bytes).map_err(|_| PolicyError::Encoding)
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn digest_text(text: &str) -> u32 {
    fnv(text.bytes())
}

fn mix(parts: [u32; 2]) -> u32 {
    fnv(parts.into_iter().flat_map(u32::to_be_bytes))
}

fn fnv(bytes: impl Iterator<Item = u8>) -> u32 {
    bytes.fold(0x811c_9dc5, |sum: u32, byte| {
        (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// Looked at before parsing, so that recursion never sees hostile text. Most texts have fewer brackets than there may be
/// levels, and to count them takes a tenth of the time.
fn is_too_deep(text: &str) -> bool {
    let brackets = text.bytes().filter(|byte| matches!(byte, b'{' | b'['));
    brackets.count() > MAX_DEPTH && depth(text) > MAX_DEPTH
}

/// The nesting depth.
fn depth(text: &str) -> usize {
    let (mut now, mut deepest, mut in_text, mut escaped) = (0_usize, 0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                now += 1;
                deepest = deepest.max(now);
            }
            b'}' | b']' if !in_text => now = now.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json<'de>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Borrowed(value)))
    }

    /// Texts with escapes are not in the text as they are meant.
    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut object = Vec::new();
        while let Some((Name(name), value)) = members.next_entry()? {
            object.push((name, value));
        }
        Ok(Json::Object(object))
    }
}

/// The name of a member.
#[derive(Deserialize)]
#[serde(transparent)]
struct Name<'t>(#[serde(borrow)] Cow<'t, str>);
