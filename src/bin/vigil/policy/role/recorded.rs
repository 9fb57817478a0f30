//! Where does a recorded role stand, and what is known of it? Documents of AWS's own policies come from the tables.
#![allow(clippy::disallowed_methods, reason = "the command line reads files")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use lambda_vigil::arn::{AccountId, Arn};
use lambda_vigil::facts::managed_policies;
use lambda_vigil::memory::Account;
use lambda_vigil::policy::Policy;
use lambda_vigil::policy::simulate::Level;
use lambda_vigil::snapshot::{Facet, Facts, Reason, RoleTrust, Scope, Value as Fact};
use serde_json::{Map, Value, json};

use super::parsed;
use crate::policy::simulate::read;

/// What is recorded of one role.
pub(super) struct Recording {
    /// The role.
    pub(super) arn: Arn,
    /// Its own policies, each by name.
    pub(super) identity: Vec<(String, Policy)>,
    /// Its permissions boundary with its ARN.
    pub(super) boundary: Option<(String, Policy)>,
    /// The service control policies of its account.
    pub(super) levels: Vec<Level>,
    /// Who may assume it.
    pub(super) trust_policy: Option<Policy>,
    /// The functions that run with it.
    pub(super) functions: Vec<String>,
    /// What was not recorded.
    pub(super) not_recorded: Vec<String>,
}

/// The roles of one or more files.
#[derive(Default)]
struct Roles {
    account: Account,
    /// By ARN, with the service control policies.
    levels: BTreeMap<Arn, Vec<Level>>,
}

impl Recording {
    /// The one role of a file or folder, or the one of that name.
    pub(super) fn find(path: &Path, name: Option<&str>) -> Result<Self> {
        let mut roles = Roles::default();
        for file in files(path)? {
            let text = read(&file)?;
            roles.add(&text).with_context(|| file.display().to_string())?;
        }
        let is_meant = |arn: &&Arn| name.is_none_or(|name| name == arn.as_str() || name == arn.base_name());
        let meant: Vec<Arn> = roles.levels.keys().filter(is_meant).cloned().collect();
        match meant.as_slice() {
            [one] => roles.recording(one.clone()),
            [] => bail!("no such role is recorded in {}", path.display()),
            several => {
                let names: Vec<&str> = several.iter().map(Arn::base_name).collect();
                bail!(
                    "{} roles are recorded; choose one with --role: {}",
                    names.len(),
                    names.join(", ")
                )
            }
        }
    }

    /// The account that the role belongs to.
    pub(super) fn account(&self) -> Result<AccountId> {
        let account = self.arn.account();
        account.ok_or_else(|| anyhow!("`{}` is no ARN of a role: it has no account", self.arn.as_str()))
    }
}

fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let listed = std::fs::read_dir(path).with_context(|| format!("cannot list {}", path.display()))?;
    let mut files: Vec<PathBuf> = listed
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    Ok(files)
}

/// What a file of a recorded account holds.
const MEMBERS: [&str; 4] = ["Roles", "Functions", "Places", "Networks"];

impl Roles {
    fn add(&mut self, text: &str) -> Result<()> {
        let json: Value = serde_json::from_str(text).context("it is no JSON")?;
        let mut account = match json {
            account if MEMBERS.iter().any(|member| account.get(member).is_some()) => account,
            role if role.get("Arn").is_some() => json!({ "Roles": [role] }),
            _ => bail!("it is neither a role with its `Arn` nor an account with `Roles`; see `vigil schema snapshot`"),
        };
        let roles = account.get_mut("Roles").and_then(Value::as_array_mut);
        for role in roles.into_iter().flatten().filter_map(Value::as_object_mut) {
            let arn = role.get("Arn").and_then(Value::as_str).unwrap_or_default();
            let arn: Arn = arn.parse()?;
            complete(role)?;
            self.levels.insert(arn, levels(role)?);
        }
        self.account.add(&account.to_string())?;
        Ok(())
    }

