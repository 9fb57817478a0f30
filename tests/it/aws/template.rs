//! Is the template sound, and do its rules let through exactly what changes a function?

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::deviations::adapted_forwarder;
use super::site::Site;
use super::stack::{SOURCE, Stack, deploy, put};
use super::tools::{run, tool};
use super::world::call;

/// What EventBridge takes by default ("Amazon EventBridge quotas").
const LONGEST_PATTERN: usize = 2048;

#[test]
fn the_linter_has_nothing_to_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("infra");
    let templates =
        ["monitor.yaml", "forwarder.yaml", "reader.yaml", "organization.yaml"].map(|name| folder.join(name));
    let all = fs::read_dir(&folder).expect("the folder infra");
    let all = all.map(|entry| entry.expect("an entry of infra").path());
    let all = all.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    assert_eq!(all.count(), templates.len(), "a template that nobody lints");
    run(Command::new(tool("cfn-lint"))
        .args(["--include-checks", "I", "--"])
        .args(templates));
}

/// The patterns of the deployed rules, with the real source.
fn patterns(site: &Site) -> Vec<String> {
    Stack::deploy(site, Vec::new(), "aws");
    let rules = site.client.json("events", "ListRules", &json!({}));
    let rules = rules["Rules"].as_array().expect("rules").iter();
    rules
        .filter_map(|rule| rule["EventPattern"].as_str().map(str::to_owned))
        .collect()
}

#[test]
fn the_rules_let_changes_through_and_nothing_else() {
    let site = Site::open();
    let patterns = patterns(&site);
    assert!(!patterns.is_empty());
    for pattern in &patterns {
        assert!(
            pattern.len() <= LONGEST_PATTERN,
            "{} characters: {pattern}",
            pattern.len()
        );
    }
    let passes = |event: &Value| {
        let test = |pattern: &String| {
            let ask = json!({"EventPattern": pattern, "Event": event.to_string()});
            site.client.json("events", "TestEventPattern", &ask)["Result"] == true
        };
        patterns.iter().any(test)
    };

    let nothing = Value::Null;
    let samples = samples();
    for name in [
        "lambda-add-permission",
        "iam-put-role-policy",
        "lambda-get-function",
        "lambda-add-permission-denied",
    ] {
        assert!(samples.iter().any(|(sample, _)| sample == name), "no sample `{name}`");
    }
    for (name, event) in samples {
        assert_eq!(
            passes(&event),
            is_change(&name, &event),
            "whether `events/{name}.json` passes a rule"
        );
    }
    let next_year = call("lambda", "AnOperationOfNextYear20270101", &nothing, &nothing);
    assert!(passes(&next_year), "calls of Lambda pass whatever their names");

    let change = call("lambda", "AddPermission20150331v2", &nothing, &nothing);
    let with = |path: &str, value: Value| {
        let mut event = change.clone();
        *event.pointer_mut(path).expect("a field of the envelope") = value;
        event
    };
    for (why, event) in [
        (
            "a native event",
            with("/detail-type", "Durable Execution Status Change".into()),
        ),
        (
            "an event that somebody in the account has put",
            with("/source", "custom.lambda".into()),
        ),
        ("the masses of KMS", call("kms", "GenerateDataKey", &nothing, &nothing)),
    ] {
        assert!(!passes(&event), "{why} passes");
    }
}

#[test]
fn a_forwarder_passes_on_what_the_monitor_takes() {
    let site = Site::open();
    let bus = json!({"Name": "hub"});
    let bus = site.client.json("events", "CreateEventBus", &bus)["EventBusArn"].clone();
    let (ears, queue) = site.ears("hub");
    let pattern = json!({"detail-type": ["AWS API Call via CloudTrail"]});
    let rule = json!({"Name": "all", "EventBusName": "hub", "EventPattern": pattern.to_string()});
    site.client.json("events", "PutRule", &rule);
    let target = json!({"Rule": "all", "EventBusName": "hub", "Targets": [{"Id": "queue", "Arn": queue}]});
    site.client.json("events", "PutTargets", &target);
    let template = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("infra/forwarder.yaml"));
    let bus = bus.as_str().expect("the bus's ARN");
    let parameters = [("EventBusArn", bus), ("EventSourcePrefix", SOURCE)];
    deploy(
        &site.client,
        "forwarder",
        &adapted_forwarder(&template.expect("read the template")),
        &parameters,
    );

    let change = call("lambda", "AddPermission20150331v2", &Value::Null, &Value::Null);
    let mut read = call("lambda", "GetFunction20150331v2", &Value::Null, &Value::Null);
    read["detail"]["readOnly"] = true.into();
    put(&site.client, &[read, change.clone()]);
    let passed = ears.bodies();
    assert_eq!(passed.len(), 1, "{passed:#?}");
    assert_eq!(passed[0]["detail"], change["detail"], "passed on whole");
}

/// Whether the sample tells of a change that comes by an event rule.
fn is_change(name: &str, event: &Value) -> bool {
    let detail = &event["detail"];
    let quiet = detail.get("errorCode").is_some() || detail["readOnly"] == true || detail["managementEvent"] == false;
    !quiet && !["s3-unrelated-call", "scheduled-sweep"].contains(&name)
}

/// The events that are kept with the source, by name.
fn samples() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    let mut samples: Vec<(String, Value)> = fs::read_dir(folder)
        .expect("the folder events")
        .map(|entry| entry.expect("an entry of events").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let text = fs::read_to_string(&path).expect("read a sample");
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, serde_json::from_str(&text).expect("a sample is JSON"))
        })
        .collect();
    samples.sort_by(|one, other| one.0.cmp(&other.0));
    samples
}
