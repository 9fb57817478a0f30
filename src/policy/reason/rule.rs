//! Which calls does a statement speak about? Actions, resource and callers, each with how sure the match is.

use super::class::{Account, Class, Who};
use crate::policy::condition::{Atom, atoms};
use crate::policy::document::{Effect, Policy, Principal, Selection, Statement, Version};
use crate::policy::pattern::{glob_matches, glob_matches_any_case};

/// How sure a match is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Certainty {
    No,
    Unsure,
    Sure,
}

impl Certainty {
    fn of(is_match: bool) -> Self {
        if is_match { Certainty::Sure } else { Certainty::No }
    }

    fn not(self) -> Self {
        match self {
            Certainty::No => Certainty::Sure,
            Certainty::Unsure => Certainty::Unsure,
            Certainty::Sure => Certainty::No,
        }
    }
}

/// A statement prepared for reasoning about one resource.
#[derive(Debug)]
pub(super) struct Rule<'a> {
    pub(super) statement: &'a Statement,
    pub(super) label: String,
    pub(super) atoms: Vec<Atom>,
    pub(super) resource: Certainty,
}

impl<'a> Rule<'a> {
    pub(super) fn all(policies: &'a [Policy], resource: &str) -> Vec<Self> {
        let statements = policies
            .iter()
            .flat_map(|policy| policy.statements().iter().map(|one| (one, policy.version())));
        statements
            .map(|(statement, version)| Rule::new(statement, version, resource))
            .collect()
    }

    fn new(statement: &'a Statement, version: Version, resource: &str) -> Self {
        let resource = resource_certainty(statement, version, resource);
        Rule {
            statement,
            label: statement.label(),
            atoms: atoms(statement, version),
            resource,
        }
    }

    pub(super) fn has_action(&self, action: &str) -> bool {
        let is_named = |named: &[String]| named.iter().any(|glob| glob_matches_any_case(glob, action));
        match &self.statement.action {
            Selection::Only(named) => is_named(named),
            Selection::Except(named) => !is_named(named),
        }
    }

    /// The condition keys that the rule looks at.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.atoms.iter().map(|atom| atom.key.as_str())
    }

    /// Whether the rule speaks about the callers of a class.
    pub(super) fn covers(&self, class: &Class) -> Certainty {
        match (&self.statement.principal, self.statement.effect) {
            (None, _) | (Some(Selection::Except(_)), Effect::Allow) => Certainty::Unsure,
            (Some(Selection::Only(listed)), _) => listed
                .iter()
                .map(|principal| is_in(principal, class))
                .max()
                .unwrap_or(Certainty::No),
            (Some(Selection::Except(listed)), Effect::Deny) => listed
                .iter()
                .map(|principal| spares(principal, class).not())
                .min()
                .unwrap_or(Certainty::Sure),
        }
    }
}

/// A wildcard in the service field and a policy variable leave the match open (IAM User Guide, "Resource").
fn resource_certainty(statement: &Statement, version: Version, resource: &str) -> Certainty {
    let one = |element: &String| {
        let has_variable = version == Version::V2012 && element.contains("${");
        if has_variable {
            return Certainty::Unsure;
        }
        let service = element.split(':').nth(2).unwrap_or("*");
        let is_open = element != "*" && service.contains(['*', '?']);
        match glob_matches(element, resource) {
            true if is_open => Certainty::Unsure,
            is_match => Certainty::of(is_match),
        }
    };
    match &statement.resource {
        None => Certainty::Sure,
        Some(Selection::Only(elements)) => elements.iter().map(one).max().unwrap_or(Certainty::No),
        Some(Selection::Except(elements)) => elements.iter().map(one).max().unwrap_or(Certainty::No).not(),
    }
}

fn account_of(class: &Class) -> Option<&str> {
    match (&class.who, &class.account) {
        (Who::Identity(_) | Who::Named(_), Account::Known(account)) => Some(account),
        _ => None,
    }
}

fn is_in(principal: &Principal, class: &Class) -> Certainty {
    match (principal, &class.who) {
        (Principal::Everyone, _) => Certainty::Sure,
        (Principal::Account(account), _) => Certainty::of(account_of(class) == Some(account)),
        (Principal::Arn(listed), Who::Named(arn)) if listed == arn => Certainty::Sure,
        (Principal::Arn(listed), Who::Named(arn)) if is_session_of(arn, listed) => Certainty::Unsure,
        (Principal::Service(listed), Who::Service(acting)) => Certainty::of(*listed == acting.name),
        (Principal::Arn(_) | Principal::Service(_) | Principal::Federated(_) | Principal::Deleted(_), _) => {
            Certainty::No
        }
        (Principal::CanonicalUser(_) | Principal::Unknown(_), _) => Certainty::Unsure,
    }
}

/// Whether a session's ARN may belong to a role; the session does not tell the role's path.
fn is_session_of(session: &str, role: &str) -> bool {
    let name = session
        .split_once(":assumed-role/")
        .and_then(|(_, rest)| rest.split('/').next());
    let same_account = session.split(':').nth(4) == role.split(':').nth(4);
    same_account && name.is_some() && role.contains(":role/") && name == role.rsplit('/').next()
}

/// `NotPrincipal` has to name account, role and session to spare an identity (IAM User Guide, that element's page).
fn spares(principal: &Principal, class: &Class) -> Certainty {
    match (principal, &class.who) {
        (Principal::Service(listed), Who::Service(acting)) => Certainty::of(*listed == acting.name),
        (Principal::Account(account), _) if account_of(class) == Some(account) => Certainty::Unsure,
        (Principal::Arn(arn), _) if account_of(class).is_some() && account_of(class) == arn.split(':').nth(4) => {
            Certainty::Unsure
        }
        (Principal::Everyone | Principal::CanonicalUser(_) | Principal::Unknown(_), _) => Certainty::Unsure,
        (
            Principal::Account(_)
            | Principal::Arn(_)
            | Principal::Service(_)
            | Principal::Federated(_)
            | Principal::Deleted(_),
            _,
        ) => Certainty::No,
    }
}
