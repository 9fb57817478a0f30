//! The notice as plain text for e-mail: what, where, since when and by whom in the first ten lines, then each finding.

use super::notice::Notice;
use crate::controls;
use crate::event::Cause;
use crate::history::{Status, Transition};
use crate::plain::{one_line, wrapped};

/// Columns of a line.
pub(super) const WIDTH: usize = 72;
/// A notice of a function with hundreds of findings stays readable; the JSON document has all.
const SHOWN: usize = 25;

/// The text of an e-mail.
pub fn email(notice: &Notice) -> String {
    let mut lines = vec![super::sns::headline(notice), String::new()];
    lines.push(field("Function", &notice.function.to_string()));
    if let Some(worst) = notice.worst() {
        lines.extend(origin(worst));
    }
    for (index, transition) in notice.transitions.iter().take(SHOWN).enumerate() {
        lines.push(String::new());
        lines.extend(entry(index + 1, transition, notice));
    }
    let left = notice.transitions.len().saturating_sub(SHOWN);
    if left > 0 {
        lines.push(format!(
            "\n… and {left} more; the JSON document of this notice has all of them."
        ));
    }
    lines.push(format!(
        "\nNotice {} of {}, Lambda Vigil {}",
        notice.id(),
        second(notice.at),
        env!("CARGO_PKG_VERSION")
    ));
    lines.join("\n") + "\n"
}

pub(super) fn second(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn field(name: &str, value: &str) -> String {
    format!("{name:<10}{}", one_line(value, 300))
}

/// Since when, by whom and from where.
fn origin(transition: &Transition) -> Vec<String> {
    match &transition.cause {
        None => {
            let when = second(transition.at);
            vec![field("Seen", &format!("{when}; no call that was seen explains it"))]
        }
        Some(cause) => origin_of(cause, transition.at),
    }
}

/// By whom and from where a call came, and when.
pub(super) fn origin_of(cause: &Cause, seen: jiff::Timestamp) -> Vec<String> {
    let at = second(cause.event_time.unwrap_or(seen));
    let mut lines = vec![field("Since", &format!("{at}, {}", cause.event_name))];
    lines.extend(cause.actor.as_deref().map(|actor| field("By", &by(actor, cause))));
    lines.extend(
        cause
            .source_ip_address
            .as_deref()
            .map(|address| field("From", &from(address, cause))),
    );
    lines
}

fn by(actor: &str, cause: &Cause) -> String {
    cause
        .invoked_by
        .as_deref()
        .map_or_else(|| actor.to_owned(), |service| format!("{actor} through {service}"))
}

fn from(address: &str, cause: &Cause) -> String {
    let agent = cause
        .user_agent
        .as_deref()
        .map(|agent| format!(" ({})", one_line(agent, 120)));
    format!("{address}{}", agent.unwrap_or_default())
}

fn entry(number: usize, transition: &Transition, notice: &Notice) -> Vec<String> {
    let finding = &transition.finding;
    let on = finding
        .evidence
        .qualifier
        .as_deref()
        .map_or_else(String::new, |name| format!(" on {}", one_line(name, 140)));
    let mut lines = vec![
        format!(
            "{number}. {} {} {}{on}",
            transition.status.as_str(),
            finding.severity,
            finding.control
        ),
        wrapped(transition.title(), "   ", WIDTH),
        wrapped(
            &format!("Evidence: {}", one_line(&finding.evidence.detail, 600)),
            "   ",
            WIDTH,
        ),
    ];
    lines.extend(
        transition
            .note
            .as_deref()
            .map(|note| wrapped(&format!("Note: {}", one_line(note, 300)), "   ", WIDTH)),
    );
    if transition.status == Status::Resolved {
        lines.push(format!("   Open since {}", second(transition.since)));
        return lines;
    }
    if transition.cause != notice.worst().and_then(|worst| worst.cause.clone()) {
        lines.extend(origin(transition).into_iter().map(|line| format!("   {line}")));
    }
    lines.extend(
        controls::find(&finding.control).map(|control| wrapped(&format!("Why: {}", control.risk), "   ", WIDTH)),
    );
    lines.push("   Fix:".to_owned());
    lines.extend(
        finding
            .remediation
            .lines()
            .map(|line| format!("     {}", one_line(line, 2000))),
    );
    lines
}
