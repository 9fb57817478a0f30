//! Does a URL ask for no authentication, although no grant opens it today? Where one does, `url-public` says so.

use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::finding::{Evidence, Severity};
use crate::policy::{ExposureVerdict, UrlAuth};
use crate::snapshot::{Facet, UrlConfig};

pub(crate) static CONTROL: Control = Control {
    id: "url-auth-none",
    title: "A URL asks for no authentication, one grant away from public",
    layer: Layer::Invocation,
    severity: Severity::High,
    reads: &[Facet::ResourcePolicies, Facet::Urls],
    risk: "Only the missing grant keeps the internet out: a template, a console click or a second tool that adds it opens \
           the function to everyone.",
    remediation: "aws lambda update-function-url-config --region {region} --function-name {function}{qualifier} --auth-type AWS_IAM",
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let mut verdict = Verdict::default();
    for url in context.snapshot.urls()?.iter().filter(|url| url.auth_type == "NONE") {
        let exposures = context.url_exposures(url.qualifier.as_deref(), UrlAuth::None)?;
        let of = |wanted: fn(&ExposureVerdict) -> Option<String>| {
            let mut verdicts = exposures.found.iter().map(|found| &found.exposure.verdict);
            verdicts.find_map(wanted)
        };
        if of(proved).is_some() {
            continue;
        }
        let unclear = of(unclear).map(Unjudged::undecided);
        let unclear: Vec<Unjudged> = exposures.unjudged.iter().cloned().chain(unclear).collect();
        if unclear.is_empty() {
            verdict.fails.push(evidence(url, of(conditional)));
        }
        verdict.unjudged.extend(unclear.into_iter().map(Unjudged::whole));
    }
    Ok(verdict)
}

fn proved(verdict: &ExposureVerdict) -> Option<String> {
    match verdict {
        ExposureVerdict::Present { .. } => Some(String::new()),
        ExposureVerdict::Conditional { .. } | ExposureVerdict::CannotTell { .. } => None,
    }
}

fn conditional(verdict: &ExposureVerdict) -> Option<String> {
    match verdict {
        ExposureVerdict::Conditional { keys, .. } => Some(keys.join(", ")),
        ExposureVerdict::Present { .. } | ExposureVerdict::CannotTell { .. } => None,
    }
}

fn unclear(verdict: &ExposureVerdict) -> Option<String> {
    match verdict {
        ExposureVerdict::CannotTell { reason } => Some(reason.clone()),
        ExposureVerdict::Present { .. } | ExposureVerdict::Conditional { .. } => None,
    }
}

fn evidence(url: &UrlConfig, keys: Option<String>) -> Evidence {
    let address = if url.function_url.is_empty() {
        "the URL"
    } else {
        &url.function_url
    };
    let state = keys.map_or_else(
        || "no grant opens it today".to_owned(),
        |keys| format!("only a condition on {keys} keeps others out"),
    );
    Evidence::new("url", format!("{address} has AuthType NONE; {state}")).on(url.qualifier.as_deref())
}
