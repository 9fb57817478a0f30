//! Which calls does a statement speak about? Actions, resource and callers, each with how sure the match is.

use super::class::{Account, Class, Who, World};
use super::demand;
use crate::policy::condition::{Atom, Rule as Demanded, atoms_with};
use crate::policy::document::{Effect, Policy, Principal, Selection, Statement, Version, is_session_of};
use crate::policy::pattern::{
    Fill, Meaning, Pattern, Wildcards, field, glob_matches, glob_matches_any_case, has_variable, variables,
};

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
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule<'a> {
    pub(super) statement: &'a Statement,
    pub(super) label: &'a str,
    /// What is demanded of every caller; what depends on variables of the caller is opaque here.
    pub(super) atoms: &'a [Atom],
    /// Whether the resource is meant; unsure where that depends on the caller.
    pub(super) resource: Certainty,
    variables: Variables,
}

/// What was prepared of a statement.
#[derive(Debug)]
pub(super) struct Prepared {
    label: String,
    atoms: Vec<Atom>,
    resource: Certainty,
    variables: Variables,
}

/// Whether elements hold variables whose values depend on the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Variables {
    in_resource: bool,
    in_conditions: bool,
}

impl Prepared {
    pub(super) fn all(policies: &[Policy], world: &World) -> Vec<Self> {
        let statements = policies
            .iter()
            .flat_map(|policy| policy.statements().iter().map(|one| (one, policy.version())));
        statements
            .map(|(statement, version)| Prepared::new(statement, version, world))
            .collect()
    }

    fn new(statement: &Statement, version: Version, world: &World) -> Self {
        let fill = |name: &str| world.fill(name);
        let is_open =
            |text: &String| version == Version::V2012 && variables(text).any(|name| world.fill(name) == Fill::Unknown);
        let variables = Variables {
            in_resource: statement.resource.iter().flat_map(Selection::named).any(is_open),
            in_conditions: statement.conditions.iter().flat_map(|one| &one.values).any(is_open),
        };
        Prepared {
            label: statement.label(),
            atoms: atoms_with(statement, version, &|name, _| fill(name)),
            resource: resource_certainty((statement, version), &world.target, &fill),
            variables,
        }
    }
}

impl<'a> Rule<'a> {
    /// The statements of the policies, each with what was prepared of it.
    pub(super) fn all(policies: &'a [Policy], prepared: &'a [Prepared]) -> Vec<Self> {
        let statements = policies.iter().flat_map(Policy::statements);
        let both = statements.zip(prepared).map(|(statement, prepared)| Rule {
            statement,
            label: &prepared.label,
            atoms: &prepared.atoms,
            resource: prepared.resource,
            variables: prepared.variables,
        });
        both.collect()
    }

    /// Whether there are variables whose values depend on the caller.
    pub(super) fn has_open_variables(&self) -> bool {
        self.variables.in_resource || self.variables.in_conditions
    }

    /// What is demanded of the callers of a class, where that is not what is demanded of every caller.
    pub(super) fn with_variables(&self, world: &World, class: &Class) -> Option<Vec<Atom>> {
        if !self.variables.in_conditions {
            return None;
        }
        // What a condition makes of a variable without a value is not documented for every operator.
        let fill = |name: &str, _| match world.fill_for(class, name) {
            Fill::Nothing => Fill::Unknown,
            known => known,
        };
        let mut atoms = atoms_with(self.statement, Version::V2012, &fill);
        for (atom, condition) in atoms.iter_mut().zip(&self.statement.conditions) {
            let turned =
                matches!(atom.rule, Demanded::Opaque(_)).then(|| demand::of_condition(condition, world, class));
            if let Some(turned) = turned.flatten() {
                *atom = turned;
            }
        }
        Some(atoms)
    }

