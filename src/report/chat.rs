//! The notice in the custom schema of Amazon Q Developer in chat applications, which drops every other message in silence.
//! It belongs on a topic of its own: other subscribers cannot read it.

use serde_json::{Value, json};

use super::Notice;
use crate::history::{Status, Transition};
use crate::plain::one_line;

pub(super) const LONGEST_TITLE: usize = 250;
pub(super) const LONGEST_DESCRIPTION: usize = 8000;
const SHOWN: usize = 8;

/// The custom notification.
pub fn chat(notice: &Notice) -> Value {
    let title = one_line(&super::sns::headline(notice), LONGEST_TITLE);
    let entries: Vec<String> = notice.transitions.iter().take(SHOWN).map(entry).collect();
    let mut description = entries.join("\n\n");
    description.truncate(description.floor_char_boundary(LONGEST_DESCRIPTION));
    let next: Vec<String> = notice
        .transitions
        .iter()
        .filter(|t| t.status != Status::Resolved)
        .take(SHOWN)
        .map(next_step)
        .collect();
    let thread = notice.worst().map(|worst| worst.finding.fingerprint.to_string());
    json!({
        "version": "1.0",
        "source": "custom",
        "id": notice.id(),
        "content": {"textType": "client-markdown", "title": title, "description": description, "nextSteps": next,
            "keywords": [notice.severity().as_str(), notice.function.account().as_str(), notice.function.region().as_str()]},
        "metadata": {"threadId": thread, "summary": title, "eventType": "lambda-vigil",
            "relatedResources": [notice.function.to_string()]},
    })
}

fn entry(transition: &Transition) -> String {
    let finding = &transition.finding;
    let by = transition.cause.as_ref().map_or_else(String::new, |cause| {
        let actor = cause.actor.as_deref().unwrap_or("unknown");
        format!(
            "\nAfter {} by {}",
            unmarked(&cause.event_name, 100),
            unmarked(actor, 250)
        )
    });
    format!(
        "*{}* {} `{}`: {}\n{}{by}",
        transition.status.as_str(),
        finding.severity,
        finding.control,
        transition.title(),
        unmarked(&finding.evidence.detail, 400),
    )
}

fn next_step(transition: &Transition) -> String {
    let command = transition
        .finding
        .remediation
        .lines()
        .find(|line| !line.starts_with('#'))
        .unwrap_or_default();
    unmarked(command, 500)
}

/// A code span: mark-up has no effect in it, and mentions and links are broken by swapping their opening brackets.
pub(super) fn unmarked(text: &str, longest: usize) -> String {
    let swap = |character: char| match character {
        '`' => '\'',
        '<' => '\u{2039}',
        '@' => '\u{ff20}',
        '&' => '+',
        other => other,
    };
    format!("`{}`", one_line(&text.chars().map(swap).collect::<String>(), longest))
}
