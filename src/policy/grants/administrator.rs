//! Is the role equivalent to an administrator? Every action that no policy singles out, on every resource.

use super::{Answer, BUDGET, Entry, RoleGrants};
use crate::policy::document::Selection;
use crate::policy::pattern::{Budget, Class, Found, Language, Pattern, Token, glob_matches_any_case};
use std::collections::BTreeSet;

/// An action that hardly any policy mentions.
const PROBE: &str = "unmentioned:action";

/// With one of these on every resource a role gives itself whatever it lacks (sets of escalation by self-modification).
const SELF_ESCALATION: [&str; 4] = [
    "iam:AttachRolePolicy",
    "iam:CreatePolicyVersion",
    "iam:PutRolePolicy",
    "iam:SetDefaultPolicyVersion",
];

pub(super) fn allows_everything(grants: &RoleGrants) -> Answer {
    let Some(probe) = unmentioned_action(grants) else {
        return Answer::CannotTell("the action patterns leave no action unmentioned".into());
    };
    let mut undecided = None;
    for everything in everythings(grants) {
        match allows_all_of(grants, &everything, &probe) {
            Answer::Yes(grounds) => return Answer::Yes(grounds),
            Answer::CannotTell(reason) => undecided = Some(reason),
            Answer::No => {}
        }
    }
    undecided.map_or(Answer::No, Answer::CannotTell)
}

/// Globs for everything: `*`, and every ARN of the partitions for which the policies write something like `arn:aws:*`.
fn everythings(grants: &RoleGrants) -> BTreeSet<String> {
    let resources = grants.entries().filter_map(|entry| entry.statement.resource.as_ref());
    let globs = resources.flat_map(Selection::named);
    let arns = globs.filter_map(|glob| glob.strip_prefix("arn:")?.split_once(':'));
    let open = arns.filter(|(_, rest)| rest.starts_with('*'));
    open.map(|(partition, _)| format!("arn:{}:*:*:*:*", partition.replace('*', "aws")))
        .chain(["*".to_owned()])
        .collect()
}

fn allows_all_of(grants: &RoleGrants, everything: &str, probe: &str) -> Answer {
    let bulk = grants.covers(probe, everything);
    let Answer::Yes(grounds) = bulk else { return bulk };
    let mut undecided = None;
    for action in SELF_ESCALATION {
        match grants.covers(action, everything) {
            Answer::Yes(more) => {
                let all: BTreeSet<_> = grounds.into_iter().chain(more).collect();
                return Answer::Yes(all.into_iter().collect());
            }
            Answer::CannotTell(reason) => undecided = Some(reason),
            Answer::No => {}
        }
    }
    undecided.map_or(Answer::No, Answer::CannotTell)
}

/// An action of no particular service that only patterns for everything match. All such actions fare alike.
fn unmentioned_action(grants: &RoleGrants) -> Option<String> {
    let is_for_all = |text: &str| text.chars().all(|letter| matches!(letter, '*' | ':'));
    let names_probe = |entry: Entry<'_>| {
        let mut globs = entry.globs_for(PROBE);
        globs.any(|glob| !is_for_all(glob) && glob_matches_any_case(glob, PROBE))
    };
    if !grants.entries().any(names_probe) {
        return Some(PROBE.to_owned());
    }
    let word = [Token::One(Class::Lower), Token::Many(Class::Lower)];
    let shape = Pattern::new(vec![])
        .then_tokens(word)
        .then(Pattern::literal(":"))
        .then_tokens(word);
    let mentioned = grants.entries().flat_map(|entry| entry.statement.action.named());
    let mentioned = mentioned.filter(|text| !is_for_all(text));
    let none_of: Vec<_> = mentioned.map(|text| Pattern::glob(text).any_case()).collect();
    let language = Language {
        all_of: vec![std::slice::from_ref(&shape)],
        none_of: none_of.iter().collect(),
    };
    match language.find(&mut Budget::new(BUDGET)) {
        Found::Word(word) => Some(word),
        Found::Nothing | Found::GaveUp => None,
    }
}
