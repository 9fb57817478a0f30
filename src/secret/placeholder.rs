//! Is a value a stand-in that nobody replaced?

use zeroize::Zeroizing;

/// Longer texts are not placeholders.
const MAX: usize = 128;

#[rustfmt::skip]
const EXACT: &[&str] = &[
    "change", "changeit", "changeme", "dummy", "empty", "example", "fixme", "foo", "foobar", "masked", "missing",
    "na", "nil", "none", "notset", "notused", "null", "placeholder", "redacted", "removed", "replace", "replaceme",
    "sample", "setme", "tbd", "todo", "undefined", "unset", "unused",
];

/// Parts that only a stand-in has, with separators taken out.
const PARTS: &[&str] = &[
    "changeme",
    "replaceme",
    "replacewith",
    "placeholder",
    "example",
    "insertyour",
    "putyour",
    "redacted",
];

/// Marks of a template that a deployment should have filled in.
const MARKS: &[(&str, &str)] = &[
    ("<", ">"),
    ("${", "}"),
    ("{{", "}}"),
    ("{", "}"),
    ("%", "%"),
    ("$(", ")"),
    ("#{", "}"),
    ("__", "__"),
    ("[", "]"),
];

/// Judges a value, or the secret part of one.
pub(super) fn is_placeholder(text: &str) -> bool {
    let text = text.trim_matches(['"', '\'', ' ']);
    text.len() <= MAX && (is_mark(text) || is_filler(text) || is_phrase(text))
}

fn is_mark(text: &str) -> bool {
    let wordy = |inner: &str| inner.chars().all(|c| c.is_alphanumeric() || "_-. :".contains(c));
    let inner = |(open, close): &(&str, &str)| {
        text.strip_prefix(open)
            .and_then(|rest| rest.strip_suffix(close))
            .is_some_and(wordy)
    };
    // A shell would have put in the value of `$DB_PASSWORD`; nothing did.
    let shell = text
        .strip_prefix('$')
        .is_some_and(|rest| rest.len() > 2 && rest.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'));
    let printf = text.starts_with('%') && text.len() <= 3;
    shell || printf || MARKS.iter().any(inner)
}

/// `xxxxxx`, `******`, `......`, `------`, also in groups.
fn is_filler(text: &str) -> bool {
    let mut chars = text
        .chars()
        .filter(|c| !matches!(c, '-' | '_' | ' '))
        .map(|c| c.to_ascii_lowercase());
    let Some(first) = chars.next() else {
        return !text.is_empty();
    };
    chars.all(|c| c == first) && (text.len() >= 3 || "x*.?".contains(first))
}

fn is_phrase(text: &str) -> bool {
    if text.contains("://") || text.contains(['{', '\n', '/']) && text.contains('"') {
        return false;
    }
    let mut bare = Zeroizing::new(String::with_capacity(text.len()));
    bare.extend(
        text.chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase()),
    );
    let yours = bare.starts_with("your") && (bare.ends_with("here") || text.contains(['-', '_', ' ']));
    EXACT.contains(&bare.as_str()) || yours || PARTS.iter().any(|part| bare.contains(part))
}

#[cfg(test)]
mod tests {
    use super::is_placeholder;

    #[test]
    fn stand_ins_are_known() {
        for text in [
            "changeme",
            "CHANGE_ME",
            "change-me",
            "<your-token>",
            "${DB_PASSWORD}",
            "%s",
            "$DB_PASSWORD",
            "{{ password }}",
            "xxxx",
            "xxxx-xxxx",
            "****",
            "your-api-key-here",
            "YOUR_API_KEY",
            "yourkeyhere",
            "example",
            "AKIAIOSFODNN7EXAMPLE",
            "none",
            "TODO",
            "%PASSWORD%",
            "__TOKEN__",
            "...",
            "REPLACE_WITH_KEY",
            "\"changeme\"",
            "<TOKEN>",
            "insert-your-key",
            "-",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn real_values_are_not() {
        for text in [
            "",
            "hunter2",
            "Passw0rd!",
            "https://api.example.com/v1",
            "password",
            "ab",
            "your",
            "{\"example\":1}",
            "eu-west-1",
        ] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
