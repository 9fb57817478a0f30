//! Is the runtime deprecated before long? It follows from the date alone, so that the sweep finds it without an event. What is
//! deprecated already, is not known or has no date is the matter of runtime-deprecated.

use jiff::civil::Date;
use jiff::{SignedDuration, Unit};

use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::facts::runtimes::{RuntimeLife, runtime, successor};
use crate::finding::{Evidence, Severity};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "runtime-expiring",
    title: "The runtime will be deprecated soon",
    layer: Layer::Runtime,
    severity: Severity::Low,
    reads: &[Facet::Configuration],
    risk: "From that day on AWS patches neither the language nor the libraries under it; a move to the next version under the pressure of a \
           known flaw goes wrong more often than one that was planned.",
    remediation: "aws lambda update-function-configuration --region {region} --function-name {function} --runtime {successor}",
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let Some(id) = context.snapshot.configuration()?.runtime.as_deref() else {
        return Ok(Verdict::default());
    };
    let RuntimeLife::Dated { deprecated, .. } = runtime(id) else {
        return Ok(Verdict::default());
    };
    let today = context.today;
    let is_near = is_near(deprecated, today, context.decisions.runtime_expiring_days());
    Ok(Verdict::of(is_near.then(|| evidence(id, deprecated, today))))
}

fn is_near(deprecated: Date, today: Date, days: u16) -> bool {
    let ahead = SignedDuration::from_hours(24 * i64::from(days));
    today < deprecated && today.saturating_add(ahead) >= deprecated
}

fn evidence(id: &str, deprecated: Date, today: Date) -> Evidence {
    let left = today.until((Unit::Day, deprecated)).map_or(0, |span| span.get_days());
    let detail = format!("{id} is deprecated on {deprecated}, in {left} days");
    Evidence::new("Runtime", detail).fill("successor", successor(id).unwrap_or("NEWER_RUNTIME"))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::is_near;

    #[test]
    fn the_day_itself_is_too_late_and_the_first_day_counts() {
        let (deprecated, days) = (date(2027, 3, 31), 90);
        for (today, expected) in [
            (date(2026, 12, 30), false),
            (date(2026, 12, 31), true),
            (date(2027, 3, 30), true),
            (date(2027, 3, 31), false),
            (date(2030, 1, 1), false),
        ] {
            assert_eq!(is_near(deprecated, today, days), expected, "{today}");
        }
    }
}
