//! Does this text follow that pattern? By comparison, without automata: most questions are about one text.

use super::{Class, Token, fold};

/// Whether a text follows a glob in which `*` and `?` run over everything.
pub(crate) fn glob_matches(glob: &str, text: &str) -> bool {
    if glob.is_ascii() && text.is_ascii() {
        return compare_ascii(glob.as_bytes(), text.as_bytes(), |own, letter| own == letter);
    }
    compare(glob, text, |own, letter| own == letter)
}

/// As [`glob_matches`], without regard to case.
pub(crate) fn glob_matches_any_case(glob: &str, text: &str) -> bool {
    if glob.is_ascii() && text.is_ascii() {
        return compare_ascii(glob.as_bytes(), text.as_bytes(), |own, letter| {
            own.eq_ignore_ascii_case(&letter)
        });
    }
    compare(glob, text, |own, letter| own == letter || fold(own) == fold(letter))
}

/// Going back to the last `*` is enough, because it may stand for every text.
fn compare(glob: &str, text: &str, is_same: impl Fn(char, char) -> bool) -> bool {
    let (mut pattern, mut rest) = (glob.chars(), text.chars());
    let mut retry = None;
    loop {
        let (mut after, mut behind) = (pattern.clone(), rest.clone());
        match (after.next(), behind.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                retry = Some((after.clone(), rest.clone()));
                pattern = after;
            }
            (Some(own), Some(letter)) if own == '?' || is_same(own, letter) => (pattern, rest) = (after, behind),
            _ => {
                let Some((star, from)) = &mut retry else {
                    return false;
                };
                if from.next().is_none() {
                    return false;
                }
                (pattern, rest) = (star.clone(), from.clone());
            }
        }
    }
}

/// As [`compare`], where every letter is a byte.
fn compare_ascii(glob: &[u8], text: &[u8], is_same: impl Fn(u8, u8) -> bool) -> bool {
    let (mut at, mut read) = (0, 0);
    let mut retry = None;
    loop {
        match (glob.get(at), text.get(read)) {
            (None, None) => return true,
            (Some(b'*'), _) => {
                at += 1;
                retry = Some((at, read));
            }
            (Some(own), Some(letter)) if *own == b'?' || is_same(*own, *letter) => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((star, from)) = &mut retry else {
                    return false;
                };
                if *from == text.len() {
                    return false;
                }
                *from += 1;
                (at, read) = (*star, *from);
            }
        }
    }
}

/// Whether a text follows the tokens.
pub(super) fn accepts(tokens: &[Token], text: &str) -> bool {
    let mut letters = text.chars();
    let mut at = 0;
    while let Some(Token::One(class)) = tokens.get(at) {
        if !letters.next().is_some_and(|letter| class.has(letter)) {
            return false;
        }
        at += 1;
    }
    let mut walk = Walk::from(tokens, at);
    for letter in letters {
        if walk.covers_the_rest() {
            return true;
        }
        walk.step(|class| class.has(letter));
        if walk.is_lost() {
            return false;
        }
    }
    walk.may_end()
}

/// The places in a row of tokens where one may be after reading so much.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    tokens: &'a [Token],
    /// In ascending order.
    places: Vec<usize>,
    left: Vec<usize>,
}

impl<'a> Walk<'a> {
    pub(super) fn from(tokens: &'a [Token], at: usize) -> Self {
        let mut walk = Walk {
            tokens,
            places: Vec::with_capacity(4),
            left: Vec::with_capacity(4),
        };
        walk.enter(at);
        walk
    }

    /// Arrives at a place; a repetition may also be left without consuming. Places come in ascending order, so one that
    /// is not beyond the last is there already.
    fn enter(&mut self, mut at: usize) {
        loop {
            if self.places.last().is_none_or(|last| *last < at) {
                self.places.push(at);
            }
            if !matches!(self.tokens.get(at), Some(Token::Many(_))) {
                return;
            }
            at += 1;
        }
    }

    fn leave(&mut self) -> Vec<usize> {
        self.left.clear();
        std::mem::swap(&mut self.places, &mut self.left);
        std::mem::take(&mut self.left)
    }

    /// Goes on by one letter, which the classes picked out take.
    pub(super) fn step(&mut self, takes: impl Fn(Class) -> bool) {
        let left = self.leave();
        for at in &left {
            match self.tokens.get(*at) {
                Some(Token::One(class)) if takes(*class) => self.enter(at + 1),
                Some(Token::Many(class)) if takes(*class) => self.enter(*at),
                _ => {}
            }
        }
        self.left = left;
    }

    /// Stays where any number of letters, which the classes picked out take, changes nothing.
    pub(super) fn linger(&mut self, takes: impl Fn(Class) -> bool) {
        let left = self.leave();
        for at in &left {
            if matches!(self.tokens.get(*at), Some(Token::Many(class)) if takes(*class)) {
                self.enter(*at);
            }
        }
        self.left = left;
    }

    pub(super) fn is_lost(&self) -> bool {
        self.places.is_empty()
    }

    pub(super) fn may_end(&self) -> bool {
        self.places.last() == Some(&self.tokens.len())
    }

    /// Whether every continuation is accepted.
    pub(super) fn covers_the_rest(&self) -> bool {
        self.may_end() && self.tokens.last() == Some(&Token::Many(Class::Any))
    }
}
