//! What waits to be written together with others? What comes with almost every event, and may be lost for a while.

use std::collections::BTreeMap;
use std::sync::Arc;

use redb::{TableDefinition, WriteTransaction};
use serde::{Deserialize, Serialize};

use super::file::Problem;
use super::form::Written;
use super::rows::ROWS;
use crate::monitor::FunctionState;
use crate::snapshot::{Facet, Facts, Occasion, Reading};

/// A table of bytes by key.
pub(super) type Bytes = TableDefinition<'static, &'static str, &'static [u8]>;

/// States by the function's ARN.
pub(super) const FUNCTIONS: Bytes = TableDefinition::new("functions");

/// A table whose rows wait as bytes.
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

/// What waits, of which the last word of a key counts.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    rows: BTreeMap<(Shelf, String), Vec<u8>>,
    /// Written as they are then, however often they change until then.
    functions: BTreeMap<String, Arc<FunctionState>>,
    /// What the functions that came weigh together, each as often as it came.
    bytes: usize,
    /// By dependency and scope, whether the one leads to the other.
    led: BTreeMap<(String, String), bool>,
}

impl Waiting {
    /// Adds a row, or replaces it.
    pub(super) fn put(&mut self, of: Shelf, key: &str, bytes: Vec<u8>) {
        self.rows.insert((of, key.to_owned()), bytes);
    }

    /// Adds a function's state, or replaces it.
    pub(super) fn put_function(&mut self, key: &str, state: Arc<FunctionState>, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes);
        self.functions.insert(key.to_owned(), state);
    }

    /// The state of a function, if it waits.
    pub(super) fn function(&self, key: &str) -> Option<Arc<FunctionState>> {
        self.functions.get(key).cloned()
    }

    /// Notes whether a dependency leads to a scope.
    pub(super) fn lead(&mut self, dependency: String, scope: String, leads: bool) {
        self.led.insert((dependency, scope), leads);
    }

    /// The scopes of which that was noted.
    pub(super) fn led_by(&self, dependency: &str) -> impl Iterator<Item = (&str, bool)> {
        let rows = self.led.range((dependency.to_owned(), String::new())..);
        rows.take_while(move |((key, _), _)| key == dependency)
            .map(|((_, scope), leads)| (scope.as_str(), *leads))
    }

    /// The rows whose keys begin so, in their order.
    pub(super) fn beginning(&self, of: Shelf, start: &str) -> impl Iterator<Item = (&str, &[u8])> {
        let rows = self.rows.range((of, start.to_owned())..);
        let is_one = move |((table, key), _): &(&(Shelf, String), &Vec<u8>)| *table == of && key.starts_with(start);
        rows.take_while(is_one)
            .map(|((_, key), bytes)| (key.as_str(), bytes.as_slice()))
    }

    /// How much waits.
    pub(super) fn count(&self) -> usize {
        self.rows.len() + self.functions.len() + self.led.len()
    }

    /// At most so many bytes of functions wait.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Writes all of it; it waits until that is known to have worked out.
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
        if !self.functions.is_empty() {
            let mut table = transaction.open_table(FUNCTIONS)?;
            for (key, state) in &self.functions {
                table.insert(key.as_str(), state.write()?.as_slice())?;
            }
        }
        if self.led.is_empty() {
            return Ok(());
        }
        let mut table = transaction.open_multimap_table(ROWS)?;
        for ((dependency, scope), leads) in &self.led {
            if *leads {
                table.insert(dependency.as_str(), scope.as_str())?;
            } else {
                table.remove(dependency.as_str(), scope.as_str())?;
            }
        }
        Ok(())
    }

    /// It is written.
    pub(super) fn clear(&mut self) {
        self.rows.clear();
        self.functions.clear();
        self.led.clear();
        self.bytes = 0;
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
