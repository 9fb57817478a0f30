//! Has the last day of a suppression passed? Then it silences nothing any more, and only looks as if it did.

use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::finding::{Evidence, Severity};
use crate::settings::Suppression;

pub(crate) static CONTROL: Control = Control {
    id: "suppression-expired",
    title: "A suppression's last day has passed",
    layer: Layer::Monitor,
    severity: Severity::Low,
    reads: &[],
    risk: "Whoever reads the settings takes for accepted what is reported again; the decision was to look at it once more.",
    remediation: "# decide anew: take the suppression out of the settings, or give it a later `expires`: {subject}\n\
                  aws ssm put-parameter --region {region} --name SETTINGS_PARAMETER --type String --overwrite --value file://settings.toml",
    references: &["https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-parameter-store.html"],
    evaluate,
};

#[allow(
    clippy::unnecessary_wraps,
    reason = "the form of every control; this one judges in any case"
)]
fn evaluate(context: &Context<'_>) -> Judged {
    if context.standing().is_none() {
        return Ok(Verdict::default());
    }
    let expired = context
        .settings
        .suppressions
        .iter()
        .filter(|one| !one.holds(context.today));
    Ok(Verdict::of(expired.map(|one: &Suppression| {
        Evidence::new(one.name(), format!("it ended on {}: {}", one.expires, one.reason))
    })))
}
