//! Does a text look random, made by a person, or like a name, a path or a switch?

use std::collections::BTreeMap;

/// Longer words are not words.
const WORD: usize = 20;
/// Digits that a word may carry at its end, as in `db01`.
const WORD_DIGITS: usize = 3;
/// A text counts as a run when this share of its steps is the same character or the next one.
const RUN_SHARE: (usize, usize) = (3, 4);

#[rustfmt::skip]
const SWITCHES: &[&str] = &[
    "true", "false", "yes", "no", "on", "off", "enabled", "disabled", "enable", "disable", "required", "optional",
    "auto", "default", "iam", "plain", "basic", "bearer", "header", "cookie", "query", "body", "env", "ssm", "vault",
    "kms", "secretsmanager",
];

/// Shannon entropy in bits per character.
pub(super) fn entropy(text: &str) -> f64 {
    let mut counts = BTreeMap::<char, u32>::new();
    for c in text.chars() {
        let count = counts.entry(c).or_default();
        *count = count.saturating_add(1);
    }
    let total = f64::from(counts.values().fold(0, |sum: u32, count| sum.saturating_add(*count)));
    counts
        .values()
        .map(|&count| f64::from(count) / total)
        .map(|share| -share * share.log2())
        .sum()
}

/// Typed by holding a key or counting: `aaaa`, `12345678`, `abcdefgh`.
pub(super) fn is_run(text: &str) -> bool {
    let steps = text.len().saturating_sub(1);
    let even = text
        .bytes()
        .zip(text.bytes().skip(1))
        .filter(|&(a, b)| b == a || b == a.wrapping_add(1))
        .count();
    steps > 2 && even * RUN_SHARE.1 >= steps * RUN_SHARE.0
}

/// Words, one or several, as people name things: `prod-db-credentials`, `my.app/v2`.
pub(super) fn is_wordy(text: &str) -> bool {
    !text.is_empty() && text.split(is_separator).all(is_word)
}

/// Several words.
pub(super) fn is_name(text: &str) -> bool {
    text.contains(is_separator) && is_wordy(text.trim_start_matches('/'))
}

fn is_separator(c: char) -> bool {
    matches!(c, '-' | '_' | '/' | '.' | ':' | ' ')
}

/// Letters with a small number behind them, or a small number.
fn is_word(text: &str) -> bool {
    let letters = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = text.len().saturating_sub(letters.len());
    let humps = letters
        .chars()
        .zip(letters.chars().skip(1))
        .filter(|(a, b)| a.is_lowercase() && b.is_uppercase())
        .count();
    let plain = letters.chars().all(char::is_alphabetic) && humps <= 3;
    plain && text.len() <= WORD && digits <= if letters.is_empty() { 4 } else { WORD_DIGITS }
}

/// A path in a file system or a parameter hierarchy.
pub(super) fn is_path(text: &str) -> bool {
    let rooted = ["/", "./", "../", "~/"].iter().any(|root| text.starts_with(root));
    let drive = text.get(1..3).is_some_and(|colon| colon == ":\\" || colon == ":/");
    let clean = !text.contains(['+', '=', ' ', '@', '"']);
    (rooted || drive)
        && clean
        && text
            .split(['/', '\\'])
            .all(|part| part.len() <= 64 && !looks_random(part))
}

/// Begins with a scheme, as `https://…` does.
pub(super) fn is_url(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| {
        !scheme.is_empty()
            && scheme.len() <= 32
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.:".contains(c))
    })
}

/// A setting that chooses, not a value that opens anything.
pub(super) fn is_switch(text: &str) -> bool {
    SWITCHES.iter().any(|switch| text.eq_ignore_ascii_case(switch))
}

/// A key or token as a machine makes it.
pub(super) fn looks_random(text: &str) -> bool {
    let has = |class: fn(&char) -> bool| text.chars().any(|c| class(&c));
    let mixed = has(char::is_ascii_digit) && has(char::is_ascii_alphabetic);
    let cases = has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase);
    let clean = text.chars().all(|c| c.is_ascii_graphic());
    let floor = if mixed { 2.8 } else { 3.6 };
    clean && text.len() >= 10 && (mixed || (cases && text.len() >= 20)) && entropy(text) >= floor && !is_wordy(text)
}

/// A password as people choose them; anything goes that is not plainly something else.
pub(super) fn looks_chosen(text: &str) -> bool {
    let length = text.chars().count();
    let structured = text.starts_with(['{', '[', '<']) || text.contains('\n');
    (4..=256).contains(&length) && !structured && !is_switch(text) && !is_path(text) && !is_url(text)
}

/// `a@b.example`, a mail address.
pub(super) fn is_address(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(user, host)| is_wordy(user) && host.contains('.') && is_wordy(host))
}

#[cfg(test)]
mod tests {
    use super::super::template::expand;
    use super::*;

    #[test]
    fn entropy_counts_bits_per_character() {
        assert!(entropy("").abs() < f64::EPSILON);
        assert!(entropy("aaaa").abs() < f64::EPSILON);
        assert!((entropy("abab") - 1.0).abs() < 1e-9);
        assert!(entropy(&expand("{alnum:40}")) > 4.0);
    }

    #[test]
    fn runs_are_seen() {
        for run in ["aaaaaaaa", "12345678", "abcdefgh", "0000000012345678"] {
            assert!(is_run(run), "{run}");
        }
        for text in ["hunter2", "aab", "", &expand("{hex:32}")] {
            assert!(!is_run(text), "{text}");
        }
    }

    #[test]
    fn names_are_words_with_separators() {
        for name in [
            "prod-db-credentials",
            "/prod/db/password",
            "my.app/v2",
            "orders_table_01",
        ] {
            assert!(is_name(name), "{name}");
        }
        for text in [
            "",
            "secret",
            &expand("a-{alnum:24}"),
            "550e8400-e29b-41d4-a716-446655440000",
        ] {
            assert!(!is_name(text), "{text}");
        }
    }

    #[test]
    fn paths_and_urls_are_told_apart_from_keys() {
        assert!(is_path("/var/task/keys/public.pem") && is_path("./a") && is_path("C:\\keys"));
        assert!(!is_path(&expand("/{b64:39}")));
        assert!(is_url("https://example.com") && is_url("jdbc:mysql://db") && !is_url("://x"));
    }

    #[test]
    fn random_and_chosen_texts() {
        for template in [
            "{hex:32}",
            "{alnum:24}",
            "{b64:40}",
            "550e8400-e29b-41d4-a716-446655440000",
            "ab12cd34ef",
        ] {
            assert!(looks_random(&expand(template)), "{template}");
        }
        for text in ["orders", "my-token", "1234567890", "true", "", "us-east-1"] {
            assert!(!looks_random(text), "{text}");
        }
        assert!(looks_chosen("hunter2") && looks_chosen("correct horse battery"));
        assert!(!looks_chosen("true") && !looks_chosen("/var/task") && !looks_chosen("abc"));
    }
}
