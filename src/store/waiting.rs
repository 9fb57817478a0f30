//! What waits to be written together with others? What comes with almost every event, and may be lost for a while.

use std::collections::BTreeMap;

use redb::{TableDefinition, WriteTransaction};
use serde::{Deserialize, Serialize};

use super::file::Problem;
use crate::monitor::FunctionState;
use crate::snapshot::{Facet, Facts, Occasion, Reading};

/// A table of bytes by key.
pub(super) type Bytes = TableDefinition<'static, &'static str, &'static [u8]>;

/// A table whose rows may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shelf {
    /// Readings by the scope's key and the facet: the alarms of a large account are not written anew because something else was read.
    Facts,
    /// By the function's ARN, what came since its state was written.
    News,
}

impl Shelf {
    /// Its table in the file.
    pub(super) const fn table(self) -> Bytes {
        match self {
            Self::Facts => TableDefinition::new("facts"),
            Self::News => TableDefinition::new("news"),
        }
    }
}

/// Rows, of which the last one of a key counts.
#[derive(Debug, Default)]
pub(super) struct Waiting(BTreeMap<(Shelf, String), Vec<u8>>);

impl Waiting {
    /// Adds a row, or replaces it.
    pub(super) fn put(&mut self, of: Shelf, key: &str, bytes: Vec<u8>) {
        self.0.insert((of, key.to_owned()), bytes);
    }

    /// The rows whose keys begin so, in their order.
    pub(super) fn beginning(&self, of: Shelf, start: &str) -> impl Iterator<Item = (&str, &[u8])> {
        let rows = self.0.range((of, start.to_owned())..);
        let is_one = move |((table, key), _): &(&(Shelf, String), &Vec<u8>)| *table == of && key.starts_with(start);
        rows.take_while(is_one)
            .map(|((_, key), bytes)| (key.as_str(), bytes.as_slice()))
    }

    /// How many rows wait.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Writes all of them; they wait until that is known to have worked out.
    pub(super) fn write(&self, transaction: &WriteTransaction) -> Result<(), Problem> {
        for shelf in [Shelf::Facts, Shelf::News] {
            let mut rows = self.beginning(shelf, "").peekable();
            if rows.peek().is_none() {
                continue;
            }
            let mut table = transaction.open_table(shelf.table())?;
            for (key, bytes) in rows {
                table.insert(key, bytes)?;
            }
        }
        Ok(())
    }

    /// They are written.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// What calls alone tell of a function comes with each deployment, and is a small part of what is kept of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct News {
    version: u64,
    facts: Facts,
}

impl News {
    /// What is new in a state, if it is only that.
    pub(super) fn between(known: &FunctionState, state: &FunctionState) -> Option<Self> {
        let FunctionState {
            version,
            facts,
            record,
            basis,
            pending,
            gone,
        } = state;
        let is_rest_same = known.version > 0
            && read(&known.facts).eq(read(facts))
            && known.record == *record
            && known.basis == *basis
            && (known.gone, gone) == (false, &false)
            && known.pending.is_empty()
            && pending.is_empty();
        is_rest_same.then(|| {
            let mut facts = facts.clone();
            facts.retain(is_told);
            Self {
                version: *version,
                facts,
            }
        })
    }

    /// Adds it to the state that was written, if that was before.
    pub(super) fn add_to(self, state: &mut FunctionState) {
        if self.version > state.version {
            state.version = self.version;
            state.facts.retain(|facet| !is_told(facet));
            state.facts.merge(self.facts);
        }
    }
}

fn is_told(facet: Facet) -> bool {
    facet.occasion() == Occasion::Event
}

fn read(facts: &Facts) -> impl Iterator<Item = (Facet, &Reading)> {
    facts.iter().filter(|(facet, _)| !is_told(*facet))
}
