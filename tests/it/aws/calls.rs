//! What does an event cost? API calls by service, and how many of them one after the other; cold and warm.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::runtime::Environment;
use super::shared::TABLE;
use super::site::Site;
use super::stack::operations;
use super::world::{World, batch};

/// What one input has cost.
#[derive(Debug)]
struct Cost {
    by_service: BTreeMap<String, u64>,
    round_trips: u64,
    /// Of those, what reads Lambda, IAM and the like.
    reads: u64,
}

impl Cost {
    fn to(&self, service: &str) -> u64 {
        self.by_service.get(service).copied().unwrap_or_default()
    }
}

/// The last line of metrics.
fn cost(what: &str, monitor: &Environment) -> Cost {
    let log = monitor.log();
    let line = log
        .lines()
        .rfind(|line| line.contains("ApiCallsByOperation"))
        .expect("a line of metrics");
    let operations = operations(std::iter::once(line));
    let mut by_service: BTreeMap<String, u64> = BTreeMap::new();
    for (operation, count) in &operations {
        let service = operation.split('.').next().unwrap_or_default();
        *by_service.entry(service.to_owned()).or_default() += count;
    }
    let line: Value = serde_json::from_str(line).expect("JSON");
    let round_trips = line["RoundTrips"].as_u64().expect("round trips");
    let reads = line["ReadRoundTrips"].as_u64().expect("round trips of reads");
    eprintln!(
        "{what}: {reads} round trips to read, {round_trips} with the table and the notice; {by_service:?}; {operations:?}"
    );
    Cost {
        by_service,
        round_trips,
        reads,
    }
}

#[test]
fn an_event_costs_few_calls() {
    const FUNCTIONS: usize = 500;
    let site = Site::open();
    site.table(TABLE);
    let (topic, world) = (site.topic(), World(&site.client));
    let ears = site.listen(&topic);
    world.role("shared", &["*"]);
    world.role("alone", &["alone"]);
    for number in 0..FUNCTIONS {
        world.function(&format!("f{number}"), "shared");
    }
    world.function("alone", "alone");
    let mut monitor = Environment::start(&[
        ("VIGIL_TOPIC_ARN", topic.as_str()),
        ("VIGIL_TABLE", TABLE),
        ("VIGIL_EVENT_SOURCE_PREFIX", "aws-test"), // which allows a share of quotas that this server does not have
        ("VIGIL_API_SHARE_PERCENT", "60000"),
        ("AWS_ENDPOINT_URL", site.endpoint()),
    ]);
    let mut handle = |what: &str, event: &Value| {
        let outcome = monitor.invoke_within(event, Duration::from_mins(4));
        assert_eq!(outcome.answer(), json!({"batchItemFailures": []}));
        cost(what, &monitor)
    };
    let event = |envelope: Value| batch(&[&envelope.to_string()]);

    handle(
        "the first event of an account, which lists it; a function that nobody knows",
        &event(world.open("alone")),
    );
    let warm = handle("RemovePermission on a known function", &event(world.close("alone")));
    assert!(
        warm.to("Lambda") <= 4,
        "only its policies are read, and which aliases and versions there are"
    );
    assert_eq!(warm.to("IAM"), 0);
    let warm = handle("AddPermission on a known function", &event(world.open("alone")));
    assert!(warm.to("Lambda") <= 4 && warm.to("IAM") == 0);
    assert!(
        warm.round_trips <= 7,
        "what is kept, what is read, keeping it and the notice; behind that it is kept as sent, and the monitor looks at itself: {warm:?}"
    );
    let cold = handle(
        "a first look at a function of a role that nobody knows",
        &event(world.open("f0")),
    );
    assert!(cold.to("Lambda") + cold.to("IAM") > 10);
    assert!(cold.reads <= 4, "one after the other: {cold:?}");
    assert!(warm.reads <= 1, "one after the other: {warm:?}");

    handle("a sweep", &batch(&[r#"{"vigil":"sweep"}"#]));
    let before: Vec<Value> = ears.notices().into_iter().map(|notice| notice.body).collect();
    assert!(before.iter().any(|body| body["occasion"] == "baseline"));

    let role = handle(
        "PutRolePolicy on a known role of 500 functions",
        &event(world.empower("shared")),
    );
    assert!(role.to("IAM") <= 8, "the role is read once: {role:?}");
    assert_eq!(role.to("Lambda"), 0, "and its functions not at all");
    let told: Vec<Value> = ears.notices().into_iter().map(|notice| notice.body).collect();
    let digests = told.iter().filter(|body| body["occasion"] == "burst").count();
    assert_eq!(
        (digests, told.len() - digests),
        (1, 20),
        "some by themselves, the others as one"
    );

    let role = handle(
        "DeleteRolePolicy on a known role of 500 functions",
        &event(world.restrain("shared")),
    );
    assert!(role.to("IAM") <= 8 && role.to("Lambda") == 0);
    eprintln!("round trips: warm {}, cold {}", warm.round_trips, cold.round_trips);
}
