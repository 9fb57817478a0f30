//! Whose users may take on a role by signing in elsewhere: with `OpenID` Connect (`sts:AssumeRoleWithWebIdentity`) or SAML?

use crate::policy::condition::{Atom, Domain, Literal, Rule, Solution, atoms, solve};
use crate::policy::document::{Effect, Policy, Principal, Selection, Statement};
use crate::policy::pattern::{Budget, glob_matches_any_case};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// An identity provider whose users may assume the role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Federation {
    /// The provider's host or ARN.
    pub provider: String,
    /// The statement's label.
    pub statement: String,
    /// It is a provider where anyone has an account, and no condition tells them apart.
    pub is_open: bool,
    /// Why it is not decided whether they may.
    pub undecided: Option<String>,
}

const SIGN_INS: [&str; 2] = ["sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"];
/// Work for one statement.
const BUDGET: u64 = 200_000;

/// A provider where anyone can have an account: its host, and claims that a stranger has there. The audience tells
/// strangers apart only where it is the application's own id; build services send the same one for everybody.
struct Public {
    host: &'static str,
    audience_is_own: bool,
    strangers: &'static [&'static str],
}

const fn application(host: &'static str) -> Public {
    Public {
        host,
        audience_is_own: true,
        strangers: &["stranger-7c2e"],
    }
}

const fn builds(host: &'static str, strangers: &'static [&'static str]) -> Public {
    Public {
        host,
        audience_is_own: false,
        strangers,
    }
}

/// Subjects as the providers' own guides on AWS describe them, 2026-11.
static PUBLIC: [Public; 7] = [
    application("accounts.google.com"),
    application("cognito-identity.amazonaws.com"),
    application("graph.facebook.com"),
    application("www.amazon.com"),
    builds(
        "token.actions.githubusercontent.com",
        &["repo:stranger-7c2e/x:ref:refs/heads/main", "stranger-7c2e"],
    ),
    builds(
        "gitlab.com",
        &["project_path:stranger-7c2e/x:ref_type:branch:ref:main", "stranger-7c2e"],
    ),
    builds(
        "app.terraform.io",
        &[
            "organization:stranger-7c2e:project:x:workspace:y:run_phase:apply",
            "stranger-7c2e",
        ],
    ),
];

/// The providers whose users may assume the role, one entry for each and statement.
pub fn federations(policy: &Policy) -> Vec<Federation> {
    let allowing = policy
        .statements()
        .iter()
        .filter(|statement| statement.effect == Effect::Allow && signs_in(statement));
    let found: BTreeSet<Federation> = allowing.flat_map(|statement| of_statement(statement, policy)).collect();
    found.into_iter().collect()
}

fn signs_in(statement: &Statement) -> bool {
    let names = |action: &&&str| {
        let mut globs = statement.action.named().iter();
        let is_named = globs.any(|glob| glob_matches_any_case(glob, action));
        is_named == matches!(statement.action, Selection::Only(_))
    };
    SIGN_INS.iter().any(|action| names(&action))
}

fn of_statement(statement: &Statement, policy: &Policy) -> Vec<Federation> {
    let federation = |provider: &str| judge(provider, statement, policy);
    match &statement.principal {
        Some(Selection::Only(principals)) => {
            let providers = principals.iter().filter_map(|principal| match principal {
                Principal::Federated(provider) => Some(provider.as_str()),
                _ => None,
            });
            providers.filter_map(federation).collect()
        }
        // Nothing else is told about an Allow with NotPrincipal, or with none, for `sts:AssumeRole` either.
        Some(Selection::Except(_)) | None => Vec::new(),
    }
}

fn judge(provider: &str, statement: &Statement, policy: &Policy) -> Option<Federation> {
    let own = atoms(statement, policy.version());
    let answer = can_pass(provider, &own, policy);
    let undecided = match answer {
        Solution::Nothing => return None,
        Solution::Value(_) => None,
        Solution::Unknown(reason) => Some(reason),
    };
    Some(Federation {
        provider: host(provider).to_owned(),
        statement: statement.label(),
        is_open: is_open(host(provider), &own),
        undecided,
    })
}

/// Whether a sign-in can meet the demands and escape every denial.
fn can_pass(provider: &str, own: &[Atom], policy: &Policy) -> Solution {
    let denials = policy
        .statements()
        .iter()
        .filter(|statement| statement.effect == Effect::Deny && signs_in(statement) && concerns(statement, provider));
    let denials: Vec<Vec<Atom>> = denials.map(|statement| atoms(statement, policy.version())).collect();
    let mut wanted: Vec<(&Atom, bool)> = own.iter().map(|atom| (atom, true)).collect();
    let mut budget = Budget::new(BUDGET);
    for denial in &denials {
        let escape = denial.iter().find(|atom| {
            let with = wanted.iter().copied().chain([(*atom, false)]);
            matches!(solved(with, &mut budget), Solution::Value(_))
        });
        match escape {
            Some(atom) => wanted.push((atom, false)),
            None if denial.is_empty() => return Solution::Nothing,
            None => return Solution::Unknown("a Deny with conditions stands beside it".into()),
        }
    }
    solved(wanted.into_iter(), &mut budget)
}

fn concerns(statement: &Statement, provider: &str) -> bool {
    let names = |principal: &Principal| match principal {
        Principal::Everyone => true,
        Principal::Federated(named) => named == provider,
        _ => false,
    };
    match &statement.principal {
        None => true,
        Some(Selection::Only(principals)) => principals.iter().any(names),
        Some(Selection::Except(principals)) => !principals.iter().any(names),
    }
}

/// Solves the demands key by key.
fn solved<'a>(wanted: impl Iterator<Item = (&'a Atom, bool)>, budget: &mut Budget) -> Solution {
    let mut by_key: BTreeMap<&str, Vec<Literal<'a>>> = BTreeMap::new();
    for (atom, want) in wanted {
        let atom_of = Cow::Borrowed(atom);
        by_key
            .entry(&atom.key)
            .or_default()
            .push(Literal { atom: atom_of, want });
    }
    let mut undecided = None;
    for (key, literals) in by_key {
        // A sign-in is nobody's call on behalf of a resource.
        let domain = if key.starts_with("aws:source") && !key.starts_with("aws:sourceip") {
            Domain::Absent
        } else {
            Domain::free()
        };
        match solve(&domain, &literals, budget) {
            Solution::Nothing => return Solution::Nothing,
            Solution::Unknown(reason) => undecided = Some(reason),
            Solution::Value(_) => {}
        }
    }
    undecided.map_or(Solution::Value(None), Solution::Unknown)
}

