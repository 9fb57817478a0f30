//! Do the URL's cross-origin settings let every web page call it?

use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::finding::{Evidence, Severity};
use crate::snapshot::{Cors, Facet, UrlConfig};

pub(crate) static CONTROL: Control = Control {
    id: "url-cors-any-origin",
    title: "The URL accepts calls from any web page",
    layer: Layer::Invocation,
    severity: Severity::Medium,
    reads: &[Facet::Urls],
    risk: "Any page that a user happens to visit can call the function from that user's browser and read the answer; with \
           credentials allowed, in that user's name.",
    remediation: "aws lambda update-function-url-config --region {region} --function-name {function}{qualifier} --cors {cors}",
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors"],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    Ok(Verdict::of(context.snapshot.urls()?.iter().filter_map(open_to_all)))
}

fn open_to_all(url: &UrlConfig) -> Option<Evidence> {
    let origin = url.cors.allow_origins.iter().find(|origin| is_any(origin))?;
    let Cors { allow_credentials, .. } = url.cors;
    let severity = if allow_credentials {
        Severity::High
    } else {
        CONTROL.severity
    };
    let how = if allow_credentials {
        "with credentials"
    } else {
        "without credentials"
    };
    let evidence = Evidence::new("cors", format!("AllowOrigins holds {origin}, {how}")).rated(severity);
    // The call replaces all settings: those that are right are sent along.
    let scoped = Cors {
        allow_origins: vec!["https://YOUR_SITE".to_owned()],
        ..url.cors.clone()
    };
    let cors = serde_json::to_string(&scoped).unwrap_or_default();
    Some(evidence.fill("cors", cors).on(url.qualifier.as_deref()))
}

/// `https://*` is any origin, too: the wildcard covers every host name.
fn is_any(origin: &str) -> bool {
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    !host.is_empty() && host.bytes().all(|byte| byte == b'*' || byte == b'.' || byte == b':')
}
