//! Does something sensitive stand in the environment under Lambda's own key? Advice, since a key is no excuse for a credential in
//! the environment (env-secret-plaintext), and the default key is encryption, too.

use super::readable;
use crate::controls::breadth::listed;
use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::finding::{Evidence, Severity};
use crate::secret::{HostScope, Kind};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "env-customer-key-absent",
    title: "Sensitive configuration is under the default key",
    layer: Layer::Secrets,
    severity: Severity::Informational,
    reads: &[Facet::Configuration],
    risk: "Under Lambda's own key whoever may read the configuration reads its values: no key policy stands in between, and no use of the \
           key is recorded for the owner.",
    remediation: "aws lambda update-function-configuration --region {region} --function-name {function} --kms-key-arn KEY_ARN\n\
                  # a credential is better moved to AWS Secrets Manager: it stays readable to those who may use the key",
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html"],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let configuration = context.snapshot.configuration()?;
    let environment = readable(&configuration.environment)?;
    let variables = environment.variables.iter();
    let sensitive = variables.filter(|(_, judgement)| is_sensitive(&judgement.kind));
    let names: Vec<&str> = sensitive.map(|(name, _)| name.as_str()).collect();
    let is_bare = configuration.kms_key_arn.is_none() && !names.is_empty();
    Ok(Verdict::of(is_bare.then(|| {
        let detail = format!("no customer key encrypts what looks sensitive: {}", listed(names));
        Evidence::new("KMSKeyArn", detail)
    })))
}

/// What already is encrypted, or only says where something is kept, gains nothing by a key.
fn is_sensitive(kind: &Kind) -> bool {
    match kind {
        Kind::Credential { .. } => true,
        Kind::Host { scope } => *scope != HostScope::Managed,
        Kind::Empty
        | Kind::Plain
        | Kind::Reference { .. }
        | Kind::Placeholder
        | Kind::Ciphertext
        | Kind::PublicMaterial => false,
    }
}
