//! Each call that reads what is judged fails in turn, in every way that AWS has: nothing may count as mended, and what could not be
//! judged is said.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::runtime::{Environment, Outcome};
use super::scene::Scene;
use super::site::{Notice, Proxy, Site};
use super::stack::operations;
use super::world::batch;

/// What the monitor calls for itself; tests of its own let these fail.
const OWN: [&str; 3] = ["DynamoDB.", "SNS.", "SQS."];
/// What comes and goes with the failures themselves.
const ABOUT_READING: [&str; 2] = ["read-denied", "monitor-blinded"];

/// The controls that could not judge, and why, by the lines of a log.
fn unjudged(log: &str) -> BTreeSet<(String, String)> {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let told = lines.filter(|line| line["message"] == "cannot judge");
    let text = |line: &Value, member: &str| line[member].as_str().unwrap_or_default().to_owned();
    told.map(|line| (text(&line, "control"), text(&line, "why"))).collect()
}

/// The controls that went to a status.
fn told<'n>(notices: &'n [Notice], status: &str) -> Vec<&'n str> {
    let transitions = notices
        .iter()
        .filter_map(|notice| notice.body["transitions"].as_array());
    let told = transitions
        .flatten()
        .filter(|transition| transition["status"] == status);
    told.map(|transition| transition["control"].as_str().expect("a control"))
        .collect()
}

/// What counts as mended, of all that is found on a function.
fn resolved(notices: &[Notice]) -> Vec<&str> {
    let mut resolved = told(notices, "resolved");
    resolved.retain(|control| !ABOUT_READING.contains(control));
    resolved
}

/// A sweep: what it answered, and its part of the log.
fn sweep(monitor: &mut Environment) -> (Outcome, String) {
    let before = monitor.log().len();
    let outcome = monitor.invoke_within(&batch(&[r#"{"vigil":"sweep"}"#]), Duration::from_mins(2));
    (outcome, monitor.log()[before..].to_owned())
}

fn each_call_fails(fault: &Value) {
    let site = Site::open();
    let proxy = Proxy::before(&site);
    let mut scene = Scene::set(&site, proxy.endpoint());
    scene.replace_monitor(&[
        ("VIGIL_EVENT_SOURCE_PREFIX", "aws-test"),
        ("VIGIL_API_SHARE_PERCENT", "60000"),
    ]);
    sweep(&mut scene.monitor).0.answer();
    scene.notices();
    let (outcome, log) = sweep(&mut scene.monitor);
    outcome.answer();
    let usual = unjudged(&log);
    assert_eq!(resolved(&scene.notices()), Vec::<&str>::new());
    let calls = operations(log.lines());
    let reads: Vec<&String> = calls
        .keys()
        .filter(|call| !OWN.iter().any(|own| call.starts_with(own)))
        .collect();
    assert!(reads.len() > 15, "{reads:?}");
    for call in &reads {
        let (_, operation) = call.split_once('.').expect("a service and an operation");
        let struck = proxy.struck();
        let mut fault = fault.clone();
        fault["service"] = "*".into();
        fault["operation"] = operation.into();
        proxy.inflict(&json!([fault]));
        let (outcome, log) = sweep(&mut scene.monitor);
        proxy.inflict(&json!([]));
        assert!(proxy.struck() > struck, "{call}: the fault did not strike");
        let notices = scene.notices();
        assert_eq!(
            resolved(&notices),
            Vec::<&str>::new(),
            "{call} failed, and something counts as mended"
        );
        let is_said = unjudged(&log).difference(&usual).next().is_some();
        // That the monitor may not read something is a finding.
        let mut opened = [told(&notices, "opened"), told(&notices, "reopened")]
            .into_iter()
            .flatten();
        let is_found = opened.any(|control| ABOUT_READING.contains(&control));
        let comes_again = !matches!(&outcome, Outcome::Answered(answer) if *answer == json!({"batchItemFailures": []}));
        assert!(
            is_said || comes_again || is_found || log.contains("put off"),
            "{call} failed in silence: {outcome:?}\n{log}"
        );
    }
    eprintln!("{} calls failed in turn: {reads:?}", reads.len());
}

#[test]
fn denied() {
    each_call_fails(&json!({"error": {"code": "AccessDeniedException", "status": 403}}));
}

#[test]
fn with_credentials_that_have_expired() {
    each_call_fails(&json!({"error": {"code": "ExpiredTokenException", "status": 403}}));
}

#[test]
fn throttled() {
    each_call_fails(&json!({"error": {"code": "ThrottlingException", "status": 400}}));
}

#[test]
fn out_of_order() {
    each_call_fails(&json!({"error": {"code": "InternalFailure", "status": 500}}));
}

#[test]
fn without_an_answer() {
    each_call_fails(&json!({"timeout_ms": 120_000}));
}
