//! The facets of what guards a function: code signing, and the stop of loops.

use aws_sdk_lambda::types;

use super::AccountReader;
use crate::arn::FunctionArn;
use crate::aws::failure::reason;
use crate::aws::pace::Pool;
use crate::snapshot::{CodeSigning, CodeSigningPolicies, Reason, Recursion, Value};

impl AccountReader<'_> {
    /// Most functions have none, which the first call says.
    pub(super) async fn code_signing(&self, function: &FunctionArn) -> Result<Value, Reason> {
        let client = self.clients.lambda(function.region(), Pool::LambdaOther).await;
        let call = client.get_function_code_signing_config();
        let answer = call.function_name(function.to_string()).send().await;
        let answer = answer.map_err(|error| reason("lambda:GetFunctionCodeSigningConfig", &error))?;
        if answer.code_signing_config_arn.is_empty() {
            return Ok(Value::CodeSigning(CodeSigning::default()));
        }
        let client = self.clients.lambda(function.region(), Pool::LambdaOther).await;
        let call = client.get_code_signing_config();
        let answer = call
            .code_signing_config_arn(answer.code_signing_config_arn)
            .send()
            .await;
        let answer = answer.map_err(|error| reason("lambda:GetCodeSigningConfig", &error))?;
        let config = super::required(answer.code_signing_config, "CodeSigningConfig")?;
        Ok(Value::CodeSigning(signing(config)))
    }

    pub(super) async fn recursion(&self, function: &FunctionArn) -> Result<Value, Reason> {
        let client = self.clients.lambda(function.region(), Pool::LambdaOther).await;
        let call = client.get_function_recursion_config();
        let answer = call.function_name(function.to_string()).send().await;
        let answer = answer.map_err(|error| reason("lambda:GetFunctionRecursionConfig", &error))?;
        let recursive_loop = super::required(answer.recursive_loop, "RecursiveLoop")?;
        Ok(Value::Recursion(Recursion {
            recursive_loop: recursive_loop.as_str().to_owned(),
        }))
    }
}

pub(super) fn signing(config: types::CodeSigningConfig) -> CodeSigning {
    let policies = config.code_signing_policies;
    let on_deployment = policies.and_then(|policies| policies.untrusted_artifact_on_deployment);
    CodeSigning {
        code_signing_config_arn: Some(config.code_signing_config_arn),
        code_signing_policies: CodeSigningPolicies {
            untrusted_artifact_on_deployment: on_deployment.map(|policy| policy.as_str().to_owned()),
        },
    }
}
