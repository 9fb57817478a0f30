//! The controls: what each asks of a snapshot, how bad a failure is, and what to do about it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::{Evidence, Severity};
use crate::role::breadth;
use crate::snapshot::{Facet, Unreadable};

mod commands;
mod concurrency;
mod context;
mod execution_role;
mod exposures;
mod invocation;
mod lambda_itself;
mod monitor;
mod needs;
mod network;
mod observability;
mod of_role;
mod paths;
mod remediation;
mod runtime;
mod secrets;
mod watching;

pub use context::{Context, Itself, Sweeps};
pub use exposures::{Exposures, Found};
pub use needs::{Confidence, Need};
pub use paths::{Path, Paths};

/// Every control, by id.
pub static ALL: &[&Control] = &[
    &observability::alarm_errors_missing::CONTROL,
    &observability::alarm_invocations_missing::CONTROL,
    &observability::alarm_mute::CONTROL,
    &monitor::audit_record_omitted::CONTROL,
    &runtime::code_changed_by_person::CONTROL,
    &runtime::code_unsigned::CONTROL,
    &concurrency::concurrency_pool_starved::CONTROL,
    &concurrency::concurrency_unreserved::CONTROL,
    &concurrency::concurrency_zero::CONTROL,
    &runtime::dependencies_unscanned::CONTROL,
    &runtime::dependencies_vulnerable::CONTROL,
    &secrets::env_customer_key_absent::CONTROL,
    &secrets::env_internal_hostname::CONTROL,
    &secrets::env_key_unusable::CONTROL,
    &secrets::env_reference_denied::CONTROL,
    &secrets::env_secret_plaintext::CONTROL,
    &concurrency::failure_destination_absent::CONTROL,
    &invocation::grant_broader_than_invoke::CONTROL,
    &invocation::grant_dead::CONTROL,
    &invocation::invoke_account_root::CONTROL,
    &invocation::invoke_external::CONTROL,
    &invocation::invoke_organization_wide::CONTROL,
    &invocation::invoke_public::CONTROL,
    &invocation::invoke_service_unconfined::CONTROL,
    &invocation::invoke_source_account_missing::CONTROL,
    &invocation::invoke_source_broad::CONTROL,
    &runtime::layer_foreign::CONTROL,
    &invocation::layer_shared_publicly::CONTROL,
    &invocation::modify_external::CONTROL,
    &monitor::monitor_blinded::CONTROL,
    &runtime::package_secret::CONTROL,
    &runtime::package_unclean::CONTROL,
    &monitor::read_denied::CONTROL,
    &invocation::read_external::CONTROL,
    &concurrency::recursion_allowed::CONTROL,
    &execution_role::role_admin::CONTROL,
    &execution_role::role_broad_managed_policy::CONTROL,
    &execution_role::role_destination_denied::CONTROL,
    &execution_role::role_logs_denied::CONTROL,
    &execution_role::role_logs_unscoped::CONTROL,
    &execution_role::role_missing::CONTROL,
    &execution_role::role_network_denied::CONTROL,
    &execution_role::role_permissions_unused::CONTROL,
    &execution_role::role_policy_invalid::CONTROL,
    &execution_role::role_privilege_escalation::CONTROL,
    &execution_role::role_secret_suffix_missing::CONTROL,
    &execution_role::role_secrets_unscoped::CONTROL,
    &execution_role::role_self_invoke::CONTROL,
    &execution_role::role_shared::CONTROL,
    &execution_role::role_tracing_denied::CONTROL,
    &execution_role::role_trust_broad::CONTROL,
    &execution_role::role_trust_excludes_lambda::CONTROL,
    &execution_role::role_wildcard_action::CONTROL,
    &execution_role::role_wildcard_resource::CONTROL,
    &runtime::runtime_deprecated::CONTROL,
    &runtime::runtime_expiring::CONTROL,
    &network::security_group_broad::CONTROL,
    &monitor::settings_broken::CONTROL,
    &monitor::suppression_expired::CONTROL,
    &monitor::suppression_unused::CONTROL,
    &observability::tracing_inactive::CONTROL,
    &invocation::url_auth_none::CONTROL,
    &invocation::url_cors_any_origin::CONTROL,
    &invocation::url_grant_latent::CONTROL,
    &invocation::url_public::CONTROL,
    &network::vpc_database_path_closed::CONTROL,
    &network::vpc_egress_blocked::CONTROL,
    &network::vpc_endpoint_policy_denies::CONTROL,
    &network::vpc_needless::CONTROL,
    &network::vpc_public_subnet::CONTROL,
    &network::vpc_service_unreachable::CONTROL,
    &network::vpc_single_zone::CONTROL,
];

