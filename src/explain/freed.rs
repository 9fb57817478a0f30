//! Which actions does a denial that gives way open beside those for which it does? What no statement denies any more a reader does not see.

use std::collections::BTreeSet;

use super::draft::{Draft, Members, Piece};
use super::dropped::meant;
use super::known::service;
use super::place::{Edit, Place};
use crate::facts::actions::{self, Action};

/// So many are listed at most.
const MOST: usize = 2_000;

/// What the denials of some documents do not deny any more after the edits, and what their grants allow then; without what is needed.
/// Of a grant on other resources than the denial is on it is not asked: an action too many is named rather than one too few.
pub(super) fn freed(drafts: &[(Place, Draft)], edits: &[Edit], needed: &[Members]) -> BTreeSet<String> {
    let mut open: BTreeSet<String> = BTreeSet::new();
    let needed: BTreeSet<String> = needed
        .iter()
        .flat_map(|one| named(one.get("Action")))
        .flat_map(meant)
        .collect();
    for edit in edits {
        let old = drafts.iter().filter(|(place, _)| *place == edit.place);
        for piece in old
            .flat_map(|(_, draft)| draft.pieces())
            .filter(|piece| !piece.is_allow)
        {
            open.extend(given_up(piece, &edit.draft, &needed));
        }
    }
    open.retain(|action| !needed.contains(action));
    if open.is_empty() {
        return open;
    }
    let now = |(place, draft): &'_ (Place, Draft)| -> Vec<Piece> {
        let edit = edits.iter().find(|edit| edit.place == *place);
        edit.map_or(draft, |edit| &edit.draft).pieces().to_vec()
    };
    let (limits, grants): (Vec<_>, Vec<_>) = drafts
        .iter()
        .partition(|(place, _)| matches!(place, Place::Boundary(_)));
    let allowed = |all: &[&(Place, Draft)]| -> BTreeSet<String> {
        let pieces = all.iter().flat_map(|one| now(one)).filter(|piece| piece.is_allow);
        pieces.flat_map(|piece| speaks_of(&piece)).collect()
    };
    let granted = allowed(&grants);
    let within = (!limits.is_empty()).then(|| allowed(&limits));
    let is_allowed =
        |action: &String| granted.contains(action) && within.as_ref().is_none_or(|all| all.contains(action));
    open.into_iter().filter(is_allowed).take(MOST).collect()
}

/// What a denial spoke of and does not any more, be it on some resource or of somebody.
fn given_up(piece: &Piece, new: &Draft, needed: &BTreeSet<String>) -> BTreeSet<String> {
    let now: Vec<&Piece> = new
        .pieces()
        .iter()
        .filter(|own| own.label == piece.label && !own.is_allow)
        .collect();
    if now.contains(&piece) {
        return BTreeSet::new();
    }
    let of_same = |own: &&Piece| own.members.get("Principal") == piece.members.get("Principal");
    let mut gone = speaks_of(piece);
    if now.is_empty() || !now.iter().all(of_same) {
        return gone;
    }
    let is_elsewhere = |own: &&Piece| own.members.get("NotResource") != piece.members.get("NotResource");
    if now.len() == 1 && now.iter().all(is_elsewhere) {
        // On the resources that are needed it says nothing any more: there, actions of their services are open.
        gone.retain(|action| needed.iter().any(|own| service(own) == service(action)));
        return gone;
    }
    // Several stand for it together, each on other resources: what one of them leaves out is open there.
    let all: Vec<BTreeSet<String>> = now.into_iter().map(speaks_of).collect();
    gone.retain(|action| !all.iter().all(|own| own.contains(action)));
    gone
}

/// The actions of a statement.
fn speaks_of(piece: &Piece) -> BTreeSet<String> {
    match (piece.texts("Action"), piece.texts("NotAction")) {
        (Some(actions), _) => actions.iter().flat_map(|action| meant(action)).collect(),
        (None, Some(but)) => {
            let but: BTreeSet<String> = but.iter().flat_map(|action| meant(action)).collect();
            let all = actions::all().iter().map(Action::to_string);
            all.filter(|action| !but.contains(action)).collect()
        }
        (None, None) => BTreeSet::new(),
    }
}

