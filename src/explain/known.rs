//! What does the function use, as far as its own configuration says? Nothing here is a guess about its code.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::draft::{Members, list};
use crate::facts::needs;
use crate::secret::Kind;
use crate::snapshot::Snapshot;

/// Actions by what they are needed on.
#[derive(Debug, Default)]
pub(super) struct Known {
    needs: BTreeMap<On, BTreeSet<String>>,
    resources: BTreeSet<String>,
}

/// A resource, and the alias of a key that it has to have: policies speak of keys, and a configuration may know the alias alone.
type On = (String, Option<String>);

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
/// The group, too, is made by whoever writes to it first.
const LOGS: [&str; 3] = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];
/// The layer by which CloudWatch Lambda Insights measures a function, and the group to which it writes ("Get started with Lambda
/// Insights").
const INSIGHTS: (&str, &str) = ("LambdaInsightsExtension", "/aws/lambda-insights");

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
                known.add(&access.uri, used(&access.uri));
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
        let mut layers = configuration
            .layers
            .iter()
            .filter_map(|layer| layer.arn.split(':').nth(6));
        let insights = layers
            .any(|name| name.starts_with(INSIGHTS.0))
            .then(|| INSIGHTS.1.to_owned());
        for group in [configuration.log_group(function.name())].into_iter().chain(insights) {
            let group = format!("arn:{partition}:logs:{region}:{account}:log-group:{group}");
            self.resources.insert(group.clone());
            self.need(&LOGS, (format!("{group}:*"), None));
        }
        if configuration.tracing_config.mode.as_deref() == Some("Active") {
            self.need(&TRACES, ("*".to_owned(), None));
        }
        if configuration.vpc_config.is_attached() {
            self.need(&NETWORK, ("*".to_owned(), None));
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
                self.add(arn, used(arn));
            }
        }
        self.resources.extend(configuration.kms_key_arn.clone());
        self.resources
            .extend(configuration.role_arn().map(|arn| arn.as_str().to_owned()));
    }

    fn add(&mut self, arn: &str, needs: impl IntoIterator<Item = needs::Need>) {
        let alias = alias(arn);
        for need in needs {
            self.need(&[need.action], (need.resource, alias.clone()));
        }
        // No policy speaks of an alias.
        if alias.is_none() {
            self.resources.insert(arn.to_owned());
        }
    }

    fn need(&mut self, actions: &[&str], on: On) {
        if on.0 != "*" && on.1.is_none() {
            self.resources.insert(on.0.clone());
        }
        let actions = actions.iter().map(|action| (*action).to_owned());
        self.needs.entry(on).or_default().extend(actions);
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

    /// What the function needs, as statements of a role's policy: one per resource, with the actions that may be granted.
    pub(super) fn statements(&self, may_grant: &dyn Fn(&Members) -> bool) -> Vec<Members> {
        let statement = |(on, actions): (&On, &BTreeSet<String>)| {
            let all: Vec<String> = actions.iter().cloned().collect();
            let whole = granting(&all, on);
            if may_grant(&whole) {
                return Some(whole);
            }
            let some: Vec<String> = all
                .into_iter()
                .filter(|action| may_grant(&granting(std::slice::from_ref(action), on)))
                .collect();
            (!some.is_empty()).then(|| granting(&some, on))
        };
        self.needs.iter().filter_map(statement).collect()
    }
}

/// What uses a secret, parameter or key that is named: any of what reads it may be what the code calls.
fn used(arn: &str) -> Vec<needs::Need> {
    needs::reading(arn).map(|(_, needs)| needs).unwrap_or_default()
}

/// The alias of a key, as `kms:ResourceAliases` has it.
fn alias(arn: &str) -> Option<String> {
    let (_, name) = arn
        .split_once(":alias/")
        .filter(|_| arn.split(':').nth(2) == Some("kms"))?;
    Some(format!("alias/{name}"))
}

fn granting(actions: &[String], (resource, alias): &On) -> Members {
    let mut members = allow(&list(actions), resource);
    if let Some(alias) = alias {
        let asked = json!({"ForAnyValue:StringEquals": {"kms:ResourceAliases": alias}});
        members.insert("Condition".to_owned(), asked);
    }
    members
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
