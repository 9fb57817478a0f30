//! Which strings does a pattern of the policy language describe? Globs, flat and ARN-wise, as words over character classes.

mod alphabet;
mod field;
mod language;
mod matching;
mod search;
mod seen;
mod shape;
mod template;

use std::hash::{Hash, Hasher};

pub(crate) use field::{behind, field};
pub(crate) use language::{Budget, Found, Language};
pub(crate) use matching::{glob_matches, glob_matches_any_case};
pub(crate) use template::{Fill, Meaning, Wildcards, has_variable, key_and_default, variables};

/// A set of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Exactly(char),
    /// Either case of the (lower-case) letter.
    Either(char),
    Any,
    NoColon,
    /// What a name may hold that is a path: no colon, and no wildcard.
    Path,
    /// What a name may hold that is none: no slash either.
    Name,
    Digit,
    /// `a`–`z`, `0`–`9`.
    Lower,
    /// As `Lower`, and the hyphen: Region names, service prefixes.
    Hyphened,
}

impl Class {
    #[inline]
    pub(crate) fn has(self, letter: char) -> bool {
        match self {
            Class::Exactly(own) => own == letter,
            Class::Either(own) => own == fold(letter),
            Class::Any => true,
            Class::NoColon => letter != ':',
            Class::Path => !matches!(letter, ':' | '*' | '?'),
            Class::Name => !matches!(letter, ':' | '*' | '?' | '/'),
            Class::Digit => letter.is_ascii_digit(),
            Class::Lower => letter.is_ascii_digit() || letter.is_ascii_lowercase(),
            Class::Hyphened => letter == '-' || letter.is_ascii_digit() || letter.is_ascii_lowercase(),
        }
    }

    /// Another number for each class.
    fn number(self) -> u64 {
        let (kind, letter) = match self {
            Class::Exactly(letter) => (0, letter),
            Class::Either(letter) => (1, letter),
            Class::Any => (2, '\0'),
            Class::NoColon => (3, '\0'),
            Class::Path => (4, '\0'),
            Class::Name => (5, '\0'),
            Class::Digit => (6, '\0'),
            Class::Lower => (7, '\0'),
            Class::Hyphened => (8, '\0'),
        };
        kind << 32 | u64::from(letter)
    }

    /// The same set without the colon: what a wildcard means inside one ARN field.
    fn inside_field(self) -> Self {
        if self == Class::Any { Class::NoColon } else { self }
    }
}

fn fold(letter: char) -> char {
    if letter.is_ascii() {
        return letter.to_ascii_lowercase();
    }
    letter.to_lowercase().next().unwrap_or(letter)
}

/// One step of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Token {
    One(Class),
    /// Any number of characters of the class, none included.
    Many(Class),
}

impl Token {
    fn inside_field(self) -> Self {
        match self {
            Token::One(class) => Token::One(class.inside_field()),
            Token::Many(class) => Token::Many(class.inside_field()),
        }
    }

    /// Another number for each token.
    fn number(self) -> u64 {
        match self {
            Token::One(class) => class.number(),
            Token::Many(class) => 1 << 63 | class.number(),
        }
    }

    fn is_colon(self) -> bool {
        self == Token::One(Class::Exactly(':'))
    }
}

/// A pattern that a whole string has to follow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pattern(Vec<Token>);

/// Of patterns there are many, and long ones: each is hashed as one number. What others write can make two of them alike, and
/// only costs a comparison.
impl Hash for Pattern {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mix = |sum: u64, token: &Token| (sum.rotate_left(5) ^ token.number()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        state.write_usize(self.0.len());
        state.write_u64(self.0.iter().fold(0, mix));
    }
}

impl Pattern {
    pub(crate) fn new(mut tokens: Vec<Token>) -> Self {
        // `**` means `*`; keeping one keeps the automaton small on hostile input.
        tokens.dedup_by(|token, last| matches!(token, Token::Many(_)) && token == last);
        Pattern(tokens)
    }

    pub(crate) fn anything() -> Self {
        Pattern(vec![Token::Many(Class::Any)])
    }

