//! The flow as a whole over in-memory ports: what reaches whom, once, and never a false "fine".

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Mutex;

use jiff::Timestamp;
use lambda_vigil::arn::{AccountId, Arn, FunctionArn, Region};
use lambda_vigil::event::{self, Intake};
use lambda_vigil::finding::Fingerprint;
use lambda_vigil::history::Status;
use lambda_vigil::memory::{Account, FixedClock, MemoryStore, Outbox};
use lambda_vigil::monitor::{Collector, Inventory, Listed, Memo, Monitor, Notifier, Outcome, Own, Place, PortError};
use lambda_vigil::report::Message;
use lambda_vigil::settings::Settings;
use lambda_vigil::snapshot::{Facet, FacetSet, Facts, Occasion, Reason, Scope, ScopeKind};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::recorded::{now, root};

/// An account that can be replaced, can refuse reads, and counts them.
#[derive(Default)]
pub(crate) struct World {
    account: Mutex<Account>,
    refused: Mutex<BTreeSet<Facet>>,
    reads: Mutex<Vec<String>>,
    /// What was surveyed since it was forgotten.
    surveyed: Mutex<Vec<String>>,
    closed: Mutex<BTreeSet<Region>>,
    /// When it is read, if that is not when everything is.
    late: Mutex<Option<Timestamp>>,
}

impl World {
    pub(crate) fn set(&self, account: &Value) {
        let mut fresh = Account::default();
        fresh.add(&account.to_string()).unwrap();
        *self.account.lock().unwrap() = fresh;
    }

    pub(crate) fn reads(&self) -> Vec<String> {
        std::mem::take(&mut self.reads.lock().unwrap())
    }
}

impl Inventory for &World {
    #[allow(clippy::await_holding_lock, reason = "one thread, and the account never waits")]
    async fn functions(&self, place: &Place) -> Result<Vec<Listed>, Reason> {
        self.reads.lock().unwrap().push("list".to_owned());
        if self.closed.lock().unwrap().contains(&place.region) {
            return Err(Reason::AccessDenied {
                permission: "lambda:ListFunctions".to_owned(),
            });
        }
        self.account.lock().unwrap().functions_of(place)
    }

    #[allow(clippy::await_holding_lock, reason = "one thread, and the account never waits")]
    async fn roles_with_policy(&self, policy: &Arn) -> Result<Vec<String>, Reason> {
        Ok(self.account.lock().unwrap().roles_of(policy))
    }

    fn regions(&self, account: &AccountId) -> Vec<Region> {
        let world = self.account.lock().unwrap();
        let regions: BTreeSet<Region> = world
            .functions()
            .filter(|function| function.account() == account)
            .map(|function| function.region().clone())
            .collect();
        regions.into_iter().collect()
    }
}

impl Collector for &World {
    async fn collect(&self, scope: &Scope, facets: &FacetSet) -> Facts {
        self.reads
            .lock()
            .unwrap()
            .extend(facets.iter().map(|facet| format!("{facet:?} of {scope}")));
        let refused = self.refused.lock().unwrap().clone();
        let at = self.late.lock().unwrap().unwrap_or_else(now);
        let mut read = self.account.lock().unwrap().read(scope, facets, at);
        for facet in facets.iter().filter(|facet| refused.contains(facet)) {
            read.insert_unreadable(at, facet, Reason::Throttled);
        }
        read
    }

    async fn survey(&self, place: &Place, functions: &BTreeMap<FunctionArn, Facts>) {
        let surveyed = format!("{place}: {}", functions.len());
        self.surveyed.lock().unwrap().push(surveyed);
    }

    fn forget(&self) {
        self.surveyed.lock().unwrap().clear();
    }
}

/// A topic that can be out of order.
#[derive(Default)]
pub(crate) struct Topic {
    broken: Cell<bool>,
    sent: Outbox,
}

impl Topic {
    /// What was sent since the last time.
    pub(crate) fn take(&self) -> Vec<Message> {
        self.sent.take()
    }

    pub(crate) fn breaks(&self, broken: bool) {
        self.broken.set(broken);
    }
}

impl Notifier for &Topic {
    fn publish(&self, message: &Message) -> impl Future<Output = Result<(), PortError>> {
        let broken = self.broken.get();
        async move {
            if broken {
                return Err(PortError {
                    what: "publish".to_owned(),
                    detail: "out of order".to_owned(),
                });
            }
            self.sent.publish(message).await
        }
    }
}

pub(crate) type Tested<'a> = Monitor<&'a World, &'a World, MemoryStore, &'a Topic, FixedClock>;

