//! Is a service allowed to invoke the function on behalf of anyone's resource (the confused deputy)?

use crate::controls::{Context, Control, Judged, Layer};
use crate::finding::{Evidence, Severity};
use crate::policy::{Caller, Capability, Exposure, ExposureVerdict, Tier};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "invoke-service-unconfined",
    title: "A service may invoke the function for anyone's resource",
    layer: Layer::Invocation,
    severity: Severity::High,
    reads: &[Facet::ResourcePolicies],
    risk: "The service calls for whoever asks it: somebody else's bucket, topic, API or rule can feed the function input \
           of their choice (the confused deputy).",
    remediation: "aws lambda add-permission --region {region} --function-name {function}{qualifier} --statement-id {statement}-confined \
                  --action lambda:InvokeFunction --principal {service} --source-arn ARN_OF_YOUR_SOURCE\n\
                  aws lambda remove-permission --region {region} --function-name {function}{qualifier} --statement-id {statement}",
    references: &[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html",
    ],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let exposures = context.exposures(Capability::Invoke)?;
    Ok(exposures.verdict(&[Tier::AnySource], |exposure| {
        let statement = exposure.statements.join(" + ");
        let detail = format!("statement {statement} lets {} invoke it", exposure.caller);
        let service = service(exposure);
        let evidence = Evidence::new(format!("{statement} {}", exposure.caller), detail);
        evidence
            .fixed_by(remediation(service))
            .fill("statement", statement)
            .fill("service", service)
    }))
}

/// The service principal that the witness calls as.
fn service(exposure: &Exposure) -> &str {
    match &exposure.verdict {
        ExposureVerdict::Present { witness } => match &witness.caller {
            Caller::Service { name } => name,
            Caller::Anonymous | Caller::Principal { .. } => &exposure.caller,
        },
        ExposureVerdict::Conditional { .. } | ExposureVerdict::CannotTell { .. } => &exposure.caller,
    }
}

/// The command with what the service really sends: a condition on anything else would shut it out.
fn remediation(service: &str) -> String {
    let confinement = match service.split('.').next().unwrap_or_default() {
        "alexa-appkit" | "alexa-connectedhome" => "--event-source-token ID_OF_YOUR_SKILL",
        "s3" => "--source-account {account} --source-arn ARN_OF_YOUR_BUCKET",
        "ses" | "config" | "secretsmanager" => "--source-account {account}",
        _ => return CONTROL.remediation.to_owned(),
    };
    CONTROL
        .remediation
        .replace("--source-arn ARN_OF_YOUR_SOURCE", confinement)
}
