//! What does one statement say, as far as no question matters? Prepared once, so that many questions stay cheap.

use super::Ground;
use super::role::{Call, Caller, Truth};
use crate::policy::condition::{Atom, atoms};
use crate::policy::document::{Effect, Policy, Selection, Statement, Version};
use crate::policy::pattern::{Budget, Language, Pattern, field, glob_matches, glob_matches_any_case};
use std::borrow::Cow;
use std::sync::Arc;

/// Work for the conditions of one statement.
const BUDGET: u64 = 100_000;

/// A policy with its name and its prepared statements.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) name: String,
    policy: Policy,
    rules: Vec<Rule>,
}

impl Source {
    pub(super) fn new(name: String, policy: Policy, caller: &Caller) -> Self {
        let version = policy.version();
        let rules = policy.statements().iter();
        let rules = rules.map(|statement| Rule::new(statement, version, caller)).collect();
        Source { name, policy, rules }
    }

    /// Its statements, each with what was prepared of it.
    pub(super) fn rules(&self) -> impl Iterator<Item = Entry<'_>> {
        let both = self.policy.statements().iter().zip(&self.rules);
        both.map(|(statement, rule)| Entry {
            policy: &self.name,
            statement,
            rule,
        })
    }

    /// Decides the conditions anew, since more is known of the caller.
    pub(super) fn settle(&mut self, caller: &Caller) {
        for rule in &mut self.rules {
            rule.truth = caller.truth(&rule.atoms, &Call::default(), &mut Budget::new(BUDGET));
        }
    }
}

/// A statement in its policy.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) policy: &'a str,
    pub(super) statement: &'a Statement,
    pub(super) rule: &'a Rule,
}

impl Entry<'_> {
    pub(super) fn ground(&self) -> Ground {
        Ground {
            policy: self.policy.to_owned(),
            statement: self.statement.label(),
        }
    }

    /// The resource element that a resource falls under, as written.
    pub(super) fn element_of(&self, resource: &str) -> String {
        match &self.statement.resource {
            None => "*".to_owned(),
            Some(Selection::Except(elements)) => format!("everything but {}", elements.join(", ")),
            Some(Selection::Only(elements)) => {
                let element = elements.iter().find(|element| glob_matches(element, resource));
                element.cloned().unwrap_or_else(|| resource.to_owned())
            }
        }
    }

    /// The action patterns that can match the action.
    pub(super) fn globs_for(&self, action: &str) -> impl Iterator<Item = &str> {
        let globs = self.statement.action.named();
        let places = self.rule.actions.candidates(service_of(action));
        places.filter_map(|place| globs.get(place).map(String::as_str))
    }

    /// Whether the statement says anything about the action.
    pub(super) fn is_about(&self, action: &str) -> bool {
        self.is_about_of(service_of(action), action)
    }

    /// As [`Self::is_about`], the digest of the action's service being known.
    pub(super) fn is_about_of(&self, service: u64, action: &str) -> bool {
        let globs = self.statement.action.named();
        let fits = |place: usize| globs.get(place).is_some_and(|glob| glob_matches_any_case(glob, action));
        let is_named = self.rule.actions.candidates(service).any(fits);
        match self.statement.action {
            Selection::Only(_) => is_named,
            Selection::Except(_) => !is_named,
        }
    }

    /// Whether it allows the action on every resource, whatever the call.
    pub(super) fn allows_all(&self, action: &str) -> bool {
        let is_plain = self.rule.effect == Effect::Allow && self.rule.atoms.is_empty();
        is_plain && matches!(self.rule.least, Resources::All) && self.is_about(action)
    }

    /// Whether the conditions hold for a call.
    pub(super) fn truth(&self, caller: &Caller, call: &Call<'_>, budget: &mut Budget) -> Truth {
        let depends = self.rule.atoms.iter().any(|atom| call.decides(&atom.key));
        if depends {
            caller.truth(&self.rule.atoms, call, budget)
        } else {
            self.rule.truth
        }
    }
}

/// What was prepared of a statement.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) effect: Effect,
    actions: Actions,
    /// Resources that are surely meant.
    pub(super) least: Resources,
    /// Resources that may be meant: policy variables can hold anything.
    pub(super) most: Resources,
    pub(super) atoms: Vec<Atom>,
    /// Whether the conditions hold, for a call of which nothing is known.
    truth: Truth,
    /// Whether the resources that are surely meant are all that may be.
    pub(super) is_exact: bool,
}

