//! Does a statement allow changes by a wildcard? It takes in what AWS adds tomorrow.

use super::{about, is_broad, limited, listed};
use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::finding::{Evidence, Severity};
use crate::policy::Grant;
use crate::role::breadth::{self, Wildcard};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "role-wildcard-action",
    title: "The execution role's actions are granted by wildcard",
    layer: Layer::ExecutionRole,
    severity: Severity::Medium,
    reads: &[Facet::Configuration, Facet::RolePolicies, Facet::RoleBoundary],
    risk: "The wildcard covers actions that change things or decide on access, and those that AWS will add: far more than the \
           function calls, and all of it is in the hands of whoever takes over its code.",
    remediation: INLINE,
    references: &[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
        "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
    ],
    evaluate,
};

mending!("name the actions that the function calls, instead of {wildcards}");

fn evaluate(context: &Context<'_>) -> Judged {
    context.of_role(CONTROL.id, || of_role(context))
}

fn of_role(context: &Context<'_>) -> Judged {
    context.snapshot.configuration()?;
    let mut verdict = Verdict::default();
    let Some(grants) = limited(context)? else {
        return Ok(verdict);
    };
    for grant in grants.allowing().filter(|grant| !is_broad(context, grant.policy())) {
        let (found, undecided) = breadth::wildcards(&grant);
        if found.is_empty() {
            let subject = subject(&grant);
            let reasons = undecided.iter().map(|reason| Unjudged::about(&subject, reason));
            verdict.unjudged.extend(reasons);
        } else {
            verdict.fails.push(evidence(&grant, &found));
        }
    }
    Ok(verdict)
}

fn subject(grant: &Grant<'_>) -> String {
    let ground = grant.ground();
    format!("{} {}", ground.policy, ground.statement)
}

fn evidence(grant: &Grant<'_>, found: &[Wildcard]) -> Evidence {
    let ground = grant.ground();
    let wildcards = listed(found.iter().map(|wildcard| wildcard.glob.as_str()));
    let examples: Vec<String> = found.iter().map(|wildcard| wildcard.example.to_string()).collect();
    let detail = format!(
        "{} in {} allows {wildcards}, with changes such as {}",
        ground.statement,
        ground.policy,
        listed(examples.iter().map(String::as_str))
    );
    about(&ground, detail, [INLINE, MANAGED]).fill("wildcards", wildcards)
}
