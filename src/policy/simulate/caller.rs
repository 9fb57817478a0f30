//! What kind of identity does an ARN name?

use crate::policy::request::Caller;

/// An identity, by the form of its ARN (IAM User Guide, "IAM identifiers").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity<'a> {
    pub(super) arn: &'a str,
    pub(super) account: &'a str,
    pub(super) kind: Kind<'a>,
}

/// The kinds of identities that sign requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    Root,
    /// Its name without the path.
    User(&'a str),
    /// A role, named where its sessions are meant.
    Role(&'a str),
    /// One session of a role.
    Session {
        role: &'a str,
    },
    /// A session of a user, from `GetFederationToken`.
    FederatedUser(&'a str),
    /// An identity provider, asking for a role's session.
    Provider,
    Other,
}

impl<'a> Identity<'a> {
    /// The identity of a caller that has one.
    pub(super) fn of(caller: &'a Caller) -> Option<Self> {
        match caller {
            Caller::Principal { arn } => Some(Self::new(arn)),
            Caller::Anonymous | Caller::Service { .. } => None,
        }
    }

    /// Takes an ARN apart.
    pub(super) fn new(arn: &'a str) -> Self {
        let mut fields = arn.splitn(6, ':').skip(2);
        let service = fields.next().unwrap_or_default();
        let account = fields.nth(1).unwrap_or_default();
        let name = fields.next().unwrap_or_default();
        Identity {
            arn,
            account,
            kind: kind(service, name),
        }
    }

    /// Whether it is a session of that role: a role's name is unique in its account, whatever its path.
    pub(super) fn is_session_of(&self, role: &Identity<'_>) -> bool {
        matches!((self.kind, role.kind), (Kind::Session { role: own }, Kind::Role(name)) if own == name)
            && self.account == role.account
    }

    /// Whether it is a service-linked role; their names and their path are reserved (IAM User Guide, "Create a
    /// service-linked role").
    pub(super) fn is_service_linked(&self) -> bool {
        match self.kind {
            Kind::Role(_) => self.arn.contains(":role/aws-service-role/"),
            Kind::Session { role } => role.starts_with("AWSServiceRoleFor"),
            Kind::Root | Kind::User(_) | Kind::FederatedUser(_) | Kind::Provider | Kind::Other => false,
        }
    }
}

fn kind<'a>(service: &str, name: &'a str) -> Kind<'a> {
    let (kind, rest) = name.split_once('/').unwrap_or((name, ""));
    let base = rest.rsplit('/').next().unwrap_or_default();
    match (service, kind) {
        ("iam", "root") => Kind::Root,
        ("iam", "user") => Kind::User(base),
        ("iam", "role") => Kind::Role(base),
        ("iam", "saml-provider" | "oidc-provider") => Kind::Provider,
        ("sts", "assumed-role") => Kind::Session {
            role: rest.split('/').next().unwrap_or_default(),
        },
        ("sts", "federated-user") => Kind::FederatedUser(rest),
        _ => Kind::Other,
    }
}
