//! Why did a finding fire: which statements of which document decide, which request shows it, what would have to change? And for
//! policies the smallest replacement, which is offered only if it is proved to allow nothing new and, judged again, to close the
//! finding.

use jiff::Timestamp;

use crate::assess::{Accepted, Assessment};
use crate::controls::{Context, Control};
use crate::facts::actions;
use crate::finding::{Evidence, Finding};
use crate::policy::{Caller, Request};
use crate::settings::Settings;
use crate::snapshot::{Facet, Snapshot};

mod audit;
mod command;
mod denial;
mod draft;
mod dropped;
mod fault;
mod freed;
mod grant;
mod keep;
mod known;
mod lost;
mod name;
mod place;
mod role;
mod room;
mod search;
mod shelf;
mod sibling;
mod told;
mod trial;
mod trust;
mod widen;
mod witness;

pub use dropped::verbs;
pub use place::Place;
pub use sibling::Others;
pub use told::{Change, Document, Explanation, Replaced, Replacement, Sibling};
pub use widen::TOO_NARROW;

use draft::Draft;
use fault::Fault;
use known::Known;
use place::Edit;
use search::{Found, Work};
use trial::Trial;
use widen::{Lack, Widened};

/// Explains a finding of an assessment of the same snapshot; an error if its control does not find it any more. What is known of
/// other functions is asked for where the role changes with which they run, too.
pub fn explain(
    (snapshot, settings, now): (&Snapshot, &Settings, Timestamp),
    (control, finding): (&'static Control, &Finding),
    assessment: &Assessment,
    others: &Others<'_>,
) -> Result<Explanation, String> {
    let context = Context::new(snapshot, settings, now);
    let evidence = evidence(control, finding, &context)?;
    let trial = Trial::new((snapshot, settings, now), finding, control);
    let documents = place::all(snapshot);
    let case = Case {
        context: &context,
        documents: &documents,
        trial: &trial,
        evidence: &evidence,
        others,
    };
    let answer = case.answer();
    Ok(Explanation {
        schema: "lambda-vigil/explain/1",
        finding: finding.clone(),
        title: control.title,
        risk: control.risk,
        accepted: accepted(assessment, finding),
        siblings: answer.siblings,
        documents: answer.documents,
        witness: answer.witness,
        why_open: answer.why_open,
        change: answer.change,
        replacement: answer.replacement,
    })
}

/// What the control says, with all that a finding does not keep.
fn evidence(control: &Control, finding: &Finding, context: &Context<'_>) -> Result<Evidence, String> {
    let verdict = (control.evaluate)(context).map_err(|why| why.to_string())?;
    let is_it = |evidence: &Evidence| {
        let severity = finding.severity;
        Finding::new(control.id, &finding.function, severity, evidence.clone()).fingerprint == finding.fingerprint
    };
    let found = verdict.fails.into_iter().find(is_it);
    found.ok_or_else(|| format!("{} does not find it any more", control.id))
}

fn accepted(assessment: &Assessment, finding: &Finding) -> Option<String> {
    assessment
        .accepted
        .get(&finding.fingerprint)
        .map(|accepted| match accepted {
            Accepted::For(reason) => reason.clone(),
            Accepted::AsBefore => "its tags are not read".to_owned(),
        })
}

/// Rests on what Access Analyzer says of a text.
const INVALID: &str = "role-policy-invalid";

/// A finding with what is asked about it.
struct Case<'a> {
    context: &'a Context<'a>,
    documents: &'a [(Place, String)],
    trial: &'a Trial<'a>,
    evidence: &'a Evidence,
    others: &'a Others<'a>,
}

/// What is answered.
struct Answer {
    documents: Vec<Document>,
    witness: Option<Request>,
    why_open: Vec<String>,
    change: String,
    replacement: Replacement,
    siblings: Vec<Sibling>,
}

