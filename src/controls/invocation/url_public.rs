//! Can anyone call the function through one of its URLs? Both grants, Deny and the URL's own type are understood.

use crate::controls::exposures::Found;
use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::finding::{Evidence, Severity};
use crate::policy::{Tier, UrlAuth};
use crate::snapshot::{Facet, UrlConfig};

pub(crate) static CONTROL: Control = Control {
    id: "url-public",
    title: "Anyone can call the function through its URL",
    layer: Layer::Invocation,
    severity: Severity::Critical,
    reads: &[Facet::ResourcePolicies, Facet::Urls],
    risk: "The function answers on the internet, without any credentials: its input is hostile, and its bill and its role \
           are anyone's to use.",
    remediation: CLOSE_URL,
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"],
    evaluate,
};

const CLOSE_URL: &str =
    "aws lambda update-function-url-config --region {region} --function-name {function}{qualifier} --auth-type AWS_IAM";
const REMOVE: &str =
    "aws lambda remove-permission --region {region} --function-name {function}{qualifier} --statement-id";

fn evaluate(context: &Context<'_>) -> Judged {
    let mut verdict = Verdict::default();
    for url in context.snapshot.urls()? {
        let auth = if url.auth_type == "NONE" {
            UrlAuth::None
        } else {
            UrlAuth::AwsIam
        };
        let exposures = context.url_exposures(url.qualifier.as_deref(), auth)?;
        let found = exposures.verdict(&[Tier::Anonymous, Tier::AnyPrincipal], |found| evidence(url, found));
        verdict.fails.extend(
            found
                .fails
                .into_iter()
                .map(|evidence| evidence.on(url.qualifier.as_deref())),
        );
        verdict.unjudged.extend(found.unjudged.into_iter().map(Unjudged::whole));
    }
    Ok(verdict)
}

fn evidence(url: &UrlConfig, found: &Found) -> Evidence {
    let (exposure, statements) = (&found.exposure, found.statement());
    let address = if url.function_url.is_empty() {
        "the URL"
    } else {
        &url.function_url
    };
    let detail = format!(
        "{address} (AuthType {}) is open to {}: {statements}",
        url.auth_type, exposure.caller
    );
    let mut lines = Vec::new();
    if url.auth_type == "NONE" {
        lines.push(CLOSE_URL.to_owned());
    }
    let mut evidence = Evidence::new("url", detail);
    for (index, statement) in exposure.statements.iter().enumerate() {
        lines.push(format!("{REMOVE} {{statement_{index}}}"));
        evidence = evidence.fill(&format!("statement_{index}"), statement);
    }
    evidence.fixed_by(lines.join("\n"))
}
