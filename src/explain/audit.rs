//! What can be taken out of a policy where Access Analyzer finds a fault in its text? The part that it names: what is not there
//! has no fault. What it would say of another text only it can tell.

use serde_json::Value;

use super::fault::Fault;
use super::place::Edit;
use super::search::{Attempt, Work};
use crate::snapshot::PathElement;

/// Takes out the one of several values that the finding names.
pub(super) fn part(work: &Work<'_>, fault: &Fault, at: usize) -> Option<Attempt> {
    let piece = fault.draft.pieces().get(at).filter(|piece| piece.is_allow)?;
    let path = path(work, fault)?;
    let (member, gone) = match path.get(2..4)? {
        [member, value] => (member.value.as_deref()?, value.index?),
        _ => return None,
    };
    let Value::Array(mut values) = piece.members.get(member)?.clone() else {
        return None;
    };
    if values.len() < 2 || gone >= values.len() {
        return None;
    }
    let value = values.remove(gone);
    let draft = fault.draft.with(at, vec![piece.set(member, Value::Array(values))]);
    let how = format!("take {value} out of {member} of {}", piece.label);
    let cured = path.get(..4)?.to_vec();
    Some(in_place(work, fault, (draft, cured), how))
}

/// Takes out the statement.
pub(super) fn statement(work: &Work<'_>, fault: &Fault, at: usize) -> Option<Attempt> {
    let piece = fault.draft.pieces().get(at).filter(|piece| piece.is_allow)?;
    let cured = match path(work, fault) {
        Some(path) if path.len() > 1 => path.get(..2)?.to_vec(),
        // It is about the document: with its only statement it goes.
        Some(path) if fault.draft.pieces().len() == 1 => path,
        _ => return None,
    };
    let draft = fault.draft.without(|place, _| place == at);
    Some(in_place(
        work,
        fault,
        (draft, cured),
        format!("take out the statement {}", piece.label),
    ))
}

fn in_place(
    work: &Work<'_>,
    fault: &Fault,
    (draft, cured): (crate::explain::draft::Draft, Vec<PathElement>),
    how: String,
) -> Attempt {
    let edit = Edit {
        moved: None,
        cured: Some(cured),
        ..work.edit(&fault.place, draft)
    };
    let attempt = Attempt {
        edits: vec![edit],
        how,
        choice: None,
    };
    attempt.confirm(
        "what the part was meant to say: mend it instead, if it is needed, and have Access Analyzer look at it again",
    )
}

/// Where the fault is, as Access Analyzer says it.
fn path(work: &Work<'_>, fault: &Fault) -> Option<Vec<PathElement>> {
    let finding = work.trial.finding;
    let all = work.trial.snapshot.role_policy_findings().ok()?.iter();
    let mut own = all
        .filter(|one| one.policy_name == fault.place.name())
        .flat_map(|one| &one.findings);
    let fits = |code: &str| finding.evidence.subject.ends_with(&format!(" {code}"));
    let named = own.find(|one| {
        let index = one.locations.first().and_then(|location| location.path.get(1)?.index);
        fits(&one.issue_code) && index.is_none_or(|index| fault.statements.contains(&index))
    })?;
    Some(named.locations.first()?.path.clone())
}
