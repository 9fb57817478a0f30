//! Which actions does a change take away that a wildcard stood for? A reader does not see what a pattern does not say any more.

use std::collections::BTreeSet;

use super::draft::{Draft, Piece};
use super::known::service;
use super::place::Edit;
use crate::facts::actions;

/// Wildcards are replaced in parts: so many actions are listed at most.
const MOST: usize = 2_000;

/// The actions of wildcards of one service that were replaced by less, in their order.
pub(super) fn dropped(edit: &Edit, old: Option<&Draft>) -> BTreeSet<String> {
    let (mut all, Some(old)) = (BTreeSet::new(), old) else {
        return BTreeSet::new();
    };
    for piece in old.pieces() {
        let now = edit.draft.pieces().iter().filter(|own| own.label == piece.label);
        // Of a statement that goes as a whole nothing is hidden, nor of one that stays.
        if now.clone().next().is_none() || now.clone().any(|own| own == piece) {
            continue;
        }
        let stand_for_it = edit.draft.pieces().iter().filter(|own| stands_for(own, piece));
        let left: Vec<String> = allowed(stand_for_it).collect();
        let mut still: Option<BTreeSet<String>> = None;
        let wildcards = allowed(std::iter::once(piece)).filter(|action| action.contains(['*', '?']));
        for wildcard in wildcards.filter(|action| service(action).is_some() && !left.contains(action)) {
            let still = still.get_or_insert_with(|| left.iter().flat_map(|kept| meant(kept)).collect());
            all.extend(meant(&wildcard).filter(|action| !still.contains(action)));
        }
    }
    all.into_iter().take(MOST).collect()
}

/// Whether what a statement of the new document allows is left of an old one. What became of the old one shows on which resources it
/// allows it now; another one has to allow it on all of them, and to ask for no more.
fn stands_for(new: &Piece, old: &Piece) -> bool {
    let texts = |of: &Piece| of.texts("Resource").unwrap_or_default();
    let same = |member: &str| new.members.get(member) == old.members.get(member);
    let asks_no_more = new.members.get("Condition").is_none() || same("Condition");
    new.label == old.label
        || asks_no_more
            && ["NotResource", "Principal", "NotPrincipal"].into_iter().all(same)
            && is_on_all(&texts(new), &texts(old))
}

fn is_on_all(new: &[String], old: &[String]) -> bool {
    let is_there = |resource: &String| new.contains(resource);
    is_there(&"*".to_owned()) || old.iter().all(is_there)
}

fn allowed<'p>(pieces: impl Iterator<Item = &'p Piece>) -> impl Iterator<Item = String> {
    let granting = pieces.filter(|piece| piece.is_allow);
    granting.flat_map(|piece| piece.texts("Action").unwrap_or_default())
}

/// The actions that a pattern means.
pub(super) fn meant(pattern: &str) -> impl Iterator<Item = String> {
    actions::matching(pattern).map(|action| action.to_string())
}

/// Actions by what they do: `s3:Delete… (7)`.
pub fn verbs(actions: &[String]) -> Vec<String> {
    let mut verbs: Vec<(String, usize)> = Vec::new();
    for action in actions {
        let (service, name) = action.split_once(':').unwrap_or(("", action));
        let verb = format!("{service}:{}", super::keep::verb(name));
        match verbs.last_mut().filter(|(own, _)| *own == verb) {
            Some((_, count)) => *count += 1,
            None => verbs.push((verb, 1)),
        }
    }
    let shown = verbs.into_iter().map(|(verb, count)| format!("{verb}… ({count})"));
    shown.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::place::Place;

    fn draft(action: &str) -> Draft {
        let text = format!(r#"{{"Statement":[{{"Sid":"a","Effect":"Allow","Action":{action},"Resource":"*"}}]}}"#);
        Draft::read(&text).expect("a policy")
    }

    fn of(old: &str, new: &str) -> Vec<String> {
        let edit = Edit {
            place: Place::Inline("x".to_owned()),
            draft: draft(new),
            moved: None,
            cured: None,
        };
        dropped(&edit, Some(&draft(old))).into_iter().collect()
    }

    #[test]
    fn what_a_wildcard_stood_for_is_named() {
        let gone = of(r#"["sqs:*", "sns:Publish"]"#, r#"["sqs:send*", "sqs:ReceiveMessage"]"#);
        assert!(gone.contains(&"sqs:DeleteQueue".to_owned()), "{gone:?}");
        assert!(!gone.iter().any(|action| action.starts_with("sqs:Send")), "{gone:?}");
        assert!(!gone.contains(&"sqs:ReceiveMessage".to_owned()) && !gone.contains(&"sns:Publish".to_owned()));
        assert!(
            verbs(&gone).contains(&"sqs:Delete… (2)".to_owned()),
            "{:?}",
            verbs(&gone)
        );
    }

    #[test]
    fn what_another_statement_allows_elsewhere_is_dropped_here() {
        let with = |action: &str, other: &str| {
            let text = format!(
                r#"{{"Statement":[{{"Sid":"a","Effect":"Allow","Action":{action},"Resource":["arn:aws:s3:::a/*","arn:aws:s3:::b/*"]}},
                    {{"Sid":"b","Effect":"Allow","Action":["s3:PutObject","s3:GetObject"],{other}}}]}}"#
            );
            Draft::read(&text).expect("a policy")
        };
        let of = |other: &str| {
            let edit = Edit {
                place: Place::Inline("x".to_owned()),
                draft: with(r#""s3:GetObject""#, other),
                moved: None,
                cured: None,
            };
            dropped(&edit, Some(&with(r#""s3:*""#, other)))
        };
        let put = "s3:PutObject";
        for elsewhere in [
            r#""Resource":"arn:aws:s3:::c/*""#,
            r#""Resource":"arn:aws:s3:::a/*""#,
            r#""Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}"#,
        ] {
            let gone = of(elsewhere);
            assert!(
                gone.contains(put) && !gone.contains("s3:GetObject"),
                "{elsewhere}: {gone:?}"
            );
        }
        for here in [
            r#""Resource":"*""#,
            r#""Resource":["arn:aws:s3:::b/*","arn:aws:s3:::a/*"]"#,
        ] {
            assert!(!of(here).contains(put), "{here}");
        }
    }

    #[test]
    fn what_stays_is_not_dropped() {
        assert_eq!(of(r#""sqs:*""#, r#""sqs:*""#), Vec::<String>::new());
        assert_eq!(
            of(r#""sqs:SendMessage""#, r#""sqs:ReceiveMessage""#),
            Vec::<String>::new()
        );
    }
}
