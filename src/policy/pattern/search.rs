//! Which is the first string of a language? Breadth-first over the product of the patterns' automata, positions as bit
//! sets, so that the first answer is a shortest one.

use super::alphabet::kind;
use super::language::{Budget, Core, Found};
use super::seen::Seen;
use super::{Class, Pattern, Token};

/// A set of positions.
type Bits = Vec<u64>;

struct Letter {
    own: char,
    /// Its kind, as one bit.
    kind: u8,
}

/// What one letter does.
#[derive(Clone, Copy)]
struct Row<'m> {
    /// Positions that take it and are left.
    steps: &'m [u64],
    /// Positions that take it and are kept.
    stays: &'m [u64],
    /// Positions that name it.
    named: &'m [u64],
}

/// The patterns laid out one after the other, each with its end, as positions.
pub(super) struct Machine {
    letters: Vec<Letter>,
    /// Three sets for each letter, see [`Row`].
    rows: Bits,
    start: Bits,
    /// Repetitions, which may be left without consuming.
    many: Bits,
    /// Where a refused pattern accepts, and where it accepts whatever follows.
    refused: Bits,
    sinks: Bits,
    /// For each group the positions of its patterns, and their ends.
    groups: Vec<(Bits, Bits)>,
}

impl Machine {
    pub(super) fn new(core: &Core<'_>, letters: &[char]) -> Self {
        let all = core.groups.iter().flatten().chain(&core.refused);
        let size = all.map(|pattern| pattern.tokens().len() + 1).sum::<usize>();
        let width = size / 64 + 1;
        let none = || vec![0; width];
        let letter = |own: &char| Letter {
            own: *own,
            kind: bit_of(kind(*own)),
        };
        let mut machine = Machine {
            letters: letters.iter().map(letter).collect(),
            rows: vec![0; width * 3 * letters.len()],
            start: none(),
            many: none(),
            refused: none(),
            sinks: none(),
            groups: core.groups.iter().map(|_| (none(), none())).collect(),
        };
        let mut at = 0;
        for (group, patterns) in core.groups.iter().enumerate() {
            for pattern in patterns {
                let end = machine.lay(pattern, at);
                if let Some((inside, ends)) = machine.groups.get_mut(group) {
                    (at..=end).for_each(|position| set(inside, position));
                    set(ends, end);
                }
                at = end + 1;
            }
        }
        for pattern in &core.refused {
            let end = machine.lay(pattern, at);
            set(&mut machine.refused, end);
            if pattern.tokens().last() == Some(&Token::Many(Class::Any)) {
                set(&mut machine.sinks, end);
            }
            at = end + 1;
        }
        close(&machine.many, &mut machine.start);
        machine
    }

    /// Places a pattern from a position on; returns the position of its end.
    fn lay(&mut self, pattern: &Pattern, from: usize) -> usize {
        let width = self.start.len();
        set(&mut self.start, from);
        for (offset, token) in pattern.tokens().iter().enumerate() {
            let (Token::One(class) | Token::Many(class)) = token;
            let at = from + offset;
            let is_many = matches!(token, Token::Many(_));
            if is_many {
                set(&mut self.many, at);
            }
            // Nearly all tokens are one letter, and no letter is there twice.
            let (skipped, most) = match class {
                Class::Exactly(only) => (self.letters.iter().position(|letter| letter.own == *only), 1),
                _ => (Some(0), self.letters.len()),
            };
            let Some(skipped) = skipped else { continue };
            let rows = self.letters.iter().zip(self.rows.chunks_exact_mut(3 * width));
            let rows = rows.skip(skipped).take(most);
            for (letter, row) in rows.filter(|(letter, _)| class.has(letter.own)) {
                set(row, at + 64 * if is_many { width } else { 0 });
                if class.names(letter.own) {
                    set(row, at + 64 * 2 * width);
                }
            }
        }
        from + pattern.tokens().len()
    }

