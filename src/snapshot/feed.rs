//! What brings events to the monitor: the trails that log calls, and the rules that pass them on.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Reason;
use super::role::{RoleBoundary, RolePolicies, RoleTrust};

/// A trail that covers the Region: `DescribeTrails`, with what `GetTrailStatus` and `GetEventSelectors` add to it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct Trail {
    /// Its ARN.
    #[serde(rename = "TrailARN")]
    pub trail_arn: String,
    /// Whether it logs now.
    pub is_logging: bool,
    /// What it logs, in the simple form.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub event_selectors: Vec<EventSelector>,
    /// What it logs, in the other form: a trail has one of the two.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub advanced_event_selectors: Vec<AdvancedEventSelector>,
    /// Why nothing more is known of it, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread: Option<Reason>,
}

/// What a trail logs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct EventSelector {
    /// `All`, `ReadOnly` or `WriteOnly`; open on purpose.
    pub read_write_type: String,
    /// Whether it logs management events.
    pub include_management_events: bool,
    /// The services whose management events it leaves out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exclude_management_event_sources: Vec<String>,
}

/// What a trail logs, field by field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct AdvancedEventSelector {
    /// All of them have to hold for an event.
    pub field_selectors: Vec<FieldSelector>,
}

/// What one field of an event has to be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct FieldSelector {
    /// Such as `eventCategory`.
    pub field: String,
    /// One of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub equals: Vec<String>,
    /// None of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_equals: Vec<String>,
    /// It also asks how the field starts or ends.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub has_other_operators: bool,
}

/// A change whose record leaves out the parameters of its call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Omission {
    /// When the call was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub event_time: Option<Timestamp>,
    /// CloudTrail's id of the record.
    #[serde(rename = "eventID", skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// The call.
    pub event_name: String,
    /// Its service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_source: Option<String>,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// From where.
    #[serde(rename = "sourceIPAddress", skip_serializing_if = "Option::is_none")]
    pub source_ip_address: Option<String>,
}

/// A rule whose target is the monitor's queue: `DescribeRule`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// `ENABLED`, `DISABLED` or `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`; open on purpose.
    pub state: String,
    /// What it lets through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_pattern: Option<String>,
    /// When it fires by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule_expression: Option<String>,
}

/// A topic that the monitor publishes to: `GetTopicAttributes`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct Topic {
    /// Its ARN.
    pub topic_arn: String,
    /// It does not exist.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_missing: bool,
    /// How many listen.
    pub subscriptions_confirmed: u64,
    /// How many have yet to confirm that they want to.
    pub subscriptions_pending: u64,
}

/// An event bus of the monitor's own that others pass their events on to: `DescribeEventBus`, and the rules on it whose target is the
/// monitor's queue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct Bus {
    /// Its ARN.
    pub arn: String,
    /// It does not exist.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_missing: bool,
    /// Who may put events on it; absent: its own account alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The rules on it that feed the monitor.
    pub rules: Vec<Rule>,
}

/// A role by which rules pass events on: `RoleArn` of `ListTargetsByRule`, with what IAM says of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct Sender {
    /// Its ARN.
    pub role_arn: String,
    /// What they pass events on to.
    pub target_arn: String,
    /// One of the rules, by its ARN.
    pub rule_arn: String,
    /// Who may assume it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust: Option<RoleTrust>,
    /// What it may do.
    pub policies: RolePolicies,
    /// What bounds it.
    pub boundary: RoleBoundary,
    /// Why nothing more is known of it, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread: Option<Reason>,
}
