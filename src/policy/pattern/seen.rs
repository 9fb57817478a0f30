//! The states that a search has reached, each once, in the order in which they were.

use std::hash::{BuildHasher, RandomState};

/// Where a state was reached from, and by which letter.
type Step = (usize, char);

/// States lie one after the other: hundreds of thousands cost no allocation each.
pub(super) struct Seen {
    width: usize,
    words: Vec<u64>,
    trail: Vec<Step>,
    /// Places of states by their digests, one more than the place; zero is free.
    table: Vec<u32>,
    /// Differs from search to search: nobody can write patterns whose states collide.
    seed: u64,
}

impl Seen {
    /// Only the state that a search starts from.
    pub(super) fn from(start: &[u64]) -> Self {
        let mut seen = Seen {
            width: start.len(),
            words: Vec::new(),
            trail: Vec::new(),
            table: vec![0; 64],
            seed: RandomState::new().hash_one(start),
        };
        seen.add(start, (0, ' '));
        seen
    }

    /// Reads a state into `state`; false when there is none at this place.
    pub(super) fn copy(&self, at: usize, state: &mut [u64]) -> bool {
        let found = self.state(at);
        if let Some(found) = found {
            state.copy_from_slice(found);
        }
        found.is_some()
    }

    /// Adds a state unless it is known.
    pub(super) fn add(&mut self, state: &[u64], step: Step) {
        let Err(free) = self.look_up(state) else { return };
        // Every budget ends long before places do not fit.
        let place = self.trail.len();
        let (Some(slot), Ok(entry)) = (self.table.get_mut(free), u32::try_from(place + 1)) else {
            return;
        };
        *slot = entry;
        self.words.extend_from_slice(state);
        self.trail.push(step);
        if place * 2 > self.table.len() {
            self.grow();
        }
    }

    /// The letters that led to a state.
    pub(super) fn spell(&self, mut at: usize) -> String {
        let mut letters = Vec::new();
        while let Some((before, letter)) = self.trail.get(at).filter(|_| at != 0) {
            letters.push(*letter);
            at = *before;
        }
        letters.iter().rev().collect()
    }

    fn state(&self, at: usize) -> Option<&[u64]> {
        self.words.get(at * self.width..(at + 1) * self.width)
    }

    /// Where the state is in the table, or else where it belongs.
    fn look_up(&self, state: &[u64]) -> Result<usize, usize> {
        let mask = self.table.len() - 1;
        let digest = state.iter().fold(self.seed, |digest, word| {
            (digest ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
        });
        let mut at = usize::try_from(digest >> 20).unwrap_or_default() & mask;
        while let Some(place) = self.table.get(at).copied().filter(|place| *place != 0) {
            if usize::try_from(place - 1).is_ok_and(|place| self.state(place) == Some(state)) {
                return Ok(at);
            }
            at = (at + 1) & mask;
        }
        Err(at)
    }

    fn grow(&mut self) {
        self.table = vec![0; self.table.len() * 4];
        for (place, state) in (1_u32..).zip(self.words.chunks_exact(self.width)) {
            if let Err(free) = self.look_up(state)
                && let Some(slot) = self.table.get_mut(free)
            {
                *slot = place;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_kept_once_and_in_order() {
        let mut seen = Seen::from(&[0, 0]);
        for round in 0..2 {
            for number in 0..3_000_u64 {
                seen.add(&[number % 50, number / 50], (0, 'a'));
                assert!(round == 0 || seen.trail.len() == 3_000, "{number}");
            }
        }
        let mut state = [0, 0];
        for number in 0..3_000 {
            assert!(seen.copy(number, &mut state));
            assert_eq!(state, [number as u64 % 50, number as u64 / 50]);
        }
        assert!(!seen.copy(3_000, &mut state));
    }

    #[test]
    fn letters_are_spelled_from_the_start() {
        let mut seen = Seen::from(&[1]);
        seen.add(&[2], (0, 'a'));
        seen.add(&[3], (0, 'x'));
        seen.add(&[4], (1, 'b'));
        assert_eq!([seen.spell(0), seen.spell(2), seen.spell(3)], ["", "x", "ab"]);
    }
}
