//! What do the policies name? Accounts, organizations, identities, services and sources, wherever they stand.

use super::Trust;
use super::class::World;
use super::service::{self, UNLISTED};
use crate::policy::document::{Effect, Policy, Principal, Selection, Statement};
use crate::policy::pattern::{Pattern, behind, field, key_and_default, variables};
use std::collections::BTreeSet;
use std::sync::Arc;

impl World {
    pub(super) fn new(policies: &[Policy], target: &str, trust: &Arc<Trust>) -> Self {
        let field = |index| field(target, index).unwrap_or_default().to_owned();
        let partition = Some(field(1))
            .filter(|partition| !partition.is_empty())
            .unwrap_or_else(|| "aws".into());
        let mut world = World {
            target: target.to_owned(),
            trust: Arc::clone(trust),
            partition,
            region: field(3),
            keys: BTreeSet::new(),
            variables: BTreeSet::new(),
            accounts: BTreeSet::new(),
            organizations: BTreeSet::new(),
            identities: BTreeSet::new(),
            denied: BTreeSet::new(),
            services: BTreeSet::new(),
            sources: BTreeSet::new(),
        };
        policies
            .iter()
            .flat_map(Policy::statements)
            .for_each(|statement| world.note(statement));
        world
    }

    fn note(&mut self, statement: &Statement) {
        for principal in statement.principal.iter().flat_map(Selection::named) {
            self.note_principal(principal, statement.effect);
        }
        let resources = statement.resource.iter().flat_map(Selection::named);
        let values = statement.conditions.iter().flat_map(|condition| &condition.values);
        let names = resources.chain(values).flat_map(|text| variables(text));
        self.variables.extend(names.map(|name| key_and_default(name).0));
        for condition in &statement.conditions {
            if !self.keys.contains(&condition.key) {
                self.keys.insert(condition.key.clone());
            }
            for value in &condition.values {
                self.accounts.extend(accounts(value));
                self.organizations.extend(organizations(value));
                let is_source = matches!(condition.key.as_str(), "aws:sourcearn" | "lambda:eventsourcetoken");
                let name = behind(value, 5).unwrap_or(value);
                let is_literal = ["String", "Equals"]
                    .iter()
                    .all(|word| condition.operator.contains(word));
                let is_compared = ["String", "Arn"].iter().any(|word| condition.operator.contains(word));
                if is_source && is_compared && (is_literal || !name.contains(['*', '?'])) {
                    self.sources.insert(value.clone());
                }
                if condition.key.starts_with("aws:principalservicename") {
                    self.services.extend(services(value));
                }
            }
        }
    }

    fn note_principal(&mut self, principal: &Principal, effect: Effect) {
        match principal {
            Principal::Account(account) => {
                self.accounts.insert(account.clone());
            }
            Principal::Arn(arn) => {
                self.accounts.extend(field(arn, 4).map(str::to_owned));
                self.identities.insert(arn.clone());
                if effect == Effect::Deny {
                    self.denied.insert(arn.clone());
                }
            }
            Principal::Service(name) => {
                self.services.insert(name.clone());
            }
            Principal::Everyone
            | Principal::Federated(_)
            | Principal::CanonicalUser(_)
            | Principal::Deleted(_)
            | Principal::Unknown(_) => {}
        }
    }
}

/// The services that a name with wildcards may mean: those of the table, and one that is in no table.
fn services(written: &str) -> Vec<String> {
    if !written.contains(['*', '?']) {
        return vec![written.to_owned()];
    }
    let pattern = Pattern::glob(written);
    let mut all: Vec<String> = service::principals()
        .filter(|name| pattern.matches(name))
        .map(str::to_owned)
        .collect();
    if !pattern.matches(UNLISTED) {
        let words = written.split('*').filter(|word| !word.is_empty());
        let mut some = words.collect::<Vec<_>>().join("unlisted").replace('?', "x");
        if written.ends_with('*') {
            some.push_str(UNLISTED);
        }
        if written.starts_with('*') {
            some.insert_str(0, "unlisted");
        }
        all.push(some);
    }
    all
}

/// The runs of twelve digits.
fn accounts(text: &str) -> impl Iterator<Item = String> {
    let (mut ends, mut run) = (text.bytes().chain([b' ']).enumerate(), 0);
    let next = move || {
        for (at, byte) in ends.by_ref() {
            let length = std::mem::take(&mut run);
            if byte.is_ascii_digit() {
                run = length + 1;
            } else if length == 12 {
                return text.get(at - 12..at).map(str::to_owned);
            }
        }
        None
    };
    std::iter::from_fn(next)
}

fn organizations(text: &str) -> impl Iterator<Item = String> {
    // Hardly any text names one.
    let words = text
        .contains("o-")
        .then(|| text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-')));
    words
        .into_iter()
        .flatten()
        .filter(|word| word.strip_prefix("o-").is_some_and(|id| id.len() >= 2))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_inside_patterns() {
        assert_eq!(
            accounts("arn:aws:sns:us-east-1:111122223333:*").collect::<Vec<_>>(),
            ["111122223333"]
        );
        assert_eq!(
            accounts("111122223333/1234567890123ü999988887777").collect::<Vec<_>>(),
            ["111122223333", "999988887777"]
        );
        assert_eq!(
            organizations("o-abcdefghij/r-abcd/*").collect::<Vec<_>>(),
            ["o-abcdefghij"]
        );
        assert_eq!(organizations("o-*").count() + accounts("1234567890123").count(), 0);
    }
}
