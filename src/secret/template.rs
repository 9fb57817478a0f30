//! How does an example in the source become a value? `{hex:32}` stands for 32 hex characters, made up at run time, so
//! that no scanner takes the repository's own examples for leaked credentials.

const ALPHABETS: &[(&str, &str)] = &[
    (
        "alnum",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    ),
    ("alpha", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
    (
        "b64",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    ),
    ("base32", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    ("bech32", "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"),
    ("colon", ":"),
    ("dash", "-"),
    ("digit", "0123456789"),
    ("hex", "0123456789abcdef"),
    ("lower", "abcdefghijklmnopqrstuvwxyz0123456789"),
    ("same", "a"),
    ("space", " "),
    ("upper", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
    (
        "urlsafe",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    ),
];

/// The template with every `{alphabet:count}` filled in; other braces stay.
pub(super) fn expand(template: &str) -> String {
    expand_with(template, 1)
}

/// As [`expand`], with other characters for another seed.
pub(super) fn expand_with(template: &str, seed: u64) -> String {
    let mut text = String::new();
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let filled = after
            .split_once('}')
            .and_then(|(hole, next)| Some((fill(hole, &mut state)?, next)));
        let (insert, next) = filled.unwrap_or_else(|| ("{".to_owned(), after));
        text.push_str(&insert);
        rest = next;
    }
    text + rest
}

fn fill(hole: &str, state: &mut u64) -> Option<String> {
    let (name, count) = hole.split_once(':')?;
    let alphabet = ALPHABETS.iter().find(|(known, _)| *known == name)?.1.as_bytes();
    let count: usize = count.parse().ok()?;
    let step = |state: &mut u64| {
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(*state >> 33).unwrap()
    };
    // The first two characters are a letter and a digit where the alphabet has both, as in nearly every real token.
    let filled = (0..count).map(|at| {
        char::from(
            alphabet[match at {
                0 => alphabet.len() / 2 + usize::from(alphabet.len() < 17) * (alphabet.len() / 4),
                1 => alphabet.len().saturating_sub(alphabet.len() / 10 + 1),
                _ => step(state) % alphabet.len(),
            }],
        )
    });
    Some(filled.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_filled_and_other_braces_stay() {
        let text = expand(r#"{"a":"{hex:8}-{dash:3}"}{nope:3}"#);
        assert_eq!(text.len(), r#"{"a":"12345678----"}{nope:3}"#.len());
        assert!(text.starts_with(r#"{"a":""#) && text.ends_with(r#"----"}{nope:3}"#));
        assert_ne!(expand_with("{alnum:20}", 1), expand_with("{alnum:20}", 2));
    }
}
