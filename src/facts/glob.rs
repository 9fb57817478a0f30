//! Does a name follow a glob of the policy language, whatever the case of its letters?

/// A glob of ASCII letters: `*` for any run of characters, `?` for one.
pub(super) struct Glob {
    /// In lower case, without a star beside a star.
    pattern: Vec<u8>,
    /// What a name has at least.
    shortest: usize,
}

impl Glob {
    pub(super) fn new(pattern: &str) -> Self {
        let mut pattern = pattern.to_ascii_lowercase().into_bytes();
        pattern.dedup_by(|next, last| *next == b'*' && *last == b'*');
        let shortest = pattern.iter().filter(|&&byte| byte != b'*').count();
        Self { pattern, shortest }
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        self.matches_joined([name.as_bytes(), &[], &[]])
    }

    /// Whether the joined parts match. The time is at most the product of the two lengths, and the length check keeps a long pattern
    /// from being tried on a short name at all.
    pub(super) fn matches_joined(&self, parts: [&[u8]; 3]) -> bool {
        if parts.iter().map(|part| part.len()).sum::<usize>() < self.shortest {
            return false;
        }
        let mut rest = parts.into_iter().flatten().map(u8::to_ascii_lowercase);
        let mut place = 0;
        let mut star = None;
        loop {
            let mut tail = rest.clone();
            match (self.pattern.get(place), tail.next()) {
                (Some(b'*'), _) if place + 1 == self.pattern.len() => return true,
                (Some(b'*'), _) => {
                    place += 1;
                    star = Some((place, rest.clone()));
                    continue;
                }
                (Some(&wanted), Some(found)) if wanted == b'?' || wanted == found => {
                    place += 1;
                    rest = tail;
                    continue;
                }
                (None, None) => return true,
                _ => {}
            }
            // The last star takes one character more.
            let Some((after, longer)) = star.as_mut() else {
                return false;
            };
            if longer.next().is_none() {
                return false;
            }
            place = *after;
            rest = longer.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Glob;

    /// The definition: a star is nothing, or one character and a star.
    fn follows(pattern: &[u8], name: &[u8]) -> bool {
        match (pattern, name) {
            ([], []) => true,
            ([b'*', rest @ ..], _) => {
                follows(rest, name) || name.split_first().is_some_and(|(_, tail)| follows(pattern, tail))
            }
            ([b'?', rest @ ..], [_, tail @ ..]) => follows(rest, tail),
            ([wanted, rest @ ..], [found, tail @ ..]) => wanted.eq_ignore_ascii_case(found) && follows(rest, tail),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn a_glob_means_what_its_definition_says(pattern in "[aAb*?]{0,8}", name in "[aAb]{0,8}", cut in 0_usize..9) {
            let glob = Glob::new(&pattern);
            let expected = follows(pattern.as_bytes(), name.as_bytes());
            prop_assert_eq!(glob.matches(&name), expected);
            let (head, tail) = name.as_bytes().split_at(cut.min(name.len()));
            prop_assert_eq!(glob.matches_joined([head, b"", tail]), expected);
        }
    }

    #[test]
    fn a_hostile_pattern_takes_no_long_time() {
        let pattern = "*a".repeat(3_000);
        assert!(!Glob::new(&pattern).matches(&"a".repeat(2_999)));
        assert!(Glob::new(&pattern).matches(&"a".repeat(3_000)));
        assert!(!Glob::new("*a?a?a?a?b").matches(&"a".repeat(3_000)));
    }

    #[test]
    fn letters_beyond_ascii_are_no_name() {
        assert!(!Glob::new("gét*").matches("GetObject"));
    }
}
