//! Can the settings document not be used? Then an earlier one counts, or the defaults, and somebody has to know.

use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::finding::{Evidence, Severity};

pub(crate) static CONTROL: Control = Control {
    id: "settings-broken",
    title: "The monitor's settings cannot be used",
    layer: Layer::Monitor,
    severity: Severity::High,
    reads: &[],
    risk: "What was decided last does not count: an account that is no longer trusted still is, or everything that was accepted \
           is reported again until nobody reads the notices.",
    remediation: "# write the document, and try it\n\
                  vigil replay --settings settings.toml events/\n\
                  # then put it where the monitor reads it ({source})\n\
                  aws ssm put-parameter --region {region} --name {name} --type String --overwrite --value file://settings.toml",
    references: &["https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-parameter-store.html"],
    evaluate,
};

#[allow(
    clippy::unnecessary_wraps,
    reason = "the form of every control; this one judges in any case"
)]
fn evaluate(context: &Context<'_>) -> Judged {
    let problem = context.standing().and_then(|standing| standing.problem.as_ref());
    Ok(Verdict::of(problem.map(|problem| {
        let instead = if problem.has_earlier {
            "the last good document counts"
        } else {
            "the defaults count"
        };
        let name = problem
            .source
            .split_once(':')
            .map_or(problem.source.as_str(), |(_, name)| name);
        Evidence::new(problem.source.as_str(), format!("{}; {instead}", problem.detail))
            .fill("source", problem.source.as_str())
            .fill("name", name)
    })))
}
