//! Does the monitor of an organization notice that the events of an account or Region no longer arrive? And does it ask for every account?

use std::collections::BTreeSet;

use lambda_vigil::arn::{AccountId, Arn, Region};
use lambda_vigil::delivery::FEEDS;
use lambda_vigil::event;
use lambda_vigil::finding::Severity;
use lambda_vigil::history::Status;
use lambda_vigil::memory::{Account, FixedClock, MemoryStore, Outbox};
use lambda_vigil::monitor::{Inventory, Later, Listed, Memo, Monitor, Outcome, Own, Place};
use lambda_vigil::settings::Settings;
use lambda_vigil::snapshot::Reason;
use serde_json::{Value, json};

use crate::recorded::now;

const HUB: &str = "111122223333";
const MEMBERS: [&str; 2] = ["222233334444", "333344445555"];

/// The recorded accounts, and which of them belong to the organization.
struct Organization {
    recorded: Account,
    is_listed: bool,
    /// Members let the monitor in.
    is_open: bool,
}

impl Inventory for Organization {
    async fn functions(&self, place: &Place) -> Result<Vec<Listed>, Reason> {
        if !self.is_open && place.account.as_str() != HUB {
            return Err(Reason::AccessDenied {
                permission: Reason::ENTRY.to_owned(),
            });
        }
        self.recorded.functions_of(place)
    }

    async fn roles_with_policy(&self, policy: &Arn) -> Result<Vec<String>, Reason> {
        Ok(self.recorded.roles_of(policy))
    }

    async fn others(&self) -> Result<BTreeSet<AccountId>, Reason> {
        if self.is_listed {
            Ok(MEMBERS.iter().map(|id| id.parse().unwrap()).collect())
        } else {
            Err(Reason::AccessDenied {
                permission: "organizations:ListAccounts".to_owned(),
            })
        }
    }

    fn regions(&self, _: &AccountId) -> Vec<Region> {
        vec!["eu-west-1".parse().unwrap()]
    }
}

type Recorded = Monitor<Organization, Account, MemoryStore, Outbox, FixedClock>;

fn trail() -> Value {
    json!({"TrailARN": "arn:aws:cloudtrail:us-east-1:999988887777:trail/organization", "IsLogging": true,
        "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": true}]})
}

fn place(account: &str, region: &str) -> Value {
    let rules = FEEDS
        .iter()
        .map(|feed| json!({"Name": feed.rule, "State": "ENABLED", "EventPattern": feed.pattern("aws").to_string()}));
    let schedule = json!({"Name": "SweepRule", "State": "ENABLED", "ScheduleExpression": "rate(1 day)"});
    let schedule = (account == HUB).then_some(schedule);
    let rules: Vec<Value> = rules.chain(schedule).collect();
    json!({"Account": account, "Region": region, "Trails": [trail()], "Rules": rules, "Buses": [], "Senders": []})
}

/// All places as they should be, after a change.
fn recorded(change: impl FnOnce(&mut [Value])) -> Account {
    let accounts = [HUB, MEMBERS[0], MEMBERS[1]].into_iter();
    let mut places: Vec<Value> = accounts
        .flat_map(|account| ["eu-west-1", "us-east-1"].map(|region| place(account, region)))
        .collect();
    change(&mut places);
    let mut account = Account::default().as_of(now());
    account.add(&json!({ "Places": places }).to_string()).unwrap();
    account
}

fn monitor(recorded_as: Account, is_listed: bool) -> Recorded {
    Monitor {
        inventory: Organization {
            recorded: recorded(|_| {}),
            is_listed,
            is_open: true,
        },
        collector: recorded_as,
        store: MemoryStore::default(),
        notifier: Outbox::default(),
        clock: FixedClock(now()),
        settings: Settings::default(),
        until: None,
        memo: Memo::default(),
        own: Own::new(
            format!("arn:aws:lambda:eu-west-1:{HUB}:function:vigil")
                .parse()
                .unwrap(),
        ),
        home: Place {
            account: HUB.parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
        },
    }
}

fn run(monitor: &Recorded, input: &Value) -> Outcome {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(monitor.handle(&event::parse(input).unwrap()))
}

fn check(account: &str) -> Value {
    json!({"vigil": "check", "account": account})
}

/// What is told of other accounts and Regions: where, what has become of it, what, and how bad it is.
fn told(outcome: &Outcome) -> Vec<(String, Status, String, Severity)> {
    let evaluations = outcome.outposts.iter();
    let transitions = evaluations.flat_map(|evaluation| evaluation.transitions.iter());
    transitions
        .map(|one| {
            let finding = &one.finding;
            let place = Place::of(&finding.function).to_string();
            (place, one.status, finding.evidence.subject.clone(), finding.severity)
        })
        .collect()
}

