//! Is a credential in the package? Asked on request: it takes the right to download the code.

use super::not_inspected;
use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::finding::{Evidence, Severity};
use crate::package::Secret;
use crate::secret::{Confidence, detectors};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "package-secret",
    title: "A credential stands in the code package",
    layer: Layer::Runtime,
    severity: Severity::Critical,
    reads: &[Facet::CodePackage],
    risk: "Whoever may read the code, or the place where it is built and stored, has the credential, and nobody sees it being \
           read.",
    remediation: "# it counts as known: revoke it, and keep the new one as a secret that the function reads when it runs\n\
                  aws secretsmanager create-secret --region {region} --name {function}/NAME --secret-string file://value.txt\n\
                  # then take it out of {member}, build the package anew, and deploy it\n\
                  aws lambda update-function-code --region {region} --function-name {function} --zip-file fileb://function.zip",
    references: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/with-secrets-manager.html",
        "https://docs.aws.amazon.com/prescriptive-guidance/latest/secure-sensitive-data-secrets-manager-terraform/best-practices.html",
    ],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let package = context.snapshot.code_package()?;
    Ok(Verdict {
        fails: package.secrets.iter().map(evidence).collect(),
        unjudged: not_inspected(package),
    })
}

/// What somebody else's library brings along is mostly made for its tests; what only looks like a credential is one step away.
fn evidence(secret: &Secret) -> Evidence {
    let severity = match (secret.vendored, secret.confidence) {
        (true, _) => Severity::Medium,
        (false, Confidence::Likely) => Severity::High,
        (false, Confidence::Certain) => Severity::Critical,
    };
    let known = detectors().find(|detector| detector.id == secret.detector);
    let title = known.map_or(secret.detector.as_str(), |detector| detector.title);
    let detail = format!("line {} holds what looks like this: {title}", secret.line);
    Evidence::new(format!("{} {}", secret.member, secret.detector), detail)
        .rated(severity)
        .fill("member", secret.member.as_str())
}