impl Rule {
    fn new(statement: &Statement, version: Version, caller: &Caller) -> Self {
        let atoms = atoms(statement, version);
        let ([least, most], is_exact) = resources(statement, version);
        Rule {
            effect: statement.effect,
            actions: Actions::new(statement.action.named()),
            least,
            most,
            is_exact,
            truth: caller.truth(&atoms, &Call::default(), &mut Budget::new(BUDGET)),
            atoms,
        }
    }
}

/// Where in a statement to look for an action: `ReadOnlyAccess` has more than a thousand patterns.
#[derive(Debug, Clone)]
struct Actions {
    /// Digest of the service and the pattern's place, in order.
    by_service: Vec<(u64, usize)>,
    /// Places of the patterns that belong to no single service.
    wide: Vec<usize>,
}

impl Actions {
    fn new(globs: &[String]) -> Self {
        let mut actions = Actions {
            by_service: Vec::with_capacity(globs.len()),
            wide: Vec::new(),
        };
        for (index, glob) in globs.iter().enumerate() {
            match glob.split_once(':') {
                Some((service, _)) if is_plain(service) => actions.by_service.push((digest(service), index)),
                _ => actions.wide.push(index),
            }
        }
        actions.by_service.sort_unstable();
        actions
    }

    /// Whether the service is between the first and the last.
    fn may_have(&self, service: u64) -> bool {
        let (first, last) = (self.by_service.first(), self.by_service.last());
        first.is_some_and(|(own, _)| *own <= service) && last.is_some_and(|(own, _)| *own >= service)
    }

    /// The places of the patterns that can match the action.
    fn candidates(&self, service: u64) -> impl Iterator<Item = usize> {
        let from = if self.may_have(service) {
            self.by_service.partition_point(|(own, _)| *own < service)
        } else {
            self.by_service.len()
        };
        let of_service = self.by_service.get(from..).unwrap_or_default().iter();
        let of_service = of_service.take_while(move |(own, _)| *own == service);
        of_service.map(|(_, index)| *index).chain(self.wide.iter().copied())
    }
}

