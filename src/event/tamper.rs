//! Which calls can blind the monitor? Whether one hit a piece of its own is judged where its own pieces are known.

use super::Subject;
use super::call::{Call, Find, Service, monitor};
use super::record::Place::{Request, Response};
use super::record::Record;
use crate::snapshot::Facet;

// What can be done to the monitor's own function stands in the table of Lambda's calls.
const CLOUDTRAIL: Service = Service {
    source: "aws.cloudtrail",
    event_source: "cloudtrail.amazonaws.com",
};
const EVENTS: Service = Service {
    source: "aws.events",
    event_source: "events.amazonaws.com",
};
const SNS: Service = Service {
    source: "aws.sns",
    event_source: "sns.amazonaws.com",
};
const SQS: Service = Service {
    source: "aws.sqs",
    event_source: "sqs.amazonaws.com",
};
const CLOUDFORMATION: Service = Service {
    source: "aws.cloudformation",
    event_source: "cloudformation.amazonaws.com",
};

const TRAIL: Find = Find::First(&[
    (monitor, Response("trailARN")),
    (monitor, Request("name")),
    (monitor, Request("trailName")),
]);
const RULE: Find = Find::First(&[
    (monitor, Response("ruleArn")),
    (monitor, Request("rule")),
    (monitor, Request("name")),
]);
const BUS: Find = Find::By(bus);
const TOPIC: Find = Find::First(&[(monitor, Request("topicArn")), (monitor, Request("subscriptionArn"))]);
const QUEUE: Find = Find::First(&[(monitor, Request("queueUrl"))]);
const STACK_SET: Find = Find::First(&[(monitor, Request("stackSetName")), (monitor, Request("stackName"))]);

const fn on(service: Service, stem: &'static str, find: Find) -> Call {
    service.call(stem, &[], find)
}

const fn of_trail(stem: &'static str) -> Call {
    CLOUDTRAIL.call(stem, &[Facet::Trails], TRAIL)
}

const fn of_rule(stem: &'static str) -> Call {
    EVENTS.call(stem, &[Facet::Rules, Facet::Buses], RULE)
}

const fn of_bus(stem: &'static str) -> Call {
    EVENTS.call(stem, &[Facet::Buses], BUS)
}

const fn of_topic(stem: &'static str) -> Call {
    SNS.call(stem, &[Facet::Topics], TOPIC)
}

/// Calls on trails, rules, buses, topics, queues and the stacks that hold them.
pub(super) static CALLS: &[Call] = &[
    of_trail("CreateTrail"),
    of_trail("StartLogging"),
    of_trail("StopLogging"),
    of_trail("DeleteTrail").deleting(),
    of_trail("UpdateTrail"),
    of_trail("PutEventSelectors"),
    of_rule("PutRule"),
    of_rule("EnableRule"),
    of_rule("DisableRule"),
    of_rule("DeleteRule").deleting(),
    of_rule("PutTargets"),
    of_rule("RemoveTargets"),
    of_bus("PutPermission"),
    of_bus("RemovePermission"),
    of_bus("DeleteEventBus").deleting(),
    of_topic("Unsubscribe"),
    of_topic("SetSubscriptionAttributes"),
    of_topic("SetTopicAttributes"),
    on(SNS, "AddPermission", TOPIC),
    on(SNS, "RemovePermission", TOPIC),
    of_topic("DeleteTopic").deleting(),
    on(SQS, "SetQueueAttributes", QUEUE),
    on(SQS, "AddPermission", QUEUE),
    on(SQS, "RemovePermission", QUEUE),
    on(SQS, "PurgeQueue", QUEUE),
    on(SQS, "DeleteQueue", QUEUE).deleting(),
    on(CLOUDFORMATION, "DeleteStackInstances", STACK_SET),
    on(CLOUDFORMATION, "DeleteStackSet", STACK_SET),
    on(CLOUDFORMATION, "DeleteStack", STACK_SET),
];

/// A call that names no bus changes the default one, and is not known to do so where its parameters are left out.
fn bus(record: &Record<'_>) -> Vec<Subject> {
    let named = record
        .text(Request("eventBusName"))
        .or_else(|| record.text(Request("name")));
    let known = record.request.is_object() && !record.parameters_omitted();
    let default = || known.then(|| "default".to_owned());
    let bus = named.or_else(default).and_then(|name| monitor(&name));
    bus.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::event::tests::{detail, subjects};

    #[test]
    fn each_piece_is_named() {
        let trail = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/org";
        let topic = "arn:aws:sns:eu-west-1:111122223333:t";
        for (service, name, request, expected) in [
            ("cloudtrail", "StopLogging", json!({"name": trail}), trail),
            ("cloudtrail", "PutEventSelectors", json!({"trailName": "org"}), "org"),
            (
                "events",
                "RemoveTargets",
                json!({"rule": "vigil", "ids": ["1"]}),
                "vigil",
            ),
            (
                "events",
                "DisableRule",
                json!({"name": "vigil", "eventBusName": "default"}),
                "vigil",
            ),
            ("events", "PutPermission", json!({"statementId": "a"}), "default"),
            ("events", "DeleteEventBus", json!({"name": "vigil"}), "vigil"),
            ("sns", "DeleteTopic", json!({"topicArn": topic}), topic),
            ("sqs", "PurgeQueue", json!({"queueUrl": "https://q"}), "https://q"),
        ] {
            let record = detail(&format!("{service}.amazonaws.com"), name, request, json!(null));
            assert_eq!(subjects(&record), [Subject::Monitor(expected.into())], "{name}");
        }
    }
}
