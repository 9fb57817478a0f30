//! Which texts stand inside a value? Base64 is decoded once, JSON is opened once, both within bounds.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;
use zeroize::Zeroizing;

/// Shorter base64 hides nothing that its own look would not show.
const MIN_ENCODED: usize = 16;
const MAX_ENCODED: usize = 8 * 1024;
const MAX_LEAVES: usize = 256;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// A text found inside a value, wiped like the value.
pub(super) struct Layer {
    /// The key under which a JSON text stood.
    pub(super) name: Option<Zeroizing<String>>,
    pub(super) text: Zeroizing<String>,
}

/// The texts inside `text`: its JSON leaves, or what its base64 says and the JSON leaves of that.
pub(super) fn inside(text: &str) -> Vec<Layer> {
    let Some(decoded) = decode(text) else {
        return leaves(text);
    };
    let mut layers = leaves(&decoded);
    layers.push(Layer {
        name: None,
        text: decoded,
    });
    layers
}

fn decode(text: &str) -> Option<Zeroizing<String>> {
    // With room for all of it the string never moves, so no unwiped copy stays behind.
    let mut compact = Zeroizing::new(String::with_capacity(text.len()));
    compact.extend(text.split_ascii_whitespace());
    let alphabet = if compact.contains(['-', '_']) {
        URL_SAFE
    } else {
        STANDARD
    };
    if !(MIN_ENCODED..=MAX_ENCODED).contains(&compact.len()) {
        return None;
    }
    let bytes = Zeroizing::new(
        GeneralPurpose::new(&alphabet, LENIENT)
            .decode(compact.as_bytes())
            .ok()?,
    );
    let decoded = std::str::from_utf8(&bytes).ok()?;
    let readable = decoded
        .chars()
        .all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'));
    readable.then(|| Zeroizing::new(decoded.to_owned()))
}

/// The text leaves of a JSON object or array. `serde_json` bounds the depth.
fn leaves(text: &str) -> Vec<Layer> {
    if !text.trim_start().starts_with(['{', '[']) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut open = vec![(None, serde_json::from_str::<Value>(text).unwrap_or(Value::Null))];
    while let Some((name, value)) = open.pop() {
        match value {
            Value::String(text) => found.push(Layer {
                name,
                text: Zeroizing::new(text),
            }),
            Value::Array(items) => open.extend(items.into_iter().map(|item| (name.clone(), item))),
            Value::Object(members) => {
                open.extend(members.into_iter().map(|(key, item)| (Some(Zeroizing::new(key)), item)));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    found.truncate(MAX_LEAVES);
    found
}

#[cfg(test)]
pub(super) fn encode(text: &str) -> String {
    GeneralPurpose::new(&STANDARD, LENIENT).encode(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(value: &str) -> Vec<(Option<String>, String)> {
        let pair = |layer: &Layer| (layer.name.as_ref().map(|name| name.to_string()), layer.text.to_string());
        let mut texts: Vec<_> = inside(value).iter().map(pair).collect();
        texts.sort();
        texts
    }

    #[test]
    fn json_leaves_carry_their_keys() {
        let found = texts(r#"{"a":{"b":["x","y"]},"n":1,"c":"z"}"#);
        let leaf = |key: &str, text: &str| (Some(key.to_owned()), text.to_owned());
        assert_eq!(found, [leaf("b", "x"), leaf("b", "y"), leaf("c", "z")]);
    }

    #[test]
    fn base64_is_opened_with_and_without_padding_and_line_breaks() {
        let json = r#"{"password":"hunter22"}"#;
        let encoded = encode(json);
        let broken = format!("{}\n{}", &encoded[..10], &encoded[10..]);
        for value in [encoded.as_str(), encoded.trim_end_matches('='), &broken] {
            assert!(texts(value).contains(&(Some("password".to_owned()), "hunter22".to_owned())));
        }
    }

    #[test]
    fn what_is_neither_has_nothing_inside() {
        for value in [
            "",
            "plain text of some length",
            "{broken",
            "aGVsbG8=",
            "////////////////////",
        ] {
            assert!(texts(value).is_empty(), "{value}");
        }
    }

    #[test]
    fn many_leaves_and_depth_are_bounded() {
        let wide = format!("[{}]", vec!["\"a\""; 2_000].join(","));
        assert_eq!(inside(&wide).len(), MAX_LEAVES);
        assert!(inside(&"[".repeat(5_000)).is_empty());
    }
}
