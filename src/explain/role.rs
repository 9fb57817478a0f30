//! How can a statement of a role's policy be narrowed? By its resources and its actions, down to what the function's own
//! configuration shows that it needs.

use serde_json::json;

use super::draft::{Draft, Members};
use super::fault::Fault;
use super::keep::{keep, keep_actions};
use super::known::service;
use super::place::{Edit, Place};
use super::search::{Attempt, Step, Work, drop_one};
use crate::facts::actions::AccessLevel;
use crate::policy::{self, Policy, Within};

/// The changes of one statement, the smallest first.
pub(super) static STEPS: [Step; 6] = [
    fewer_resources,
    but_itself,
    named_resources,
    fewer_actions,
    actions_that_read,
    drop_plain,
];

fn fewer_resources(work: &Work<'_>, fault: &Fault, at: usize) -> Option<Attempt> {
    let piece = fault.draft.pieces().get(at).filter(|piece| piece.is_allow)?;
    let all = piece.texts("Resource").filter(|all| all.len() > 1)?;
    let mut kept = Vec::new();
    keep(&mut kept, &all, &mut |some| {
        work.closes(fault, fault.draft.with(at, vec![piece.listing("Resource", some)]))
    });
    let gone: Vec<&str> = all
        .iter()
        .filter(|one| !kept.contains(one))
        .map(String::as_str)
        .collect();
    if kept.is_empty() || gone.is_empty() {
        return None;
    }
    let how = format!("take {} out of the resources of {}", gone.join(", "), piece.label);
    let draft = fault.draft.with(at, vec![piece.listing("Resource", &kept)]);
    Some(
        work.attempt(fault, draft, how)
            .confirm("that the function does not use what is taken out"),
    )
}

/// A role that may invoke many functions keeps all but the function's own.
fn but_itself(work: &Work<'_>, fault: &Fault, at: usize) -> Option<Attempt> {
    let piece = fault.draft.pieces().get(at).filter(|piece| piece.is_allow)?;
    if work.trial.control.id != "role-self-invoke" {
        return None;
    }
    let own = work.trial.snapshot.function.to_string();
    let mut denial = Members::new();
    denial.insert("Effect".to_owned(), json!("Deny"));
    denial.insert("Action".to_owned(), json!("lambda:InvokeFunction"));
    denial.insert("Resource".to_owned(), json!([own, format!("{own}:*")]));
    let draft = fault.draft.with(at, vec![piece.members.clone(), denial]);
    let how = format!("deny beside {} to invoke the function itself", piece.label);
    // A resource that is named is better taken out.
    let is_wide = piece
        .texts("Resource")
        .is_none_or(|all| all.iter().any(|one| one.contains(['*', '?'])));
    is_wide.then(|| {
        work.attempt(fault, draft, how)
            .confirm("that the function does not call itself")
    })
}

/// The actions that may stay as they are, and of the others what they need not be without: known resources.
fn named_resources(work: &Work<'_>, fault: &Fault, at: usize) -> Option<Attempt> {
    let piece = fault.draft.pieces().get(at).filter(|piece| piece.is_allow)?;
    let (kept, gone) = parted(work, fault, (at, AccessLevel::Read))?;
    if gone.iter().any(|action| service(action).is_none()) {
        return None;
    }
    let rest: Vec<Members> = (!kept.is_empty())
        .then(|| piece.listing("Action", &kept))
        .into_iter()
        .collect();
    let scoped = |resources: &[String]| -> Draft {
        let mut members = piece.listing("Action", &gone);
        members.remove("NotResource");
        members.insert("Resource".to_owned(), super::draft::list(resources));
        if !rest.is_empty() {
            // One document holds one statement of a name.
            members.remove("Sid");
        }
        fault.draft.with(at, rest.iter().cloned().chain([members]).collect())
    };
    let known = work.known.resources_for(&gone);
    let mut named = Vec::new();
    keep(&mut named, &known, &mut |some| {
        let draft = scoped(some);
        work.closes(fault, draft.clone()) && allows_nothing_new(fault, &draft)
    });
    if named.is_empty() {
        return None;
    }
    let how = format!(
        "let {} allow {} on {} only",
        piece.label,
        gone.join(", "),
        named.join(", ")
    );
    let choice = "that the function uses no other resources than its configuration names";
    Some(work.attempt(fault, scoped(&named), how).confirm(choice))
}

fn allows_nothing_new(fault: &Fault, draft: &Draft) -> bool {
    let parsed = |draft: &Draft| Policy::parse(&draft.judged()).ok();
    match (parsed(draft), parsed(&fault.draft)) {
        (Some(new), Some(old)) => policy::allows_no_more(&new, &old).0 == Within::Yes,
        _ => false,
    }
}

/// The actions of a statement that may stay on its resources, and the others as they are written.
fn parted(work: &Work<'_>, fault: &Fault, (at, most): (usize, AccessLevel)) -> Option<(Vec<String>, Vec<String>)> {
    let piece = fault.draft.pieces().get(at).filter(|piece| piece.is_allow)?;
    let all = piece.texts("Action")?;
    let kept = keep_actions(&all, most, &mut |some| {
        work.closes(fault, fault.draft.with(at, vec![piece.listing("Action", some)]))
    });
    let gone = all.into_iter().filter(|action| !kept.contains(action)).collect();
    Some((kept, gone))
}

fn fewer_actions(work: &Work<'_>, fault: &Fault, at: usize) -> Option<Attempt> {
    some_actions(work, fault, (at, AccessLevel::Write))
}

