//! Which kinds of credential are known? One table; each entry says how it is found and where its format is published.

mod ai;
mod cloud;
mod code;
mod data;
mod keys;
mod messaging;
mod named;
mod payment;
mod platform;
mod telemetry;

use std::collections::BTreeSet;
use std::sync::{LazyLock, OnceLock};

use aho_corasick::AhoCorasick;
use regex::bytes::{Captures, Match, Regex, RegexBuilder};
use zeroize::Zeroizing;

use super::name::Name;
use super::{Confidence, placeholder, shape};

pub(super) use named::CHOSEN_SECRETS;

/// Matches of one pattern that are looked at in one value.
const MAX_MATCHES: usize = 16;

/// One kind of credential.
pub struct Detector {
    /// Kebab-case, never changes.
    pub id: &'static str,
    /// What it is, for people.
    pub title: &'static str,
    /// The page that publishes the format or says how the credential is used.
    pub source: &'static str,
    /// How sure a match is.
    pub confidence: Confidence,
    /// One of these, in any case, stands in every value that the pattern matches; empty: the name decides.
    pub keywords: &'static [&'static str],
    /// What the variable's name must say.
    pub name: NameHint,
    /// How the value looks; the first group that takes part, or else the whole match, is the secret.
    pub pattern: &'static str,
    /// What the secret itself must look like.
    pub shape: Shape,
    /// Templates of `NAME=value` that are this credential; `{hex:8}` stands for 8 made-up hex characters.
    pub examples: &'static [&'static str],
    /// Templates that nearly are.
    pub counter_examples: &'static [&'static str],
}

/// What a detector asks of the variable's name.
#[derive(Debug, Clone, Copy)]
pub enum NameHint {
    /// Nothing: the value speaks for itself.
    Any,
    /// One of these begins a word of the name.
    Mentions(&'static [&'static str]),
    /// One of these names what the variable holds; a later word such as `_ARN` or `_LENGTH` takes it back.
    Holds(&'static [&'static str]),
}

/// What a detector asks of the secret, beyond its pattern and not being a placeholder.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// At least so many bits of entropy per character, and no run such as `aaaa` or `1234`.
    Entropy(f64),
    /// Nothing but not being a placeholder: the surroundings prove that it is a password.
    Given,
    /// Made by a machine: mixed characters that are not words.
    Random,
    /// Made by a person: anything that is not a switch, path or URL.
    Chosen,
}

impl NameHint {
    /// The words without one of which a name is not admitted; none where every name is.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Any => &[],
            Self::Mentions(words) | Self::Holds(words) => words,
        }
    }

    fn admits(self, name: &Name) -> bool {
        match self {
            Self::Any => true,
            Self::Mentions(hints) => name.mentions(hints),
            Self::Holds(phrases) => name.holds(phrases),
        }
    }
}

impl Shape {
    fn fits(self, secret: &str) -> bool {
        !placeholder::is_placeholder(secret)
            && match self {
                Self::Entropy(floor) => shape::entropy(secret) >= floor && !shape::is_run(secret),
                Self::Given => true,
                Self::Random => {
                    shape::looks_random(secret)
                        && !shape::is_run(secret)
                        && !shape::is_url(secret)
                        && !shape::is_address(secret)
                }
                Self::Chosen => shape::looks_chosen(secret),
            }
    }
}

/// Every detector; where several recognise a value, the first certain one names it, else the first.
pub fn detectors() -> impl Iterator<Item = &'static Detector> {
    TABLES.iter().copied().flatten()
}

/// Formats before names, narrow names before wide ones.
static TABLES: &[&[Detector]] = &[
    cloud::TABLE,
    code::TABLE,
    messaging::TABLE,
    payment::TABLE,
    ai::TABLE,
    platform::TABLE,
    telemetry::TABLE,
    keys::TABLE,
    data::TABLE,
    named::TABLE,
];

