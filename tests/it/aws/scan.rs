//! Does a look at a live account from the command line find what the monitor would, and do its files say the same again?

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::{Value, json};

use super::command::vigil;
use super::server::REGION;
use super::site::Site;
use super::world::World;

/// Functions: one that anyone may invoke, one whose role may do all, and one in order.
fn people(site: &Site) -> World<'_> {
    let world = World(&site.client);
    for name in ["orders", "parcels", "returns"] {
        let role = format!("{name}-role");
        world.role(&role, &[name]);
        world.function(name, &role);
    }
    world.open("orders");
    world.empower("parcels-role");
    world
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn lines(output: &Output) -> Vec<Value> {
    let lines = text(&output.stdout);
    lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON Lines"))
        .collect()
}

/// Function, control and what has become of it.
fn told(output: &Output) -> BTreeSet<(String, String, String)> {
    let lines = lines(output).into_iter().filter(|line| line["type"] == "transition");
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    lines
        .map(|line| {
            let function = word(&line["finding"]["function"]);
            let name = function.rsplit(':').next().unwrap_or_default().to_owned();
            (name, word(&line["finding"]["control"]), word(&line["status"]))
        })
        .collect()
}

fn has(told: &BTreeSet<(String, String, String)>, function: &str, control: &str, status: &str) -> bool {
    told.contains(&(function.to_owned(), control.to_owned(), status.to_owned()))
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("scan-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

#[test]
fn a_scan_finds_what_is_there_and_the_next_one_what_came_and_went() {
    let site = Site::open();
    let world = people(&site);
    let folder = folder("state");
    std::fs::create_dir_all(&folder).expect("a folder for the state");
    let state = folder.join("state.redb");
    let state = state.to_str().expect("a path");
    let scan = || {
        vigil(
            &site,
            &[
                "scan", "--region", REGION, "--format", "jsonl", "--share", "100", "--state", state,
            ],
        )
    };

    let first = scan();
    let found = told(&first);
    assert_eq!(first.status.code(), Some(1), "{}", text(&first.stderr));
    assert!(
        has(&found, "orders", "invoke-public", "opened"),
        "{found:?}\n{}",
        text(&first.stderr)
    );
    assert!(has(&found, "parcels", "role-admin", "opened"), "{found:?}");
    assert!(
        !found
            .iter()
            .any(|(name, control, _)| name == "returns" && control.starts_with("invoke")),
        "{found:?}"
    );
    let cost = text(&first.stderr);
    eprintln!("{cost}");
    assert!(
        cost.contains("3 functions; ") && cost.contains("of them to Lambda"),
        "{cost}"
    );
    assert!(!text(&first.stdout).contains("monitor-blinded"), "nothing feeds a scan");

    let read = vigil(&site, &["scan", "--region", REGION, "--share", "100"]);
    let read = text(&read.stdout);
    eprintln!("{read}");
    assert!(read.contains("opened    critical      parcels  role-admin"), "{read}");

    world.close("orders");
    world.open("returns");
    let second = told(&scan());
    assert!(has(&second, "orders", "invoke-public", "resolved"), "{second:?}");
    assert!(has(&second, "returns", "invoke-public", "opened"), "{second:?}");
    assert!(
        !second.iter().any(|(name, ..)| name == "parcels"),
        "known already: {second:?}"
    );
    let _ = std::fs::remove_dir_all(&folder);
}

/// How many functions the account has: so many that a few pages count little.
const MANY: usize = 40;

/// Functions of a dozen roles, some of them with a flaw that not every look sees.
fn town(site: &Site) {
    let world = World(&site.client);
    for role in 0..12 {
        let names: Vec<String> = (0..MANY)
            .filter(|at| at % 12 == role)
            .map(|at| format!("f{at}"))
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        world.role(&format!("role-{role}"), &names);
        for name in names {
            world.function(name, &format!("role-{role}"));
        }
    }
    world.empower("role-3");
    world.open("f0");
    world.open_alias("f2", "live");
    world.unreserve("f4");
    world.unreserve("f5");
    world.tag(
        "f5",
        &json!({"vigil:accept/concurrency-unreserved": "a batch job that nobody waits for"}),
    );
}

/// The number before a word in what was told aside.
fn count(told: &str, before: &str) -> f64 {
    let (left, _) = told.split_once(before).expect("the costs");
    let digits = left.rsplit([' ', '(']).next().unwrap_or_default();
    digits
        .parse()
        .unwrap_or_else(|_| panic!("`{digits}` before `{before}`: {told}"))
}

#[test]
fn a_scan_costs_two_calls_of_lambda_for_each_function_and_a_deep_one_sees_the_rest() {
    let site = Site::open();
    town(&site);
    let scan = |more: &[&str]| {
        let usual = ["scan", "--region", REGION, "--format", "jsonl", "--share", "100"];
        vigil(&site, &[&usual, more].concat())
    };
    let (quick, deep) = (scan(&[]), scan(&["--deep"]));
    let (cost, deep_cost) = (text(&quick.stderr), text(&deep.stderr));
    eprintln!("{cost}\n{deep_cost}");
    let each = count(&cost, " a function)");
    assert!(each <= 2.2, "{cost}");
    assert!(cost.contains("left out: policies of versions and aliases"), "{cost}");
    assert!(!deep_cost.contains("left out"), "{deep_cost}");
    // Twelve roles of one inline policy each: one listing, and the job that works out what each of them used, asked for until it is done.
    assert!(count(&cost, " to IAM") <= 1.0 + 12.0 * 3.0, "{cost}");

    let (quick, deep) = (told(&quick), told(&deep));
    for (function, control) in [("f0", "invoke-public"), ("f3", "role-admin"), ("f39", "role-admin")] {
        assert!(
            has(&quick, function, control, "opened"),
            "{function} {control}: {quick:?}"
        );
    }
    let left_out = [("f2", "invoke-public"), ("f4", "concurrency-unreserved")];
    for (function, control) in left_out {
        assert!(
            !has(&quick, function, control, "opened"),
            "{function} {control}: {quick:?}"
        );
        assert!(
            has(&deep, function, control, "opened"),
            "{function} {control}: {deep:?}"
        );
    }
    assert!(quick.is_subset(&deep), "{:?}", quick.difference(&deep));
    let accepted = |told: &BTreeSet<_>| has(told, "f5", "concurrency-unreserved", "opened");
    assert!(!accepted(&deep), "a tag accepts it: {deep:?}");
}

#[test]
fn a_quick_look_resolves_what_it_sees_and_holds_what_it_does_not() {
    let site = Site::open();
    let world = people(&site);
    world.open_alias("parcels", "live");
    let folder = folder("depth");
    std::fs::create_dir_all(&folder).expect("a folder for the state");
    let state = folder.join("state.redb");
    let state = state.to_str().expect("a path");
    let scan = |more: &[&str]| {
        let usual = [
            "scan", "--region", REGION, "--format", "jsonl", "--share", "100", "--state", state,
        ];
        told(&vigil(&site, &[&usual, more].concat()))
    };
    let deep = scan(&["--deep"]);
    for function in ["orders", "parcels"] {
        assert!(has(&deep, function, "invoke-public", "opened"), "{deep:?}");
    }
    world.close("orders");
    let quick = scan(&[]);
    assert!(has(&quick, "orders", "invoke-public", "resolved"), "{quick:?}");
    assert!(!has(&quick, "parcels", "invoke-public", "resolved"), "{quick:?}");
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn a_recorded_account_is_judged_as_the_live_one() {
    let site = Site::open();
    people(&site);
    let folder = folder("record");
    let place = folder.to_str().expect("a path");
    let recorded = vigil(
        &site,
        &["record", "--region", REGION, "--share", "100", "--output", place],
    );
    eprintln!("{}", text(&recorded.stderr));
    assert!(folder.join("functions.json").exists() && folder.join("roles.json").exists());
    let again = vigil(&site, &["record", "--region", REGION, "--output", place]);
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("is not empty"), "{}", text(&again.stderr));

    let live = told(&vigil(
        &site,
        &[
            "scan", "--region", REGION, "--format", "jsonl", "--share", "100", "--deep",
        ],
    ));
    let sweep = folder.with_extension("sweep.json");
    std::fs::write(&sweep, r#"{"vigil":"sweep"}"#).expect("an event");
    let event = sweep.to_str().expect("a path");
    let replayed = vigil(&site, &["replay", "--account", place, "--format", "jsonl", event]);
    let of_functions = |told: BTreeSet<(String, String, String)>| -> BTreeSet<_> {
        told.into_iter().filter(|(name, ..)| name != "lambda-vigil").collect()
    };
    let (live, replayed) = (of_functions(live), of_functions(told(&replayed)));
    assert!(live.len() > 5, "{live:?}");
    assert_eq!(live, replayed);
    let _ = std::fs::remove_dir_all(&folder);
    let _ = std::fs::remove_file(&sweep);
}

#[test]
fn one_function_is_recorded_by_its_name_and_a_wrong_name_is_an_error() {
    let site = Site::open();
    people(&site);
    let folder = folder("one");
    let place = folder.to_str().expect("a path");
    vigil(
        &site,
        &[
            "record",
            "--region",
            REGION,
            "--share",
            "100",
            "--function",
            "parcels",
            "--output",
            place,
        ],
    );
    let functions = std::fs::read_to_string(folder.join("functions.json")).expect("what was recorded");
    let functions: Value = serde_json::from_str(&functions).expect("JSON");
    assert_eq!(functions["Functions"].as_array().map(Vec::len), Some(1), "{functions}");
    let roles = std::fs::read_to_string(folder.join("roles.json")).expect("its role");
    assert!(
        roles.contains("parcels-role") && !roles.contains("orders-role"),
        "{roles}"
    );
    let _ = std::fs::remove_dir_all(&folder);
    let wrong = vigil(
        &site,
        &["record", "--region", REGION, "--function", "nobody", "--output", place],
    );
    assert_eq!(wrong.status.code(), Some(2));
    assert!(
        text(&wrong.stderr).contains("there is no function `nobody`"),
        "{}",
        text(&wrong.stderr)
    );
    let _ = std::fs::remove_dir_all(&folder);
}
