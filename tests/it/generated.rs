//! The generated blocks equal the files, and the licences of what is linked are permissive.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use lambda_vigil::generate::{BLOCKS, refreshed};

use crate::recorded::root;

#[test]
fn generated_blocks_are_current() {
    for block in BLOCKS {
        let text = std::fs::read_to_string(root().join(block.file)).unwrap();
        let current = refreshed(&text, block).unwrap();
        assert!(
            current == text,
            "{} {}: run `cargo run -- generate`",
            block.file,
            block.name
        );
    }
}

/// What the code calls to read what is judged, as it names the permission that a refusal would be missing.
fn called() -> BTreeSet<String> {
    let name = regex::Regex::new(r#""([a-z0-9-]+:[A-Z][A-Za-z0-9]+)""#).unwrap();
    let mut called = BTreeSet::new();
    let mut folders = vec![root().join("src/aws/collect")];
    let inventory = root().join("src/aws/inventory.rs");
    let mut texts = vec![std::fs::read_to_string(inventory).unwrap()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                texts.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    for text in texts {
        let code = text.split("#[cfg(test)]").next().unwrap();
        called.extend(name.captures_iter(code).map(|found| found[1].to_owned()));
    }
    called
}

#[test]
fn the_roles_may_make_the_calls_that_the_code_makes_and_no_other() {
    let mut called = called();
    assert!(called.len() > 40, "{called:?}");
    // On request only, with a statement of its own.
    assert!(called.remove("lambda:GetFunction"));
    let (needed, all) = (lambda_vigil::generate::needed(), lambda_vigil::generate::reads());
    assert_eq!(all, called.iter().map(String::as_str).collect());
    // Only `vigil scan` asks the listings that spare calls.
    for (template, allowed) in [("infra/monitor.yaml", needed), ("infra/reader.yaml", all)] {
        let text = std::fs::read_to_string(root().join(template)).unwrap();
        let block = text.split("BEGIN generated read permissions").nth(1).unwrap();
        let block = block.split("END generated").next().unwrap();
        let listed = block.lines().filter_map(|line| line.trim().strip_prefix("- "));
        assert_eq!(listed.collect::<BTreeSet<&str>>(), allowed, "{template}");
    }
}

/// Those of which the monitor's environment does not tell.
const UNTOLD: [&str; 4] = [
    "ReadWhatIsJudged",
    "UseTheKeyOfTableAndTopics",
    "PublishToRoutes",
    "EncryptForRoutes",
];

#[test]
fn doctor_asks_for_what_the_template_allows() {
    let text = std::fs::read_to_string(root().join("infra/monitor.yaml")).unwrap();
    let role = text.split("\n  Role:\n").nth(1).unwrap();
    let role = role.split("\n  Table:\n").next().unwrap();
    let canary = text.split("\n  CanaryPolicy:\n").nth(1).unwrap();
    let canary = canary.split("\n  # Where").next().unwrap();
    let action = regex::Regex::new(r"\b([a-z0-9-]+:[A-Z][A-Za-z]+)\b").unwrap();
    let mut allowed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for statement in [role, canary]
        .into_iter()
        .flat_map(|part| part.split("- Sid: ").skip(1))
    {
        let sid = statement.split_whitespace().next().unwrap();
        let actions = statement
            .split("Action:")
            .nth(1)
            .unwrap()
            .split("Resource:")
            .next()
            .unwrap();
        let actions = action.captures_iter(actions).map(|found| found[1].to_owned());
        if statement.contains("Effect: Allow") && !UNTOLD.contains(&sid) {
            allowed.insert(sid.to_owned(), actions.collect());
        }
    }
    let asked = lambda_vigil::doctor::WORK.iter().map(|work| {
        let actions = work.actions.iter().map(ToString::to_string);
        (work.sid.to_owned(), actions.collect())
    });
    assert_eq!(asked.collect::<BTreeMap<_, BTreeSet<_>>>(), allowed);
}

const PERMISSIVE: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "BlueOak-1.0.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "OpenSSL",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// One alternative of each licence expression is made of permissive licences only.
#[test]
fn every_dependency_is_permissive() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--all-features", "--locked"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let known: BTreeSet<&str> = PERMISSIVE.iter().copied().collect();
    for package in metadata["packages"].as_array().unwrap() {
        let licence = package["license"]
            .as_str()
            .unwrap_or_default()
            .replace('/', " OR ")
            .replace(['(', ')'], " ");
        let permissive = licence
            .split(" OR ")
            .any(|one| one.split(" AND ").all(|part| known.contains(part.trim())));
        assert!(permissive, "{} is under `{licence}`", package["name"]);
    }
}
