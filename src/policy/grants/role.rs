//! What is known about every call that a function's own code, or Lambda for it, makes with the execution role?

use crate::policy::condition::{Atom, Domain, Literal, Rule, Solution, solve};
use crate::policy::pattern::{Budget, Class, Pattern, Token, field};
use std::borrow::Cow;

/// Whether a condition block holds for the role's calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Truth {
    Never,
    Sometimes,
    Always,
}

/// Who makes a call with the execution role's credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum By {
    /// The function's code or the Lambda service: what holds for both.
    #[default]
    Either,
    /// The function's code: `lambda:SourceFunctionArn` is the function's ARN (Lambda Developer Guide, "Working with
    /// Lambda execution environment credentials").
    Code,
    /// The Lambda service, which attaches network interfaces and sends to destinations: the key is absent.
    Service,
}

/// The role as a caller.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) account: String,
    /// The role's ARN, when it is known.
    pub(super) role: Option<String>,
    /// The function's ARN, when it is known.
    pub(super) function: Option<String>,
}

/// What a question says about a call.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Call<'a> {
    pub(super) by: By,
    /// The Region of the resource, when the question names one.
    pub(super) region: Option<&'a str>,
    /// Keys of the request, in lower case, with the value that the caller chooses.
    pub(super) given: &'a [(&'a str, &'a str)],
}

impl<'a> Call<'a> {
    /// A call on the resources of a glob.
    pub(super) fn on(resource: &'a str) -> Self {
        let region = field(resource, 3);
        Call {
            region: region.filter(|region| !region.is_empty() && !region.contains(['*', '?'])),
            ..Call::default()
        }
    }

    /// Whether a key's value follows from the question.
    pub(super) fn decides(&self, key: &str) -> bool {
        match key {
            "aws:requestedregion" => self.region.is_some(),
            OF_FUNCTION => self.by != By::Either,
            _ => self.given.iter().any(|(given, _)| *given == key),
        }
    }
}

/// The key that holds the ARN of the function whose code calls.
pub(super) const OF_FUNCTION: &str = "lambda:sourcefunctionarn";

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
    /// Whether all demands hold, always, sometimes or never.
    pub(super) fn truth(&self, atoms: &[Atom], call: &Call<'_>, budget: &mut Budget) -> Truth {
        atoms
            .iter()
            .map(|atom| self.truth_of(atom, call, budget))
            .min()
            .unwrap_or(Truth::Always)
    }

    fn truth_of(&self, atom: &Atom, call: &Call<'_>, budget: &mut Budget) -> Truth {
        if matches!(atom.rule, Rule::Opaque(_)) {
            return Truth::Sometimes;
        }
        let domain = self.domain(&atom.key, call);
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

    fn domain(&self, key: &str, call: &Call<'_>) -> Domain {
        if let Some((_, value)) = call.given.iter().find(|(given, _)| *given == key) {
            return Domain::fixed(value);
        }
        match key {
            "aws:principalaccount" => Domain::fixed(&self.account),
            "aws:principaltype" => Domain::fixed("AssumedRole"),
            "aws:principalisawsservice" | "aws:viaawsservice" => Domain::fixed("false"),
            // The SDKs and Lambda itself call over TLS.
            "aws:securetransport" => Domain::fixed("true"),
            "aws:principalarn" => self.role.as_deref().map_or_else(|| self.any_role(), Domain::fixed),
            "aws:requestedregion" => call.region.map_or_else(Domain::free, Domain::fixed),
            OF_FUNCTION => match (call.by, &self.function) {
                (By::Service, _) => Domain::Absent,
                (By::Code, Some(function)) => Domain::fixed(function),
                (By::Code, None) => Domain::text(vec![Pattern::glob("arn:*:lambda:*:function:*")], vec![]),
                (By::Either, _) => Domain::free(),
            },
            _ if ABSENT.contains(&key) => Domain::Absent,
            _ => Domain::free(),
        }
    }

    fn any_role(&self) -> Domain {
        let name = [Token::One(Class::NoColon), Token::Many(Class::NoColon)];
        let roles = Pattern::glob("arn:aws*:iam::").then(Pattern::literal(&self.account));
        Domain::text(vec![roles.then(Pattern::literal(":role/")).then_tokens(name)], vec![])
    }
}
