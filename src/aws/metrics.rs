//! How is the monitor doing? CloudWatch metrics as log lines in the embedded metric format, one JSON object a line.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

const NAMESPACE: &str = "LambdaVigil";
const DIMENSION: &str = "FunctionName";
const API_CALLS: &str = "ApiCalls";
const CANARY: &str = "CanaryLatency";
const LATENCY: &str = "EventToNoticeLatency";

/// The most values of one metric in one line ("Specification: Embedded metric format").
const MOST_VALUES: usize = 100;

/// What happened in one invocation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metrics {
    /// Inputs that arrived.
    pub events: u64,
    /// Inputs that say nothing about what is watched.
    pub ignored: u64,
    /// Inputs that cannot be understood, and do not come again.
    pub quarantined: u64,
    /// Functions judged.
    pub evaluations: u64,
    /// Findings that are new.
    pub findings_opened: u64,
    /// Findings whose severity rose.
    pub findings_worsened: u64,
    /// Findings that are gone.
    pub findings_resolved: u64,
    /// Findings that are back.
    pub findings_reopened: u64,
    /// Facets that could not be read.
    pub unreadable: u64,
    /// Questions that what was read did not settle, or that could not be asked for lack of it.
    pub cannot_judge: u64,
    /// Accounts and Regions of which all functions were swept.
    pub swept: u64,
    /// Changes that no read has shown.
    pub unconfirmed: u64,
    /// Deliveries that an outlet has refused for good.
    pub undelivered: u64,
    /// API calls by operation, retries included.
    pub api_calls: BTreeMap<String, u64>,
    /// The longest row of API calls one after the other.
    pub round_trips: u64,
    /// The longest row of those that read what is judged.
    pub read_round_trips: u64,
    /// For each tag that the monitor has written to see whether it comes back as an event, milliseconds until then.
    pub canary: Vec<u64>,
    /// For each notice, milliseconds from the time of the event to its publication.
    pub event_to_notice: Vec<u64>,
}

