//! Which values can an action, a resource or a condition key have in the requests that are compared?

use super::caller::{self, Kind, Party};
use super::clause::{ACTION, Clause, RESOURCE};
use crate::policy::condition::{Comparison, Domain, Quantifier, Rule, Strings};
use crate::policy::document::Principal;
use crate::policy::pattern::{Class, Pattern, Token};
use crate::policy::request::Values;
use std::collections::{BTreeMap, BTreeSet};

/// Global keys that hold several values (IAM User Guide, "Multivalued context keys"); the other global keys hold one.
const MULTIVALUED: [&str; 7] = [
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:tagkeys",
    "aws:federatedprovider",
];

/// Keys that only calls of a service on behalf of a resource carry.
const OF_SERVICES: [&str; 6] = [
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:principalservicename",
    "aws:principalservicenameslist",
];

/// Keys that only calls of identities carry.
const OF_IDENTITIES: [&str; 3] = ["aws:principalorgid", "aws:principalorgpaths", "aws:username"];

/// What the two policies look at.
pub(super) struct Universe {
    /// Values of the keys behind policy variables.
    fixed: BTreeMap<String, String>,
    /// Keys that set operators look at and that may hold several values.
    several: BTreeSet<String>,
    /// Identities that the policies name: a stranger is none of them.
    named: Vec<Pattern>,
    shape: Shape,
}

/// Which resources to look among: first those that exist, then any text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Arn,
    Text,
}

impl Universe {
    /// The universe in which keys may hold one value only, or several.
    pub(super) fn new(
        clauses: [&[Clause<'_>]; 2],
        fixed: BTreeMap<String, String>,
        (has_sets, shape): (bool, Shape),
    ) -> Self {
        let several = if has_sets { set_keys(clauses) } else { BTreeSet::new() };
        let named = caller::identities(clauses.into_iter().flatten().filter_map(|clause| clause.principal));
        Universe {
            fixed,
            several,
            named: named.map(Pattern::literal).collect(),
            shape,
        }
    }

    /// The values of the keys behind policy variables.
    pub(super) fn given(&self) -> impl Iterator<Item = (String, Option<Values>)> {
        let value = |value: &String| Some(Values::One(value.clone()));
        self.fixed.iter().map(move |(key, given)| (key.clone(), value(given)))
    }

    pub(super) fn domain(&self, party: &Party, key: &str) -> Domain {
        if let Some(value) = self.fixed.get(key) {
            return Domain::fixed(value);
        }
        match key {
            ACTION => Domain::text(vec![actions()], vec![]),
            RESOURCE => Domain::text(vec![self.resources()], vec![]),
            _ if self.several.contains(key) => Domain::Texts {
                may_be_absent: true,
                strings: Strings::all(),
            },
            "aws:principalarn" => self.arns(party),
            _ => of_caller(party, key).unwrap_or_else(Domain::free),
        }
    }

    /// The ARN that an identity calls with; a session calls with its role's.
    fn arns(&self, party: &Party) -> Domain {
        let of = |account: Pattern| Domain::text(vec![account.in_account_field()], self.named.clone());
        match party {
            Party::Named(Principal::Arn(arn)) if !arn.contains(":assumed-role/") => Domain::fixed(arn),
            Party::Named(Principal::Arn(_)) => party.account().map_or_else(Domain::free, |id| of(Pattern::literal(id))),
            Party::Stranger(Kind::Identity(Some(account))) => of(Pattern::literal(account)),
            Party::Stranger(Kind::Identity(None)) => of(Pattern::anything()),
            Party::Holder | Party::Named(Principal::Federated(_)) | Party::Stranger(Kind::Federated) => Domain::free(),
            Party::Named(_) | Party::Stranger(Kind::Anonymous | Kind::Service) => Domain::Absent,
        }
    }

    fn resources(&self) -> Pattern {
        let some = |class| [Token::One(class), Token::Many(class)];
        match self.shape {
            Shape::Text => Pattern::new(some(Class::Any).to_vec()),
            Shape::Arn => {
                let colon = || Pattern::literal(":");
                let prefix = Pattern::literal("arn:")
                    .then_tokens(some(Class::Hyphened))
                    .then(colon());
                let service = prefix.then_tokens(some(Class::Hyphened)).then(colon());
                let region = service.then_tokens([Token::Many(Class::Hyphened)]).then(colon());
                let account = region.then_tokens([Token::Many(Class::Hyphened)]).then(colon());
                account.then_tokens(some(Class::Any))
            }
        }
    }
}

/// Keys that a set operator looks at and that are not known to hold one value.
pub(super) fn set_keys(clauses: [&[Clause<'_>]; 2]) -> BTreeSet<String> {
    let atoms = clauses.into_iter().flatten().flat_map(|clause| &clause.atoms);
    let is_set = |rule: &Rule| {
        matches!(
            rule,
            Rule::Compare(Comparison {
                quantifier: Quantifier::Any | Quantifier::All,
                ..
            })
        )
    };
    let keys = atoms.filter(|atom| is_set(&atom.rule)).map(|atom| atom.key.as_str());
    let may_be_many = |key: &&str| !key.starts_with("aws:") || MULTIVALUED.contains(key);
    keys.filter(may_be_many).map(str::to_owned).collect()
}

/// `service:Name`, in lower case: names of actions have no case.
fn actions() -> Pattern {
    let service = [Token::One(Class::Hyphened), Token::Many(Class::Hyphened)];
    let name = [Token::One(Class::Lower), Token::Many(Class::Hyphened)];
    Pattern::new(service.to_vec())
        .then(Pattern::literal(":"))
        .then_tokens(name)
}

/// What the kind of caller says about a key; nothing for whoever holds an identity policy.
fn of_caller(party: &Party, key: &str) -> Option<Domain> {
    let is_identity = matches!(
        party,
        Party::Named(Principal::Arn(_)) | Party::Stranger(Kind::Identity(_))
    );
    let is_service = matches!(
        party,
        Party::Named(Principal::Service(_)) | Party::Stranger(Kind::Service)
    );
    let is_anonymous = *party == Party::Stranger(Kind::Anonymous);
    match key {
        _ if *party == Party::Holder => None,
        _ if OF_SERVICES.contains(&key) && (is_identity || is_anonymous) => Some(Domain::Absent),
        _ if OF_IDENTITIES.contains(&key) && (is_service || is_anonymous) => Some(Domain::Absent),
        "aws:principalisawsservice" if is_service => Some(Domain::fixed("true")),
        "aws:principalisawsservice" if is_identity => Some(Domain::fixed("false")),
        "aws:principalaccount" if is_anonymous => Some(Domain::fixed("anonymous")),
        "aws:principalaccount" => party.account().map(Domain::fixed),
        "aws:principalservicename" => match party {
            Party::Named(Principal::Service(name)) => Some(Domain::fixed(name)),
            _ => None,
        },
        _ => None,
    }
}
