//! The JSON form of a case, as `vigil schema` describes it.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// One request and the policies around it. A layer that is absent or empty does not limit; without identity policies and
/// resource policy nothing is granted. Members that are not listed are ignored.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaseDocument {
    /// Comes back with the answer.
    pub(super) name: Option<String>,
    pub(super) request: RequestForm,
    /// The caller's own policies, its groups' included.
    pub(super) identity_policies: Option<Vec<PolicyForm>>,
    /// Bucket policy, key policy, function policy; for `sts:AssumeRole` the role's trust policy.
    pub(super) resource_policy: Option<PolicyForm>,
    /// The permissions boundary of the user or role.
    pub(super) permission_boundaries: Option<Vec<PolicyForm>>,
    /// Per level from the root to the caller's account; each level has to allow.
    pub(super) service_control_policies: Option<Vec<LevelForm>>,
    /// Per level from the root to the resource's account; each level holds `RCPFullAWSAccess` without saying so.
    pub(super) resource_control_policies: Option<Vec<LevelForm>>,
    /// The policy of the VPC endpoint that the request comes through.
    pub(super) endpoint_policies: Option<Vec<PolicyForm>>,
    /// What the session was narrowed to when the role was assumed.
    pub(super) session_policy: Option<PolicyForm>,
    /// The organization's management account, which control policies leave alone.
    pub(super) management_account_id: Option<String>,
}

/// Who asks for what.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestForm {
    /// `service:Name`.
    pub(super) action: String,
    pub(super) resource: ResourceForm,
    /// An ARN, an account id (its root user), the name of a service, or `{"type": "Anonymous"}`.
    #[schemars(with = "PrincipalForm")]
    pub(super) principal: Value,
    /// Condition keys. The keys about the caller's own ARN, account and kind and the resource's account are added when
    /// they are absent.
    #[schemars(with = "Option<BTreeMap<String, ContextForm>>")]
    pub(super) context: Option<BTreeMap<String, Value>>,
    /// Whether the action knows no resources, so that in policies only `*` matches it; default: no.
    pub(super) wildcard_only_action: Option<bool>,
}

/// What is asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResourceForm {
    /// An ARN or `*`. With wildcards it asks whether the request is allowed for some resource that follows them.
    pub(super) resource: String,
    /// The account that owns it; default: the one in the ARN, or else the caller's.
    pub(super) account_id: Option<String>,
}

/// Who asks.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "describes what is read by hand")]
enum PrincipalForm {
    Name(String),
    Unsigned {
        #[serde(rename = "type")]
        kind: AnonymousForm,
    },
}

#[derive(JsonSchema)]
#[allow(dead_code, reason = "describes what is read by hand")]
enum AnonymousForm {
    Anonymous,
}

/// What a condition key holds; a list for a multivalued key.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "describes what is read by hand")]
enum ContextForm {
    One(ScalarForm),
    Several(Vec<ScalarForm>),
}

#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "describes what is read by hand")]
enum ScalarForm {
    Text(String),
    Truth(bool),
    Number(f64),
}

/// The policies attached at one place of the organization.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LevelForm {
    /// The root, the organizational unit or the account.
    pub(super) org_identifier: Option<String>,
    pub(super) policies: Option<Vec<PolicyForm>>,
}

/// A policy document, plain or percent-encoded, or `{"name": …, "policy": …}`.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct PolicyForm(pub(super) Value);

impl JsonSchema for PolicyForm {
    fn schema_name() -> Cow<'static, str> {
        "Policy".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A policy document, as JSON or as the text that the API answers with; or one with a name.",
            "anyOf": [
                {"type": "object", "required": ["Statement"]},
                {"type": "object", "required": ["policy"], "properties": {
                    "name": {"type": "string"},
                    "policy": {"type": ["object", "string"]}
                }},
                {"type": "string"}
            ]
        })
    }
}
