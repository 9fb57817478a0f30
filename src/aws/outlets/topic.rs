//! A message to an SNS topic: one body per protocol, and attributes to filter on.

use aws_sdk_sns::error::ProvideErrorMetadata;
use aws_sdk_sns::types::MessageAttributeValue;

use super::{Refused, failed};
use crate::arn::Arn;
use crate::aws::clients::{Clients, sdk_region};
use crate::aws::failure::{explain, reason};
use crate::report::Message;
use crate::snapshot::Reason;

/// What only its owner can mend: the topic is gone, or takes nothing from the monitor, or is of a kind that takes no such message.
const FOR_GOOD: [&str; 12] = [
    "InvalidClientTokenId",
    "InvalidParameter",
    "InvalidParameterException",
    "InvalidSecurity",
    "KMSAccessDenied",
    "KMSDisabled",
    "KMSInvalidState",
    "KMSNotFound",
    "KMSOptInRequired",
    "NotFound",
    "UnrecognizedClientException",
    "ValidationException",
];

pub(super) async fn publish(clients: &Clients, topic: &Arn, message: &Message) -> Result<(), Refused> {
    let what = || format!("publish to `{topic}`");
    let now = |detail: String| Refused::ForNow(failed(what(), &detail));
    let bodies = serde_json::to_string(&message.bodies).map_err(|error| now(error.to_string()))?;
    let mut call = clients.sns().publish().topic_arn(topic.as_str());
    for (name, (kind, text)) in message.typed_attributes() {
        let value = MessageAttributeValue::builder().data_type(kind).string_value(text);
        call = call.message_attributes(name, value.build().map_err(|error| now(error.to_string()))?);
    }
    let call = call.subject(&message.subject).message_structure("json").message(bodies);
    // `Publish` takes topics of the endpoint's own Region only.
    let elsewhere = topic
        .region()
        .map(|region| aws_sdk_sns::config::Builder::new().region(sdk_region(&region)));
    let mut call = call.customize();
    if let Some(elsewhere) = elsewhere {
        call = call.config_override(elsewhere);
    }
    let Err(error) = Box::pin(call.send()).await else {
        return Ok(());
    };
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
    let is_for_good = code.is_some_and(|code| FOR_GOOD.contains(&code));
    let refused = failed(what(), &explain(&error));
    match reason("sns:Publish", &error) {
        Reason::AccessDenied { .. } | Reason::NotFound => Err(Refused::ForGood(refused)),
        _ if is_for_good => Err(Refused::ForGood(refused)),
        _ => Err(Refused::ForNow(refused)),
    }
}
