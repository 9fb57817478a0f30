//! Does a suppression cover no finding? Judged only when every function that it can hold for was swept, and its control could
//! judge all of them.

use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::finding::{Evidence, Severity};

pub(crate) static CONTROL: Control = Control {
    id: "suppression-unused",
    title: "A suppression covers no finding",
    layer: Layer::Monitor,
    severity: Severity::Low,
    reads: &[],
    risk: "The defect is mended, the name is mistyped, or the function is gone: and the next function that fits the suppression \
           is silenced from its first day, by a decision that nobody took.",
    remediation: "# take it out of the settings, or narrow it by account and Region if another monitor shares them: {subject}\n\
                  aws ssm put-parameter --region {region} --name SETTINGS_PARAMETER --type String --overwrite --value file://settings.toml",
    references: &["https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-parameter-store.html"],
    evaluate,
};

#[allow(
    clippy::unnecessary_wraps,
    reason = "the form of every control; what it cannot judge it says by subject"
)]
fn evaluate(context: &Context<'_>) -> Judged {
    let mut verdict = Verdict::default();
    let Some(standing) = context.standing() else {
        return Ok(verdict);
    };
    let holding = context.settings.suppressions.iter().enumerate();
    for (index, one) in holding.filter(|(_, one)| one.holds(context.today)) {
        if standing.used.contains(&index) {
            continue;
        }
        if standing.judged.contains(&index) {
            let detail = format!(
                "no function that was swept has a finding that it covers: {}",
                one.reason
            );
            verdict.fails.push(Evidence::new(one.name(), detail));
        } else {
            verdict.unjudged.push(Unjudged::Undecided {
                detail: format!(
                    "not every function that `{}` can hold for was swept and judged",
                    one.name()
                ),
                about: Some(one.name()),
            });
        }
    }
    Ok(verdict)
}
