//! The environment-key facet: the state of the customer key that the configuration names.

use aws_sdk_kms::types;
use jiff::Timestamp;

use super::AccountReader;
use crate::arn::FunctionArn;
use crate::aws::failure::reason;
use crate::snapshot::{EnvironmentKey, KeyMetadata, Reason, Value};

impl AccountReader<'_> {
    /// Asked only of functions that have a customer key.
    pub(super) async fn environment_key(&self, function: &FunctionArn) -> Result<Value, Reason> {
        let configuration = self.known_configuration(function).await?;
        let Some(key) = configuration.kms_key_arn.clone() else {
            return Ok(Value::EnvironmentKey(EnvironmentKey::Default));
        };
        match &self.survey {
            // In a sweep once, however many functions it encrypts for.
            Some(survey) => survey.keys.get(&key, Box::pin(self.key(function, &key))).await,
            None => self.key(function, &key).await,
        }
    }

    async fn key(&self, function: &FunctionArn, key: &str) -> Result<Value, Reason> {
        let client = self.clients.kms(function.region()).await;
        let answer = client.describe_key().key_id(key).send().await;
        let answer = answer.map_err(|error| reason("kms:DescribeKey", &error));
        let answer = match answer {
            Err(Reason::NotFound) => return Ok(Value::EnvironmentKey(EnvironmentKey::Missing)),
            other => other?,
        };
        let metadata = super::required(answer.key_metadata, "KeyMetadata")?;
        Ok(Value::EnvironmentKey(EnvironmentKey::KeyMetadata(described(metadata)?)))
    }
}

fn described(metadata: types::KeyMetadata) -> Result<KeyMetadata, Reason> {
    let key_state = super::required(metadata.key_state, "KeyState")?;
    let deletion = metadata.deletion_date;
    Ok(KeyMetadata {
        arn: metadata.arn,
        key_state: key_state.as_str().to_owned(),
        deletion_date: deletion.and_then(|date| Timestamp::from_second(date.secs()).ok()),
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_kms::primitives::DateTime;

    use super::*;

    #[test]
    fn a_state_that_is_new_is_kept_as_it_stands() {
        let metadata = |state: &str| {
            types::KeyMetadata::builder()
                .key_id("0a1b2c3d")
                .key_state(types::KeyState::from(state))
                .deletion_date(DateTime::from_secs(1_764_547_200))
                .build()
                .unwrap()
        };
        let read = described(metadata("PendingDeletion")).unwrap();
        assert_eq!(read.key_state, "PendingDeletion");
        assert_eq!(read.deletion_date.unwrap().to_string(), "2025-12-01T00:00:00Z");
        assert_eq!(described(metadata("Molten")).unwrap().key_state, "Molten");
    }

    #[test]
    fn a_key_without_a_state_is_malformed() {
        let metadata = types::KeyMetadata::builder().key_id("0a1b2c3d").build().unwrap();
        assert!(matches!(described(metadata), Err(Reason::Malformed { .. })));
    }
}