#[test]
fn an_account_in_order_is_looked_at_where_it_matters_and_told_nothing_of() {
    let outcome = run(&monitor(recorded(|_| {}), true), &check(MEMBERS[0]));
    assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
    let places: Vec<String> = outcome
        .outposts
        .iter()
        .map(|one| Place::of(&one.function).to_string())
        .collect();
    // The global Region is not among the watched ones, and alone has the records of IAM.
    assert_eq!(places, ["222233334444 in eu-west-1", "222233334444 in us-east-1"]);
    assert!(told(&outcome).is_empty(), "{:?}", told(&outcome));
    assert!(
        outcome.outposts.iter().all(|one| one.unjudged.is_empty()),
        "{:?}",
        outcome.outposts
    );
    assert!(outcome.own.is_none(), "the hub itself was not asked for");
}

#[test]
fn a_silent_place_is_told_by_its_account_and_region_and_so_is_its_end() {
    let role_rule = FEEDS.iter().position(|feed| feed.rule == "RoleRule").unwrap();
    let off = recorded(|places| places[3]["Rules"][role_rule]["State"] = json!("DISABLED"));
    let mut monitor = monitor(off, true);
    let outcome = run(&monitor, &check(MEMBERS[0]));
    let expected = |status| {
        (
            "222233334444 in us-east-1".to_owned(),
            status,
            "aws.iam".to_owned(),
            Severity::Critical,
        )
    };
    assert_eq!(told(&outcome), [expected(Status::Opened)]);
    let notice = &outcome.outposts[1].notices[0];
    assert!(format!("{notice:?}").contains("us-east-1"), "{notice:?}");
    assert!(told(&run(&monitor, &check(MEMBERS[0]))).is_empty(), "it is told once");
    // Looking elsewhere says nothing about it.
    assert!(told(&run(&monitor, &check(MEMBERS[1]))).is_empty());
    monitor.collector = recorded(|_| {});
    assert_eq!(told(&run(&monitor, &check(MEMBERS[0]))), [expected(Status::Resolved)]);
}

#[test]
fn a_place_that_may_not_be_read_is_told_and_resolves_nothing() {
    let role_rule = FEEDS.iter().position(|feed| feed.rule == "RoleRule").unwrap();
    let mut monitor = monitor(
        recorded(|places| places[3]["Rules"][role_rule]["State"] = json!("DISABLED")),
        true,
    );
    run(&monitor, &check(MEMBERS[0]));
    monitor.collector = recorded(|places| keep_out(&mut places[2..4], "events:DescribeRule"));
    let denied = told(&run(&monitor, &check(MEMBERS[0])));
    assert_eq!(denied.len(), 2, "each Region by itself: {denied:?}");
    assert!(
        denied
            .iter()
            .all(|one| one.1 == Status::Opened && one.2 == "events:DescribeRule"),
        "{denied:?}"
    );
}

/// The places cannot be read for lack of a permission.
fn keep_out(places: &mut [Value], permission: &str) {
    for place in places {
        let denied = json!({"reason": "access-denied", "permission": permission});
        let members = place.as_object_mut().unwrap();
        members.retain(|name, _| !["Trails", "Rules", "Senders"].contains(&name.as_str()));
        members.insert(
            "Unreadable".to_owned(),
            json!({"trails": denied, "rules": denied, "senders": denied}),
        );
    }
}

#[test]
fn an_account_that_keeps_the_monitor_out_is_told_once_and_its_sweep_is_no_failure() {
    let mut monitor = monitor(recorded(|_| {}), true);
    monitor.collector = recorded(|places| keep_out(&mut places[2..4], "sts:AssumeRole"));
    let outcome = run(&monitor, &check(MEMBERS[0]));
    let entry = (
        "222233334444 in eu-west-1".to_owned(),
        Status::Opened,
        "sts:AssumeRole".to_owned(),
        Severity::Medium,
    );
    assert_eq!(told(&outcome), [entry]);

    monitor.inventory.is_open = false;
    let outcome = run(&monitor, &json!({"vigil": "sweep", "account": MEMBERS[0]}));
    assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
    assert_eq!((outcome.swept, outcome.outposts.len()), (0, 1));
    assert!(told(&outcome).is_empty(), "it is known: {:?}", told(&outcome));
}

