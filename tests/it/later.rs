//! What is looked at once more: changes that a read did not show yet, functions that Lambda is still at, the rest of a long sweep.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::SignedDuration;
use lambda_vigil::event::{self, Intake};
use lambda_vigil::history::Status;
use lambda_vigil::monitor::{Later, Outcome};
use lambda_vigil::report::Occasion;
use lambda_vigil::settings::Settings;
use serde_json::{Value, json};

use crate::monitor::{Tested, Topic, World, account, function, monitor, public, record, role, run, statuses};
use crate::recorded::now;

fn lambda(call: &str, parameters: &Value) -> Vec<Intake> {
    record("lambda.amazonaws.com", call, parameters)
}

fn iam(call: &str, parameters: &Value) -> Vec<Intake> {
    record("iam.amazonaws.com", call, parameters)
}

fn grant() -> Vec<Intake> {
    lambda(
        "AddPermission20150331v2",
        &json!({"functionName": "orders", "statementId": "Everyone", "principal": "*"}),
    )
}

fn revoke() -> Vec<Intake> {
    lambda(
        "RemovePermission20150331v2",
        &json!({"functionName": "orders", "statementId": "Everyone"}),
    )
}

/// How long until each question, and the inputs that it becomes by way of the queue.
fn asked(outcome: &Outcome) -> Vec<(u64, Vec<Intake>)> {
    let messages = outcome.later.iter().flat_map(|later| {
        later
            .messages()
            .into_iter()
            .map(|message| (later.pause().as_secs(), message))
    });
    messages
        .map(|(pause, message)| (pause, event::parse_text(&message).unwrap()))
        .collect()
}

/// The only question.
fn again(outcome: &Outcome, pause: u64) -> Vec<Intake> {
    let mut asked = asked(outcome);
    assert_eq!(asked.len(), 1, "{asked:?}");
    let (after, intakes) = asked.remove(0);
    assert_eq!(after, pause);
    intakes
}

fn opens(outcome: &Outcome, control: &str) -> bool {
    statuses(outcome)
        .iter()
        .any(|(_, status, of)| *status == Status::Opened && of == control)
}

fn world(functions: &[Value], roles: &[Value]) -> World {
    let world = World::default();
    world.set(&account(functions, roles));
    world
}

#[test]
fn a_read_that_is_behind_is_made_again_and_names_who_it_was() {
    let topic = Topic::default();
    let world = world(&[function("orders", "r")], &[role("r", false)]);
    let monitor = monitor(&world, &topic);
    let outcome = run(&monitor, &grant());
    assert!(!opens(&outcome, "invoke-public"));
    let later = again(&outcome, 15);

    world.set(&account(&[public(function("orders", "r"))], &[role("r", false)]));
    let outcome = run(&monitor, &later);
    assert!(opens(&outcome, "invoke-public"));
    assert!(outcome.later.is_empty(), "{:?}", outcome.later);
    let told: Value = serde_json::from_str(&topic.take().pop().unwrap().bodies["default"]).unwrap();
    let cause = &told["transitions"][0]["cause"];
    assert_eq!(
        (&cause["eventName"], &cause["actor"]),
        (
            &json!("AddPermission20150331v2"),
            &json!("arn:aws:iam::111122223333:user/alice")
        )
    );

    let outcome = run(&monitor, &revoke());
    assert_eq!(again(&outcome, 15).len(), 1, "it is still there");
}

#[test]
fn what_no_read_shows_is_unconfirmed_in_the_end() {
    let topic = Topic::default();
    let world = world(&[function("orders", "r")], &[role("r", false)]);
    let monitor = monitor(&world, &topic);
    let mut intakes = grant();
    for pause in [15, 60, 300] {
        let outcome = run(&monitor, &intakes);
        assert!(outcome.unconfirmed.is_empty());
        intakes = again(&outcome, pause);
    }
    let outcome = run(&monitor, &intakes);
    assert!(outcome.later.is_empty());
    assert_eq!(outcome.unconfirmed.len(), 1);
    assert_eq!(outcome.unconfirmed[0].cause.event_name, "AddPermission20150331v2");
}

