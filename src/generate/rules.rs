//! The EventBridge rules of the templates: one per source, from the same table of calls that reads the events.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::event::{ALARM_DETAIL_TYPE, ALARM_SOURCE, DETAIL_TYPES, calls};

/// One rule of the template.
struct Rule {
    /// Logical id.
    id: &'static str,
    /// `aws.` and this.
    source: &'static str,
    /// What it is for.
    description: &'static str,
}

const fn rule(id: &'static str, source: &'static str, description: &'static str) -> Rule {
    Rule {
        id,
        source,
        description,
    }
}

const LAMBDA: &str = "aws.lambda";

/// A source of the table of calls without a rule here fails a test.
const RULES: [Rule; 12] = [
    rule(
        "LambdaRule",
        LAMBDA,
        "Calls that change a function, also those that AWS has yet to add",
    ),
    rule(
        "RoleRule",
        "aws.iam",
        "Calls that change a role or a policy; IAM reports them in the global Region only",
    ),
    rule(
        "NetworkRule",
        "aws.ec2",
        "Calls that change the network of functions in a VPC",
    ),
    rule("AlarmRule", "aws.monitoring", "Calls that change alarms"),
    rule(
        "KeyRule",
        "aws.kms",
        "Calls that change the keys of encrypted environments; never all of them, most are Decrypt",
    ),
    rule(
        "SecretRule",
        "aws.secretsmanager",
        "Calls that change secrets and who may read them",
    ),
    rule(
        "OrganizationRule",
        "aws.organizations",
        "Calls that change what the organization allows; seen in the management account only",
    ),
    rule(
        "TrailRule",
        "aws.cloudtrail",
        "Calls that stop or narrow the trail, which all other rules live on",
    ),
    rule(
        "EventingRule",
        "aws.events",
        "Calls that stop, redirect or remove rules",
    ),
    rule("QueueRule", "aws.sqs", "Calls that change or empty queues"),
    rule("TopicRule", "aws.sns", "Calls that change topics or who listens"),
    rule(
        "StackRule",
        "aws.cloudformation",
        "Calls that remove the monitor's own stack",
    ),
];

const ALARM_STATE_RULE: &str = "AlarmConfigurationRule";

/// The rules as resources of a template.
pub fn rules() -> String {
    let mut text = String::new();
    for rule in &RULES {
        let _ = write!(text, "{}", described(rule));
    }
    text + &alarm_rule()
}

/// Their ARNs, for the queue's policy.
pub fn rule_arns() -> String {
    let ids = RULES.iter().map(|rule| rule.id).chain([ALARM_STATE_RULE]);
    ids.fold(String::new(), |text, id| text + "- !GetAtt " + id + ".Arn\n")
}

fn described(rule: &Rule) -> String {
    let service = rule.source.trim_start_matches("aws.");
    let mut text = format!(
        "{}:\n  Type: AWS::Events::Rule\n  Properties:\n    Description: {}\n",
        rule.id, rule.description
    );
    let _ = write!(
        text,
        "    EventPattern:\n      source: [!Sub \"${{EventSourcePrefix}}.{service}\"]\n"
    );
    let _ = write!(text, "      detail-type:\n{}", list(DETAIL_TYPES, "        "));
    let _ = write!(
        text,
        "      detail:\n        eventSource: [{}]\n",
        event_source(rule.source)
    );
    // Every mutating call of Lambda: one that is new, and unknown to this table, still leads to a fresh read.
    if rule.source != LAMBDA {
        let _ = write!(text, "        eventName:\n{}", list(names(rule.source), "          "));
    }
    text + "        readOnly: [false]\n        managementEvent: [true]\n        errorCode: [{ exists: false }]\n"
        + TARGET
}

fn alarm_rule() -> String {
    let service = ALARM_SOURCE.trim_start_matches("aws.");
    format!(
        "{ALARM_STATE_RULE}:\n  Type: AWS::Events::Rule\n  Properties:\n    \
         Description: CloudWatch's own word on changed alarms, delivered durably where CloudTrail is best effort\n    \
         EventPattern:\n      source: [!Sub \"${{EventSourcePrefix}}.{service}\"]\n      detail-type: [{ALARM_DETAIL_TYPE}]\n{TARGET}"
    )
}

const TARGET: &str = "    Targets:
      - Id: queue
        Arn: !GetAtt Queue.Arn
        DeadLetterConfig: { Arn: !GetAtt DeadLetterQueue.Arn }
        RetryPolicy: { MaximumEventAgeInSeconds: 86400, MaximumRetryAttempts: 185 }
";

fn list(items: impl IntoIterator<Item = &'static str>, indent: &str) -> String {
    items
        .into_iter()
        .fold(String::new(), |text, item| text + indent + "- " + item + "\n")
}

fn event_source(source: &str) -> &'static str {
    calls()
        .find(|call| call.source == source)
        .map_or("", |call| call.event_source)
}

fn names(source: &str) -> BTreeSet<&'static str> {
    calls()
        .filter(|call| call.source == source)
        .map(|call| call.stem)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_of_the_table_has_a_rule() {
        let known: BTreeSet<&str> = calls().map(|call| call.source).collect();
        let ruled: BTreeSet<&str> = RULES.iter().map(|rule| rule.source).collect();
        assert_eq!(known, ruled);
    }

    /// The default quota of a pattern; the JSON has no indentation.
    #[test]
    fn every_pattern_stays_under_the_quota() {
        for rule in &RULES {
            let names: usize = names(rule.source).iter().map(|name| name.len() + 3).sum();
            assert!(names < 1700, "{} {names}", rule.id);
        }
    }
}