type Counter = (&'static str, fn(&Metrics) -> u64);

const COUNTERS: [Counter; 14] = [
    ("Events", |metrics| metrics.events),
    ("Ignored", |metrics| metrics.ignored),
    ("Quarantined", |metrics| metrics.quarantined),
    ("Evaluations", |metrics| metrics.evaluations),
    ("FindingsOpened", |metrics| metrics.findings_opened),
    ("FindingsWorsened", |metrics| metrics.findings_worsened),
    ("FindingsResolved", |metrics| metrics.findings_resolved),
    ("FindingsReopened", |metrics| metrics.findings_reopened),
    ("Unreadable", |metrics| metrics.unreadable),
    ("CannotJudge", |metrics| metrics.cannot_judge),
    ("Unconfirmed", |metrics| metrics.unconfirmed),
    ("PlacesSwept", |metrics| metrics.swept),
    ("Undelivered", |metrics| metrics.undelivered),
    (API_CALLS, |metrics| metrics.api_calls.values().sum()),
];

impl Metrics {
    /// The lines to log for the function of that name.
    pub fn lines(&self, function_name: &str, at: Timestamp) -> Vec<String> {
        let mut chunks = self.event_to_notice.chunks(MOST_VALUES);
        let mut first = Line::new(function_name, at);
        for (name, count) in COUNTERS {
            first.put(name, "Count", count(self).into());
        }
        first.put_latencies(chunks.next());
        if !self.canary.is_empty() {
            let most = self.canary.iter().take(MOST_VALUES).copied().collect::<Vec<_>>();
            first.put(CANARY, "Milliseconds", most.into());
        }
        // For log queries; not a metric, as every operation would be billed as one.
        first
            .members
            .insert("ApiCallsByOperation".to_owned(), json!(self.api_calls));
        for (name, count) in [
            ("RoundTrips", self.round_trips),
            ("ReadRoundTrips", self.read_round_trips),
        ] {
            first.members.insert(name.to_owned(), count.into());
        }
        let rest = chunks.map(|chunk| {
            let mut line = Line::new(function_name, at);
            line.put_latencies(Some(chunk));
            line
        });
        std::iter::once(first).chain(rest).map(Line::into_text).collect()
    }
}

struct Line {
    at: Timestamp,
    definitions: Vec<Value>,
    members: Map<String, Value>,
}

impl Line {
    fn new(function_name: &str, at: Timestamp) -> Self {
        Self {
            at,
            definitions: Vec::new(),
            members: Map::from_iter([(DIMENSION.to_owned(), function_name.into())]),
        }
    }

    fn put(&mut self, name: &str, unit: &str, value: Value) {
        self.definitions.push(json!({"Name": name, "Unit": unit}));
        self.members.insert(name.to_owned(), value);
    }

    fn put_latencies(&mut self, latencies: Option<&[u64]>) {
        if let Some(latencies) = latencies {
            self.put(LATENCY, "Milliseconds", latencies.to_vec().into());
        }
    }

    fn into_text(mut self) -> String {
        let directive = json!({
            "Timestamp": self.at.as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [[DIMENSION]],
                "Metrics": self.definitions,
            }],
        });
        self.members.insert("_aws".to_owned(), directive);
        Value::Object(self.members).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The format's rules, and that a line says nothing but what is known here.
    fn schema() -> Value {
        let text = json!({"type": "string", "minLength": 1, "maxLength": 1024});
        let count = json!({"type": "integer", "minimum": 0});
        let latencies = json!({"type": "array", "minItems": 1, "maxItems": 100, "items": count});
        let metric = json!({
            "type": "object",
            "required": ["Name", "Unit"],
            "additionalProperties": false,
            "properties": {"Name": text, "Unit": {"enum": ["Count", "Milliseconds"]}},
        });
        let directive = json!({
            "type": "object",
            "required": ["Namespace", "Dimensions", "Metrics"],
            "properties": {
                "Namespace": {"const": NAMESPACE},
                "Dimensions": {"type": "array", "minItems": 1, "items": {"type": "array", "minItems": 1, "maxItems": 30, "items": text}},
                "Metrics": {"type": "array", "minItems": 1, "maxItems": 100, "items": metric},
            },
        });
        json!({
            "type": "object",
            "required": ["_aws", DIMENSION],
            "properties": {
                "_aws": {
                    "type": "object",
                    "required": ["Timestamp", "CloudWatchMetrics"],
                    "properties": {
                        "Timestamp": count,
                        "CloudWatchMetrics": {"type": "array", "minItems": 1, "items": directive},
                    },
                },
                DIMENSION: text,
                LATENCY: latencies,
                "ApiCallsByOperation": {"type": "object", "additionalProperties": count},
            },
            "additionalProperties": count,
        })
    }

    fn parsed(metrics: &Metrics) -> Vec<Value> {
        let lines = metrics.lines("vigil", "2026-01-02T03:04:05Z".parse().unwrap());
        let schema = jsonschema::validator_for(&schema()).unwrap();
        lines
            .iter()
            .map(|line| {
                assert!(!line.contains('\n'));
                let value: Value = serde_json::from_str(line).unwrap();
                let complaints: Vec<_> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
                assert!(complaints.is_empty(), "{complaints:?} in {line}");
                value
            })
            .collect()
    }

    fn metric_names(line: &Value) -> Vec<&str> {
        let metrics = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap();
        metrics.iter().map(|metric| metric["Name"].as_str().unwrap()).collect()
    }

    #[test]
    fn every_metric_that_is_defined_has_its_value_in_the_line() {
        let metrics = Metrics {
            events: 3,
            findings_opened: 2,
            api_calls: [("IAM.GetRole".to_owned(), 1), ("Lambda.GetPolicy".to_owned(), 4)].into(),
            event_to_notice: vec![1200, 900],
            ..Metrics::default()
        };
        let lines = parsed(&metrics);
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        for name in metric_names(line) {
            assert!(!line[name].is_null(), "{name}");
        }
        assert_eq!(line["_aws"]["Timestamp"], 1_767_323_045_000_i64);
        assert_eq!((&line["Events"], &line["FindingsOpened"]), (&json!(3), &json!(2)));
        assert_eq!((&line["ApiCalls"], &line[LATENCY]), (&json!(5), &json!([1200, 900])));
        assert_eq!(line["ApiCallsByOperation"]["Lambda.GetPolicy"], 4);
    }

    #[test]
    fn nothing_published_is_no_latency() {
        let lines = parsed(&Metrics::default());
        assert!(lines.iter().all(|line| !metric_names(line).contains(&LATENCY)));
        assert_eq!(lines.len(), 1);
    }

    #[test]
    fn many_latencies_take_more_lines_and_count_nothing_twice() {
        let metrics = Metrics {
            event_to_notice: (0..250).collect(),
            events: 1,
            ..Metrics::default()
        };
        let lines = parsed(&metrics);
        let values: usize = lines.iter().map(|line| line[LATENCY].as_array().unwrap().len()).sum();
        assert_eq!((lines.len(), values), (3, 250));
        assert_eq!(lines.iter().filter(|line| !line["Events"].is_null()).count(), 1);
    }
}
