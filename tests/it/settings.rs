//! The settings from outside: what the monitor says about them, tags that accept, and the example of the README.

use std::path::PathBuf;

use lambda_vigil::controls::{self, Control};
use lambda_vigil::event;
use lambda_vigil::history::Status;
use lambda_vigil::memory::{Account, FixedClock, MemoryStore, Outbox};
use lambda_vigil::monitor::{Memo, Monitor, Outcome, Own, Place};
use lambda_vigil::settings::{Kept, Settings};
use serde_json::{Value, json};

use crate::recorded::{account, now, root};

type Recorded = Monitor<Account, Account, MemoryStore, Outbox, FixedClock>;

fn case(control: &str) -> PathBuf {
    root().join("tests/cases").join(control)
}

/// A monitor that reads its settings from a source outside.
fn monitor(control: &str, settings: &str) -> Recorded {
    let recorded = || account(&case(control).join("account.json"));
    let mut monitor = Monitor {
        inventory: recorded(),
        collector: recorded(),
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
    };
    set(&mut monitor, settings);
    monitor
}

fn set(monitor: &mut Recorded, settings: &str) {
    let mut kept = Kept::new("ssm:/vigil/settings");
    kept.take(Ok(settings), now());
    monitor.settings = kept.settings().clone();
    monitor.own.problem = kept.problem(now());
}

fn run(monitor: &Recorded, event: &Value) -> Outcome {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(monitor.handle(&event::parse(event).unwrap()))
}

fn sweep(monitor: &Recorded) -> Outcome {
    run(monitor, &json!({"vigil": "sweep"}))
}

fn recheck(monitor: &Recorded, name: &str) -> Outcome {
    let arn = format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}");
    run(monitor, &json!({"vigil": "recheck", "functions": [arn]}))
}

/// What is told about the monitor itself.
fn told(outcome: &Outcome) -> Vec<(Status, String)> {
    let transitions = outcome.own.iter().flat_map(|own| own.transitions.iter());
    transitions
        .map(|transition| (transition.status, transition.finding.control.clone()))
        .collect()
}

/// The controls about the settings: they read nothing else.
fn of_settings() -> impl Iterator<Item = &'static Control> {
    controls::ALL.iter().copied().filter(|control| control.reads.is_empty())
}

#[test]
fn each_control_about_the_monitor_fires_and_holds_as_its_cases_say() {
    for control in of_settings() {
        let (mut fired, mut held) = (0, 0);
        for entry in std::fs::read_dir(case(control.id)).unwrap() {
            let file = entry.unwrap().path();
            let name = file.file_name().unwrap().to_str().unwrap().to_owned();
            let is_settings = name.starts_with("fires") || name.starts_with("near-miss");
            if !is_settings {
                continue;
            }
            let outcome = sweep(&monitor(control.id, &std::fs::read_to_string(&file).unwrap()));
            let own = outcome.own.as_ref().unwrap();
            let fails = own
                .transitions
                .iter()
                .find(|transition| transition.finding.control == control.id);
            assert_eq!(
                fails.is_some(),
                name.starts_with("fires"),
                "{} {name}: {:?}",
                control.id,
                told(&outcome)
            );
            if let Some(transition) = fails {
                assert!(
                    !transition.finding.remediation.contains('<'),
                    "{}",
                    transition.finding.remediation
                );
                assert_eq!(transition.finding.severity, control.severity);
                fired += 1;
            } else {
                held += 1;
            }
        }
        assert!(fired > 0 && held > 0, "{}", control.id);
    }
}

const UNUSED: &str =
    "[[suppressions]]\ncontrol = 'invoke-public'\nfunction = 'closed'\nreason = 'r'\nexpires = 2027-06-30\n";

#[test]
fn only_a_whole_sweep_says_that_a_suppression_is_unused() {
    let unused = monitor("suppression-unused", UNUSED);
    assert!(
        told(&recheck(&unused, "closed")).is_empty(),
        "other functions were not looked at"
    );
    assert_eq!(
        told(&sweep(&unused)),
        [(Status::Opened, "suppression-unused".to_owned())]
    );
    assert!(told(&recheck(&unused, "shop")).is_empty(), "still open");
    assert!(told(&sweep(&unused)).is_empty(), "and told once");
}

#[test]
fn a_facet_that_could_not_be_read_keeps_a_suppression_from_being_called_unused() {
    let mut unread = monitor("suppression-unused", UNUSED);
    let text = std::fs::read_to_string(case("suppression-unused").join("account.json")).unwrap();
    let mut recording: Value = serde_json::from_str(&text).unwrap();
    recording["Functions"][1].as_object_mut().unwrap().remove("Policies");
    recording["Functions"][1]["Unreadable"] = json!({"resource-policies": {"reason": "throttled"}});
    let recorded = || {
        let mut account = Account::default().as_of(now());
        account.add(&recording.to_string()).unwrap();
        account
    };
    (unread.inventory, unread.collector) = (recorded(), recorded());
    let outcome = sweep(&unread);
    assert!(told(&outcome).is_empty());
    assert!(
        outcome
            .own
            .unwrap()
            .unjudged
            .iter()
            .any(|cannot| cannot.control == "suppression-unused")
    );
    set(&mut unread, &UNUSED.replace("'closed'", "'shopp'"));
    assert_eq!(
        told(&sweep(&unread)).len(),
        1,
        "the unread function is none of this one's"
    );
}

