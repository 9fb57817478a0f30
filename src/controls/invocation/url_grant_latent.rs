//! Would a URL without authentication be open to everyone, if somebody made one? Deleting a URL leaves its grants behind.

use crate::controls::exposures::Found;
use crate::controls::{Context, Control, Exposures, Judged, Layer};
use crate::finding::{Evidence, Severity};
use crate::policy::{Capability, Tier};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "url-grant-latent",
    title: "Grants for a public URL stand ready, and there is no URL",
    layer: Layer::Invocation,
    severity: Severity::Medium,
    reads: &[Facet::ResourcePolicies, Facet::Urls],
    risk: "Whoever may create a URL opens the function to the internet with that one call, without touching its policy.",
    remediation: "aws lambda remove-permission --region {region} --function-name {function}{qualifier} --statement-id {statement}",
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"],
    evaluate,
};

const REMOVE: &str =
    "aws lambda remove-permission --region {region} --function-name {function}{qualifier} --statement-id";

fn evaluate(context: &Context<'_>) -> Judged {
    let exposures = context.latent_url_exposures()?;
    let invoke = context.exposures(Capability::Invoke)?;
    let concerns = |found: &Found| found.is_of(&[Tier::Anonymous]) && !is_public(&invoke, found);
    Ok(exposures.verdict_if(concerns, |found| Ok(Some(evidence(found)))))
}

/// The same statement lets everyone invoke without any URL: `invoke-public` says so, and louder.
fn is_public(invoke: &Exposures, latent: &Found) -> bool {
    invoke.found.iter().any(|direct| {
        direct.is_of(&[Tier::AnyPrincipal])
            && direct.qualifier == latent.qualifier
            && direct.exposure.statements == latent.exposure.statements
            && direct.is_proved()
    })
}

fn evidence(found: &Found) -> Evidence {
    let statements = found.statement();
    let detail = format!(
        "{statements} would open a URL of AuthType NONE to {}",
        found.exposure.caller
    );
    let mut evidence = Evidence::new(statements, detail);
    let mut lines = Vec::new();
    for (index, statement) in found.exposure.statements.iter().enumerate() {
        lines.push(format!("{REMOVE} {{statement_{index}}}"));
        evidence = evidence.fill(&format!("statement_{index}"), statement);
    }
    evidence.fixed_by(lines.join("\n"))
}
