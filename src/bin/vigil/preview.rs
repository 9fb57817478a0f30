//! What would leave, in one form: for topics one message per destination, elsewhere one finding per transition.

use std::io::Write;

use anyhow::Result;
use lambda_vigil::history::Transition;
use lambda_vigil::report::{Digest, Message, Notice, asff, chat, chat_digest, event_detail, ocsf, sns, sns_digest};
use lambda_vigil::settings::Destination;
use serde_json::Value;

use super::Preview;

/// Shows a notice.
pub(super) fn notice(form: Preview, notice: &Notice, out: &mut impl Write) -> Result<()> {
    for (to, part) in notice.parts() {
        message(form, (to, || sns(&part), || chat(&part)), out)?;
    }
    findings(form, notice.transitions.iter(), out)
}

/// Shows a digest.
pub(super) fn digest(form: Preview, digest: &Digest, out: &mut impl Write) -> Result<()> {
    for (to, part) in digest.parts() {
        message(form, (to, || sns_digest(&part), || chat_digest(&part)), out)?;
    }
    findings(form, digest.transitions(), out)
}

/// For a topic; the usual one is not named.
fn message(
    form: Preview,
    (to, message, chat): (Option<&Destination>, impl FnOnce() -> Message, impl FnOnce() -> Value),
    out: &mut impl Write,
) -> Result<()> {
    match form {
        Preview::Email => {
            let message = message();
            let body = message.bodies.get("email").map_or("", String::as_str);
            let to = to.map_or_else(String::new, |to| format!("To: {to}\n"));
            Ok(writeln!(out, "{to}Subject: {}\n\n{body}", message.subject)?)
        }
        Preview::Chat => pretty(&chat(), out),
        Preview::Sns => {
            let mut parameters = message().parameters();
            if let (Some(to), Some(members)) = (to, parameters.as_object_mut()) {
                members.insert("TopicArn".to_owned(), to.topic.as_str().into());
            }
            pretty(&parameters, out)
        }
        Preview::Asff | Preview::Ocsf | Preview::Event => Ok(()),
    }
}

/// Findings go out one by one, whatever people are told at once.
fn findings<'t>(
    form: Preview,
    mut transitions: impl Iterator<Item = &'t Transition>,
    out: &mut impl Write,
) -> Result<()> {
    let rendered: &dyn Fn(&Transition) -> Value = match form {
        Preview::Asff => &asff,
        Preview::Ocsf => &ocsf,
        Preview::Event => &event_detail,
        Preview::Email | Preview::Chat | Preview::Sns => return Ok(()),
    };
    transitions.try_for_each(|transition| pretty(&rendered(transition), out))
}

fn pretty(value: &Value, out: &mut impl Write) -> Result<()> {
    Ok(writeln!(out, "{}", serde_json::to_string_pretty(value)?)?)
}