    fn recording(&mut self, arn: Arn) -> Result<Recording> {
        let facts = self
            .account
            .facts(&Scope::Role(arn.clone()))
            .cloned()
            .unwrap_or_default();
        let mut not_recorded = Vec::new();
        Ok(Recording {
            identity: identity(&facts)?,
            boundary: boundary(&facts, &mut not_recorded)?,
            levels: self.levels.remove(&arn).unwrap_or_default(),
            trust_policy: trust_policy(&facts, &mut not_recorded)?,
            functions: functions(&facts),
            not_recorded,
            arn,
        })
    }
}

/// Adds the documents of AWS's own policies.
fn complete(role: &mut Map<String, Value>) -> Result<()> {
    let attached = role.get_mut("AttachedPolicies").and_then(Value::as_array_mut);
    for policy in attached.into_iter().flatten() {
        complete_policy(policy)?;
    }
    role.get_mut("PermissionsBoundary").map_or(Ok(()), complete_policy)
}

fn complete_policy(policy: &mut Value) -> Result<()> {
    let Some(members) = policy
        .as_object_mut()
        .filter(|members| !members.contains_key("PolicyDocument"))
    else {
        return Ok(());
    };
    let arn = members.get("PolicyArn").and_then(Value::as_str).unwrap_or_default();
    let Some(known) = managed_policies::find(arn) else {
        bail!("`{arn}` has no PolicyDocument; add what `aws iam get-policy-version` prints for its default version");
    };
    members.insert("PolicyDocument".to_owned(), known.document().into());
    Ok(())
}

/// Takes the service control policies out of a role; a level without policies does not limit.
fn levels(role: &mut Map<String, Value>) -> Result<Vec<Level>> {
    let json = role.remove("ServiceControlPolicies").unwrap_or_else(|| json!([]));
    let levels = Level::read_all(json).context("in ServiceControlPolicies")?;
    Ok(levels.into_iter().filter(|level| !level.policies.is_empty()).collect())
}

fn identity(facts: &Facts) -> Result<Vec<(String, Policy)>> {
    let policies = match facts.value(Facet::RolePolicies) {
        Ok(Fact::RolePolicies(policies)) => policies,
        Ok(_) => bail!("the role's policies are not recorded"),
        Err(unread) => {
            bail!("the role's policies are not recorded ({unread}); add InlinePolicies and AttachedPolicies")
        }
    };
    let inline = policies
        .inline
        .iter()
        .map(|policy| (&policy.policy_name, &policy.policy_document));
    let attached = policies
        .attached
        .iter()
        .map(|policy| (&policy.policy_arn, &policy.policy_document));
    inline
        .chain(attached)
        .map(|(name, text)| Ok((name.clone(), parsed(name, text)?)))
        .collect()
}

fn boundary(facts: &Facts, not_recorded: &mut Vec<String>) -> Result<Option<(String, Policy)>> {
    let Ok(Fact::RoleBoundary(boundary)) = facts.value(Facet::RoleBoundary) else {
        not_recorded.push("the permissions boundary, which could take away from what is said".to_owned());
        return Ok(None);
    };
    let boundary = boundary.permissions_boundary.as_ref();
    let parsed = boundary.map(|policy| {
        Ok((
            policy.policy_arn.clone(),
            parsed(&policy.policy_arn, &policy.policy_document)?,
        ))
    });
    parsed.transpose()
}

fn trust_policy(facts: &Facts, not_recorded: &mut Vec<String>) -> Result<Option<Policy>> {
    match facts.value(Facet::RoleTrust) {
        Ok(Fact::RoleTrust(RoleTrust::AssumeRolePolicyDocument(text))) => parsed("trust policy", text).map(Some),
        Ok(Fact::RoleTrust(RoleTrust::Missing)) => bail!("the role is recorded as missing: it can do nothing"),
        Ok(_) => Ok(None),
        Err(unread) => {
            let why = match &unread.reason {
                Reason::NotRead => String::new(),
                reason => format!(": {reason}"),
            };
            not_recorded.push(format!(
                "the trust policy, so that nothing is said about who may assume the role{why}"
            ));
            Ok(None)
        }
    }
}

fn functions(facts: &Facts) -> Vec<String> {
    match facts.value(Facet::RoleUsers) {
        Ok(Fact::RoleUsers(users)) => users.iter().map(ToString::to_string).collect(),
        Ok(_) | Err(_) => Vec::new(),
    }
}
