//! Can the role give itself more than its policies say? Sets of permissions that together are an escalation, each proved
//! to be allowed, where it matters on one and the same resource, after denials and boundary.

use std::collections::BTreeMap;

use super::{about, is_broad, limited, listed};
use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::finding::{Evidence, Severity};
use crate::policy::Ground;
use crate::role::Holder;
use crate::role::escalation::{Way, Ways};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "role-privilege-escalation",
    title: "The execution role can give itself more permissions",
    layer: Layer::ExecutionRole,
    severity: Severity::Critical,
    reads: &[Facet::Configuration, Facet::RolePolicies, Facet::RoleBoundary],
    risk: "Whoever takes over the function's code takes further permissions, up to the whole account, without any that says so.",
    remediation: INLINE,
    references: &[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
    ],
    evaluate,
};

mending!("take out {actions}, or name as their resources only what can do no more than this role");

fn evaluate(context: &Context<'_>) -> Judged {
    let Some(role) = context.role_arn()? else {
        return Err(Unjudged::undecided("the configuration names no role"));
    };
    let is_bounded = context.snapshot.role_boundary()?.permissions_boundary.is_some();
    let attached = &context.snapshot.role_policies()?.attached;
    let Some(grants) = limited(context)? else {
        return Ok(Verdict::default());
    };
    let function = &context.snapshot.function;
    let attached = attached.iter().map(|policy| policy.policy_arn.as_str());
    let holder = Holder {
        grants,
        role: role.as_str(),
        functions: vec![function.to_string()],
        account: function.account().as_str(),
        partition: role.partition(),
        policies: attached.filter(|policy| !super::is_of_aws(policy)).collect(),
        is_bounded,
    };
    Ok(verdict(holder.ways(), context))
}

/// One finding per statement that allows what is won; of a broad policy of AWS's only what needs nobody else.
fn verdict(ways: Ways, context: &Context<'_>) -> Verdict {
    let mut by_statement: BTreeMap<Ground, Vec<Way>> = BTreeMap::new();
    for way in ways.found {
        if let Some(ground) = way.grounds.first() {
            by_statement.entry(ground.clone()).or_default().push(way);
        }
    }
    by_statement.retain(|ground, ways| {
        let is_said = is_broad(context, &ground.policy);
        ways.retain(|way| way.is_self_contained || !is_said);
        !ways.is_empty()
    });
    let undecided = ways
        .undecided
        .iter()
        .map(|(set, reason)| format!("{}: {reason}", set.id));
    Verdict {
        fails: by_statement
            .iter()
            .map(|(ground, ways)| evidence(ground, ways))
            .collect(),
        unjudged: undecided.take(3).map(Unjudged::undecided).collect(),
    }
}

fn evidence(ground: &Ground, ways: &[Way]) -> Evidence {
    let (alone, dependent): (Vec<&Way>, Vec<&Way>) = ways.iter().partition(|way| way.is_self_contained);
    let mut parts = Vec::new();
    if !alone.is_empty() {
        parts.push(described(&alone));
    }
    if !dependent.is_empty() {
        let what = described(&dependent);
        parts.push(format!("depending on what the target's role may do: {what}"));
    }
    let (statement, policy) = (&ground.statement, &ground.policy);
    let detail = format!("{statement} in {policy} allows {}", parts.join("; "));
    let severity = if alone.is_empty() {
        Severity::High
    } else {
        Severity::Critical
    };
    let actions = listed(ways.iter().map(|way| way.set.target));
    about(ground, detail, [INLINE, MANAGED])
        .rated(severity)
        .fill("actions", actions)
}

/// The sets with what each needs and where it works; the rest as a count.
fn described(ways: &[&Way]) -> String {
    const MOST: usize = 3;
    let needs = |way: &Way| {
        let steps = way.set.steps.iter().map(|step| step.join(" or "));
        steps.collect::<Vec<_>>().join(" + ")
    };
    let shown = ways
        .iter()
        .take(MOST)
        .map(|way| format!("{} ({} on {})", way.set.id, needs(way), way.reach));
    let shown = shown.collect::<Vec<_>>().join(", ");
    match ways.len().saturating_sub(MOST) {
        0 => shown,
        rest => format!("{shown} and {rest} more"),
    }
}
