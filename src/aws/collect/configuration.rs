//! The configuration facet: what a function runs, with each environment value judged on arrival and dropped.

use std::sync::Arc;

use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
use aws_sdk_lambda::types::{EnvironmentResponse, FunctionConfiguration, VpcConfigResponse};

use super::AccountReader;
use crate::arn::FunctionArn;
use crate::aws::failure::reason;
use crate::aws::pace::Pool;
use crate::secret::{self, RawValue};
use crate::snapshot::{
    Configuration, DeadLetterConfig, Environment, EnvironmentError, FileSystemConfig, Layer, LoggingConfig, Reason,
    TracingConfig, Value, VpcConfig,
};

impl AccountReader<'_> {
    pub(super) async fn configuration(&self, function: &FunctionArn) -> Result<Value, Reason> {
        let client = self.clients.lambda(function.region(), Pool::LambdaOther).await;
        let answer = client
            .get_function_configuration()
            .function_name(function.to_string())
            .send()
            .await
            .map_err(|error| reason("lambda:GetFunctionConfiguration", &error))?;
        Ok(Value::Configuration(of_answer(answer, &self.common.salt).into()))
    }

    /// The configuration, as a sweep's own listing shows it if there was one.
    pub(super) async fn known_configuration(&self, function: &FunctionArn) -> Result<Arc<Configuration>, Reason> {
        let listed = self.survey.as_ref().and_then(|survey| survey.configuration(function));
        if let Some(listed) = listed {
            return Ok(listed);
        }
        match self.configuration(function).await? {
            Value::Configuration(configuration) => Ok(configuration),
            _ => Err(Reason::NotRead),
        }
    }
}

/// The SDK has two types with the same members, for the single read and for a listing's items.
macro_rules! convert {
    ($(#[$doc:meta])* $name:ident, $source:ty) => {
        $(#[$doc])*
        pub(in crate::aws) fn $name(source: $source, salt: &[u8]) -> Configuration {
            Configuration {
                role: source.role.unwrap_or_default(),
                runtime: source.runtime.map(|runtime| runtime.as_str().to_owned()),
                package_type: source.package_type.map(|kind| kind.as_str().to_owned()),
                code_sha256: source.code_sha256,
                revision_id: source.revision_id,
                last_modified: source.last_modified,
                state: source.state.map(|state| state.as_str().to_owned()),
                last_update_status: source.last_update_status.map(|status| status.as_str().to_owned()),
                tracing_config: TracingConfig {
                    mode: source
                        .tracing_config
                        .and_then(|tracing| tracing.mode)
                        .map(|mode| mode.as_str().to_owned()),
                },
                vpc_config: source.vpc_config.map(vpc).unwrap_or_default(),
                logging_config: LoggingConfig {
                    log_group: source.logging_config.and_then(|logging| logging.log_group),
                },
                dead_letter_config: DeadLetterConfig {
                    target_arn: present(source.dead_letter_config.and_then(|letters| letters.target_arn)),
                },
                file_system_configs: source
                    .file_system_configs
                    .unwrap_or_default()
                    .into_iter()
                    .map(|mounted| FileSystemConfig { arn: mounted.arn })
                    .collect(),
                kms_key_arn: present(source.kms_key_arn),
                layers: source.layers.unwrap_or_default().into_iter().filter_map(layer).collect(),
                environment: source.environment.map(|given| environment(given, salt)).unwrap_or_default(),
            }
        }
    };
}

convert! {
    /// From `GetFunctionConfiguration`.
    of_answer, GetFunctionConfigurationOutput
}
convert! {
    /// From an item of `ListFunctions`.
    of_listed, FunctionConfiguration
}

/// "None" is written as an empty text too.
fn present(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn vpc(source: VpcConfigResponse) -> VpcConfig {
    VpcConfig {
        vpc_id: present(source.vpc_id),
        subnet_ids: source.subnet_ids.unwrap_or_default(),
        security_group_ids: source.security_group_ids.unwrap_or_default(),
        ipv6_allowed_for_dual_stack: source.ipv6_allowed_for_dual_stack.unwrap_or_default(),
    }
}

fn layer(source: aws_sdk_lambda::types::Layer) -> Option<Layer> {
    source.arn.map(|arn| Layer { arn })
}

fn environment(source: EnvironmentResponse, salt: &[u8]) -> Environment {
    let variables = source.variables.unwrap_or_default().into_iter();
    Environment {
        variables: variables
            .map(|(name, value)| {
                let judgement = secret::judge(&name, &RawValue::new(value), salt);
                (name, judgement)
            })
            .collect(),
        error: source.error.map(|error| EnvironmentError {
            error_code: error.error_code.unwrap_or_default(),
        }),
    }
}

/// Wipes the values of a configuration that nobody asked for.
pub(super) fn discard_environment(source: &mut FunctionConfiguration) {
    let values = source.environment.take().and_then(|environment| environment.variables);
    for (_, value) in values.into_iter().flatten() {
        drop(RawValue::new(value));
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::types;

    use super::*;

    fn listed() -> types::builders::FunctionConfigurationBuilder {
        FunctionConfiguration::builder()
            .role("arn:aws:iam::111122223333:role/orders")
            .runtime(types::Runtime::from("python9.9"))
            .layers(
                types::Layer::builder()
                    .arn("arn:aws:lambda:eu-west-1:111122223333:layer:x:1")
                    .build(),
            )
            .layers(types::Layer::builder().build())
    }

    #[test]
    fn no_environment_value_survives_the_conversion() {
        let value = "plainly-fake-value";
        let environment = EnvironmentResponse::builder().variables("TOKEN", value).build();
        let configuration = of_listed(listed().environment(environment).build(), b"salt");
        assert!(configuration.environment.variables.contains_key("TOKEN"));
        let text = serde_json::to_string(&configuration).unwrap();
        assert!(!text.contains(value), "{text}");
        assert!(!format!("{configuration:?}").contains(value));
    }

    #[test]
    fn a_failed_decryption_is_kept_without_its_message() {
        let error = types::EnvironmentError::builder()
            .error_code("AccessDeniedException")
            .message("the key said no")
            .build();
        let environment = EnvironmentResponse::builder().error(error).build();
        let configuration = of_listed(listed().environment(environment).build(), b"");
        assert_eq!(
            configuration.environment.error.unwrap().error_code,
            "AccessDeniedException"
        );
    }

    #[test]
    fn unknown_runtimes_and_empty_networks_are_kept_as_what_they_are() {
        let network = VpcConfigResponse::builder()
            .vpc_id("")
            .set_subnet_ids(Some(vec![]))
            .build();
        let configuration = of_listed(listed().vpc_config(network).build(), b"");
        assert_eq!(configuration.runtime.as_deref(), Some("python9.9"));
        assert!(!configuration.vpc_config.is_attached());
        assert_eq!(configuration.vpc_config.vpc_id, None);
        assert_eq!(configuration.layers.len(), 1);
    }
}
