//! Role-scoped values, with the AWS API's own member names.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::arn::FunctionArn;

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

/// `ValidatePolicy` of IAM Access Analyzer, for each inline and customer managed policy.
pub type RolePolicyFindings = Vec<ValidatedPolicy>;

/// A policy, and what Access Analyzer says about it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct ValidatedPolicy {
    /// The name of an inline policy, or the ARN of a managed one.
    pub policy_name: String,
    /// The findings.
    #[serde(rename = "findings")]
    pub findings: Vec<PolicyFinding>,
}

/// A finding on a policy's text.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PolicyFinding {
    /// `ERROR`, `SECURITY_WARNING`, `WARNING` or `SUGGESTION`; open on purpose.
    pub finding_type: String,
    /// Such as `INVALID_ACTION`.
    pub issue_code: String,
    /// AWS's sentence about it.
    pub finding_details: String,
    /// Where in the document.
    pub locations: Vec<PolicyLocation>,
}

/// A place in a policy's document.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PolicyLocation {
    /// The way to it from the top.
    pub path: Vec<PathElement>,
}

/// A step on the way to a place in a document: the name of a member or the place in a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PathElement {
    /// The place in a list, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// `GetServiceLastAccessedDetails`, and from when on the role can have used anything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct RoleServiceUse {
    /// When the role was made; absent: it does not exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub create_date: Option<Timestamp>,
    /// The services that its policies allow.
    pub services_last_accessed: Vec<ServiceLastAccessed>,
}

/// A service that a role may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ServiceLastAccessed {
    /// Its IAM prefix.
    pub service_namespace: String,
    /// When it was last used; absent: not in the time that IAM looks back, 400 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub last_authenticated: Option<Timestamp>,
}

/// The functions that use the role.
pub type RoleUsers = BTreeSet<FunctionArn>;
