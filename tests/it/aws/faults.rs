//! What does the monitor say when AWS answers late, badly or not at all? Never an all-clear.

use std::time::Duration;

use serde_json::{Value, json};

use super::scene::Scene;
use super::site::{Proxy, Site};
use super::world::batch;

const OPENED: (&str, &str) = ("opened", "invoke-public");
const RESOLVED: (&str, &str) = ("resolved", "invoke-public");

/// The fault strikes both reads of a resource-based policy.
fn on_policy_reads(fault: &Value) -> Value {
    let rules = ["GetPolicy", "GetResourcePolicy"].map(|operation| {
        let mut rule = fault.clone();
        rule["service"] = "lambda".into();
        rule["operation"] = operation.into();
        rule
    });
    json!(rules)
}

#[test]
fn throttled_reads_are_tried_again() {
    let site = Site::open();
    let proxy = Proxy::before(&site);
    let mut scene = Scene::set(&site, proxy.endpoint());

    proxy.inflict(&on_policy_reads(
        &json!({"times": 2, "error": {"code": "TooManyRequestsException"}}),
    ));
    let event = scene.event.clone();
    let (answer, notices) = scene.report(&event);
    assert_eq!(answer, json!({"batchItemFailures": []}));
    assert!(scene.says(&notices, OPENED.0, OPENED.1), "{notices:#?}");
    assert!(proxy.struck() >= 2, "the faults struck {} times", proxy.struck());
}

#[test]
fn a_denied_read_is_reported_and_resolves_nothing() {
    let site = Site::open();
    let proxy = Proxy::before(&site);
    let mut scene = Scene::set(&site, proxy.endpoint());
    let event = scene.event.clone();
    let (_, notices) = scene.report(&event);
    assert!(scene.says(&notices, OPENED.0, OPENED.1), "{notices:#?}");

    proxy.inflict(&on_policy_reads(
        &json!({"error": {"code": "AccessDeniedException", "status": 403}}),
    ));
    let closed = scene.world.close("orders");
    let (_, notices) = scene.report(&closed);
    assert!(proxy.struck() > 0, "the fault did not strike");
    assert!(!scene.says(&notices, RESOLVED.0, RESOLVED.1), "{notices:#?}");
    assert!(scene.says(&notices, "opened", "read-denied"), "{notices:#?}");

    proxy.inflict(&json!([]));
    let (_, notices) = scene.report(&closed);
    assert!(scene.says(&notices, RESOLVED.0, RESOLVED.1), "{notices:#?}");
    assert!(scene.says(&notices, "resolved", "read-denied"), "{notices:#?}");
}

#[test]
fn a_read_that_hangs_resolves_nothing_and_is_over_before_the_deadline() {
    let site = Site::open();
    let proxy = Proxy::before(&site);
    let mut scene = Scene::set(&site, proxy.endpoint());
    let event = scene.event.clone();
    let (_, notices) = scene.report(&event);
    assert!(scene.says(&notices, OPENED.0, OPENED.1), "{notices:#?}");

    proxy.inflict(&on_policy_reads(&json!({"timeout_ms": 120_000})));
    let closed = scene.world.close("orders");
    let outcome = scene
        .monitor
        .invoke_within(&batch(&[&closed.to_string()]), Duration::from_secs(20));
    outcome.answer();
    let notices = scene.notices();
    assert!(!scene.says(&notices, RESOLVED.0, RESOLVED.1), "{notices:#?}");

    proxy.inflict(&json!([]));
    let (_, notices) = scene.report(&closed);
    assert!(scene.says(&notices, RESOLVED.0, RESOLVED.1), "{notices:#?}");
}

#[test]
fn a_deadline_that_cannot_be_met_gives_the_record_back() {
    let site = Site::open();
    let proxy = Proxy::before(&site);
    let mut scene = Scene::set(&site, proxy.endpoint());
    proxy.inflict(&json!([{"service": "*", "timeout_ms": 120_000}]));
    let event = scene.event.clone();
    let outcome = scene
        .monitor
        .invoke_within(&batch(&[&event.to_string()]), Duration::from_secs(8));
    assert_eq!(
        outcome.answer(),
        json!({"batchItemFailures": [{"itemIdentifier": "message-0"}]})
    );

    proxy.inflict(&json!([]));
    let (answer, notices) = scene.report(&event);
    assert_eq!(answer, json!({"batchItemFailures": []}));
    assert!(scene.says(&notices, OPENED.0, OPENED.1), "{notices:#?}");
}

#[test]
fn a_notice_that_cannot_be_published_is_published_later() {
    let site = Site::open();
    let proxy = Proxy::before(&site);
    let mut scene = Scene::set(&site, proxy.endpoint());
    proxy.inflict(&json!([{"service": "sns", "error": {"code": "InternalError", "status": 500}}]));
    let event = scene.event.clone();
    let (answer, _) = scene.report(&event);
    assert_eq!(answer, json!({"batchItemFailures": [{"itemIdentifier": "message-0"}]}));

    proxy.inflict(&json!([]));
    let (answer, notices) = scene.report(&event);
    assert_eq!(answer, json!({"batchItemFailures": []}));
    assert!(scene.says(&notices, OPENED.0, OPENED.1), "{notices:#?}");
}