/// The host of an `OpenID` Connect provider; a SAML provider stays what it is.
fn host(provider: &str) -> &str {
    provider
        .split_once(":oidc-provider/")
        .map_or(provider, |(_, host)| host)
}

fn is_open(host: &str, own: &[Atom]) -> bool {
    let Some(public) = PUBLIC.iter().find(|public| public.host == host) else {
        return false;
    };
    let confines = |atom: &Atom| {
        let Some(claim) = atom.key.strip_prefix(host).and_then(|rest| rest.strip_prefix(':')) else {
            return false;
        };
        let Rule::Compare(comparison) = &atom.rule else {
            return false;
        };
        let tells_apart = claim != "aud" || public.audience_is_own;
        let admits = public
            .strangers
            .iter()
            .any(|stranger| comparison.passes(stranger) != Some(false));
        tells_apart && !comparison.when_absent && !admits
    };
    !own.iter().any(confines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(statements: &str) -> Vec<(String, bool, bool)> {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        let found = federations(&Policy::parse(&text).expect("a policy"));
        found
            .into_iter()
            .map(|one| (one.provider, one.is_open, one.undecided.is_some()))
            .collect()
    }

    fn web(provider: &str, condition: &str) -> String {
        format!(
            r#"{{"Effect":"Allow","Principal":{{"Federated":"{provider}"}},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{condition}}}"#
        )
    }

    const BUILDS: &str = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";

    #[test]
    fn a_public_provider_is_open_unless_a_claim_tells_its_users_apart() {
        let host = "token.actions.githubusercontent.com";
        let open = |condition: &str| ask(&web(BUILDS, condition)) == [(host.to_owned(), true, false)];
        assert!(open("{}"));
        assert!(open(&format!(
            r#"{{"StringEquals":{{"{host}:aud":"sts.amazonaws.com"}}}}"#
        )));
        assert!(open(&format!(r#"{{"StringLike":{{"{host}:sub":"repo:*"}}}}"#)));
        assert!(!open(&format!(r#"{{"StringLike":{{"{host}:sub":"repo:shop/*"}}}}"#)));
        let own = r#"{"StringEquals":{"accounts.google.com:aud":"app"}}"#;
        assert_eq!(
            ask(&web("accounts.google.com", own)),
            [("accounts.google.com".to_owned(), false, false)]
        );
    }

    #[test]
    fn what_can_never_pass_is_no_way_in() {
        assert_eq!(ask(&web(BUILDS, r#"{"StringEquals":{"aws:SourceAccount":"1"}}"#)), []);
        let deny = r#"{"Effect":"Deny","Principal":"*","Action":"sts:*"}"#;
        assert_eq!(ask(&format!("{},{deny}", web(BUILDS, "{}"))), []);
        let elsewhere =
            r#"{"Effect":"Deny","Principal":"*","Action":"sts:*","Condition":{"StringNotEquals":{"saml:aud":"x"}}}"#;
        assert_eq!(ask(&format!("{},{elsewhere}", web(BUILDS, "{}"))).len(), 1);
        let plain = web(BUILDS, "{}").replace("WithWebIdentity", "");
        assert_eq!(ask(&plain), []);
        assert!(ask(&web(BUILDS, r#"{"Odd":{"aws:userid":"x"}}"#))[0].2);
    }
}
