//! Which callers can a policy tell apart? Classes of requests, and what the policies name.

use super::service::Service;
use super::{Tier, Trust};
use crate::policy::pattern::{Pattern, behind};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A class of requests: same caller kind, same relation to the owner.
#[derive(Debug, Clone)]
pub(super) struct Class {
    pub(super) tier: Tier,
    pub(super) who: Who,
    /// The account of the caller, or of the resource that a service acts for.
    pub(super) account: Account,
    /// The organization of that account.
    pub(super) organization: Membership,
    /// Whether the call comes through a VPC endpoint.
    pub(super) via_endpoint: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Who {
    Anonymous,
    Identity(Kind),
    /// One identity by its ARN.
    Named(String),
    Service(Acting),
}

/// A service acting for a resource, in one of the ways it may be doing so.
#[derive(Debug, Clone)]
pub(super) struct Acting {
    pub(super) name: String,
    pub(super) service: Service,
    pub(super) sends_arn: bool,
    pub(super) sends_account: bool,
    /// Whether the source is one that the policies name, or one that they do not.
    pub(super) source: Source,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    Any,
    /// This ARN.
    Only(String),
    /// A resource of a name that some policy names literally, in whoever's account.
    Named,
    /// A resource that no policy names literally.
    Stranger,
    /// A resource of one of these ARNs.
    Like(Vec<Pattern>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Role,
    User,
    Root,
    FederatedUser,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Account {
    Known(String),
    /// Some account that neither the policies nor the trust set name.
    Stranger,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Membership {
    None,
    Known(String),
    /// Some organization that neither the policies nor the trust set name.
    Stranger,
}

/// Whether keys that outsiders cannot be presumed to control are left at their ordinary values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Assume {
    Ordinary,
    Anything,
}

/// What the policies and the owner's trust name.
#[derive(Debug)]
pub(super) struct World {
    /// The ARN of the resource.
    pub(super) target: String,
    pub(super) trust: Arc<Trust>,
    pub(super) partition: String,
    pub(super) region: String,
    /// Condition keys that the policies look at.
    pub(super) keys: BTreeSet<String>,
    /// Condition keys that policy variables stand for.
    pub(super) variables: BTreeSet<String>,
    /// Accounts named in the policies.
    pub(super) accounts: BTreeSet<String>,
    /// Organizations named in the policies.
    pub(super) organizations: BTreeSet<String>,
    /// Identities named in Principal elements.
    pub(super) identities: BTreeSet<String>,
    /// Identities that a Deny names as its principal.
    pub(super) denied: BTreeSet<String>,
    /// Service principals named.
    pub(super) services: BTreeSet<String>,
    /// Source ARNs and tokens that conditions name without wildcard.
    pub(super) sources: BTreeSet<String>,
}

impl Kind {
    pub(super) const ALL: [Kind; 4] = [Kind::Role, Kind::User, Kind::Root, Kind::FederatedUser];

    /// Values of aws:PrincipalType (IAM User Guide, "aws:PrincipalType").
    pub(super) fn principal_type(self) -> &'static str {
        match self {
            Kind::Role => "AssumedRole",
            Kind::User => "User",
            Kind::Root => "Account",
            Kind::FederatedUser => "FederatedUser",
        }
    }

    pub(super) fn of(arn: &str) -> Self {
        match behind(arn, 5).unwrap_or_default() {
            "root" => Kind::Root,
            name if name.starts_with("user/") => Kind::User,
            name if name.starts_with("federated-user/") => Kind::FederatedUser,
            _ => Kind::Role,
        }
    }
}
