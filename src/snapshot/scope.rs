//! What are facets stored for? Each fact once, however many functions it bears on.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ScopeKind;
use crate::arn::{AccountId, Arn, FunctionArn, Region};

/// An account and a Region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The account.
    pub account: AccountId,
    /// The Region.
    pub region: Region,
}

impl Place {
    /// Where a function is.
    pub fn of(function: &FunctionArn) -> Self {
        Self {
            account: function.account().clone(),
            region: function.region().clone(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} in {}", self.account, self.region)
    }
}

/// What facets are stored for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// A function.
    Function(FunctionArn),
    /// A role, by its ARN.
    Role(Arn),
    /// A VPC, by where the functions in it are and by its id. A shared VPC is seen by each account on its own.
    Vpc(Place, String),
    /// An account and Region.
    Place(Place),
}

impl Scope {
    /// Which facets it has.
    pub fn kind(&self) -> ScopeKind {
        match self {
            Self::Function(_) => ScopeKind::Function,
            Self::Role(_) => ScopeKind::Role,
            Self::Vpc(..) => ScopeKind::Vpc,
            Self::Place(_) => ScopeKind::Place,
        }
    }

    /// The role of a name.
    pub fn role(account: &AccountId, partition: &str, name: &str) -> Option<Self> {
        let arn = format!("arn:{partition}:iam::{account}:role/{name}");
        arn.parse().ok().map(Self::Role)
    }

    /// The function, if it is one.
    pub fn into_function(self) -> Option<FunctionArn> {
        match self {
            Self::Function(function) => Some(function),
            Self::Role(_) | Self::Vpc(..) | Self::Place(_) => None,
        }
    }

    /// The account that it is in; none for a role whose ARN names none.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Function(function) => Some(function.account().clone()),
            Self::Role(role) => role.account(),
            Self::Vpc(place, _) | Self::Place(place) => Some(place.account.clone()),
        }
    }

    /// The account of the role, if it is one.
    pub fn role_account(&self) -> Option<AccountId> {
        match self {
            Self::Role(role) => role.account(),
            Self::Function(_) | Self::Vpc(..) | Self::Place(_) => None,
        }
    }

    /// The same for every way to write the same thing: the calls of IAM name a role without its path and in any case.
    pub fn key(&self) -> String {
        match self {
            Self::Function(arn) => format!("function/{arn}"),
            Self::Role(arn) => {
                let account = arn.account();
                let account = account.as_ref().map_or("", AccountId::as_str);
                format!("role/{account}/{}", arn.base_name().to_ascii_lowercase())
            }
            Self::Vpc(place, id) => format!("vpc/{}/{}/{id}", place.account, place.region),
            Self::Place(place) => format!("place/{}/{}", place.account, place.region),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Function(arn) => arn.fmt(out),
            Self::Role(arn) => arn.fmt(out),
            Self::Vpc(place, id) => write!(out, "{id} of {place}"),
            Self::Place(place) => place.fmt(out),
        }
    }
}
