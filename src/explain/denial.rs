//! How can a denial give way as little as it has to? For some principals, for some actions, for some resources.

use serde_json::Value;

use super::draft::{Members, Piece, list};
use super::keep::{keep, keep_denied};

/// A denial of everything, or of everything but some actions, excepts further ones.
pub(super) fn excepting(piece: &Piece, missing: &[Members]) -> Option<Members> {
    let mut excepted = match (piece.texts("NotAction"), piece.texts("Action")) {
        (Some(excepted), _) => excepted,
        (None, Some(denied)) if denied.iter().any(|action| action == "*") => Vec::new(),
        (None, _) => return None,
    };
    for one in missing {
        match one.get("Action")? {
            Value::String(action) => excepted.push(action.clone()),
            actions => excepted.extend(actions.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned)),
        }
    }
    let mut members = piece.members.clone();
    members.remove("Action");
    members.insert("NotAction".to_owned(), list(&excepted));
    Some(members)
}

/// It stays for as many principals as it can.
pub(super) fn fewer_principals(piece: &Piece, passes: &mut dyn FnMut(Members) -> bool) -> Option<Members> {
    let all = piece.principals().filter(|all| all.len() > 1)?;
    let mut kept = Vec::new();
    keep(&mut kept, &all, &mut |some| passes(piece.held_by(some)));
    (!kept.is_empty()).then(|| piece.held_by(&kept))
}

/// It stays for as many actions as it can.
pub(super) fn fewer_actions(piece: &Piece, passes: &mut dyn FnMut(Members) -> bool) -> Option<Members> {
    let all = piece.texts("Action")?;
    let kept = keep_denied(&all, &mut |some| passes(piece.listing("Action", some)));
    (!kept.is_empty()).then(|| piece.listing("Action", &kept))
}

/// A denial on everything gives way for the resources that are missing, and elsewhere denies what it did; what it need not give up
/// it denies on these, too.
pub(super) fn spared(piece: &Piece, (missing, kept): (&[Members], Option<&Members>)) -> Option<Vec<Members>> {
    if piece.texts("Resource")? != ["*"] {
        return None;
    }
    let mut resources: Vec<String> = Vec::new();
    for one in missing {
        match one.get("Resource")? {
            Value::String(resource) => resources.push(resource.clone()),
            several => resources.extend(several.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned)),
        }
    }
    resources.sort();
    resources.dedup();
    if resources.is_empty() || resources.iter().any(|one| one == "*") {
        return None;
    }
    let mut elsewhere = piece.members.clone();
    elsewhere.remove("Resource");
    elsewhere.insert("NotResource".to_owned(), list(&resources));
    let mut statements = vec![elsewhere];
    if let Some(kept) = kept {
        let mut there = kept.clone();
        // One document holds one statement of a name.
        there.remove("Sid");
        there.insert("Resource".to_owned(), list(&resources));
        statements.push(there);
    }
    Some(statements)
}
