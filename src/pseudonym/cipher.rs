//! By which word is a word replaced? By one of the same length and kind of letters, so that what a pattern matched it still matches.

use std::collections::BTreeSet;
use std::fmt;

use sha2::{Digest, Sha256};

use super::text::Word;
use super::vocabulary::is_common;
use crate::facts::helpers;

/// From this length on a word is replaced as a whole. A shorter one is replaced letter by letter, or two of them might become one.
const LONG: usize = 8;
/// Shorter numbers are ports, versions, years and sizes; longer ones are somebody's ids.
const SHORTEST_ID: usize = 6;
/// No name of AWS's that patterns are written for is longer.
const LONGEST_SHARED: usize = 64;
/// No more parts of names with a wildcard on both sides are told apart.
const MOST_WITHIN: usize = 200;
/// What unique ids of IAM begin with ("IAM identifiers"); policies show them, and tell by this what they are.
const UNIQUE_IDS: [&str; 8] = ["AIDA", "AROA", "AGPA", "ANPA", "AKIA", "ASIA", "AIPA", "ANVA"];

/// Replaces words.
pub(super) struct Cipher {
    salt: Vec<u8>,
    /// As many letters at the start of a word depend on those before them alone: some pattern names that many and leaves the rest open.
    shared: usize,
    /// Words of everybody with which names begin, as some pattern says: they stay there, too.
    starts: BTreeSet<String>,
    /// What patterns name of the end of a word, in lower case.
    endings: BTreeSet<String>,
    /// What they name of its middle.
    within: BTreeSet<String>,
    /// Those of its middle and end that may stand over one another in a word, so that one would cut the other: each of their letters is
    /// replaced by itself.
    tangled: BTreeSet<String>,
}

/// The salt would undo it.
impl fmt::Debug for Cipher {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Cipher").finish_non_exhaustive()
    }
}

impl Cipher {
    pub(super) fn new(salt: &[u8]) -> Self {
        Self {
            salt: salt.to_vec(),
            shared: 0,
            starts: BTreeSet::new(),
            endings: BTreeSet::new(),
            within: BTreeSet::new(),
            tangled: BTreeSet::new(),
        }
    }

    /// Notes which parts of words some pattern names.
    pub(super) fn note(&mut self, word: &Word<'_>) {
        if !word.text.is_ascii() {
            return;
        }
        let text = word.text.to_ascii_lowercase();
        match (word.opens, word.goes_on) {
            (false, true) if is_common(&text) => self.starts.extend([text]),
            (false, true) => self.shared = self.shared.max(text.len()).min(LONGEST_SHARED),
            (true, false) => self.endings.extend([text]),
            (true, true) if self.within.len() < MOST_WITHIN => self.within.extend([text]),
            (false, false) | (true, true) => {}
        }
    }

    /// When all words are noted.
    pub(super) fn settle(&mut self) {
        let parts: Vec<&String> = self.within.union(&self.endings).collect();
        let mut tangled = BTreeSet::new();
        for one in &parts {
            for other in parts.iter().filter(|other| overlap(one, other)) {
                tangled.extend([(*one).clone(), (*other).clone()]);
            }
        }
        self.tangled = tangled;
    }

    /// The pseudonym of a word.
    pub(super) fn word(&self, word: &str) -> String {
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        if is_common(word) || is_number && word.len() < SHORTEST_ID {
            return word.to_owned();
        }
        if let Some((before, rest)) = unique_id(word) {
            return format!("{before}{}", self.piece("", rest));
        }
        // A helper of a framework is known by a part of its name, and judged by that.
        if let Some((start, end)) = helper(word) {
            let part = |range: std::ops::Range<usize>| word.get(range).unwrap_or_default();
            return format!(
                "{}{}{}",
                self.pieces(part(0..start)),
                part(start..end),
                self.pieces(part(end..word.len()))
            );
        }
        self.pieces(word)
    }

    /// Cut where patterns begin and end: each piece has its own pseudonym, in the pattern and in the names.
    fn pieces(&self, word: &str) -> String {
        let lower = word.to_ascii_lowercase();
        let mut cuts = BTreeSet::from([0, word.len()]);
        let ends = lower.char_indices().map(|(offset, _)| offset);
        cuts.extend(ends.filter(|offset| lower.get(*offset..).is_some_and(|end| self.endings.contains(end))));
        let starts = lower.char_indices().map(|(offset, _)| offset);
        cuts.extend(starts.filter(|offset| lower.get(..*offset).is_some_and(|start| self.starts.contains(start))));
        for part in &self.within {
            for start in occurrences(&lower, part) {
                cuts.extend([start, start + part.len()]);
            }
        }
        for part in &self.tangled {
            let is_within = self.within.contains(part);
            for start in occurrences(&lower, part).filter(|start| is_within || start + part.len() == lower.len()) {
                cuts.extend(start..=start + part.len());
            }
        }
        let cuts: Vec<usize> = cuts.into_iter().collect();
        let ranges = cuts.iter().zip(cuts.iter().skip(1));
        ranges
            .filter_map(|(start, end)| Some((lower.get(..*start)?, word.get(*start..*end)?)))
            .map(|(start, piece)| self.piece(start, piece))
            .collect()
    }