impl Case<'_> {
    fn answer(&self) -> Answer {
        let control = self.trial.control;
        if let Some(lack) = Lack::of(self.trial, (control, self.evidence), (self.context, self.documents)) {
            return self.wider(&lack);
        }
        let faults = fault::faults((control, self.evidence), self.context, self.documents);
        if faults.is_empty() && control.id != "role-permissions-unused" {
            return self.no_policy();
        }
        self.narrower(&faults)
    }

    fn no_policy(&self) -> Answer {
        let parts: Vec<&str> = self.trial.control.reads.iter().map(|facet| facet.label()).collect();
        let most = 4;
        let shown = match parts.get(..most).filter(|_| parts.len() > most) {
            Some(first) => format!("{} and more", first.join(", ")),
            None => parts.join(", "),
        };
        Answer {
            documents: Vec::new(),
            witness: None,
            why_open: Vec::new(),
            change: format!("no policy is at fault; what decides is: {shown}"),
            replacement: Replacement::NoPolicy,
            siblings: Vec::new(),
        }
    }

    fn narrower(&self, faults: &[Fault]) -> Answer {
        let shown = faults
            .first()
            .map(|fault| witness::shown(self.trial.control.id, self.evidence, fault, self.context));
        let shown = shown.unwrap_or_default();
        let work = Work {
            trial: self.trial,
            documents: self.documents,
            faults,
            shown: &shown,
            known: Known::of(self.trial.snapshot),
        };
        let found = search::smallest(&work);
        let mut documents: Vec<Document> = faults.iter().map(at_fault).collect();
        let mut siblings = Vec::new();
        let (change, replacement, other) = match found {
            Ok(Found { attempt, closed }) => {
                if documents.is_empty() {
                    documents = attempt.edits.iter().filter_map(|edit| self.touched(edit)).collect();
                }
                let mut refused = closed.iter().flatten();
                let other = refused.find(|request| actions::find(&request.action).is_some());
                let other = other.cloned().map(|request| self.asked_by_role(request));
                siblings = sibling::siblings(self.trial, &attempt.edits, self.others);
                let change = self.change((&attempt.edits, closed), attempt.choice);
                (attempt.how, Replacement::Narrower(change), other)
            }
            Err(reasons) => (
                self.unproved(),
                Replacement::Unproved {
                    reasons: self.why_not(faults, reasons),
                },
                None,
            ),
        };
        Answer {
            documents,
            witness: shown.request().cloned().or(other),
            why_open: shown.why_open,
            change,
            replacement,
            siblings,
        }
    }

    /// What a role's policy allows does not depend on who holds it: the function's role does.
    fn asked_by_role(&self, mut request: Request) -> Request {
        let role = self.trial.snapshot.configuration().ok().map(|known| known.role.clone());
        let names_caller = request.context.contains_key("aws:principalarn");
        let is_of_role = self.trial.control.reads.contains(&Facet::RolePolicies);
        if let Some(arn) = role.filter(|_| is_of_role && !names_caller) {
            request.caller = Caller::Principal { arn };
        }
        request
    }

    fn unproved(&self) -> String {
        match self.trial.control.id {
            INVALID => "mend the text where Access Analyzer finds the fault, and have it looked at again".to_owned(),
            _ => "the statements that decide have to be narrowed by hand".to_owned(),
        }
    }

    /// Why nothing is offered.
    fn why_not(&self, faults: &[Fault], reasons: Vec<String>) -> Vec<String> {
        let denies = |fault: &Fault| {
            let own = fault.statements.iter().filter_map(|at| fault.draft.pieces().get(*at));
            own.clone().count() > 0 && own.clone().all(|piece| !piece.is_allow)
        };
        if self.trial.control.id == INVALID && faults.iter().any(denies) {
            let why = "the fault is in a denial: without it more would be allowed, and whether another text of it is in order, \
                       Access Analyzer alone can say";
            return vec![why.to_owned()];
        }
        reasons_or(reasons)
    }

    fn wider(&self, lack: &Lack<'_>) -> Answer {
        let mut siblings = Vec::new();
        let (documents, change, replacement) = match lack.smallest() {
            Ok(widened) => {
                siblings = sibling::siblings(self.trial, &widened.edits, self.others);
                let documents = self.denying(&widened);
                let change = self.change((&widened.edits, widened.opened), Some(widened.choice));
                let freed = widened.freed.into_iter().collect();
                (documents, widened.how, Replacement::Wider(Change { freed, ..change }))
            }
            Err(reasons) => {
                let how = "what is missing has to be allowed".to_owned();
                (
                    Vec::new(),
                    how,
                    Replacement::Unproved {
                        reasons: reasons_or(reasons),
                    },
                )
            }
        };
        Answer {
            documents,
            witness: None,
            why_open: Vec::new(),
            change,
            replacement,
            siblings,
        }
    }

    fn change(&self, (edits, differences): (&[Edit], Vec<Option<Request>>), confirm: Option<String>) -> Change {
        let old = |edit: &Edit| trial::text_of(self.documents, &edit.place).and_then(Draft::read);
        let policies = edits.iter().zip(differences).enumerate();
        let policies = policies.map(|(order, (edit, difference))| {
            // Several documents do not lie in one file.
            let file = match order {
                0 => "policy.json".to_owned(),
                more => format!("policy-{}.json", more + 1),
            };
            self.replaced((edit, old(edit).as_ref()), difference, file)
        });
        let dropped = edits.iter().flat_map(|edit| dropped::dropped(edit, old(edit).as_ref()));
        Change {
            policies: policies.collect(),
            confirm,
            opens: self.trial.lesser(edits),
            dropped: dropped.collect(),
            freed: Vec::new(),
        }
    }

    /// The documents whose denials decide, and those that lack a grant.
    fn denying(&self, widened: &Widened) -> Vec<Document> {
        let edits = widened.edits.iter();
        let documents = edits.filter_map(|edit| {
            let text = trial::text_of(self.documents, &edit.place)?;
            let draft = Draft::read(text)?;
            let own = widened.denials.iter().filter(|(place, _)| *place == edit.place);
            let labels: Vec<String> = own.map(|(_, label)| label.clone()).collect();
            Some(Document {
                place: edit.place.clone(),
                deciding: draft.places(&labels),
                document: draft.document(),
            })
        });
        documents.collect()
    }

    /// A document that an edit changes, where evidence names none: what is not the same any more decides.
    fn touched(&self, edit: &Edit) -> Option<Document> {
        let draft = Draft::read(trial::text_of(self.documents, &edit.place)?)?;
        let stays = |place: &usize| {
            draft
                .pieces()
                .get(*place)
                .is_some_and(|piece| edit.draft.pieces().contains(piece))
        };
        let deciding = (0..draft.pieces().len()).filter(|place| !stays(place));
        Some(Document {
            place: edit.place.clone(),
            deciding: deciding.collect(),
            document: draft.document(),
        })
    }

    fn replaced(&self, (edit, old): (&Edit, Option<&Draft>), difference: Option<Request>, file: String) -> Replaced {
        let is_new = |piece: &draft::Piece| !old.is_some_and(|old| old.pieces().contains(piece));
        let changed = edit
            .draft
            .pieces()
            .iter()
            .enumerate()
            .filter(|(_, piece)| is_new(piece));
        Replaced {
            place: edit.place.clone(),
            document: (!edit.draft.is_empty()).then(|| edit.draft.document()),
            changed: changed.map(|(at, _)| at).collect(),
            moved: edit.moved.clone(),
            is_new: old.is_none(),
            command: command::command((edit, old), &file, (self.trial.control, self.context)),
            file,
            difference,
        }
    }
}

fn at_fault(fault: &Fault) -> Document {
    Document {
        place: fault.place.clone(),
        document: fault.draft.document(),
        deciding: fault.statements.clone(),
    }
}

fn reasons_or(reasons: Vec<String>) -> Vec<String> {
    if reasons.is_empty() {
        return vec!["no change that allows nothing new closes the finding".to_owned()];
    }
    reasons
}
