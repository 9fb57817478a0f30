//! What a function is connected to: its event source mappings and the destinations of its asynchronous calls.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `ListEventSourceMappings` of the function.
pub type EventSources = Vec<EventSourceMapping>;

/// Lambda reads a queue or a stream for the function.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct EventSourceMapping {
    /// Its id.
    #[serde(rename = "UUID")]
    pub uuid: String,
    /// Queue, stream, broker or cluster; absent for Kafka that its owner runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_source_arn: Option<String>,
    /// `Enabled`, `Disabled`, …; open on purpose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Where records go that could not be handled.
    pub destination_config: DestinationConfig,
    /// How Lambda signs in to a broker.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub source_access_configurations: Vec<SourceAccessConfiguration>,
}

/// One part of how Lambda signs in to a broker.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct SourceAccessConfiguration {
    /// `BASIC_AUTH`, `VPC_SUBNET`, …; open on purpose.
    #[serde(rename = "Type")]
    pub kind: String,
    /// The ARN of a secret, or the id of a subnet or group, by the type.
    #[serde(rename = "URI")]
    pub uri: String,
}

/// `ListFunctionEventInvokeConfigs`: of the function, its versions and its aliases.
pub type Destinations = Vec<EventInvokeConfig>;

/// How asynchronous calls are handled.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct EventInvokeConfig {
    /// The function's ARN with the qualifier; `$LATEST` stands for calls without one.
    pub function_arn: String,
    /// Where its outcomes go.
    pub destination_config: DestinationConfig,
}

impl EventInvokeConfig {
    /// The version or alias; absent for the function itself.
    pub fn qualifier(&self) -> Option<&str> {
        self.function_arn.split(':').nth(7).filter(|name| *name != "$LATEST")
    }
}

/// Where outcomes go.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct DestinationConfig {
    /// Of calls that succeeded.
    pub on_success: Destination,
    /// Of calls and records that failed.
    pub on_failure: Destination,
}

/// A queue, topic, bucket, bus or function.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct Destination {
    /// Its ARN; absent: nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_without_a_qualifier_is_the_functions_own() {
        let arn = "arn:aws:lambda:eu-west-1:111122223333:function:orders";
        for (suffix, qualifier) in [
            (":$LATEST", None),
            ("", None),
            (":live", Some("live")),
            (":7", Some("7")),
        ] {
            let config = EventInvokeConfig {
                function_arn: format!("{arn}{suffix}"),
                ..EventInvokeConfig::default()
            };
            assert_eq!(config.qualifier(), qualifier, "{suffix}");
        }
    }
}
