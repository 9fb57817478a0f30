//! The wire form of a recorded account: what the AWS CLI prints, put side by side. `vigil schema snapshot` describes it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::arn::{AccountId, Arn, FunctionArn, Region};
use crate::network::{
    Gateways, ManagedPrefixList, NetworkAcl, NetworkInterface, RouteTable, SecurityGroup, Subnet, Vpc, VpcEndpoint,
};
use crate::package::CodePackage;
use crate::snapshot::{
    AccountSettings, Alarms, Bus, CodeSigning, Concurrency, Destinations, EnvironmentKey, EventSources, Facet,
    Inspection, LastChange, Reason, Recursion, RolePolicyFindings, RoleServiceUse, Rule, Sender, Tags, Topic, Trail,
};

/// A file of a recorded account; the files of a folder are put together. A member that is left out was not read:
/// then what depends on it cannot be judged.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct Recorded {
    /// The functions.
    pub functions: Vec<RecordedFunction>,
    /// Their roles.
    pub roles: Vec<RecordedRole>,
    /// Their accounts and Regions.
    pub places: Vec<RecordedPlace>,
    /// Their VPCs.
    pub networks: Vec<RecordedNetwork>,
}

/// A function.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RecordedFunction {
    /// Its ARN without a qualifier.
    pub function_arn: FunctionArn,
    /// `aws lambda get-function-configuration`. A variable of the environment is a text, which is judged while it is
    /// read and then dropped, or a judgement.
    pub configuration: Option<Value>,
    /// `aws lambda get-policy` for the function and for each version and alias that has one.
    pub policies: Option<Vec<RecordedPolicy>>,
    /// `FunctionUrlConfigs` of `aws lambda list-function-url-configs`.
    pub function_url_configs: Option<Vec<Value>>,
    /// `aws lambda get-function-concurrency`.
    pub concurrency: Option<Concurrency>,
    /// `Tags` of `aws lambda list-tags`.
    pub tags: Option<Tags>,
    /// `aws lambda get-layer-version-policy` for each layer version of the function's own account that has a policy.
    /// Not needed where the configuration names no such layer.
    pub layer_policies: Option<Vec<RecordedLayerPolicy>>,
    /// What an inspection of the code package gave, or the path of a zip to inspect, from the recording's folder. Left out:
    /// nobody asked for it.
    pub code_package: Option<RecordedPackage>,
    /// `EventSourceMappings` of `aws lambda list-event-source-mappings --function-name …`.
    pub event_source_mappings: Option<EventSources>,
    /// `FunctionEventInvokeConfigs` of `aws lambda list-function-event-invoke-configs`.
    pub function_event_invoke_configs: Option<Destinations>,
    /// `CodeSigningConfig` of `aws lambda get-code-signing-config` for what `get-function-code-signing-config` names; `{}` if
    /// that is nothing.
    pub code_signing_config: Option<CodeSigning>,
    /// `aws lambda get-function-recursion-config`.
    pub recursion: Option<Recursion>,
    /// `aws kms describe-key` of the configuration's `KMSKeyArn`. Not needed where there is none.
    pub environment_key: Option<EnvironmentKey>,
    /// The last change of code or configuration, from the record of its call. A replay takes it from the events themselves.
    pub last_change: Option<LastChange>,
    /// `coveredResources` of `aws inspector2 list-coverage` and `findings` of `aws inspector2 list-findings`, both filtered by
    /// the function's name.
    pub inspection: Option<Inspection>,
    /// Facets that could not be read, and why.
    #[serde(default)]
    pub unreadable: BTreeMap<Facet, Reason>,
}

/// A code package.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RecordedPackage {
    /// A zip.
    Path(String),
    /// What an inspection gave.
    Inspected(CodePackage),
}

/// The policy of a function, version or alias.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct RecordedPolicy {
    /// The version or alias; left out for the function itself.
    #[serde(default)]
    pub qualifier: Option<String>,
    /// The policy, as the text that AWS gives or as the JSON that it holds.
    pub policy: Value,
}

/// The policy of a layer version.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RecordedLayerPolicy {
    /// The layer version's ARN.
    pub layer_version_arn: String,
    /// The policy, as the text that AWS gives or as the JSON that it holds.
    pub policy: Value,
}

