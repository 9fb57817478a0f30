//! Which letters have to be tried? Letters that no pattern tells apart lead to the same place, so one stands for all.

use super::{Class, Pattern, Token};
use std::collections::BTreeSet;

/// Letters that patterns name; nearly all are ASCII.
struct Named {
    /// A bit for each letter, in words of a register.
    ascii: [u64; 2],
    others: BTreeSet<char>,
}

impl Named {
    fn add(&mut self, letter: char) {
        let [low, high] = &mut self.ascii;
        match u32::from(letter) {
            at @ 0..64 => *low |= 1 << at,
            at @ 64..128 => *high |= 1 << (at - 64),
            _ => drop(self.others.insert(letter)),
        }
    }

    fn has(&self, letter: char) -> bool {
        let [low, high] = self.ascii;
        match u32::from(letter) {
            at @ 0..64 => low >> at & 1 == 1,
            at @ 64..128 => high >> (at - 64) & 1 == 1,
            _ => self.others.contains(&letter),
        }
    }

    /// Adds all, in ascending order.
    fn write_to(&self, letters: &mut Vec<char>) {
        letters.reserve(self.ascii.iter().map(|word| word.count_ones() as usize).sum());
        for (word, first) in self.ascii.into_iter().zip([0_u8, 64]) {
            let mut left = word;
            while left != 0 {
                let at = u8::try_from(left.trailing_zeros()).unwrap_or_default();
                letters.push(char::from(first + at));
                left &= left - 1;
            }
        }
        letters.extend(&self.others);
    }
}

impl Class {
    /// Whether the class names the letter, other than by its kind.
    pub(super) fn names(self, letter: char) -> bool {
        matches!(self, Class::Exactly(_) | Class::Either(_)) && self.has(letter)
    }
}

/// Every letter that some pattern names, and before them one of each kind that none names.
pub(super) fn letters<'a>(patterns: impl Iterator<Item = &'a Pattern>) -> Vec<char> {
    let mut named = Named {
        ascii: [0; 2],
        others: BTreeSet::new(),
    };
    for letter in [':', '/', '-'] {
        named.add(letter);
    }
    for token in patterns.flat_map(Pattern::tokens) {
        let (Token::One(class) | Token::Many(class)) = token;
        match class {
            Class::Exactly(letter) => named.add(*letter),
            Class::Either(letter) => {
                named.add(*letter);
                letter.to_uppercase().for_each(|upper| named.add(upper));
            }
            Class::Any | Class::NoColon | Class::Path | Class::Name | Class::Digit | Class::Lower | Class::Hyphened => {
            }
        }
    }
    let is_fresh = |letter: &char| !named.has(*letter);
    let strangers = [
        ('a'..='z').rev().find(is_fresh),
        ('0'..='9').rev().find(is_fresh),
        ('A'..='Z').rev().chain('\u{e000}'..='\u{f8ff}').find(is_fresh),
    ];
    let mut letters = Vec::with_capacity(64);
    letters.extend(strangers.into_iter().flatten());
    named.write_to(&mut letters);
    letters
}

/// Letters of one kind belong to the same classes, those that name them aside.
pub(super) fn kind(letter: char) -> char {
    match letter {
        'a'..='z' => 'a',
        '0'..='9' => '0',
        ':' | '/' | '-' | '*' | '?' => letter,
        _ => 'A',
    }
}
