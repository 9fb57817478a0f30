//! Does a text follow a pattern with `*` and `?`? Patterns are read piece by piece, without memory of their own; where
//! the text is itself a pattern, it stands for every text that follows it.

/// One piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    Letter(char),
    AnyLetter,
    Anything,
}

impl Piece {
    /// The piece that a letter of a pattern stands for.
    pub(super) fn written(letter: char) -> Self {
        match letter {
            '*' => Piece::Anything,
            '?' => Piece::AnyLetter,
            other => Piece::Letter(other),
        }
    }

    fn accepts(self, other: Piece) -> bool {
        match (self, other) {
            (Piece::Letter(own), Piece::Letter(other)) => own == other,
            (Piece::AnyLetter, Piece::Letter(_) | Piece::AnyLetter) => true,
            (Piece::Letter(_) | Piece::AnyLetter | Piece::Anything, _) => false,
        }
    }

    fn meets(self, other: Piece) -> bool {
        match (self, other) {
            (Piece::Letter(own), Piece::Letter(other)) => own == other,
            _ => true,
        }
    }
}

/// Something that is read piece by piece, from any place.
pub(super) trait Pieces {
    /// The piece at a place, and the place after it.
    fn at(&self, place: usize) -> Option<(Piece, usize)>;
}

#[inline]
fn letter(text: &str, place: usize) -> Option<(char, usize)> {
    if let Some(byte) = text.as_bytes().get(place).filter(|byte| byte.is_ascii()) {
        return Some((char::from(*byte), place + 1));
    }
    let letter = text.get(place..)?.chars().next()?;
    Some((letter, place + letter.len_utf8()))
}

/// A pattern as written.
impl Pieces for str {
    fn at(&self, place: usize) -> Option<(Piece, usize)> {
        letter(self, place).map(|(letter, next)| (Piece::written(letter), next))
    }
}

/// A pattern whose variables were filled in.
impl Pieces for [Piece] {
    fn at(&self, place: usize) -> Option<(Piece, usize)> {
        self.get(place).map(|piece| (*piece, place + 1))
    }
}

/// A text in which `*` and `?` are letters.
pub(super) struct Literal<'a>(pub(super) &'a str);

impl Pieces for Literal<'_> {
    fn at(&self, place: usize) -> Option<(Piece, usize)> {
        letter(self.0, place).map(|(letter, next)| (Piece::Letter(letter), next))
    }
}

/// A pattern or text whose case does not matter.
pub(super) struct Folded<'a>(pub(super) &'a str);

impl Pieces for Folded<'_> {
    fn at(&self, place: usize) -> Option<(Piece, usize)> {
        letter(self.0, place).map(|(letter, next)| (Piece::written(letter.to_ascii_lowercase()), next))
    }
}

/// Whether the pattern matches the text. Where the text is a pattern in [`canonical`] form: all texts that it stands for;
/// a `?` beside letters that a `*` of the text may not need is then not seen through, and the answer is no.
/// Greedy, and goes back to the last `*` only: no recursion and no memory.
pub(super) fn covers(pattern: &(impl Pieces + ?Sized), text: &(impl Pieces + ?Sized)) -> bool {
    let (mut piece, mut at) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        match (pattern.at(piece), text.at(at)) {
            (Some((Piece::Anything, after)), _) => {
                retry = Some((after, at));
                piece = after;
            }
            (Some((own, after)), Some((other, next))) if own.accepts(other) => (piece, at) = (after, next),
            (None, None) => return true,
            _ => {
                let Some((star, next)) = retry.and_then(|(star, from)| Some((star, text.at(from)?.1))) else {
                    return false;
                };
                retry = Some((star, next));
                (piece, at) = (star, next);
            }
        }
    }
}

/// Whether some text follows both patterns. Row by row over the pairs of places that both can be at after one text.
pub(super) fn overlap(one: &[Piece], other: &[Piece]) -> bool {
    let mut row = vec![false; other.len() + 1];
    if let Some(start) = row.first_mut() {
        *start = true;
    }
    for place in 0..=one.len() {
        let own = one.get(place).copied();
        let mut below = vec![false; other.len() + 1];
        for column in 0..=other.len() {
            if !row.get(column).copied().unwrap_or_default() {
                continue;
            }
            let theirs = other.get(column).copied();
            if (own == Some(Piece::Anything) && theirs.is_some()) || theirs == Some(Piece::Anything) {
                mark(&mut row, column + 1);
            }
            if (theirs == Some(Piece::Anything) && own.is_some()) || own == Some(Piece::Anything) {
                mark(&mut below, column);
            }
            if own.zip(theirs).is_some_and(|(own, theirs)| own.meets(theirs)) {
                mark(&mut below, column + 1);
            }
        }
        if place == one.len() {
            return row.last().copied().unwrap_or_default();
        }
        row = below;
    }
    false
}

fn mark(row: &mut [bool], column: usize) {
    if let Some(reached) = row.get_mut(column) {
        *reached = true;
    }
}

/// The same pattern with each run of wildcards written in one way: the single letters first, then one `*`.
pub(super) fn canonical(pieces: impl IntoIterator<Item = Piece>) -> Vec<Piece> {
    let (mut written, mut is_open) = (Vec::new(), false);
    for piece in pieces {
        match piece {
            Piece::Anything => is_open = true,
            Piece::AnyLetter => written.push(piece),
            Piece::Letter(_) => {
                written.extend(is_open.then_some(Piece::Anything));
                is_open = false;
                written.push(piece);
            }
        }
    }
    written.extend(is_open.then_some(Piece::Anything));
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pieces(pattern: &str) -> Vec<Piece> {
        canonical(pattern.chars().map(Piece::written))
    }

    #[test]
    fn patterns_and_texts() {
        let cases = [
            ("", "", true),
            ("*", "", true),
            ("?", "", false),
            ("a*b", "ab", true),
            ("a*b", "axbxb", true),
            ("a*b", "axbx", false),
            ("a?b", "aüb", true),
            ("*ü?", "xüü", true),
            ("a**b", "ab", true),
            ("a", "a*", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(covers(pattern, &Literal(text)), expected, "{pattern} on {text}");
        }
        assert!(covers(&Folded("S3:get*"), &Folded("s3:GetObject")));
    }

    /// Every text up to length 4 over two letters that occur and one that does not.
    fn texts() -> Vec<String> {
        let mut all = vec![String::new()];
        let mut last = all.clone();
        for _ in 0..4 {
            last = last
                .iter()
                .flat_map(|text| ["a", "b", "x"].map(|letter| format!("{text}{letter}")))
                .collect();
            all.extend(last.iter().cloned());
        }
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn patterns_against_patterns_agree_with_every_short_text(one in "[ab*?]{0,3}", other in "[ab*?]{0,3}") {
            let both: Vec<bool> = texts().iter().filter(|text| covers(other.as_str(), &Literal(text)))
                .map(|text| covers(one.as_str(), &Literal(text))).collect();
            prop_assert_eq!(overlap(&pieces(&one), &pieces(&other)), both.contains(&true));
            let is_covered = covers(pieces(&one).as_slice(), pieces(&other).as_slice());
            prop_assert!(!is_covered || !both.contains(&false));
            prop_assert!(is_covered || both.contains(&false) || one.contains('?') || both.is_empty());
        }
    }
}
