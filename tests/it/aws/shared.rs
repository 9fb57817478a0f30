//! Many events on a real queue, a real table, and processes that are killed or share the work: the findings are those of one process
//! that nobody disturbs, and people are told each of them once.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use lambda_vigil::arn::FunctionArn;
use lambda_vigil::monitor::Store;
use serde_json::{Value, json};

use super::runtime::{Environment, Outcome};
use super::server::{ACCOUNT, REGION};
use super::site::{Ears, Notice, Site};
use super::stack::{counted, operations};
use super::store::{runtime, table};
use super::world::World;
use crate::simulated::Random;

pub(super) const TABLE: &str = "state";
/// Longer than any invocation here.
const HIDDEN: u64 = 60;

/// An account in which much happens.
struct Town<'a> {
    site: &'a Site,
    world: World<'a>,
    ears: Ears<'a>,
    topic: String,
    queue: String,
    functions: Vec<String>,
    roles: Vec<String>,
}

impl<'a> Town<'a> {
    fn build(site: &'a Site, functions: usize, roles: usize) -> Self {
        site.table(TABLE);
        let topic = site.topic();
        let ears = site.listen(&topic);
        let world = World(&site.client);
        let attributes = json!({"VisibilityTimeout": HIDDEN.to_string()});
        let made = site.client.json(
            "sqs",
            "CreateQueue",
            &json!({"QueueName": "events", "Attributes": attributes}),
        );
        let functions: Vec<String> = (0..functions).map(|number| format!("f{number}")).collect();
        let roles: Vec<String> = (0..roles).map(|number| format!("r{number}")).collect();
        for (number, role) in roles.iter().enumerate() {
            let its: Vec<&str> = functions
                .iter()
                .skip(number)
                .step_by(roles.len())
                .map(String::as_str)
                .collect();
            world.role(role, &its);
            for function in its {
                world.function(function, role);
            }
        }
        Self {
            site,
            world,
            ears,
            topic,
            queue: made["QueueUrl"].as_str().expect("the queue").to_owned(),
            functions,
            roles,
        }
    }

    /// Functions are opened and closed and roles widened and narrowed; the events are put on the queue.
    fn live(&self, events: usize, seed: u64) {
        let random = Random::new(seed);
        let mut is_on: BTreeSet<&str> = BTreeSet::new();
        let mut bodies = Vec::new();
        for _ in 0..events {
            let is_role = random.below(8) == 0;
            let name = if is_role {
                &self.roles[random.below(self.roles.len())]
            } else {
                &self.functions[random.below(self.functions.len())]
            };
            let was_on = !is_on.insert(name);
            if was_on {
                is_on.remove(name.as_str());
            }
            bodies.push(match (is_role, was_on) {
                (true, false) => self.world.empower(name),
                (true, true) => self.world.restrain(name),
                (false, false) => self.world.open(name),
                (false, true) => self.world.close(name),
            });
        }
        for batch in bodies.chunks(10) {
            let entries: Vec<Value> = (0..)
                .zip(batch)
                .map(|(id, body)| json!({"Id": format!("e{id}"), "MessageBody": body.to_string()}))
                .collect();
            self.site.client.json(
                "sqs",
                "SendMessageBatch",
                &json!({"QueueUrl": self.queue, "Entries": entries}),
            );
        }
    }

    fn monitor(&self) -> Environment {
        Environment::start(&[
            ("VIGIL_TOPIC_ARN", self.topic.as_str()),
            ("VIGIL_TABLE", TABLE),
            ("VIGIL_EVENT_SOURCE_PREFIX", "aws-test"), // which allows a share of quotas that this server does not have
            ("VIGIL_API_SHARE_PERCENT", "10000"),
            ("AWS_ENDPOINT_URL", self.site.endpoint()),
        ])
    }

