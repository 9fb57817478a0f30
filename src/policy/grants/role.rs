//! What is known about every call that a function's own code, or Lambda for it, makes with the execution role?

use crate::policy::condition::{Atom, Domain, Literal, Rule, Solution, solve};
use crate::policy::pattern::{Budget, Class, Pattern, Token};
use std::borrow::Cow;

/// Whether a condition block holds for the role's calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Truth {
    Never,
    Sometimes,
    Always,
}

/// The role as a caller.
pub(super) struct Caller {
    account: String,
    /// The Region of the resource, when the question names one.
    region: Option<String>,
}

/// Keys that a direct call of an IAM identity does not carry.
const ABSENT: [&str; 7] = [
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "lambda:eventsourcetoken",
];

impl Caller {
    pub(super) fn new(account: &str, resource: &str) -> Self {
        let region = resource
            .split(':')
            .nth(3)
            .filter(|region| !region.is_empty() && !region.contains(['*', '?']));
        Caller {
            account: account.to_owned(),
            region: region.map(str::to_owned),
        }
    }

    /// Whether all demands hold, always, sometimes or never.
    pub(super) fn truth(&self, atoms: &[Atom], budget: &mut Budget) -> Truth {
        atoms
            .iter()
            .map(|atom| self.truth_of(atom, budget))
            .min()
            .unwrap_or(Truth::Always)
    }

    fn truth_of(&self, atom: &Atom, budget: &mut Budget) -> Truth {
        if matches!(atom.rule, Rule::Opaque(_)) {
            return Truth::Sometimes;
        }
        let domain = self.domain(&atom.key);
        let mut can_be = |want| {
            solve(
                &domain,
                &[Literal {
                    atom: Cow::Borrowed(atom),
                    want,
                }],
                budget,
            ) != Solution::Nothing
        };
        match (can_be(true), can_be(false)) {
            (true, false) => Truth::Always,
            (true, true) => Truth::Sometimes,
            (false, _) => Truth::Never,
        }
    }

    fn domain(&self, key: &str) -> Domain {
        match key {
            "aws:principalaccount" => Domain::fixed(&self.account),
            "aws:principaltype" => Domain::fixed("AssumedRole"),
            "aws:principalisawsservice" | "aws:viaawsservice" => Domain::fixed("false"),
            // The SDKs and Lambda itself call over TLS.
            "aws:securetransport" => Domain::fixed("true"),
            "aws:principalarn" => {
                let name = [Token::One(Class::NoColon), Token::Many(Class::NoColon)];
                let roles = Pattern::glob("arn:aws*:iam::").then(Pattern::literal(&self.account));
                Domain::text(vec![roles.then(Pattern::literal(":role/")).then_tokens(name)], vec![])
            }
            "aws:requestedregion" => self.region.as_deref().map_or_else(Domain::free, Domain::fixed),
            _ if ABSENT.contains(&key) => Domain::absent(),
            _ => Domain::free(),
        }
    }
}
