//! What is known of what functions share, and how much room does it take?

use std::collections::BTreeMap;

use crate::monitor::weight;
use crate::snapshot::{Facet, Facts};

/// What is known of a role, network or place, and what each reading weighs: the alarms of a large account are not weighed anew
/// because something else was read.
#[derive(Debug, Clone, Default)]
pub(super) struct Shared {
    /// What is known.
    pub(super) facts: Facts,
    weights: BTreeMap<Facet, usize>,
}

impl Shared {
    /// With readings that are known now, and how many bytes that is.
    pub(super) fn with(mut self, facts: Facts, room: usize) -> (Self, usize) {
        for (facet, reading) in facts.iter() {
            if self.facts.reading(facet) != Some(reading) {
                self.weights.insert(facet, weight(reading, room));
            }
        }
        self.facts = facts;
        let bytes = self
            .weights
            .values()
            .fold(0, |all, one| usize::saturating_add(all, *one));
        (self, bytes)
    }
}
