//! Does a change reach a subscriber, by way of the rule, the queue, the deployed function and the topic, once and only once?

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use super::package::zipped_bootstrap;
use super::site::{Notice, Site, says};
use super::stack::{SOURCE, Stack};
use super::world::World;

#[test]
fn a_public_grant_is_noticed_once_and_its_removal_resolves_it() {
    let site = Site::open();
    let stack = Stack::deploy(&site, zipped_bootstrap(), SOURCE);
    let world = World(&site.client);
    world.role("orders-role", &["orders"]);
    let function = world.function("orders", "orders-role");

    let opened = world.open("orders");
    let notices = stack.report(std::slice::from_ref(&opened));
    assert!(says(&notices, &function, "opened", "invoke-public"), "{notices:#?}");
    let attributes = &notices[0].attributes;
    for name in ["severity", "control", "account", "region", "status"] {
        assert!(attributes.get(name).is_some(), "no attribute {name}: {attributes}");
    }
    let first = stack.calls_since(&BTreeMap::new());
    print("a first look at a function after AddPermission", &first);

    let notices = stack.report(&[opened]);
    assert!(
        notices.is_empty(),
        "the same event a second time is no news: {notices:#?}"
    );

    let closed = world.close("orders");
    let before = stack.calls_since(&BTreeMap::new());
    let notices = stack.report(&[closed]);
    assert!(says(&notices, &function, "resolved", "invoke-public"), "{notices:#?}");
    let calls = stack.calls_since(&before);
    print("RemovePermission on a known function", &calls);
    assert!(
        to(&calls, "Lambda.") <= 4 && to(&calls, "IAM.") == 0,
        "only what may have changed is read again"
    );
}

#[test]
fn an_admin_role_is_noticed_for_each_function_that_uses_it() {
    let site = Site::open();
    let stack = Stack::deploy(&site, zipped_bootstrap(), SOURCE);
    let world = World(&site.client);
    let names = ["orders", "invoices", "parcels"];
    world.role("shared-role", &names);
    let functions: Vec<String> = names.iter().map(|name| world.function(name, "shared-role")).collect();

    let notices = stack.report(&[world.empower("shared-role")]);
    for function in &functions {
        assert!(
            says(&notices, function, "opened", "role-admin"),
            "{function}: {notices:#?}"
        );
    }
    let first = stack.calls_since(&BTreeMap::new());
    print("a first look at three functions after PutRolePolicy", &first);

    let notices = stack.report(&[world.restrain("shared-role")]);
    for function in &functions {
        assert!(
            says(&notices, function, "resolved", "role-admin"),
            "{function}: {notices:#?}"
        );
    }
    let calls = stack.calls_since(&first);
    print("DeleteRolePolicy on a known role of three functions", &calls);
    assert!(
        to(&calls, "IAM.") <= 4 && to(&calls, "Lambda.") == 0,
        "the role is read once, its functions not at all"
    );
}

fn total(calls: &BTreeMap<String, u64>) -> u64 {
    calls.values().sum()
}

fn to(calls: &BTreeMap<String, u64>, service: &str) -> u64 {
    let its = calls.iter().filter(|(operation, _)| operation.starts_with(service));
    its.map(|(_, count)| count).sum()
}

fn print(what: &str, calls: &BTreeMap<String, u64>) {
    eprintln!("{what}: {} API calls: {calls:?}", total(calls));
}

#[test]
fn what_a_read_does_not_show_is_found_by_looking_again() {
    let site = Site::open();
    let stack = Stack::deploy(&site, zipped_bootstrap(), SOURCE);
    let world = World(&site.client);
    world.role("orders-role", &["orders"]);
    let function = world.function("orders", "orders-role");
    // As if what answers the read had not heard of it yet: it is there only when nobody tells of it any more.
    let opened = world.open("orders");
    world.close("orders");
    let notices = stack.report(&[opened]);
    assert!(!says(&notices, &function, "opened", "invoke-public"), "{notices:#?}");
    world.open("orders");
    let started = Instant::now();
    while !says(&stack.notices(), &function, "opened", "invoke-public") {
        assert!(
            started.elapsed() < Duration::from_mins(2),
            "nobody has looked again\n{}",
            stack.log().join("\n")
        );
        thread::sleep(Duration::from_millis(500));
    }
    eprintln!("found {:.0?} after it was there", started.elapsed());
}

#[test]
fn nobody_else_can_publish_a_notice() {
    let site = Site::open();
    let stack = Stack::deploy(&site, zipped_bootstrap(), SOURCE);
    let topic = stack.output("TopicArn");
    let forged = [("TopicArn", topic), ("Message", "all is well")];
    assert_eq!(site.client.refused("sns", "Publish", &forged), "AuthorizationError");
    assert!(stack.notices().is_empty());
}

#[test]
fn a_sweep_finds_what_no_event_told_and_nothing_wrong_with_the_monitor() {
    let site = Site::open();
    let stack = Stack::deploy(&site, zipped_bootstrap(), SOURCE);
    let world = World(&site.client);
    world.trail("everything");
    world.role("orders-role", &["orders"]);
    let function = world.function("orders", "orders-role");
    world.open("orders");

    let notices = stack.sweep();
    assert!(says(&notices, &function, "opened", "invoke-public"), "{notices:#?}");
    let own = notices
        .iter()
        .filter(|notice| notice.body["function"] != function.as_str());
    // The monitor has to read every function and to ask itself for the rest of a sweep, and says so of itself; nobody signed its
    // package, and Inspector is not switched on.
    let own_doing = [
        "role-wildcard-resource",
        "recursion-allowed",
        "code-unsigned",
        "dependencies-unscanned",
    ];
    let told = own.flat_map(|notice| notice.body["transitions"].as_array().cloned().unwrap_or_default());
    let others: Vec<_> = told
        .filter(|entry| !own_doing.iter().any(|control| entry["control"] == *control))
        .collect();
    assert!(others.is_empty(), "{others:#?}");
    assert!(stack.sweep().is_empty(), "a second sweep finds no news");
}

#[test]
fn whoever_blinds_the_monitor_is_told_and_so_is_the_end_of_it() {
    let site = Site::open();
    let stack = Stack::deploy(&site, zipped_bootstrap(), SOURCE);
    let world = World(&site.client);
    world.trail("everything");
    let own = stack.function_arn();
    let blinded = |notices: &[Notice], status: &str| says(notices, &own, status, "monitor-blinded");

    assert!(!blinded(&stack.sweep(), "opened"), "all is as it was deployed");
    let notices = stack.report(&[world.log("everything", false)]);
    assert!(blinded(&notices, "opened"), "{notices:#?}");
    assert!(notices[0].body.to_string().contains("user/alice"), "{notices:#?}");
    let trouble = stack.trouble.notices();
    assert!(
        blinded(&trouble, "opened"),
        "those who look after the monitor hear it, too: {trouble:#?}"
    );
    let notices = stack.report(&[world.log("everything", true)]);
    assert!(blinded(&notices, "resolved"), "{notices:#?}");

    let notices = stack.report(&[world.pass("RoleRule", false)]);
    assert!(blinded(&notices, "opened"), "{notices:#?}");
    assert!(blinded(&stack.report(&[world.pass("RoleRule", true)]), "resolved"));
}
