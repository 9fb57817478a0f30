//! Do services call the function asynchronously, and nobody keeps the events that it fails on? Advice: many owners
//! accept the loss, so it is never louder than informational.

use std::collections::{BTreeMap, BTreeSet};

use crate::controls::breadth::listed;
use crate::controls::exposures::Found;
use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::facts::invocation::is_asynchronous;
use crate::finding::{Evidence, Severity};
use crate::policy::{Capability, Tier};
use crate::snapshot::{EventInvokeConfig, Facet};

pub(crate) static CONTROL: Control = Control {
    id: "failure-destination-absent",
    title: "Events that the function fails on are dropped",
    layer: Layer::Concurrency,
    severity: Severity::Informational,
    reads: &[Facet::Configuration, Facet::ResourcePolicies, Facet::Destinations],
    risk: "After two retries Lambda drops the event, and nobody can see what it was: whoever makes the function fail erases what it should \
           have handled.",
    remediation: "aws lambda put-function-event-invoke-config --region {region} --function-name {function}{qualifier} \
                  --destination-config {destination}\n\
                  # and give the role sqs:SendMessage on the queue",
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let configuration = context.snapshot.configuration()?;
    let destinations = context.snapshot.destinations()?;
    let exposures = context.exposures(Capability::Invoke)?;
    if configuration.dead_letter_config.target_arn.is_some() || context.framework().is_some() {
        return Ok(Verdict::default());
    }
    let mut callers: BTreeMap<Option<&str>, BTreeSet<&str>> = BTreeMap::new();
    for found in &exposures.found {
        let qualifier = found.qualifier.as_deref();
        if let Some(service) = caller(found).filter(|_| !is_kept(destinations, qualifier)) {
            callers.entry(qualifier).or_default().insert(service);
        }
    }
    let fails = callers
        .into_iter()
        .map(|(qualifier, services)| evidence((qualifier, &services), context));
    Ok(Verdict {
        fails: fails.collect(),
        unjudged: exposures.unjudged.clone(),
    })
}

/// The service that calls and does not wait for the answer.
fn caller(found: &Found) -> Option<&str> {
    let is_alive = found.exposure.tier != Tier::Nobody;
    found.service().filter(|service| is_alive && is_asynchronous(service))
}

fn is_kept(destinations: &[EventInvokeConfig], qualifier: Option<&str>) -> bool {
    let of_it = destinations.iter().filter(|config| config.qualifier() == qualifier);
    of_it
        .map(|config| &config.destination_config.on_failure)
        .any(|target| target.destination.is_some())
}

fn evidence((qualifier, services): (Option<&str>, &BTreeSet<&str>), context: &Context<'_>) -> Evidence {
    let services = listed(services.iter().copied());
    let detail = format!(
        "{services} may call it asynchronously, and there is no dead-letter queue and no destination for failures"
    );
    let function = &context.snapshot.function;
    let (region, account) = (function.region(), function.account());
    let queue = format!("arn:{}:sqs:{region}:{account}:QUEUE_NAME", region.partition());
    let destination = serde_json::json!({"OnFailure": {"Destination": queue}});
    Evidence::new("OnFailure", detail)
        .on(qualifier)
        .fill("destination", destination.to_string())
}