pub(crate) fn monitor<'a>(world: &'a World, topic: &'a Topic) -> Tested<'a> {
    let home = Place {
        account: "111122223333".parse().unwrap(),
        region: "eu-west-1".parse().unwrap(),
    };
    Monitor {
        inventory: world,
        collector: world,
        store: MemoryStore::default(),
        notifier: topic,
        clock: FixedClock(now()),
        settings: Settings::default(),
        until: None,
        memo: Memo::default(),
        own: Own::new("arn:aws:lambda:eu-west-1:111122223333:function:vigil".parse().unwrap()),
        home,
    }
}

pub(crate) fn run(monitor: &Tested<'_>, intakes: &[Intake]) -> Outcome {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(monitor.handle(intakes))
}

pub(crate) fn statuses(outcome: &Outcome) -> Vec<(String, Status, String)> {
    let transitions = outcome
        .evaluations
        .iter()
        .flat_map(|evaluation| evaluation.transitions.iter());
    transitions
        .map(|transition| {
            let finding = &transition.finding;
            (
                finding.function.name().to_owned(),
                transition.status,
                finding.control.clone(),
            )
        })
        .collect()
}

pub(crate) fn function(name: &str, role: &str) -> Value {
    let arn = format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}");
    json!({
        "FunctionArn": arn,
        "Configuration": {"FunctionName": name, "Role": format!("arn:aws:iam::111122223333:role/{role}"), "Runtime": "python3.13",
            "TracingConfig": {"Mode": "Active"}, "LoggingConfig": {"LogGroup": "/shop/all"}},
        "Policies": [], "FunctionUrlConfigs": [], "Concurrency": {"ReservedConcurrentExecutions": 1}, "Tags": {},
        "EventSourceMappings": [], "FunctionEventInvokeConfigs": [], "Recursion": {"RecursiveLoop": "Terminate"},
        "CodeSigningConfig": {"CodeSigningConfigArn": SIGNED, "CodeSigningPolicies": {"UntrustedArtifactOnDeployment": "Enforce"}},
    })
}

pub(crate) const SIGNED: &str = "arn:aws:lambda:eu-west-1:111122223333:code-signing-config:csc-0a1b2c3d4e5f60718";

/// With a layer of its own account and a key of its own.
fn layered(name: &str) -> Value {
    let mut function = keyed(name, "Enabled");
    function["Configuration"]["Layers"] = json!([{"Arn": "arn:aws:lambda:eu-west-1:111122223333:layer:tools:3"}]);
    function["LayerPolicies"] = json!([]);
    function
}

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/5d2c7b1e-3f4a-4b6c-8d9e-0a1b2c3d4e5f";

/// With a customer key in a state.
fn keyed(name: &str, state: &str) -> Value {
    let mut function = function(name, "r");
    function["Configuration"]["KMSKeyArn"] = json!(KEY);
    function["EnvironmentKey"] = json!({"KeyMetadata": {"Arn": KEY, "KeyState": state}});
    function
}

/// With an event source mapping.
fn mapped(name: &str, id: &str) -> Value {
    let mut function = function(name, "r");
    let source = "arn:aws:sqs:eu-west-1:111122223333:orders";
    function["EventSourceMappings"] = json!([{"UUID": id, "EventSourceArn": source, "State": "Enabled"}]);
    function
}

