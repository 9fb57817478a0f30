//! A recorded account as inventory and collector: what replay and the tests read instead of AWS.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::readings::{Read, function_facts, inspection, malformed, network_facts, place_facts, role_facts};
use super::recorded::{Recorded, RecordedFunction};
use crate::arn::{AccountId, Arn, FunctionArn, Region};
use crate::monitor::{Collector, Inventory, Listed, Place};
use crate::snapshot::{
    Configuration, Facet, FacetSet, Facts, ManagedPolicy, Reason, RoleUsers, Scope, Snapshot, Value,
};

/// A recorded account.
#[derive(Debug, Default)]
pub struct Account {
    facts: BTreeMap<Scope, Facts>,
    /// The Regions of each account that have functions.
    regions: BTreeMap<AccountId, BTreeSet<Region>>,
    /// When it is read.
    at: Timestamp,
}

/// What one file says: files can be read beside each other, and are then put together.
#[derive(Debug)]
pub struct Recording {
    /// Of a function or role the last file counts; what several files say of a place or VPC is put together.
    facts: Vec<(Scope, Facts)>,
}

/// Gives what stands at a path of the recording's folder.
pub type Files<'f> = dyn Fn(&str) -> Result<Vec<u8>, String> + 'f;

impl Account {
    /// Read as of this time.
    #[must_use]
    pub fn as_of(self, at: Timestamp) -> Self {
        Self { at, ..self }
    }

    /// Adds one file's functions and roles.
    pub fn add(&mut self, text: &str) -> Read<()> {
        self.add_with(text, &|_| {
            Err("this recording has no folder to take files from".to_owned())
        })
    }

    /// Adds one file's functions and roles, and inspects the packages that it names.
    pub fn add_with(&mut self, text: &str, file: &Files<'_>) -> Read<()> {
        self.take([Recording::read(text, file)?]);
        Ok(())
    }

    /// Everything that is recorded.
    pub fn scopes(&self) -> impl Iterator<Item = (&Scope, &Facts)> {
        self.facts.iter()
    }

    /// Adds what files say, in their order.
    pub fn take(&mut self, files: impl IntoIterator<Item = Recording>) {
        for (scope, facts) in files.into_iter().flat_map(|file| file.facts) {
            match scope {
                Scope::Function(_) | Scope::Role(_) => drop(self.facts.insert(scope, facts)),
                Scope::Vpc(..) | Scope::Place(_) => self.facts.entry(scope).or_default().merge(facts),
            }
        }
        self.note_users();
    }

    /// Who uses which role follows from the functions.
    fn note_users(&mut self) {
        let mut users: BTreeMap<Arn, RoleUsers> = BTreeMap::new();
        let mut regions: BTreeMap<AccountId, BTreeSet<Region>> = BTreeMap::new();
        for function in self.functions() {
            let known = regions.entry(function.account().clone()).or_default();
            if !known.contains(function.region()) {
                known.insert(function.region().clone());
            }
            if let Some(role) = self.configuration(function).role_arn() {
                users.entry(role).or_default().insert(function.clone());
            }
        }
        self.regions = regions;
        for (role, users) in users {
            let facts = self.facts.entry(Scope::Role(role)).or_default();
            facts.insert(Timestamp::UNIX_EPOCH, Value::RoleUsers(users));
        }
    }

    /// The functions of the recording.
    pub fn functions(&self) -> impl Iterator<Item = &FunctionArn> {
        self.facts.keys().filter_map(|scope| match scope {
            Scope::Function(function) => Some(function),
            Scope::Role(_) | Scope::Vpc(..) | Scope::Place(_) => None,
        })
    }

    /// What is recorded of a function and of what it shares with others.
    pub fn snapshot(&self, function: &FunctionArn) -> Snapshot {
        let facts = |scope: &Scope| self.facts.get(scope).cloned();
        let mut snapshot = Snapshot::new(function.clone());
        snapshot.own = facts(&Scope::Function(function.clone())).unwrap_or_default();
        snapshot.share(|scope| facts(scope).map(Arc::new));
        snapshot
    }

    /// What is recorded of a scope.
    pub fn facts(&self, scope: &Scope) -> Option<&Facts> {
        self.facts.get(scope)
    }

    fn configuration(&self, function: &FunctionArn) -> Arc<Configuration> {
        match self
            .facts
            .get(&Scope::Function(function.clone()))
            .map(|facts| facts.value(Facet::Configuration))
        {
            Some(Ok(Value::Configuration(configuration))) => Arc::clone(configuration),
            _ => Arc::default(),
        }
    }
}

impl Recording {
    /// Reads one file's text.
    pub fn read(text: &str, file: &Files<'_>) -> Read<Self> {
        Self::of(recorded(text)?, file)
    }

