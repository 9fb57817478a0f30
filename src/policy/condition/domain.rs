//! Which values can a key have in a class of requests?

use crate::policy::pattern::{Language, Pattern};
use crate::policy::request::Values;

/// Strings that follow one pattern and none of others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::policy) struct Strings {
    pub(in crate::policy) any_of: Vec<Pattern>,
    pub(in crate::policy) none_of: Vec<Pattern>,
}

impl Strings {
    pub(in crate::policy) fn all() -> Self {
        Strings {
            any_of: vec![Pattern::anything()],
            none_of: vec![],
        }
    }

    pub(in crate::policy) fn language(&self) -> Language<'_> {
        Language {
            all_of: vec![&self.any_of],
            none_of: self.none_of.iter().collect(),
        }
    }
}

/// The values that a key can have, absence included.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::policy) enum Domain {
    /// Never there.
    Absent,
    /// Always this value.
    Fixed(Values),
    /// One of these values.
    Choice(Vec<Values>),
    /// A single-valued key that holds any string of the language.
    Text { may_be_absent: bool, strings: Strings },
    /// A multivalued key that holds at least one string of the language, and no other.
    Texts { may_be_absent: bool, strings: Strings },
    /// The public address of the caller; `wide` asks for more addresses than one network would own.
    Address { wide: bool },
    /// Nothing may be assumed about the key.
    Undetermined,
}

impl Domain {
    /// About how much there is to look at, in letters.
    pub(in crate::policy) fn size(&self) -> usize {
        match self {
            Domain::Text { strings, .. } | Domain::Texts { strings, .. } => {
                strings.any_of.iter().chain(&strings.none_of).map(Pattern::size).sum()
            }
            Domain::Absent | Domain::Fixed(_) | Domain::Choice(_) | Domain::Address { .. } | Domain::Undetermined => 1,
        }
    }

    pub(in crate::policy) fn fixed(value: &str) -> Self {
        Domain::Fixed(Values::One(value.to_owned()))
    }

    pub(in crate::policy) fn one_of(values: &[&str]) -> Self {
        Domain::Choice(values.iter().map(|value| Values::One((*value).to_owned())).collect())
    }

    /// Any string, or none.
    pub(in crate::policy) fn free() -> Self {
        Domain::Text {
            may_be_absent: true,
            strings: Strings::all(),
        }
    }

    pub(in crate::policy) fn text(any_of: Vec<Pattern>, none_of: Vec<Pattern>) -> Self {
        Domain::Text {
            may_be_absent: false,
            strings: Strings { any_of, none_of },
        }
    }

    pub(in crate::policy) fn texts(any_of: Vec<Pattern>, none_of: Vec<Pattern>) -> Self {
        Domain::Texts {
            may_be_absent: false,
            strings: Strings { any_of, none_of },
        }
    }
}