#[test]
fn a_place_that_sweeps_leave_out_is_told_after_two_days() {
    let mut monitor = monitor(recorded(|_| {}), true);
    let look = |monitor: &Recorded| {
        let outcome = run(monitor, &check(MEMBERS[0]));
        assert!(
            outcome.later.is_empty(),
            "the schedule asks for sweeps: {:?}",
            outcome.later
        );
        told(&outcome)
    };
    let wait = |monitor: &mut Recorded, hours| {
        let then = now() + jiff::SignedDuration::from_hours(hours);
        monitor.clock = FixedClock(then);
        monitor.collector = recorded(|_| {}).as_of(then);
    };
    assert!(look(&monitor).is_empty());
    wait(&mut monitor, 30);
    assert!(look(&monitor).is_empty(), "one sweep may be late");
    wait(&mut monitor, 49);
    // The global Region is looked at and not swept.
    let overdue = |status| {
        (
            "222233334444 in eu-west-1".to_owned(),
            status,
            "sweeps".to_owned(),
            Severity::Critical,
        )
    };
    assert_eq!(look(&monitor), [overdue(Status::Opened)]);

    let outcome = run(&monitor, &json!({"vigil": "sweep", "account": MEMBERS[0]}));
    assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
    assert_eq!(look(&monitor), [overdue(Status::Resolved)]);

    // Whatever was missed while nobody watched it is not held against it.
    wait(&mut monitor, 49 + 24 * 30);
    assert!(look(&monitor).is_empty());
}

const BUS: &str = "arn:aws:events:eu-west-1:111122223333:event-bus/vigil";

/// The hub's own bus, as the template makes it.
fn bus() -> Value {
    let pattern = json!({"detail-type": ["AWS API Call via CloudTrail", "AWS Console Action via CloudTrail",
        "AWS Service Event via CloudTrail", "CloudWatch Alarm Configuration Change"], "source": [{"prefix": "aws."}]});
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "events:PutEvents",
        "Resource": BUS, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-example1234"}}}]});
    json!({"Arn": BUS, "Policy": policy.to_string(),
        "Rules": [{"Name": "MembersRule", "State": "ENABLED", "EventPattern": pattern.to_string()}]})
}

/// What is told of the hub itself: status, subject, severity.
fn told_of_hub(outcome: &Outcome) -> Vec<(Status, String, Severity)> {
    let transitions = outcome.own.iter().flat_map(|own| own.transitions.iter());
    transitions
        .map(|one| (one.status, one.finding.evidence.subject.clone(), one.finding.severity))
        .collect()
}

/// The hub, where its bus is as it should be but for a change.
fn hub(change: impl FnOnce(&mut Value)) -> Account {
    let topic = json!({"TopicArn": "arn:aws:sns:eu-west-1:111122223333:t", "SubscriptionsConfirmed": 1, "SubscriptionsPending": 0});
    let mut bus = bus();
    change(&mut bus);
    recorded(|places| {
        places[0]["Topics"] = json!([topic]);
        places[0]["Buses"] = json!([bus]);
    })
}

