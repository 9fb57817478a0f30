//! Is there a string that follows all of these patterns and none of those? By the form of the patterns where that
//! decides, else by search.

use super::matching::accepts;
use super::search::Machine;
use super::shape::{first_field, least};
use super::{Class, Pattern, Token, alphabet};

/// Work that may still be done; every search draws on it, so that no input costs more than its share.
#[derive(Debug, Clone)]
pub(crate) struct Budget(u64);

impl Budget {
    pub(crate) fn new(steps: u64) -> Self {
        Budget(steps)
    }

    /// Draws `steps`; false once nothing is left.
    pub(crate) fn spend(&mut self, steps: usize) -> bool {
        let steps = u64::try_from(steps).unwrap_or(u64::MAX);
        self.0 = self.0.saturating_sub(steps);
        self.0 > 0
    }

    /// Takes out one part of what is left.
    pub(crate) fn take(&mut self, part: u64) -> Budget {
        let taken = Budget(self.0 / part.max(1));
        self.0 -= taken.0;
        taken
    }

    /// Puts back what was not needed.
    pub(crate) fn put_back(&mut self, rest: &Budget) {
        self.0 += rest.0;
    }

    pub(crate) fn is_spent(&self) -> bool {
        self.0 == 0
    }
}

/// The outcome of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    Word(String),
    /// Proved: no string fits.
    Nothing,
    /// The budget ran out first.
    GaveUp,
}

/// The strings that follow one pattern of every group and no pattern of `none_of`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Language<'a> {
    pub(crate) all_of: Vec<&'a [Pattern]>,
    pub(crate) none_of: Vec<&'a Pattern>,
}

/// A language without the patterns that make no difference, or what is left of it behind some fields.
#[derive(Default)]
pub(super) struct Core<'a> {
    pub(super) groups: Vec<Vec<&'a [Token]>>,
    pub(super) refused: Vec<&'a [Token]>,
}

impl<'a> Language<'a> {
    pub(crate) fn has(&self, word: &str) -> bool {
        let follows = |pattern: &Pattern| pattern.matches(word);
        self.all_of.iter().all(|group| group.iter().any(follows))
            && !self.none_of.iter().any(|pattern| pattern.matches(word))
    }

    /// A shortest member; among those the first in the order of the alphabet.
    pub(crate) fn find(&self, budget: &mut Budget) -> Found {
        if let Some(words) = self.all_of.iter().find(|group| group.iter().all(Pattern::is_literal)) {
            if !budget.spend(words.len() * self.size()) {
                return Found::GaveUp;
            }
            let mut words = words.iter().filter_map(Pattern::as_literal);
            let member = words.find(|word| self.has(word));
            return member.map_or(Found::Nothing, Found::Word);
        }
        let largest = self.all_of.iter().map(|group| group.len()).max().unwrap_or(0);
        if !budget.spend(2 * largest * self.size()) {
            return Found::GaveUp;
        }
        if let Some(word) = self.least_of_one() {
            return Found::Word(word);
        }
        if self.has_lone_pair_apart() {
            return Found::Nothing;
        }
        let core = self.core();
        if core.groups.iter().any(Vec::is_empty) {
            return Found::Nothing;
        }
        let letters = alphabet::letters(self.patterns());
        core.find(&letters, budget)
    }

    /// The only shortest string of a pattern that every member follows, if it is a member: then none is shorter.
    fn least_of_one(&self) -> Option<String> {
        self.all_of.iter().find_map(|group| match group {
            [only] if only.has_one_least() => least(only.tokens(), &[]).filter(|word| self.has(word)),
            _ => None,
        })
    }