    /// Takes a recording that was put together, and not read from a file; it has no folder.
    pub fn made(recorded: Json) -> Read<Self> {
        let recorded = serde_path_to_error::deserialize(recorded)
            .map_err(|error| malformed(error.path().to_string(), error.inner()))?;
        Self::of(recorded, &|_| {
            Err("this recording has no folder to take files from".to_owned())
        })
    }

    fn of(recorded: Recorded, file: &Files<'_>) -> Read<Self> {
        let mut facts = Vec::new();
        for function in recorded.functions {
            let scope = Scope::Function(function.function_arn.clone());
            facts.push((scope, of_function(function, file)?));
        }
        let roles = recorded.roles.into_iter();
        facts.extend(roles.map(|role| (Scope::Role(role.arn.clone()), role_facts(role))));
        facts.extend(recorded.places.into_iter().map(place_facts));
        facts.extend(recorded.networks.into_iter().map(network_facts));
        Ok(Self { facts })
    }
}

/// Where a member is malformed is only followed once it is known that some is: that costs as much as the reading.
fn recorded(text: &str) -> Read<Recorded> {
    if let Ok(recorded) = serde_json::from_str(text) {
        return Ok(recorded);
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let recorded = serde_path_to_error::deserialize(&mut json)
        .map_err(|error| malformed(error.path().to_string(), error.inner()))?;
    json.end().map_err(|error| malformed(".", &error))?;
    Ok(recorded)
}

fn of_function(mut function: RecordedFunction, file: &Files<'_>) -> Read<Facts> {
    let name = function.function_arn.name().to_owned();
    let package = function.code_package.take();
    let mut facts = function_facts(function)?;
    if let Some(package) = package {
        let inspection =
            inspection(package, file).map_err(|error| malformed(format!("Functions[{name}].CodePackage"), &error))?;
        facts.insert(Timestamp::UNIX_EPOCH, Value::CodePackage(inspection));
    }
    Ok(facts)
}

impl Account {
    /// The functions of a place, as a listing shows them.
    pub fn functions_of(&self, place: &Place) -> Result<Vec<Listed>, Reason> {
        let here = self
            .functions()
            .filter(|function| *function.account() == place.account && *function.region() == place.region);
        let listed = |function: &FunctionArn| Listed {
            function: function.clone(),
            configuration: self.configuration(function),
        };
        Ok(here.map(listed).collect())
    }

    /// Names of the roles that a managed policy is attached to or bounds.
    pub fn roles_of(&self, policy: &Arn) -> Vec<String> {
        let used = self.facts.iter().filter(|(_, facts)| uses_policy(facts, policy));
        let names = used.filter_map(|(scope, _)| match scope {
            Scope::Role(arn) => Some(arn.base_name().to_owned()),
            Scope::Function(_) | Scope::Vpc(..) | Scope::Place(_) => None,
        });
        names.collect()
    }

    /// Facets of a scope, as if read at a time. A function that is not recorded does not exist; a role that is not
    /// recorded was not read.
    pub fn read(&self, scope: &Scope, facets: &FacetSet, at: Timestamp) -> Facts {
        let absent = if matches!(scope, Scope::Function(_)) {
            Reason::NotFound
        } else {
            Reason::NotRead
        };
        let mut read = Facts::default();
        let known = self.facts.get(scope);
        for facet in facets {
            if known.is_some_and(|known| read.insert_from(at, facet, known)) {
                continue;
            }
            let reason = match known.map(|known| known.value(facet)) {
                Some(Err(unreadable)) => unreadable.reason,
                Some(Ok(_)) | None => absent.clone(),
            };
            read.insert_unreadable(at, facet, reason);
        }
        read
    }
}

fn uses_policy(facts: &Facts, policy: &Arn) -> bool {
    let is_it = |managed: &ManagedPolicy| managed.policy_arn == policy.as_str();
    let attached = match facts.value(Facet::RolePolicies) {
        Ok(Value::RolePolicies(policies)) => policies.attached.iter().any(is_it),
        Ok(_) | Err(_) => false,
    };
    let bounds = match facts.value(Facet::RoleBoundary) {
        Ok(Value::RoleBoundary(boundary)) => boundary.permissions_boundary.iter().any(is_it),
        Ok(_) | Err(_) => false,
    };
    attached || bounds
}

impl Inventory for Account {
    async fn functions(&self, place: &Place) -> Result<Vec<Listed>, Reason> {
        self.functions_of(place)
    }

    async fn roles_with_policy(&self, policy: &Arn) -> Result<Vec<String>, Reason> {
        Ok(self.roles_of(policy))
    }

    fn regions(&self, account: &AccountId) -> Vec<Region> {
        let regions = self.regions.get(account).into_iter().flatten();
        regions.cloned().collect()
    }
}

impl Collector for Account {
    async fn collect(&self, scope: &Scope, facets: &FacetSet) -> Facts {
        self.read(scope, facets, self.at)
    }
}