    pub(crate) fn literal(text: &str) -> Self {
        Pattern(tokens(text, |letter| Token::One(Class::Exactly(letter))))
    }

    /// Each letter means a token.
    pub(crate) fn by_letter(text: &str, token: impl FnMut(char) -> Token) -> Self {
        Pattern::new(tokens(text, token))
    }

    /// `*` and `?` run over everything, colons included.
    pub(crate) fn glob(text: &str) -> Self {
        Pattern::new(tokens(text, glob_token))
    }

    /// A text without variables.
    pub(crate) fn plain(text: &str, wildcards: Wildcards) -> Self {
        match wildcards {
            Wildcards::Meant => Pattern::glob(text),
            Wildcards::Literal => Pattern::literal(text),
        }
    }

    /// This pattern followed by another.
    pub(crate) fn then(self, next: Pattern) -> Self {
        self.then_tokens(next.0)
    }

    /// This pattern followed by more tokens.
    pub(crate) fn then_tokens(mut self, tokens: impl IntoIterator<Item = Token>) -> Self {
        let tokens = tokens.into_iter();
        self.0.reserve(tokens.size_hint().0);
        for token in tokens {
            // As in `new`.
            if !(matches!(token, Token::Many(_)) && self.0.last() == Some(&token)) {
                self.0.push(token);
            }
        }
        self
    }

    /// The same pattern for strings whose case does not matter.
    pub(crate) fn any_case(self) -> Self {
        let relaxed = |class| match class {
            Class::Exactly(letter) => Class::Either(fold(letter)),
            other => other,
        };
        let relax = |token| match token {
            Token::One(class) => Token::One(relaxed(class)),
            Token::Many(class) => Token::Many(relaxed(class)),
        };
        Pattern(self.0.into_iter().map(relax).collect())
    }

    /// The ARN operators' reading: six fields, and a wildcard in one of the first five stays inside its field.
    /// `None` when the pattern has fewer fields, whose meaning AWS does not document.
    pub(crate) fn by_arn_field(&self) -> Option<Self> {
        let mut fields = 1;
        let mut tokens = Vec::with_capacity(self.0.len());
        for token in &self.0 {
            if fields < 6 && token.is_colon() {
                fields += 1;
            }
            tokens.push(if fields < 6 { token.inside_field() } else { *token });
        }
        (fields == 6).then_some(Pattern(tokens))
    }

    /// The ARNs whose account field follows this pattern. An account condition becomes a condition on the ARN, so
    /// that both can be satisfied together.
    pub(crate) fn in_account_field(&self) -> Self {
        let field = [Token::Many(Class::NoColon), Token::One(Class::Exactly(':'))];
        let mut tokens = Vec::with_capacity(self.0.len() + 12);
        tokens.extend(Pattern::literal("arn:").0);
        for _ in 0..3 {
            tokens.extend(field);
        }
        tokens.extend(self.0.iter().map(|token| token.inside_field()));
        tokens.push(Token::One(Class::Exactly(':')));
        tokens.push(Token::Many(Class::Any));
        Pattern::new(tokens)
    }

    /// Whether it describes just one string.
    fn is_literal(&self) -> bool {
        let is_letter = |token: &Token| matches!(token, Token::One(Class::Exactly(_)));
        // Most wildcards are at the end.
        self.0.iter().rev().all(is_letter)
    }

    /// Whether among the strings it describes one is the shortest.
    fn has_one_least(&self) -> bool {
        let is_fixed = |token: &Token| matches!(token, Token::One(Class::Exactly(_)) | Token::Many(_));
        self.0.iter().rev().all(is_fixed)
    }

    /// The only string it describes, when there is just one.
    fn as_literal(&self) -> Option<String> {
        if !self.is_literal() {
            return None;
        }
        let letters = self.0.iter().filter_map(|token| match token {
            Token::One(Class::Exactly(letter)) => Some(*letter),
            Token::One(_) | Token::Many(_) => None,
        });
        let mut text = String::with_capacity(self.0.len());
        text.extend(letters);
        Some(text)
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        matching::accepts(&self.0, text)
    }

    /// How long it is, in tokens.
    pub(crate) fn size(&self) -> usize {
        self.0.len()
    }

