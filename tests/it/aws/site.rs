//! The place of a test: an AWS API server, queues that listen to its topics, and a fault proxy for those who want one.

use serde_json::{Value, json};

use super::client::Client;
use super::server::{Server, free_port};
use crate::recorded::root;

/// An AWS API server.
pub(super) struct Site {
    aws: Server,
    /// Calls it.
    pub(super) client: Client,
}

impl Site {
    /// Starts the server.
    pub(super) fn open() -> Self {
        let aws = Server::aws(free_port());
        let client = Client::new(aws.endpoint());
        Self { aws, client }
    }

    /// Where it listens.
    pub(super) fn endpoint(&self) -> &str {
        self.aws.endpoint()
    }

    /// A topic.
    pub(super) fn topic(&self) -> String {
        self.topic_called("notices")
    }

    /// A topic of that name.
    pub(super) fn topic_called(&self, name: &str) -> String {
        let made = self.client.query("sns", "CreateTopic", &[("Name", name)]);
        made.text("TopicArn")
    }

    /// A new queue, and its ARN.
    pub(super) fn ears(&self, name: &str) -> (Ears<'_>, String) {
        let client = &self.client;
        let url = client.json("sqs", "CreateQueue", &json!({"QueueName": name}))["QueueUrl"].clone();
        let ask = json!({"QueueUrl": url, "AttributeNames": ["QueueArn"]});
        let attributes = client.json("sqs", "GetQueueAttributes", &ask);
        let queue = attributes["Attributes"]["QueueArn"].as_str().expect("the queue's ARN");
        let senders = ["sns.amazonaws.com", "events.amazonaws.com"];
        let policy = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": senders}, "Action": "sqs:SendMessage", "Resource": queue},
        ]});
        client.json(
            "sqs",
            "SetQueueAttributes",
            &json!({"QueueUrl": url, "Attributes": {"Policy": policy.to_string()}}),
        );
        (Ears { client, url }, queue.to_owned())
    }

    /// A table for the state, as the template makes it.
    pub(super) fn table(&self, name: &str) {
        let template = std::fs::read_to_string(root().join("infra/monitor.yaml")).expect("read the template");
        let is_keyed = ["AttributeName: pk, KeyType: HASH", "AttributeName: sk, KeyType: RANGE"];
        assert!(
            is_keyed.iter().all(|key| template.contains(key)),
            "the template makes it otherwise"
        );
        let attribute = |name: &str| json!({"AttributeName": name, "AttributeType": "S"});
        let table = json!({
            "TableName": name, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [attribute("pk"), attribute("sk")],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        });
        self.client.json("dynamodb", "CreateTable", &table);
    }

    /// Subscribes a new queue to the topic.
    pub(super) fn listen(&self, topic: &str) -> Ears<'_> {
        let name = topic.rsplit(':').next().unwrap_or_default();
        let (ears, queue) = self.ears(&format!("ears-of-{name}"));
        self.client.query(
            "sns",
            "Subscribe",
            &[("TopicArn", topic), ("Protocol", "sqs"), ("Endpoint", &queue)],
        );
        ears
    }
}

/// A proxy between the monitor and the site that passes all calls on until it is told to fail some.
pub(super) struct Proxy {
    server: Server,
    client: Client,
}

impl Proxy {
    /// Starts a proxy in front of the site. The proxy's own address is part of what a caller signs, so only the account's root user, whose signature nobody
    /// checks, comes through it.
    pub(super) fn before(site: &Site) -> Self {
        let server = Server::faults(free_port(), site.endpoint());
        let client = Client::new(server.endpoint());
        Self { server, client }
    }

    /// Where it listens.
    pub(super) fn endpoint(&self) -> &str {
        self.server.endpoint()
    }

    /// Replaces the faults, in the proxy's own words; `[]` ends them.
    pub(super) fn inflict(&self, faults: &Value) {
        self.client.control("POST", "/_microburst/rules", faults);
    }

    /// How many calls the faults have struck so far.
    pub(super) fn struck(&self) -> usize {
        let fired = self
            .client
            .control("GET", "/_microburst/fired?limit=10000", &Value::Null);
        fired.as_array().expect("a list of faults").len()
    }
}

/// A queue that is subscribed to a topic.
pub(super) struct Ears<'a> {
    client: &'a Client,
    url: Value,
}

impl Ears<'_> {
    /// The messages since the last look, as SQS hands them out.
    pub(super) fn received(&self) -> Vec<Value> {
        let mut received = Vec::new();
        loop {
            let ask = json!({"QueueUrl": self.url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 0,
                "MessageAttributeNames": ["All"]});
            let answer = self.client.json("sqs", "ReceiveMessage", &ask);
            let Some(messages) = answer["Messages"].as_array().filter(|messages| !messages.is_empty()) else {
                return received;
            };
            for message in messages {
                received.push(message.clone());
                let handle = json!({"QueueUrl": self.url, "ReceiptHandle": message["ReceiptHandle"]});
                self.client.json("sqs", "DeleteMessage", &handle);
            }
        }
    }

    /// The bodies since the last look.
    pub(super) fn bodies(&self) -> Vec<Value> {
        let parsed = |message: &Value| {
            let text = message["Body"].as_str().expect("a body");
            serde_json::from_str(text).unwrap_or_else(|_| panic!("the body is not JSON: {text}"))
        };
        self.received().iter().map(parsed).collect()
    }

    /// What the topic's subscribers got since the last look.
    pub(super) fn messages(&self) -> Vec<Value> {
        self.notices().into_iter().map(|notice| notice.body).collect()
    }

    /// The notices since the last look.
    pub(super) fn notices(&self) -> Vec<Notice> {
        self.bodies().iter().map(Notice::from_envelope).collect()
    }
}

/// A notice as a subscriber gets it.
#[derive(Debug)]
pub(super) struct Notice {
    /// The JSON body.
    pub(super) body: Value,
    /// The message attributes, to filter on.
    pub(super) attributes: Value,
}

impl Notice {
    /// Of an envelope of SNS.
    fn from_envelope(body: &Value) -> Self {
        let text = body["Message"].as_str().expect("a message");
        let document = serde_json::from_str(text).unwrap_or_else(|_| panic!("the default body is not JSON: {text}"));
        Self {
            body: document,
            attributes: body["MessageAttributes"].clone(),
        }
    }

    /// Whether it says that this control went to this status for this function.
    pub(super) fn says(&self, function: &str, status: &str, control: &str) -> bool {
        let is_told = |about: &Value, list: &str| {
            let entries = about[list].as_array().expect("a notice lists what it tells");
            let mut entries = entries.iter();
            about["function"] == function
                && entries.any(|entry| entry["status"] == status && entry["control"] == control)
        };
        match self.body["functions"].as_array() {
            Some(summed_up) => summed_up.iter().any(|about| is_told(about, "findings")),
            None => is_told(&self.body, "transitions"),
        }
    }
}

/// Whether any of the notices says so.
pub(super) fn says(notices: &[Notice], function: &str, status: &str, control: &str) -> bool {
    notices.iter().any(|notice| notice.says(function, status, control))
}
