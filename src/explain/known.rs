//! What does the function use, as far as its own configuration says? Nothing here is a guess about its code.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::draft::{Members, list};
use crate::facts::needs;
use crate::secret::Kind;
use crate::snapshot::Snapshot;

/// Actions by the resource that they are needed on.
#[derive(Debug, Default)]
pub(super) struct Known {
    needs: BTreeMap<String, BTreeSet<String>>,
    resources: BTreeSet<String>,
}

/// What attaching to a VPC takes, and what writing traces takes: neither knows resources.
const NETWORK: [&str; 5] = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:UnassignPrivateIpAddresses",
];
/// As above.
pub(super) const TRACES: [&str; 2] = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"];
const LOGS: [&str; 2] = ["logs:CreateLogStream", "logs:PutLogEvents"];

impl Known {
    /// What the snapshot tells.
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let mut known = Self::default();
        known.add_own(snapshot);
        for mapping in snapshot.event_sources().into_iter().flatten() {
            if let Some(arn) = &mapping.event_source_arn {
                known.add(arn, needs::polling(arn));
            }
            for access in &mapping.source_access_configurations {
                if let Some((_, needs)) = needs::reading(&access.uri) {
                    known.add(&access.uri, needs.into_iter().take(1));
                }
            }
            if let Some(arn) = &mapping.destination_config.on_failure.destination {
                known.add(arn, needs::sending(arn));
            }
        }
        for config in snapshot.destinations().into_iter().flatten() {
            let outcomes = &config.destination_config;
            for arn in [&outcomes.on_success.destination, &outcomes.on_failure.destination]
                .into_iter()
                .flatten()
            {
                known.add(arn, needs::sending(arn));
            }
        }
        known
    }

    fn add_own(&mut self, snapshot: &Snapshot) {
        let Ok(configuration) = snapshot.configuration() else {
            return;
        };
        let function = &snapshot.function;
        let (partition, region, account) = (function.region().partition(), function.region(), function.account());
        let group = configuration.log_group(function.name());
        let group = format!("arn:{partition}:logs:{region}:{account}:log-group:{group}");
        self.resources.insert(group.clone());
        self.need(&LOGS, &format!("{group}:*"));
        if configuration.tracing_config.mode.as_deref() == Some("Active") {
            self.need(&TRACES, "*");
        }
        if configuration.vpc_config.is_attached() {
            self.need(&NETWORK, "*");
        }
        for arn in configuration
            .dead_letter_config
            .target_arn
            .iter()
            .filter(|arn| !arn.is_empty())
        {
            self.add(arn, needs::sending(arn));
        }
        for mounted in &configuration.file_system_configs {
            self.add(&mounted.arn, needs::mounting(&mounted.arn));
        }
        for judgement in configuration.environment.variables.values() {
            if let Kind::Reference { target: Some(arn) } = &judgement.kind {
                let read = needs::reading(arn).map(|(_, needs)| needs).unwrap_or_default();
                self.add(arn, read);
            }
        }
        self.resources.extend(configuration.kms_key_arn.clone());
        self.resources
            .extend(configuration.role_arn().map(|arn| arn.as_str().to_owned()));
    }

    fn add(&mut self, arn: &str, needs: impl IntoIterator<Item = needs::Need>) {
        for need in needs {
            self.need(&[need.action], &need.resource);
        }
        self.resources.insert(arn.to_owned());
    }

    fn need(&mut self, actions: &[&str], resource: &str) {
        let actions = actions.iter().map(|action| (*action).to_owned());
        self.needs.entry(resource.to_owned()).or_default().extend(actions);
        if resource != "*" {
            self.resources.insert(resource.to_owned());
        }
    }

    /// The ARNs, and globs of them, that can be resources of one of these actions.
    pub(super) fn resources_for(&self, actions: &[String]) -> Vec<String> {
        let services: BTreeSet<String> = actions.iter().filter_map(|action| service(action)).collect();
        let is_wide = actions.iter().any(|action| service(action).is_none());
        let own = self.resources.iter().filter(|arn| {
            let of = arn.split(':').nth(2).unwrap_or_default();
            is_wide || services.contains(of)
        });
        own.cloned().collect()
    }

    /// What the function needs, as statements of a role's policy: one per resource.
    pub(super) fn statements(&self) -> Vec<Members> {
        let statement = |(resource, actions): (&String, &BTreeSet<String>)| {
            let actions: Vec<String> = actions.iter().cloned().collect();
            allow(&list(&actions), resource)
        };
        self.needs.iter().map(statement).collect()
    }
}

/// A grant on one resource.
pub(super) fn allow(actions: &serde_json::Value, resource: &str) -> Members {
    let mut members = Members::new();
    members.insert("Effect".to_owned(), json!("Allow"));
    members.insert("Action".to_owned(), actions.clone());
    members.insert("Resource".to_owned(), json!(resource));
    members
}

/// The service of an action, unless its pattern is for several.
pub(super) fn service(action: &str) -> Option<String> {
    let (service, _) = action.split_once(':')?;
    (!service.contains(['*', '?'])).then(|| service.to_ascii_lowercase())
}
