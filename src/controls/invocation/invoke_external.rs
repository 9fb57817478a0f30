//! Can a principal outside the own account, organization and trusted accounts invoke the function?

use crate::controls::commands::{GRANT, REMOVE};
use crate::controls::exposures::Found;
use crate::controls::{Context, Control, Judged, Layer};
use crate::finding::{Evidence, Severity};
use crate::policy::{Breadth, Capability, Tier};
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
    let tiers = [Tier::ForeignOrganization, Tier::External];
    Ok(exposures.verdict(&tiers, |found| evidence(found, context)))
}

fn evidence(found: &Found, context: &Context<'_>) -> Evidence {
    let (statement, caller) = (found.statement(), &found.exposure.caller);
    let is_whole = matches!(context.grant_breadth(found), Breadth::Account { .. });
    let account = found.account().filter(|_| is_whole);
    let any = if account.is_some() { "any identity of " } else { "" };
    let detail = format!("statement {statement} lets {any}{caller} invoke it");
    let evidence = found.evidence(found.subject(), detail);
    let Some(account) = account else {
        return evidence.fixed_by(CONTROL.remediation);
    };
    evidence
        .fill("principal", format!("arn:{}:iam::{account}:role/ROLE_NAME", context.snapshot.function.region().partition()))
        .fixed_by(format!(
            "{REMOVE}\n# or, if the account belongs to you, name it under trustedAccounts in the settings, and grant one role of it:\n{GRANT}"
        ))
}