pub(crate) fn role(name: &str, admin: bool) -> Value {
    let logs = json!({"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "arn:aws:logs:*:111122223333:log-group:/shop/all:*"});
    let traces =
        json!({"Effect": "Allow", "Action": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "Resource": "*"});
    let all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let document = |statement: &Value| json!({"Version": "2012-10-17", "Statement": [statement]});
    let mut inline = vec![
        json!({"PolicyName": "logs", "PolicyDocument": document(&logs)}),
        json!({"PolicyName": "traces", "PolicyDocument": document(&traces)}),
    ];
    if admin {
        inline.push(json!({"PolicyName": "everything", "PolicyDocument": document(&all)}));
    }
    json!({
        "Arn": format!("arn:aws:iam::111122223333:role/{name}"),
        "AssumeRolePolicyDocument": document(&json!({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})),
        "InlinePolicies": inline, "AttachedPolicies": [], "PermissionsBoundary": null, "PolicyFindings": [],
    })
}

pub(crate) fn account(functions: &[Value], roles: &[Value]) -> Value {
    json!({"Functions": functions, "Roles": roles, "Places": [place(&[])]})
}

/// An account and Region in which two alarms hear everything, and others besides.
pub(crate) fn place(alarms: &[Value]) -> Value {
    let everything = |metric: &str| {
        json!({"AlarmName": metric, "ActionsEnabled": true, "AlarmActions": ["arn:aws:sns:eu-west-1:111122223333:on-call"],
            "Namespace": "AWS/Lambda", "MetricName": metric})
    };
    let alarms = [&[everything("Invocations")], alarms].concat();
    let alarms = if alarms.len() == 1 {
        [alarms, vec![everything("Errors")]].concat()
    } else {
        alarms
    };
    let limit = json!({"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 900});
    json!({"Account": "111122223333", "Region": "eu-west-1", "AccountSettings": {"AccountLimit": limit},
        "Alarms": {"MetricAlarms": alarms}})
}

pub(crate) fn public(mut function: Value) -> Value {
    let statement = json!({"Sid": "Everyone", "Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunction", "Resource": function["FunctionArn"]});
    function["Policies"] = json!([{"Policy": {"Version": "2012-10-17", "Statement": [statement]}}]);
    function
}

pub(crate) fn record(source: &str, name: &str, parameters: &Value) -> Vec<Intake> {
    let region = if source.starts_with("iam") {
        "us-east-1"
    } else {
        "eu-west-1"
    };
    let record = json!({"eventVersion": "1.11", "eventSource": source, "eventName": name, "awsRegion": region,
        "eventTime": "2026-11-21T11:59:58Z", "recipientAccountId": "111122223333", "readOnly": false, "managementEvent": true,
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/alice"}, "sourceIPAddress": "203.0.113.9",
        "requestParameters": parameters});
    event::parse(&record).unwrap()
}

pub(crate) fn add_permission(name: &str) -> Vec<Intake> {
    record(
        "lambda.amazonaws.com",
        "AddPermission20150331v2",
        &json!({"functionName": name}),
    )
}

pub(crate) fn put_role_policy(name: &str) -> Vec<Intake> {
    record(
        "iam.amazonaws.com",
        "PutRolePolicy",
        &json!({"roleName": name, "policyName": "p"}),
    )
}

#[test]
fn a_grant_opens_a_doubled_event_says_nothing_and_the_removal_resolves() {
    let (world, topic) = (World::default(), Topic::default());
    let roles = [role("r", false)];
    world.set(&account(&[public(function("orders", "r"))], &roles));
    let monitor = monitor(&world, &topic);
    let opened = run(&monitor, &add_permission("orders"));
    assert_eq!(
        statuses(&opened),
        [("orders".to_owned(), Status::Opened, "invoke-public".to_owned())]
    );
    let transition = &opened.evaluations[0].transitions[0];
    assert_eq!(
        transition.cause.as_ref().unwrap().actor.as_deref(),
        Some("arn:aws:iam::111122223333:user/alice")
    );
    assert!(statuses(&run(&monitor, &add_permission("orders"))).is_empty());
    world.set(&account(&[function("orders", "r")], &roles));
    let resolved = run(&monitor, &add_permission("orders"));
    assert_eq!(
        statuses(&resolved),
        [("orders".to_owned(), Status::Resolved, "invoke-public".to_owned())]
    );
    world.set(&account(&[public(function("orders", "r"))], &roles));
    let reopened = run(&monitor, &add_permission("orders"));
    assert_eq!(
        statuses(&reopened),
        [("orders".to_owned(), Status::Reopened, "invoke-public".to_owned())]
    );
    assert_eq!(topic.sent.take().len(), 3);
}

#[test]
fn a_role_change_reaches_every_function_that_uses_it_and_reads_the_role_once() {
    let (world, topic) = (World::default(), Topic::default());
    let functions = ["one", "two", "three"].map(|name| function(name, "shared"));
    let all = [&functions[..], &[function("other", "r")]].concat();
    world.set(&account(&all, &[role("shared", false), role("r", false)]));
    let monitor = monitor(&world, &topic);
    run(&monitor, &event::parse(&json!({"vigil": "sweep"})).unwrap());
    world.reads();
    world.set(&account(&all, &[role("shared", true), role("r", false)]));
    let outcome = run(&monitor, &put_role_policy("SHARED"));
    let mut admins: Vec<String> = statuses(&outcome)
        .into_iter()
        .filter(|(_, _, control)| control == "role-admin")
        .map(|(name, ..)| name)
        .collect();
    admins.sort();
    assert_eq!(admins, ["one", "three", "two"]);
    assert_eq!(
        world.reads(),
        [
            "RolePolicies of arn:aws:iam::111122223333:role/shared",
            "RolePolicyFindings of arn:aws:iam::111122223333:role/shared"
        ],
        "no call of Lambda, and the role once"
    );
}

#[test]
fn a_warm_grant_costs_one_read() {
    let (world, topic) = (World::default(), Topic::default());
    world.set(&account(&[function("orders", "r")], &[role("r", false)]));
    let monitor = monitor(&world, &topic);
    run(&monitor, &add_permission("orders"));
    world.reads();
    run(&monitor, &add_permission("orders"));
    assert_eq!(
        world.reads(),
        ["ResourcePolicies of arn:aws:lambda:eu-west-1:111122223333:function:orders"]
    );
}

#[test]
fn an_alarm_reaches_the_functions_that_it_watched_and_watches_now() {
    let (world, topic) = (World::default(), Topic::default());
    let functions = ["one", "two", "three"].map(|name| function(name, "r"));
    let with = |watched: &[&str]| {
        let alarm = |name: &&str| {
            json!({"AlarmName": format!("errors-{name}"), "ActionsEnabled": true, "AlarmActions": ["arn:aws:sns:eu-west-1:111122223333:on-call"],
                "Namespace": "AWS/Lambda", "MetricName": "Errors", "Dimensions": [{"Name": "FunctionName", "Value": name}]})
        };
        let alarms: Vec<Value> = watched.iter().map(alarm).collect();
        json!({"Functions": functions, "Roles": [role("r", false)], "Places": [place(&alarms)]})
    };
    world.set(&with(&["one", "two", "three"]));
    let monitor = monitor(&world, &topic);
    run(&monitor, &event::parse(&json!({"vigil": "sweep"})).unwrap());
    world.reads();
    world.set(&with(&["one", "three"]));
    let gone = record(
        "monitoring.amazonaws.com",
        "DeleteAlarms",
        &json!({"alarmNames": ["errors-two"]}),
    );
    let outcome = run(&monitor, &gone);
    let opened = |outcome: &Outcome| -> Vec<String> {
        let shown = |(name, status, control): (String, Status, String)| format!("{name} {status:?} {control}");
        statuses(outcome).into_iter().map(shown).collect()
    };
    assert_eq!(opened(&outcome), ["two Opened alarm-errors-missing"]);
    assert_eq!(outcome.evaluations.len(), 1, "nobody else is judged anew");
    assert_eq!(world.reads(), ["Alarms of 111122223333 in eu-west-1"], "one call");
    world.set(&with(&["one", "two", "three"]));
    let back = record(
        "monitoring.amazonaws.com",
        "PutMetricAlarm",
        &json!({"alarmName": "errors-two"}),
    );
    assert_eq!(opened(&run(&monitor, &back)), ["two Resolved alarm-errors-missing"]);
}

#[test]
fn what_cannot_be_read_never_resolves() {
    // A function outside a VPC has no network to be read; `network.rs` asks the same of one inside.
    let is_read = |facet: &Facet| facet.occasion() == Occasion::Due && facet.scope() != ScopeKind::Vpc;
    for facet in Facet::ALL.into_iter().filter(is_read) {
        let (world, topic) = (World::default(), Topic::default());
        world.set(&account(&[public(layered("orders"))], &[role("r", true)]));
        let monitor = monitor(&world, &topic);
        run(&monitor, &event::parse(&json!({"vigil": "sweep"})).unwrap());
        let before: Vec<Fingerprint> = monitor
            .store
            .all_open()
            .into_iter()
            .map(|open| open.finding.fingerprint)
            .collect();
        assert!(before.len() >= 2);
        world.set(&account(&[layered("orders")], &[role("r", false)]));
        world
            .refused
            .lock()
            .unwrap()
            .extend(Facet::ALL.into_iter().filter(|other| *other == facet));
        let again = json!({"vigil": "recheck", "functions": ["arn:aws:lambda:eu-west-1:111122223333:function:orders"]});
        let outcome = run(&monitor, &event::parse(&again).unwrap());
        let reads = |control: &str| lambda_vigil::controls::find(control).unwrap().reads.contains(&facet);
        assert!(
            statuses(&outcome)
                .iter()
                .all(|(_, status, control)| *status != Status::Resolved || !reads(control)),
            "{facet:?}"
        );
        assert!(!outcome.evaluations[0].unreadable.is_empty());
    }
}

#[test]
fn a_deleted_function_resolves_its_findings() {
    let (world, topic) = (World::default(), Topic::default());
    world.set(&account(
        &[public(function("orders", "r")), function("other", "r")],
        &[role("r", false)],
    ));
    let monitor = monitor(&world, &topic);
    run(&monitor, &add_permission("orders"));
    world.set(&account(&[function("other", "r")], &[role("r", false)]));
    let outcome = run(
        &monitor,
        &record(
            "lambda.amazonaws.com",
            "DeleteFunction20150331",
            &json!({"functionName": "orders"}),
        ),
    );
    assert_eq!(
        statuses(&outcome),
        [("orders".to_owned(), Status::Resolved, "invoke-public".to_owned())]
    );
    assert!(
        outcome.evaluations[0].transitions[0]
            .note
            .as_deref()
            .unwrap()
            .contains("deleted")
    );
    assert!(monitor.store.all_open().is_empty());
}

#[test]
fn a_lost_delete_is_found_by_the_sweep() {
    let (world, topic) = (World::default(), Topic::default());
    world.set(&account(
        &[public(function("orders", "r")), function("other", "r")],
        &[role("r", false)],
    ));
    let monitor = monitor(&world, &topic);
    run(&monitor, &add_permission("orders"));
    world.set(&account(&[function("other", "r")], &[role("r", false)]));
    let outcome = run(&monitor, &event::parse(&json!({"vigil": "sweep"})).unwrap());
    assert!(statuses(&outcome).contains(&("orders".to_owned(), Status::Resolved, "invoke-public".to_owned())));
}

#[test]
fn a_notice_that_could_not_be_sent_is_sent_the_next_time() {
    let (world, topic) = (World::default(), Topic::default());
    world.set(&account(&[public(function("orders", "r"))], &[role("r", false)]));
    let monitor = monitor(&world, &topic);
    topic.broken.set(true);
    let outcome = run(&monitor, &add_permission("orders"));
    assert_eq!(outcome.failures.len(), 1);
    let opened = [("orders".to_owned(), Status::Opened, "invoke-public".to_owned())];
    assert_eq!(statuses(&outcome), opened);
    assert!(outcome.evaluations[0].notices.is_empty(), "nobody was told");
    topic.broken.set(false);
    let outcome = run(&monitor, &add_permission("orders"));
    assert!(statuses(&outcome).is_empty(), "it is known");
    assert_eq!(outcome.evaluations[0].notices.len(), 1, "and told now");
    assert_eq!(topic.sent.take().len(), 1);
    assert!(
        run(&monitor, &add_permission("orders")).evaluations[0]
            .notices
            .is_empty()
    );
}

#[test]
fn a_suppression_silences_and_its_end_speaks() {
    let (world, topic) = (World::default(), Topic::default());
    world.set(&account(&[public(function("orders", "r"))], &[role("r", false)]));
    let mut monitor = monitor(&world, &topic);
    run(&monitor, &add_permission("orders"));
    let text = json!({"suppressions": [{"control": "invoke-public", "function": "orders", "reason": "by design", "expires": "2026-11-30"}]});
    monitor.settings = Settings::parse(&text.to_string()).unwrap();
    let outcome = run(&monitor, &add_permission("orders"));
    assert_eq!(
        statuses(&outcome),
        [("orders".to_owned(), Status::Suppressed, "invoke-public".to_owned())]
    );
    monitor.clock = FixedClock("2026-12-01T00:00:01Z".parse().unwrap());
    let outcome = run(&monitor, &add_permission("orders"));
    assert!(statuses(&outcome).contains(&("orders".to_owned(), Status::Reopened, "invoke-public".to_owned())));
}

fn samples() -> Vec<Vec<Intake>> {
    let mut files: Vec<_> = std::fs::read_dir(root().join("events"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| event::parse_text(&std::fs::read_to_string(file).unwrap()).unwrap())
        .collect()
}

fn recorded_account() -> Account {
    let mut account = Account::default();
    for entry in std::fs::read_dir(root().join("events/account")).unwrap() {
        account
            .add(&std::fs::read_to_string(entry.unwrap().path()).unwrap())
            .unwrap();
    }
    account
}

fn open_after(order: &[usize], samples: &[Vec<Intake>]) -> BTreeSet<Fingerprint> {
    let (world, topic) = (World::default(), Topic::default());
    *world.account.lock().unwrap() = recorded_account();
    let monitor = monitor(&world, &topic);
    for index in order {
        run(&monitor, &samples[*index]);
    }
    monitor
        .store
        .all_open()
        .into_iter()
        .map(|open| open.finding.fingerprint)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_order_and_repetition_of_the_events_ends_the_same(extra in prop::collection::vec(0_usize..10_000, 0..40), seed in any::<u64>()) {
        let samples = samples();
        let mut order: Vec<usize> = (0..samples.len()).chain(extra.iter().map(|index| index % samples.len())).collect();
        let straight: Vec<usize> = (0..samples.len()).collect();
        let mut state = seed | 1;
        for index in (1..order.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            order.swap(index, usize::try_from(state >> 33).unwrap() % (index + 1));
        }
        let expected = open_after(&straight, &samples);
        prop_assert!(expected.len() > 10);
        prop_assert_eq!(open_after(&order, &samples), expected);
    }
}

#[test]
fn the_reversed_and_the_doubled_folder_end_the_same() {
    let samples = samples();
    let straight: Vec<usize> = (0..samples.len()).collect();
    let expected = open_after(&straight, &samples);
    let reversed: Vec<usize> = straight.iter().rev().copied().collect();
    let doubled: Vec<usize> = straight.iter().flat_map(|index| [*index, *index]).collect();
    assert_eq!(open_after(&reversed, &samples), expected);
    assert_eq!(open_after(&doubled, &samples), expected);
}

#[test]
fn functions_are_named_by_every_arn_of_the_recorded_account() {
    let account = recorded_account();
    let names: Vec<&str> = account.functions().map(FunctionArn::name).collect();
    assert_eq!(
        names,
        [
            "checkout-api",
            "image-resizer",
            "legacy-sync",
            "nightly-cleanup",
            "orders-worker",
            "payments-hook",
            "report-export",
            "stock-sync"
        ]
    );
}

#[test]
fn a_delayed_recheck_names_the_call_that_is_awaited() {
    let (world, topic) = (World::default(), Topic::default());
    world.set(&account(&[function("orders", "r")], &[role("r", false)]));
    let monitor = monitor(&world, &topic);
    let intakes = add_permission("orders");
    assert!(
        statuses(&run(&monitor, &intakes)).is_empty(),
        "the read does not show the grant yet"
    );
    let Intake::Changes(changes) = &intakes[0] else {
        panic!("{intakes:?}")
    };
    let functions = ["arn:aws:lambda:eu-west-1:111122223333:function:orders".parse().unwrap()];
    let message = event::recheck_message(&functions, &changes[0].cause);
    world.set(&account(&[public(function("orders", "r"))], &[role("r", false)]));
    let outcome = run(&monitor, &event::parse_text(&message).unwrap());
    let transition = &outcome.evaluations[0].transitions[0];
    assert_eq!(
        (
            transition.status,
            transition.cause.as_ref().unwrap().event_name.as_str()
        ),
        (Status::Opened, "AddPermission20150331v2")
    );
}

#[test]
fn a_role_that_nobody_used_when_it_changed_is_read_again_when_somebody_does() {
    let (world, topic) = (World::default(), Topic::default());
    world.set(&account(
        &[function("a", "r1")],
        &[role("r1", false), role("r2", false)],
    ));
    let monitor = monitor(&world, &topic);
    run(&monitor, &event::parse(&json!({"vigil": "sweep"})).unwrap());
    let roles = [role("r1", true), role("r2", false)];
    world.set(&account(&[function("a", "r2")], &roles));
    run(
        &monitor,
        &record(
            "lambda.amazonaws.com",
            "UpdateFunctionConfiguration20150331v2",
            &json!({"functionName": "a"}),
        ),
    );
    assert!(
        statuses(&run(&monitor, &put_role_policy("r1"))).is_empty(),
        "nobody uses it"
    );
    world.set(&account(&[function("a", "r2"), function("b", "r1")], &roles));
    let outcome = run(
        &monitor,
        &record(
            "lambda.amazonaws.com",
            "CreateFunction20150331",
            &json!({"functionName": "b"}),
        ),
    );
    assert!(statuses(&outcome).contains(&("b".to_owned(), Status::Opened, "role-admin".to_owned())));
}

#[test]
fn a_change_that_only_the_listing_shows_counts() {
    let (world, topic) = (World::default(), Topic::default());
    world.set(&account(
        &[function("a", "r1")],
        &[role("r1", false), role("r2", false)],
    ));
    let mut monitor = monitor(&world, &topic);
    run(&monitor, &event::parse(&json!({"vigil": "sweep"})).unwrap());
    let later = "2026-11-22T15:00:00Z".parse().unwrap();
    monitor.clock = FixedClock(later);
    *world.late.lock().unwrap() = Some(later);
    world.set(&account(&[function("a", "r2")], &[role("r1", false), role("r2", true)]));
    let outcome = run(&monitor, &put_role_policy("r2"));
    assert!(statuses(&outcome).contains(&("a".to_owned(), Status::Opened, "role-admin".to_owned())));
}

#[test]
fn a_first_look_does_not_blame_the_call() {
    let (world, topic) = (World::default(), Topic::default());
    world.set(&account(&[public(function("orders", "r"))], &[role("r", false)]));
    let first = run(&monitor(&world, &topic), &add_permission("orders"));
    assert!(
        first.evaluations[0].transitions[0]
            .note
            .as_deref()
            .unwrap()
            .contains("may be older")
    );
    let created = record(
        "lambda.amazonaws.com",
        "CreateFunction20150331",
        &json!({"functionName": "orders"}),
    );
    assert_eq!(
        run(&monitor(&world, &topic), &created).evaluations[0].transitions[0].note,
        None
    );
    let known = monitor(&world, &topic);
    world.set(&account(&[function("orders", "r")], &[role("r", false)]));
    run(&known, &add_permission("orders"));
    world.set(&account(&[public(function("orders", "r"))], &[role("r", false)]));
    assert_eq!(
        run(&known, &add_permission("orders")).evaluations[0].transitions[0].note,
        None
    );
}

#[test]
fn an_undecided_statement_holds_back_only_its_own_findings() {
    let (world, topic) = (World::default(), Topic::default());
    let mut two = public(function("orders", "r"));
    let undecided = json!({"Sid": "Tagged", "Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunction",
        "Resource": two["FunctionArn"], "Condition": {"SomeNewOperator": {"aws:SourceIp": "203.0.113.0/24"}}});
    two["Policies"][0]["Policy"]["Statement"]
        .as_array_mut()
        .unwrap()
        .push(undecided.clone());
    world.set(&account(&[two.clone()], &[role("r", false)]));
    let monitor = monitor(&world, &topic);
    let opened = run(&monitor, &add_permission("orders"));
    assert_eq!(statuses(&opened).len(), 1);
    assert!(!opened.evaluations[0].unjudged.is_empty());
    two["Policies"][0]["Policy"]["Statement"] = json!([undecided]);
    world.set(&account(&[two], &[role("r", false)]));
    let resolved = run(&monitor, &add_permission("orders"));
    assert_eq!(
        statuses(&resolved),
        [("orders".to_owned(), Status::Resolved, "invoke-public".to_owned())]
    );
}

/// One Region that refuses must not hide the functions of the others.
#[test]
fn a_region_that_refuses_is_said_and_the_others_are_judged() {
    let (world, topic) = (World::default(), Topic::default());
    let mut far = function("far", "shared");
    far["FunctionArn"] = json!("arn:aws:lambda:ap-east-1:111122223333:function:far");
    world.set(&account(&[function("near", "shared"), far], &[role("shared", true)]));
    world.closed.lock().unwrap().insert("ap-east-1".parse().unwrap());
    let outcome = run(&monitor(&world, &topic), &put_role_policy("shared"));
    assert!(statuses(&outcome).contains(&("near".to_owned(), Status::Opened, "role-admin".to_owned())));
    assert!(
        outcome.failures.iter().any(|failure| failure.contains("ap-east-1")),
        "{:?}",
        outcome.failures
    );
}

#[test]
fn layer_policies_are_read_where_the_account_owns_the_layer_and_when_it_is_shared() {
    let (world, topic) = (World::default(), Topic::default());
    world.set(&account(
        &[layered("orders"), function("other", "r")],
        &[role("r", false)],
    ));
    let monitor = monitor(&world, &topic);
    run(&monitor, &event::parse(&json!({"vigil": "sweep"})).unwrap());
    let layers = |reads: Vec<String>| -> Vec<String> {
        let own = reads.into_iter().filter(|read| read.starts_with("LayerPolicies"));
        own.collect()
    };
    let orders = "LayerPolicies of arn:aws:lambda:eu-west-1:111122223333:function:orders";
    assert_eq!(layers(world.reads()), [orders]);

    let mut shared = layered("orders");
    shared["LayerPolicies"] = json!([{"LayerVersionArn": "arn:aws:lambda:eu-west-1:111122223333:layer:tools:3", "Policy":
        {"Version": "2012-10-17", "Statement": [{"Sid": "all", "Effect": "Allow", "Principal": "*", "Action": "lambda:GetLayerVersion", "Resource": "*"}]}}]);
    world.set(&account(&[shared, function("other", "r")], &[role("r", false)]));
    let call = record(
        "lambda.amazonaws.com",
        "AddLayerVersionPermission20181031",
        &json!({"layerName": "tools", "versionNumber": 3}),
    );
    let opened = statuses(&run(&monitor, &call));
    assert!(
        opened.iter().any(|(_, _, control)| *control == "layer-shared-publicly"),
        "{opened:?}"
    );
    assert_eq!(world.reads(), [orders]);
}

#[test]
fn a_disabled_key_is_found_through_the_functions_that_it_encrypts() {
    let (world, topic) = (World::default(), Topic::default());
    let with = |state: &str| account(&[keyed("orders", state), function("other", "r")], &[role("r", false)]);
    world.set(&with("Enabled"));
    let monitor = monitor(&world, &topic);
    run(&monitor, &event::parse(&json!({"vigil": "sweep"})).unwrap());
    let keys: Vec<String> = world
        .reads()
        .into_iter()
        .filter(|read| read.starts_with("EnvironmentKey"))
        .collect();
    let read = "EnvironmentKey of arn:aws:lambda:eu-west-1:111122223333:function:orders";
    assert_eq!(keys, [read], "a function without a customer key costs no call");
    for (call, state, status) in [
        ("DisableKey", "Disabled", Status::Opened),
        ("EnableKey", "Enabled", Status::Resolved),
    ] {
        world.set(&with(state));
        let outcome = run(&monitor, &record("kms.amazonaws.com", call, &json!({"keyId": KEY})));
        assert_eq!(
            statuses(&outcome),
            [("orders".to_owned(), status, "env-key-unusable".to_owned())]
        );
        assert_eq!(world.reads(), [read]);
    }
}

#[test]
fn a_mapping_and_a_signing_configuration_reach_the_functions_that_are_known_to_have_them() {
    let (world, topic) = (World::default(), Topic::default());
    let id = "7c1e4d2a-9b3f-4e5d-8a6c-1f2e3d4c5b6a";
    let mut unsigned = function("unsigned", "r");
    unsigned["CodeSigningConfig"] = json!({});
    world.set(&account(&[mapped("orders", id), unsigned], &[role("r", false)]));
    let monitor = monitor(&world, &topic);
    run(&monitor, &event::parse(&json!({"vigil": "sweep"})).unwrap());
    world.reads();
    let orders = "arn:aws:lambda:eu-west-1:111122223333:function:orders";
    let deleted = record(
        "lambda.amazonaws.com",
        "DeleteEventSourceMapping20150331",
        &json!({"uUID": id}),
    );
    run(&monitor, &deleted);
    assert_eq!(world.reads(), [format!("EventSources of {orders}")]);
    let parameters = json!({"codeSigningConfigArn": SIGNED});
    run(
        &monitor,
        &record("lambda.amazonaws.com", "UpdateCodeSigningConfig", &parameters),
    );
    assert_eq!(world.reads(), [format!("CodeSigning of {orders}")]);
}

#[test]
fn listings_are_asked_for_a_sweep_and_forgotten_before_an_event() {
    let (world, topic) = (World::default(), Topic::default());
    world.set(&account(&[function("orders", "r")], &[role("r", false)]));
    let monitor = monitor(&world, &topic);
    run(&monitor, &event::parse(&json!({"vigil": "sweep"})).unwrap());
    let surveyed = world.surveyed.lock().unwrap().clone();
    assert_eq!(surveyed.len(), 1, "{surveyed:?}");
    run(&monitor, &add_permission("orders"));
    let surveyed = world.surveyed.lock().unwrap().clone();
    assert_eq!(surveyed, [""; 0], "an event is newer than what was listed before it");
}

#[test]
fn what_only_the_sweep_asks_is_not_asked_for_an_event() {
    let (world, topic) = (World::default(), Topic::default());
    let mut scanned = function("orders", "r");
    scanned["Inspection"] = json!({});
    world.set(&account(&[scanned], &[role("r", false)]));
    let monitor = monitor(&world, &topic);
    let opened = run(&monitor, &add_permission("orders"));
    assert!(statuses(&opened).is_empty());
    assert!(world.reads().iter().all(|read| !read.starts_with("Inspection")));
    let swept = run(&monitor, &event::parse(&json!({"vigil": "sweep"})).unwrap());
    let unscanned = ("orders".to_owned(), Status::Opened, "dependencies-unscanned".to_owned());
    assert_eq!(statuses(&swept), [unscanned]);
    assert!(
        statuses(&run(&monitor, &add_permission("orders"))).is_empty(),
        "what the sweep found stays"
    );
}

#[test]
fn a_change_by_hand_is_told_until_the_pipeline_deploys_again() {
    let (world, topic) = (World::default(), Topic::default());
    world.set(&account(&[function("orders", "r")], &[role("r", false)]));
    let mut monitor = monitor(&world, &topic);
    monitor.settings = Settings::parse(r#"{"deployers": ["arn:aws:iam::111122223333:role/ci/deploy"]}"#).unwrap();
    let update = |actor: &str, time: &str| {
        let record = json!({"eventSource": "lambda.amazonaws.com", "eventName": "UpdateFunctionCode20150331v2", "awsRegion": "eu-west-1",
            "eventTime": time, "recipientAccountId": "111122223333", "userIdentity": {"type": "IAMUser", "arn": actor},
            "requestParameters": {"functionName": "orders"}});
        event::parse(&record).unwrap()
    };
    let alice = update("arn:aws:iam::111122223333:user/alice", "2026-11-21T11:00:00Z");
    let changed = |status| [("orders".to_owned(), status, "code-changed-by-person".to_owned())];
    assert_eq!(statuses(&run(&monitor, &alice)), changed(Status::Opened));
    let sweep = event::parse(&json!({"vigil": "sweep"})).unwrap();
    assert!(
        statuses(&run(&monitor, &sweep)).is_empty(),
        "a sweep does not know better"
    );
    let pipeline = update(
        "arn:aws:sts::111122223333:assumed-role/deploy/ci-42",
        "2026-11-21T11:30:00Z",
    );
    assert_eq!(statuses(&run(&monitor, &pipeline)), changed(Status::Resolved));
    assert!(
        statuses(&run(&monitor, &alice)).is_empty(),
        "an older record that comes late does not count"
    );
}
