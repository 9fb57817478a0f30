//! Events for an event bus: one for each transition.

use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use futures_util::{StreamExt, stream};

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
/// Calls under way at a time.
const AT_ONCE: usize = 8;
/// What the answer says of events that the bus could not take just then.
const FOR_NOW: [&str; 4] = [
    "InternalException",
    "InternalFailure",
    "LimitExceededException",
    "ThrottlingException",
];

pub(super) async fn put(clients: &Clients, bus: &Arn, transitions: &[&Transition]) -> Result<(), Refused> {
    let what = || format!("put events on `{bus}`");
    let Some(region) = bus.region() else {
        return Err(Refused::ForGood(failed(what(), "its ARN names no Region")));
    };
    let client = clients.bus(&region);
    let puts = batches(bus, transitions).into_iter().map(|batch| {
        let client = client.clone();
        async move { Box::pin(client.put_events().set_entries(Some(batch)).send()).await }
    });
    let mut answers = stream::iter(puts).buffer_unordered(AT_ONCE);
    // One event that the bus does not take must not keep the others from it.
    let (mut for_now, mut for_good) = (None, None);
    while let Some(answer) = answers.next().await {
        match answer {
            Ok(answer) => {
                // Single entries can fail in an answer that is none of failure.
                for entry in answer.entries() {
                    let Some(code) = entry.error_code() else { continue };
                    let error = failed(
                        what(),
                        &format!("`{code}`: {}", entry.error_message().unwrap_or_default()),
                    );
                    let kind = if FOR_NOW.contains(&code) {
                        &mut for_now
                    } else {
                        &mut for_good
                    };
                    kind.get_or_insert(error);
                }
            }
            Err(error) => {
                let is_for_good = matches!(
                    reason("events:PutEvents", &error),
                    Reason::AccessDenied { .. } | Reason::NotFound
                );
                let kind = if is_for_good { &mut for_good } else { &mut for_now };
                kind.get_or_insert(failed(what(), &explain(&error)));
            }
        }
    }
    match (for_now, for_good) {
        (Some(error), _) => Err(Refused::ForNow(error)),
        (None, Some(error)) => Err(Refused::ForGood(error)),
        (None, None) => Ok(()),
    }
}

fn batches(bus: &Arn, transitions: &[&Transition]) -> Vec<Vec<PutEventsRequestEntry>> {
    let mut batches: Vec<Vec<PutEventsRequestEntry>> = Vec::new();
    let mut room = 0;
    for transition in transitions {
        let detail = event_detail(transition).to_string();
        let is_full = batches.last().is_none_or(|batch| batch.len() == MOST_ENTRIES) || detail.len() > room;
        if is_full {
            batches.push(Vec::new());
            room = LARGEST;
        }
        room = room.saturating_sub(detail.len());
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(bus.as_str())
            .source(EVENT_SOURCE)
            .detail_type(EVENT_DETAIL_TYPE)
            .resources(transition.finding.function.to_string())
            .detail(detail);
        if let Some(batch) = batches.last_mut() {
            batch.push(entry.build());
        }
    }
    batches
}
