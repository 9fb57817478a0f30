//! Does this text follow that pattern? By comparison, without automata: most questions are about one text.

use super::shape::first_field;
use super::{Class, Token, fold};

/// Whether a text follows a glob in which `*` and `?` run over everything.
pub(crate) fn glob_matches(glob: &str, text: &str) -> bool {
    if ends_otherwise(glob, text, |own, letter| own == letter) {
        return false;
    }
    if glob.is_ascii() && text.is_ascii() {
        let (plain, glob) = until_wildcard(glob.as_bytes());
        let split = text.as_bytes().split_at_checked(plain.len());
        return split.is_some_and(|(own, rest)| own == plain && compare_ascii(glob, rest, |own, letter| own == letter));
    }
    compare(glob, text, |own, letter| own == letter)
}

/// As [`glob_matches`], without regard to case.
pub(crate) fn glob_matches_any_case(glob: &str, text: &str) -> bool {
    if ends_otherwise(glob, text, |own, letter| own.eq_ignore_ascii_case(&letter)) {
        return false;
    }
    if glob.is_ascii() && text.is_ascii() {
        let (plain, glob) = until_wildcard(glob.as_bytes());
        let split = text.as_bytes().split_at_checked(plain.len());
        return split.is_some_and(|(own, rest)| {
            own.eq_ignore_ascii_case(plain)
                && compare_ascii(glob, rest, |own, letter| own.eq_ignore_ascii_case(&letter))
        });
    }
    compare(glob, text, |own, letter| own == letter || fold(own) == fold(letter))
}

/// Whether glob and text begin or end with another letter of ASCII: that tells nearly all apart that do not match. Names of
/// one service begin alike, and mostly end in other letters.
fn ends_otherwise(glob: &str, text: &str, is_same: impl Fn(u8, u8) -> bool) -> bool {
    let differ = |own: Option<&u8>, letter: Option<&u8>| {
        own.zip(letter).is_some_and(|(own, letter)| {
            own.is_ascii() && letter.is_ascii() && !matches!(own, b'*' | b'?') && !is_same(*own, *letter)
        })
    };
    let (glob, text) = (glob.as_bytes(), text.as_bytes());
    differ(glob.last(), text.last()) || differ(glob.first(), text.first())
}

/// What stands before the first wildcard, and the rest: most globs have one at their end, or none.
fn until_wildcard(glob: &[u8]) -> (&[u8], &[u8]) {
    let wildcard = glob.iter().position(|byte| matches!(byte, b'*' | b'?'));
    glob.split_at(wildcard.unwrap_or(glob.len()))
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
    let Some((mut tokens, mut text)) = without_ends(tokens, text) else {
        return false;
    };
    // Of a row with several repetitions, none that takes a colon before the first one, each field is for itself.
    while let Some((field, rest)) = first_field(tokens) {
        let Some((before, behind)) = text.split_once(':') else {
            return false;
        };
        if !accepts_field(field, before) {
            return false;
        }
        (tokens, text) = (rest, behind);
    }
    accepts_field(tokens, text)
}

/// What is left when the tokens before the first repetition and those behind the last one have taken their letters;
/// nothing if they are others. Most texts are told from a pattern by that.
fn without_ends<'t>(tokens: &'t [Token], text: &'t str) -> Option<(&'t [Token], &'t str)> {
    let (mut tokens, mut letters) = (tokens, text.chars());
    while let Some((Token::One(class), rest)) = tokens.split_first() {
        letters.next().filter(|letter| class.has(*letter))?;
        tokens = rest;
    }
    while let Some((Token::One(class), rest)) = tokens.split_last() {
        letters.next_back().filter(|letter| class.has(*letter))?;
        tokens = rest;
    }
    Some((tokens, letters.as_str()))
}

fn accepts_field(tokens: &[Token], text: &str) -> bool {
    let Some((tokens, text)) = without_ends(tokens, text) else {
        return false;
    };
    match tokens {
        [] => text.is_empty(),
        [Token::Many(class)] => *class == Class::Any || text.chars().all(|letter| class.has(letter)),
        _ if takes_all(tokens, || !text.contains(':')) => follows(tokens, text.chars(), Class::has),
        _ => {
            let mut walk = Walk::from(tokens, 0);
            for letter in text.chars() {
                walk.step(|class| class.has(letter));
                if walk.is_lost() {
                    return false;
                }
            }
            walk.may_end()
        }
    }
}

