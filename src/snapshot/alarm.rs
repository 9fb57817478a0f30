//! The alarms of an account and Region: which functions do they watch, and would anybody hear them?

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Derived;

/// The namespace of Lambda's own metrics.
pub const NAMESPACE: &str = "AWS/Lambda";

/// `DescribeAlarms`: the alarms over Lambda's own metrics, and the composite alarms, which may act for them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct Alarms {
    /// The metric alarms that look at `AWS/Lambda` metrics.
    pub metric_alarms: Vec<MetricAlarm>,
    /// The composite alarms.
    pub composite_alarms: Vec<CompositeAlarm>,
    /// Which metric alarms are about which function.
    #[serde(skip)]
    pub by_function: Derived<ByFunction>,
}

/// The places of the metric alarms that may look at a function's metrics.
#[derive(Debug)]
pub struct ByFunction {
    named: HashMap<String, Vec<usize>>,
    /// Of alarms over all functions together, and of those whose functions cannot be told.
    others: Vec<usize>,
}

/// A metric alarm: simple, over an expression, or over a band of anomalies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct MetricAlarm {
    /// Its name.
    pub alarm_name: String,
    /// Whether its actions are carried out.
    pub actions_enabled: bool,
    /// What it does when it goes off: ARNs.
    pub alarm_actions: Vec<String>,
    /// The metric's namespace, of a simple alarm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The metric, of a simple alarm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric_name: Option<String>,
    /// What the metric is about, of a simple alarm.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dimensions: Vec<Dimension>,
    /// The metrics and expressions, of an alarm that is not simple.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<MetricDataQuery>,
}

/// A dimension of a metric.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct Dimension {
    /// Such as `FunctionName`.
    pub name: String,
    /// Such as the function's name.
    pub value: String,
}

/// A metric or an expression of an alarm.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct MetricDataQuery {
    /// Names it within the alarm.
    pub id: String,
    /// An expression over the others, or a query of Metrics Insights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// A metric.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric_stat: Option<MetricStat>,
}

/// A metric of an alarm that is not simple.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct MetricStat {
    /// Which metric.
    pub metric: Metric,
}

/// A metric.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct Metric {
    /// Such as `AWS/Lambda`.
    pub namespace: String,
    /// Such as `Errors`.
    pub metric_name: String,
    /// What it is about.
    pub dimensions: Vec<Dimension>,
}

/// An alarm over other alarms.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default)]
pub struct CompositeAlarm {
    /// Its name.
    pub alarm_name: String,
    /// Such as `ALARM("orders-errors") OR ALARM("orders-throttles")`.
    pub alarm_rule: String,
    /// Whether its actions are carried out.
    pub actions_enabled: bool,
    /// What it does when it goes off: ARNs.
    pub alarm_actions: Vec<String>,
}

/// A metric that an alarm looks at, and whose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched<'a> {
    /// Such as `Errors`.
    pub metric: &'a str,
    /// The functions that the metric is about.
    pub of: Watch<'a>,
}

/// The functions that a metric is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch<'a> {
    /// One, by name; the alarm may look at a single version or alias of it.
    Function(&'a str),
    /// All of the account and Region together.
    Every,
    /// A query chooses them in a way that is not followed here.
    Unknown,
}

impl Watch<'_> {
    /// Whether a function of this name is among them, where that can be told.
    pub fn is_of(self, function: &str) -> Option<bool> {
        match self {
            Self::Function(name) => Some(name == function),
            Self::Every => Some(true),
            Self::Unknown => None,
        }
    }
}

impl MetricAlarm {
    /// Lambda's metrics that the alarm looks at.
    pub fn watched(&self) -> Vec<Watched<'_>> {
        let simple = self.namespace.as_deref().filter(|namespace| *namespace == NAMESPACE);
        let simple = simple.and(self.metric_name.as_deref()).and_then(|metric| {
            let of = watch(&self.dimensions)?;
            Some(Watched { metric, of })
        });
        let several = self.metrics.iter().filter_map(MetricDataQuery::watched);
        simple.into_iter().chain(several).collect()
    }

    fn acts(&self) -> bool {
        self.actions_enabled && !self.alarm_actions.is_empty()
    }
}

impl MetricDataQuery {
    fn watched(&self) -> Option<Watched<'_>> {
        if let Some(MetricStat { metric }) = &self.metric_stat {
            let of = watch(&metric.dimensions)?;
            let metric_name = metric.metric_name.as_str();
            return (metric.namespace == NAMESPACE).then_some(Watched {
                metric: metric_name,
                of,
            });
        }
        queried(self.expression.as_deref()?)
    }
}

/// Metrics of an event source mapping or of a whole runtime are about no function.
fn watch(dimensions: &[Dimension]) -> Option<Watch<'_>> {
    if dimensions.is_empty() {
        return Some(Watch::Every);
    }
    let named = dimensions.iter().find(|dimension| dimension.name == "FunctionName");
    named.map(|dimension| Watch::Function(&dimension.value))
}