    /// Messages from the queue as Lambda hands them to a function, and the handles to delete them by.
    fn receive(&self, most: usize) -> (Value, BTreeMap<String, Value>) {
        let (mut records, mut handles) = (Vec::new(), BTreeMap::new());
        while records.len() < most {
            let ask = json!({"QueueUrl": self.queue, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 0});
            let answer = self.site.client.json("sqs", "ReceiveMessage", &ask);
            let Some(messages) = answer["Messages"].as_array().filter(|messages| !messages.is_empty()) else {
                break;
            };
            for message in messages {
                let id = message["MessageId"].as_str().expect("an id").to_owned();
                records.push(json!({
                    "messageId": id, "body": message["Body"], "receiptHandle": message["ReceiptHandle"], "eventSource": "aws:sqs",
                    "eventSourceARN": format!("arn:aws:sqs:{REGION}:{ACCOUNT}:events"),
                }));
                handles.insert(id, message["ReceiptHandle"].clone());
            }
        }
        (json!({"Records": records}), handles)
    }

    /// Gives messages back, as Lambda does with those of an invocation that failed.
    fn give_back(&self, handles: impl Iterator<Item = Value>) {
        for handle in handles {
            let ask = json!({"QueueUrl": self.queue, "ReceiptHandle": handle, "VisibilityTimeout": 0});
            self.site.client.json("sqs", "ChangeMessageVisibility", &ask);
        }
    }

    /// Deletes what was handled.
    fn settle(&self, answer: &Value, mut handles: BTreeMap<String, Value>) {
        let failed = answer["batchItemFailures"].as_array().expect("a list of failures");
        let failed = failed.iter().filter_map(|failure| failure["itemIdentifier"].as_str());
        let failed: Vec<Value> = failed.filter_map(|id| handles.remove(id)).collect();
        for handle in handles.into_values() {
            let ask = json!({"QueueUrl": self.queue, "ReceiptHandle": handle});
            self.site.client.json("sqs", "DeleteMessage", &ask);
        }
        self.give_back(failed.into_iter());
    }

    /// Works on the queue until it is empty.
    fn work(&self, monitor: &mut Environment, batch: usize) {
        loop {
            let (event, handles) = self.receive(batch);
            if handles.is_empty() {
                return;
            }
            let outcome = monitor.invoke_within(&event, Duration::from_mins(2));
            self.settle(&outcome.answer(), handles);
        }
    }

    /// What is open, as the table has it, by function.
    fn open(&self) -> BTreeMap<String, BTreeSet<String>> {
        runtime().block_on(async {
            let table = table(self.site).await;
            let mut open = BTreeMap::new();
            for name in &self.functions {
                let arn: FunctionArn = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
                    .parse()
                    .unwrap();
                let state = table.function(&arn).await.unwrap();
                assert!(state.pending.is_empty(), "{name} has notices that nobody has sent");
                let findings = state.record.open.values().map(|open| {
                    let evidence = &open.finding.evidence;
                    format!("{} {}", open.finding.control, evidence.subject)
                });
                open.insert(name.clone(), findings.collect());
            }
            open
        })
    }
}

/// What people were told of each finding, in order: once each, for a notice that comes twice has the same id.
fn told(notices: &[Notice]) -> BTreeMap<(String, String), Vec<String>> {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut told: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    let mut note = |id: &Value, function: &Value, entries: &Value| {
        if !seen.insert(id.as_str().expect("an id").to_owned()) {
            return;
        }
        for entry in entries.as_array().expect("findings") {
            let text = |value: &Value| value.as_str().expect("a text").to_owned();
            let finding = (text(function), text(&entry["fingerprint"]));
            told.entry(finding).or_default().push(text(&entry["status"]));
        }
    };
    for Notice { body, .. } in notices {
        if let Some(functions) = body["functions"].as_array() {
            assert_eq!(body.get("functionsLeftOut"), None, "the digest is whole");
            for one in functions {
                note(&one["notice"], &one["function"], &one["findings"]);
            }
        } else {
            assert_eq!(body.get("transitionsLeftOut"), None, "the notice is whole");
            note(&body["id"], &body["function"], &body["transitions"]);
        }
    }
    told
}

