//! Which alarms look at a function's metrics?

use crate::controls::{Context, Unjudged};
use crate::snapshot::{MetricAlarm, Watch};

/// Metrics that rise when a function fails.
pub(super) const ERRORS: &[&str] = &["Errors"];
/// Metrics that rise when a function is called more often than usual.
pub(super) const CALLS: &[&str] = &["Invocations", "ConcurrentExecutions"];

/// The alarms over some metrics of the function.
pub(super) struct Watching<'a> {
    /// Those that act.
    pub(super) live: Vec<&'a MetricAlarm>,
    /// Those that nobody hears.
    pub(super) mute: Vec<&'a MetricAlarm>,
    /// Those of which it cannot be told whether they look at the function.
    pub(super) unknown: Vec<&'a MetricAlarm>,
}

impl Watching<'_> {
    /// What stands in the way of saying that nothing watches.
    pub(super) fn undecided(&self) -> Option<Unjudged> {
        let alarm = self.unknown.first()?;
        Some(Unjudged::undecided(format!(
            "the query of alarm `{}` chooses functions in a way that is not followed",
            alarm.alarm_name
        )))
    }
}

/// The alarms over any of `metrics` of the function.
pub(super) fn watching<'a>(context: &Context<'a>, metrics: &[&str]) -> Result<Watching<'a>, Unjudged> {
    let alarms = context.snapshot.alarms()?;
    let name = context.snapshot.function.name();
    let mut found = Watching {
        live: Vec::new(),
        mute: Vec::new(),
        unknown: Vec::new(),
    };
    for alarm in alarms.about(name) {
        let Some(is_of) = looks_at(alarm, metrics, name) else {
            continue;
        };
        match (is_of, alarms.acts(alarm)) {
            (true, true) => found.live.push(alarm),
            (true, false) => found.mute.push(alarm),
            (false, _) => found.unknown.push(alarm),
        }
    }
    Ok(found)
}

/// `None`: it does not; `Some(false)`: that cannot be told. A ratio of errors to calls does not rise with the calls.
fn looks_at(alarm: &MetricAlarm, metrics: &[&str], name: &str) -> Option<bool> {
    let watched = alarm.watched();
    let is_ratio = watched.iter().any(|watched| ERRORS.contains(&watched.metric)) && metrics == CALLS;
    let about = watched
        .iter()
        .filter(|watched| !is_ratio && metrics.contains(&watched.metric));
    let answers: Vec<Option<bool>> = about.map(|watched| Watch::is_of(watched.of, name)).collect();
    if answers.contains(&Some(true)) {
        return Some(true);
    }
    answers.contains(&None).then_some(false)
}
