//! Is the monitor itself refused a read? Then other controls cannot judge, and somebody has to know.

use std::collections::BTreeMap;

use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::finding::{Evidence, Severity};
use crate::snapshot::{Facet, Reason, Unreadable};

pub(crate) static CONTROL: Control = Control {
    id: "read-denied",
    title: "The monitor may not read a part of the function's state",
    layer: Layer::Monitor,
    severity: Severity::Medium,
    reads: Facet::OF_FUNCTIONS,
    risk: "The controls that need this part cannot judge: a defect there would go unseen.",
    remediation: "# allow {subject} in the monitor's role, and look for a Deny: a service control policy, a resource policy or a boundary\n\
                  aws iam simulate-principal-policy --policy-source-arn MONITOR_ROLE_ARN --action-names {subject}",
    references: &["https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"],
    evaluate,
};

#[allow(
    clippy::unnecessary_wraps,
    reason = "the form of every control; this one judges in any case"
)]
fn evaluate(context: &Context<'_>) -> Judged {
    let mut missing: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut verdict = Verdict::default();
    for Unreadable { facet, reason } in unread(context) {
        match reason {
            Reason::AccessDenied { permission } => {
                missing.entry(permission).or_default().push(facet.label().to_owned());
            }
            // Nobody asked AWS.
            Reason::NotInTemplate { .. } => {}
            other => verdict.unjudged.extend(unsettled(facet, other)),
        }
    }
    verdict.fails = missing
        .into_iter()
        .map(|(permission, mut facets)| {
            facets.dedup();
            Evidence::new(
                permission,
                format!("denied, so these cannot be judged: {}", facets.join(", ")),
            )
        })
        .collect();
    Ok(verdict)
}

/// A read that failed otherwise leaves open whether its own permissions are there, and says nothing about others.
fn unsettled(facet: Facet, reason: Reason) -> Vec<Unjudged> {
    let unreadable = Unreadable::new(facet, reason);
    if unreadable.is_not_due() || facet.read_by().is_empty() {
        return vec![unreadable.into()];
    }
    let about = |permission: &&str| Unjudged::Undecided {
        detail: format!("{permission}: {unreadable}"),
        about: Some((*permission).to_owned()),
    };
    facet.read_by().iter().map(about).collect()
}

fn unread(context: &Context<'_>) -> Vec<Unreadable> {
    let mut unread = context.snapshot.unreadable();
    if let Ok(policies) = context.snapshot.resource_policies() {
        let reasons = policies.unread.iter().map(|entry| entry.why.clone());
        unread.extend(reasons.map(|why| Unreadable::new(Facet::ResourcePolicies, why)));
    }
    if let Ok(layers) = context.snapshot.layer_policies() {
        let reasons = layers.unread.iter().map(|entry| entry.why.clone());
        unread.extend(reasons.map(|why| Unreadable::new(Facet::LayerPolicies, why)));
    }
    unread
}
