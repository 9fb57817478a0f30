//! Function-scoped values, with the AWS API's own member names.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::arn::{AccountId, Arn};
use crate::secret::Judgement;

/// `GetFunctionConfiguration`, as far as controls ask; the environment only as judgements.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct Configuration {
    /// ARN of the execution role; kept as text because AWS keeps what was once a role's ARN.
    pub role: String,
    /// Identifier such as `python3.12`; absent for container images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime: Option<String>,
    /// `Zip` or `Image`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package_type: Option<String>,
    /// Digest of the deployed package.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_sha256: Option<String>,
    /// Changes with each change of the function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision_id: Option<String>,
    /// When code or configuration changed last, as Lambda writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    /// `Active`, `Pending`, …; open on purpose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// `Successful`, `InProgress`, `Failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_update_status: Option<String>,
    /// X-Ray mode.
    pub tracing_config: TracingConfig,
    /// Absent or empty: not in a VPC.
    pub vpc_config: VpcConfig,
    /// Where logs go.
    pub logging_config: LoggingConfig,
    /// Where asynchronous events go that could not be handled.
    pub dead_letter_config: DeadLetterConfig,
    /// The file systems that are mounted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub file_system_configs: Vec<FileSystemConfig>,
    /// Customer key of the environment.
    #[serde(rename = "KMSKeyArn", skip_serializing_if = "Option::is_none")]
    pub kms_key_arn: Option<String>,
    /// The layer versions in use.
    pub layers: Vec<Layer>,
    /// The judgement of each environment variable.
    pub environment: Environment,
}

impl Configuration {
    /// The role's ARN, where it is one.
    pub fn role_arn(&self) -> Option<Arn> {
        self.role.parse().ok()
    }

    /// ARNs of the layer versions in use that belong to an account.
    pub fn layers_of(&self, account: &AccountId) -> Vec<&str> {
        let layers = self.layers.iter().map(|layer| layer.arn.as_str());
        layers
            .filter(|arn| arn.split(':').nth(4) == Some(account.as_str()))
            .collect()
    }

    /// The log group that the function writes to.
    pub fn log_group(&self, function_name: &str) -> String {
        self.logging_config
            .log_group
            .clone()
            .unwrap_or_else(|| format!("/aws/lambda/{function_name}"))
    }
}

/// X-Ray mode: `Active` or `PassThrough`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct TracingConfig {
    /// `Active` or `PassThrough`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
}

/// The network that the function is attached to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct VpcConfig {
    /// The VPC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_id: Option<String>,
    /// Its subnets.
    pub subnet_ids: Vec<String>,
    /// Its security groups.
    pub security_group_ids: Vec<String>,
    /// Whether it sends IPv6 from dual-stack subnets; without it, only IPv4 leaves.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ipv6_allowed_for_dual_stack: bool,
}

impl VpcConfig {
    /// Whether the function is in a VPC at all: AWS says "none" by leaving out or by empty members.
    pub fn is_attached(&self) -> bool {
        !self.subnet_ids.is_empty()
    }
}

/// Where logs go.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct LoggingConfig {
    /// The group, where it is not the default one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_group: Option<String>,
}

/// Where asynchronous events go that could not be handled.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct DeadLetterConfig {
    /// ARN of a queue or topic; absent or empty: nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_arn: Option<String>,
}

/// A file system that is mounted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct FileSystemConfig {
    /// ARN of the access point.
    pub arn: String,
}

/// A layer version in use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct Layer {
    /// ARN with the version.
    pub arn: String,
}

/// The environment, without a single value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct Environment {
    /// Name to judgement.
    pub variables: BTreeMap<String, Judgement>,
    /// Set when AWS could not decrypt the environment: then `variables` says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<EnvironmentError>,
}

/// Why AWS did not give the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct EnvironmentError {
    /// AWS's error code.
    pub error_code: String,
}

/// All resource-based policies of a function.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct ResourcePolicies {
    /// One entry per function, version or alias that has a policy.
    pub policies: Vec<ResourcePolicy>,
    /// The qualifiers whose policy could not be read; the others are still judged.
    pub unread: Vec<UnreadPolicy>,
}

/// A resource-based policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ResourcePolicy {
    /// Version or alias; absent for the function itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qualifier: Option<String>,
    /// The policy's JSON text.
    pub policy: String,
}

/// A qualifier whose policy could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct UnreadPolicy {
    /// Version or alias; absent for the function itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qualifier: Option<String>,
    /// Why.
    pub why: super::Reason,
}

/// The policies of the own account's layer versions that the function uses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct LayerPolicies {
    /// One entry per layer version that has a policy.
    pub policies: Vec<LayerPolicy>,
    /// The layer versions whose policy could not be read; the others are still judged.
    pub unread: Vec<UnreadLayer>,
}

/// The policy of a layer version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct LayerPolicy {
    /// ARN with the version.
    pub layer_version_arn: String,
    /// The policy's JSON text.
    pub policy: String,
}

/// A layer version whose policy could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct UnreadLayer {
    /// ARN with the version.
    pub layer_version_arn: String,
    /// Why.
    pub why: super::Reason,
}

/// One function URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct UrlConfig {
    /// The alias that it belongs to; absent for the function itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qualifier: Option<String>,
    /// The address.
    #[serde(default)]
    pub function_url: String,
    /// `NONE` or `AWS_IAM`.
    pub auth_type: String,
    /// Cross-origin settings.
    #[serde(default)]
    pub cors: Cors,
}

/// Cross-origin settings of a URL.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct Cors {
    /// Whether cookies and credentials may be sent.
    pub allow_credentials: bool,
    /// The origins that may call.
    pub allow_origins: Vec<String>,
    /// The methods that may be used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow_methods: Vec<String>,
    /// The headers that may be sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow_headers: Vec<String>,
    /// The headers that a page may read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub expose_headers: Vec<String>,
    /// For how many seconds a browser keeps the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<i32>,
}

/// Reserved concurrency.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct Concurrency {
    /// Absent: the function shares the account's unreserved pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reserved_concurrent_executions: Option<i32>,
}

/// The function's tags.
pub type Tags = BTreeMap<String, String>;