/// A query of Metrics Insights, as alarms may have them: `SELECT SUM(Errors) FROM SCHEMA("AWS/Lambda", FunctionName)`.
static QUERY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?is)^\s*SELECT\s+\w+\(\s*"?(\w+)"?\s*\)\s+FROM\s+(?:SCHEMA\s*\(\s*)?"AWS/Lambda"[^)]*\)?(.*)$"#).ok()
});
static ONE_FUNCTION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let clause = r#"(?is)^\s*WHERE\s+"?FunctionName"?\s*=\s*'([^']+)'\s*(?:(?:GROUP|ORDER|LIMIT)\b.*)?$"#;
    Regex::new(clause).ok()
});

fn queried(expression: &str) -> Option<Watched<'_>> {
    let query = QUERY.as_ref()?.captures(expression)?;
    let (metric, rest) = (query.get(1)?.as_str(), query.get(2)?.as_str());
    let one = ONE_FUNCTION.as_ref().and_then(|clause| clause.captures(rest));
    let of = match one.and_then(|clause| clause.get(1)) {
        Some(name) => Watch::Function(name.as_str()),
        None if rest.to_ascii_uppercase().contains("WHERE") => Watch::Unknown,
        None => Watch::Every,
    };
    Some(Watched { metric, of })
}

impl Alarms {
    /// The metric alarms that may look at a function's metrics, in their order.
    pub fn about(&self, function: &str) -> impl Iterator<Item = &MetricAlarm> {
        let all = self.by_function.get(|| ByFunction::of(&self.metric_alarms));
        let named = all.named.get(function).into_iter().flatten();
        let places: BTreeSet<usize> = named.chain(&all.others).copied().collect();
        places.into_iter().filter_map(|place| self.metric_alarms.get(place))
    }

    /// Whether an alarm does something when it goes off: by itself, or through a composite alarm over it.
    pub fn acts(&self, alarm: &MetricAlarm) -> bool {
        alarm.acts() || self.is_heard(alarm)
    }

    fn is_heard(&self, alarm: &MetricAlarm) -> bool {
        let mut heard = vec![alarm.alarm_name.as_str()];
        let mut next = 0;
        while let Some(name) = heard.get(next).copied() {
            next += 1;
            for parent in self.composite_alarms.iter().filter(|parent| parent.is_over(name)) {
                if parent.actions_enabled && !parent.alarm_actions.is_empty() {
                    return true;
                }
                if !heard.contains(&parent.alarm_name.as_str()) {
                    heard.push(&parent.alarm_name);
                }
            }
        }
        false
    }

    /// The metric alarms of these names, and those that a composite alarm of these names is over.
    pub fn named<'a>(&'a self, names: &'a [String]) -> impl Iterator<Item = &'a MetricAlarm> {
        let composite = self
            .composite_alarms
            .iter()
            .filter(|parent| names.contains(&parent.alarm_name));
        let parents: Vec<&CompositeAlarm> = composite.collect();
        self.metric_alarms.iter().filter(move |alarm| {
            names.contains(&alarm.alarm_name) || parents.iter().any(|parent| parent.is_over(&alarm.alarm_name))
        })
    }
}

impl ByFunction {
    fn of(alarms: &[MetricAlarm]) -> Self {
        let mut all = Self {
            named: HashMap::new(),
            others: Vec::new(),
        };
        for (place, alarm) in alarms.iter().enumerate() {
            for watched in alarm.watched() {
                match watched.of {
                    Watch::Function(name) => all.named.entry(name.to_owned()).or_default().push(place),
                    Watch::Every | Watch::Unknown => all.others.push(place),
                }
            }
        }
        all
    }
}