    /// Whether two patterns that every member follows exclude each other.
    fn has_lone_pair_apart(&self) -> bool {
        let lone = |group: &&'a [Pattern]| match group {
            [only] => Some(only),
            _ => None,
        };
        let mut groups = self.all_of.iter();
        while let Some(group) = groups.next() {
            let Some(one) = lone(group) else { continue };
            if groups.clone().filter_map(lone).any(|other| one.is_apart_from(other)) {
                return true;
            }
        }
        false
    }

    fn patterns(&self) -> impl Iterator<Item = &'a Pattern> {
        self.all_of
            .iter()
            .copied()
            .flatten()
            .chain(self.none_of.iter().copied())
    }

    /// How many patterns there are.
    fn size(&self) -> usize {
        self.all_of.iter().map(|group| group.len()).sum::<usize>() + self.none_of.len()
    }

    fn core(&self) -> Core<'a> {
        let meets = |pattern: &Pattern, group: &[Pattern]| group.iter().any(|other| !pattern.is_apart_from(other));
        let fits = |own: usize, pattern: &Pattern| {
            let is_lone = |group: &&[Pattern]| group.len() == 1;
            let is_known = self.all_of.get(own).is_some_and(is_lone);
            // Of patterns that are alone in their groups no two are apart.
            let mut others = self.all_of.iter().enumerate();
            others.all(|(index, group)| index == own || (is_known && is_lone(group)) || meets(pattern, group))
                && !self.none_of.iter().any(|refused| pattern.is_within(refused))
        };
        let groups = self.all_of.iter().copied().enumerate();
        let bites = |refused: &&Pattern| self.all_of.iter().all(|group| meets(refused, group));
        Core {
            groups: groups
                .map(|(own, group)| {
                    group
                        .iter()
                        .filter(|pattern| fits(own, pattern))
                        .map(Pattern::tokens)
                        .collect()
                })
                .collect(),
            refused: self
                .none_of
                .iter()
                .copied()
                .filter(bites)
                .map(Pattern::tokens)
                .collect(),
        }
    }
}

impl<'a> Core<'a> {
    /// A shortest member; among those the first in the order of the letters. What begins with a field of its own is found field
    /// by field: the shortest members put together are one of the whole.
    fn find(mut self, letters: &[char], budget: &mut Budget) -> Found {
        let mut before = String::new();
        while let Some(field) = self.take_field() {
            if !push_same(&field, &mut before) {
                let field = Core {
                    groups: field.into_iter().map(|tokens| vec![tokens]).collect(),
                    refused: vec![],
                };
                match field.find_whole(letters, budget) {
                    Found::Word(word) => before.push_str(&word),
                    none => return none,
                }
            }
            before.push(':');
        }
        match self.find_whole(letters, budget) {
            Found::Word(word) => Found::Word(before + &word),
            none => none,
        }
    }

    fn find_whole(&self, letters: &[char], budget: &mut Budget) -> Found {
        if let Some(word) = self.least(letters).find(|word| self.has(word)) {
            return Found::Word(word);
        }
        Machine::new(self, letters).find(budget)
    }

    fn has(&self, word: &str) -> bool {
        self.groups
            .iter()
            .all(|group| group.iter().any(|tokens| accepts(tokens, word)))
            && !self.refused.iter().any(|tokens| accepts(tokens, word))
    }

    /// Takes off the first field of each group, where nothing is refused and each has one; what is left are the fields behind it.
    fn take_field(&mut self) -> Option<Vec<&'a [Token]>> {
        if self.groups.is_empty() || !self.refused.is_empty() {
            return None;
        }
        let of_group = |group: &Vec<&'a [Token]>| {
            let mut fields = group.iter().map(|tokens| first_field(tokens).map(|(field, _)| field));
            let first = fields.next()??;
            fields.all(|field| field == Some(first)).then_some(first)
        };
        let field: Vec<_> = self.groups.iter().map(of_group).collect::<Option<_>>()?;
        for (group, field) in self.groups.iter_mut().zip(&field) {
            for tokens in group {
                *tokens = tokens.get(field.len() + 1..).unwrap_or_default();
            }
        }
        Some(field)
    }

    /// The first shortest string of each group. One that is in the language is the language's own: no member comes
    /// before it.
    fn least(&self, letters: &[char]) -> impl Iterator<Item = String> {
        let order = |word: &String| -> Vec<usize> {
            let places = word.chars().map(|own| {
                letters
                    .iter()
                    .position(|letter| *letter == own)
                    .unwrap_or(letters.len())
            });
            std::iter::once(word.chars().count()).chain(places).collect()
        };
        self.groups.iter().filter_map(move |group| {
            let words = group.iter().filter_map(|tokens| least(tokens, letters));
            match group.as_slice() {
                [only] => least(only, letters),
                _ => words.min_by_key(order),
            }
        })
    }
}

/// Adds the letters of a row of tokens if all rows are these letters: so most ARNs begin.
fn push_same(rows: &[&[Token]], text: &mut String) -> bool {
    let Some((first, others)) = rows.split_first() else {
        return false;
    };
    let before = text.len();
    for token in *first {
        let Token::One(Class::Exactly(letter)) = token else {
            text.truncate(before);
            return false;
        };
        text.push(*letter);
    }
    let is_same = others.iter().all(|other| other == first);
    if !is_same {
        text.truncate(before);
    }
    is_same
}
