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