#[test]
fn what_was_undone_or_is_long_ago_is_not_awaited() {
    let topic = Topic::default();
    let world = world(&[function("orders", "r")], &[role("r", false)]);
    let mut monitor = monitor(&world, &topic);
    let both = [grant(), revoke()].concat();
    assert!(run(&monitor, &both).later.is_empty(), "the last call counts");
    assert!(
        run(
            &monitor,
            &lambda("PublishVersion20150331", &json!({"functionName": "orders"}))
        )
        .later
        .is_empty()
    );
    monitor.clock.0 = now() + SignedDuration::from_hours(2);
    assert!(
        run(&monitor, &grant()).later.is_empty(),
        "whatever came since had a record of its own"
    );
}

#[test]
fn a_roles_change_is_awaited_once_for_all_of_its_functions() {
    let topic = Topic::default();
    let functions = [function("orders", "r"), function("invoices", "r")];
    let world = world(&functions, &[role("r", false)]);
    let monitor = monitor(&world, &topic);
    let put = |document: &str| {
        let parameters = json!({"roleName": "r", "policyName": "everything", "policyDocument": document});
        iam("PutRolePolicy", &parameters)
    };
    let all = r#"{"Version":"2012-10-17","Statement":[{"Resource":"*","Action":"*","Effect":"Allow"}]}"#;
    let later = again(&run(&monitor, &put(all)), 15);
    world.set(&account(&functions, &[role("r", true)]));
    let outcome = run(&monitor, &later);
    assert!(
        outcome.later.is_empty(),
        "the same document, written otherwise: {:?}",
        outcome.later
    );
    let opened = statuses(&outcome);
    let opened: BTreeSet<&str> = opened
        .iter()
        .filter(|(_, _, control)| control == "role-admin")
        .map(|(function, ..)| function.as_str())
        .collect();
    assert_eq!(opened.into_iter().collect::<Vec<_>>(), ["invoices", "orders"]);

    let other = all.replace("Allow", "Deny");
    again(&run(&monitor, &put(&other)), 15);
    let gone = json!({"roleName": "r", "policyName": "everything"});
    again(&run(&monitor, &iam("DeleteRolePolicy", &gone)), 15);
    for (call, parameters) in [
        (
            "AttachRolePolicy",
            json!({"roleName": "r", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
        ),
        (
            "UpdateAssumeRolePolicy",
            json!({"roleName": "r", "policyDocument": "{}"}),
        ),
        (
            "PutRolePermissionsBoundary",
            json!({"roleName": "r", "permissionsBoundary": "arn:aws:iam::111122223333:policy/b"}),
        ),
    ] {
        again(&run(&monitor, &iam(call, &parameters)), 15);
    }
    for (call, parameters) in [
        (
            "DetachRolePolicy",
            json!({"roleName": "r", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
        ),
        ("DeleteRolePermissionsBoundary", json!({"roleName": "r"})),
    ] {
        assert!(run(&monitor, &iam(call, &parameters)).later.is_empty(), "{call} shows");
    }
}

#[test]
fn a_new_function_that_does_not_show_yet_is_looked_for() {
    let (topic, world) = (Topic::default(), World::default());
    world.set(&account(&[function("other", "r")], &[role("r", false)]));
    let monitor = monitor(&world, &topic);
    let arn = "arn:aws:lambda:eu-west-1:111122223333:function:orders";
    let created = json!({"eventVersion": "1.11", "eventSource": "lambda.amazonaws.com", "eventName": "CreateFunction20150331",
        "awsRegion": "eu-west-1", "eventTime": "2026-11-21T11:59:58Z", "recipientAccountId": "111122223333", "readOnly": false,
        "requestParameters": {"functionName": "orders"},
        "responseElements": {"functionArn": arn, "lastModified": "2026-11-21T11:59:57.000+0000"}});
    let later = again(&run(&monitor, &event::parse(&created).unwrap()), 15);
    let mut orders = public(function("orders", "r"));
    orders["Configuration"]["LastModified"] = json!("2026-11-21T11:59:56.000+0000");
    world.set(&account(&[orders.clone()], &[role("r", false)]));
    let outcome = run(&monitor, &later);
    assert!(opens(&outcome, "invoke-public"), "what shows is judged at once");
    let later = again(&outcome, 60);
    orders["Configuration"]["LastModified"] = json!("2026-11-21T11:59:57.000+0000");
    world.set(&account(&[orders], &[role("r", false)]));
    assert!(run(&monitor, &later).later.is_empty());
}

#[test]
fn a_function_that_lambda_is_still_at_is_judged_now_and_later() {
    let topic = Topic::default();
    let mut orders = public(function("orders", "r"));
    orders["Configuration"]["LastUpdateStatus"] = json!("InProgress");
    let world = world(&[orders.clone()], &[role("r", false)]);
    let monitor = monitor(&world, &topic);
    let update = lambda(
        "UpdateFunctionConfiguration20150331v2",
        &json!({"functionName": "orders"}),
    );
    let outcome = run(&monitor, &update);
    assert!(opens(&outcome, "invoke-public"));
    let mut later = again(&outcome, 15);
    for pause in [60, 300] {
        later = again(&run(&monitor, &later), pause);
    }
    let outcome = run(&monitor, &later);
    assert!(
        outcome.later.is_empty() && outcome.unconfirmed.is_empty(),
        "it takes long, and that is all"
    );

    let later = again(&run(&monitor, &update), 15);
    orders["Configuration"]["LastUpdateStatus"] = json!("Successful");
    orders["Configuration"]["TracingConfig"]["Mode"] = json!("PassThrough");
    world.set(&account(&[orders], &[role("r", false)]));
    let outcome = run(&monitor, &later);
    assert!(opens(&outcome, "tracing-inactive") && outcome.later.is_empty());
}

#[test]
fn messages_to_itself_stay_small() {
    let changes: Vec<_> = (0..25)
        .flat_map(|_| grant())
        .flat_map(|intake| match intake {
            Intake::Changes(changes) => changes,
            other => panic!("{other:?}"),
        })
        .collect();
    let later = Later::Look {
        changes,
        pause: Duration::from_secs(15),
    };
    let messages = later.messages();
    assert_eq!(messages.len(), 3);
    assert!(messages.iter().all(|message| message.len() < 20_000));
    let many = json!({"vigil": "look-again", "changes": vec![json!({}); 101]});
    assert!(event::parse(&many).is_err());
}

/// Twenty functions of three roles, each open to everyone.
fn town() -> Value {
    let functions: Vec<Value> = (0..20)
        .map(|number| public(function(&format!("f{number:02}"), &format!("r{}", number % 3))))
        .collect();
    account(&functions, &["r0", "r1", "r2"].map(|name| role(name, false)))
}

fn sweep() -> Vec<Intake> {
    event::parse(&json!({"vigil": "sweep"})).unwrap()
}

fn judged(outcome: &Outcome) -> Vec<String> {
    let names = outcome
        .evaluations
        .iter()
        .map(|evaluation| evaluation.function.name().to_owned());
    names.collect()
}

/// Its time is always up after what it has begun with.
fn in_haste(monitor: &mut Tested<'_>) {
    monitor.until = Some(now());
}

#[test]
fn a_long_sweep_goes_on_where_it_stopped_and_is_summed_up_once() {
    let (topic, world) = (Topic::default(), World::default());
    world.set(&town());
    let mut monitor = monitor(&world, &topic);
    in_haste(&mut monitor);
    let (mut intakes, mut all, mut runs) = (sweep(), Vec::new(), 0);
    let last = loop {
        let outcome = run(&monitor, &intakes);
        assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
        all.extend(judged(&outcome));
        runs += 1;
        if outcome.later.is_empty() {
            break outcome;
        }
        assert!(
            outcome.digests.is_empty() && topic.take().is_empty(),
            "it is told as one"
        );
        intakes = again(&outcome, 0);
    };
    assert_eq!((runs, all.len()), (3, 20), "{all:?}");
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 20, "each once");
    assert_eq!(last.digests.len(), 1);
    assert_eq!(
        (last.digests[0].occasion, last.digests[0].notices.len()),
        (Occasion::Baseline, 20)
    );
    assert_eq!(topic.take().len(), 1);

    // Everything is known, and was told.
    monitor.until = None;
    let outcome = run(&monitor, &sweep());
    assert!(outcome.digests.is_empty() && topic.take().is_empty());
    assert_eq!(judged(&outcome).len(), 20);
}

#[test]
fn events_do_not_wait_for_a_sweep() {
    let (topic, world) = (Topic::default(), World::default());
    world.set(&town());
    let mut monitor = monitor(&world, &topic);
    in_haste(&mut monitor);
    let mut intakes = sweep();
    let first = run(&monitor, &intakes);
    intakes = again(&first, 0);
    // One that the rest of the sweep would not come to any more.
    let done = judged(&first)[0].clone();
    intakes.extend(lambda("AddPermission20150331v2", &json!({"functionName": done})));
    let outcome = run(&monitor, &intakes);
    assert!(judged(&outcome).contains(&done));
}

#[test]
fn what_fails_in_a_part_of_a_sweep_is_asked_for_by_itself_and_keeps_nobody_waiting() {
    let (topic, world) = (Topic::default(), World::default());
    world.set(&town());
    let mut monitor = monitor(&world, &topic);
    run(&monitor, &sweep());
    topic.take();
    in_haste(&mut monitor);
    let quiet: Vec<Value> = (0..20).map(|number| function(&format!("f{number:02}"), "r0")).collect();
    world.set(&account(&quiet, &[role("r0", false)]));
    topic.breaks(true);
    let outcome = run(&monitor, &sweep());
    assert!(outcome.failures.is_empty() && !outcome.put_off.is_empty());
    let asked = asked(&outcome);
    let [(300, behind), (0, rest)] = asked.as_slice() else {
        panic!("{:?}", outcome.later);
    };
    topic.breaks(false);
    let told = run(&monitor, behind).evaluations.len();
    assert_eq!(
        (told, topic.take().is_empty()),
        (8, false),
        "what could not be told is told"
    );
    assert_eq!(judged(&run(&monitor, rest)).len(), 8);

    // The last part has nobody to leave it to.
    monitor.until = None;
    world.set(&town());
    topic.breaks(true);
    let outcome = run(&monitor, &sweep());
    assert!(
        !outcome.failures.is_empty() && outcome.later.is_empty(),
        "the input comes again"
    );
}

#[test]
fn an_event_beside_a_first_sweep_is_told_at_once() {
    let (topic, world) = (Topic::default(), World::default());
    world.set(&town());
    let mut monitor = monitor(&world, &topic);
    in_haste(&mut monitor);
    let mut intakes = sweep();
    intakes.extend(lambda("AddPermission20150331v2", &json!({"functionName": "f19"})));
    let outcome = run(&monitor, &intakes);
    assert_eq!(
        topic.take().len(),
        1,
        "that is news, and the sweep has yet to find the rest"
    );
    assert_eq!(outcome.later.len(), 1);
}

#[test]
fn the_parts_of_a_sweep_share_what_may_leave_one_by_one() {
    let (topic, world) = (Topic::default(), World::default());
    let functions = |tracing: &str| -> Vec<Value> {
        let with = |number: usize| {
            let mut function = function(&format!("f{number:02}"), "r0");
            function["Configuration"]["TracingConfig"]["Mode"] = json!(tracing);
            function
        };
        (0..20).map(with).collect()
    };
    world.set(&account(&functions("Active"), &[role("r0", false)]));
    let mut monitor = monitor(&world, &topic);
    monitor.settings = Settings::parse(r#"{"individualNotices": 10}"#).unwrap();
    run(&monitor, &sweep());
    topic.take();
    world.set(&account(&functions("PassThrough"), &[role("r0", false)]));
    in_haste(&mut monitor);
    let (mut intakes, mut digests) = (sweep(), 0);
    loop {
        let outcome = run(&monitor, &intakes);
        digests += outcome.digests.len();
        if outcome.later.is_empty() {
            break;
        }
        intakes = again(&outcome, 0);
    }
    assert_eq!(
        (topic.take().len(), digests),
        (10 + digests, 2),
        "eight and two by themselves, then six and four together"
    );
}

#[test]
fn a_sweep_in_which_something_went_wrong_does_not_say_that_a_suppression_covers_nothing() {
    let (topic, world) = (Topic::default(), World::default());
    world.set(&town());
    let mut monitor = monitor(&world, &topic);
    monitor.settings = Settings::parse(
        r#"{"suppressions": [{"control": "url-public", "function": "nobodys", "reason": "of old", "expires": "2027-06-30"}]}"#,
    )
    .unwrap();
    let is_told = |monitor: &Tested<'_>| {
        let open = monitor.store.all_open();
        open.iter().any(|open| open.finding.control == "suppression-unused")
    };
    run(
        &monitor,
        &lambda("PublishVersion20150331", &json!({"functionName": "f00"})),
    );
    topic.breaks(true);
    assert!(!run(&monitor, &sweep()).failures.is_empty());
    assert!(!is_told(&monitor), "not everything was judged and told");
    topic.breaks(false);
    assert!(run(&monitor, &sweep()).failures.is_empty());
    assert!(is_told(&monitor));
}
