//! Which facets? A set in one machine word: one is made for each thing that an event touches.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Facet;

/// Each facet at the place of its bit.
const BY_BIT: [Facet; Facet::ALL.len()] = by_bit();

/// Facets, each once and in their order.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FacetSet(u64);

const fn by_bit() -> [Facet; Facet::ALL.len()] {
    let mut sorted = Facet::ALL;
    let (mut own, mut left) = (sorted.as_mut_slice(), Facet::ALL.as_slice());
    // Each goes to the place of its bit: the n-th is the one with n before it.
    while let [place, places @ ..] = own {
        *place = at(Facet::ALL.len() - left.len());
        own = places;
        left = left.split_at(1).1;
    }
    sorted
}

/// The facet whose bit is at this place.
const fn at(bit: usize) -> Facet {
    let mut left = Facet::ALL.as_slice();
    while let [facet, rest @ ..] = left {
        if *facet as usize == bit {
            return *facet;
        }
        left = rest;
    }
    Facet::Configuration
}

const fn bit(facet: Facet) -> u64 {
    1 << facet as u64
}

impl FacetSet {
    /// Without any.
    pub const fn new() -> Self {
        Self(0)
    }

    /// Adds one, and says whether it is new.
    pub fn insert(&mut self, facet: Facet) -> bool {
        let before = self.0;
        self.0 |= bit(facet);
        self.0 != before
    }

    /// Takes one out, and says whether it was there.
    pub fn remove(&mut self, facet: Facet) -> bool {
        let before = self.0;
        self.0 &= !bit(facet);
        self.0 != before
    }

    /// Whether one is there.
    pub const fn contains(&self, facet: Facet) -> bool {
        self.0 & bit(facet) != 0
    }

    /// Takes out all that are not wanted.
    pub fn retain(&mut self, mut is_wanted: impl FnMut(Facet) -> bool) {
        for facet in *self {
            if !is_wanted(facet) {
                self.remove(facet);
            }
        }
    }

    /// All of them.
    pub fn iter(&self) -> Iter {
        Iter(self.0)
    }

    /// How many.
    pub const fn len(&self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.0 == 0
    }
}

/// The facets of a set.
#[derive(Debug, Clone)]
pub struct Iter(u64);

impl Iterator for Iter {
    type Item = Facet;

    fn next(&mut self) -> Option<Facet> {
        let facet = BY_BIT.get(self.0.trailing_zeros() as usize)?;
        self.0 &= self.0 - 1;
        Some(*facet)
    }
}

impl IntoIterator for FacetSet {
    type Item = Facet;
    type IntoIter = Iter;

    fn into_iter(self) -> Iter {
        self.iter()
    }
}

impl IntoIterator for &FacetSet {
    type Item = Facet;
    type IntoIter = Iter;

    fn into_iter(self) -> Iter {
        self.iter()
    }
}

impl Extend<Facet> for FacetSet {
    fn extend<I: IntoIterator<Item = Facet>>(&mut self, facets: I) {
        for facet in facets {
            self.insert(facet);
        }
    }
}

impl FromIterator<Facet> for FacetSet {
    fn from_iter<I: IntoIterator<Item = Facet>>(facets: I) -> Self {
        let mut set = Self::new();
        set.extend(facets);
        set
    }
}

impl<const N: usize> From<[Facet; N]> for FacetSet {
    fn from(facets: [Facet; N]) -> Self {
        facets.into_iter().collect()
    }
}

impl fmt::Debug for FacetSet {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self).finish()
    }
}

impl Serialize for FacetSet {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self)
    }
}

impl<'de> Deserialize<'de> for FacetSet {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let facets: Vec<Facet> = Deserialize::deserialize(from)?;
        Ok(facets.into_iter().collect())
    }
}

impl JsonSchema for FacetSet {
    fn schema_name() -> Cow<'static, str> {
        <BTreeSet<Facet>>::schema_name()
    }

    fn inline_schema() -> bool {
        <BTreeSet<Facet>>::inline_schema()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        <BTreeSet<Facet>>::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_set_in_the_order_of_the_facets() {
        let (mut set, mut model) = (FacetSet::new(), BTreeSet::new());
        for (step, facet) in Facet::ALL.into_iter().cycle().step_by(5).take(200).enumerate() {
            if step % 3 == 0 {
                assert_eq!(set.remove(facet), model.remove(&facet));
            } else {
                assert_eq!(set.insert(facet), model.insert(facet));
            }
            assert_eq!(set.contains(facet), model.contains(&facet));
            assert_eq!((set.len(), set.is_empty()), (model.len(), model.is_empty()));
            assert!(set.iter().eq(model.iter().copied()));
        }
        set.retain(|facet| !facet.is_own());
        model.retain(|facet| !facet.is_own());
        assert!(set.iter().eq(model.iter().copied()));
    }

    #[test]
    fn it_is_written_as_a_list() {
        let all: FacetSet = Facet::ALL.into_iter().collect();
        assert_eq!(all.len(), Facet::ALL.len());
        let text = serde_json::to_string(&all).unwrap();
        assert_eq!(
            text,
            serde_json::to_string(&Facet::ALL.into_iter().collect::<BTreeSet<_>>()).unwrap()
        );
        assert_eq!(serde_json::from_str::<FacetSet>(&text).unwrap(), all);
    }
}