fn is_plain(service: &str) -> bool {
    service.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// FNV-1a without regard to case; two services of one digest only cost a comparison.
fn digest(service: &str) -> u64 {
    digest_of(service.bytes())
}

fn digest_of(service: impl Iterator<Item = u8>) -> u64 {
    service.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The digest of an action's service, or of a service.
pub(super) fn service_of(action: &str) -> u64 {
    digest_of(action.bytes().take_while(|byte| *byte != b':'))
}

/// Where a role's own Allow statements speak of which service: most questions are about actions that none speaks of.
#[derive(Debug, Clone)]
pub(super) struct Spoken {
    /// Digest of a service, and the places of a policy, of its statement and of the statement's pattern, in order.
    named: Vec<(u64, [usize; 3])>,
    /// The places of policy and statement that speak of all services, or of all but some.
    wide: Vec<[usize; 2]>,
    /// The first letters of the services, a bit for each.
    initials: u32,
}

impl Spoken {
    pub(super) fn of(sources: &[Source]) -> Self {
        let (mut named, mut wide, mut initials) = (Vec::new(), Vec::new(), 0);
        for (policy, source) in sources.iter().enumerate() {
            for (place, entry) in source.rules().enumerate() {
                if entry.rule.effect == Effect::Deny {
                    continue;
                }
                let actions = &entry.rule.actions;
                if !actions.wide.is_empty() || matches!(entry.statement.action, Selection::Except(_)) {
                    wide.push([policy, place]);
                } else {
                    let places = actions.by_service.iter();
                    named.extend(places.map(|(service, glob)| (*service, [policy, place, *glob])));
                    let globs = entry.statement.action.named().iter();
                    initials = globs.fold(initials, |all, glob| all | initial(glob));
                }
            }
        }
        named.sort_unstable();
        Self { named, wide, initials }
    }

    /// Whether some statement may speak of a service, or of an action's.
    pub(super) fn may_have(&self, action: &str) -> bool {
        !self.wide.is_empty() || self.of_service(service_of(action)).next().is_some()
    }

    /// Whether some statement of the same policies speaks of an action.
    pub(super) fn has(&self, action: &str, sources: &[Source]) -> bool {
        if self.wide.is_empty() && self.initials & initial(action) == 0 {
            return false;
        }
        let service = service_of(action);
        let fits = |[policy, statement, glob]: [usize; 3]| {
            let source = sources.get(policy);
            let statement = source.and_then(|source| source.policy.statements().get(statement));
            let glob = statement.and_then(|statement| statement.action.named().get(glob));
            glob.is_some_and(|glob| glob_matches_any_case(glob, action))
        };
        let speaks = |[policy, statement]: &[usize; 2]| {
            let mut entry = sources.get(*policy).into_iter().flat_map(Source::rules);
            entry
                .nth(*statement)
                .is_some_and(|entry| entry.is_about_of(service, action))
        };
        self.of_service(service).any(fits) || self.wide.iter().any(speaks)
    }

    fn of_service(&self, service: u64) -> impl Iterator<Item = [usize; 3]> {
        let from = self.named.partition_point(|(own, _)| *own < service);
        let rest = self.named.get(from..).unwrap_or_default().iter();
        rest.take_while(move |(own, _)| *own == service)
            .map(|(_, place)| *place)
    }
}

/// A bit for the letter that an action begins with, in any case.
fn initial(action: &str) -> u32 {
    let letter = action.bytes().next().unwrap_or_default();
    1_u32.wrapping_shl(u32::from(letter))
}

/// A set of resources.
#[derive(Debug, Clone)]
pub(super) enum Resources {
    All,
    Only(Arc<[Pattern]>),
    Except(Arc<[Pattern]>),
}

impl Resources {
    /// Narrows a language to these resources.
    pub(super) fn within<'a>(&'a self, mut language: Language<'a>) -> Language<'a> {
        match self {
            Resources::All => {}
            Resources::Only(patterns) => language.all_of.push(patterns),
            Resources::Except(patterns) => language.none_of.extend(patterns.iter()),
        }
        language
    }

    /// Narrows a language to all other resources.
    pub(super) fn outside<'a>(&'a self, mut language: Language<'a>) -> Language<'a> {
        match self {
            Resources::All => language.all_of.push(&[]),
            Resources::Only(patterns) => language.none_of.extend(patterns.iter()),
            Resources::Except(patterns) => language.all_of.push(patterns),
        }
        language
    }

    pub(super) fn has(&self, resource: &str) -> bool {
        match self {
            Resources::All => true,
            Resources::Only(patterns) => patterns.iter().any(|pattern| pattern.matches(resource)),
            Resources::Except(patterns) => !patterns.iter().any(|pattern| pattern.matches(resource)),
        }
    }
}

/// The resources of a statement, at least and at most, and whether these are the same.
fn resources(statement: &Statement, version: Version) -> ([Resources; 2], bool) {
    let has_variable = |text: &str| version == Version::V2012 && text.contains("${");
    let is_open =
        |text: &String| has_variable(text) || (*text != "*" && field(text, 2).unwrap_or("*").contains(['*', '?']));
    let named = match &statement.resource {
        None => return ([Resources::All, Resources::All], true),
        Some(Selection::Only(named)) if named.iter().any(|text| text == "*") => {
            return ([Resources::All, Resources::All], true);
        }
        Some(Selection::Only(named) | Selection::Except(named)) => named,
    };
    let all: Arc<[Pattern]> = named
        .iter()
        .map(|text| Pattern::glob(&without_variables(text, version)))
        .collect();
    let is_exact = !named.iter().any(is_open);
    let sure: Arc<[Pattern]> = if is_exact {
        Arc::clone(&all)
    } else {
        let certain = named.iter().filter(|text| !is_open(text));
        certain.map(|text| Pattern::glob(text)).collect()
    };
    let both = match &statement.resource {
        Some(Selection::Except(_)) => [Resources::Except(all), Resources::Except(sure)],
        Some(Selection::Only(_)) | None => [Resources::Only(sure), Resources::Only(all)],
    };
    (both, is_exact)
}

/// The element with every policy variable widened to a wildcard.
fn without_variables(text: &str, version: Version) -> Cow<'_, str> {
    if version == Version::V2008 || !text.contains("${") {
        return text.into();
    }
    let mut written = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((_, after)) = after.split_once('}') else { break };
        written.push_str(before);
        written.push('*');
        rest = after;
    }
    (written + rest).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_looked_for_where_it_can_be() {
        let globs = ["s3:Get*", "S3:Put*", "*", "sqs:*", "s?s:Send*"].map(str::to_owned);
        let actions = Actions::new(&globs);
        let places = |action: &str| {
            let mut places: Vec<usize> = actions.candidates(service_of(action)).collect();
            places.sort_unstable();
            places
        };
        assert_eq!(places("s3:GetObject"), [0, 1, 2, 4]);
        assert_eq!(places("SQS:SendMessage"), [2, 3, 4]);
        assert_eq!(places("kms:Decrypt"), [2, 4]);
    }
}
