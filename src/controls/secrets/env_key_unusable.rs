//! Can the customer key that encrypts the environment still be used? The states are those of "Key states of AWS KMS keys".

use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::finding::{Evidence, Severity};
use crate::snapshot::{EnvironmentKey, Facet, KeyMetadata};

pub(crate) static CONTROL: Control = Control {
    id: "env-key-unusable",
    title: "The key of the environment cannot be used",
    layer: Layer::Secrets,
    severity: Severity::High,
    reads: &[Facet::Configuration, Facet::EnvironmentKey],
    risk: "Lambda cannot decrypt the environment: the function fails with the next cold start, although nobody touched it. Once the key is \
           deleted, its variables are lost.",
    remediation: REPLACE,
    references: &[
        "https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html",
    ],
    evaluate,
};

/// The variables have to be given again: what the old key encrypted is lost with it.
const REPLACE: &str = "aws lambda update-function-configuration --region {region} --function-name {function} --kms-key-arn '' \
     --environment file://all-variables.json";
const ENABLE: &str = "aws kms enable-key --region {region} --key-id {key}";
const CANCEL: &str =
    "aws kms cancel-key-deletion --region {region} --key-id {key}\naws kms enable-key --region {region} --key-id {key}";
const IMPORT: &str = "aws kms get-parameters-for-import --region {region} --key-id {key} --wrapping-algorithm RSAES_OAEP_SHA_256 \
     --wrapping-key-spec RSA_4096\n# then import the key material again: aws kms import-key-material";
const DESCRIBE: &str =
    "aws kms describe-key --region {region} --key-id {key}\n# its key store has to be connected again";

fn evaluate(context: &Context<'_>) -> Judged {
    let named = context
        .snapshot
        .configuration()?
        .kms_key_arn
        .as_deref()
        .unwrap_or_default();
    match context.snapshot.environment_key()? {
        EnvironmentKey::Default => Ok(Verdict::default()),
        EnvironmentKey::Missing => Ok(Verdict::of([Evidence::new(
            "KMSKeyArn",
            format!("there is no key {named}"),
        )])),
        EnvironmentKey::KeyMetadata(key) => by_state(key, named),
    }
}

fn by_state(key: &KeyMetadata, named: &str) -> Judged {
    let (state, remediation) = match key.key_state.as_str() {
        "Enabled" | "Updating" => return Ok(Verdict::default()),
        "Disabled" => ("is disabled".to_owned(), ENABLE),
        "PendingDeletion" | "PendingReplicaDeletion" => (deletion(key), CANCEL),
        "PendingImport" => ("has lost its imported key material".to_owned(), IMPORT),
        "Unavailable" => ("is cut off from its key store".to_owned(), DESCRIBE),
        other => return Err(Unjudged::undecided(format!("the key {named} is in state {other}"))),
    };
    let evidence = Evidence::new("KMSKeyArn", format!("the key {named} {state}"));
    Ok(Verdict::of([evidence.fixed_by(remediation).fill("key", named)]))
}

fn deletion(key: &KeyMetadata) -> String {
    key.deletion_date.map_or_else(
        || "waits for its deletion".to_owned(),
        |date| format!("will be deleted on {}", date.strftime("%Y-%m-%d")),
    )
}
