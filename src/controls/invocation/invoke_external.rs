//! Can a principal outside the own account, organization and trusted accounts invoke the function?

use crate::controls::{Context, Control, Judged, Layer};
use crate::finding::{Evidence, Severity};
use crate::policy::{Capability, Tier};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "invoke-external",
    title: "An account outside the trust set can invoke the function",
    layer: Layer::Invocation,
    severity: Severity::High,
    reads: &[Facet::ResourcePolicies],
    risk: "Somebody else's account can run the function whenever it likes; a grant that was left behind by a partner, a \
           vendor or an attacker keeps working after everything else was cleaned up.",
    remediation: "aws lambda remove-permission --region {region} --function-name {function}{qualifier} --statement-id {statement}\n\
                  # or, if the account belongs to you, name it under trustedAccounts in the settings",
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-cross-account.html"],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let exposures = context.exposures(Capability::Invoke)?;
    Ok(
        exposures.verdict(&[Tier::ForeignOrganization, Tier::External], |exposure| {
            let statement = exposure.statements.join(" + ");
            let detail = format!("statement {statement} lets {} invoke it", exposure.caller);
            Evidence::new(format!("{statement} {}", exposure.caller), detail).fill("statement", statement)
        }),
    )
}