/// Where writes bring another finding that is as bad.
fn actions_that_read(work: &Work<'_>, fault: &Fault, at: usize) -> Option<Attempt> {
    some_actions(work, fault, (at, AccessLevel::Read))
}

fn some_actions(work: &Work<'_>, fault: &Fault, (at, most): (usize, AccessLevel)) -> Option<Attempt> {
    let piece = fault.draft.pieces().get(at)?;
    let (kept, gone) = parted(work, fault, (at, most))?;
    if kept.is_empty() || gone.is_empty() {
        return None;
    }
    let draft = fault.draft.with(at, vec![piece.listing("Action", &kept)]);
    let how = format!(
        "let {} allow {} instead of {}",
        piece.label,
        listed(&kept),
        gone.join(", ")
    );
    let choice = format!(
        "which of its actions the function calls: no more of {} is left than closes the finding",
        gone.join(", ")
    );
    Some(work.attempt(fault, draft, how).confirm(choice))
}

/// A few, and how many more.
fn listed(actions: &[String]) -> String {
    const MOST: usize = 4;
    let shown: Vec<&str> = actions.iter().map(String::as_str).take(MOST).collect();
    match actions.len().saturating_sub(MOST) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A statement for every service is better replaced by what the function needs.
fn drop_plain(work: &Work<'_>, fault: &Fault, at: usize) -> Option<Attempt> {
    let actions = fault.draft.pieces().get(at)?.texts("Action")?;
    let is_plain = actions.iter().all(|action| service(action).is_some());
    drop_one(work, fault, at).filter(|_| is_plain && fault.statements.len() == 1)
}

/// What the configuration shows that the function needs, in the place of all statements at fault.
pub(super) fn needs(work: &Work<'_>) -> Option<Attempt> {
    let mut edits = Vec::new();
    for fault in work.faults {
        let rest = fault
            .draft
            .without(|at, piece| piece.is_allow && fault.statements.contains(&at));
        let is_granted = |members: &Members| allows_nothing_new(fault, &Draft::empty().and([members.clone()]));
        let needed = work.known.statements(&is_granted);
        if needed.is_empty() {
            return None;
        }
        edits.push(work.edit(&fault.place, rest.and(needed)));
    }
    let names: Vec<String> = work.faults.iter().map(|fault| fault.place.label()).collect();
    let how = format!(
        "replace what decides in {} by what the function's configuration shows that it needs",
        names.join(", ")
    );
    let attempt = Attempt {
        edits,
        how,
        choice: None,
    };
    Some(attempt.confirm("what the code calls beside that: nothing but the code tells, so it is not granted any more"))
}

/// An action in a statement of a policy: the places of policy and statement, and the action if it is named.
type Atom = (usize, usize, Option<String>);

/// Whatever the role's statements may keep so that no service is left that the role does not use.
pub(super) fn unused(work: &Work<'_>) -> Option<Attempt> {
    let policies: Vec<(&Place, Draft)> = work
        .documents
        .iter()
        .filter(|(place, _)| place.is_of_role())
        .filter_map(|(place, text)| Some((place, Draft::read(text)?)))
        .collect();
    let mut atoms: Vec<Atom> = Vec::new();
    for (policy, (_, draft)) in policies.iter().enumerate() {
        for (at, piece) in draft.pieces().iter().enumerate().filter(|(_, piece)| piece.is_allow) {
            match piece.texts("Action") {
                Some(actions) => atoms.extend(actions.into_iter().map(|action| (policy, at, Some(action)))),
                None => atoms.push((policy, at, None)),
            }
        }
    }
    let edits = |kept: &[Atom]| -> Vec<Edit> {
        let all = policies.iter().enumerate();
        let drafts = all.map(|(policy, (place, draft))| (*place, reduced(draft, policy, kept)));
        let drafts = drafts.filter(|(_, draft)| draft.is_changed());
        drafts.map(|(place, draft)| work.edit(place, draft)).collect()
    };
    let mut kept = Vec::new();
    keep(&mut kept, &atoms, &mut |some| work.trial.may_close(&edits(some)));
    let gone: Vec<&str> = atoms
        .iter()
        .filter(|atom| !kept.contains(atom))
        .map(|(_, _, action)| action.as_deref().unwrap_or("a statement of NotAction"))
        .collect();
    if gone.is_empty() {
        return None;
    }
    let how = format!("take out {}", gone.join(", "));
    let attempt = Attempt {
        edits: edits(&kept),
        how,
        choice: None,
    };
    Some(attempt.confirm("that the function does not need in the future what it has not used"))
}

fn reduced(draft: &Draft, policy: usize, kept: &[Atom]) -> Draft {
    let mut reduced = draft.clone();
    // From the last on, so that the places before it stay.
    for (at, piece) in draft
        .pieces()
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, piece)| piece.is_allow)
    {
        let own = kept.iter().filter(|(of, place, _)| (*of, *place) == (policy, at));
        let own: Vec<Option<&String>> = own.map(|(_, _, action)| action.as_ref()).collect();
        let named: Vec<String> = own.iter().flatten().map(|action| (*action).clone()).collect();
        let is_whole = own.contains(&None) || piece.texts("Action").is_some_and(|all| all == named);
        if is_whole {
            continue;
        }
        let instead = (!named.is_empty()).then(|| piece.listing("Action", &named));
        reduced = reduced.with(at, instead.into_iter().collect());
    }
    reduced
}
