//! Who but Lambda may assume the role? Who does has the function's permissions without its code, logs and limits.
//! Identities of the own account that the policy names one by one are the owner's decision, and so are trusted accounts.

use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::finding::{Evidence, Severity};
use crate::policy::trust::{self, Federation};
use crate::policy::{Condition, Exposure, ExposureVerdict, Policy, Statement, Tier};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "role-trust-broad",
    title: "Others than Lambda may assume the execution role",
    layer: Layer::ExecutionRole,
    severity: Severity::High,
    reads: &[Facet::Configuration, Facet::RoleTrust],
    risk: "Whoever assumes the role has the function's permissions, outside the function and its logs.",
    remediation: "aws iam get-role --role-name {role} --query Role.AssumeRolePolicyDocument > trust.json\n\
                  # in {statement}, take out {caller}: nobody but lambda.amazonaws.com needs a function's role\n\
                  aws iam update-assume-role-policy --role-name {role} --policy-document file://trust.json",
    references: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html",
    ],
    evaluate,
};

/// Lambda and Lambda@Edge.
const LAMBDA: [&str; 2] = ["lambda.amazonaws.com", "edgelambda.amazonaws.com"];

fn evaluate(context: &Context<'_>) -> Judged {
    context.of_role(CONTROL.id, || of_role(context))
}

fn of_role(context: &Context<'_>) -> Judged {
    let role = &context.snapshot.configuration()?.role;
    let mut verdict = Verdict::default();
    let policy = context.role_trust_policy()?;
    let Some(policy) = policy.filter(|policy| !trust::names_only(policy, &LAMBDA)) else {
        return Ok(verdict);
    };
    for exposure in trust::assumers(policy, role, context.trust()) {
        if exposure.tier != Tier::OwnAccount || !names_callers(policy, &exposure) {
            judge(&exposure, &mut verdict);
        }
    }
    for federation in trust::federations(policy) {
        judge_federation(federation, &mut verdict);
    }
    Ok(verdict)
}

/// Whether each statement names the identities one by one by a condition, as others do by the principal.
fn names_callers(policy: &Policy, exposure: &Exposure) -> bool {
    let opening = |statement: &&Statement| exposure.statements.contains(&statement.label());
    let mut opening = policy.statements().iter().filter(opening).peekable();
    opening.peek().is_some() && opening.all(|statement| statement.conditions.iter().any(names_one_by_one))
}

fn names_one_by_one(condition: &Condition) -> bool {
    let is_positive = ["ArnEquals", "ArnLike", "StringEquals", "StringLike"]
        .iter()
        .any(|operator| condition.operator.eq_ignore_ascii_case(operator));
    let is_name = |value: &String| value.starts_with("arn:") && !value.contains(['*', '?', '$']);
    is_positive && condition.key == "aws:principalarn" && condition.values.iter().all(is_name)
}

fn judge(exposure: &Exposure, verdict: &mut Verdict) {
    let Some(severity) = severity(exposure) else {
        return;
    };
    let statement = exposure.statements.join(" + ");
    let caller = &exposure.caller;
    match &exposure.verdict {
        ExposureVerdict::Present { .. } => verdict.fails.push(evidence(&statement, caller, "", severity)),
        // What an outsider has to know besides was agreed with that outsider.
        ExposureVerdict::Conditional { keys, .. } if exposure.tier == Tier::External => {
            let condition = format!(" where {} fits", keys.join(", "));
            verdict.fails.push(evidence(&statement, caller, &condition, severity));
        }
        ExposureVerdict::Conditional { keys, .. } => {
            let detail = format!("{caller} may assume it depending on {}", keys.join(", "));
            verdict.unjudged.push(Unjudged::about(&statement, &detail));
        }
        ExposureVerdict::CannotTell { reason } => verdict.unjudged.push(Unjudged::about(&statement, reason)),
    }
}

fn evidence(statement: &str, caller: &str, condition: &str, severity: Severity) -> Evidence {
    let detail = format!("statement {statement} of the trust policy lets {caller} assume the role{condition}");
    Evidence::new(format!("{statement} {caller}"), detail)
        .rated(severity)
        .fill("statement", statement)
        .fill("caller", caller)
}

fn severity(exposure: &Exposure) -> Option<Severity> {
    if let Some(service) = trust::service_of(exposure) {
        return (!LAMBDA.contains(&service)).then_some(Severity::Medium);
    }
    match exposure.tier {
        Tier::Anonymous | Tier::AnyPrincipal => Some(Severity::Critical),
        Tier::ForeignOrganization | Tier::External => Some(Severity::High),
        Tier::AnySource | Tier::ReclaimableSource => Some(Severity::Medium),
        Tier::Organization => Some(Severity::Low),
        Tier::OwnAccount => (!exposure.caller.starts_with("arn:")).then_some(Severity::Low),
        Tier::Trusted | Tier::Nobody => None,
    }
}

/// Anyone has an account with a public provider: without a condition on whom it vouches for, anyone may assume the role.
fn judge_federation(federation: Federation, verdict: &mut Verdict) {
    let Federation {
        provider,
        statement,
        is_open,
        undecided,
    } = federation;
    if let Some(reason) = undecided {
        verdict.unjudged.push(Unjudged::about(&statement, &reason));
        return;
    }
    let (severity, condition) = if is_open {
        (Severity::Critical, ", whoever signs in there")
    } else {
        (Severity::Medium, "")
    };
    let caller = format!("users of {provider}");
    verdict.fails.push(evidence(&statement, &caller, condition, severity));
}
