//! What is the smallest change of a policy that closes a finding? Changes are tried from the smallest on; the first that is
//! proved to allow nothing new, and that closes the finding when all is judged again, is the answer.

use std::collections::BTreeSet;

use super::draft::Draft;
use super::fault::Fault;
use super::keep::keep;
use super::known::Known;
use super::place::{Edit, Place};
use super::trial::{self, Trial};
use super::witness::Shown;
use super::{audit, grant, name, role, room, shelf, trust};
use crate::policy::Request;

/// What a change is made from.
pub(super) struct Work<'a> {
    pub(super) trial: &'a Trial<'a>,
    pub(super) documents: &'a [(Place, String)],
    pub(super) faults: &'a [Fault],
    pub(super) shown: &'a Shown,
    pub(super) known: Known,
}

/// A change that may do.
pub(super) struct Attempt {
    pub(super) edits: Vec<Edit>,
    /// What changes, in words.
    pub(super) how: String,
    /// What of it the user has to confirm.
    pub(super) choice: Option<String>,
}

/// A change that does.
pub(super) struct Found {
    pub(super) attempt: Attempt,
    /// A request that the old document of an edit allows and the new one does not, for each where one was found.
    pub(super) closed: Vec<Option<Request>>,
}

/// One kind of change, at one statement.
pub(super) type Step = fn(&Work<'_>, &Fault, usize) -> Option<Attempt>;
/// One kind of change, of all that is at fault at once.
pub(super) type Whole = fn(&Work<'_>) -> Option<Attempt>;

/// Statements that are looked at one by one.
const MOST_STATEMENTS: usize = 8;

/// The smallest change that does, or why each that was tried does not.
pub(super) fn smallest(work: &Work<'_>) -> Result<Found, Vec<String>> {
    let mut reasons = BTreeSet::new();
    let (steps, wholes) = kinds(work);
    // Where very many decide, none of them does alone.
    let is_few = work.faults.iter().map(|fault| fault.statements.len()).sum::<usize>() <= MOST_STATEMENTS;
    for step in steps.iter().filter(|_| is_few) {
        for fault in work.faults {
            for at in &fault.statements {
                if let Some(found) = step(work, fault, *at).and_then(|attempt| check(work, attempt, &mut reasons)) {
                    return Ok(found);
                }
            }
        }
    }
    for whole in wholes {
        if let Some(found) = whole(work).and_then(|attempt| check(work, attempt, &mut reasons)) {
            return Ok(found);
        }
    }
    Err(reasons.into_iter().collect())
}

/// The changes that come into question, the smallest first.
fn kinds(work: &Work<'_>) -> (&'static [Step], &'static [Whole]) {
    match work.trial.control.id {
        "role-permissions-unused" => return (&[], &[role::unused]),
        "role-policy-invalid" => return (&[audit::part, audit::statement], &[drop_all]),
        // Any copy of it that lives in the role would do for the control, and for nobody else.
        "role-broad-managed-policy" => return (&[], &[role::needs, drop_all]),
        "grant-dead" => return (&[drop_one], &[drop_all]),
        _ => {}
    }
    match work.faults.first().map(|fault| &fault.place) {
        Some(Place::Trust) => (&trust::STEPS, &[drop_all]),
        Some(Place::Inline(_) | Place::Managed(_)) => (&role::STEPS, &[role::needs, drop_all]),
        Some(Place::Function | Place::Qualifier(_) | Place::Layer(_)) => (&grant::STEPS, &[drop_all]),
        Some(Place::Boundary(_) | Place::Endpoint(_)) | None => (&[], &[]),
    }
}

fn check(work: &Work<'_>, attempt: Attempt, reasons: &mut BTreeSet<String>) -> Option<Found> {
    let edits = &attempt.edits;
    let can_be_told = |edit: &Edit| shelf::can_be_told(edit, trial::text_of(work.documents, &edit.place));
    if edits.is_empty() || !edits.iter().all(can_be_told) || !work.trial.closes(edits) {
        return None;
    }
    let stored = work
        .trial
        .judged_again(edits)
        .and_then(|()| room::fits(edits, work.documents));
    let judged = stored.and_then(|()| {
        let proofs = edits.iter().map(|edit| {
            let old = trial::text_of(work.documents, &edit.place).ok_or("the policy is not at hand")?;
            trial::proved(edit, old)
        });
        proofs.collect::<Result<Vec<_>, String>>()
    });
    match judged {
        Ok(closed) => Some(Found { attempt, closed }),
        Err(reason) => {
            reasons.insert(format!("{}: {reason}", attempt.how));
            None
        }
    }
}

impl Work<'_> {
    /// The edit that puts a draft in the place of a document. A managed policy serves other roles, too: what this one needs of
    /// it moves into a policy of its own.
    pub(super) fn edit(&self, place: &Place, draft: Draft) -> Edit {
        let is_managed = matches!(place, Place::Managed(_)) && !draft.is_empty();
        Edit {
            place: place.clone(),
            draft,
            moved: is_managed.then(|| self.new_name(place)),
            cured: None,
        }
    }

    /// Another name for each managed policy that moves into the role.
    fn new_name(&self, place: &Place) -> String {
        let managed = self
            .documents
            .iter()
            .filter(|(own, _)| matches!(own, Place::Managed(_)));
        name::free(
            self.trial,
            self.documents,
            managed.take_while(|(own, _)| own != place).count(),
        )
    }

    /// An attempt that changes one document.
    pub(super) fn attempt(&self, fault: &Fault, draft: Draft, how: String) -> Attempt {
        Attempt {
            edits: vec![self.edit(&fault.place, draft)],
            how,
            choice: None,
        }
    }

    /// Whether the attempt closes the finding.
    pub(super) fn closes_with(&self, attempt: &Attempt) -> bool {
        self.trial.may_close(&attempt.edits)
    }

    /// Whether the edit that puts a draft in the place of a document closes the finding.
    pub(super) fn closes(&self, fault: &Fault, draft: Draft) -> bool {
        self.trial.may_close(&[self.edit(&fault.place, draft)])
    }
}

impl Attempt {
    /// With what the user has to confirm.
    pub(super) fn confirm(self, choice: impl Into<String>) -> Self {
        Self {
            choice: Some(choice.into()),
            ..self
        }
    }
}

/// As many of a statement's principals as can stay; the user has to confirm that the others need not do what they could.
pub(super) fn needed_principals(work: &Work<'_>, fault: &Fault, (at, what): (usize, &str)) -> Option<Attempt> {
    let piece = fault.draft.pieces().get(at).filter(|piece| piece.is_allow)?;
    let all = piece.principals().filter(|all| all.len() > 1)?;
    let mut kept = Vec::new();
    keep(&mut kept, &all, &mut |some| {
        work.closes(fault, fault.draft.with(at, vec![piece.held_by(some)]))
    });
    let gone: Vec<&str> = all
        .iter()
        .filter(|one| !kept.contains(one))
        .map(|(_, name)| name.as_str())
        .collect();
    if kept.is_empty() || gone.is_empty() {
        return None;
    }
    let how = format!("take {} out of the principals of {}", gone.join(", "), piece.label);
    let attempt = work.attempt(fault, fault.draft.with(at, vec![piece.held_by(&kept)]), how);
    Some(attempt.confirm(format!("that {} need not {what}", gone.join(", "))))
}

/// Takes the statement out; denials stay.
pub(super) fn drop_one(work: &Work<'_>, fault: &Fault, at: usize) -> Option<Attempt> {
    let piece = fault.draft.pieces().get(at).filter(|piece| piece.is_allow)?;
    let draft = fault.draft.without(|place, _| place == at);
    let attempt = work.attempt(fault, draft, format!("take out the statement {}", piece.label));
    let is_dead = work.trial.control.id == "grant-dead";
    let needed = match work.trial.control.id {
        "role-secret-suffix-missing" => {
            "that the secret is not read: to read it, which no grant allows now, end its ARN in -??????".to_owned()
        }
        _ => format!("that nobody needs what {} grants", piece.label),
    };
    Some(if is_dead { attempt } else { attempt.confirm(needed) })
}

/// Takes out all statements at fault; denials stay.
pub(super) fn drop_all(work: &Work<'_>) -> Option<Attempt> {
    let edits = work.faults.iter().map(|fault| {
        let draft = fault
            .draft
            .without(|at, piece| piece.is_allow && fault.statements.contains(&at));
        work.edit(&fault.place, draft)
    });
    let edits: Vec<Edit> = edits.filter(|edit| edit.draft.is_changed()).collect();
    if edits.is_empty() {
        return None;
    }
    let names: Vec<String> = edits.iter().map(|edit| edit.place.label()).collect();
    let how = format!("take out every statement that decides, in {}", names.join(", "));
    let attempt = Attempt {
        edits,
        how,
        choice: None,
    };
    Some(attempt.confirm("that nobody needs what these statements grant"))
}
