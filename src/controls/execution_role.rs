//! Execution role: what the function can do.
//!
//! One defect, one finding. A role that is an administrator has the finding of role-admin, and no other control speaks of
//! what it may do too much. A role that does not exist has the finding of role-missing, and no other control speaks of
//! what it may not do. A statement can have two defects that are mended apart: a wildcard among its actions
//! (role-wildcard-action) and one among its resources (role-wildcard-resource); reads of secrets belong to
//! role-secrets-unscoped and log writes to role-logs-unscoped alone. An AWS managed policy cannot be edited: where
//! role-broad-managed-policy speaks of it, the two wildcard controls and the low ones do not. What an attacker can make of the grants
//! together (role-privilege-escalation) is its own question.

use std::collections::BTreeMap;

use super::{Context, Unjudged};
use crate::finding::Evidence;
use crate::policy::{Answer, Ground, RoleGrants};
use crate::role::breadth::listed;

/// The commands that mend a statement, once for a policy that lives in the role and once for a managed one. A managed
/// policy serves other roles too: what this one needs of it moves into a policy of its own before it goes.
macro_rules! mending {
    ($change:literal) => {
        const INLINE: &str = concat!(
            "aws iam get-role-policy --role-name {role} --policy-name {policy} --query PolicyDocument > policy.json\n# in {statement}, ",
            $change,
            "\naws iam put-role-policy --role-name {role} --policy-name {policy} --policy-document file://policy.json"
        );
        const MANAGED: &str = concat!(
            "# write policy.json with what the function uses of {policy}; ",
            $change,
            "\naws iam put-role-policy --role-name {role} --policy-name {new_policy} --policy-document file://policy.json\n",
            "aws iam detach-role-policy --role-name {role} --policy-arn {policy}"
        );
    };
}

pub(super) mod role_admin;
pub(super) mod role_broad_managed_policy;
pub(super) mod role_destination_denied;
pub(super) mod role_logs_denied;
pub(super) mod role_logs_unscoped;
pub(super) mod role_missing;
pub(super) mod role_network_denied;
pub(super) mod role_permissions_unused;
pub(super) mod role_policy_invalid;
pub(super) mod role_privilege_escalation;
pub(super) mod role_secret_suffix_missing;
pub(super) mod role_secrets_unscoped;
pub(super) mod role_self_invoke;
pub(super) mod role_shared;
pub(super) mod role_tracing_denied;
pub(super) mod role_trust_broad;
pub(super) mod role_trust_excludes_lambda;
pub(super) mod role_wildcard_action;
pub(super) mod role_wildcard_resource;

/// The role's grants, unless role-admin says all there is to say about them.
fn limited<'c>(context: &'c Context<'_>) -> Result<Option<&'c RoleGrants>, Unjudged> {
    let grants = context.role_grants()?;
    let is_administrator = matches!(grants.allows_everything(), Answer::Yes(_));
    Ok((!is_administrator).then_some(grants))
}

/// The role's grants, unless role-missing says all there is to say.
pub(super) fn existing<'c>(context: &'c Context<'_>) -> Result<Option<&'c RoleGrants>, Unjudged> {
    let grants = context.role_grants()?;
    Ok(context.role_trust_policy()?.map(|_| grants))
}

/// The answers about some actions on the same resources: actions of which the same statements speak fare alike.
fn answers<T: Clone>(
    grants: &RoleGrants,
    actions: impl IntoIterator<Item = &'static str>,
    ask: impl Fn(&'static str) -> T,
) -> Vec<(&'static str, T)> {
    let mut known: BTreeMap<Vec<usize>, T> = BTreeMap::new();
    let answer = |action| {
        let answer = known.entry(grants.speaking_of(action)).or_insert_with(|| ask(action));
        (action, answer.clone())
    };
    actions.into_iter().map(answer).collect()
}

/// Evidence about a statement, with the commands that mend it: the first for a policy that lives in the role, the second
/// for a managed one.
fn about(ground: &Ground, detail: String, [inline, managed]: [&'static str; 2]) -> Evidence {
    let template = if is_managed(&ground.policy) { managed } else { inline };
    Evidence::new(format!("{} {}", ground.policy, ground.statement), detail)
        .fixed_by(template)
        .fill("policy", &ground.policy)
        .fill("statement", &ground.statement)
}

fn is_managed(policy: &str) -> bool {
    policy.starts_with("arn:")
}

fn is_of_aws(policy: &str) -> bool {
    policy.contains(":iam::aws:policy/")
}

/// Whether role-broad-managed-policy speaks of the policy: it cannot be edited, so its wildcards are no matter of their
/// own.
fn is_broad(context: &Context<'_>, policy: &str) -> bool {
    is_of_aws(policy) && matches!(context.breadth(policy), Ok(Some(_)))
}
