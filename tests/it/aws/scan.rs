//! Does a look at a live account from the command line find what the monitor would, and do its files say the same again?

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

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
        &["scan", "--region", REGION, "--format", "jsonl", "--share", "100"],
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
