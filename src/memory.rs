//! The ports' in-memory twins: a recorded account, a store, a notifier that collects, and a clock that stands still.

mod account;
mod readings;
mod recorded;
mod store;
mod written;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::monitor::{Clock, Notifier, PortError, Untold};
use crate::report::{Digest, Message, Notice};

pub use account::{Account, Files, Recording};
pub use readings::AccountError;
pub use recorded::{
    Recorded, RecordedBoundary, RecordedFunction, RecordedInline, RecordedLayerPolicy, RecordedManaged,
    RecordedNetwork, RecordedPackage, RecordedPolicy, RecordedRole,
};
pub use store::MemoryStore;
pub use written::entry;

/// Collects what is published.
#[derive(Debug, Default)]
pub struct Outbox {
    messages: Mutex<Vec<Message>>,
}

impl Outbox {
    /// What was published since the last time.
    pub fn take(&self) -> Vec<Message> {
        std::mem::take(&mut *self.messages.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Notifier for Outbox {
    async fn publish(&self, message: &Message) -> Result<(), PortError> {
        self.messages
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(message.clone());
        Ok(())
    }
}

/// Publishes nothing: what would have been stands in the outcome.
#[derive(Debug, Clone, Copy)]
pub struct Silence;

impl Notifier for Silence {
    async fn publish(&self, _: &Message) -> Result<(), PortError> {
        Ok(())
    }

    async fn tell(&self, _: &Notice) -> Result<BTreeSet<String>, Untold> {
        Ok(BTreeSet::new())
    }

    async fn tell_digest(&self, _: &Digest) -> Result<(), Untold> {
        Ok(())
    }
}

/// A clock that stands still.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}
