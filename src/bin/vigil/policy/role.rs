//! Answers what a recorded role can do.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use lambda_vigil::arn::Arn;
use lambda_vigil::policy::simulate::Level;
use lambda_vigil::policy::trust::{self, Federation};
use lambda_vigil::policy::{Policy, RoleGrants, Trust};
use lambda_vigil::role::{Abilities, Holder};
use schemars::JsonSchema;
use serde::Serialize;

use super::Format;
use super::trusting::Trusting;
use super::way::Way;
use crate::Exit;
use recorded::Recording;

mod recorded;
mod text;

/// Says what a role can do with all its policies together, within its permissions boundary and service control policies
///
/// Whether it is an administrator, how it could escalate, which data and secrets it reads beyond named resources, which
/// services it may call, and who may assume it. The file is a role as `vigil schema snapshot` describes it under `Roles`,
/// or a recorded account; a role may also have `ServiceControlPolicies`, level by level as in `vigil schema simulate-case`.
/// A policy of AWS's needs no document.
///
/// Exit code: 0 the role was judged, whatever the answer; 2 it could not be read.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  vigil policy role --role orders-role account
  vigil policy role role.json --format json")]
pub(crate) struct RoleOf {
    /// The recorded role, or a file or folder of a recorded account; `-` is standard input
    #[arg(value_name = "FILE")]
    path: PathBuf,
    /// Which role, by name or ARN, where several are recorded
    #[arg(long, value_name = "NAME")]
    role: Option<String>,
    #[command(flatten)]
    trusting: Trusting,
    /// For people or for machines
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// What a role can do.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RoleDocument {
    /// The role's ARN.
    role: String,
    /// What its policies allow within its limits.
    #[serde(flatten)]
    abilities: Abilities,
    /// Who may assume it.
    trust: TrustDocument,
    /// What limits it, and is taken into account.
    limits: Limits,
    /// What was not recorded, and could change the answer.
    not_recorded: Vec<String>,
}

/// Who may assume the role.
#[derive(Serialize, JsonSchema)]
struct TrustDocument {
    /// AWS services. They take on roles that somebody who may pass them has given them.
    services: Vec<Serving>,
    /// Others, by `sts:AssumeRole`, worst first.
    assumers: Vec<Way>,
    /// By signing in elsewhere, with `OpenID` Connect or SAML.
    federated: Vec<Federated>,
}

/// A service that may assume the role.
#[derive(Serialize, JsonSchema)]
struct Serving {
    /// The service principal.
    service: String,
    /// The statements that trust it.
    statements: Vec<String>,
    /// What decides, or why it is not decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// An identity provider whose users may assume the role.
#[derive(Serialize, JsonSchema)]
struct Federated {
    /// The provider's host or ARN.
    provider: String,
    /// The statement that trusts it.
    statement: String,
    /// Anyone has an account there, and no condition tells them apart.
    is_open: bool,
    /// Why it is not decided whether they may.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// What takes away from the role's own policies.
#[derive(Serialize, JsonSchema)]
struct Limits {
    /// The permissions boundary.
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions_boundary: Option<String>,
    /// The service control policies of each level.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    service_control_policies: Vec<LimitingLevel>,
}

/// One level of the organization.
#[derive(Serialize, JsonSchema)]
struct LimitingLevel {
    /// The root, the unit or the account.
    level: String,
    /// The names of its policies.
    policies: Vec<String>,
}

/// Answers everything about one role.
pub(super) fn role(arguments: &RoleOf) -> Result<Exit> {
    let recording = Recording::find(&arguments.path, arguments.role.as_deref())?;
    let account = recording.account()?;
    let trust = arguments.trusting.of(&account)?;
    let document = judge(recording, &trust);
    let out = &mut anstream::stdout().lock();
    match arguments.format {
        Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(&document)?)?,
        Format::Text => text::tell(out, &document)?,
    }
    Ok(Exit::Clean)
}

fn judge(recording: Recording, trust: &Trust) -> RoleDocument {
    let Recording {
        arn,
        identity,
        boundary,
        levels,
        trust_policy,
        functions,
        not_recorded,
    } = recording;
    let boundary_arn = boundary.as_ref().map(|(arn, _)| arn.clone());
    let limits = Limits {
        permissions_boundary: boundary_arn.clone(),
        service_control_policies: levels.iter().map(LimitingLevel::new).collect(),
    };
    let attached: Vec<String> = identity.iter().map(|(name, _)| name.clone()).collect();
    let is_own = |name: &&str| name.starts_with("arn:") && !name.contains(":iam::aws:policy/");
    let grants = RoleGrants::new(identity, boundary.map(|(_, policy)| policy), trust.account.clone());
    let grants = levels.into_iter().fold(grants, |grants, level| {
        let policies = level.policies.into_iter().map(|named| (named.name, named.policy));
        grants.limited_by(policies.collect())
    });
    let grants = grants.held_by(arn.as_str());
    let holder = Holder {
        grants: &grants,
        role: arn.as_str(),
        account: &trust.account,
        partition: arn.partition(),
        functions,
        policies: attached.iter().map(String::as_str).filter(is_own).collect(),
        is_bounded: boundary_arn.is_some(),
    };
    RoleDocument {
        abilities: holder.abilities(),
        trust: trust_policy.map_or_else(TrustDocument::unknown, |policy| {
            TrustDocument::new(&policy, &arn, trust)
        }),
        role: arn.to_string(),
        limits,
        not_recorded,
    }
}

impl TrustDocument {
    fn unknown() -> Self {
        Self {
            services: Vec::new(),
            assumers: Vec::new(),
            federated: Vec::new(),
        }
    }

    fn new(policy: &Policy, role: &Arn, trust: &Trust) -> Self {
        let policies = std::slice::from_ref(policy);
        let (mut services, mut assumers) = (Vec::new(), Vec::new());
        for exposure in trust::assumers(policy, role.as_str(), trust) {
            match trust::service_of(&exposure).map(str::to_owned) {
                Some(service) => services.push(Serving::new(service, Way::new(policies, exposure))),
                None => assumers.push(Way::new(policies, exposure)),
            }
        }
        Self {
            services,
            assumers,
            federated: trust::federations(policy).into_iter().map(Federated::from).collect(),
        }
    }
}

impl Serving {
    fn new(service: String, way: Way) -> Self {
        Self {
            service,
            statements: way.statements,
            reason: way.reason,
        }
    }
}

impl From<Federation> for Federated {
    fn from(federation: Federation) -> Self {
        Self {
            provider: federation.provider,
            statement: federation.statement,
            is_open: federation.is_open,
            reason: federation.undecided,
        }
    }
}

impl LimitingLevel {
    fn new(level: &Level) -> Self {
        Self {
            level: level.place.clone(),
            policies: level.policies.iter().map(|policy| policy.name.clone()).collect(),
        }
    }
}

/// A policy of the recording.
fn parsed(name: &str, text: &str) -> Result<Policy> {
    let parsed = Policy::parse(text).map_err(anyhow::Error::new);
    parsed.with_context(|| format!("`{name}` is no policy"))
}
