//! Which EventBridge patterns let the events through that matter? One per source, from the same table of calls that reads the events.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::event::{ALARM_DETAIL_TYPE, ALARM_SOURCE, DETAIL_TYPES, calls};

/// The events of one source.
#[derive(Debug)]
pub struct Feed {
    /// Logical id of its rule in the templates.
    pub rule: &'static str,
    /// `aws.` and this.
    pub service: &'static str,
    /// What they are.
    pub description: &'static str,
}

const fn feed(rule: &'static str, service: &'static str, description: &'static str) -> Feed {
    Feed {
        rule,
        service,
        description,
    }
}

const LAMBDA: &str = "aws.lambda";

/// What the monitor lives on. A source of the table of calls without a feed fails a test.
pub static FEEDS: [Feed; 13] = [
    feed(
        "LambdaRule",
        "lambda",
        "Calls that change a function, also those that AWS has yet to add",
    ),
    feed(
        "RoleRule",
        "iam",
        "Calls that change a role or a policy; IAM reports them in the global Region only",
    ),
    feed(
        "NetworkRule",
        "ec2",
        "Calls that change the network of functions in a VPC",
    ),
    feed("AlarmRule", "monitoring", "Calls that change alarms"),
    feed(
        "KeyRule",
        "kms",
        "Calls that change the keys of encrypted environments; never all of them, most are Decrypt",
    ),
    feed(
        "SecretRule",
        "secretsmanager",
        "Calls that change secrets and who may read them",
    ),
    feed(
        "OrganizationRule",
        "organizations",
        "Calls that change what the organization allows; seen in the management account only",
    ),
    feed(
        "TrailRule",
        "cloudtrail",
        "Calls that stop or narrow the trail, which all other rules live on",
    ),
    feed("EventingRule", "events", "Calls that stop, redirect or remove rules"),
    feed("QueueRule", "sqs", "Calls that change or empty queues"),
    feed("TopicRule", "sns", "Calls that change topics or who listens"),
    feed(
        "StackRule",
        "cloudformation",
        "Calls that remove the monitor's own stack",
    ),
    feed(
        "AlarmConfigurationRule",
        "cloudwatch",
        "CloudWatch's own word on changed alarms, delivered durably where CloudTrail is best effort",
    ),
];

impl Feed {
    /// Its pattern. Only AWS sends events whose source begins with `aws.`; the prefix is another one in tests alone.
    pub fn pattern(&self, prefix: &str) -> Value {
        let (sent_as, source) = (format!("{prefix}.{}", self.service), self.source());
        if source == ALARM_SOURCE {
            return json!({"source": [sent_as], "detail-type": [ALARM_DETAIL_TYPE]});
        }
        let mut detail = json!({
            "eventSource": [self.event_source()],
            "readOnly": [false],
            "managementEvent": [true],
            "errorCode": [{"exists": false}],
        });
        // Every mutating call of Lambda: one that is new, and unknown to the table, still leads to a fresh read.
        if let Some(members) = detail.as_object_mut().filter(|_| source != LAMBDA) {
            members.insert("eventName".to_owned(), json!(self.names()));
        }
        json!({"source": [sent_as], "detail-type": DETAIL_TYPES, "detail": detail})
    }

    /// `source` of its events as AWS sends them.
    pub fn source(&self) -> String {
        format!("aws.{}", self.service)
    }

    /// `eventSource` of its records, as trails name it; none where CloudTrail has no part in it.
    pub fn event_source(&self) -> Option<&'static str> {
        let source = self.source();
        calls().find(|call| call.source == source).map(|call| call.event_source)
    }

    fn names(&self) -> BTreeSet<&'static str> {
        let source = self.source();
        calls()
            .filter(|call| call.source == source)
            .map(|call| call.stem)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_of_the_table_has_a_feed() {
        let known: BTreeSet<String> = calls().map(|call| call.source.to_owned()).collect();
        let fed = FEEDS.iter().filter(|feed| feed.event_source().is_some());
        assert_eq!(known, fed.map(Feed::source).collect());
    }

    /// The default quota of a pattern.
    #[test]
    fn every_pattern_stays_under_the_quota() {
        for feed in &FEEDS {
            let length = feed.pattern("aws").to_string().len();
            assert!(length < 2048, "{} {length}", feed.rule);
        }
    }
}
