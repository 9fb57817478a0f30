//! The facets that are one small answer: reserved concurrency and tags.

use super::AccountReader;
use crate::arn::FunctionArn;
use crate::aws::failure::reason;
use crate::aws::pace::Pool;
use crate::snapshot::{Concurrency, Reason, Value};

impl AccountReader<'_> {
    pub(super) async fn concurrency(&self, function: &FunctionArn) -> Result<Value, Reason> {
        let client = self.clients.lambda(function.region(), Pool::LambdaOther).await;
        let answer = client
            .get_function_concurrency()
            .function_name(function.to_string())
            .send()
            .await
            .map_err(|error| reason("lambda:GetFunctionConcurrency", &error))?;
        Ok(Value::Concurrency(Concurrency {
            reserved_concurrent_executions: answer.reserved_concurrent_executions,
        }))
    }

    pub(super) async fn tags(&self, function: &FunctionArn) -> Result<Value, Reason> {
        let client = self.clients.lambda(function.region(), Pool::LambdaOther).await;
        let answer = client
            .list_tags()
            .resource(function.to_string())
            .send()
            .await
            .map_err(|error| reason("lambda:ListTags", &error))?;
        Ok(Value::Tags(answer.tags.unwrap_or_default().into_iter().collect()))
    }
}
