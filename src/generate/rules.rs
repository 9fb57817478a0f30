//! The EventBridge rules of the templates, written out from the patterns of what the monitor lives on.

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::delivery::{FEEDS, Feed};

/// The template's parameter for the sources' prefix.
const PREFIX: &str = "${EventSourcePrefix}";

/// The rules of the monitor's own template, which fill its queue.
pub fn rules() -> String {
    FEEDS.iter().map(|feed| described(feed, "", QUEUE)).collect()
}

/// The same rules where they pass everything on to the monitor's bus.
pub fn forwarding_rules() -> String {
    let condition = "  Condition: IsElsewhere\n";
    FEEDS.iter().map(|feed| described(feed, condition, BUS)).collect()
}

/// Their ARNs, for the queue's policy.
pub fn rule_arns() -> String {
    FEEDS
        .iter()
        .fold(String::new(), |text, feed| text + "- !GetAtt " + feed.rule + ".Arn\n")
}

fn described(feed: &Feed, condition: &str, target: &str) -> String {
    let mut text = format!(
        "{}:\n  Type: AWS::Events::Rule\n{condition}  Properties:\n    Description: {}\n    EventPattern:\n",
        feed.rule, feed.description
    );
    if let Value::Object(pattern) = feed.pattern(PREFIX) {
        write_members(&mut text, &pattern, "      ");
    }
    text + target
}

const QUEUE: &str = "    Targets:
      - Id: queue
        Arn: !GetAtt Queue.Arn
        DeadLetterConfig: { Arn: !GetAtt DeadLetterQueue.Arn }
        RetryPolicy: { MaximumEventAgeInSeconds: 86400, MaximumRetryAttempts: 185 }
";

const BUS: &str = "    Targets:
      - Id: monitor
        Arn: !Ref EventBusArn
        RoleArn: !GetAtt Role.Arn
        RetryPolicy: { MaximumEventAgeInSeconds: 86400, MaximumRetryAttempts: 185 }
";

fn write_members(text: &mut String, members: &Map<String, Value>, indent: &str) {
    for (name, value) in members {
        match value {
            Value::Object(inner) => {
                let _ = writeln!(text, "{indent}{name}:");
                write_members(text, inner, &format!("{indent}  "));
            }
            Value::Array(items) if items.len() > 1 => {
                let _ = writeln!(text, "{indent}{name}:");
                for item in items {
                    let _ = writeln!(text, "{indent}  - {}", scalar(item));
                }
            }
            Value::Array(items) => {
                let items: String = items.iter().map(scalar).collect();
                let _ = writeln!(text, "{indent}{name}: [{items}]");
            }
            other => drop(writeln!(text, "{indent}{name}: {}", scalar(other))),
        }
    }
}

/// Names of sources and calls are plain YAML words, and a matcher has one member.
fn scalar(value: &Value) -> String {
    match value {
        Value::String(word) if word.contains(PREFIX) => format!("!Sub \"{word}\""),
        Value::String(word) => word.clone(),
        Value::Object(matcher) => {
            let members = matcher.iter().map(|(name, value)| format!("{name}: {}", scalar(value)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
