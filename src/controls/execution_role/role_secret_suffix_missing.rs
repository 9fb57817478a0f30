//! Does a grant name a secret without the suffix that Secrets Manager appends to its name? It looks right and never fits.

use super::{about, limited};
use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::finding::Severity;
use crate::policy::Answer;
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "role-secret-suffix-missing",
    title: "A grant names a secret without its suffix",
    layer: Layer::ExecutionRole,
    severity: Severity::Medium,
    reads: &[Facet::Configuration, Facet::RolePolicies, Facet::RoleBoundary],
    risk: "The ARN of a secret ends in six random characters, so the grant fits no secret and the read is denied at run time. \
           The usual repair under pressure is a wildcard for all secrets.",
    remediation: INLINE,
    references: &[
        "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html",
        "https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html",
    ],
    evaluate,
};

mending!("write the resource as {resource}");

const READ: &str = "secretsmanager:GetSecretValue";

fn evaluate(context: &Context<'_>) -> Judged {
    context.of_role(CONTROL.id, || of_role(context))
}

fn of_role(context: &Context<'_>) -> Judged {
    context.snapshot.configuration()?;
    let Some(grants) = limited(context)? else {
        return Ok(Verdict::default());
    };
    let mut verdict = Verdict::default();
    for grant in grants.allowing().filter(|grant| grant.is_about(READ)) {
        for element in grant.unmatchable_secrets() {
            let whole = format!("{}-??????", element.trim_end_matches("-?"));
            // Another grant may read the secret that this one misses.
            if matches!(grants.covers(READ, &whole), Answer::Yes(_)) {
                continue;
            }
            let ground = grant.ground();
            let detail = format!(
                "{} in {} allows {READ} on {element}, which is no secret's ARN: six characters follow the name",
                ground.statement, ground.policy
            );
            let mut evidence = about(&ground, detail, [INLINE, MANAGED]).fill("resource", whole);
            evidence.subject = format!("{} {element}", evidence.subject);
            verdict.fails.push(evidence);
        }
    }
    Ok(verdict)
}
