//! Which parts of a text are words that somebody chose? Not dates, Regions, escapes, policy variables and what belongs to AWS.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::vocabulary::is_kind;
use crate::facts::layers;

/// A run of letters and digits.
pub(super) struct Word<'t> {
    pub(super) text: &'t str,
    /// A wildcard stands before it.
    pub(super) opens: bool,
    /// A wildcard stands behind it.
    pub(super) goes_on: bool,
}

/// What is no name, though it has letters. A policy variable is kept up to its default value, which somebody chose.
const KEPT: [&str; 6] = [
    r"\$\{[^{},]*",
    r#"arn:[a-z-]+:[a-z0-9-]*:[a-z0-9-]*:aws:[^\s"',()]*"#,
    r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?",
    r"(?:af|ap|ca|cn|eu|il|me|mx|sa|us)-(?:gov-|iso[a-z]?-)?(?:north|south|east|west|central|northeast|southeast|northwest|southwest)-\d[a-z]?\b",
    r"CVE-\d{4}-\d+|GHSA(?:-[a-z0-9]{4}){3}",
    r"%[0-9A-Fa-f]{2}",
];

/// Layers of accounts from which AWS publishes some are known by these.
const LAYER: &str = r#"arn:[a-z-]+:lambda:[a-z0-9-]*:(\d{12}):layer:[^\s"',()]*"#;

static SPANS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(&KEPT.join("|")).ok());
static LAYERS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(LAYER).ok());

/// The service of an ARN, and its resource.
const ARN: &str = r#"arn:[a-z*-]+:([a-z0-9-]+):[^:\s"',()]*:[^:\s"',()]*:([^\s"',()]+)"#;

static ARNS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(ARN).ok());

/// What kinds of resources are called in ARNs, such as `task-definition`, is AWS's choice.
fn kinds(text: &str) -> Vec<Range<usize>> {
    let mut kinds = Vec::new();
    for arn in ARNS.iter().flat_map(|arns| arns.captures_iter(text)) {
        let (Some(service), Some(resource)) = (arn.get(1), arn.get(2)) else {
            continue;
        };
        let mut start = resource.start();
        for segment in resource.as_str().split(['/', ':']) {
            if is_kind(service.as_str(), segment) {
                kinds.push(start..start + segment.len());
            }
            start += segment.len() + 1;
        }
    }
    kinds
}

/// The parts that are kept, in their order.
fn kept(text: &str) -> Vec<Range<usize>> {
    let layers = LAYERS.iter().flat_map(|layers| layers.captures_iter(text));
    let of_aws = layers.filter_map(|layer| {
        let account = layer.get(1)?;
        layers::published_by_aws(account.as_str()).and_then(|_| layer.get(0))
    });
    let spans = SPANS.iter().flat_map(|spans| spans.find_iter(text));
    // A variable ends somewhere; what follows one that does not is no part of it.
    let spans = spans.filter(|span| !(span.as_str().starts_with("${") && names_somebody(span.as_str())));
    let whole = of_aws.chain(spans).map(|span| span.range());
    let mut kept: Vec<Range<usize>> = whole.chain(kinds(text)).collect();
    kept.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    kept
}

/// Shows every word.
pub(super) fn words(text: &str, show: &mut dyn FnMut(&Word<'_>)) {
    drop(rewritten(text, &mut |word| {
        show(word);
        String::new()
    }));
}

/// The text with other words.
pub(super) fn rewritten(text: &str, word: &mut dyn FnMut(&Word<'_>) -> String) -> String {
    let mut written = String::with_capacity(text.len());
    let mut done = 0;
    for span in kept(text) {
        if span.start >= done {
            runs(text, done..span.start, &mut written, word);
            written.push_str(text.get(span.clone()).unwrap_or_default());
            done = span.end;
        }
    }
    runs(text, done..text.len(), &mut written, word);
    written
}

/// The words of a part of a text.
fn runs(text: &str, range: Range<usize>, written: &mut String, word: &mut dyn FnMut(&Word<'_>) -> String) {
    let is_wild = |letter: Option<char>| letter.is_some_and(|letter| matches!(letter, '*' | '?'));
    let (mut at, end) = (range.start, range.end);
    while let Some(rest) = text.get(at..end).filter(|rest| !rest.is_empty()) {
        let start = rest.find(char::is_alphanumeric).unwrap_or(rest.len());
        let (between, rest) = rest.split_at(start);
        written.push_str(between);
        let length = rest
            .find(|letter: char| !letter.is_alphanumeric())
            .unwrap_or(rest.len());
        let (run, after) = (at + start, at + start + length);
        if length > 0 {
            let text_of = text.get(run..after).unwrap_or_default();
            written.push_str(&word(&Word {
                text: text_of,
                opens: is_wild(text.get(..run).and_then(|before| before.chars().next_back())),
                goes_on: is_wild(text.get(after..).and_then(|behind| behind.chars().next())),
            }));
        }
        at = after;
    }
}

/// An ARN or an account id, whatever the member is that it stands in.
pub(super) fn names_somebody(text: &str) -> bool {
    let mut digits = 0;
    let has_account = text.bytes().any(|byte| {
        digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
        digits == 12
    });
    has_account || text.contains("arn:")
}

/// `AllowOldDeployer` in its parts.
pub(super) fn humps(word: &str) -> Vec<&str> {
    let mut cuts = vec![0];
    let mut before = None;
    for (offset, letter) in word.char_indices() {
        let begins = letter.is_uppercase() && before.is_some_and(|before: char| !before.is_uppercase());
        if begins {
            cuts.push(offset);
        }
        before = Some(letter);
    }
    cuts.push(word.len());
    let ranges = cuts.iter().zip(cuts.iter().skip(1));
    ranges.filter_map(|(start, end)| word.get(*start..*end)).collect()
}

/// What a percent-encoded text says.
pub(super) fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        if let (b'%', [high, low, after @ ..]) = (first, behind) {
            let digit = |byte: &u8| {
                char::from(*byte)
                    .to_digit(16)
                    .and_then(|digit| u8::try_from(digit).ok())
            };
            bytes.push(digit(high)? * 16 + digit(low)?);
            rest = after;
        } else {
            bytes.push(*first);
            rest = behind;
        }
    }
    String::from_utf8(bytes).ok()
}

/// As IAM writes documents in the records of calls (RFC 3986).
pub(super) fn escaped(text: &str) -> String {
    let escaped = text.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    });
    escaped.collect()
}
