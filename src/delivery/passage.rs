//! Does a rule let all of a feed through? Proved by comparing its pattern with the one that was deployed.

use serde_json::Value;

use super::Feed;
use crate::snapshot::Rule;

/// How the rules stand to a feed.
#[derive(Debug, PartialEq, Eq)]
pub enum Passage {
    /// A rule lets all of it through.
    Open,
    /// None does, and why each that comes near does not.
    Closed(String),
    /// One may, by something in its pattern that is not understood.
    Unclear(String),
}

/// Whether one rule lets all events of a feed through.
pub fn passage(rules: &[Rule], feed: &Feed, prefix: &str) -> Passage {
    let (wanted, source) = (feed.pattern(prefix), format!("{prefix}.{}", feed.service));
    let (mut closed, mut unclear) = (Vec::new(), Vec::new());
    for rule in rules {
        let Some(pattern) = rule.event_pattern.as_deref() else {
            continue;
        };
        match serde_json::from_str::<Value>(pattern) {
            Ok(pattern) if covers(&pattern, &wanted, "").is_ok() && is_on(rule) => return Passage::Open,
            Ok(pattern) => match covers(&pattern, &wanted, "") {
                Ok(()) => closed.push(format!("{} is {}", rule.name, rule.state)),
                Err(_) if !is_about(&pattern, &source) => {}
                Err(Gap::Missing(what)) => closed.push(format!("{} does not let {what} through", rule.name)),
                Err(Gap::Unknown(what)) => unclear.push(format!("{} matches by {what}", rule.name)),
            },
            Err(_) => unclear.push(format!("the pattern of {} is no JSON", rule.name)),
        }
    }
    if unclear.is_empty() {
        closed.truncate(MOST_SHOWN);
        Passage::Closed(closed.join("; "))
    } else {
        Passage::Unclear(unclear.join("; "))
    }
}

const MOST_SHOWN: usize = 3;

/// Whether a rule works at all.
pub fn is_on(rule: &Rule) -> bool {
    rule.state.starts_with("ENABLED")
}

fn is_about(pattern: &Value, source: &str) -> bool {
    let sources = pattern.get("source").and_then(Value::as_array);
    let source = Value::from(source);
    sources.is_none_or(|sources| sources.iter().any(|one| *one == source || is_met(one, &source)))
}

/// Why a pattern does not let through what another one does.
enum Gap {
    Missing(String),
    Unknown(String),
}

/// Proves that a rule's pattern matches whatever the wanted one matches.
fn covers(rule: &Value, wanted: &Value, path: &str) -> Result<(), Gap> {
    let (Some(members), Some(wanted)) = (rule.as_object(), wanted.as_object()) else {
        return Err(Gap::Unknown(format!("`{path}`")));
    };
    for (name, matchers) in members {
        let path = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        if name.starts_with('$') {
            return Err(Gap::Unknown(format!("`{path}`")));
        }
        match (matchers, wanted.get(name)) {
            (_, None) => return Err(Gap::Missing(format!("what has another `{path}`"))),
            (Value::Array(matchers), Some(Value::Array(values))) => {
                for value in values {
                    takes(matchers, value, &path)?;
                }
            }
            (matchers, Some(values)) => covers(matchers, values, &path)?,
        }
    }
    Ok(())
}

fn takes(matchers: &[Value], value: &Value, path: &str) -> Result<(), Gap> {
    if matchers
        .iter()
        .any(|matcher| matcher == value || is_met(matcher, value))
    {
        return Ok(());
    }
    let is_known = |matcher: &Value| !matcher.is_object() || KNOWN.iter().any(|known| matcher.get(*known).is_some());
    if matchers.iter().all(is_known) {
        return Err(Gap::Missing(format!("{value} in `{path}`")));
    }
    Err(Gap::Unknown(format!("`{path}`")))
}

/// The matchers of which [`is_met`] knows the meaning.
const KNOWN: [&str; 2] = ["prefix", "exists"];