#[test]
fn what_was_told_about_the_settings_resolves_when_they_are_put_right() {
    let mut settings = monitor("suppression-unused", UNUSED);
    sweep(&settings);
    set(&mut settings, "");
    let resolved = told(&recheck(&settings, "shop"));
    assert_eq!(resolved, [(Status::Resolved, "suppression-unused".to_owned())]);
    set(&mut settings, "x = [");
    let opened = told(&recheck(&settings, "shop"));
    assert_eq!(opened, [(Status::Opened, "settings-broken".to_owned())]);
    set(&mut settings, "");
    let resolved = told(&recheck(&settings, "shop"));
    assert_eq!(resolved, [(Status::Resolved, "settings-broken".to_owned())]);
}

#[test]
fn the_monitor_is_never_taken_for_a_function_that_was_deleted() {
    let broken = monitor("settings-broken", "x = [");
    assert_eq!(told(&sweep(&broken)), [(Status::Opened, "settings-broken".to_owned())]);
    let again = sweep(&broken);
    assert!(told(&again).is_empty());
    assert!(
        again
            .evaluations
            .iter()
            .all(|evaluation| evaluation.function.name() != "vigil")
    );
    assert_eq!(
        broken
            .store
            .all_open()
            .iter()
            .filter(|open| open.finding.control == "settings-broken")
            .count(),
        1
    );
}

#[test]
fn a_tag_accepts_and_its_end_reopens_with_the_call_that_took_it_off() {
    let mut tagged = monitor("concurrency-unreserved", "");
    let statuses = |outcome: &Outcome| -> Vec<(Status, Option<String>)> {
        let transitions = outcome
            .evaluations
            .iter()
            .flat_map(|evaluation| evaluation.transitions.iter());
        let ours = transitions.filter(|transition| transition.finding.control == "concurrency-unreserved");
        ours.map(|transition| (transition.status, transition.note.as_deref().map(str::to_owned)))
            .collect()
    };
    assert!(statuses(&recheck(&tagged, "near-miss-justified")).is_empty());
    let open = tagged.store.all_open();
    let accepted: Vec<_> = open.iter().filter_map(|open| open.suppressed.as_deref()).collect();
    assert_eq!(accepted, ["asynchronous and rare"]);
    set(&mut tagged, "controls.concurrency-unreserved.acceptByTag = false");
    let outcome = recheck(&tagged, "near-miss-justified");
    let ended = Some("its suppression has ended".to_owned());
    assert_eq!(statuses(&outcome), [(Status::Reopened, ended)]);
    let transitions = outcome.evaluations[0].transitions.iter();
    let detail = &transitions.last().unwrap().finding.evidence.detail;
    assert!(
        detail.contains("vigil:accept/concurrency-unreserved does not accept it"),
        "{detail}"
    );
    set(&mut tagged, "");
    let outcome = recheck(&tagged, "near-miss-justified");
    assert_eq!(
        statuses(&outcome),
        [(Status::Suppressed, Some("asynchronous and rare".to_owned()))]
    );
}

/// The code blocks of the README in a language, below a heading.
fn examples(heading: &str, language: &str) -> Vec<String> {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let section = readme
        .split("\n## ")
        .find(|section| section.starts_with(heading))
        .unwrap();
    let fence = format!("```{language}\n");
    let blocks = section.split(&fence).skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap().to_owned())
        .collect()
}

#[test]
fn the_examples_of_the_readme_are_read_and_say_what_they_look_like() {
    let (toml, json) = (examples("Settings", "toml"), examples("Settings", "json"));
    let whole = Settings::parse(&toml[0]).unwrap();
    assert!(whole.organization.is_some() && !whole.trusted_accounts.is_empty() && !whole.controls.is_empty());
    assert!(!whole.overrides.is_empty() && whole.suppressions.len() > 1);
    assert!(!Settings::parse(&json[0]).unwrap().suppressions.is_empty());
}

#[test]
fn the_schema_describes_what_is_read() {
    let schema = serde_json::to_value(schemars::schema_for!(Settings)).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let valid = |document: &str| schema.is_valid(&serde_json::from_str(document).unwrap());
    assert!(valid(&examples("Settings", "json")[0]));
    assert!(!valid(r#"{"organisation": "o-exampleorg1"}"#));
    assert!(!valid(
        r#"{"suppressions": [{"control": "role-sharing", "function": "*", "reason": "r", "expires": "2027-06-30"}]}"#
    ));
}
