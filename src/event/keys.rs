//! Which calls change a key or a secret that functions depend on?

use super::Subject;
use super::call::{Call, Find, Service, key, secret};
use super::record::Place::{Additional, Request, Resource, Response};
use super::record::Record;
use crate::arn::FunctionArn;
use crate::snapshot::Facet;

const KMS: Service = Service {
    source: "aws.kms",
    event_source: "kms.amazonaws.com",
};
const SECRETS_MANAGER: Service = Service {
    source: "aws.secretsmanager",
    event_source: "secretsmanager.amazonaws.com",
};

// `resources` has the canonical ARN on every successful call; `keyId` may be an alias.
const KEY: Find = Find::By(named_key);
const SECRET: Find = Find::First(&[
    (secret, Response("aRN")),
    (secret, Request("secretId")),
    (secret, Additional("secretId")),
    (secret, Additional("aRN")),
    (secret, Resource("AWS::SecretsManager::Secret")),
]);

/// What encrypts the environment may not work any more.
const STATE: &[Facet] = &[Facet::EnvironmentKey];

const fn of_key(stem: &'static str) -> Call {
    KMS.call(stem, &[], KEY)
}

const fn of_state(stem: &'static str) -> Call {
    KMS.call(stem, STATE, KEY)
}

const fn of_secret(stem: &'static str) -> Call {
    SECRETS_MANAGER.call(stem, &[], SECRET)
}

/// The calls of KMS and Secrets Manager. Each is named for itself: a subscription to all of KMS is mostly `Decrypt`.
pub(super) static CALLS: &[Call] = &[
    of_key("PutKeyPolicy"),
    of_state("DisableKey"),
    of_state("EnableKey"),
    of_state("ScheduleKeyDeletion"),
    of_state("CancelKeyDeletion"),
    of_state("ImportKeyMaterial"),
    of_state("DeleteImportedKeyMaterial"),
    KMS.call("CreateGrant", &[], Find::By(granted)),
    of_key("RetireGrant"),
    of_key("RevokeGrant"),
    of_key("EnableKeyRotation"),
    of_key("DisableKeyRotation"),
    // An alias that points elsewhere changes the key without an event of the key.
    of_state("UpdateAlias"),
    of_state("DeleteAlias"),
    of_secret("PutResourcePolicy"),
    of_secret("DeleteResourcePolicy"),
    of_secret("DeleteSecret"),
    of_secret("RestoreSecret"),
    of_secret("UpdateSecret"),
    of_secret("RotateSecret"),
    of_secret("CancelRotateSecret"),
    of_secret("RotationStarted"),
    of_secret("RotationFailed"),
];

fn named_key(record: &Record<'_>) -> Vec<Subject> {
    let of_resources = record.texts(Resource("AWS::KMS::Key")).into_iter();
    let mut arns = of_resources.filter(|arn| arn.contains(":key/"));
    let named = [
        Request("targetKeyId"),
        Request("keyId"),
        Response("keyId"),
        Request("aliasName"),
    ];
    let name = arns
        .next()
        .or_else(|| named.into_iter().find_map(|place| record.text(place)));
    name.and_then(|name| key(&name)).into_iter().collect()
}

/// Lambda makes one grant per function with encrypted variables. Whoever else makes one with that context is judged by the key.
fn granted(record: &Record<'_>) -> Vec<Subject> {
    const CONTEXT: &str = "constraints.encryptionContextEquals.aws:lambda:FunctionArn";
    let by_lambda = record
        .invoked_by()
        .is_some_and(|service| service == "lambda.amazonaws.com");
    let function = record.text(Request(CONTEXT)).filter(|_| by_lambda);
    let arn: Option<FunctionArn> = function.and_then(|arn| arn.parse().ok());
    arn.map_or_else(
        || named_key(record),
        |arn| vec![Subject::Function { arn, qualifier: None }],
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::event::tests::{detail, subjects};

    const KEY_ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/1d0f0b0a-0000-4000-8000-000000000000";
    const SECRET_ARN: &str = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders/db-AbCdEf";

    #[test]
    fn a_key_is_named_by_its_canonical_arn_first() {
        let mut record = detail(
            "kms.amazonaws.com",
            "DisableKey",
            json!({"keyId": "alias/orders"}),
            json!(null),
        );
        assert_eq!(subjects(&record), [Subject::Key("alias/orders".into())]);
        record["resources"] = json!([{"accountId": "111122223333", "type": "AWS::KMS::Key", "ARN": KEY_ARN}]);
        assert_eq!(subjects(&record), [Subject::Key(KEY_ARN.into())]);
    }

    #[test]
    fn a_grant_of_lambda_is_about_the_function() {
        let arn = "arn:aws:lambda:eu-west-1:111122223333:function:orders-worker";
        let request =
            json!({"keyId": KEY_ARN, "constraints": {"encryptionContextEquals": {"aws:lambda:FunctionArn": arn}}});
        let mut record = detail("kms.amazonaws.com", "CreateGrant", request, json!(null));
        assert_eq!(subjects(&record), [Subject::Key(KEY_ARN.into())]);
        record["userIdentity"]["invokedBy"] = json!("lambda.amazonaws.com");
        assert_eq!(
            subjects(&record),
            [Subject::Function {
                arn: arn.parse().unwrap(),
                qualifier: None
            }]
        );
    }

    #[test]
    fn service_events_name_the_secret_beside_the_parameters() {
        let mut record = detail(
            "secretsmanager.amazonaws.com",
            "RotationStarted",
            json!(null),
            json!(null),
        );
        record["eventType"] = json!("AwsServiceEvent");
        record["userIdentity"] = json!({"accountId": "111122223333", "invokedBy": "secretsmanager.amazonaws.com"});
        record["additionalEventData"] = json!({"SecretId": SECRET_ARN});
        assert_eq!(subjects(&record), [Subject::Secret(SECRET_ARN.into())]);
        let named = detail(
            "secretsmanager.amazonaws.com",
            "DeleteSecret",
            json!({"secretId": "orders/db"}),
            json!({"aRN": SECRET_ARN}),
        );
        assert_eq!(subjects(&named), [Subject::Secret(SECRET_ARN.into())]);
    }
}
