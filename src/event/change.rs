//! What an event may have changed, and who did it: a hint about what to read again, never the new state.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::expected::Awaited;
use super::message::Cursor;
use crate::arn::{AccountId, Arn, FunctionArn, Region};
use crate::snapshot::FacetSet;

/// The call (or service event, or sweep) behind a change. Every text in it was written by the caller: escape it before people read it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct Cause {
    /// Name of the call as CloudTrail spells it, with its date suffix; `sweep` for a scheduled sweep.
    pub event_name: String,
    /// Such as `lambda.amazonaws.com`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_source: Option<String>,
    /// CloudTrail's id of the record.
    #[serde(rename = "eventID", skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// When the call completed, in whole seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub event_time: Option<Timestamp>,
    /// Who called: the ARN where there is one, else the best name that the record has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The AWS service through which the caller came, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoked_by: Option<String>,
    /// From where.
    #[serde(rename = "sourceIPAddress", skip_serializing_if = "Option::is_none")]
    pub source_ip_address: Option<String>,
    /// With what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
}

/// What a change is about. An id that a call leaves out makes the subject broader, never absent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// A function, or one version or alias of it.
    Function {
        /// Which function.
        arn: FunctionArn,
        /// The version or alias, if the call named one.
        #[serde(skip_serializing_if = "Option::is_none")]
        qualifier: Option<String>,
    },
    /// A layer by name or ARN: every function that uses it.
    Layer(String),
    /// A code-signing configuration: every function bound to it.
    CodeSigningConfig(String),
    /// An event source mapping whose function the call does not name.
    EventSourceMapping(String),
    /// A capacity provider or network connector.
    Platform(String),
    /// A role by its name: IAM calls drop the path.
    Role(String),
    /// A managed policy by ARN: every role that it is attached to, or bounds.
    ManagedPolicy(Arn),
    /// Something in a VPC.
    Network(NetworkPart),
    /// Alarms by name.
    Alarms(Vec<String>),
    /// A key by id, ARN or alias.
    Key(String),
    /// A secret by name or ARN.
    Secret(String),
    /// Organization policies or membership.
    Organization,
    /// A piece of the pipe that feeds the monitor: trail, rule, bus, queue, topic.
    Monitor(String),
    /// The call changed something, and does not say what: everything in the account and Region.
    Unknown,
}

/// A piece of a network, by its id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NetworkPart {
    /// A VPC.
    Vpc(String),
    /// A subnet.
    Subnet(String),
    /// A security group.
    SecurityGroup(String),
    /// A route table.
    RouteTable(String),
    /// An internet or egress-only gateway.
    Gateway(String),
    /// A NAT gateway.
    NatGateway(String),
    /// A VPC endpoint.
    Endpoint(String),
    /// A network ACL.
    NetworkAcl(String),
    /// A network interface.
    NetworkInterface(String),
    /// A transit gateway or peering connection.
    Peering(String),
    /// Named only by an association or another id that cannot be looked up after the call.
    Other(String),
}

impl NetworkPart {
    /// Its id, where it can be looked up after the call.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Vpc(id)
            | Self::Subnet(id)
            | Self::SecurityGroup(id)
            | Self::RouteTable(id)
            | Self::Gateway(id)
            | Self::NatGateway(id)
            | Self::Endpoint(id)
            | Self::NetworkAcl(id)
            | Self::NetworkInterface(id)
            | Self::Peering(id) => Some(id),
            Self::Other(_) => None,
        }
    }
}

/// One thing that may have changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// What the change is about.
    pub subject: Subject,
    /// The account in which it happened.
    pub account: AccountId,
    /// The Region in which it happened; for IAM the partition's global Region.
    pub region: Region,
    /// The facets to read again; the others are taken from the store.
    pub facets: FacetSet,
    /// The call deleted the subject.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// The record left out its parameters for size, which also is a way to hide: say so in the notice.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub parameters_omitted: bool,
    /// What the next read shows if it is not too early.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaited: Option<Awaited>,
    /// Who and how.
    pub cause: Arc<Cause>,
}

/// Why a record changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "why")]
pub enum Ignored {
    /// The call failed, so nothing changed.
    FailedCall {
        /// CloudTrail's `errorCode`.
        code: String,
    },
    /// The call only tried.
    DryRun,
    /// The call only read.
    ReadOnly,
    /// A call of a service or of a kind that has no bearing on a function.
    Unrelated {
        /// Such as `s3.amazonaws.com PutObject`.
        call: String,
    },
    /// A data event such as `Invoke`.
    DataEvent,
    /// Envelope and record disagree about the account: somebody may have forged it.
    AccountMismatch,
    /// The function belongs to another account, which receives a record of its own.
    ForeignFunction,
}

impl fmt::Display for Ignored {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FailedCall { code } => write!(out, "the call failed with {code}, nothing changed"),
            Self::DryRun => out.write_str("a dry run, nothing changed"),
            Self::ReadOnly => out.write_str("a read, nothing changed"),
            Self::Unrelated { call } => write!(out, "{call} has no bearing on a function"),
            Self::DataEvent => out.write_str("a data event, nothing changed"),
            Self::AccountMismatch => out.write_str("envelope and record name different accounts"),
            Self::ForeignFunction => {
                out.write_str("the function belongs to another account, which receives its own record")
            }
        }
    }
}

/// What one input asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intake {
    /// Read these things again.
    Changes(Vec<Change>),
    /// Nothing to do, and why.
    Ignored {
        /// Why.
        reason: Ignored,
        /// The call, for the report.
        cause: Arc<Cause>,
    },
    /// Judge every function of the account and Region anew.
    Sweep {
        /// `None`: the account and Region in which the monitor runs.
        account: Option<AccountId>,
        /// `None`: the Region in which the monitor runs.
        region: Option<Region>,
        /// Go on after this one: what comes before it was judged already.
        after: Option<Cursor>,
    },
    /// Write the tag that has to come back as an event, on this mapping.
    Canary {
        /// The event source mapping.
        mapping: Arn,
    },
    /// The tag has come back.
    Echo {
        /// The event source mapping that has it.
        mapping: Arn,
        /// When it was written.
        sent: Timestamp,
    },
    /// Look whether the events of accounts and Regions arrive.
    Check {
        /// `None`: of all that are watched.
        account: Option<AccountId>,
        /// `None`: in all Regions that are watched.
        region: Option<Region>,
    },
    /// Judge these functions again, reading all facets: an earlier read did not show a change yet.
    Recheck {
        /// Which.
        functions: Vec<FunctionArn>,
        /// The call whose effect is awaited.
        cause: Arc<Cause>,
    },
}
