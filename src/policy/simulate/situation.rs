//! What is evaluated: one request, and every policy that has a say in it.

use crate::policy::document::Policy;
use crate::policy::request::Request;
use schemars::JsonSchema;
use serde::Serialize;

/// One request and the policies around it. A layer that is empty does not limit; only identity policies and the
/// resource policy grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Situation {
    /// Who asks for what.
    pub request: Request,
    /// The account that owns the resource; `None`: the caller's own.
    pub resource_account: Option<String>,
    /// The organization's management account, which service and resource control policies leave alone.
    pub management_account: Option<String>,
    /// Whether the action knows no resources, so that only `*` in a `Resource` element matches it.
    pub is_unscoped: bool,
    /// The caller's own policies, its groups' included.
    pub identity: Vec<NamedPolicy>,
    /// The resource's policy: bucket, key, function, trust policy.
    pub resource: Option<NamedPolicy>,
    /// The caller's permissions boundary.
    pub boundaries: Vec<NamedPolicy>,
    /// What the session was narrowed to when it was made.
    pub session: Option<NamedPolicy>,
    /// Of the caller's account, from the root down.
    pub service_control: Vec<Level>,
    /// Of the resource's account, from the root down.
    pub resource_control: Vec<Level>,
    /// Of the VPC endpoint that the request came through.
    pub endpoint: Vec<NamedPolicy>,
}

/// A policy and what to call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPolicy {
    /// How an answer cites it.
    pub name: String,
    /// The policy.
    pub policy: Policy,
}

/// The policies attached at one place of an organization: the root, a unit, the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// The identifier of that place.
    pub place: String,
    /// What is attached there.
    pub policies: Vec<NamedPolicy>,
}

/// The kinds of policies that have a say, by their names in a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub enum Layer {
    /// The caller's own policies.
    #[serde(rename = "identityPolicies")]
    Identity,
    /// The resource's policy.
    #[serde(rename = "resourcePolicy")]
    Resource,
    /// The permissions boundary.
    #[serde(rename = "permissionBoundaries")]
    Boundary,
    /// The session policy.
    #[serde(rename = "sessionPolicy")]
    Session,
    /// Service control policies.
    #[serde(rename = "serviceControlPolicies")]
    ServiceControl,
    /// Resource control policies.
    #[serde(rename = "resourceControlPolicies")]
    ResourceControl,
    /// The policy of the VPC endpoint.
    #[serde(rename = "endpointPolicies")]
    Endpoint,
    /// No policy: AWS's own rules.
    #[serde(rename = "aws")]
    Aws,
}

impl Layer {
    /// Its name in prose.
    pub fn label(self) -> &'static str {
        match self {
            Layer::Identity => "the identity policies",
            Layer::Resource => "the resource policy",
            Layer::Boundary => "the permissions boundary",
            Layer::Session => "the session policy",
            Layer::ServiceControl => "the service control policies",
            Layer::ResourceControl => "the resource control policies",
            Layer::Endpoint => "the VPC endpoint policy",
            Layer::Aws => "AWS itself",
        }
    }
}