    fn tokens(&self) -> &[Token] {
        &self.0
    }
}

/// A token for each letter. Nearly all texts are ASCII, whose number of letters is known.
fn tokens(text: &str, mut token: impl FnMut(char) -> Token) -> Vec<Token> {
    if text.is_ascii() {
        text.bytes().map(|letter| token(char::from(letter))).collect()
    } else {
        text.chars().map(token).collect()
    }
}

fn glob_token(letter: char) -> Token {
    match letter {
        '*' => Token::Many(Class::Any),
        '?' => Token::One(Class::Any),
        other => Token::One(Class::Exactly(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::TestRunner;
    use regexsolver::Term;

    fn words(alphabet: &[char], length: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut last = all.clone();
        for _ in 0..length {
            last = last
                .iter()
                .flat_map(|word| alphabet.iter().map(move |letter| format!("{word}{letter}")))
                .collect();
            all.extend(last.clone());
        }
        all
    }

    /// The textbook recursion, on purpose unlike the automaton.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), None) => naive(rest, text),
            (Some(('*', rest)), Some((_, tail))) => naive(rest, text) || naive(pattern, tail),
            (Some(('?', rest)), Some((_, tail))) => naive(rest, tail),
            (Some((own, rest)), Some((letter, tail))) => own == letter && naive(rest, tail),
            _ => false,
        }
    }

    fn naive_match(pattern: &str, text: &str) -> bool {
        naive(&pattern.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>())
    }

    #[test]
    fn arn_wildcards_stay_in_their_field() {
        let text = "arn:aws:events:us-east-1:999988887777:rule/x:111122223333:y";
        let pattern = Pattern::glob("arn:aws:events:*:111122223333:*");
        assert!(pattern.matches(text));
        assert!(!pattern.by_arn_field().expect("six fields").matches(text));
        assert!(Pattern::glob("arn:aws:*").by_arn_field().is_none());
    }

    #[test]
    fn account_patterns_become_arn_patterns() {
        let lifted = Pattern::glob("1111*").in_account_field();
        assert!(lifted.matches("arn:aws:sns:us-east-1:111122223333:topic:x"));
        assert!(!lifted.matches("arn:aws:sns:us-east-1:999988887777:1111"));
    }

    #[test]
    fn case_is_ignored_only_on_request() {
        assert!(Pattern::glob("Lambda:Get*").any_case().matches("lambda:getFunction"));
        assert!(!Pattern::glob("Lambda:Get*").matches("lambda:GetFunction"));
    }

    /// A release build has time for more.
    const CASES: u32 = if cfg!(debug_assertions) { 500 } else { 50_000 };

    proptest! {
        #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn matching_agrees_with_the_textbook(pattern in "[ab:*?]{0,7}", text in "[ab:]{0,7}") {
            prop_assert_eq!(Pattern::glob(&pattern).matches(&text), naive_match(&pattern, &text));
        }

        #[test]
        fn search_agrees_with_enumeration(
            wanted in proptest::collection::vec("[ab:*?]{0,4}", 1..4),
            refused in proptest::collection::vec("[ab:*?]{0,4}", 0..3),
        ) {
            let groups: Vec<_> = wanted.iter().map(|text| vec![Pattern::glob(text)]).collect();
            let none_of: Vec<_> = refused.iter().map(|text| Pattern::glob(text)).collect();
            let language = Language {
                all_of: groups.iter().map(Vec::as_slice).collect(),
                none_of: none_of.iter().collect(),
            };
            let fits = |word: &str| wanted.iter().all(|text| naive_match(text, word))
                && !refused.iter().any(|text| naive_match(text, word));
            match language.find(&mut Budget::new(1_000_000)) {
                Found::Word(word) => prop_assert!(fits(&word), "{word}"),
                Found::Nothing => {
                    let hit = words(&['a', 'b', ':', 'x'], 5).into_iter().find(|word| fits(word));
                    prop_assert_eq!(hit, None);
                }
                Found::GaveUp => prop_assert!(false, "budget"),
            }
        }
    }

    /// A glob read flat, or inside one ARN field.
    #[derive(Debug, Clone)]
    struct Reading {
        glob: String,
        is_inside: bool,
    }

    impl Reading {
        fn pattern(&self) -> Pattern {
            let flat = Pattern::glob(&self.glob);
            if !self.is_inside {
                return flat;
            }
            Pattern::new(flat.tokens().iter().map(|token| token.inside_field()).collect())
        }

        /// The same language for another library: a second opinion that shares no code.
        fn term(&self) -> Term {
            let any = if self.is_inside { "[^:]" } else { r"(.|\n)" };
            let spelled = self.glob.chars().map(|letter| match letter {
                '*' => format!("{any}*"),
                '?' => any.to_owned(),
                ':' => r"\x3a".to_owned(),
                letter => letter.to_string(),
            });
            Term::from_pattern(&spelled.collect::<String>()).expect("a pattern")
        }
    }

    fn readings(range: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Reading>> {
        let one = ("[ab:*?]{0,8}", any::<bool>()).prop_map(|(glob, is_inside)| Reading { glob, is_inside });
        proptest::collection::vec(one, range)
    }

    fn union(all: &[Reading]) -> Term {
        all.iter()
            .fold(Term::new_empty(), |all, one| all.union([&one.term()]).expect("small"))
    }

    #[test]
    fn search_agrees_with_another_library() {
        let cases = if cfg!(debug_assertions) { 200 } else { 20_000 };
        let config = ProptestConfig {
            cases,
            failure_persistence: None,
            ..ProptestConfig::default()
        };
        let asked = (proptest::collection::vec(readings(1..3), 1..4), readings(0..4));
        let outcome = TestRunner::new(config).run(&asked, |(wanted, refused)| {
            let patterns = |all: &Vec<Reading>| all.iter().map(Reading::pattern).collect::<Vec<_>>();
            let groups: Vec<_> = wanted.iter().map(patterns).collect();
            let none_of = patterns(&refused);
            let language = Language {
                all_of: groups.iter().map(Vec::as_slice).collect(),
                none_of: none_of.iter().collect(),
            };
            let both = wanted.iter().fold(Term::new_total(), |all, group| {
                all.intersection([&union(group)]).expect("small")
            });
            let other = both.difference(&union(&refused)).expect("small");
            match language.find(&mut Budget::new(1_000_000)) {
                Found::Word(word) => {
                    prop_assert!(other.matches(&word).expect("small"), "{word}");
                    // Of literals the first that fits is taken, not the shortest.
                    let is_literal = |group: &Vec<Reading>| group.iter().all(|one| !one.glob.contains(['*', '?']));
                    let (shortest, _) = other.length();
                    let length = u32::try_from(word.chars().count()).ok();
                    prop_assert!(
                        shortest == length || wanted.iter().any(is_literal),
                        "not a shortest word: {word}"
                    );
                }
                Found::Nothing => prop_assert!(other.is_empty().expect("small")),
                Found::GaveUp => prop_assert!(false, "budget"),
            }
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{error}"));
    }

    #[test]
    fn a_union_satisfies_if_one_member_does() {
        let groups = [
            vec![Pattern::glob("a*"), Pattern::glob("b*")],
            vec![Pattern::glob("b?")],
        ];
        let refused = Pattern::literal("ba");
        let language = Language {
            all_of: groups.iter().map(Vec::as_slice).collect(),
            none_of: vec![&refused],
        };
        let Found::Word(word) = language.find(&mut Budget::new(10_000)) else {
            panic!("a word exists")
        };
        assert!(word.starts_with('b') && word.len() == 2 && word != "ba");
    }

    #[test]
    fn hostile_patterns_end_by_budget() {
        let family: Vec<Pattern> = (0..40)
            .map(|n| Pattern::glob(&format!("*a{}b*", "?".repeat(n))))
            .collect();
        let language = Language {
            all_of: family.iter().map(std::slice::from_ref).collect(),
            none_of: vec![],
        };
        let mut budget = Budget::new(200_000);
        assert!(matches!(language.find(&mut budget), Found::GaveUp | Found::Word(_)));
    }
}