    pub(super) fn find(&self, budget: &mut Budget) -> Found {
        let cost = 1 + self.start.len();
        if self.is_dead(&self.start) {
            return Found::Nothing;
        }
        let mut seen = Seen::from(&self.start);
        let (mut state, mut next) = (self.start.clone(), self.start.clone());
        let mut at = 0;
        while seen.copy(at, &mut state) {
            if self.accepts(&state) {
                return Found::Word(seen.spell(at));
            }
            if !budget.spend(cost * self.letters.len() / 8) {
                return Found::GaveUp;
            }
            for (letter, row) in self.promising(&state) {
                if !budget.spend(cost) {
                    return Found::GaveUp;
                }
                self.step(&state, row, &mut next);
                if !self.is_dead(&next) {
                    seen.add(&next, (at, letter));
                }
            }
            at += 1;
        }
        Found::Nothing
    }

    fn rows(&self) -> impl Iterator<Item = (&Letter, Row<'_>)> {
        let width = self.start.len();
        let rows = self.rows.chunks_exact(3 * width).map(move |row| {
            let (steps, row) = row.split_at(width);
            let (stays, named) = row.split_at(width);
            Row { steps, stays, named }
        });
        self.letters.iter().zip(rows)
    }

    /// The letters worth trying in a state: every group goes on with them, and they are named here or the first of
    /// their kind that is not.
    fn promising<'m>(&'m self, state: &'m [u64]) -> impl Iterator<Item = (char, Row<'m>)> {
        let mut kinds = 0;
        let worth = self.rows().filter(move |(letter, row)| {
            if !meet(state, row.named) {
                if kinds & letter.kind != 0 {
                    return false;
                }
                kinds |= letter.kind;
            }
            let goes_on = |(inside, _): &(Bits, Bits)| {
                let moves = row.steps.iter().zip(row.stays).zip(inside).zip(state);
                moves.fold(0, |all, (((step, stay), inside), state)| {
                    all | ((step | stay) & inside & state)
                }) != 0
            };
            self.groups.iter().all(goes_on)
        });
        worth.map(|(letter, row)| (letter.own, row))
    }

    fn step(&self, state: &[u64], row: Row<'_>, next: &mut [u64]) {
        let mut carry = 0;
        let words = state.iter().zip(row.steps).zip(row.stays);
        for (next, ((state, steps), stays)) in next.iter_mut().zip(words) {
            let moved = state & steps;
            *next = (moved << 1) | carry | (state & stays);
            carry = moved >> 63;
        }
        close(&self.many, next);
    }

    fn accepts(&self, state: &[u64]) -> bool {
        !meet(state, &self.refused) && self.groups.iter().all(|(_, ends)| meet(state, ends))
    }

    fn is_dead(&self, state: &[u64]) -> bool {
        meet(state, &self.sinks) || !self.groups.iter().all(|(inside, _)| meet(state, inside))
    }
}

/// Adds the positions that are reached by leaving repetitions.
fn close(many: &[u64], state: &mut [u64]) {
    loop {
        let (mut carry, mut grown) = (0, 0);
        for (word, many) in state.iter_mut().zip(many) {
            let left = *word & many;
            let more = *word | (left << 1) | carry;
            carry = left >> 63;
            grown |= more ^ *word;
            *word = more;
        }
        if grown == 0 {
            return;
        }
    }
}

fn meet(one: &[u64], two: &[u64]) -> bool {
    one.iter().zip(two).fold(0, |all, (one, two)| all | (one & two)) != 0
}

fn set(bits: &mut [u64], at: usize) {
    if let Some(word) = bits.get_mut(at / 64) {
        *word |= 1 << (at % 64);
    }
}

fn bit_of(kind: char) -> u8 {
    let kinds = ['a', '0', ':', '/', '-', '*', '?'];
    1 << kinds.iter().position(|other| *other == kind).unwrap_or(kinds.len())
}
