//! Is there a grant that nobody can ever use? A source that no longer exists is not looked for: that takes reads of every
//! service that can be a source.

use std::collections::BTreeSet;

use crate::controls::exposures::Found;
use crate::controls::{Context, Control, Exposures, Judged, Layer, Unjudged, Verdict};
use crate::finding::{Evidence, Severity};
use crate::policy::{Capability, ExposureVerdict, Tier};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "grant-dead",
    title: "A grant can never be used",
    layer: Layer::Invocation,
    severity: Severity::Informational,
    reads: &[Facet::ResourcePolicies],
    risk: "Whoever wrote the grant believes that it works: the call that it was meant for fails, and the statement hides \
           among the ones that count.",
    remediation: "aws lambda remove-permission --region {region} --function-name {function}{qualifier} --statement-id {statement}",
    references: &[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html",
    ],
    evaluate,
};

type Place = (Option<String>, Vec<String>);

fn evaluate(context: &Context<'_>) -> Judged {
    let capabilities = [Capability::Invoke, Capability::Change, Capability::Read];
    let mut all = Vec::new();
    for capability in capabilities {
        all.push(context.exposures(capability)?);
    }
    let found = || {
        all.iter()
            .flat_map(|exposures: &std::rc::Rc<Exposures>| &exposures.found)
    };
    let alive: BTreeSet<Place> = found().filter(|found| is_alive(found)).map(place).collect();
    let mut verdict = Verdict::default();
    let unjudged = all.iter().flat_map(|exposures| exposures.unjudged.iter().cloned());
    let unclear = found().filter_map(unclear);
    verdict.unjudged = unjudged.chain(unclear).collect::<BTreeSet<_>>().into_iter().collect();
    let dead = found().filter(|found| is_dead(found) && !alive.contains(&place(found)));
    verdict.fails = dead.map(evidence).collect::<BTreeSet<_>>().into_iter().collect();
    Ok(verdict)
}

fn place(found: &Found) -> Place {
    (found.qualifier.clone(), found.exposure.statements.clone())
}

fn is_alive(found: &Found) -> bool {
    found.exposure.tier != Tier::Nobody
}

fn is_dead(found: &Found) -> bool {
    found.exposure.tier == Tier::Nobody && unclear(found).is_none()
}

fn unclear(found: &Found) -> Option<Unjudged> {
    match &found.exposure.verdict {
        ExposureVerdict::CannotTell { reason } => Some(Unjudged::about(&found.statement(), reason)),
        ExposureVerdict::Present { .. } | ExposureVerdict::Conditional { .. } => None,
    }
}

fn evidence(found: &Found) -> Evidence {
    let (statement, caller) = (found.statement(), &found.exposure.caller);
    let keys = found.keys().join(", ");
    let why = match (keys.is_empty(), found.is_contested) {
        (true, false) => "there is no such caller any more".to_owned(),
        (true, true) => "there is no such caller any more, or a Deny shuts it out".to_owned(),
        (false, false) => format!("none of its calls meets the condition on {keys}"),
        (false, true) => format!("none of its calls meets the condition on {keys}, or a Deny shuts it out"),
    };
    let detail = format!("statement {statement} lets nobody in through {caller}: {why}");
    let evidence = found.evidence(found.subject(), detail).on(found.qualifier.as_deref());
    found.fixable(evidence.fixed_by(CONTROL.remediation))
}
