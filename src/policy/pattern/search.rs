//! Which is the first string of a language? Breadth-first over the product of the patterns' automata, positions as bit
//! sets, so that the first answer is a shortest one.

use super::alphabet::kind;
use super::language::{Budget, Core, Found};
use super::seen::Seen;
use super::{Class, Token};

/// A set of positions.
type Bits = Vec<u64>;

/// The places of letters in a row of them; nearly all are ASCII.
struct Places<'l> {
    letters: &'l [char],
    ascii: [Option<usize>; 128],
}

impl<'l> Places<'l> {
    fn of(letters: &'l [char]) -> Self {
        let mut ascii = [None; 128];
        for (place, letter) in letters.iter().enumerate() {
            if let Some(slot) = ascii.get_mut(*letter as usize) {
                *slot = Some(place);
            }
        }
        Places { letters, ascii }
    }

    fn get(&self, letter: char) -> Option<usize> {
        let ascii = self.ascii.get(letter as usize).copied();
        ascii.unwrap_or_else(|| self.letters.iter().position(|own| *own == letter))
    }
}

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
    /// For each position the place of the only letter that it takes, if there is just one.
    only: Vec<Option<usize>>,
    /// Positions that take several letters.
    open: Bits,
    /// Where a refused pattern accepts, and where it accepts whatever follows.
    refused: Bits,
    sinks: Bits,
    /// For each group the positions of its patterns, and their ends.
    groups: Vec<(Bits, Bits)>,
}

impl Machine {
    pub(super) fn new(core: &Core<'_>, letters: &[char]) -> Self {
        let all = core.groups.iter().flatten().chain(&core.refused);
        let size = all.map(|tokens| tokens.len() + 1).sum::<usize>();
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
            only: vec![None; size],
            open: none(),
            refused: none(),
            sinks: none(),
            groups: core.groups.iter().map(|_| (none(), none())).collect(),
        };
        let places = Places::of(letters);
        let mut at = 0;
        for (group, patterns) in core.groups.iter().enumerate() {
            for tokens in patterns {
                let end = machine.lay(tokens, at, &places);
                if let Some((inside, ends)) = machine.groups.get_mut(group) {
                    (at..=end).for_each(|position| set(inside, position));
                    set(ends, end);
                }
                at = end + 1;
            }
        }
        for tokens in &core.refused {
            let end = machine.lay(tokens, at, &places);
            set(&mut machine.refused, end);
            if tokens.last() == Some(&Token::Many(Class::Any)) {
                set(&mut machine.sinks, end);
            }
            at = end + 1;
        }
        close(&machine.many, &mut machine.start);
        machine
    }

    /// Places a pattern from a position on; returns the position of its end.
    fn lay(&mut self, tokens: &[Token], from: usize, places: &Places<'_>) -> usize {
        let width = self.start.len();
        set(&mut self.start, from);
        for (offset, token) in tokens.iter().enumerate() {
            let (Token::One(class) | Token::Many(class)) = token;
            let at = from + offset;
            let is_many = matches!(token, Token::Many(_));
            if is_many {
                set(&mut self.many, at);
            }
            // Nearly all tokens are one letter.
            let (skipped, most) = match class {
                Class::Exactly(only) => (places.get(*only), 1),
                _ => (Some(0), self.letters.len()),
            };
            match self.only.get_mut(at) {
                Some(only) if most == 1 && !is_many => *only = skipped,
                _ => set(&mut self.open, at),
            }
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
        from + tokens.len()
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

    /// The letters from a place on, and what they do.
    fn rows(&self, from: usize) -> impl Iterator<Item = (&Letter, Row<'_>)> {
        let width = self.start.len();
        let rows = self.rows.chunks_exact(3 * width).skip(from).map(move |row| {
            let (steps, row) = row.split_at(width);
            let (stays, named) = row.split_at(width);
            Row { steps, stays, named }
        });
        self.letters.get(from..).unwrap_or_default().iter().zip(rows)
    }

    /// The place of the only letter with which some group goes on, if there is just one: nearly always so where a
    /// pattern names its letters.
    fn forced(&self, state: &[u64]) -> Option<usize> {
        self.groups.iter().find_map(|(inside, _)| {
            let mut forced = None;
            for (word, ((state, inside), open)) in state.iter().zip(inside).zip(&self.open).enumerate() {
                let mut left = state & inside;
                if left & open != 0 {
                    return None;
                }
                while left != 0 {
                    let at = 64 * word + left.trailing_zeros() as usize;
                    left &= left - 1;
                    // The end of a pattern takes no letter.
                    let Some(only) = self.only.get(at).copied().flatten() else {
                        continue;
                    };
                    if forced.is_some_and(|forced| forced != only) {
                        return None;
                    }
                    forced = Some(only);
                }
            }
            forced
        })
    }

    /// The letters worth trying in a state: every group goes on with them, and they are named here or the first of
    /// their kind that is not.
    fn promising<'m>(&'m self, state: &'m [u64]) -> impl Iterator<Item = (char, Row<'m>)> {
        let mut kinds = 0;
        let (from, most) = self.forced(state).map_or((0, usize::MAX), |only| (only, 1));
        let worth = self.rows(from).take(most).filter(move |(letter, row)| {
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
