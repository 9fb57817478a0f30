//! How much of a list can stay? The most that passes a test, found by trying halves: a change takes away no more than it has to.

use crate::facts::actions::{self, AccessLevel};

/// Patterns of so many actions are written out; of more, those remain that do no more than may be, as patterns by their verbs.
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

/// As [`keep`], for actions: of a pattern that cannot stay, what it stands for may; of one of very many, what does no more than
/// this level says.
pub(super) fn keep_actions(
    actions: &[String],
    most: AccessLevel,
    passes: &mut dyn FnMut(&[String]) -> bool,
) -> Vec<String> {
    let mut kept = Vec::new();
    for action in actions {
        let before = kept.len();
        keep(&mut kept, std::slice::from_ref(action), passes);
        if kept.len() == before {
            // What reads first: there may be no room to try everything.
            for level in [AccessLevel::Read, most] {
                let mut meant = meant_by(action, level);
                meant.retain(|one| !kept.contains(one));
                keep(&mut kept, &meant, passes);
            }
        }
    }
    kept
}

/// As [`keep_actions`], for a denial: whatever it stops denying is open then, so all that can stay is written out.
pub(super) fn keep_denied(actions: &[String], passes: &mut dyn FnMut(&[String]) -> bool) -> Vec<String> {
    let mut kept = keep_actions(actions, AccessLevel::PermissionsManagement, passes);
    let gone = actions.iter().filter(|action| !kept.contains(action));
    let verbs = gone.flat_map(|action| meant_by(action, AccessLevel::PermissionsManagement));
    let parted: Vec<String> = verbs.filter(|verb| !kept.contains(verb)).collect();
    for verb in parted {
        keep(&mut kept, &every(&verb), passes);
    }
    kept
}

/// All actions that a pattern of one service stands for, however many they are.
fn every(pattern: &str) -> Vec<String> {
    let is_of_one = pattern
        .split_once(':')
        .is_some_and(|(service, _)| !service.contains(['*', '?']));
    if is_of_one {
        actions::matching(pattern).map(|action| action.to_string()).collect()
    } else {
        Vec::new()
    }
}

/// What a pattern of one service's actions stands for; nothing where it is none.
fn meant_by(pattern: &str, most: AccessLevel) -> Vec<String> {
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
    let mut verbs: Vec<&str> = all
        .iter()
        .filter(|one| one.level <= most)
        .map(|one| verb(one.name))
        .collect();
    verbs.sort_unstable();
    verbs.dedup();
    verbs.retain(|verb| all.iter().all(|one| one.level <= most || !one.name.starts_with(verb)));
    // A pattern that begins otherwise, such as `s3:*Object`, covers less than a verb does: the proof says so.
    verbs.into_iter().map(|verb| format!("{service}:{verb}*")).collect()
}

/// What an action's name begins with: `Get` of `GetObject`.
pub(super) fn verb(name: &str) -> &str {
    let rest = name
        .char_indices()
        .skip(1)
        .find(|(_, letter)| letter.is_ascii_uppercase());
    name.get(..rest.map_or(name.len(), |(at, _)| at)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_of_a_large_verb_gives_way_for_what_is_needed_only() {
        let needed = ["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces"];
        let passes = |some: &[String]| {
            let covers = |pattern: &String| {
                let mut meant = actions::matching(pattern);
                meant.any(|action| needed.contains(&action.to_string().as_str()))
            };
            !some.iter().any(covers)
        };
        let kept = keep_denied(&["ec2:*".to_owned()], &mut |some| passes(some));
        let covered = |action: &str| {
            kept.iter()
                .any(|one| actions::matching(one).any(|own| own.to_string() == action))
        };
        for action in actions::matching("ec2:*") {
            let action = action.to_string();
            assert_eq!(covered(&action), !needed.contains(&action.as_str()), "{action}");
        }
    }

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
        let kept = keep_actions(&all, AccessLevel::Read, &mut |some| {
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

    #[test]
    fn a_denial_gives_way_for_nothing_else() {
        let kept = keep_denied(&["s3:*".to_owned()], &mut |some| {
            let mut all = some.iter().flat_map(|pattern| actions::matching(pattern));
            !all.any(|one| one.name == "PutObject")
        });
        let denied = |name: &str| {
            kept.iter()
                .any(|own| actions::matching(own).any(|one| one.name == name))
        };
        for name in ["PutBucketPolicy", "DeleteObject", "GetObject", "PutObjectAcl"] {
            assert!(denied(name), "{name}: {kept:?}");
        }
        assert!(!denied("PutObject"));
    }

    #[test]
    fn of_very_many_actions_those_that_write_stay_where_they_may() {
        let kept = |most| {
            keep_actions(&["s3:*".to_owned()], most, &mut |some| {
                !some.contains(&"s3:*".to_owned())
            })
        };
        let (reading, writing) = (kept(AccessLevel::Read), kept(AccessLevel::Write));
        assert!(
            !reading.contains(&"s3:Abort*".to_owned()) && writing.contains(&"s3:Abort*".to_owned()),
            "{writing:?}"
        );
        let grants = |pattern: &String| actions::matching(pattern).any(|one| one.level > AccessLevel::Write);
        assert!(!writing.iter().any(grants), "{writing:?}");
    }
}
