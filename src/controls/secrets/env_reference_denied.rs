//! May the role read the secrets, parameters and keys that the environment names by ARN? A name without an ARN says neither what it
//! is nor where, and is left alone. A policy of the secret or key itself may let the role in, and is not read: the finding says so.

use super::readable;
use crate::controls::execution_role::existing;
use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::facts::needs::{Need, Referent, reading};
use crate::finding::{Evidence, Severity};
use crate::policy::{By, RoleGrants};
use crate::secret::Kind;
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "env-reference-denied",
    title: "The environment refers to what the role may not read",
    layer: Layer::Secrets,
    severity: Severity::Medium,
    reads: &[
        Facet::Configuration,
        Facet::RoleTrust,
        Facet::RolePolicies,
        Facet::RoleBoundary,
    ],
    risk: "The function is denied its secret at run time. What follows under pressure is a wildcard for all secrets, or the secret itself in \
           the environment.",
    remediation: "aws iam put-role-policy --role-name {role} --policy-name {new_policy} --policy-document {document}\n\
                  # a Deny or a permissions boundary that stands against it has to give way, too",
    references: &[
        "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html",
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html",
    ],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let environment = readable(&context.snapshot.configuration()?.environment)?;
    let Some(grants) = existing(context)? else {
        return Ok(Verdict::default());
    };
    let mut verdict = Verdict::default();
    for (name, judgement) in &environment.variables {
        let Kind::Reference { target: Some(target) } = &judgement.kind else {
            continue;
        };
        let Some((kind, needs)) = reading(target) else { continue };
        match is_allowed(&needs, grants) {
            Ok(true) => {}
            Ok(false) => verdict.fails.extend(evidence(name, target, (kind, &needs))),
            Err(reason) => verdict.unjudged.push(Unjudged::about(name, &reason)),
        }
    }
    Ok(verdict)
}

/// One of them is enough: which of them the code calls is its own business.
fn is_allowed(needs: &[Need], grants: &RoleGrants) -> Result<bool, String> {
    let mut doubt = None;
    for Need { action, resource } in needs {
        match grants.openings(By::Code, action, resource, &[]) {
            Ok(openings) if openings.is_empty() => {}
            Ok(_) => return Ok(true),
            Err(reason) => doubt = Some(format!("{action}: {reason}")),
        }
    }
    doubt.map_or(Ok(false), Err)
}

fn evidence(name: &str, target: &str, (kind, needs): (Referent, &[Need])) -> Option<Evidence> {
    let Need { action, resource } = needs.first()?;
    let (severity, caveat) = match kind {
        Referent::Secret => (Severity::Medium, "; unless the secret's own policy allows it"),
        Referent::Parameter => (Severity::Medium, ""),
        // The usual way to grant the use of a key is its own policy.
        Referent::Key => (Severity::Low, "; unless the key's own policy or a grant allows it"),
    };
    let detail = format!(
        "{name} refers to the {} {target}, and {action} on it is not allowed{caveat}",
        kind.label()
    );
    let statement = serde_json::json!({"Effect": "Allow", "Action": action, "Resource": resource});
    let document = serde_json::json!({"Version": "2012-10-17", "Statement": [statement]});
    let evidence = Evidence::new(name, detail).rated(severity);
    Some(evidence.fill("document", document.to_string()))
}
