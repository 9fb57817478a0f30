//! Is any package taken, signed or not? Advice: few pipelines sign, and a deployment role that is well kept serves the same end.

use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::finding::{Evidence, Severity};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "code-unsigned",
    title: "Code is deployed without a signature",
    layer: Layer::Runtime,
    severity: Severity::Informational,
    reads: &[Facet::Configuration, Facet::CodeSigning],
    risk: "Whoever gets hold of the right to update the function, or of the bucket from which it is deployed, runs code of their own with its \
           role, and nothing tells it from yours.",
    remediation: "aws lambda put-function-code-signing-config --region {region} --function-name {function} --code-signing-config-arn CONFIG_ARN",
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html"],
    evaluate,
};

const ENFORCE: &str = "aws lambda update-code-signing-config --region {region} --code-signing-config-arn {config} \
     --code-signing-policies UntrustedArtifactOnDeployment=Enforce";

fn evaluate(context: &Context<'_>) -> Judged {
    let is_image = context.snapshot.configuration()?.package_type.as_deref() == Some("Image");
    let signing = context.snapshot.code_signing()?;
    // Lambda checks no signature of a container image, and a framework signs none of its helpers.
    if is_image || context.framework().is_some() {
        return Ok(Verdict::default());
    }
    let Some(config) = &signing.code_signing_config_arn else {
        return Ok(Verdict::of([Evidence::new(
            "CodeSigningConfig",
            "there is no code signing: any package may be deployed",
        )]));
    };
    // `Warn` is what AWS takes where nothing is said ("CodeSigningPolicies").
    let policy = &signing.code_signing_policies.untrusted_artifact_on_deployment;
    match policy.as_deref().unwrap_or("Warn") {
        "Enforce" => Ok(Verdict::default()),
        "Warn" => Ok(Verdict::of([Evidence::new(
            "CodeSigningConfig",
            format!("{config} only warns: a package that nobody signed is deployed all the same"),
        )
        .fixed_by(ENFORCE)
        .fill("config", config)])),
        other => Err(Unjudged::undecided(format!(
            "{config} says {other}, whose meaning is not known"
        ))),
    }
}