#[test]
fn a_closed_door_of_the_hub_is_told_and_its_opening_as_well() {
    type Cut = (fn(&mut Value), &'static str);
    let cuts: [Cut; 5] = [
        (
            |bus| *bus = json!({"Arn": BUS, "IsMissing": true, "Rules": []}),
            "vigil",
        ),
        (|bus| bus["Rules"][0]["State"] = json!("DISABLED"), "vigil rules"),
        (|bus| bus["Rules"] = json!([]), "vigil rules"),
        (
            |bus| drop(bus.as_object_mut().unwrap().remove("Policy")),
            "vigil policy",
        ),
        (
            |bus| {
                bus["Policy"] = bus["Policy"]
                    .as_str()
                    .unwrap()
                    .replace("o-example1234", "o-other123456")
                    .into();
            },
            "vigil policy",
        ),
    ];
    for (cut, subject) in cuts {
        let mut monitor = monitor(hub(|_| {}), true);
        monitor.settings.organization = Some("o-example1234".to_owned());
        let outcome = run(&monitor, &check(HUB));
        assert!(told_of_hub(&outcome).is_empty(), "{:?}", told_of_hub(&outcome));
        assert!(outcome.own.unwrap().unjudged.is_empty());
        monitor.collector = hub(cut);
        let told = told_of_hub(&run(&monitor, &check(HUB)));
        assert_eq!(told, [(Status::Opened, subject.to_owned(), Severity::Critical)]);
        monitor.collector = hub(|_| {});
        let told = told_of_hub(&run(&monitor, &check(HUB)));
        assert_eq!(told, [(Status::Resolved, subject.to_owned(), Severity::Critical)]);
    }
}

#[test]
fn a_call_that_closes_the_door_is_told_with_who_made_it() {
    let mut monitor = monitor(hub(|_| {}), true);
    monitor.settings.organization = Some("o-example1234".to_owned());
    run(&monitor, &check(HUB));
    monitor.collector = hub(|bus| drop(bus.as_object_mut().unwrap().remove("Policy")));
    let record = json!({
        "eventVersion": "1.11", "eventSource": "events.amazonaws.com", "eventName": "RemovePermission", "awsRegion": "eu-west-1",
        "eventTime": "2026-11-02T10:15:00Z", "recipientAccountId": HUB, "readOnly": false, "managementEvent": true,
        "userIdentity": {"type": "IAMUser", "arn": format!("arn:aws:iam::{HUB}:user/mallory")},
        "requestParameters": {"eventBusName": "vigil", "removeAllPermissions": true}, "responseElements": null,
    });
    let outcome = run(&monitor, &record);
    assert_eq!(told_of_hub(&outcome).len(), 1, "{:?}", told_of_hub(&outcome));
    let cause = outcome.own.unwrap().transitions[0].cause.clone().unwrap();
    assert_eq!(cause.event_name, "RemovePermission");
}

#[test]
fn a_role_by_which_nothing_is_passed_on_is_told_of_its_place() {
    let sender = |policies: Value| {
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"Service": "events.amazonaws.com"}}]});
        json!([{"RoleArn": "arn:aws:iam::222233334444:role/vigil-forwarder-Role-1", "TargetArn": BUS,
            "RuleArn": "arn:aws:events:eu-west-1:222233334444:rule/LambdaRule",
            "Trust": {"AssumeRolePolicyDocument": trust.to_string()}, "Policies": {"Inline": policies}}])
    };
    let forward = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "events:PutEvents", "Resource": BUS}]});
    let inline = json!([{"PolicyName": "forward", "PolicyDocument": forward.to_string()}]);
    let mut monitor = monitor(recorded(|places| places[2]["Senders"] = sender(inline.clone())), true);
    assert!(told(&run(&monitor, &check(MEMBERS[0]))).is_empty());
    monitor.collector = recorded(|places| places[2]["Senders"] = sender(json!([])));
    let told = told(&run(&monitor, &check(MEMBERS[0])));
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].2, "arn:aws:iam::222233334444:role/vigil-forwarder-Role-1");
}

#[test]
fn a_call_that_blinds_a_member_is_told_with_who_made_it() {
    let mut monitor = monitor(recorded(|_| {}), true);
    assert!(told(&run(&monitor, &check(MEMBERS[1]))).is_empty());
    monitor.collector = recorded(|places| places[4]["Trails"][0]["IsLogging"] = json!(false));
    let record = json!({
        "eventVersion": "1.11", "eventSource": "cloudtrail.amazonaws.com", "eventName": "StopLogging", "awsRegion": "eu-west-1",
        "eventTime": "2026-11-02T10:15:00Z", "recipientAccountId": MEMBERS[1], "readOnly": false, "managementEvent": true,
        "userIdentity": {"type": "IAMUser", "arn": format!("arn:aws:iam::{}:user/mallory", MEMBERS[1])},
        "requestParameters": {"name": "organization"}, "responseElements": null,
    });
    let outcome = run(&monitor, &record);
    let told = told(&outcome);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(
        (told[0].0.as_str(), told[0].2.as_str()),
        ("333344445555 in eu-west-1", "CloudTrail")
    );
    let cause = outcome.outposts[0].transitions[0].cause.as_ref().unwrap();
    assert_eq!(cause.event_name, "StopLogging");
    assert!(cause.actor.as_ref().unwrap().ends_with("mallory"));
}

#[test]
fn every_account_is_asked_for_by_itself() {
    let monitor = monitor(recorded(|_| {}), true);
    let accounts = |outcome: &Outcome| -> Vec<(String, u64)> {
        let asked = outcome.later.iter().map(|later| match later {
            Later::Sweep {
                account: Some(account),
                after: None,
                ..
            }
            | Later::Check { account, .. } => (account.to_string(), later.pause().as_secs()),
            other => panic!("{other:?}"),
        });
        asked.collect()
    };
    for (input, most) in [("check", 300), ("sweep", 900)] {
        let outcome = run(&monitor, &json!({"vigil": input}));
        let asked = accounts(&outcome);
        assert_eq!(
            asked.iter().map(|(account, _)| account.as_str()).collect::<Vec<_>>(),
            [MEMBERS[0], MEMBERS[1], HUB],
            "{input}"
        );
        assert!(
            asked.iter().all(|(_, pause)| *pause < most) && asked[0].1 != asked[1].1,
            "{asked:?}"
        );
        assert!(outcome.own.is_none(), "home takes its turn with the others");
        for later in &outcome.later {
            let again = event::parse_text(&later.messages()[0]).unwrap();
            assert_eq!(again.len(), 1, "{again:?}");
        }
    }
}

