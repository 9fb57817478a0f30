//! What do patterns tell by their form alone? Inclusion, disjointness and the least string, without a search; what they
//! leave open is searched for.

use super::matching::{Walk, follows, takes_all};
use super::{Class, Pattern, Token};

impl Class {
    /// The place among the classes that name no letter, each of which is inside the next.
    fn width(self) -> Option<u8> {
        match self {
            Class::Exactly(_) | Class::Either(_) => None,
            Class::Digit => Some(0),
            Class::Lower => Some(1),
            Class::Hyphened => Some(2),
            Class::Name => Some(3),
            Class::Path => Some(4),
            Class::NoColon => Some(5),
            Class::Any => Some(6),
        }
    }

    /// Whether surely every letter of the other is in this one.
    fn includes(self, other: Class) -> bool {
        match (self, other) {
            // Most classes are single letters.
            (Class::Exactly(own), Class::Exactly(letter)) | (Class::Either(own), Class::Either(letter)) => {
                own == letter
            }
            (own, Class::Exactly(letter)) => own.has(letter),
            (Class::NoColon | Class::Path | Class::Name, Class::Either(letter)) => self.has(letter),
            (own, Class::Either(_)) => own == Class::Any,
            (own, other) => own.width().zip(other.width()).is_some_and(|(own, other)| own >= other),
        }
    }

    /// Whether surely no letter is in both.
    fn excludes(self, other: Class) -> bool {
        match (self, other) {
            (Class::Exactly(one), Class::Exactly(two)) | (Class::Either(one), Class::Either(two)) => one != two,
            (Class::Exactly(letter), class) | (class, Class::Exactly(letter)) => !class.has(letter),
            _ => false,
        }
    }
}

impl Pattern {
    /// Whether surely every string that follows this pattern follows the other.
    pub(super) fn is_within(&self, other: &Pattern) -> bool {
        let (own, others) = (self.tokens(), other.tokens());
        // Every string has to come to the other's end, too: one letter there takes one letter here.
        for (last, wider) in own.iter().rev().zip(others.iter().rev()) {
            match (last, wider) {
                (Token::One(class), Token::One(wider)) if wider.includes(*class) => {}
                (_, Token::One(_)) => return false,
                (_, Token::Many(_)) => break,
            }
        }
        // As long as neither comes to a repetition, there is only one place to be.
        let mut at = 0;
        while let (Some(Token::One(class)), Some(Token::One(wider))) = (own.get(at), others.get(at)) {
            if !wider.includes(*class) {
                return false;
            }
            at += 1;
        }
        let (mut own, mut others) = (own.get(at..).unwrap_or_default(), others.get(at..).unwrap_or_default());
        // Where a colon is behind the field on both sides, it takes the one to come to the other.
        while let Some(((field, rest), (wider, behind))) = first_field(own).zip(first_field(others)) {
            if !is_row_within(field, wider) {
                return false;
            }
            (own, others) = (rest, behind);
        }
        is_row_within(own, others)
    }

    /// Whether surely no string follows both. As long as both are rows of fields without wildcards that run over a
    /// colon, they are compared field by field.
    pub(super) fn is_apart_from(&self, other: &Pattern) -> bool {
        let (mut own, mut others) = behind_equal_fields(self.tokens(), other.tokens());
        while let Some(((field, rest), (other_field, other_rest))) = first_field(own).zip(first_field(others)) {
            if exclude(field, other_field) {
                return true;
            }
            (own, others) = (rest, other_rest);
        }
        exclude(own, others)
    }
}

/// What is behind the fields that two rows begin with alike, letter by letter: no field excludes itself.
fn behind_equal_fields<'t>(own: &'t [Token], others: &'t [Token]) -> (&'t [Token], &'t [Token]) {
    let mut behind = 0;
    for (at, (token, other)) in own.iter().zip(others).enumerate() {
        match (token, other) {
            (Token::One(Class::Exactly(one)), Token::One(Class::Exactly(two))) if one == two => {
                if *one == ':' {
                    behind = at + 1;
                }
            }
            _ => break,
        }
    }
    (
        own.get(behind..).unwrap_or_default(),
        others.get(behind..).unwrap_or_default(),
    )
}

/// Of the shortest strings that follow the tokens the first in the order of these letters; `None` when some class has none of
/// them.
pub(super) fn least(tokens: &[Token], letters: &[char]) -> Option<String> {
    let ones = tokens.iter().filter_map(|token| match token {
        Token::One(class) => Some(*class),
        Token::Many(_) => None,
    });
    let mut least = String::with_capacity(tokens.len());
    for class in ones {
        least.push(match class {
            Class::Exactly(letter) => letter,
            class => letters.iter().copied().find(|letter| class.has(*letter))?,
        });
    }
    Some(least)
}

