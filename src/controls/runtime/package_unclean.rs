//! Does the package hold what only those who build it need? Asked on request: it takes the right to download the code.

use super::not_inspected;
use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::finding::{Evidence, Severity};
use crate::package::{Litter, Unclean};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "package-unclean",
    title: "The code package holds what does not belong there",
    layer: Layer::Runtime,
    severity: Severity::Medium,
    reads: &[Facet::CodePackage],
    risk: "Whoever may read the code gets the history with every secret that was ever taken out of it, the variables of \
           somebody's own machine, or the way into the build.",
    remediation: "# exclude {subject} where the package is built, build it anew, and deploy it\n\
                  aws lambda update-function-code --region {region} --function-name {function} --zip-file fileb://function.zip",
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-zip.html"],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let package = context.snapshot.code_package()?;
    Ok(Verdict {
        fails: package.unclean.iter().map(evidence).collect(),
        unjudged: not_inspected(package),
    })
}

/// Tests and the files of an editor tell an attacker little.
fn evidence(unclean: &Unclean) -> Evidence {
    let severity = match unclean.what {
        Litter::VersionControl | Litter::Environment | Litter::PrivateKey | Litter::Delivery => Severity::Medium,
        Litter::Tests | Litter::Editor => Severity::Low,
    };
    Evidence::new(&unclean.place, format!("{} in the package", unclean.what.label())).rated(severity)
}
