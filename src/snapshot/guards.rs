//! What guards a function: code signing, the stop of loops, the key of its environment; and who changed it last.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `GetFunctionCodeSigningConfig`, and `GetCodeSigningConfig` of what it names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct CodeSigning {
    /// Absent: any package may be deployed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_signing_config_arn: Option<String>,
    /// What happens to a package that nobody signed.
    pub code_signing_policies: CodeSigningPolicies,
}

/// What happens to a package that nobody signed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct CodeSigningPolicies {
    /// `Enforce` or `Warn`; open on purpose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub untrusted_artifact_on_deployment: Option<String>,
}

/// `GetFunctionRecursionConfig`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct Recursion {
    /// `Terminate` or `Allow`; open on purpose.
    pub recursive_loop: String,
}

/// The customer key that encrypts the environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub enum EnvironmentKey {
    /// None: Lambda's own key encrypts it.
    Default,
    /// The key that the configuration names does not exist.
    Missing,
    /// `KeyMetadata` of `DescribeKey`.
    KeyMetadata(KeyMetadata),
}

/// A key, as far as controls ask.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct KeyMetadata {
    /// Its ARN, where the configuration may name an alias.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// `Enabled`, `Disabled`, `PendingDeletion`, …; open on purpose.
    pub key_state: String,
    /// When it is deleted, if that was scheduled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub deletion_date: Option<Timestamp>,
}

/// The last change of code or configuration, as an event told it: no read does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct LastChange {
    /// The call.
    pub event_name: String,
    /// Who called: the ARN where there is one, else the best name that the record has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The AWS service through which the caller came, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoked_by: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub event_time: Option<Timestamp>,
}
