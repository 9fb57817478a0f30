//! How does a notice leave? One SNS message with a body per protocol.

use std::sync::Arc;

use aws_sdk_sns::types::MessageAttributeValue;

use super::clients::Clients;
use super::failure::{explain, printable};
use crate::arn::Arn;
use crate::monitor::{Notifier, PortError};
use crate::report::Message;

/// An SNS topic.
#[derive(Debug)]
pub struct Topic {
    clients: Arc<Clients>,
    arn: Arn,
}

impl Topic {
    /// The topic by its ARN; it has to be in the monitor's own Region.
    pub fn new(clients: Arc<Clients>, arn: Arn) -> Self {
        Self { clients, arn }
    }
}

impl Notifier for Topic {
    async fn publish(&self, message: &Message) -> Result<(), PortError> {
        let failed = |detail: String| PortError {
            what: format!("publish to `{}`", self.arn),
            detail: printable(&detail),
        };
        let bodies = serde_json::to_string(&message.bodies).map_err(|error| failed(error.to_string()))?;
        let mut call = self.clients.sns().publish().topic_arn(self.arn.as_str());
        for (name, (kind, text)) in message.typed_attributes() {
            let value = MessageAttributeValue::builder().data_type(kind).string_value(text);
            call = call.message_attributes(name, value.build().map_err(|error| failed(error.to_string()))?);
        }
        let call = call.subject(&message.subject).message_structure("json").message(bodies);
        Box::pin(call.send()).await.map_err(|error| failed(explain(&error)))?;
        Ok(())
    }
}
