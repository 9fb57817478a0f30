//! The digest in the custom schema of Amazon Q Developer in chat applications.

use serde_json::{Value, json};

use super::{Digest, digest_headline};
use crate::plain::one_line;
use crate::report::chat::{LONGEST_DESCRIPTION, LONGEST_TITLE, unmarked};

const SHOWN: usize = 12;

/// The custom notification.
pub fn chat_digest(digest: &Digest) -> Value {
    let title = one_line(&digest_headline(digest), LONGEST_TITLE);
    let controls = digest.by_control();
    let counts = controls.iter().take(SHOWN).map(|count| {
        let (status, severity) = (count.status.as_str(), count.severity);
        format!("{} *{status}* {severity} `{}`", count.count, count.control)
    });
    let functions = digest.notices.iter().take(SHOWN);
    let functions = functions.map(|notice| format!("{} {}", notice.severity(), unmarked(notice.function.name(), 140)));
    let lines: Vec<String> = counts.chain([String::new()]).chain(functions).collect();
    let mut description = lines.join("\n");
    description.truncate(description.floor_char_boundary(LONGEST_DESCRIPTION));
    let id = digest.id();
    json!({
        "version": "1.0",
        "source": "custom",
        "id": id,
        "content": {"textType": "client-markdown", "title": title, "description": description,
            "keywords": [digest.severity().as_str()]},
        "metadata": {"threadId": id, "summary": title, "eventType": "lambda-vigil-digest"},
    })
}
