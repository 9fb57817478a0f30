//! Which is the first string of a language? Breadth-first over the product of the patterns' automata, positions as bit
//! sets, so that the first answer is a shortest one.

use super::alphabet::kind;
use super::language::{Budget, Core, Found};
use super::{Class, Pattern, Token};
use std::collections::{HashSet, VecDeque};
use std::rc::Rc;

/// A set of positions.
type Bits = Vec<u64>;

/// What one letter does.
struct Letter {
    own: char,
    /// Positions that take it and are left.
    steps: Bits,
    /// Positions that take it and are kept.
    stays: Bits,
    /// Positions that name it.
    named: Bits,
}

/// The patterns laid out one after the other, each with its end, as positions.
pub(super) struct Machine {
    letters: Vec<Letter>,
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
    pub(super) fn new(core: &Core<'_>, letters: Vec<char>) -> Self {
        let all = core.groups.iter().flatten().chain(&core.refused);
        let size = all.map(|pattern| pattern.tokens().len() + 1).sum::<usize>();
        let none = || vec![0; size / 64 + 1];
        let letter = |own| Letter {
            own,
            steps: none(),
            stays: none(),
            named: none(),
        };
        let mut machine = Machine {
            letters: letters.into_iter().map(letter).collect(),
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
        set(&mut self.start, from);
        for (offset, token) in pattern.tokens().iter().enumerate() {
            let (Token::One(class) | Token::Many(class)) = token;
            let at = from + offset;
            let is_many = matches!(token, Token::Many(_));
            if is_many {
                set(&mut self.many, at);
            }
            for row in self.letters.iter_mut().filter(|row| class.has(row.own)) {
                set(if is_many { &mut row.stays } else { &mut row.steps }, at);
                if class.names(row.own) {
                    set(&mut row.named, at);
                }
            }
        }
        from + pattern.tokens().len()
    }

    pub(super) fn find(&self, budget: &mut Budget) -> Found {
        let cost = 1 + self.start.len();
        let start = Rc::new(self.start.clone());
        if self.is_dead(&start) {
            return Found::Nothing;
        }
        let mut seen = HashSet::from([Rc::clone(&start)]);
        let mut trail = vec![(0_usize, ' ')];
        let mut queue = VecDeque::from([(start, 0_usize)]);
        while let Some((state, at)) = queue.pop_front() {
            if self.accepts(&state) {
                return Found::Word(spell(&trail, at));
            }
            if !budget.spend(cost * self.letters.len() / 8) {
                return Found::GaveUp;
            }
            for letter in self.promising(&state) {
                if !budget.spend(cost) {
                    return Found::GaveUp;
                }
                let next = Rc::new(self.step(&state, letter));
                if !self.is_dead(&next) && seen.insert(Rc::clone(&next)) {
                    trail.push((at, letter.own));
                    queue.push_back((next, trail.len() - 1));
                }
            }
        }
        Found::Nothing
    }

    /// The letters worth trying in a state: every group goes on with them, and they are named here or the first of
    /// their kind that is not.
    fn promising<'m>(&'m self, state: &'m Bits) -> impl Iterator<Item = &'m Letter> {
        let mut kinds: Vec<char> = Vec::new();
        self.letters.iter().filter(move |row| {
            if !meet(state, &row.named) {
                let kind = kind(row.own);
                if kinds.contains(&kind) {
                    return false;
                }
                kinds.push(kind);
            }
            let goes_on = |(inside, _): &(Bits, Bits)| {
                let moves = row.steps.iter().zip(&row.stays).zip(inside);
                moves
                    .zip(state)
                    .any(|(((step, stay), inside), state)| (step | stay) & inside & state != 0)
            };
            self.groups.iter().all(goes_on)
        })
    }

    fn step(&self, state: &Bits, row: &Letter) -> Bits {
        let mut carry = 0;
        let words = state.iter().zip(&row.steps).zip(&row.stays);
        let mut next: Bits = words
            .map(|((state, steps), stays)| {
                let moved = state & steps;
                let word = (moved << 1) | carry | (state & stays);
                carry = moved >> 63;
                word
            })
            .collect();
        close(&self.many, &mut next);
        next
    }

    fn accepts(&self, state: &Bits) -> bool {
        !meet(state, &self.refused) && self.groups.iter().all(|(_, ends)| meet(state, ends))
    }

    fn is_dead(&self, state: &Bits) -> bool {
        meet(state, &self.sinks) || !self.groups.iter().all(|(inside, _)| meet(state, inside))
    }
}

/// Adds the positions that are reached by leaving repetitions.
fn close(many: &Bits, state: &mut Bits) {
    loop {
        let (mut carry, mut grown) = (0, false);
        for (word, many) in state.iter_mut().zip(many) {
            let left = *word & many;
            let more = *word | (left << 1) | carry;
            carry = left >> 63;
            grown |= more != *word;
            *word = more;
        }
        if !grown {
            return;
        }
    }
}

fn meet(one: &Bits, two: &Bits) -> bool {
    one.iter().zip(two).any(|(one, two)| one & two != 0)
}

fn set(bits: &mut Bits, at: usize) {
    if let Some(word) = bits.get_mut(at / 64) {
        *word |= 1 << (at % 64);
    }
}

fn spell(trail: &[(usize, char)], mut at: usize) -> String {
    let mut letters = Vec::new();
    while let Some((before, letter)) = trail.get(at).filter(|_| at != 0) {
        letters.push(*letter);
        at = *before;
    }
    letters.iter().rev().collect()
}