impl CompositeAlarm {
    /// The rule names alarms in quotes, or bare, or by ARN.
    fn is_over(&self, name: &str) -> bool {
        let ends = |c: Option<char>| c.is_none_or(|c| !(c.is_alphanumeric() || "-_.".contains(c)));
        self.alarm_rule.match_indices(name).any(|(at, _)| {
            let before = self.alarm_rule.get(..at).and_then(|head| head.chars().next_back());
            let behind = self
                .alarm_rule
                .get(at + name.len()..)
                .and_then(|tail| tail.chars().next());
            ends(before) && ends(behind)
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn alarms(json: serde_json::Value) -> Alarms {
        serde_json::from_value(json).unwrap()
    }

    fn watched(alarm: serde_json::Value) -> Vec<(String, String)> {
        let alarm: MetricAlarm = serde_json::from_value(alarm).unwrap();
        let shown = |watched: &Watched<'_>| (watched.metric.to_owned(), format!("{:?}", watched.of));
        alarm.watched().iter().map(shown).collect()
    }

    #[test]
    fn an_alarm_tells_what_it_watches() {
        let of = |metric: &str, watch: &str| vec![(metric.to_owned(), watch.to_owned())];
        let named = json!([{"Name": "FunctionName", "Value": "f"}, {"Name": "Resource", "Value": "f:live"}]);
        let simple = json!({"Namespace": "AWS/Lambda", "MetricName": "Errors", "Dimensions": named});
        assert_eq!(watched(simple), of("Errors", "Function(\"f\")"));
        assert_eq!(
            watched(json!({"Namespace": "AWS/Lambda", "MetricName": "Errors"})),
            of("Errors", "Every")
        );
        let mapping = json!([{"Name": "EventSourceMappingUUID", "Value": "u"}]);
        let other = json!({"Namespace": "AWS/Lambda", "MetricName": "PolledEventCount", "Dimensions": mapping});
        assert!(watched(other).is_empty());
        assert!(watched(json!({"Namespace": "AWS/SQS", "MetricName": "Errors"})).is_empty());
        let band = json!({"Metrics": [
            {"Id": "m1", "MetricStat": {"Metric": {"Namespace": "AWS/Lambda", "MetricName": "Invocations",
                "Dimensions": [{"Name": "FunctionName", "Value": "f"}]}}},
            {"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)"}]});
        assert_eq!(watched(band), of("Invocations", "Function(\"f\")"));
    }

    #[test]
    fn queries_are_followed_as_far_as_they_name_a_function() {
        let query = |text: &str| watched(json!({"Metrics": [{"Id": "q", "Expression": text}]}));
        let of = |watch: &str| vec![("Errors".to_owned(), watch.to_owned())];
        assert_eq!(
            query(r#"SELECT SUM(Errors) FROM SCHEMA("AWS/Lambda", FunctionName)"#),
            of("Every")
        );
        assert_eq!(query(r#"select max(Errors) from "AWS/Lambda""#), of("Every"));
        assert_eq!(
            query(
                r#"SELECT SUM(Errors) FROM SCHEMA("AWS/Lambda", FunctionName) WHERE FunctionName = 'f' GROUP BY FunctionName"#
            ),
            of("Function(\"f\")")
        );
        assert_eq!(
            query(r#"SELECT SUM(Errors) FROM SCHEMA("AWS/Lambda", FunctionName) WHERE FunctionName != 'f'"#),
            of("Unknown")
        );
        assert!(query(r#"SELECT SUM(Errors) FROM "AWS/SQS""#).is_empty());
    }

    #[test]
    fn the_alarms_about_a_function_are_found_by_its_name() {
        let of = |name: &str| json!([{"Name": "FunctionName", "Value": name}]);
        let query = r#"SELECT SUM(Errors) FROM SCHEMA("AWS/Lambda", FunctionName) WHERE FunctionName != 'x'"#;
        let all = alarms(json!({"MetricAlarms": [
            {"AlarmName": "g", "Namespace": "AWS/Lambda", "MetricName": "Errors", "Dimensions": of("g")},
            {"AlarmName": "every", "Namespace": "AWS/Lambda", "MetricName": "Errors"},
            {"AlarmName": "f", "Namespace": "AWS/Lambda", "MetricName": "Errors", "Dimensions": of("f")},
            {"AlarmName": "queue", "Namespace": "AWS/SQS", "MetricName": "Errors", "Dimensions": of("f")},
            {"AlarmName": "query", "Metrics": [{"Id": "q", "Expression": query}]},
        ]}));
        let about =
            |function: &str| -> Vec<&str> { all.about(function).map(|alarm| alarm.alarm_name.as_str()).collect() };
        assert_eq!(about("f"), ["every", "f", "query"]);
        assert_eq!(about("g"), ["g", "every", "query"]);
        assert_eq!(about("h"), ["every", "query"]);
    }

    #[test]
    fn a_composite_alarm_speaks_for_its_parts() {
        let all = alarms(json!({
            "MetricAlarms": [{"AlarmName": "errors"}, {"AlarmName": "err"},
                {"AlarmName": "own", "ActionsEnabled": true, "AlarmActions": ["arn:aws:sns:eu-west-1:111122223333:t"]}],
            "CompositeAlarms": [
                {"AlarmName": "any", "AlarmRule": "ALARM(\"errors\") OR ALARM(top)", "ActionsEnabled": false},
                {"AlarmName": "top", "AlarmRule": "ALARM(any)", "ActionsEnabled": true, "AlarmActions": ["arn:x"]}],
        }));
        let acts: Vec<bool> = all.metric_alarms.iter().map(|alarm| all.acts(alarm)).collect();
        assert_eq!(acts, [true, false, true]);
        let any = ["any".to_owned()];
        let named: Vec<&str> = all.named(&any).map(|alarm| alarm.alarm_name.as_str()).collect();
        assert_eq!(named, ["errors"]);
    }
}