/// Whether each repetition takes whatever there is to take, given whether there is no colon.
pub(super) fn takes_all(tokens: &[Token], has_no_colon: impl Fn() -> bool) -> bool {
    let is_within_fields = |token: &Token| matches!(token, Token::Many(Class::NoColon));
    let takes = |token: &Token| matches!(token, Token::One(_) | Token::Many(Class::Any | Class::NoColon));
    tokens.iter().all(takes) && (!tokens.iter().any(is_within_fields) || has_no_colon())
}

/// Whether letters follow tokens whose repetitions take every letter: so going back to the last one is enough.
pub(super) fn follows<L>(tokens: &[Token], mut letters: L, takes: impl Fn(Class, L::Item) -> bool) -> bool
where
    L: Iterator<Item: Copy> + Clone,
{
    let mut rest = tokens;
    let mut retry: Option<(&[Token], L)> = None;
    loop {
        let mut behind = letters.clone();
        match (rest.split_first(), behind.next()) {
            (None, None) | (Some((Token::Many(_), [])), _) => return true,
            (Some((Token::Many(_), after)), _) => {
                retry = Some((after, letters.clone()));
                rest = after;
            }
            (Some((Token::One(class), after)), Some(letter)) if takes(*class, letter) => {
                (rest, letters) = (after, behind);
            }
            _ => {
                let Some((after, from)) = &mut retry else {
                    return false;
                };
                if from.next().is_none() {
                    return false;
                }
                (rest, letters) = (*after, from.clone());
            }
        }
    }
}

/// The places in a row of tokens where one may be after reading so much.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    tokens: &'a [Token],
    places: Places,
}

/// Places in ascending order. Nearly all rows are short: walking along them allocates nothing.
#[derive(Debug)]
enum Places {
    /// One bit for each.
    Bits(u128),
    Listed(Vec<usize>),
}

impl<'a> Walk<'a> {
    pub(super) fn from(tokens: &'a [Token], at: usize) -> Self {
        // One may also be behind the last token.
        let mut places = if tokens.len() < 128 {
            Places::Bits(0)
        } else {
            Places::Listed(Vec::new())
        };
        places.enter(tokens, at);
        Walk { tokens, places }
    }

    /// Goes from each place to the one that its token leads to, if any.
    fn go(&mut self, next: impl Fn(usize, Token) -> Option<usize>) {
        let tokens = self.tokens;
        let next = |at: usize| tokens.get(at).and_then(|token| next(at, *token));
        match &mut self.places {
            Places::Bits(bits) => {
                let (mut left, mut entered) = (*bits, Places::Bits(0));
                while left != 0 {
                    if let Some(at) = next(left.trailing_zeros() as usize) {
                        entered.enter(tokens, at);
                    }
                    left &= left - 1;
                }
                self.places = entered;
            }
            Places::Listed(places) => {
                let mut entered = Places::Listed(Vec::with_capacity(places.len() + 1));
                for at in places.iter().filter_map(|at| next(*at)) {
                    entered.enter(tokens, at);
                }
                self.places = entered;
            }
        }
    }

    /// Goes on by one letter, which the classes picked out take.
    pub(super) fn step(&mut self, takes: impl Fn(Class) -> bool) {
        self.go(|at, token| match token {
            Token::One(class) if takes(class) => Some(at + 1),
            Token::Many(class) if takes(class) => Some(at),
            Token::One(_) | Token::Many(_) => None,
        });
    }

    /// Stays where any number of letters, which the classes picked out take, changes nothing.
    pub(super) fn linger(&mut self, takes: impl Fn(Class) -> bool) {
        self.go(|at, token| matches!(token, Token::Many(class) if takes(class)).then_some(at));
    }

    pub(super) fn is_lost(&self) -> bool {
        match &self.places {
            Places::Bits(bits) => *bits == 0,
            Places::Listed(places) => places.is_empty(),
        }
    }

    pub(super) fn may_end(&self) -> bool {
        let end = self.tokens.len();
        match &self.places {
            Places::Bits(bits) => bits >> end & 1 == 1,
            Places::Listed(places) => places.last() == Some(&end),
        }
    }
}

impl Places {
    /// Arrives at a place; a repetition may also be left without consuming. Places come in ascending order, so one that
    /// is not beyond the last is there already.
    fn enter(&mut self, tokens: &[Token], mut at: usize) {
        loop {
            match self {
                Places::Bits(bits) => *bits |= 1 << at,
                Places::Listed(places) => {
                    if places.last().is_none_or(|last| *last < at) {
                        places.push(at);
                    }
                }
            }
            if !matches!(tokens.get(at), Some(Token::Many(_))) {
                return;
            }
            at += 1;
        }
    }
}
