//! How does the monitor ask itself again later? By messages to the queue that its events come from.

use std::sync::Arc;

use super::clients::Clients;
use super::failure::{explain, printable};
use crate::arn::Arn;
use crate::monitor::{Agenda, Later, PortError};

/// The monitor's own queue.
#[derive(Debug)]
pub struct OwnQueue {
    clients: Arc<Clients>,
    queue: Option<Arn>,
}

impl OwnQueue {
    /// The queue by its ARN; without one nothing is asked again, and the daily sweep has to do.
    pub fn new(clients: Arc<Clients>, queue: Option<Arn>) -> Self {
        Self { clients, queue }
    }
}

/// SQS finds a queue by the last two steps of its URL, wherever the call goes.
fn url(queue: &Arn) -> Option<String> {
    let (region, account) = (queue.region()?, queue.account()?);
    let suffix = if region.partition() == "aws-cn" {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    };
    Some(format!("https://sqs.{region}.{suffix}/{account}/{}", queue.resource()))
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
