//! May Lambda use, with this role, what the function is connected to: event sources, destinations, a dead-letter queue, file systems?

use std::collections::{BTreeMap, BTreeSet};

use super::existing;
use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::facts::needs::{self, Need};
use crate::finding::{Evidence, Severity};
use crate::policy::{Answer, By, RoleGrants};
use crate::snapshot::{Configuration, EventInvokeConfig, EventSourceMapping, Facet, SourceAccessConfiguration};

pub(crate) static CONTROL: Control = Control {
    id: "role-destination-denied",
    title: "The execution role may not use what the function is connected to",
    layer: Layer::ExecutionRole,
    severity: Severity::Medium,
    reads: &[
        Facet::Configuration,
        Facet::EventSources,
        Facet::Destinations,
        Facet::RoleTrust,
        Facet::RolePolicies,
        Facet::RoleBoundary,
    ],
    risk: "Events that failed are lost instead of kept, a source is not read, or the function cannot mount its files: without a \
           sign, until the data is missed.",
    remediation: "aws iam put-role-policy --role-name {role} --policy-name {new_policy} --policy-document {document}\n\
                  # a Deny or a permissions boundary that stands against it has to give way, too",
    references: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-filesystem.html",
    ],
    evaluate,
};

/// Something that the function is connected to: as what, by which ARN.
type Connection<'a> = (&'static str, &'a str);

fn evaluate(context: &Context<'_>) -> Judged {
    let (configuration, snapshot) = (context.snapshot.configuration()?, context.snapshot);
    let (sources, destinations) = (snapshot.event_sources()?, snapshot.destinations()?);
    let Some(grants) = existing(context)? else {
        return Ok(Verdict::default());
    };
    let mut connections: BTreeMap<Connection<'_>, BTreeSet<Need>> = BTreeMap::new();
    let all = own(configuration)
        .chain(sources.iter().flat_map(polled))
        .chain(destinations.iter().flat_map(sent));
    for (what, arn, needs) in all {
        connections.entry((what, arn)).or_default().extend(needs);
    }
    let mut verdict = Verdict::default();
    for (connection, needs) in &connections {
        match denied(needs, grants) {
            Ok(denied) if denied.is_empty() => {}
            Ok(denied) => verdict.fails.push(evidence(*connection, &denied)),
            Err(reason) => {
                let subject = format!("{} {}", connection.0, connection.1);
                verdict.unjudged.push(Unjudged::about(&subject, &reason));
            }
        }
    }
    Ok(verdict)
}

type Needed<'a> = (&'static str, &'a str, Vec<Need>);

fn own(configuration: &Configuration) -> impl Iterator<Item = Needed<'_>> {
    let letters = configuration.dead_letter_config.target_arn.iter();
    let letters = letters.map(|arn| ("dead-letter queue", arn.as_str(), needs::sending(arn)));
    let files = configuration.file_system_configs.iter();
    let files = files.map(|mounted| ("file system", mounted.arn.as_str(), needs::mounting(&mounted.arn)));
    letters.chain(files)
}

/// A mapping that is switched off reads nothing.
fn polled(mapping: &EventSourceMapping) -> Vec<Needed<'_>> {
    if matches!(mapping.state.as_deref(), Some("Disabled" | "Disabling" | "Deleting")) {
        return Vec::new();
    }
    let source = mapping.event_source_arn.iter();
    let source = source.map(|arn| ("event source", arn.as_str(), needs::polling(arn)));
    let access = mapping.source_access_configurations.iter();
    let failed = mapping.destination_config.on_failure.destination.iter();
    let failed = failed.map(|arn| ("on-failure destination", arn.as_str(), needs::sending(arn)));
    source.chain(access.filter_map(secret)).chain(failed).collect()
}

/// The secret with which Lambda signs in to a broker.
fn secret(access: &SourceAccessConfiguration) -> Option<Needed<'_>> {
    let (_, needs) = needs::reading(&access.uri)?;
    Some((
        "event source's secret",
        &access.uri,
        needs.into_iter().take(1).collect(),
    ))
}

fn sent(config: &EventInvokeConfig) -> Vec<Needed<'_>> {
    let outcomes = &config.destination_config;
    let succeeded = outcomes.on_success.destination.iter();
    let succeeded = succeeded.map(|arn| ("on-success destination", arn.as_str(), needs::sending(arn)));
    let failed = outcomes.on_failure.destination.iter();
    let failed = failed.map(|arn| ("on-failure destination", arn.as_str(), needs::sending(arn)));
    succeeded.chain(failed).collect()
}

fn denied<'n>(needs: &'n BTreeSet<Need>, grants: &RoleGrants) -> Result<Vec<&'n Need>, String> {
    let mut denied = Vec::new();
    for need in needs {
        match answer(need, grants) {
            Answer::Yes(_) => {}
            Answer::No => denied.push(need),
            Answer::CannotTell(reason) => return Err(format!("{}: {reason}", need.action)),
        }
    }
    Ok(denied)
}

/// Where a glob stands for one resource whose ARN is not known as a whole, some of it has to be allowed.
fn answer(need: &Need, grants: &RoleGrants) -> Answer {
    let Need { action, resource } = need;
    let is_glob = resource.len() > 1 && resource.contains(['*', '?']);
    if !is_glob {
        return grants.covers_by(By::Service, action, resource);
    }
    match grants.openings(By::Service, action, resource, &[]) {
        Err(reason) => Answer::CannotTell(reason),
        Ok(openings) if openings.is_empty() => Answer::No,
        Ok(_) => Answer::Yes(Vec::new()),
    }
}

fn evidence((what, arn): Connection<'_>, denied: &[&Need]) -> Evidence {
    let actions: Vec<&str> = denied.iter().map(|need| need.action).collect();
    let detail = format!("{} not allowed on the {what} {arn}", actions.join(", "));
    let mut by_resource: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for need in denied {
        by_resource.entry(&need.resource).or_default().push(need.action);
    }
    let statements = by_resource.into_iter();
    let statements = statements
        .map(|(resource, actions)| serde_json::json!({"Effect": "Allow", "Action": actions, "Resource": resource}));
    let statements: Vec<_> = statements.collect();
    let document = serde_json::json!({"Version": "2012-10-17", "Statement": statements});
    Evidence::new(format!("{what} {arn}"), detail).fill("document", document.to_string())
}
