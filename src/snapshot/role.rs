//! Role-scoped values, with the AWS API's own member names.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `GetRole`: who may assume it. A role that does not exist is a value, not a failed read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub enum RoleTrust {
    /// The role does not exist: functions keep the ARN of a deleted role.
    Missing,
    /// The trust policy's JSON text.
    AssumeRolePolicyDocument(String),
}

/// The role's permission policies; empty when the role does not exist.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct RolePolicies {
    /// Policies that live in the role.
    pub inline: Vec<InlinePolicy>,
    /// Policies that are attached to it.
    pub attached: Vec<ManagedPolicy>,
}

/// A policy that lives in the role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct InlinePolicy {
    /// Its name in the role.
    pub policy_name: String,
    /// Its JSON text.
    pub policy_document: String,
}

/// A managed policy in its default version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ManagedPolicy {
    /// Its ARN.
    pub policy_arn: String,
    /// The default version's JSON text.
    pub policy_document: String,
}

/// The permissions boundary, if the role has one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct RoleBoundary {
    /// Absent: nothing bounds the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<ManagedPolicy>,
}