/// The detector that names what `text` is.
pub(super) fn find(name: &Name, text: &str) -> Option<&'static Detector> {
    let spaced = with_plain_spaces(text);
    let text = spaced.as_deref().map_or(text, String::as_str);
    let mentioned = Words::places(KEYWORDS.as_ref(), text);
    let hinted = Words::places(HINTS.as_ref(), name.joined());
    let mut likely = None;
    for (at, detector) in detectors().enumerate() {
        let called = detector.keywords.is_empty() || mentioned.contains(&at);
        let may_be = || detector.name.words().is_empty() || hinted.contains(&at);
        if !called || !may_be() || !detector.name.admits(name) || !is_recognised(at, detector, text) {
            continue;
        }
        match detector.confidence {
            Confidence::Certain => return Some(detector),
            Confidence::Likely => likely = likely.or(Some(detector)),
        }
    }
    likely
}

/// The text with a space for each white space that is not ASCII, if it has any: the expressions know no other.
fn with_plain_spaces(text: &str) -> Option<Zeroizing<String>> {
    let is_foreign = |letter: char| !letter.is_ascii() && letter.is_whitespace();
    if text.is_ascii() || !text.contains(is_foreign) {
        return None;
    }
    let mut spaced = Zeroizing::new(String::with_capacity(text.len()));
    let letters = text.chars();
    letters.for_each(|letter| spaced.push(if is_foreign(letter) { ' ' } else { letter }));
    Some(spaced)
}

fn is_recognised(at: usize, detector: &Detector, text: &str) -> bool {
    // A broken expression matches nothing; a test compiles them all.
    let compiled = COMPILED
        .get(at)
        .and_then(|cell| cell.get_or_init(|| compiled(detector.pattern)).as_ref());
    compiled.is_some_and(|regex| {
        regex.captures_iter(text.as_bytes()).take(MAX_MATCHES).any(|captures| {
            secret_of(&captures).is_some_and(|secret| detector.shape.fits(whole_letters(secret.as_bytes())))
        })
    })
}

/// Credentials are ASCII: over all letters that there are, a repetition of what is no space takes megabytes and milliseconds.
fn compiled(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).unicode(false).build().ok()
}

/// A limit in bytes can fall into a letter.
fn whole_letters(bytes: &[u8]) -> &str {
    match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            str::from_utf8(valid).unwrap_or_default()
        }
    }
}

fn secret_of<'t>(captures: &Captures<'t>) -> Option<Match<'t>> {
    let groups = captures.iter().skip(1).flatten().next();
    groups.or_else(|| captures.get(0))
}

/// The expressions by place in the table, each compiled when it is first needed: most starts need few of them.
static COMPILED: LazyLock<Vec<OnceLock<Option<Regex>>>> =
    LazyLock::new(|| detectors().map(|_| OnceLock::new()).collect());

/// Whether a keyword of any detector stands in the text: most texts are done with then.
pub(super) fn is_worth_a_look(text: &str) -> bool {
    KEYWORDS
        .as_ref()
        .is_none_or(|keywords| keywords.automaton.is_match(text))
}

/// The keywords of all detectors.
static KEYWORDS: LazyLock<Option<Words>> = LazyLock::new(|| Words::of(|detector| detector.keywords));

/// What all detectors ask of names.
static HINTS: LazyLock<Option<Words>> = LazyLock::new(|| Words::of(|detector| detector.name.words()));

/// Words in one automaton, and for each the place in the table of the detector that has it.
struct Words {
    automaton: AhoCorasick,
    owners: Vec<usize>,
}

