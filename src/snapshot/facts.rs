//! The readings of one scope: of two readings of a facet the later one counts.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use super::{Facet, Reason, Unreadable, Value};

/// One read of one facet: when it began, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct Reading {
    /// When the read began: of two readings the later one counts.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// The value, or why there is none. A copy shares it with its original: inventory, store and snapshots hold each once.
    pub outcome: Arc<Outcome>,
}

/// A value, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub enum Outcome {
    /// It was read.
    Read(Value),
    /// It was not.
    Unreadable(Reason),
}

/// The readings of one scope, in the order of their facets. Copies share them until one is changed. Of functions there are very
/// many: a row takes half of a map's room.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(from = "BTreeMap<Facet, Reading>")]
pub struct Facts(#[schemars(with = "BTreeMap<Facet, Reading>")] Arc<Vec<(Facet, Reading)>>);

impl From<BTreeMap<Facet, Reading>> for Facts {
    fn from(map: BTreeMap<Facet, Reading>) -> Self {
        Self(Arc::new(map.into_iter().collect()))
    }
}

impl Serialize for Facts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl Facts {
    /// Notes a value read at a time.
    pub fn insert(&mut self, at: Timestamp, value: Value) {
        let (facet, outcome) = (value.facet(), Arc::new(Outcome::Read(value)));
        self.note(facet, Reading { at, outcome });
    }

    /// Notes a failed read.
    pub fn insert_unreadable(&mut self, at: Timestamp, facet: Facet, reason: Reason) {
        let outcome = Arc::new(Outcome::Unreadable(reason));
        self.note(facet, Reading { at, outcome });
    }

    fn note(&mut self, facet: Facet, reading: Reading) {
        let place = self.place(facet);
        let readings = Arc::make_mut(&mut self.0);
        match place {
            Ok(place) => readings
                .iter_mut()
                .skip(place)
                .take(1)
                .for_each(|(_, known)| *known = reading.clone()),
            Err(place) => readings.insert(place, (facet, reading)),
        }
    }

    fn place(&self, facet: Facet) -> Result<usize, usize> {
        self.0.binary_search_by_key(&facet, |(own, _)| *own)
    }

    /// The reading of a facet, if there was one.
    pub fn reading(&self, facet: Facet) -> Option<&Reading> {
        let place = self.place(facet).ok()?;
        self.0.get(place).map(|(_, reading)| reading)
    }

    /// Takes over the value that others have of a facet, as if it had been read at a time; false if they have none.
    pub fn insert_from(&mut self, at: Timestamp, facet: Facet, others: &Self) -> bool {
        let Some(reading) = others.reading(facet) else {
            return false;
        };
        if matches!(*reading.outcome, Outcome::Unreadable(_)) {
            return false;
        }
        let outcome = Arc::clone(&reading.outcome);
        self.note(facet, Reading { at, outcome });
        true
    }

    /// Keeps the readings of some facets.
    pub fn retain(&mut self, kept: impl Fn(Facet) -> bool) {
        Arc::make_mut(&mut self.0).retain(|(facet, _)| kept(*facet));
    }

    /// All readings.
    pub fn iter(&self) -> impl Iterator<Item = (Facet, &Reading)> {
        self.0.iter().map(|(facet, reading)| (*facet, reading))
    }

    /// Whether there is no reading.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes over the readings of `other` that are not older than its own.
    pub fn merge(&mut self, other: Self) {
        if self.is_empty() {
            *self = other;
            return;
        }
        for (facet, reading) in Arc::unwrap_or_clone(other.0) {
            let newer = self.reading(facet).is_none_or(|known| known.at <= reading.at);
            if newer {
                self.note(facet, reading);
            }
        }
    }

    /// The value of a facet, or why there is none.
    pub fn value(&self, facet: Facet) -> Result<&Value, Unreadable> {
        match self.reading(facet).map(|reading| reading.outcome.as_ref()) {
            Some(Outcome::Read(value)) => Ok(value),
            Some(Outcome::Unreadable(reason)) => Err(Unreadable::new(facet, reason.clone())),
            None => Err(Unreadable::new(facet, Reason::NotRead)),
        }
    }
}