/// A role.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RecordedRole {
    /// Its ARN, with its path.
    pub arn: Arn,
    /// The role does not exist.
    #[serde(default)]
    pub missing: bool,
    /// `Role.AssumeRolePolicyDocument` of `aws iam get-role`, as text or JSON.
    pub assume_role_policy_document: Option<Value>,
    /// `aws iam get-role-policy` for each inline policy.
    pub inline_policies: Option<Vec<RecordedInline>>,
    /// The attached policies with their default versions' documents.
    pub attached_policies: Option<Vec<RecordedManaged>>,
    /// The boundary with its default version's document; `null` if there is none.
    #[serde(default)]
    #[schemars(with = "Option<RecordedManaged>")]
    pub permissions_boundary: RecordedBoundary,
    /// `aws accessanalyzer validate-policy` for each policy that is not AWS's.
    pub policy_findings: Option<RolePolicyFindings>,
    /// `CreateDate` of `aws iam get-role` and `ServicesLastAccessed` of `aws iam get-service-last-accessed-details`.
    pub service_use: Option<RoleServiceUse>,
    /// Facets that could not be read, and why.
    #[serde(default)]
    pub unreadable: BTreeMap<Facet, Reason>,
}

/// An account and Region.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RecordedPlace {
    /// The account's id.
    pub account: AccountId,
    /// The Region.
    pub region: Region,
    /// `aws lambda get-account-settings`.
    pub account_settings: Option<AccountSettings>,
    /// `aws cloudwatch describe-alarms --alarm-types MetricAlarm CompositeAlarm`.
    pub alarms: Option<Alarms>,
    /// `aws cloudtrail describe-trails`, each with `IsLogging` of `aws cloudtrail get-trail-status` and the selectors of
    /// `aws cloudtrail get-event-selectors`.
    pub trails: Option<Vec<Trail>>,
    /// `aws events describe-rule` for each of `aws events list-rule-names-by-target --target-arn QUEUE_ARN`.
    pub rules: Option<Vec<Rule>>,
    /// `aws sns get-topic-attributes` of each topic that the monitor publishes to, its counts as numbers.
    pub topics: Option<Vec<Topic>>,
    /// `aws events describe-event-bus` of the hub's own bus, with the rules on it as above.
    pub buses: Option<Vec<Bus>>,
    /// Each `RoleArn` of `aws events list-targets-by-rule`, with `aws iam get-role` and its policies.
    pub senders: Option<Vec<Sender>>,
    /// Facets that could not be read, and why.
    #[serde(default)]
    pub unreadable: BTreeMap<Facet, Reason>,
}

/// A VPC, as an account and Region see it: in a shared VPC, not all of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RecordedNetwork {
    /// The id of the functions' account.
    pub account: AccountId,
    /// The Region.
    pub region: Region,
    /// The VPC's id.
    pub vpc_id: String,
    /// `aws ec2 describe-vpcs`, and the two values of `aws ec2 describe-vpc-attribute`.
    pub vpc: Option<Vpc>,
    /// `aws ec2 describe-subnets`.
    pub subnets: Option<Vec<Subnet>>,
    /// `aws ec2 describe-route-tables`.
    pub route_tables: Option<Vec<RouteTable>>,
    /// `aws ec2 describe-network-acls`.
    pub network_acls: Option<Vec<NetworkAcl>>,
    /// `aws ec2 describe-security-groups`.
    pub security_groups: Option<Vec<SecurityGroup>>,
    /// `aws ec2 describe-vpc-endpoints`.
    pub vpc_endpoints: Option<Vec<VpcEndpoint>>,
    /// `aws ec2 describe-internet-gateways`, `describe-nat-gateways` and `describe-egress-only-internet-gateways`.
    pub gateways: Option<Gateways>,
    /// `aws ec2 describe-network-interfaces`: those without a source/destination check, and those of `amazon-rds`,
    /// `amazon-elasticache` and `amazon-redshift`.
    pub network_interfaces: Option<Vec<NetworkInterface>>,
    /// `aws ec2 describe-managed-prefix-lists`, each with its `aws ec2 get-managed-prefix-list-entries`.
    pub prefix_lists: Option<Vec<ManagedPrefixList>>,
    /// Facets that could not be read, and why.
    #[serde(default)]
    pub unreadable: BTreeMap<Facet, Reason>,
}

/// An inline policy.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct RecordedInline {
    /// Its name.
    pub policy_name: String,
    /// Its document, as text or JSON.
    pub policy_document: Value,
}

/// A managed policy.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct RecordedManaged {
    /// Its ARN.
    pub policy_arn: String,
    /// The default version's document, as text or JSON.
    pub policy_document: Value,
}

/// A boundary: `null` says that there is none, a member that is left out that nobody looked.
#[derive(Debug, Default)]
pub enum RecordedBoundary {
    /// Left out.
    #[default]
    NotRead,
    /// There is none.
    Absent,
    /// This one.
    Policy(RecordedManaged),
}

impl<'de> Deserialize<'de> for RecordedBoundary {
    fn deserialize<D: serde::Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(json)?.map_or(Self::Absent, Self::Policy))
    }
}