impl Words {
    /// `None` when they are too many for an automaton: then every detector is asked.
    fn of(words: impl Fn(&'static Detector) -> &'static [&'static str]) -> Option<Self> {
        let all = || {
            detectors()
                .enumerate()
                .flat_map(|(at, detector)| words(detector).iter().map(move |word| (*word, at)))
        };
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(all().map(|(word, _)| word))
            .ok()?;
        Some(Self {
            automaton,
            owners: all().map(|(_, at)| at).collect(),
        })
    }

    /// The places of the detectors one of whose words stands in the text, found in one pass.
    fn places(words: Option<&Self>, text: &str) -> BTreeSet<usize> {
        let Some(words) = words else {
            return (0..detectors().count()).collect();
        };
        let found = words.automaton.find_overlapping_iter(text);
        found
            .filter_map(|found| words.owners.get(found.pattern().as_usize()).copied())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::template::expand_with;
    use super::super::{Kind, RawValue, judge};
    use super::*;

    fn is_found_by(detector: &Detector, example: &str) -> bool {
        let (name, value) = example.split_once('=').expect("an example is NAME=value");
        let lower = value.to_ascii_lowercase();
        let called = detector.keywords.is_empty() || detector.keywords.iter().any(|keyword| lower.contains(keyword));
        let at = detectors().position(|other| other.id == detector.id).unwrap();
        called && detector.name.admits(&Name::parse(name)) && is_recognised(at, detector, value)
    }

    #[test]
    fn every_entry_is_complete() {
        let mut ids = BTreeSet::new();
        for detector in detectors() {
            let id = detector.id;
            assert!(ids.insert(id), "{id} twice");
            assert!(
                id.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "{id}"
            );
            assert!(detector.source.starts_with("https://"), "{id}");
            assert!(detector.title.len() > 5, "{id}");
            assert!(
                compiled(detector.pattern).is_some(),
                "{id}: the pattern does not compile"
            );
            assert!(
                !detector.examples.is_empty() && !detector.counter_examples.is_empty(),
                "{id}"
            );
            let hinted = !matches!(detector.name, NameHint::Any);
            assert!(
                hinted || !detector.keywords.is_empty(),
                "{id} would be asked about every value"
            );
            for keyword in detector.keywords {
                assert_eq!(*keyword, keyword.to_ascii_lowercase(), "{id}");
            }
        }
        assert!(ids.len() >= 40);
    }

    #[test]
    fn letters_and_spaces_of_all_scripts_are_seen() {
        let found = |name: &str, value: &str| find(&Name::parse(name), value).map(|detector| detector.id);
        for space in [" ", "\u{a0}", "\u{3000}"] {
            let text = format!("Server=db.example;{space}Password=hunter2abc");
            assert_eq!(found("CS", &text), Some("connection-string-password"), "{space:?}");
            let mark = format!("Server=a;Password=${{PW}}{space};x=1");
            assert_eq!(found("CS", &mark), None, "{space:?}");
        }
        let passphrase = "длинный пароль из многих слов ".repeat(8);
        assert_eq!(found("DB_PASSWORD", passphrase.trim()), Some("password-by-name"));
        assert_eq!(whole_letters("aé".as_bytes().get(..2).unwrap()), "a");
    }

    #[test]
    fn every_example_is_recognised_and_named() {
        for detector in detectors() {
            for (seed, template) in
                (1..=5).flat_map(|seed| detector.examples.iter().map(move |template| (seed, template)))
            {
                let example = expand_with(template, seed);
                assert!(is_found_by(detector, &example), "{}: {template}", detector.id);
                let (name, value) = example.split_once('=').unwrap();
                let expected = Kind::Credential {
                    detector: detector.id.to_owned(),
                    confidence: detector.confidence,
                };
                assert_eq!(
                    judge(name, &RawValue::new(value.to_owned()), b"").kind,
                    expected,
                    "{template}"
                );
            }
        }
    }

    #[test]
    fn no_counter_example_is_recognised() {
        for detector in detectors() {
            for template in detector.counter_examples {
                assert!(
                    !is_found_by(detector, &expand_with(template, 1)),
                    "{}: {template}",
                    detector.id
                );
            }
        }
    }

    #[test]
    fn a_keyword_inside_another_is_still_heard() {
        let indices: Vec<usize> = Words::places(KEYWORDS.as_ref(), "sk-ant-").into_iter().collect();
        let ids: Vec<_> = indices
            .iter()
            .filter_map(|&at| detectors().nth(at))
            .map(|detector| detector.id)
            .collect();
        assert!(ids.contains(&"anthropic-key"), "{ids:?}");
    }
}
