//! Is the runtime past its deprecation date? By a dated table; an id that the table does not hold cannot be judged.

use jiff::civil::Date;

use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::facts::runtimes::{RuntimeLife, runtime, successor};
use crate::finding::{Evidence, Severity};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "runtime-deprecated",
    title: "The runtime is deprecated",
    layer: Layer::Runtime,
    severity: Severity::Medium,
    reads: &[Facet::Configuration],
    risk: "AWS patches neither the language nor the libraries under it any more; later the function can no longer be \
           updated at all, not even to mend a flaw.",
    remediation: "aws lambda update-function-configuration --region {region} --function-name {function} --runtime {successor}",
    references: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
        "Security Hub Lambda.2",
    ],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let configuration = context.snapshot.configuration()?;
    let Some(id) = configuration.runtime.as_deref() else {
        return Err(Unjudged::undecided(
            "a container image carries its own runtime, and is not inspected",
        ));
    };
    let today = context.today;
    match runtime(id) {
        RuntimeLife::Dated {
            deprecated,
            create_blocked,
            ..
        } => Ok(Verdict::of(
            (deprecated <= today).then(|| evidence(id, deprecated, create_blocked, today)),
        )),
        RuntimeLife::KnownUndated => Err(Unjudged::undecided(format!("AWS has published no dates for {id} yet"))),
        RuntimeLife::Unknown => Err(Unjudged::undecided(format!(
            "the runtime {id} is not in the table of runtimes"
        ))),
    }
}

/// Worse once AWS refuses new functions on it: from then on there is no way back to it, either.
fn evidence(id: &str, deprecated: Date, create_blocked: Option<Date>, today: Date) -> Evidence {
    let blocked = create_blocked.is_some_and(|date| date <= today);
    let severity = if blocked { Severity::High } else { Severity::Medium };
    let evidence = Evidence::new("Runtime", format!("{id} is deprecated since {deprecated}")).rated(severity);
    evidence.fill("successor", successor(id).unwrap_or("NEWER_RUNTIME"))
}
