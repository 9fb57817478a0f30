//! How many API calls did an input cost, and how many of them one after the other? Counted on the wire, retries included.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use tokio::time::Instant;

/// What was called since the last take.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// By operation, e.g. `Lambda.GetPolicy`.
    pub by_operation: BTreeMap<String, u64>,
    /// The longest row of calls of which each began when the one before it had been answered.
    pub round_trips: u64,
    /// The same of the calls that read what is judged.
    pub read_round_trips: u64,
}

/// What the monitor calls for itself: its table, its queues, and those whom it tells.
const OWN: [&str; 4] = ["DynamoDB", "SQS", "SNS", "SecurityHub"];

/// Calls; clones count together.
#[derive(Debug, Clone, Default)]
pub struct Calls(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    by_operation: BTreeMap<String, u64>,
    /// From when to when each was under way.
    spans: Vec<(Instant, Instant)>,
    /// Of these, those that read what is judged.
    reads: Vec<(Instant, Instant)>,
}

/// When an attempt began, and whether it reads what is judged.
#[derive(Debug, Clone, Copy)]
struct Begun(Instant, bool);

impl Storable for Begun {
    type Storer = StoreReplace<Self>;
}

impl Calls {
    /// What was counted since the last take.
    pub fn take(&self) -> Counted {
        let Seen {
            by_operation,
            spans,
            reads,
        } = std::mem::take(&mut *self.seen());
        Counted {
            by_operation,
            round_trips: in_a_row(spans),
            read_round_trips: in_a_row(reads),
        }
    }

    /// A panic elsewhere leaves the counts whole.
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, operation: String) {
        *self.seen().by_operation.entry(operation).or_default() += 1;
    }
}

/// How many of these follow each other without touching: of all that could come next, the one that ends first.
fn in_a_row(mut spans: Vec<(Instant, Instant)>) -> u64 {
    spans.sort_by_key(|(_, end)| *end);
    let (mut count, mut last) = (0, None);
    for (begin, end) in spans {
        if last.is_none_or(|last| begin >= last) {
            count += 1;
            last = Some(end);
        }
    }
    count
}

impl Intercept for Calls {
    fn name(&self) -> &'static str {
        "Calls"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut is_read = false;
        if let Some(metadata) = bag.load::<Metadata>() {
            is_read = !OWN.contains(&metadata.service()) && metadata.name() != "PutEvents";
            self.count(format!("{}.{}", metadata.service(), metadata.name()));
        }
        bag.interceptor_state().store_put(Begun(Instant::now(), is_read));
        Ok(())
    }

    fn read_after_transmit(
        &self,
        _context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(Begun(begin, is_read)) = bag.load::<Begun>() {
            let span = (*begin, Instant::now());
            let mut seen = self.seen();
            seen.spans.push(span);
            if *is_read {
                seen.reads.push(span);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_shared_by_clones_and_taken_once() {
        let calls = Calls::default();
        for operation in ["Lambda.GetPolicy", "IAM.GetRole", "Lambda.GetPolicy"] {
            calls.clone().count(operation.to_owned());
        }
        let counts: Vec<(String, u64)> = calls.take().by_operation.into_iter().collect();
        assert_eq!(
            counts,
            [("IAM.GetRole".to_owned(), 1), ("Lambda.GetPolicy".to_owned(), 2)]
        );
        assert_eq!(calls.take(), Counted::default());
    }

    #[test]
    fn calls_at_the_same_time_are_one_round_trip() {
        let start = Instant::now();
        let span = |begin: u64, end: u64| {
            let at = |milliseconds| start + std::time::Duration::from_millis(milliseconds);
            (at(begin), at(end))
        };
        assert_eq!(in_a_row(Vec::new()), 0);
        assert_eq!(in_a_row(vec![span(0, 10), span(1, 4), span(2, 9)]), 1);
        assert_eq!(in_a_row(vec![span(0, 10), span(10, 20), span(0, 30), span(25, 26)]), 3);
    }
}
