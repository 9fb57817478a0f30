//! What the user decides: whom to trust, how loud a control is, which findings are accepted, why and until when.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::arn::AccountId;
use crate::finding::Severity;

mod choice;
mod control;
mod day;
mod decisions;
mod deployers;
mod kept;
mod read;
mod route;
mod scope;
mod standing;
mod suppression;
mod tag;

pub use choice::{Choice, Override};
pub use control::ControlId;
pub use day::day_of;
pub use decisions::{Acceptance, Decisions};
pub use deployers::Deployers;
pub use kept::{Kept, Problem};
pub use read::SettingsError;
pub use route::{Destination, Destinations, Form, Route};
pub use scope::{Pattern, Scope, TagScope, Target};
pub use standing::{Standing, Use};
pub use suppression::Suppression;
pub use tag::ACCEPT;

/// The user's settings: one document, as TOML or JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Settings {
    /// Id of the own organization, such as `o-exampleorg1`: its accounts are not external.
    pub organization: Option<String>,
    /// Other accounts that may be granted access.
    pub trusted_accounts: BTreeSet<AccountId>,
    /// Other organizations that may be granted access.
    pub trusted_organizations: BTreeSet<String>,
    /// Control id to the severity that its findings get: the short form of `controls.ID.severity`.
    pub severities: BTreeMap<ControlId, Severity>,
    /// What is decided about a control, by its id.
    pub controls: BTreeMap<ControlId, Choice>,
    /// After how many days without use a permission of a role counts as not needed; 90 if it is left out.
    pub unused_after_days: Option<u16>,
    /// How many days before its deprecation a runtime is reported; 90 if it is left out.
    pub runtime_expiring_days: Option<u16>,
    /// Who deploys: ARNs of roles, users or sessions, or service principals such as `cloudformation.amazonaws.com`; `*` stands
    /// for any text. Left out: code may be changed by anyone.
    pub deployers: Option<Deployers>,
    /// How many notices of one batch of events leave one by one; those beyond are summed up in a digest, but for critical ones.
    /// 20 if it is left out.
    pub individual_notices: Option<u16>,
    /// After how many hours a critical finding that is still open is told of again, and again after as many; never if it is left out.
    pub remind_after_hours: Option<u16>,
    /// Findings that go to topics of their own, by severity, layer, control, account, Region, function and tag. They are tried in
    /// their order; what none of them takes goes where everything goes.
    pub routes: Vec<Route>,
    /// What is decided otherwise for some functions; where several say something, the last one counts.
    pub overrides: Vec<Override>,
    /// Findings that are accepted.
    pub suppressions: Vec<Suppression>,
}

impl Settings {
    /// Reads settings from TOML or JSON; JSON begins with a brace, which TOML cannot.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        read::parse(text)
    }
}

#[cfg(test)]
mod tests;
