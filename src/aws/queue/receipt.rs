//! What came of a delivery, and the answer that says so.

use serde_json::{Value, json};

use crate::aws::failure::printable;
use crate::monitor::Poison;

/// What came of each record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receipt {
    handled: u64,
    quarantined: u64,
    poison: Vec<Poison>,
    unfinished: Vec<String>,
}

impl Receipt {
    /// How many records were handled, and how many were put aside.
    pub fn counts(&self) -> (u64, u64) {
        (self.handled, self.quarantined)
    }

    /// Whether nothing has to come again.
    pub fn is_finished(&self) -> bool {
        self.unfinished.is_empty()
    }

    /// The answer to SQS: which messages have to come again ("Implementing partial batch responses").
    pub fn answer(&self) -> Value {
        let failures = self.unfinished.iter().map(|id| json!({"itemIdentifier": id}));
        json!({"batchItemFailures": failures.collect::<Vec<_>>()})
    }

    pub(super) fn handled(&mut self) {
        self.handled += 1;
    }

    /// Acknowledged, as it would come again for nothing, once it is put aside; the log keeps its id and the reason.
    pub(super) fn quarantined(&mut self, poison: Poison) {
        let Poison { message_id, why, .. } = &poison;
        tracing::error!(message_id, reason = printable(why), "input quarantined");
        self.quarantined += 1;
        self.poison.push(poison);
    }

    /// What has to be put aside.
    pub(in crate::aws) fn take_poison(&mut self) -> Vec<Poison> {
        std::mem::take(&mut self.poison)
    }

    pub(in crate::aws) fn unfinished(&mut self, message_id: &str, why: &str) {
        tracing::warn!(
            message_id,
            reason = printable(why),
            "input not finished, it comes again"
        );
        self.unfinished.push(message_id.to_owned());
    }
}
