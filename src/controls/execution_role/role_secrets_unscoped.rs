//! May the role read secrets, parameters or use keys beyond those that it names?

use std::collections::BTreeMap;

use super::limited;
use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::finding::{Evidence, Severity};
use crate::policy::{Answer, Ground};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "role-secrets-unscoped",
    title: "The execution role reads secrets beyond named ones",
    layer: Layer::ExecutionRole,
    severity: Severity::High,
    reads: &[Facet::Configuration, Facet::RolePolicies, Facet::RoleBoundary],
    risk: "A flaw in this function gives away the secrets of every other workload in the account.",
    remediation: "aws iam get-role-policy --role-name {role} --policy-name {policy} --query PolicyDocument > policy.json\n\
                  # in {statement}, name what the function reads as Resource, e.g.\n\
                  #   arn:{partition}:secretsmanager:{region}:{account}:secret:NAME-??????\n\
                  #   arn:{partition}:ssm:{region}:{account}:parameter/{function}/*\n\
                  aws iam put-role-policy --role-name {role} --policy-name {policy} --policy-document file://policy.json",
    references: &[
        "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples.html",
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html",
    ],
    evaluate,
};

/// Each gives the text away: old values of a parameter are values, and what is encrypted again can be so under a key of one's own.
pub(super) const READS: [&str; 7] = [
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
    "ssm:GetParameterHistory",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
    "kms:Decrypt",
    "kms:ReEncryptFrom",
];

fn evaluate(context: &Context<'_>) -> Judged {
    context.of_role(CONTROL.id, || of_role(context))
}

fn of_role(context: &Context<'_>) -> Judged {
    context.snapshot.configuration()?;
    let Some(grants) = limited(context)? else {
        return Ok(Verdict::default());
    };
    let mut actions: BTreeMap<(String, String), Vec<&str>> = BTreeMap::new();
    let mut verdict = Verdict::default();
    for action in READS {
        match grants.unscoped(action) {
            Answer::Yes(grounds) => {
                for Ground { policy, statement } in grounds {
                    actions.entry((policy, statement)).or_default().push(action);
                }
            }
            Answer::No => {}
            Answer::CannotTell(reason) => verdict
                .unjudged
                .push(Unjudged::undecided(format!("{action}: {reason}"))),
        }
    }
    verdict.fails = actions
        .into_iter()
        .map(|((policy, statement), actions)| evidence(&policy, &statement, &actions))
        .collect();
    Ok(verdict)
}

fn evidence(policy: &str, statement: &str, actions: &[&str]) -> Evidence {
    let detail = format!(
        "{statement} in {policy} allows {} beyond named resources",
        actions.join(", ")
    );
    let evidence = Evidence::new(format!("{policy} {statement}"), detail)
        .fill("policy", policy)
        .fill("statement", statement);
    if policy.starts_with("arn:") {
        evidence.fixed_by(MANAGED)
    } else {
        evidence
    }
}

/// A managed policy serves other roles, too: what this one needs of it moves into a policy of its own before it goes.
const MANAGED: &str = "# grant what the function uses of {policy}, with the secrets, parameters and keys that it reads named as Resource:\n\
    #   arn:{partition}:secretsmanager:{region}:{account}:secret:NAME-??????\n\
    #   arn:{partition}:ssm:{region}:{account}:parameter/{function}/*\n\
    aws iam put-role-policy --role-name {role} --policy-name {new_policy} --policy-document file://policy.json\n\
    aws iam detach-role-policy --role-name {role} --policy-arn {policy}";
