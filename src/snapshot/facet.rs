//! The parts of the state that are read, and can fail to be read, on their own: label, scope and reads of each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a facet is stored for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScopeKind {
    /// Once per function.
    Function,
    /// Once per role, however many functions use it.
    Role,
}

/// A part of the state that is read on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Facet {
    /// What the function runs: role, runtime, network, tracing, layers, and the judgement of each environment variable.
    Configuration,
    /// The resource-based policies of the function and of each version and alias.
    ResourcePolicies,
    /// The function URLs of all qualifiers.
    Urls,
    /// Reserved concurrency.
    Concurrency,
    /// The function's tags.
    Tags,
    /// Who may assume the role.
    RoleTrust,
    /// The role's inline and attached policies.
    RolePolicies,
    /// The role's permissions boundary.
    RoleBoundary,
}

impl Facet {
    /// All facets, in the order in which they are shown.
    pub const ALL: [Self; 8] = [
        Self::Configuration,
        Self::ResourcePolicies,
        Self::Urls,
        Self::Concurrency,
        Self::Tags,
        Self::RoleTrust,
        Self::RolePolicies,
        Self::RoleBoundary,
    ];

    /// The facets of one scope.
    pub fn of(kind: ScopeKind) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |facet| facet.scope() == kind)
    }

    /// What the facet is stored for.
    pub fn scope(self) -> ScopeKind {
        match self {
            Self::Configuration | Self::ResourcePolicies | Self::Urls | Self::Concurrency | Self::Tags => {
                ScopeKind::Function
            }
            Self::RoleTrust | Self::RolePolicies | Self::RoleBoundary => ScopeKind::Role,
        }
    }

    /// What it is called in front of people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Configuration => "function configuration",
            Self::ResourcePolicies => "resource-based policies",
            Self::Urls => "function URLs",
            Self::Concurrency => "reserved concurrency",
            Self::Tags => "tags",
            Self::RoleTrust => "role trust policy",
            Self::RolePolicies => "role permission policies",
            Self::RoleBoundary => "role permissions boundary",
        }
    }

    /// The IAM actions of the API calls that read it; the monitor's own read permissions are made from these.
    pub fn read_by(self) -> &'static [&'static str] {
        match self {
            Self::Configuration => &["lambda:GetFunctionConfiguration", "lambda:ListFunctions"],
            Self::ResourcePolicies => &[
                "lambda:GetPolicy",
                "lambda:GetResourcePolicy",
                "lambda:ListAliases",
                "lambda:ListVersionsByFunction",
            ],
            Self::Urls => &["lambda:ListFunctionUrlConfigs"],
            Self::Concurrency => &["lambda:GetFunctionConcurrency"],
            Self::Tags => &["lambda:ListTags"],
            Self::RoleTrust => &["iam:GetRole"],
            Self::RolePolicies => &[
                "iam:GetRole",
                "iam:ListRolePolicies",
                "iam:GetRolePolicy",
                "iam:ListAttachedRolePolicies",
                "iam:GetPolicy",
                "iam:GetPolicyVersion",
            ],
            Self::RoleBoundary => &["iam:GetRole", "iam:GetPolicy", "iam:GetPolicyVersion"],
        }
    }
}