/// Good and bad news take turns, and the last one is the truth. The order of messages is not that of publication: they are counted.
fn is_told_once(told: &BTreeMap<(String, String), Vec<String>>) {
    for (finding, statuses) in told {
        let bad = statuses
            .iter()
            .filter(|status| ["opened", "reopened", "worsened"].contains(&status.as_str()))
            .count();
        let good = statuses.iter().filter(|status| *status == "resolved").count();
        assert!(bad == good || bad == good + 1, "{finding:?}: {statuses:?}");
    }
}

/// Of which functions something is said to be open.
fn open_as_told(told: &BTreeMap<(String, String), Vec<String>>) -> usize {
    let open = told.values().filter(|statuses| statuses.len() % 2 == 1);
    open.count()
}

#[test]
fn a_process_that_is_killed_in_the_middle_of_a_batch_loses_nothing() {
    const EVENTS: usize = 200;
    let calm = Site::open();
    let town = Town::build(&calm, 40, 5);
    town.live(EVENTS, 7);
    town.work(&mut town.monitor(), EVENTS);
    let expected = town.open();
    let expected_told = open_as_told(&told(&town.ears.notices()));
    assert!(expected.values().any(|findings| !findings.is_empty()));

    let site = Site::open();
    let town = Town::build(&site, 40, 5);
    town.live(EVENTS, 7);
    let (mut notices, mut kills) = (Vec::new(), 0);
    for after in [300, 900, 1800, 2700, 4000, 6000] {
        let mut monitor = town.monitor();
        let (event, handles) = town.receive(EVENTS);
        assert!(!handles.is_empty(), "nothing was handled without an answer");
        let process = monitor.id().to_string();
        let killer = thread::spawn(move || {
            thread::sleep(Duration::from_millis(after));
            Command::new("kill")
                .args(["-9", &process])
                .status()
                .expect("kill the process");
        });
        let outcome = monitor.invoke_within(&event, Duration::from_mins(2));
        killer.join().expect("the killer");
        notices.extend(town.ears.notices());
        match outcome {
            Outcome::Exited(_) => {
                kills += 1;
                town.give_back(handles.into_values());
            }
            outcome => {
                town.settle(&outcome.answer(), handles);
                break;
            }
        }
    }
    town.work(&mut town.monitor(), EVENTS);
    notices.extend(town.ears.notices());
    eprintln!(
        "killed {kills} times in the middle of {EVENTS} events; {} messages",
        notices.len()
    );
    assert!(kills >= 2, "it was killed while it worked");
    assert_eq!(town.open(), expected);
    let told = told(&notices);
    is_told_once(&told);
    assert_eq!(open_as_told(&told), expected_told);
}

#[test]
fn two_processes_find_what_one_finds() {
    const EVENTS: usize = 2000;
    let mut found = Vec::new();
    for processes in [1, 2] {
        let site = Site::open();
        let town = Town::build(&site, 300, 20);
        town.live(EVENTS, 11);
        let mut monitors: Vec<Environment> = (0..processes).map(|_| town.monitor()).collect();
        let started = Instant::now();
        thread::scope(|scope| {
            for monitor in &mut monitors {
                let town = &town;
                scope.spawn(move || town.work(monitor, 50));
            }
        });
        let time = started.elapsed();
        // What one has given back while the others were done.
        town.work(&mut monitors[0], 50);
        let calls: u64 = monitors
            .iter()
            .map(|monitor| counted(monitor.log().lines(), "ApiCalls"))
            .sum();
        let (a_second, tenths) = (EVENTS as u128 * 1000 / time.as_millis(), calls * 10 / EVENTS as u64);
        eprintln!(
            "{processes} process(es), {EVENTS} events: {time:.1?}, {a_second} events a second, {}.{} API calls per event",
            tenths / 10,
            tenths % 10
        );
        let logs: Vec<String> = monitors.iter().map(Environment::log).collect();
        eprintln!("{:?}", operations(logs.iter().flat_map(|log| log.lines())));
        let told = told(&town.ears.notices());
        is_told_once(&told);
        found.push((town.open(), open_as_told(&told)));
    }
    assert_eq!(found[0], found[1]);
}
