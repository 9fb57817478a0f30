//! Which condition keys follow from the request itself? Only those that AWS documents to be there and whose value is
//! certain; a key that the case gives stays as it is.

use super::caller::{Identity, Kind};
use crate::policy::request::{Caller, Request, Values};

/// Adds the keys (IAM User Guide, "AWS global condition context keys", the availability of each).
pub(super) fn complete(request: &mut Request, resource_account: Option<&str>) {
    let caller = request.caller.clone();
    let mut add = |key: &str, value: String| {
        request.context.entry(key.to_owned()).or_insert(Values::One(value));
    };
    match &caller {
        Caller::Anonymous => {
            for key in ["aws:principalaccount", "aws:userid"] {
                add(key, "anonymous".to_owned());
            }
            add("aws:principaltype", "Anonymous".to_owned());
        }
        Caller::Service { name } => {
            add("aws:principalisawsservice", "true".to_owned());
            add("aws:principalservicename", name.clone());
        }
        Caller::Principal { arn } => of_identity(&Identity::new(arn), &mut add),
    }
    if let Some(account) = resource_account {
        add("aws:resourceaccount", account.to_owned());
    }
}

fn of_identity(identity: &Identity<'_>, add: &mut impl FnMut(&str, String)) {
    if identity.kind == Kind::Provider {
        return;
    }
    add("aws:principalisawsservice", "false".to_owned());
    add("aws:principalaccount", identity.account.to_owned());
    add("aws:principalarn", principal_arn(identity));
    let kind = match identity.kind {
        Kind::Root => Some("Account"),
        Kind::User(_) => Some("User"),
        Kind::Role(_) | Kind::Session { .. } => Some("AssumedRole"),
        Kind::FederatedUser(_) => Some("FederatedUser"),
        Kind::Provider | Kind::Other => None,
    };
    if let Some(kind) = kind {
        add("aws:principaltype", kind.to_owned());
    }
    match identity.kind {
        Kind::User(name) => add("aws:username", name.to_owned()),
        Kind::Root => add("aws:userid", identity.account.to_owned()),
        Kind::FederatedUser(name) => add("aws:userid", format!("{}:{name}", identity.account)),
        Kind::Role(_) | Kind::Session { .. } | Kind::Provider | Kind::Other => {}
    }
}

/// A session's key holds the ARN of its role. The session's ARN does not tell the role's path; where the path matters,
/// the case has to give the key.
fn principal_arn(identity: &Identity<'_>) -> String {
    match identity.kind {
        Kind::Session { role } => {
            let partition = identity.arn.split(':').nth(1).unwrap_or("aws");
            format!("arn:{partition}:iam::{}:role/{role}", identity.account)
        }
        Kind::Root | Kind::User(_) | Kind::Role(_) | Kind::FederatedUser(_) | Kind::Provider | Kind::Other => {
            identity.arn.to_owned()
        }
    }
}
