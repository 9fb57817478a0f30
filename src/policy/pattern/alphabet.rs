//! Which letters have to be tried? Letters that no pattern tells apart lead to the same place, so one stands for all.

use super::{Class, Pattern, Token};
use std::collections::BTreeSet;

/// Letters that patterns name; nearly all are ASCII.
struct Named {
    /// A bit for each letter.
    ascii: u128,
    others: BTreeSet<char>,
}

impl Named {
    fn add(&mut self, letter: char) {
        if letter.is_ascii() {
            self.ascii |= 1 << u32::from(letter);
        } else {
            self.others.insert(letter);
        }
    }

    fn has(&self, letter: char) -> bool {
        if letter.is_ascii() {
            self.ascii >> u32::from(letter) & 1 == 1
        } else {
            self.others.contains(&letter)
        }
    }

    /// In ascending order.
    fn letters(&self) -> impl Iterator<Item = char> {
        let mut left = self.ascii;
        let ascii = std::iter::from_fn(move || {
            let letter = u8::try_from(left.trailing_zeros()).ok().filter(u8::is_ascii)?;
            left &= left - 1;
            Some(char::from(letter))
        });
        ascii.chain(self.others.iter().copied())
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
        ascii: 0,
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
    strangers.into_iter().flatten().chain(named.letters()).collect()
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