/// The control of an id.
pub fn find(id: &str) -> Option<&'static Control> {
    ALL.iter().find(|control| control.id == id).copied()
}

/// A layer of a function's security; layers do not make up for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// What the function can do.
    ExecutionRole,
    /// Who can run, read or change it.
    Invocation,
    /// Where it can reach.
    Network,
    /// What its environment gives away.
    Secrets,
    /// How much of the account it may take.
    Concurrency,
    /// Whether anyone would see.
    Observability,
    /// What it runs on.
    Runtime,
    /// Whether the monitor can see.
    Monitor,
}

impl Layer {
    /// What it is called in front of people.
    pub fn label(self) -> &'static str {
        match self {
            Self::ExecutionRole => "Execution role",
            Self::Invocation => "Invocation",
            Self::Network => "Network",
            Self::Secrets => "Secrets and configuration",
            Self::Concurrency => "Concurrency",
            Self::Observability => "Observability",
            Self::Runtime => "Runtime and code",
            Self::Monitor => "The monitor itself",
        }
    }
}

/// One control: data and a function, so that a list of them is a table.
pub struct Control {
    /// Names the defect; never changes; equals the file's name.
    pub id: &'static str,
    /// One line for people.
    pub title: &'static str,
    /// The layer that it belongs to.
    pub layer: Layer,
    /// Its severity when neither evidence nor settings say otherwise.
    pub severity: Severity,
    /// The facets that it reads: exactly these.
    pub reads: &'static [Facet],
    /// What an attacker gains, or what breaks.
    pub risk: &'static str,
    /// The command that fixes it; `{placeholders}` are filled in with the function's own names.
    pub remediation: &'static str,
    /// Where to read on.
    pub references: &'static [&'static str],
    /// The question.
    pub evaluate: fn(&Context<'_>) -> Judged,
}

impl Control {
    /// Whether it is about the monitor itself: it reads nothing of a function.
    pub fn is_own(&self) -> bool {
        self.reads.iter().all(|facet| facet.is_own())
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Control({})", self.id)
    }
}

/// A control's answer; `Err` when it cannot judge at all.
pub type Judged = Result<Verdict, Unjudged>;

/// Where a control fails, and what of the function it could not judge. It holds only if both are empty: so one
/// policy that cannot be read neither hides a defect in another one nor passes for a clean bill.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// One entry per defect.
    pub fails: Vec<Evidence>,
    /// One entry per part that could not be judged.
    pub unjudged: Vec<Unjudged>,
}

impl Verdict {
    /// Fails for each piece of evidence; holds if there is none.
    pub fn of(fails: impl IntoIterator<Item = Evidence>) -> Self {
        Self {
            fails: fails.into_iter().collect(),
            unjudged: Vec::new(),
        }
    }
}

/// Why a control cannot judge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "cannotJudge")]
pub enum Unjudged {
    /// A facet has no value.
    Unreadable(Unreadable),
    /// All was read, and does not settle the question.
    Undecided {
        /// What stands in the way.
        detail: String,
        /// The statement that is not settled, if all others are: findings about others can still resolve.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Option<String>,
    },
}

impl Unjudged {
    /// All was read, and does not settle one statement.
    pub fn about(statement: &str, detail: &str) -> Self {
        let detail = format!("statement {statement}: {detail}");
        Self::Undecided {
            detail,
            about: Some(statement.to_owned()),
        }
    }

    /// The same, where one statement leaves the whole question open.
    pub(crate) fn whole(self) -> Self {
        match self {
            Self::Undecided { detail, .. } => Self::Undecided { detail, about: None },
            Self::Unreadable(unreadable) => Self::Unreadable(unreadable),
        }
    }

    /// All was read, and does not settle the question.
    pub fn undecided(detail: impl Into<String>) -> Self {
        Self::Undecided {
            detail: detail.into(),
            about: None,
        }
    }
}

impl From<Unreadable> for Unjudged {
    fn from(unreadable: Unreadable) -> Self {
        Self::Unreadable(unreadable)
    }
}

impl fmt::Display for Unjudged {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(unreadable) => unreadable.fmt(out),
            Self::Undecided { detail, .. } => out.write_str(detail),
        }
    }
}
