//! What leaves one by one, what is summed up, and that nothing is told twice or never.

use lambda_vigil::event;
use lambda_vigil::report::Message;
use lambda_vigil::settings::Settings;
use serde_json::{Value, json};

use crate::monitor::{Tested, Topic, World, account, function, monitor, public, put_role_policy, role, run};

const MANY: usize = 30;

fn functions(of: &str) -> Vec<Value> {
    (0..MANY).map(|number| function(&format!("f{number:02}"), of)).collect()
}

fn sweep(monitor: &Tested<'_>) {
    let outcome = run(monitor, &event::parse(&json!({"vigil": "sweep"})).unwrap());
    assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
}

fn body(message: &Message) -> Value {
    serde_json::from_str(&message.bodies["default"]).unwrap()
}

fn schema(message: &Message) -> String {
    body(message)["schema"].as_str().unwrap().to_owned()
}

#[test]
fn a_first_sweep_is_one_summary_and_the_next_is_silent() {
    let (world, topic) = (World::default(), Topic::default());
    world.set(&account(&functions("shared"), &[role("shared", true)]));
    let monitor = monitor(&world, &topic);
    sweep(&monitor);
    let sent = topic.take();
    let [summary] = sent.as_slice() else {
        panic!("{sent:#?}")
    };
    let summary = body(summary);
    assert_eq!(summary["occasion"], "baseline");
    assert_eq!(summary["functions"].as_array().unwrap().len(), MANY);
    let admin = json!({"control": "role-admin", "status": "opened", "severity": "critical", "count": MANY});
    assert!(summary["controls"].as_array().unwrap().contains(&admin), "{summary:#}");
    sweep(&monitor);
    assert!(topic.take().is_empty(), "everything is known");
    let mut more = functions("shared");
    more.push(function("new", "shared"));
    world.set(&account(&more, &[role("shared", true)]));
    sweep(&monitor);
    let sent = topic.take();
    assert_eq!(sent.len(), 1, "{sent:#?}");
    assert_eq!(schema(&sent[0]), "lambda-vigil/notice/1", "what comes later is news");
}

#[test]
fn a_summary_that_did_not_leave_is_not_lost() {
    let (world, topic) = (World::default(), Topic::default());
    world.set(&account(&functions("shared"), &[role("shared", true)]));
    let monitor = monitor(&world, &topic);
    topic.breaks(true);
    let failed = run(&monitor, &event::parse(&json!({"vigil": "sweep"})).unwrap());
    assert_eq!(failed.failures.len(), 1, "{:?}", failed.failures);
    topic.breaks(false);
    sweep(&monitor);
    let sent = topic.take();
    assert_eq!(sent.len(), 1);
    assert_eq!(body(&sent[0])["functions"].as_array().unwrap().len(), MANY);
}

#[test]
fn a_burst_leaves_one_by_one_up_to_the_limit_and_then_as_a_digest() {
    let (world, topic) = (World::default(), Topic::default());
    let quiet = || account(&functions("shared"), &[role("shared", false)]);
    world.set(&quiet());
    let mut monitor = monitor(&world, &topic);
    monitor.settings = Settings::parse(r#"{"individualNotices": 3, "severities": {"role-admin": "high"}}"#).unwrap();
    sweep(&monitor);
    topic.take();
    world.set(&account(&functions("shared"), &[role("shared", true)]));
    let outcome = run(&monitor, &put_role_policy("shared"));
    assert!(outcome.failures.is_empty());
    let sent = topic.take();
    let schemas: Vec<String> = sent.iter().map(schema).collect();
    let notice = "lambda-vigil/notice/1";
    assert_eq!(schemas, [notice, notice, notice, "lambda-vigil/digest/1"]);
    let digest = body(&sent[3]);
    assert_eq!(
        digest["functions"].as_array().unwrap().len(),
        MANY - 3,
        "each is told once"
    );
    assert_eq!(digest["cause"]["eventName"], "PutRolePolicy", "it is the same for all");
    assert_eq!(sent[3].attributes["status"], ["opened"]);
    assert!(
        run(&monitor, &put_role_policy("shared")).digests.is_empty(),
        "and not again"
    );
    assert!(topic.take().is_empty());
}

#[test]
fn critical_findings_are_never_kept_back() {
    let (world, topic) = (World::default(), Topic::default());
    let quiet = functions("r");
    world.set(&account(&quiet, &[role("r", false)]));
    let mut monitor = monitor(&world, &topic);
    monitor.settings = Settings::parse(r#"{"individualNotices": 0}"#).unwrap();
    sweep(&monitor);
    topic.take();
    let mut open = functions("r");
    open[7] = public(open[7].clone());
    world.set(&account(&open, &[role("r", false)]));
    sweep(&monitor);
    let sent = topic.take();
    assert_eq!(sent.iter().map(schema).collect::<Vec<_>>(), ["lambda-vigil/notice/1"]);
    assert_eq!(sent[0].attributes["control"], ["invoke-public"]);
    world.set(&account(&quiet, &[role("r", false)]));
    sweep(&monitor);
    let sent = topic.take();
    assert_eq!(
        sent.iter().map(schema).collect::<Vec<_>>(),
        ["lambda-vigil/digest/1"],
        "good news can wait"
    );
    assert_eq!(sent[0].attributes["status"], ["resolved"]);
}

#[test]
fn one_call_that_is_critical_for_many_is_told_of_some_and_summed_up_for_the_others() {
    let (world, topic) = (World::default(), Topic::default());
    world.set(&account(&functions("shared"), &[role("shared", false)]));
    let mut monitor = monitor(&world, &topic);
    monitor.settings = Settings::parse(r#"{"individualNotices": 3}"#).unwrap();
    sweep(&monitor);
    topic.take();
    world.set(&account(&functions("shared"), &[role("shared", true)]));
    let mut call = put_role_policy("shared");
    let is_named = |change: &mut event::Change| {
        let cause = event::Cause {
            event_id: Some("0b6f0d5e-0000-4000-8000-000000000007".to_owned()),
            ..(*change.cause).clone()
        };
        change.cause = std::sync::Arc::new(cause);
    };
    for intake in &mut call {
        if let event::Intake::Changes(changes) = intake {
            changes.iter_mut().for_each(is_named);
        }
    }
    run(&monitor, &call);
    let sent = topic.take();
    let notices = sent.iter().filter(|message| schema(message) == "lambda-vigil/notice/1");
    assert_eq!(notices.count(), 3);
    let digest = body(sent.last().unwrap());
    assert_eq!((sent.len(), digest["severity"].as_str()), (4, Some("critical")));
    assert_eq!(digest["functions"].as_array().unwrap().len(), MANY - 3);
}