#[test]
fn sweeps_of_two_accounts_in_one_batch_take_turns() {
    let monitor = monitor(recorded(|_| {}), true);
    let sweep = |account: &str| event::parse(&json!({"vigil": "sweep", "account": account})).unwrap();
    let batch = [sweep(MEMBERS[0]), sweep(MEMBERS[1])].concat();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let outcome = runtime.block_on(monitor.handle(&batch));
    let [Later::Sweep { account, after, .. }] = outcome.later.as_slice() else {
        panic!("{:?}", outcome.later);
    };
    assert_eq!(account.as_ref().unwrap().as_str(), MEMBERS[1]);
    assert_eq!((after, outcome.swept), (&None, 1));
}

#[test]
fn what_others_do_to_their_rules_is_no_business_of_the_hub_itself() {
    let monitor = monitor(recorded(|_| {}), true);
    let record = json!({
        "eventVersion": "1.11", "eventSource": "events.amazonaws.com", "eventName": "PutRule", "awsRegion": "eu-west-1",
        "eventTime": "2026-11-02T10:15:00Z", "recipientAccountId": MEMBERS[1], "readOnly": false, "managementEvent": true,
        "userIdentity": {"type": "IAMUser", "arn": format!("arn:aws:iam::{}:user/bob", MEMBERS[1])},
        "requestParameters": {"name": "nightly"}, "responseElements": null,
    });
    let outcome = run(&monitor, &record);
    assert!(outcome.own.is_none(), "{:?}", outcome.own);
    assert_eq!(outcome.outposts.len(), 1);
}

#[test]
fn not_to_know_the_accounts_is_a_failure() {
    let monitor = monitor(recorded(|_| {}), false);
    for input in ["check", "sweep"] {
        let outcome = run(&monitor, &json!({"vigil": input}));
        assert!(
            outcome
                .failures
                .iter()
                .any(|failure| failure.contains("organizations:ListAccounts")),
            "{input}"
        );
    }
}

#[test]
fn the_canary_is_released_and_known_again_at_home_only() {
    let monitor = monitor(recorded(|_| {}), true);
    let mapping = |account: &str| {
        format!("arn:aws:lambda:eu-west-1:{account}:event-source-mapping:0b6f0d5e-0000-4000-8000-000000000001")
    };
    let outcome = run(&monitor, &json!({"vigil": "canary", "mapping": mapping(HUB)}));
    assert_eq!(
        outcome.canaries.iter().map(Arn::as_str).collect::<Vec<_>>(),
        [mapping(HUB)]
    );
    let echo = |account: &str| {
        json!({
            "eventVersion": "1.11", "eventSource": "lambda.amazonaws.com", "eventName": "TagResource20170331v2", "awsRegion": "eu-west-1",
            "eventTime": "2026-11-02T10:15:00Z", "recipientAccountId": account, "readOnly": false, "managementEvent": true,
            "requestParameters": {"resource": mapping(account), "tags": {"vigil:canary": "2026-11-02T10:15:00Z"}},
        })
    };
    assert_eq!(run(&monitor, &echo(HUB)).echoes.len(), 1);
    assert_eq!(run(&monitor, &echo(MEMBERS[0])).echoes.len(), 0);
    assert!(
        event::parse(&json!({"vigil": "canary", "mapping": "arn:aws:lambda:eu-west-1:111122223333:function:orders"}))
            .is_err()
    );
}

#[test]
fn who_is_kept_out_is_not_known_where_the_accounts_cannot_be_listed() {
    let closed = |bus: &mut Value| drop(bus.as_object_mut().unwrap().remove("Policy"));
    let mut monitor = monitor(hub(closed), true);
    monitor.settings.organization = Some("o-example1234".to_owned());
    assert_eq!(told_of_hub(&run(&monitor, &check(HUB))).len(), 1);
    monitor.inventory.is_listed = false;
    let outcome = run(&monitor, &check(HUB));
    assert!(
        told_of_hub(&outcome).is_empty(),
        "not resolved: {:?}",
        told_of_hub(&outcome)
    );
}
