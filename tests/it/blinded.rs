//! Does the monitor notice that it is being blinded? By what it reads of trails and rules, and by records that hide what was done.

use lambda_vigil::delivery::FEEDS;
use lambda_vigil::event;
use lambda_vigil::finding::Severity;
use lambda_vigil::history::Status;
use lambda_vigil::memory::{Account, FixedClock, MemoryStore, Outbox};
use lambda_vigil::monitor::{Memo, Monitor, Outcome, Own, Place};
use lambda_vigil::settings::Settings;
use serde_json::{Value, json};

use crate::recorded::{now, root};

type Recorded = Monitor<Account, Account, MemoryStore, Outbox, FixedClock>;

const TRAIL: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/all";

const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:notices";

fn trail() -> Value {
    json!({
        "TrailARN": TRAIL, "IsLogging": true,
        "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": true}],
    })
}

fn rules() -> Vec<Value> {
    let fed = FEEDS
        .iter()
        .map(|feed| json!({"Name": feed.rule, "State": "ENABLED", "EventPattern": feed.pattern("aws").to_string()}));
    let schedule = json!({"Name": "SweepRule", "State": "ENABLED", "ScheduleExpression": "rate(1 day)"});
    fed.chain([schedule]).collect()
}

/// The place as it should be, after a change.
fn place(change: impl FnOnce(&mut Value)) -> Value {
    let mut place = json!({
        "Account": "111122223333", "Region": "eu-west-1", "Trails": [trail()], "Rules": rules(),
        "Topics": [{"TopicArn": TOPIC, "SubscriptionsConfirmed": 1, "SubscriptionsPending": 0}], "Buses": [],
    });
    change(&mut place);
    place
}

fn recorded(place: &Value) -> Account {
    let mut account = Account::default().as_of(now());
    account.add(&json!({ "Places": [place] }).to_string()).unwrap();
    account
}

fn monitor(place: &Value) -> Recorded {
    Monitor {
        inventory: recorded(place),
        collector: recorded(place),
        store: MemoryStore::default(),
        notifier: Outbox::default(),
        clock: FixedClock(now()),
        settings: Settings::default(),
        until: None,
        memo: Memo::default(),
        own: Own::new("arn:aws:lambda:eu-west-1:111122223333:function:vigil".parse().unwrap()),
        home: Place {
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
        },
    }
}

fn run(monitor: &Recorded, event: &Value) -> Outcome {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(monitor.handle(&event::parse(event).unwrap()))
}

fn sweep(monitor: &Recorded) -> Outcome {
    run(monitor, &json!({"vigil": "sweep", "region": "eu-west-1"}))
}

