//! Which callers can two policies tell apart? Every principal that they name, and one stranger of each kind.

use crate::policy::document::{Effect, Policy, Principal, Selection, is_session_of};
use std::collections::BTreeSet;

/// A class of callers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Party {
    /// Whoever the identity policy is attached to.
    Holder,
    /// Exactly this principal.
    Named(Principal),
    Stranger(Kind),
}

/// Callers that no policy names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// An identity of this account; of an account that is not named, if there is none.
    Identity(Option<String>),
    Service,
    Federated,
    Anonymous,
}

/// Whether a principal element speaks about a class of callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Coverage {
    No,
    /// It is not documented.
    Unsure,
    Yes,
}

/// Whether the policy is one of a resource.
pub(super) fn names_principals(policy: &Policy) -> bool {
    policy
        .statements()
        .iter()
        .any(|statement| statement.principal.is_some())
}

/// The classes to look at.
pub(super) fn parties(policies: [&Policy; 2]) -> Vec<Party> {
    if !policies.iter().any(|policy| names_principals(policy)) {
        return vec![Party::Holder];
    }
    let statements = policies.into_iter().flat_map(Policy::statements);
    let listed = statements.flat_map(|statement| statement.principal.iter().flat_map(Selection::named));
    let listed: BTreeSet<&Principal> = listed.collect();
    let mut all = BTreeSet::from([
        Party::Stranger(Kind::Anonymous),
        Party::Stranger(Kind::Identity(None)),
        Party::Stranger(Kind::Service),
        Party::Stranger(Kind::Federated),
    ]);
    for principal in listed {
        match principal {
            Principal::Everyone | Principal::Deleted(_) => {}
            Principal::Account(account) => {
                all.insert(Party::Stranger(Kind::Identity(Some(account.clone()))));
            }
            Principal::Arn(arn) => {
                let account = arn.split(':').nth(4).map(str::to_owned);
                all.insert(Party::Stranger(Kind::Identity(account)));
                all.insert(Party::Named(principal.clone()));
            }
            Principal::Service(_) | Principal::Federated(_) | Principal::CanonicalUser(_) | Principal::Unknown(_) => {
                all.insert(Party::Named(principal.clone()));
            }
        }
    }
    all.into_iter().collect()
}

/// Whether a statement's principal element speaks about the class.
pub(super) fn coverage(principal: Option<&Selection<Principal>>, effect: Effect, party: &Party) -> Coverage {
    match principal {
        None if *party == Party::Holder => Coverage::Yes,
        None => Coverage::Unsure,
        Some(Selection::Only(listed)) => {
            let all = listed.iter().map(|one| covers(one, party));
            all.max().unwrap_or(Coverage::No)
        }
        Some(Selection::Except(listed)) => {
            let spared = listed
                .iter()
                .map(|one| spares(one, party))
                .max()
                .unwrap_or(Coverage::No);
            match (spared, effect) {
                (Coverage::Yes, _) => Coverage::No,
                // AWS documents NotPrincipal for Deny alone.
                (Coverage::No, Effect::Deny) => Coverage::Yes,
                (Coverage::Unsure, _) | (Coverage::No, Effect::Allow) => Coverage::Unsure,
            }
        }
    }
}

fn covers(listed: &Principal, party: &Party) -> Coverage {
    let is_match = match (listed, party) {
        (Principal::Everyone, _) => true,
        (Principal::Unknown(_) | Principal::CanonicalUser(_), Party::Named(named)) => listed == named,
        (Principal::Account(account), party) => party.account() == Some(account),
        (one, Party::Named(named)) if one == named => true,
        (Principal::Arn(role), Party::Named(Principal::Arn(session))) => is_session_of(session, role),
        _ => false,
    };
    if is_match { Coverage::Yes } else { Coverage::No }
}

/// `NotPrincipal` has to name account, role and session to spare an identity (IAM User Guide, that element's page).
fn spares(listed: &Principal, party: &Party) -> Coverage {
    let account = match listed {
        Principal::Account(account) => Some(account.as_str()),
        Principal::Arn(arn) => arn.split(':').nth(4),
        _ => None,
    };
    if account.is_some() && account == party.account() {
        return Coverage::Unsure;
    }
    covers(listed, party)
}

impl Party {
    pub(super) fn account(&self) -> Option<&str> {
        match self {
            Party::Named(Principal::Arn(arn)) => arn.split(':').nth(4),
            Party::Stranger(Kind::Identity(account)) => account.as_deref(),
            Party::Holder | Party::Named(_) | Party::Stranger(_) => None,
        }
    }
}

/// The ARNs of identities that principal elements name.
pub(super) fn identities<'p>(
    selections: impl Iterator<Item = &'p Selection<Principal>>,
) -> impl Iterator<Item = &'p str> {
    selections
        .flat_map(Selection::named)
        .filter_map(|principal| match principal {
            Principal::Arn(arn) => Some(arn.as_str()),
            _ => None,
        })
}
