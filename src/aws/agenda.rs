//! How does the monitor ask itself again later? By messages to the queue that its events come from. What cannot be understood goes to
//! the queue behind it.

use std::sync::Arc;

use aws_sdk_sqs::types::MessageAttributeValue;
use jiff::Timestamp;

use super::clients::Clients;
use super::failure::{explain, printable};
use super::pace::Pool;
use crate::arn::Arn;
use crate::event::CANARY;
use crate::monitor::{Agenda, Canary, Later, Poison, PortError, Quarantine};

/// The monitor's own queue.
#[derive(Debug)]
pub struct OwnQueue {
    clients: Arc<Clients>,
    queue: Option<Arn>,
    quarantine: Option<Arn>,
}

impl OwnQueue {
    /// The queues by their ARNs. Without the first one nothing is asked again, and the daily sweep has to do; without one for what
    /// cannot be understood only the log tells of it.
    pub fn new(clients: Arc<Clients>, queue: Option<Arn>, quarantine: Option<Arn>) -> Self {
        Self {
            clients,
            queue,
            quarantine,
        }
    }
}

impl Quarantine for OwnQueue {
    async fn put_aside(&self, poison: &Poison) -> Result<(), PortError> {
        let Some(queue) = &self.quarantine else {
            return Ok(());
        };
        let failed = |detail: String| PortError {
            what: format!("put an input aside to `{queue}`"),
            detail: printable(&detail),
        };
        let url = url(queue).ok_or_else(|| failed("it has no account or no Region".to_owned()))?;
        let body = poison.body.as_deref().filter(|body| !body.is_empty()).unwrap_or("-");
        let call = self.clients.sqs().send_message().queue_url(&url);
        let mut call = call.message_body(acceptable(body));
        for (name, text) in [("Reason", poison.why.as_str()), ("MessageId", &poison.message_id)] {
            let text = acceptable(&printable(text));
            if !text.is_empty() {
                let value = MessageAttributeValue::builder().data_type("String").string_value(text);
                call = call.message_attributes(name, value.build().map_err(|error| failed(error.to_string()))?);
            }
        }
        Box::pin(call.send()).await.map_err(|error| failed(explain(&error)))?;
        Ok(())
    }
}

/// SQS takes 256 KB everywhere, attributes included.
const LARGEST_POISON: usize = 250_000;

/// As much of it as fits, and only characters that SQS takes ("SendMessage": those of XML).
fn acceptable(text: &str) -> String {
    let end = text.floor_char_boundary(LARGEST_POISON);
    let is_refused = |letter: char| {
        (letter < ' ' && !matches!(letter, '\t' | '\n' | '\r')) || matches!(letter, '\u{fffe}' | '\u{ffff}')
    };
    let replaced = |letter| if is_refused(letter) { '?' } else { letter };
    text.get(..end).unwrap_or_default().chars().map(replaced).collect()
}

/// SQS finds a queue by the last two steps of its URL, wherever the call goes.
pub(super) fn url(queue: &Arn) -> Option<String> {
    let (region, account) = (queue.region()?, queue.account()?);
    let suffix = if region.partition() == "aws-cn" {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    };
    Some(format!("https://sqs.{region}.{suffix}/{account}/{}", queue.resource()))
}

impl Canary for OwnQueue {
    async fn release(&self, mapping: &Arn, at: Timestamp) -> Result<(), PortError> {
        let failed = |detail: String| PortError {
            what: format!("tag `{mapping}`"),
            detail: printable(&detail),
        };
        let region = mapping.region().ok_or_else(|| failed("it has no Region".to_owned()))?;
        let client = self.clients.lambda(&region, Pool::LambdaOther).await;
        let call = client.tag_resource().resource(mapping.as_str());
        let call = call.tags(CANARY, at.to_string());
        Box::pin(call.send()).await.map_err(|error| failed(explain(&error)))?;
        Ok(())
    }
}

impl Agenda for OwnQueue {
    async fn note(&self, later: &Later) -> Result<(), PortError> {
        let Some(queue) = &self.queue else {
            tracing::debug!("no queue is known, so nothing is asked again");
            return Ok(());
        };
        let failed = |detail: String| PortError {
            what: format!("ask again by way of `{queue}`"),
            detail: printable(&detail),
        };
        let url = url(queue).ok_or_else(|| failed("it has no account or no Region".to_owned()))?;
        let pause = i32::try_from(later.pause().as_secs()).unwrap_or(i32::MAX);
        for message in later.messages() {
            let call = self.clients.sqs().send_message().queue_url(&url);
            let call = call.message_body(message).delay_seconds(pause);
            Box::pin(call.send()).await.map_err(|error| failed(explain(&error)))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sqs_would_refuse_is_replaced_or_cut() {
        assert_eq!(acceptable("a\u{0}\u{1b}\n\u{ffff}é"), "a??\n?é");
        assert!(acceptable(&"é".repeat(200_000)).len() <= LARGEST_POISON);
    }

    #[test]
    fn a_queue_has_a_url_in_every_partition() {
        for (arn, expected) in [
            (
                "arn:aws:sqs:eu-west-1:111122223333:vigil-Queue-1ABC",
                "https://sqs.eu-west-1.amazonaws.com/111122223333/vigil-Queue-1ABC",
            ),
            (
                "arn:aws-cn:sqs:cn-north-1:111122223333:q",
                "https://sqs.cn-north-1.amazonaws.com.cn/111122223333/q",
            ),
        ] {
            assert_eq!(url(&arn.parse().unwrap()).as_deref(), Some(expected));
        }
    }
}