    /// A piece of a word that starts so.
    fn piece(&self, start: &str, piece: &str) -> String {
        if is_common(piece) {
            return piece.to_owned();
        }
        let lower = piece.to_ascii_lowercase();
        let count = piece.chars().count();
        let letters = if self.shared == 0 && is_hex(&lower) { 6 } else { 26 };
        // Once for a word that may be as long as a document.
        let whole: String = self
            .digest("whole", &lower)
            .iter()
            .map(|byte| char::from(*byte))
            .collect();
        let mut renamed = String::with_capacity(piece.len());
        for (index, (offset, letter)) in piece.char_indices().enumerate() {
            let before = || lower.get(..offset).unwrap_or_default();
            let digest = if start.len() + offset < self.shared {
                self.digest("shared", &format!("{start}{}", before()))
            } else if index < self.shared {
                self.digest("shared", before())
            } else if count < LONG {
                self.digest(&format!("{count}"), before())
            } else {
                self.digest(&format!("{index} of"), &whole)
            };
            renamed.push(other(letter, letters, &digest));
        }
        renamed
    }

    /// What nobody knows who does not know the salt.
    pub(super) fn digest(&self, purpose: &str, text: &str) -> [u8; 32] {
        let hash = Sha256::new()
            .chain_update(self.salt.len().to_le_bytes())
            .chain_update(&self.salt)
            .chain_update(purpose)
            .chain_update([0])
            .chain_update(text);
        hash.finalize().into()
    }
}

/// Whether the one can begin in a word before the other, or before itself, has ended.
fn overlap(one: &str, other: &str) -> bool {
    (1..one.len().min(other.len())).any(|length| one.ends_with(other.get(..length).unwrap_or("\0")))
}

/// Where a part of a word begins in it, also within itself; all of these are ASCII.
fn occurrences<'w>(word: &'w str, part: &'w str) -> impl Iterator<Item = usize> + 'w {
    (0..word.len()).filter(move |start| word.get(*start..).is_some_and(|rest| rest.starts_with(part)))
}

/// Twelve digits.
pub(super) fn is_account(word: &str) -> bool {
    word.len() == 12 && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Such as the end of `vpc-0a1b2c3d`, which stays one.
fn is_hex(lower: &str) -> bool {
    let is_hex = lower.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let has_digit = lower.bytes().any(|byte| byte.is_ascii_digit());
    is_hex && has_digit && lower.len() >= 6
}

fn unique_id(word: &str) -> Option<(&str, &str)> {
    let is_plain = word
        .bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let (before, rest) = word.split_at_checked(4)?;
    (is_plain && word.len() >= 16 && UNIQUE_IDS.contains(&before)).then_some((before, rest))
}

/// Where in a word stands what tells a helper.
fn helper(word: &str) -> Option<(usize, usize)> {
    let mut parts = helpers::parts().filter(|part| !part.contains('-'));
    parts.find_map(|part| word.find(part).map(|start| (start, start + part.len())))
}

/// Another letter, by a permutation that the digest picks; of another script, some letter.
fn other(letter: char, letters: u8, digest: &[u8; 32]) -> char {
    match letter {
        '0'..='9' => permuted(letter, '0', 10, digest),
        'a'..='z' => permuted(letter, 'a', letters, digest),
        'A'..='Z' => permuted(letter.to_ascii_lowercase(), 'a', letters, digest).to_ascii_uppercase(),
        _ => char::from(b'a' + digest.first().map_or(0, |byte| byte % 26)),
    }
}

fn permuted(letter: char, first: char, count: u8, digest: &[u8; 32]) -> char {
    let mut alphabet: Vec<u8> = (0..count).collect();
    for (place, byte) in (1..usize::from(count)).rev().zip(digest.iter().cycle()) {
        alphabet.swap(place, usize::from(*byte) % (place + 1));
    }
    let (letter, first) = (u32::from(letter), u32::from(first));
    let index = usize::try_from(letter.saturating_sub(first)).unwrap_or(usize::MAX);
    let picked = alphabet.get(index).map_or(letter, |picked| first + u32::from(*picked));
    char::from_u32(picked).unwrap_or('x')
}
