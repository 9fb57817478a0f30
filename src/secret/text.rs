//! Which lines of a text hold a credential? For files, where [`super::judge`] is for single values: the text is taken in pieces,
//! and of a line only its number and the detector's id are kept.

use zeroize::Zeroizing;

use super::classify;
use super::detectors::{self, Detector};
use super::{Confidence, NameHint};

/// Longer lines are looked at in pieces: minified code is one line of megabytes.
const LONGEST: usize = 4096;
/// What two pieces have in common, so that no credential is cut in two.
const OVERLAP: usize = 512;
/// The lines that a key in its armour takes at the most: 16,384 bits.
const KEY_LINES: usize = 200;

/// In code, `password = ask()` has the form of this.
const LOOKS_LIKE_CODE: [&str; 1] = ["connection-string-password"];

/// A line with a credential.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spotted {
    /// The line, from 1.
    pub line: u32,
    /// The id of the [`Detector`] that recognised it.
    pub detector: &'static str,
    /// How sure that is.
    pub confidence: Confidence,
}

/// Looks through a text, line by line.
#[derive(Debug, Default)]
pub struct Lines {
    line: u32,
    /// A key whose armour has begun, with the line where it did.
    key: Option<Key>,
    /// Lines with a keyword: each is worth the expressions.
    looks: u32,
    by_name: bool,
}

#[derive(Debug)]
struct Key {
    line: u32,
    lines: usize,
    text: Zeroizing<String>,
}

impl Lines {
    /// Of a file that assigns values to names, as `.env` does: there names count, too. In code they do not, where
    /// `password = ask()` is no credential.
    pub fn of_assignments() -> Self {
        Self {
            by_name: true,
            ..Self::default()
        }
    }

    /// How many lines were worth a close look so far: what the search costs.
    pub fn looks(&self) -> u32 {
        self.looks
    }

    /// Takes the next line.
    pub fn take(&mut self, text: &str) -> Option<Spotted> {
        self.line = self.line.saturating_add(1);
        if let Some(found) = self.key(text) {
            return Some(found);
        }
        let found = pieces(text).find_map(|piece| self.in_piece(piece))?;
        Some(Spotted {
            line: self.line,
            detector: found.id,
            confidence: found.confidence,
        })
    }

    fn in_piece(&mut self, piece: &str) -> Option<&'static Detector> {
        let (name, value) = if self.by_name { assignment(piece) } else { None }.unwrap_or(("", piece));
        let is_named = !name.is_empty();
        if !is_named && !detectors::is_worth_a_look(piece) {
            return None;
        }
        self.looks = self.looks.saturating_add(1);
        let found = classify::in_line(name, value)?;
        // What only guesses needs the name of an assignment to go by.
        let is_sure = found.confidence == Confidence::Certain
            && matches!(found.name, NameHint::Any)
            && !LOOKS_LIKE_CODE.contains(&found.id);
        (is_sure || is_named).then_some(found)
    }

    /// A key in its armour goes over many lines.
    fn key(&mut self, text: &str) -> Option<Spotted> {
        if text.contains("PRIVATE KEY") && text.contains("BEGIN") {
            self.key = Some(Key {
                line: self.line,
                lines: 0,
                text: Zeroizing::new(String::new()),
            });
        }
        let key = self.key.as_mut()?;
        key.lines += 1;
        if key.text.len() + text.len() <= 4 * LONGEST {
            key.text.push_str(text);
            key.text.push('\n');
        }
        let is_whole = text.contains("END") && text.contains("PRIVATE KEY");
        if !is_whole {
            self.key.take_if(|key| key.lines > KEY_LINES);
            return None;
        }
        let key = self.key.take()?;
        self.looks = self.looks.saturating_add(1);
        let found = classify::in_line("", &key.text)?;
        Some(Spotted {
            line: key.line,
            detector: found.id,
            confidence: found.confidence,
        })
    }
}

fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let starts = (0..text.len().max(1)).step_by(LONGEST - OVERLAP);
    starts.filter_map(move |start| {
        let (start, end) = (
            text.floor_char_boundary(start),
            text.ceil_char_boundary((start + LONGEST).min(text.len())),
        );
        text.get(start..end)
    })
}

/// Name and value of `NAME=value`, `name: value` or `"name": "value",`.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let line = line.strip_prefix("export ").unwrap_or(line);
    let at = line.find(['=', ':'])?;
    let (name, value) = (line.get(..at)?, line.get(at + 1..)?);
    let bare = |text| str::trim_matches(text, |letter: char| letter.is_whitespace() || "\"',;".contains(letter));
    let (name, value) = (bare(name), bare(value));
    let is_name = |letter: char| letter.is_alphanumeric() || "_-.".contains(letter);
    let plain = !name.is_empty() && name.len() <= 128 && name.chars().all(is_name);
    (plain && !value.is_empty()).then_some((name, value))
}

#[cfg(test)]
mod tests {
    use super::super::template::expand;
    use super::*;

    fn spotted(mut lines: Lines, text: &str) -> Vec<(u32, &'static str)> {
        let found = text.lines().filter_map(|line| lines.take(line));
        found.map(|found| (found.line, found.detector)).collect()
    }

    #[test]
    fn a_format_is_recognised_anywhere_and_a_name_only_in_assignments() {
        let key = expand("AKIA{base32:16}");
        let code = format!("import os\nclient = Client('{key}')\npassword = ask_for_it()\n");
        assert_eq!(spotted(Lines::default(), &code), [(2, "aws-access-key-id")]);
        let secret = expand("{alnum:32}");
        let file = format!("# settings\nexport DB_PASSWORD=\"{secret}\"\nAPI_URL=https://example.com\n");
        assert_eq!(spotted(Lines::of_assignments(), &file).len(), 1);
        assert!(spotted(Lines::default(), &file).is_empty(), "a guess, and in code");
    }

    #[test]
    fn a_key_over_many_lines_is_one_credential() {
        let armour = |word: &str| format!("{0}{word} RSA PRIVATE {1}{0}", "-".repeat(5), "KEY");
        let body: Vec<String> = (0..20).map(|_| expand("{b64:64}")).collect();
        let text = format!(
            "first\n{}\n{}\n{}\nlast\n",
            armour("BEGIN"),
            body.join("\n"),
            armour("END")
        );
        assert_eq!(spotted(Lines::default(), &text), [(2, "private-key")]);
        assert!(spotted(Lines::default(), &format!("{}\nno key follows\n", armour("BEGIN"))).is_empty());
    }

    #[test]
    fn one_line_of_megabytes_is_looked_at_to_its_end_and_at_the_seams() {
        for before in [0, 3570, LONGEST - 8, 2 * LONGEST, 100_000] {
            let line = format!(
                "{} '{}';{}",
                "x".repeat(before),
                expand("AKIA{base32:16}"),
                "y".repeat(9000)
            );
            assert_eq!(spotted(Lines::default(), &line).len(), 1, "{before}");
        }
    }

    #[test]
    fn what_is_not_worth_a_look_costs_nothing() {
        let mut lines = Lines::default();
        (0..1000).for_each(|_| assert_eq!(lines.take("let answer = 42;"), None));
        assert_eq!(lines.looks(), 0);
    }
}
