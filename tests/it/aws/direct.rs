//! What does one `bootstrap` process do with what Lambda hands it, hostile input included, and what does its start cost?

use std::time::Duration;

use serde_json::json;

use super::runtime::{Environment, Outcome};
use super::scene::Scene;
use super::site::{Site, says};
use super::stack::counted;
use super::world::batch;

#[test]
fn it_starts_without_a_call_and_says_what_that_costs() {
    let nowhere = [
        ("VIGIL_TOPIC_ARN", "arn:aws:sns:us-east-1:123456789012:notices"),
        ("VIGIL_TABLE", "state"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
    ];
    let mut starts: Vec<(Duration, u64)> = (0..5)
        .map(|_| {
            let environment = Environment::start(&nowhere);
            (environment.first_poll, environment.resident_kib())
        })
        .collect();
    starts.sort();
    let (time, memory) = starts[2];
    eprintln!("start to first poll, median of 5: {time:?}; resident then: {memory} KiB");
}

#[test]
fn it_does_not_start_without_a_topic() {
    let outcome = Environment::try_start(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:9")]);
    let (outcome, log) = outcome.err().expect("a monitor that cannot tell anyone must not start");
    assert!(!matches!(outcome, Outcome::TimedOut), "{outcome:?}\n{log}");
    assert!(
        format!("{outcome:?}{log}").contains("VIGIL_TOPIC_ARN"),
        "says which variable is missing: {outcome:?}\n{log}"
    );
}

#[test]
fn junk_in_a_batch_harms_no_other_record() {
    let site = Site::open();
    let mut scene = Scene::set(&site, site.endpoint());
    let event = scene.event.to_string();
    let answer = scene.monitor.invoke(&batch(&["not even JSON", &event])).answer();
    assert_eq!(
        answer,
        json!({"batchItemFailures": []}),
        "junk does not get better by coming again"
    );
    assert!(scene.is_noticed());
    let log = scene.monitor.log();
    assert!(counted(log.lines(), "ApiCalls") > 0, "{log}");
}

#[test]
fn hostile_bodies_do_not_end_the_process() {
    let site = Site::open();
    let mut scene = Scene::set(&site, site.endpoint());
    let deep = "[".repeat(200_000);
    let long = format!("{{\"detail\":\"{}\"}}", "x".repeat(900_000));
    let mut forged = scene.event.clone();
    forged["detail"]["requestParameters"]["functionName"] = "../../\u{202e}\n{}".into();
    let forged = forged.to_string();
    for body in ["", "null", "{}", "\u{0}", "{\"vigil\":\"\"}", &deep, &long, &forged] {
        let outcome = scene.monitor.invoke(&batch(&[body]));
        let start: String = body.chars().take(40).collect();
        assert!(matches!(outcome, Outcome::Answered(_)), "{start:?}: {outcome:?}");
    }
    for event in [
        json!(null),
        json!([]),
        json!({}),
        json!({"Records": null}),
        json!({"Records": [{}]}),
        json!("x"),
    ] {
        let outcome = scene.monitor.invoke(&event);
        assert!(
            matches!(outcome, Outcome::Answered(_) | Outcome::Failed(_)),
            "{event}: {outcome:?}"
        );
    }
    let event = scene.event.to_string();
    scene.monitor.invoke(&batch(&[&event])).answer();
    assert!(scene.is_noticed(), "it still does its work");
}

#[test]
fn an_envelope_may_come_without_a_queue() {
    let site = Site::open();
    let mut scene = Scene::set(&site, site.endpoint());
    let event = scene.event.clone();
    scene.monitor.invoke(&event).answer();
    assert!(scene.is_noticed());
}

#[test]
fn a_sweep_finds_what_no_event_told() {
    let site = Site::open();
    let mut scene = Scene::set(&site, site.endpoint());
    scene.monitor.invoke(&batch(&[r#"{"vigil":"sweep"}"#])).answer();
    assert!(scene.is_noticed());
}

#[test]
fn a_layer_that_is_shared_is_noticed_through_the_functions_that_use_it() {
    let site = Site::open();
    let mut scene = Scene::set(&site, site.endpoint());
    scene.world.layer("tools", "orders");
    let (_, notices) = scene.report(&scene.world.share("tools"));
    assert!(scene.says(&notices, "opened", "layer-shared-publicly"));
    let (_, notices) = scene.report(&scene.world.unshare("tools"));
    assert!(scene.says(&notices, "resolved", "layer-shared-publicly"));
}

/// A new process each: it reads the settings with its first event.
#[test]
fn settings_come_from_a_parameter_or_an_object() {
    let site = Site::open();
    let mut scene = Scene::set(&site, site.endpoint());
    let event = scene.event.clone();
    let quiet = "[controls.invoke-public]\nenabled = false\n";
    let own = "arn:aws:lambda:us-east-1:123456789012:function:vigil";
    let parameter = json!({"Name": "/vigil/settings", "Type": "String", "Value": quiet});
    site.client.json("ssm", "PutParameter", &parameter);
    site.client.store("configuration", "vigil/settings.toml", quiet.into());
    site.client
        .store("configuration", "vigil/long.toml", vec![b'#'; 300_000]);
    for place in [
        ("VIGIL_SETTINGS_PARAMETER", "/vigil/settings"),
        ("VIGIL_SETTINGS_OBJECT", "s3://configuration/vigil/settings.toml"),
    ] {
        scene.replace_monitor(&[place]);
        let (_, notices) = scene.report(&event);
        assert!(
            !scene.says(&notices, "opened", "invoke-public"),
            "{place:?} is not obeyed"
        );
        assert!(
            counted(scene.monitor.log().lines(), "Evaluations") > 0,
            "{place:?}: it works at all"
        );
        assert!(!says(&notices, own, "opened", "settings-broken"), "{place:?}");
    }
    for place in [
        ("VIGIL_SETTINGS_PARAMETER", "/vigil/other"),
        ("VIGIL_SETTINGS_OBJECT", "s3://configuration/vigil/other.toml"),
        ("VIGIL_SETTINGS_OBJECT", "s3://nobodys/settings.toml"),
        ("VIGIL_SETTINGS_OBJECT", "s3://configuration/vigil/long.toml"),
    ] {
        scene.replace_monitor(&[place]);
        let (_, notices) = scene.report(&event);
        assert!(
            scene.says(&notices, "opened", "invoke-public"),
            "{place:?}: the defaults count"
        );
        assert!(says(&notices, own, "opened", "settings-broken"), "{place:?} is told");
    }
}
