//! Can everyone, or an account outside the trust set, read a layer version of this account that the function uses?

use crate::controls::exposures::Found;
use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::finding::{Evidence, Severity};
use crate::policy::Tier;
use crate::snapshot::{Facet, LayerPolicy};

pub(crate) static CONTROL: Control = Control {
    id: "layer-shared-publicly",
    title: "A layer of the function can be read by outsiders",
    layer: Layer::Invocation,
    severity: Severity::High,
    reads: &[Facet::LayerPolicies],
    risk: "Layers hold the code that a company's functions share, and often its settings and keys: whoever may read one \
           downloads it whole, and finds in it what to attack.",
    remediation: "aws lambda remove-layer-version-permission --region {region} --layer-name {layer} --version-number {version} \
                  --statement-id {statement}",
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/permissions-layer-cross-account.html"],
    evaluate,
};

const OUTSIDE: [Tier; 4] = [
    Tier::Anonymous,
    Tier::AnyPrincipal,
    Tier::ForeignOrganization,
    Tier::External,
];

fn evaluate(context: &Context<'_>) -> Judged {
    let mut verdict = Verdict::default();
    let read = context.snapshot.layer_policies()?;
    for layer in &read.policies {
        let exposures = context.layer_exposures(layer);
        let found = exposures.verdict(&OUTSIDE, |found| evidence(layer, found));
        let fails = found.fails.into_iter();
        verdict
            .fails
            .extend(fails.map(|evidence| evidence.fixed_by(CONTROL.remediation)));
        verdict.unjudged.extend(found.unjudged.into_iter().map(Unjudged::whole));
    }
    let unread = read
        .unread
        .iter()
        .map(|entry| Unjudged::undecided(format!("{}: {}", entry.layer_version_arn, entry.why)));
    verdict.unjudged.extend(unread);
    Ok(verdict)
}

fn evidence(layer: &LayerPolicy, found: &Found) -> Evidence {
    let arn = &layer.layer_version_arn;
    let (statement, caller, loophole) = (found.statement(), &found.exposure.caller, found.loophole());
    let detail = format!("statement {statement} of {arn} lets {caller} read it{loophole}");
    let (name, version) = arn.rsplit_once(':').unwrap_or((arn, ""));
    Evidence::new(format!("{arn} {}", found.subject()), detail)
        .fill("layer", name.rsplit(':').next().unwrap_or(name))
        .fill("version", version)
        .fill("statement", statement)
}