    /// What is demanded of a caller for the resource to be meant, where that is known although the caller is not.
    pub(super) fn resource_demand(&self, world: &World) -> Option<Atom> {
        self.variables
            .in_resource
            .then(|| demand::of_resource(self.statement, world))
            .flatten()
    }

    /// Whether the resource is meant when such a caller asks.
    pub(super) fn resource_for(&self, world: &World, class: &Class) -> Certainty {
        if !self.variables.in_resource {
            return self.resource;
        }
        let fill = |name: &str| world.fill_in_resource(class, name);
        resource_certainty((self.statement, Version::V2012), &world.target, &fill)
    }

    pub(super) fn has_action(&self, action: &str) -> bool {
        speaks_of(self.statement, action)
    }

    /// The condition keys that the rule looks at.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'a str> {
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
            (Some(Selection::Except(listed)), Effect::Deny) if spares_user(listed, class) => Certainty::No,
            (Some(Selection::Except(listed)), Effect::Deny) => listed
                .iter()
                .map(|principal| spares(principal, class).not())
                .min()
                .unwrap_or(Certainty::Sure),
        }
    }
}

/// Whether the statement's actions take in this one.
pub(super) fn speaks_of(statement: &Statement, action: &str) -> bool {
    let is_named = |named: &[String]| named.iter().any(|glob| glob_matches_any_case(glob, action));
    match &statement.action {
        Selection::Only(named) => is_named(named),
        Selection::Except(named) => !is_named(named),
    }
}

/// A wildcard in the service field and an unknown variable leave the match open (IAM User Guide, "Resource").
fn resource_certainty(
    (statement, version): (&Statement, Version),
    resource: &str,
    fill: &dyn Fn(&str) -> Fill,
) -> Certainty {
    let one = |element: &String| {
        let is_match = match version {
            Version::V2012 if has_variable(element) => match Pattern::template(element, Wildcards::Meant, fill) {
                Meaning::Pattern(pattern) => pattern.matches(resource),
                Meaning::Nothing if matches!(statement.resource, Some(Selection::Except(_))) => {
                    return Certainty::Unsure;
                }
                Meaning::Nothing => false,
                Meaning::Unknown(_) => return Certainty::Unsure,
            },
            Version::V2012 | Version::V2008 => glob_matches(element, resource),
        };
        let service = field(element, 2).unwrap_or("*");
        let is_open = element != "*" && service.contains(['*', '?']);
        match is_match {
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
        (Principal::Arn(listed), Who::Named(arn)) if is_session_of(arn, listed) => Certainty::Sure,
        (Principal::Service(listed), Who::Service(acting)) => Certainty::of(*listed == acting.name),
        (Principal::Arn(_) | Principal::Service(_) | Principal::Federated(_) | Principal::Deleted(_), _) => {
            Certainty::No
        }
        (Principal::CanonicalUser(_) | Principal::Unknown(_), _) => Certainty::Unsure,
    }
}

/// A user is spared when it and its account are named (IAM User Guide, "NotPrincipal": the first example).
fn spares_user(listed: &[Principal], class: &Class) -> bool {
    let Who::Named(arn) = &class.who else { return false };
    let is_named = |principal: &Principal| matches!(principal, Principal::Arn(named) if named == arn);
    let is_account =
        |principal: &Principal| matches!(principal, Principal::Account(id) if account_of(class) == Some(id));
    arn.contains(":user/") && listed.iter().any(is_named) && listed.iter().any(is_account)
}

/// `NotPrincipal` has to name account, role and session to spare an identity (IAM User Guide, that element's page).
fn spares(principal: &Principal, class: &Class) -> Certainty {
    match (principal, &class.who) {
        (Principal::Service(listed), Who::Service(acting)) => Certainty::of(*listed == acting.name),
        (Principal::Account(account), _) if account_of(class) == Some(account) => Certainty::Unsure,
        (Principal::Arn(arn), _) if account_of(class).is_some() && account_of(class) == field(arn, 4) => {
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
