//! Is a value of the environment a credential? Values were judged when they were read; here are only the judgements.

use super::readable;
use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::finding::{Evidence, Severity};
use crate::secret::{Confidence, Judgement, Kind};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "env-secret-plaintext",
    title: "A credential stands in an environment variable",
    layer: Layer::Secrets,
    severity: Severity::Critical,
    reads: &[Facet::Configuration],
    risk: "Everyone who may read the function's configuration, and everything that runs inside it, has the credential; a \
           customer key on the environment changes nothing about that. It also stands in every old version.",
    remediation: "# revoke the credential first: it must count as known\n\
                  aws secretsmanager create-secret --region {region} --name {function}/{subject} --secret-string file://new-value\n\
                  # give the role secretsmanager:GetSecretValue on it, read it in the code, then remove the variable:\n\
                  aws lambda update-function-configuration --region {region} --function-name {function} --environment file://without-it.json",
    references: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-encryption",
        "https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets_lambda.html",
    ],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let environment = readable(&context.snapshot.configuration()?.environment)?;
    Ok(Verdict::of(
        environment
            .variables
            .iter()
            .filter_map(|(name, judgement)| credential(name, judgement)),
    ))
}

fn credential(name: &str, judgement: &Judgement) -> Option<Evidence> {
    let Kind::Credential { detector, confidence } = &judgement.kind else {
        return None;
    };
    let (severity, how) = match confidence {
        Confidence::Certain => (Severity::Critical, "is"),
        Confidence::Likely => (Severity::High, "looks like"),
    };
    Some(Evidence::new(name, format!("the value of {name} {how} a credential ({detector})")).rated(severity))
}