fn sample(name: &str) -> Value {
    let text = std::fs::read_to_string(root().join("events").join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// What is told of the monitor: status, subject, severity.
fn told(outcome: &Outcome) -> Vec<(Status, String, Severity)> {
    let transitions = outcome.own.iter().flat_map(|own| own.transitions.iter());
    transitions
        .map(|one| (one.status, one.finding.evidence.subject.clone(), one.finding.severity))
        .collect()
}

#[test]
fn what_is_deployed_blinds_nobody() {
    let outcome = sweep(&monitor(&place(|_| {})));
    assert!(told(&outcome).is_empty(), "{:?}", told(&outcome));
    assert!(outcome.own.unwrap().unjudged.is_empty());
}

/// What is done, what is named, and how bad it is.
type Cut = (Box<dyn Fn(&mut Value)>, &'static str, Severity);

#[test]
fn each_link_that_is_cut_is_named() {
    let place_of = |name: &'static str| FEEDS.iter().position(|feed| feed.rule == name).unwrap();
    let (lambda, role) = (place_of("LambdaRule"), place_of("RoleRule"));
    let cuts: [Cut; 11] = [
        (
            Box::new(|place| place["Topics"] = json!([{"TopicArn": TOPIC, "IsMissing": true}])),
            TOPIC,
            Severity::High,
        ),
        (
            Box::new(|place| place["Topics"][0]["SubscriptionsConfirmed"] = json!(0)),
            TOPIC,
            Severity::High,
        ),
        (
            Box::new(|place| place["Trails"] = json!([])),
            "CloudTrail",
            Severity::Critical,
        ),
        (
            Box::new(|place| place["Trails"][0]["IsLogging"] = json!(false)),
            "CloudTrail",
            Severity::Critical,
        ),
        (
            Box::new(|place| place["Trails"][0]["EventSelectors"][0]["ReadWriteType"] = json!("ReadOnly")),
            "CloudTrail",
            Severity::Critical,
        ),
        (
            Box::new(|place| {
                place["Trails"][0]["EventSelectors"][0]["ExcludeManagementEventSources"] = json!(["kms.amazonaws.com"]);
            }),
            "kms.amazonaws.com",
            Severity::Medium,
        ),
        (
            Box::new(move |place| place["Rules"][lambda]["State"] = json!("DISABLED")),
            "aws.lambda",
            Severity::Critical,
        ),
        (
            Box::new(move |place| {
                place["Rules"][role]["EventPattern"] =
                    json!(r#"{"source": ["aws.iam"], "detail": {"eventName": ["TagRole"]}}"#);
            }),
            "aws.iam",
            Severity::Critical,
        ),
        (
            Box::new(move |place| {
                place["Rules"].as_array_mut().unwrap().remove(role);
            }),
            "aws.iam",
            Severity::Critical,
        ),
        (
            Box::new(|place| {
                place["Rules"].as_array_mut().unwrap().pop();
            }),
            "sweep",
            Severity::Critical,
        ),
        (
            Box::new(|place| {
                place.as_object_mut().unwrap().remove("Trails");
                place["Unreadable"] =
                    json!({"trails": {"reason": "access-denied", "permission": "cloudtrail:DescribeTrails"}});
            }),
            "cloudtrail:DescribeTrails",
            Severity::Medium,
        ),
    ];
    for (cut, subject, severity) in cuts {
        let outcome = sweep(&monitor(&place(cut)));
        assert_eq!(told(&outcome), [(Status::Opened, subject.to_owned(), severity)]);
        let own = outcome.own.unwrap();
        let remediation = &own.transitions[0].finding.remediation;
        assert!(!remediation.contains('<'), "{remediation}");
    }
}

#[test]
fn what_cannot_be_read_is_neither_fine_nor_a_defect() {
    let unclear = place(|place| place["Trails"][0] = json!({"TrailARN": TRAIL, "Unread": {"reason": "throttled"}}));
    let outcome = sweep(&monitor(&unclear));
    assert!(told(&outcome).is_empty());
    let unjudged = outcome.own.unwrap().unjudged;
    assert_eq!(unjudged.len(), 1);
    assert_eq!(unjudged[0].control, "monitor-blinded");
}

#[test]
fn a_trail_that_is_stopped_is_told_with_who_did_it_and_resolves() {
    let mut monitor = monitor(&place(|_| {}));
    assert!(told(&sweep(&monitor)).is_empty());

    monitor.collector = recorded(&place(|place| place["Trails"][0]["IsLogging"] = json!(false)));
    let outcome = run(&monitor, &sample("cloudtrail-stop-logging.json"));
    assert_eq!(
        told(&outcome),
        [(Status::Opened, "CloudTrail".to_owned(), Severity::Critical)]
    );
    let own = outcome.own.unwrap();
    let cause = own.transitions[0].cause.as_ref().unwrap();
    assert_eq!(cause.event_name, "StopLogging");
    assert!(!own.notices.is_empty());
    assert!(
        told(&run(&monitor, &sample("cloudtrail-stop-logging.json"))).is_empty(),
        "told once"
    );

    monitor.collector = recorded(&place(|_| {}));
    let mut started = sample("cloudtrail-stop-logging.json");
    started["detail"]["eventName"] = json!("StartLogging");
    let outcome = run(&monitor, &started);
    assert_eq!(
        told(&outcome),
        [(Status::Resolved, "CloudTrail".to_owned(), Severity::Critical)]
    );
}

#[test]
fn a_change_that_cannot_be_read_back_resolves_nothing() {
    let stopped = place(|place| place["Trails"][0]["IsLogging"] = json!(false));
    let mut monitor = monitor(&stopped);
    assert_eq!(told(&sweep(&monitor)).len(), 1);
    monitor.collector = recorded(&place(|place| {
        place.as_object_mut().unwrap().remove("Trails");
        place["Unreadable"] = json!({"trails": {"reason": "throttled"}});
    }));
    assert!(told(&sweep(&monitor)).is_empty());
}

#[test]
fn a_record_without_parameters_is_told_and_stays_open() {
    let monitor = monitor(&place(|_| {}));
    let omitted = sample("iam-put-role-policy-omitted.json");
    let outcome = run(&monitor, &omitted);
    let id = omitted["detail"]["eventID"].as_str().unwrap();
    assert_eq!(
        told(&outcome),
        [(Status::Opened, format!("PutRolePolicy {id}"), Severity::High)]
    );
    let transition = &outcome.own.as_ref().unwrap().transitions[0];
    assert_eq!(transition.cause.as_ref().unwrap().event_name, "PutRolePolicy");
    let detail = &transition.finding.evidence.detail;
    assert!(
        detail.contains("user/alice") && detail.contains("198.51.100.7"),
        "{detail}"
    );

    assert!(told(&run(&monitor, &omitted)).is_empty(), "told once");
    let other = run(&monitor, &sample("cloudtrail-stop-logging.json"));
    assert!(told(&other).is_empty(), "still open: {:?}", told(&other));
    assert!(
        told(&sweep(&monitor)).is_empty(),
        "nothing that is read tells what it was"
    );
    let mut second = omitted.clone();
    second["detail"]["eventID"] = json!("00000000-0000-4000-8000-000000000002");
    assert_eq!(told(&run(&monitor, &second)).len(), 1, "another one is told beside it");
}

#[test]
fn an_ordinary_record_is_no_omission() {
    let monitor = monitor(&place(|_| {}));
    for name in ["iam-put-role-policy.json", "lambda-add-permission.json"] {
        assert!(told(&run(&monitor, &sample(name))).is_empty(), "{name}");
    }
}
