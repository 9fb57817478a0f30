//! How much of a list can stay? The most that passes a test, found by trying halves: a change takes away no more than it has to.

use crate::facts::actions::{self, AccessLevel};

/// Patterns of so many actions are written out; of more, those remain that only read, as patterns.
const WRITTEN_OUT: usize = 40;

/// Adds to what is kept whatever passes beside it, in the order of the items.
pub(super) fn keep<T: Clone>(kept: &mut Vec<T>, items: &[T], passes: &mut dyn FnMut(&[T]) -> bool) {
    if items.is_empty() {
        return;
    }
    let mut all = kept.clone();
    all.extend_from_slice(items);
    if passes(&all) {
        *kept = all;
    } else if items.len() > 1 {
        let (first, second) = items.split_at(items.len() / 2);
        keep(kept, first, passes);
        keep(kept, second, passes);
    }
}

/// As [`keep`], for actions: of a pattern that cannot stay, what it stands for may.
pub(super) fn keep_actions(actions: &[String], passes: &mut dyn FnMut(&[String]) -> bool) -> Vec<String> {
    let mut kept = Vec::new();
    let mut rest = actions;
    while let Some((action, after)) = rest.split_first() {
        let before = kept.len();
        keep(&mut kept, std::slice::from_ref(action), passes);
        if kept.len() == before {
            keep(&mut kept, &meant_by(action), passes);
        }
        rest = after;
    }
    kept
}

/// What a pattern of one service's actions stands for; nothing where it is none.
fn meant_by(pattern: &str) -> Vec<String> {
    let is_pattern = |text: &str| text.contains(['*', '?']);
    let Some((service, name)) = pattern.split_once(':') else {
        return Vec::new();
    };
    if is_pattern(service) || !is_pattern(name) {
        return Vec::new();
    }
    let all: Vec<_> = actions::matching(pattern).collect();
    if all.len() <= WRITTEN_OUT {
        return all.iter().map(ToString::to_string).collect();
    }
    let reads = |level| matches!(level, AccessLevel::Read | AccessLevel::List);
    let verb = |name: &str| -> String {
        let rest = name
            .char_indices()
            .skip(1)
            .find(|(_, letter)| letter.is_ascii_uppercase());
        name.get(..rest.map_or(name.len(), |(at, _)| at))
            .unwrap_or(name)
            .to_owned()
    };
    let mut verbs: Vec<String> = all
        .iter()
        .filter(|one| reads(one.level))
        .map(|one| verb(one.name))
        .collect();
    verbs.sort();
    verbs.dedup();
    verbs.retain(|verb| {
        all.iter()
            .all(|one| reads(one.level) || !one.name.starts_with(verb.as_str()))
    });
    // A pattern that begins otherwise, such as `s3:*Object`, covers less than a verb does: the proof says so.
    verbs.into_iter().map(|verb| format!("{service}:{verb}*")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_is_kept() {
        let items: Vec<u32> = (0..100).collect();
        let mut kept = Vec::new();
        let mut asked = 0;
        keep(&mut kept, &items, &mut |some| {
            asked += 1;
            !some.contains(&17) && !some.contains(&80)
        });
        assert_eq!(kept.len(), 98);
        assert!(asked < 40, "{asked}");
    }

    #[test]
    fn of_a_pattern_stays_what_may() {
        let all = ["sqs:*".to_owned(), "s3:*".to_owned()];
        let kept = keep_actions(&all, &mut |some| {
            some.iter()
                .all(|action| !action.ends_with(":*") && action != "sqs:DeleteQueue")
        });
        assert!(
            kept.contains(&"sqs:SendMessage".to_owned()) && kept.contains(&"s3:Get*".to_owned()),
            "{kept:?}"
        );
        assert!(
            !kept
                .iter()
                .any(|action| action.contains("Delete") && !action.contains("Message")),
            "{kept:?}"
        );
    }
}