fn is_met(matcher: &Value, value: &Value) -> bool {
    let starts = |prefix: &str| value.as_str().is_some_and(|text| text.starts_with(prefix));
    let is_literal = !value.is_object();
    let prefix = matcher.get("prefix").and_then(Value::as_str);
    prefix.is_some_and(starts) || (is_literal && matcher.get("exists") == Some(&Value::Bool(true)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::FEEDS;

    fn rule(pattern: &str) -> Rule {
        Rule {
            name: "r".into(),
            state: "ENABLED".into(),
            event_pattern: Some(pattern.into()),
            schedule_expression: None,
        }
    }

    fn of(service: &str) -> &'static Feed {
        FEEDS.iter().find(|feed| feed.service == service).unwrap()
    }

    #[test]
    fn every_shipped_pattern_lets_its_feed_through_and_no_other() {
        for feed in &FEEDS {
            let rules = [rule(&feed.pattern("aws").to_string())];
            assert_eq!(passage(&rules, feed, "aws"), Passage::Open, "{}", feed.rule);
            assert_eq!(passage(&rules, feed, "test"), Passage::Closed(String::new()));
            for other in FEEDS.iter().filter(|other| other.rule != feed.rule) {
                assert_ne!(
                    passage(&rules, other, "aws"),
                    Passage::Open,
                    "{} {}",
                    feed.rule,
                    other.rule
                );
            }
        }
    }

    #[test]
    fn wider_patterns_do_as_well() {
        for pattern in [
            r#"{"source": ["aws.iam"]}"#,
            r#"{"source": ["aws.lambda", "aws.iam"], "detail": {"errorCode": [{"exists": false}]}}"#,
            r#"{"source": [{"prefix": "aws."}], "detail": {"eventName": [{"exists": true}]}}"#,
            r#"{"source": [{"prefix": ""}], "detail-type": [{"prefix": "AWS "}]}"#,
        ] {
            assert_eq!(passage(&[rule(pattern)], of("iam"), "aws"), Passage::Open, "{pattern}");
        }
    }

    #[test]
    fn narrower_patterns_say_what_they_miss() {
        for (pattern, says) in [
            (
                r#"{"source": ["aws.iam"], "detail": {"eventName": ["PutRolePolicy"]}}"#,
                r#""AttachRolePolicy" in `detail.eventName`"#,
            ),
            (
                r#"{"source": ["aws.iam"], "detail-type": ["AWS API Call via CloudTrail"]}"#,
                "Console Action",
            ),
            (
                r#"{"source": ["aws.iam"], "detail": {"userIdentity": {"type": ["Root"]}}}"#,
                "another `detail.userIdentity`",
            ),
            (
                r#"{"source": ["aws.iam"], "account": ["111122223333"]}"#,
                "another `account`",
            ),
            (
                r#"{"source": ["aws.iam"], "detail": {"readOnly": [true]}}"#,
                "false in `detail.readOnly`",
            ),
        ] {
            let Passage::Closed(why) = passage(&[rule(pattern)], of("iam"), "aws") else {
                panic!("{pattern}");
            };
            assert!(why.contains(says), "{why}");
        }
    }

    #[test]
    fn what_is_not_understood_is_not_guessed() {
        for pattern in [
            r#"{"source": ["aws.iam"], "detail": {"eventName": [{"anything-but": "PutRolePolicy"}]}}"#,
            r#"{"source": ["aws.iam"], "$or": [{"account": ["1"]}, {"region": ["us-east-1"]}]}"#,
            r#"{"source": ["aws.iam"], "detail": ["x"]}"#,
            "{",
        ] {
            let passage = passage(&[rule(pattern)], of("iam"), "aws");
            assert!(matches!(passage, Passage::Unclear(_)), "{pattern}: {passage:?}");
        }
    }

    #[test]
    fn a_rule_that_is_off_lets_nothing_through() {
        let off = Rule {
            state: "DISABLED".into(),
            ..rule(&of("iam").pattern("aws").to_string())
        };
        assert_eq!(
            passage(std::slice::from_ref(&off), of("iam"), "aws"),
            Passage::Closed("r is DISABLED".into())
        );
        let on = rule(&of("iam").pattern("aws").to_string());
        assert_eq!(passage(&[off, on], of("iam"), "aws"), Passage::Open);
    }
}