/// What stands before the first colon and what after it, if no wildcard before it may stand for a colon.
pub(super) fn first_field(tokens: &[Token]) -> Option<(&[Token], &[Token])> {
    let takes_colon = |token: &Token| {
        let (Token::One(class) | Token::Many(class)) = token;
        class.has(':')
    };
    let (field, rest) = tokens.split_at_checked(tokens.iter().position(takes_colon)?)?;
    let (colon, rest) = rest.split_first()?;
    colon.is_colon().then_some((field, rest))
}

/// Whether surely every string that follows a row of tokens follows the other.
fn is_row_within(own: &[Token], others: &[Token]) -> bool {
    let takes_colon = |(Token::One(class) | Token::Many(class)): &Token| class.has(':');
    let has_no_colon = || !own.iter().any(takes_colon);
    if takes_all(others, has_no_colon) {
        // What is repeated here can only be repeated there: a repetition is no letter that another class has.
        return follows(others, own.iter(), |wider, token| match token {
            Token::One(class) => wider.includes(*class),
            Token::Many(_) => false,
        });
    }
    let mut walk = Walk::from(others, 0);
    for token in own {
        match token {
            Token::One(class) => walk.step(|own| own.includes(*class)),
            Token::Many(class) => walk.linger(|own| own.includes(*class)),
        }
        if walk.is_lost() {
            return false;
        }
    }
    walk.may_end()
}

/// Whether two rows of tokens exclude each other by their beginnings, ends or lengths.
fn exclude(own: &[Token], others: &[Token]) -> bool {
    let is_fixed = |tokens: &[Token]| tokens.iter().all(|token| matches!(token, Token::One(_)));
    differ(own.iter(), others.iter())
        || differ(own.iter().rev(), others.iter().rev())
        || (own.len() != others.len() && is_fixed(own) && is_fixed(others))
}

/// Whether two rows of tokens exclude each other before either comes to a repetition.
fn differ<'a>(own: impl Iterator<Item = &'a Token>, others: impl Iterator<Item = &'a Token>) -> bool {
    for pair in own.zip(others) {
        let (Token::One(one), Token::One(two)) = pair else {
            return false;
        };
        if one.excludes(*two) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::{alphabet, glob_matches, glob_matches_any_case};
    use super::*;
    use proptest::prelude::*;

    fn words() -> Vec<String> {
        let mut all = vec![String::new()];
        for length in 0..5 {
            let last: Vec<String> = all.iter().filter(|word| word.len() == length).cloned().collect();
            all.extend(
                last.iter()
                    .flat_map(|word| ['a', 'b', ':', 'x'].map(|letter| format!("{word}{letter}"))),
            );
        }
        all
    }

    fn pattern(glob: &str, is_by_field: bool) -> Pattern {
        let pattern = Pattern::glob(glob);
        if is_by_field {
            Pattern::new(pattern.tokens().iter().map(|token| token.inside_field()).collect())
        } else {
            pattern
        }
    }

    proptest! {
        #[test]
        fn what_the_form_tells_holds_for_every_word(
            (one, by_field) in ("[ab:*?]{0,4}", any::<bool>()),
            (two, by_field_too) in ("[ab:*?]{0,4}", any::<bool>()),
        ) {
            let (one, two) = (pattern(&one, by_field), pattern(&two, by_field_too));
            for word in words() {
                let follows = [one.matches(&word), two.matches(&word)];
                prop_assert!(!one.is_within(&two) || follows != [true, false], "{word}");
                prop_assert!(!one.is_apart_from(&two) || follows != [true, true], "{word}");
            }
            let least = least(one.tokens(), &alphabet::letters([&one].into_iter())).expect("letters for all");
            let length = words().iter().filter(|word| one.matches(word)).map(String::len).min();
            prop_assert!(one.matches(&least) && length.is_none_or(|length| length == least.len()));
        }

        #[test]
        fn globs_are_compared_alike_with_and_without_tokens(glob in "[aBä:*?]{0,6}", text in "[aAbBäÄ:]{0,6}") {
            prop_assert_eq!(glob_matches(&glob, &text), Pattern::glob(&glob).matches(&text));
            prop_assert_eq!(glob_matches_any_case(&glob, &text), Pattern::glob(&glob).any_case().matches(&text));
        }
    }

    #[test]
    fn fields_of_arns_keep_patterns_apart() {
        let by_field = |text: &str| Pattern::glob(text).by_arn_field().expect("six fields");
        let own = by_field("arn:aws:sns:*:111122223333:*");
        assert!(own.is_apart_from(&by_field("arn:aws:sns:*:999988887777:*")));
        assert!(!own.is_apart_from(&by_field("arn:aws:sns:*:1*:*")));
        assert!(
            !own.is_apart_from(&Pattern::glob("arn:aws:sns:*:999988887777:*")),
            "it may hold both"
        );
        assert!(own.is_within(&Pattern::literal("111122223333").in_account_field()));
    }
}
