//! The layer-policies facet: each layer version of the function's own account may be shared by a policy of its own.

use futures_util::{StreamExt, stream};

use super::AccountReader;
use crate::arn::FunctionArn;
use crate::aws::failure::reason;
use crate::aws::pace::Pool;
use crate::snapshot::{LayerPolicies, LayerPolicy, Reason, UnreadLayer, Value};

/// Reads under way at a time; a function has five layers at most.
const AT_ONCE: usize = 5;

impl AccountReader<'_> {
    /// Another account's layers are its own business, and their policies are not shown to others.
    pub(super) async fn layer_policies(&self, function: &FunctionArn) -> Result<Value, Reason> {
        let configuration = self.known_configuration(function).await?;
        let own = configuration.layers_of(function.account());
        let reads = own
            .into_iter()
            .map(|arn| async move { (arn, self.layer_policy_once(function, arn).await) });
        let answers: Vec<_> = stream::iter(reads).buffered(AT_ONCE).collect().await;
        let mut found = LayerPolicies::default();
        for (arn, answer) in answers {
            add(&mut found, arn, answer);
        }
        Ok(Value::LayerPolicies(found))
    }

    /// In a sweep once, however many functions use the layer.
    async fn layer_policy_once(&self, function: &FunctionArn, arn: &str) -> Result<Option<String>, Reason> {
        match &self.survey {
            Some(survey) => survey.layers.get(arn, Box::pin(self.layer_policy(function, arn))).await,
            None => self.layer_policy(function, arn).await,
        }
    }

    async fn layer_policy(&self, function: &FunctionArn, arn: &str) -> Result<Option<String>, Reason> {
        let Some((layer, version)) = versioned(arn) else {
            return Err(Reason::Malformed {
                detail: format!("`{arn}` is no layer version"),
            });
        };
        let client = self.clients.lambda(function.region(), Pool::LambdaOther).await;
        let call = client.get_layer_version_policy().layer_name(layer);
        let answer = call.version_number(version).send().await;
        answer
            .map(|answer| answer.policy)
            .map_err(|error| reason("lambda:GetLayerVersionPolicy", &error))
    }
}

/// The layer's name, which is enough in its own account, and the version.
fn versioned(arn: &str) -> Option<(&str, i64)> {
    let (_, named) = arn.split_once(":layer:")?;
    let (layer, version) = named.split_once(':')?;
    Some((layer, version.parse().ok()?))
}

/// A layer version without a policy, or one that was deleted while functions still use it, is shared with nobody.
fn add(found: &mut LayerPolicies, arn: &str, answer: Result<Option<String>, Reason>) {
    let layer_version_arn = arn.to_owned();
    match answer {
        Ok(Some(policy)) if !policy.trim().is_empty() => found.policies.push(LayerPolicy {
            layer_version_arn,
            policy,
        }),
        Ok(_) | Err(Reason::NotFound) => {}
        Err(why) => found.unread.push(UnreadLayer { layer_version_arn, why }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:lambda:eu-west-1:111122223333:layer:telemetry:18";

    #[test]
    fn a_layer_version_is_taken_apart() {
        assert_eq!(versioned(ARN), Some(("telemetry", 18)));
        assert_eq!(versioned("arn:aws:lambda:eu-west-1:111122223333:layer:telemetry"), None);
    }

    #[test]
    fn no_policy_is_an_answer_and_a_refusal_is_not() {
        let mut found = LayerPolicies::default();
        add(&mut found, ARN, Err(Reason::NotFound));
        add(&mut found, ARN, Ok(None));
        assert_eq!(found, LayerPolicies::default());
        add(&mut found, ARN, Err(Reason::Throttled));
        add(&mut found, ARN, Ok(Some("{}".to_owned())));
        assert_eq!((found.unread.len(), found.policies.len()), (1, 1));
    }
}