fn named(actions: Option<&serde_json::Value>) -> Vec<&str> {
    match actions {
        Some(serde_json::Value::String(one)) => vec![one],
        Some(serde_json::Value::Array(all)) => all.iter().filter_map(serde_json::Value::as_str).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::known::allow;

    fn draft(denial: &str, grant: &str) -> Draft {
        let text = format!(
            r#"{{"Statement":[{{"Sid":"no","Effect":"Deny",{denial},"Resource":"*"}},
                {{"Sid":"yes","Effect":"Allow","Action":{grant},"Resource":"*"}}]}}"#
        );
        Draft::read(&text).expect("a policy")
    }

    fn of(old: &Draft, new: Draft, boundary: Option<Draft>) -> BTreeSet<String> {
        let place = Place::Inline("x".to_owned());
        let edit = Edit {
            place: place.clone(),
            draft: new,
            moved: None,
            cured: None,
        };
        let mut drafts = vec![(place, old.clone())];
        drafts.extend(boundary.map(|draft| (Place::Boundary("b".to_owned()), draft)));
        freed(&drafts, &[edit], &[allow(&serde_json::json!("sqs:SendMessage"), "*")])
    }

    #[test]
    fn what_is_neither_needed_nor_denied_any_more_is_named() {
        let old = draft(r#""Action":"sqs:*""#, r#"["sqs:*","s3:GetObject"]"#);
        let gone = of(&old, old.without(|_, piece| !piece.is_allow), None);
        assert!(
            gone.contains("sqs:DeleteQueue") && !gone.contains("sqs:SendMessage"),
            "{gone:?}"
        );
        assert!(!gone.contains("s3:GetObject"), "that was never denied");
        let less = draft(r#""Action":["sqs:Delete*","sqs:Add*"]"#, r#"["sqs:*"]"#);
        let gone = of(&old, old.with(0, vec![less.pieces()[0].members.clone()]), None);
        assert!(
            gone.contains("sqs:ReceiveMessage") && !gone.contains("sqs:DeleteQueue"),
            "{gone:?}"
        );
    }

    #[test]
    fn what_nothing_allows_does_not_open() {
        let old = draft(r#""NotAction":"s3:*""#, r#""sqs:Receive*""#);
        let new = old.without(|_, piece| !piece.is_allow);
        assert_eq!(
            of(&old, new.clone(), None),
            BTreeSet::from(["sqs:ReceiveMessage".to_owned()])
        );
        let narrow = draft(r#""Action":"s3:*""#, r#""sns:*""#);
        assert_eq!(of(&old, new, Some(narrow)), BTreeSet::new());
        assert_eq!(of(&old, old.clone(), None), BTreeSet::new());
    }

    #[test]
    fn what_several_statements_deny_on_their_resources_stays_denied() {
        let old = draft(r#""Action":"sqs:*""#, r#""sqs:*""#);
        let (mut elsewhere, mut there) = (old.pieces()[0].members.clone(), old.pieces()[0].members.clone());
        elsewhere.remove("Resource");
        elsewhere.insert("NotResource".to_owned(), "arn:aws:sqs:*:*:q".into());
        there.insert("Resource".to_owned(), "arn:aws:sqs:*:*:q".into());
        there.insert("Action".to_owned(), serde_json::json!(["sqs:Delete*", "sqs:Purge*"]));
        let alone = of(&old, old.with(0, vec![elsewhere.clone()]), None);
        assert!(alone.contains("sqs:DeleteQueue"), "{alone:?}");
        let gone = of(&old, old.with(0, vec![elsewhere, there]), None);
        assert!(
            gone.contains("sqs:ReceiveMessage") && !gone.contains("sqs:DeleteQueue"),
            "{gone:?}"
        );
    }
}
