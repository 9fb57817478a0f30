//! What does the way of calling say about condition keys? One call that has to be allowed.

use crate::policy::condition::{Atom, Domain, Literal, Solution, solve};
use crate::policy::pattern::Budget;
use std::borrow::Cow;

/// One call that has to be allowed, with the keys that the way of calling gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) action: &'static str,
    pub(super) given: &'static [Key],
}

/// A key that the way of calling gives: one of Lambda's own.
pub(super) type Key = (&'static str, Given);

/// How all of them begin.
pub(super) const OWN_KEYS: &str = "lambda:";

/// What a key of the call holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Given {
    Absent,
    Value(&'static str),
    /// Whatever the caller likes.
    Chosen,
    /// No page says which.
    AbsentOrFalse,
}

impl Part {
    /// The outcome of a demand on a key that the way of calling decides; `None` for other keys.
    pub(super) fn solve(&self, atom: &Atom, want: bool, budget: &mut Budget) -> Option<Solution> {
        let given = self.given(&atom.key)?;
        let atom = Cow::Borrowed(atom);
        let literals = [Literal { atom, want }];
        let mut under = |domain: &Domain| solve(domain, &literals, budget);
        match given {
            Given::Absent => Some(under(&Domain::Absent)),
            Given::Value(value) => Some(under(&Domain::fixed(value))),
            Given::Chosen => None,
            Given::AbsentOrFalse => Some(match (under(&Domain::Absent), under(&Domain::fixed("false"))) {
                (Solution::Nothing, Solution::Nothing) => Solution::Nothing,
                (absent @ Solution::Value(_), Solution::Value(_)) => absent,
                _ => Solution::Unknown(VIA_UNSURE.into()),
            }),
        }
    }

    pub(super) fn given(&self, key: &str) -> Option<Given> {
        if !key.starts_with(OWN_KEYS) {
            return None;
        }
        let found = self.given.iter().find(|(given, _)| *given == key);
        found.map(|(_, given)| *given)
    }
}

const VIA_UNSURE: &str = "whether a direct call carries `lambda:InvokedViaFunctionUrl` is not documented";
