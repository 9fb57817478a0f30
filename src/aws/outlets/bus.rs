//! Events for an event bus: one for each transition.

use aws_sdk_eventbridge::types::PutEventsRequestEntry;

use super::{Refused, failed};
use crate::arn::Arn;
use crate::aws::clients::Clients;
use crate::aws::failure::{explain, reason};
use crate::history::Transition;
use crate::report::{EVENT_DETAIL_TYPE, EVENT_SOURCE, event_detail};
use crate::snapshot::Reason;

/// `PutEvents` takes 10 entries of together 256 KB.
const MOST_ENTRIES: usize = 10;
const LARGEST: usize = 240_000;

pub(super) async fn put(
    clients: &Clients,
    bus: &Arn,
    notice: &str,
    transitions: &[&Transition],
) -> Result<(), Refused> {
    let region = bus.region();
    let mut batch: Vec<PutEventsRequestEntry> = Vec::new();
    let mut size = 0;
    for transition in transitions {
        let detail = event_detail(transition, notice).to_string();
        if batch.len() == MOST_ENTRIES || (!batch.is_empty() && size + detail.len() > LARGEST) {
            send(clients, (bus, region.as_ref()), std::mem::take(&mut batch)).await?;
            size = 0;
        }
        size += detail.len();
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(bus.as_str())
            .source(EVENT_SOURCE)
            .detail_type(EVENT_DETAIL_TYPE)
            .resources(transition.finding.function.to_string())
            .detail(detail);
        batch.push(entry.build());
    }
    send(clients, (bus, region.as_ref()), batch).await
}

async fn send(
    clients: &Clients,
    (bus, region): (&Arn, Option<&crate::arn::Region>),
    batch: Vec<PutEventsRequestEntry>,
) -> Result<(), Refused> {
    if batch.is_empty() {
        return Ok(());
    }
    let what = || format!("put events on `{bus}`");
    let Some(region) = region else {
        return Err(Refused::ForGood(failed(what(), "its ARN names no Region")));
    };
    let client = clients.eventbridge(region).await;
    let answer = match Box::pin(client.put_events().set_entries(Some(batch)).send()).await {
        Ok(answer) => answer,
        Err(error) => {
            let refused = failed(what(), &explain(&error));
            return Err(match reason("events:PutEvents", &error) {
                Reason::AccessDenied { .. } | Reason::NotFound => Refused::ForGood(refused),
                _ => Refused::ForNow(refused),
            });
        }
    };
    // Single entries can fail in an answer that is none of failure.
    let failure = answer.entries().iter().find_map(|entry| {
        let code = entry.error_code()?;
        Some((code, format!("`{code}`: {}", entry.error_message().unwrap_or_default())))
    });
    match failure {
        None => Ok(()),
        Some(("InternalFailure" | "ThrottlingException" | "InternalException", detail)) => {
            Err(Refused::ForNow(failed(what(), &detail)))
        }
        Some((_, detail)) => Err(Refused::ForGood(failed(what(), &detail))),
    }
}
