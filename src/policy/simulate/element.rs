//! Does one element of a statement match a concrete string? Wildcards and policy variables, by direct comparison.

use super::Match;
use crate::policy::document::Version;
use crate::policy::request::{Request, Values};

/// The request, and the language version that decides how `${…}` reads.
pub(super) struct Scope<'a> {
    pub(super) request: &'a Request,
    pub(super) version: Version,
}

/// One piece of an element after its variables were filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    Letter(char),
    AnyLetter,
    Anything,
}

impl Scope<'_> {
    /// The element's pieces; `None` when a variable has no value and no default.
    pub(super) fn expand(&self, element: &str) -> Option<Vec<Piece>> {
        let mut pieces = Vec::new();
        let mut rest = element;
        while let Some(letter) = rest.chars().next() {
            if let Some((name, after)) = self.variable_at(rest) {
                pieces.extend(self.value_of(name)?.chars().map(Piece::Letter));
                rest = after;
                continue;
            }
            pieces.push(match letter {
                '*' => Piece::Anything,
                '?' => Piece::AnyLetter,
                other => Piece::Letter(other),
            });
            rest = rest.split_at(letter.len_utf8()).1;
        }
        Some(pieces)
    }

    fn variable_at<'t>(&self, text: &'t str) -> Option<(&'t str, &'t str)> {
        let inner = text.strip_prefix("${").filter(|_| self.version == Version::V2012)?;
        inner.split_once('}')
    }

    fn value_of(&self, name: &str) -> Option<String> {
        if matches!(name, "*" | "?" | "$") {
            return Some(name.to_owned());
        }
        let (key, default) = match name.split_once(',') {
            Some((key, default)) => (key, Some(default.trim().trim_matches('\'').to_owned())),
            None => (name, None),
        };
        match self.request.context.get(&key.trim().to_lowercase()) {
            Some(Values::One(value)) => Some(value.clone()),
            Some(Values::Many(_)) => None,
            None => default,
        }
    }

    /// Resource elements are compared as one flat text. A wildcard in the service field has no documented meaning
    /// (IAM User Guide, "Resource").
    pub(super) fn resource_matches(&self, element: &str) -> Match {
        let Some(pieces) = self.expand(element) else {
            return Match::No;
        };
        let resource: Vec<char> = self.request.resource.chars().collect();
        if !pieces_match(&pieces, &resource) {
            return Match::No;
        }
        let service = element.split(':').nth(2).unwrap_or("*");
        if element != "*" && service.contains(['*', '?']) {
            Match::Unknown
        } else {
            Match::Yes
        }
    }
}

/// Whether an action follows a pattern; case does not matter.
pub(super) fn action_matches(pattern: &str, action: &str) -> bool {
    let beginning = pattern.split(['*', '?']).next().unwrap_or_default();
    let is_plain = pattern.is_ascii() && action.is_ascii();
    if is_plain
        && !action
            .get(..beginning.len())
            .is_some_and(|own| own.eq_ignore_ascii_case(beginning))
    {
        return false;
    }
    let piece = |letter| match letter {
        '*' => Piece::Anything,
        '?' => Piece::AnyLetter,
        other => Piece::Letter(other),
    };
    pieces_match(
        &pattern.to_lowercase().chars().map(piece).collect::<Vec<_>>(),
        &action.to_lowercase().chars().collect::<Vec<_>>(),
    )
}

/// Greedy matching that goes back to the last `*` only: linear memory, no recursion.
pub(super) fn pieces_match(pieces: &[Piece], text: &[char]) -> bool {
    let (mut piece, mut at) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while at < text.len() {
        match (pieces.get(piece), text.get(at)) {
            (Some(Piece::Anything), _) => {
                retry = Some((piece, at));
                piece += 1;
            }
            (Some(Piece::AnyLetter), _) => (piece, at) = (piece + 1, at + 1),
            (Some(Piece::Letter(own)), Some(letter)) if own == letter => (piece, at) = (piece + 1, at + 1),
            _ => match retry {
                None => return false,
                Some((star, from)) => {
                    retry = Some((star, from + 1));
                    (piece, at) = (star + 1, from + 1);
                }
            },
        }
    }
    pieces.iter().skip(piece).all(|piece| *piece == Piece::Anything)
}
