//! Which document is at fault, and which of its statements decide? What the control says beside its evidence, looked up in
//! the documents that it reads.

use super::draft::Draft;
use super::place::Place;
use crate::controls::{Context, Control};
use crate::finding::Evidence;
use crate::policy::Answer;
use crate::snapshot::Facet;

/// A document, and the statements of it that decide.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    /// Where the document hangs.
    pub(super) place: Place,
    /// What it says.
    pub(super) draft: Draft,
    /// The places of the statements.
    pub(super) statements: Vec<usize>,
}

/// Says that Access Analyzer's finding is about a document as a whole.
const WHOLE: &str = "the document";

/// The documents at fault; none where no policy is.
pub(super) fn faults(
    (control, evidence): (&Control, &Evidence),
    context: &Context<'_>,
    documents: &[(Place, String)],
) -> Vec<Fault> {
    let labels = labels((control, evidence), context);
    let concerned = documents
        .iter()
        .filter(|(place, _)| is_concerned(place, control, evidence));
    let faults = concerned.filter_map(|(place, text)| {
        let draft = Draft::read(text)?;
        let statements = match &labels {
            Some(labels) => draft.places(labels),
            None => (0..draft.pieces().len()).collect(),
        };
        Some(Fault {
            place: place.clone(),
            draft,
            statements,
        })
    });
    faults.filter(|fault| !fault.statements.is_empty()).collect()
}

/// Whether a document is one of those that the evidence speaks of.
fn is_concerned(place: &Place, control: &Control, evidence: &Evidence) -> bool {
    let reads = |facet| control.reads.contains(&facet);
    let names = evidence.fill.get("statement").is_some() || evidence.fill.get("statement_0").is_some();
    match place {
        Place::Function => names && reads(Facet::ResourcePolicies) && evidence.qualifier.is_none(),
        Place::Qualifier(name) => {
            names && reads(Facet::ResourcePolicies) && evidence.qualifier.as_deref() == Some(name.as_str())
        }
        Place::Layer(arn) => {
            let own = evidence.subject.strip_prefix(arn.as_str());
            names && reads(Facet::LayerPolicies) && own.is_some_and(|rest| rest.starts_with(' '))
        }
        Place::Trust => names && reads(Facet::RoleTrust) && !reads(Facet::RolePolicies),
        Place::Inline(name) | Place::Managed(name) => {
            reads(Facet::RolePolicies)
                && (evidence.fill.get("policy") == Some(name) || (names_policy(control) && evidence.subject == *name))
        }
        Place::Boundary(_) | Place::Endpoint(_) => false,
    }
}

/// Whether the subject of its evidence is a policy of the role.
fn names_policy(control: &Control) -> bool {
    control.id == "role-broad-managed-policy"
}

/// The names of the statements that decide; nothing where all of the document do.
fn labels((control, evidence): (&Control, &Evidence), context: &Context<'_>) -> Option<Vec<String>> {
    let numbered = (0..).map_while(|index| evidence.fill.get(&format!("statement_{index}")));
    let mut labels: Vec<String> = numbered.cloned().collect();
    if let Some(together) = evidence.fill.get("statement") {
        labels.push(together.clone());
        labels.extend(together.split(" + ").map(str::to_owned));
    }
    if let Some(place) = evidence.fill.get("place").filter(|place| *place != WHOLE) {
        labels.push(place.clone());
    }
    if control.id == "role-admin"
        && let Ok(Answer::Yes(grounds)) = context.role_grants().map(crate::policy::RoleGrants::allows_everything)
    {
        let own = grounds.into_iter().filter(|ground| ground.policy == evidence.subject);
        labels.extend(own.map(|ground| ground.statement));
    }
    (!labels.is_empty()).then_some(labels)
}
