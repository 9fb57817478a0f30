//! The notice as SNS takes it: subject, a body per protocol, and the five attributes that subscriptions filter on.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::digest::{digest_email, digest_headline};
use super::{Digest, Message, Notice, chat, chat_digest, digest_document, document, email};
use crate::plain::ascii;

/// SNS refuses a subject of 100 characters and more (SNS API reference, Publish).
const SUBJECT_BOUND: usize = 100;
/// SNS refuses more than 262,144 bytes for message and attributes together. Two bodies share it, and each can double when it
/// becomes a text in the message's JSON.
const LARGEST_BODY: usize = 60_000;

/// The message for a topic.
pub fn sns(notice: &Notice) -> Message {
    let all = notice.transitions.len();
    let json = fitting(document(notice), all, |document, kept| {
        document.transitions.truncate(kept);
        document.transitions_left_out = Some(all - kept);
    });
    let bodies = BTreeMap::from([("default", json), ("email", bounded(email(notice)))]);
    Message {
        subject: ascii(&headline(notice), SUBJECT_BOUND),
        bodies,
        attributes: attributes(notice),
    }
}

/// The message of a digest.
pub fn sns_digest(digest: &Digest) -> Message {
    let count = digest.notices.len();
    let json = fitting(digest_document(digest), count, |document, kept| {
        document.functions.truncate(kept);
        document.functions_left_out = Some(count - kept);
    });
    let bodies = BTreeMap::from([("default", json), ("email", bounded(digest_email(digest)))]);
    Message {
        subject: ascii(&digest_headline(digest), SUBJECT_BOUND),
        bodies,
        attributes: digest_attributes(digest),
    }
}

/// The message for a topic that only Amazon Q Developer in chat applications reads.
pub fn sns_chat(notice: &Notice) -> Message {
    Message {
        subject: ascii(&headline(notice), SUBJECT_BOUND),
        bodies: BTreeMap::from([("default", chat(notice).to_string())]),
        attributes: attributes(notice),
    }
}

/// The message of a digest for such a topic.
pub fn sns_chat_digest(digest: &Digest) -> Message {
    Message {
        subject: ascii(&digest_headline(digest), SUBJECT_BOUND),
        bodies: BTreeMap::from([("default", chat_digest(digest).to_string())]),
        attributes: digest_attributes(digest),
    }
}

fn digest_attributes(digest: &Digest) -> BTreeMap<&'static str, Vec<String>> {
    let functions = || digest.notices.iter().map(|notice| &notice.function);
    let transitions = || digest.transitions();
    BTreeMap::from([
        ("severity", vec![digest.severity().to_string()]),
        (
            "control",
            distinct(transitions().map(|one| one.finding.control.clone())),
        ),
        ("account", distinct(functions().map(|one| one.account().to_string()))),
        ("region", distinct(functions().map(|one| one.region().to_string()))),
        (
            "status",
            distinct(transitions().map(|one| one.status.as_str().to_owned())),
        ),
    ])
}

/// The document; with fewer parts if they would not fit: `keep` leaves the first ones, and says how many were left out.
fn fitting<D: Serialize>(mut document: D, all: usize, keep: impl Fn(&mut D, usize)) -> String {
    let mut kept = all;
    loop {
        let text = serde_json::to_string(&document).unwrap_or_default();
        if text.len() <= LARGEST_BODY || kept == 0 {
            return text;
        }
        kept /= 2;
        keep(&mut document, kept);
    }
}

/// Each once, in order.
fn distinct(values: impl Iterator<Item = String>) -> Vec<String> {
    let values: BTreeSet<String> = values.collect();
    values.into_iter().collect()
}

/// The line that says it all: severity, function, what, and how many more.
pub(super) fn headline(notice: &Notice) -> String {
    let Some(worst) = notice.worst() else {
        return String::new();
    };
    let more = match notice.transitions.len() {
        0 | 1 => String::new(),
        count => format!(" (+{} more)", count - 1),
    };
    let severity = worst.finding.severity.as_str().to_ascii_uppercase();
    format!(
        "[{severity}] {}: {} {}{more}",
        notice.function.name(),
        worst.finding.control,
        worst.status.as_str()
    )
}

fn attributes(notice: &Notice) -> BTreeMap<&'static str, Vec<String>> {
    let all = || notice.transitions.iter();
    BTreeMap::from([
        ("severity", vec![notice.severity().to_string()]),
        ("control", distinct(all().map(|one| one.finding.control.clone()))),
        ("account", vec![notice.function.account().to_string()]),
        ("region", vec![notice.function.region().to_string()]),
        ("status", distinct(all().map(|one| one.status.as_str().to_owned()))),
    ])
}

fn bounded(mut text: String) -> String {
    if text.len() > LARGEST_BODY {
        let end = text.floor_char_boundary(LARGEST_BODY);
        text.truncate(end);
        text.push_str("\n… shortened\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::finding::{Evidence, Finding, Severity};
    use crate::history::{Status, Transition};
    use crate::settings::Destinations;

    fn notice(count: usize, text: &str) -> Notice {
        let function = "arn:aws:lambda:eu-west-1:111122223333:function:orders".parse().unwrap();
        let transition = |index: usize| Transition {
            status: Status::Opened,
            finding: std::sync::Arc::new(Finding::new(
                "invoke-public",
                &function,
                Severity::Critical,
                Evidence::new(format!("{text}{index}"), text),
            )),
            since: Timestamp::UNIX_EPOCH,
            at: Timestamp::UNIX_EPOCH,
            cause: None,
            note: None,
            to: Destinations::default(),
        };
        Notice::new(&function, (0..count).map(transition).collect(), Timestamp::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn the_worst_notice_fits_and_says_what_it_leaves_out() {
        let message = sns(&notice(800, &"\u{1b}\\\"\n<!here>".repeat(40)));
        let size = message.parameters().to_string().len();
        assert!(size < 262_144, "{size}");
        let body: serde_json::Value = serde_json::from_str(&message.bodies["default"]).unwrap();
        let kept = body["transitions"].as_array().unwrap().len();
        assert!(kept > 10);
        assert_eq!(body["transitionsLeftOut"], 800 - kept);
        assert!(message.bodies["email"].contains("more; the JSON document"));
        assert!(!message.bodies["email"].contains('\u{1b}'));
    }

    #[test]
    fn the_same_transitions_have_the_same_id() {
        assert_eq!(notice(3, "a").id(), notice(3, "a").id());
        assert_ne!(notice(3, "a").id(), notice(3, "b").id());
    }
}
