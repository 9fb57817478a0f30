//! Does one element of a statement match what is asked for? Policy variables, actions and resources.

use super::Match;
use super::glob::{Folded, Literal, Piece, canonical, covers, overlap};
use crate::policy::document::{Effect, Selection, Version};
use crate::policy::request::{Request, Values};

/// The request, and how the policy at hand and the question read.
pub(super) struct Scope<'a> {
    pub(super) request: &'a Request,
    /// Decides how `${…}` reads.
    pub(super) version: Version,
    pub(super) asked: Asked,
    pub(super) reading: Reading,
}

/// How to read what AWS does not document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// It stays unknown, and so counts against the grant.
    Cautious,
    /// As it is written, where that has one plain meaning.
    Definite,
}

/// What the resource of a request stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// Itself, letter by letter.
    Exactly,
    /// Some resource that follows its wildcards: is there one for which the request is allowed?
    Some,
}

impl Scope<'_> {
    /// Whether the element holds no variable.
    pub(super) fn is_plain(&self, element: &str) -> bool {
        self.version == Version::V2008 || !element.contains("${")
    }

    /// The element's pieces; `None` when a variable has no value and no default.
    pub(super) fn expand(&self, element: &str) -> Option<Vec<Piece>> {
        let mut pieces = Vec::new();
        let mut rest = element;
        while let Some(letter) = rest.chars().next() {
            if let Some((name, after)) = self.variable_at(rest) {
                self.fill(name, &mut pieces)?;
                rest = after;
                continue;
            }
            pieces.push(Piece::written(letter));
            rest = rest.split_at(letter.len_utf8()).1;
        }
        Some(pieces)
    }

    fn variable_at<'t>(&self, text: &'t str) -> Option<(&'t str, &'t str)> {
        let inner = text.strip_prefix("${").filter(|_| self.version == Version::V2012)?;
        inner.split_once('}')
    }

    /// A multivalued key is no variable (IAM User Guide, "IAM policy elements: Variables and tags").
    fn fill(&self, name: &str, pieces: &mut Vec<Piece>) -> Option<()> {
        let (key, default) = match name.split_once(',') {
            Some((key, default)) => (key.trim(), Some(default.trim().trim_matches('\''))),
            None => (name.trim(), None),
        };
        let value = match self.request.context.get(&key.to_lowercase()) {
            _ if matches!(name, "*" | "?" | "$") => name,
            Some(Values::One(value)) => value,
            Some(Values::Many(_)) => return None,
            None => default?,
        };
        pieces.extend(value.chars().map(Piece::Letter));
        Some(())
    }

    /// Whether a statement of the effect covers the resource that is asked for.
    pub(super) fn resource(&self, selection: &Selection<String>, effect: Effect) -> Match {
        let matches =
            |element: &String| match (self.asked, effect, selection) {
                (Asked::Exactly, _, _) => self.resource_matches(element),
                // An Allow has to reach one of the resources, a Deny all of them.
                (Asked::Some, Effect::Allow, Selection::Only(_))
                | (Asked::Some, Effect::Deny, Selection::Except(_)) => self.element(element, overlap),
                (Asked::Some, Effect::Deny, Selection::Only(_))
                | (Asked::Some, Effect::Allow, Selection::Except(_)) => self.element(element, covers),
            };
        match selection {
            Selection::Only(elements) => Match::any(elements.iter().map(matches)),
            Selection::Except(elements) => Match::any(elements.iter().map(matches))
                .not()
                .min(self.filled(elements)),
        }
    }

    /// A variable without a value may make its statement invalid (IAM User Guide, "IAM policy elements: Variables and
    /// tags"): then it does not widen a `NotResource` either.
    fn filled(&self, elements: &[String]) -> Match {
        let is_filled = |element: &String| self.is_plain(element) || self.expand(element).is_some();
        match self.reading {
            _ if elements.iter().all(is_filled) => Match::Yes,
            Reading::Cautious => Match::Unknown,
            Reading::Definite => Match::No,
        }
    }

    /// Resource elements are compared as one flat text.
    fn resource_matches(&self, element: &str) -> Match {
        let resource = Literal(&self.request.resource);
        let is_match = if self.is_plain(element) {
            // A text matches itself, whatever it holds: in a resource's own policy most do.
            element == self.request.resource || covers(element, &resource)
        } else {
            self.expand(element)
                .is_some_and(|pieces| covers(pieces.as_slice(), &resource))
        };
        self.doubted(element, is_match)
    }

    fn element(&self, element: &str, compare: impl Fn(&[Piece], &[Piece]) -> bool) -> Match {
        let asked = canonical(self.request.resource.chars().map(Piece::written));
        let own = self.expand(element).map(canonical);
        self.doubted(element, own.is_some_and(|own| compare(&own, &asked)))
    }

    /// A wildcard in the service field has no documented meaning (IAM User Guide, "Resource").
    fn doubted(&self, element: &str, is_match: bool) -> Match {
        let is_odd = || {
            let service = element.split(':').nth(2).unwrap_or("*");
            element != "*" && service.contains(['*', '?'])
        };
        match self.reading {
            Reading::Cautious if is_match && is_odd() => Match::Unknown,
            Reading::Cautious | Reading::Definite => Match::of(is_match),
        }
    }
}

/// Whether an action follows a pattern; case does not matter.
pub(super) fn action_matches(pattern: &str, action: &str) -> bool {
    pattern.eq_ignore_ascii_case(action) || covers(&Folded(pattern), &Folded(action))
}
