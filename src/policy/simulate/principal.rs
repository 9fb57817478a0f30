//! Whom does a statement of a resource policy name? Once as far as AWS documents it, once as it is written.

use super::Match;
use super::caller::{Identity, Kind};
use crate::policy::document::{Effect, Principal, Selection, Statement};
use crate::policy::request::{Caller, Request, Values};

/// How a statement names a caller. Within an account it decides what else limits the grant (IAM User Guide, "How AWS
/// enforcement code logic evaluates requests", resource-based policies).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Naming {
    /// Its account, which then decides by identity policies.
    Account,
    /// The role of the session: within the permissions boundary and the session policy.
    Role,
    /// Everybody, or this user, session, service: nothing else has to allow it.
    Itself,
}

/// How the statement names the caller; `None` where it does not. `is_bounded`: a permissions boundary is attached.
pub(super) fn naming(statement: &Statement, caller: &Caller, is_bounded: bool) -> Option<Naming> {
    let names = |listed: &Principal| named(listed, caller);
    match (&statement.principal, statement.effect) {
        (None, _) => None,
        (Some(Selection::Only(listed)), _) => listed.iter().filter_map(names).max(),
        (Some(Selection::Except(listed)), Effect::Allow) => {
            let is_spared = listed.iter().any(|one| names(one).is_some());
            (!is_spared).then_some(Naming::Itself)
        }
        // "Permissions boundaries for IAM entities": such an entity is denied whatever the element lists.
        (Some(Selection::Except(_)), Effect::Deny) if is_bounded => Some(Naming::Itself),
        (Some(Selection::Except(listed)), Effect::Deny) => {
            // An account in the list does not spare its users: it stands beside them ("NotPrincipal").
            let is_spared = listed.iter().any(|one| names(one) > Some(Naming::Account));
            (!is_spared).then_some(Naming::Itself)
        }
    }
}

fn named(listed: &Principal, caller: &Caller) -> Option<Naming> {
    match (listed, caller) {
        (Principal::Everyone, _) => Some(Naming::Itself),
        (Principal::Service(listed) | Principal::Federated(listed), Caller::Service { name }) => {
            (listed == name).then_some(Naming::Itself)
        }
        (Principal::Federated(listed), Caller::Principal { arn }) => (listed == arn).then_some(Naming::Itself),
        (Principal::Account(account), Caller::Principal { arn }) => {
            let identity = Identity::new(arn);
            let naming = if identity.kind == Kind::Root {
                Naming::Itself
            } else {
                Naming::Account
            };
            (identity.account == account).then_some(naming)
        }
        (Principal::Arn(listed), Caller::Principal { arn }) => {
            let (listed, own) = (Identity::new(listed), Identity::new(arn));
            match own.kind {
                Kind::Role(_) if listed.arn == own.arn => Some(Naming::Role),
                _ if listed.arn == own.arn => Some(Naming::Itself),
                _ => own.is_session_of(&listed).then_some(Naming::Role),
            }
        }
        (
            Principal::Account(_)
            | Principal::Arn(_)
            | Principal::Service(_)
            | Principal::Federated(_)
            | Principal::CanonicalUser(_)
            | Principal::Deleted(_)
            | Principal::Unknown(_),
            _,
        ) => None,
    }
}

/// Whether the statement names the caller; unknown where AWS documents nothing.
pub(super) fn surely_names(statement: &Statement, request: &Request) -> Match {
    match (&statement.principal, statement.effect) {
        // AWS documents NotPrincipal for Deny alone, and a resource policy's statement has a principal.
        (Some(Selection::Except(_)), Effect::Allow) | (None, _) => Match::Unknown,
        (Some(Selection::Only(listed)), _) => Match::any(listed.iter().map(|one| is_caller(one, request))),
        (Some(Selection::Except(listed)), Effect::Deny) if is_user_spared(listed, request) => Match::No,
        (Some(Selection::Except(listed)), Effect::Deny) => {
            Match::every(listed.iter().map(|one| is_spared(one, request).not()))
        }
    }
}

/// Whether a user and the user's account are both listed, as in the first example of the page `NotPrincipal`.
fn is_user_spared(listed: &[Principal], request: &Request) -> bool {
    let Caller::Principal { arn } = &request.caller else {
        return false;
    };
    let lists_user = listed
        .iter()
        .any(|one| matches!(one, Principal::Arn(named) if named == arn));
    let account = request.caller.account();
    let lists_account = listed
        .iter()
        .any(|one| matches!(one, Principal::Account(id) if account == Some(id)));
    lists_user && lists_account && arn.contains(":user/")
}

fn is_caller(listed: &Principal, request: &Request) -> Match {
    match (listed, &request.caller) {
        (Principal::Everyone, _) => Match::Yes,
        (Principal::Account(account), caller) => Match::of(caller.account() == Some(account)),
        (Principal::Arn(listed), Caller::Principal { arn }) => {
            // A session is also its role, whose ARN is aws:PrincipalArn.
            let principal = request.context.get("aws:principalarn");
            let of_role = principal.is_some_and(|value| matches!(value, Values::One(role) if role == listed));
            Match::of(listed == arn || of_role)
        }
        (Principal::Service(listed), Caller::Service { name }) => Match::of(listed == name),
        (Principal::Arn(_) | Principal::Service(_) | Principal::Federated(_) | Principal::Deleted(_), _) => Match::No,
        (Principal::CanonicalUser(_) | Principal::Unknown(_), _) => Match::Unknown,
    }
}

/// Whether `NotPrincipal` spares the caller. It has to name the account, the role and the session (IAM User Guide,
/// the page of that element), so an identity of a named account is neither surely spared nor surely denied.
fn is_spared(listed: &Principal, request: &Request) -> Match {
    match (listed, &request.caller) {
        (Principal::Service(listed), Caller::Service { name }) => Match::of(listed == name),
        (Principal::Account(account), caller) if caller.account() == Some(account) => Match::Unknown,
        (Principal::Arn(arn), caller) if caller.account().is_some() && caller.account() == arn.split(':').nth(4) => {
            Match::Unknown
        }
        (Principal::Everyone | Principal::CanonicalUser(_) | Principal::Unknown(_), _) => Match::Unknown,
        (
            Principal::Account(_)
            | Principal::Arn(_)
            | Principal::Service(_)
            | Principal::Federated(_)
            | Principal::Deleted(_),
            _,
        ) => Match::No,
    }
}
