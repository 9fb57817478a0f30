//! The facets of what a function is connected to: one listing of its event sources, one of its destinations.

use aws_sdk_lambda::types::{self, EventSourceMappingConfiguration, FunctionEventInvokeConfig};

use super::{AccountReader, Page, every_page};
use crate::arn::FunctionArn;
use crate::aws::failure::reason;
use crate::aws::pace::Pool;
use crate::snapshot::{
    Destination, DestinationConfig, EventInvokeConfig, EventSourceMapping, Reason, SourceAccessConfiguration, Value,
};

impl AccountReader<'_> {
    pub(super) async fn event_sources(&self, function: &FunctionArn) -> Result<Value, Reason> {
        let all = every_page(|marker| self.source_page(function, marker)).await?;
        Ok(Value::EventSources(all.into_iter().map(mapping).collect()))
    }

    async fn source_page(
        &self,
        function: &FunctionArn,
        marker: Option<String>,
    ) -> Result<Page<EventSourceMappingConfiguration>, Reason> {
        let client = self.clients.lambda(function.region(), Pool::LambdaOther).await;
        let call = client.list_event_source_mappings().function_name(function.to_string());
        let answer = call.set_marker(marker).send().await;
        let answer = answer.map_err(|error| reason("lambda:ListEventSourceMappings", &error))?;
        Ok(Page {
            items: answer.event_source_mappings.unwrap_or_default(),
            next: answer.next_marker,
        })
    }

    pub(super) async fn destinations(&self, function: &FunctionArn) -> Result<Value, Reason> {
        let all = every_page(|marker| self.destination_page(function, marker)).await?;
        Ok(Value::Destinations(all.into_iter().map(invocation).collect()))
    }

    async fn destination_page(
        &self,
        function: &FunctionArn,
        marker: Option<String>,
    ) -> Result<Page<FunctionEventInvokeConfig>, Reason> {
        let client = self.clients.lambda(function.region(), Pool::LambdaOther).await;
        let call = client.list_function_event_invoke_configs();
        let call = call.function_name(function.to_string()).set_marker(marker);
        let answer = call.send().await;
        let answer = answer.map_err(|error| reason("lambda:ListFunctionEventInvokeConfigs", &error))?;
        Ok(Page {
            items: answer.function_event_invoke_configs.unwrap_or_default(),
            next: answer.next_marker,
        })
    }
}

pub(super) fn mapping(source: EventSourceMappingConfiguration) -> EventSourceMapping {
    let access = source.source_access_configurations.unwrap_or_default().into_iter();
    EventSourceMapping {
        uuid: source.uuid.unwrap_or_default(),
        event_source_arn: source.event_source_arn,
        state: source.state,
        destination_config: source.destination_config.map(destinations).unwrap_or_default(),
        source_access_configurations: access
            .map(|one| SourceAccessConfiguration {
                kind: one.r#type.map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
                uri: one.uri.unwrap_or_default(),
            })
            .collect(),
    }
}

fn invocation(source: FunctionEventInvokeConfig) -> EventInvokeConfig {
    EventInvokeConfig {
        function_arn: source.function_arn.unwrap_or_default(),
        destination_config: source.destination_config.map(destinations).unwrap_or_default(),
    }
}

fn destinations(source: types::DestinationConfig) -> DestinationConfig {
    let target = |arn: Option<String>| Destination {
        destination: arn.filter(|text| !text.is_empty()),
    };
    DestinationConfig {
        on_success: target(source.on_success.and_then(|success| success.destination)),
        on_failure: target(source.on_failure.and_then(|failure| failure.destination)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_keeps_where_its_failures_go_and_how_it_signs_in() {
        let queue = "arn:aws:sqs:eu-west-1:111122223333:failed";
        let failure = types::OnFailure::builder().destination(queue).build();
        let access = types::SourceAccessConfiguration::builder()
            .r#type(types::SourceAccessType::BasicAuth)
            .uri("arn:aws:secretsmanager:eu-west-1:111122223333:secret:broker-AbCdEf");
        let read = mapping(
            EventSourceMappingConfiguration::builder()
                .uuid("1d0f0b0a-0000-4000-8000-000000000000")
                .destination_config(types::DestinationConfig::builder().on_failure(failure).build())
                .source_access_configurations(access.build())
                .build(),
        );
        assert_eq!(read.destination_config.on_failure.destination.as_deref(), Some(queue));
        assert_eq!(read.destination_config.on_success.destination, None);
        assert_eq!(read.source_access_configurations[0].kind, "BASIC_AUTH");
    }
}
