//! The house's rules, held over the source text: who may use whom, what pure code never names, how long a file may grow.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::recorded::root;

/// Module to the modules of ours that it may use, beside itself.
const MAY_USE: &[(&str, &[&str])] = &[
    ("arn", &[]),
    ("plain", &[]),
    ("policy", &[]),
    ("network", &[]),
    ("secret", &[]),
    ("facts", &[]),
    ("package", &["secret"]),
    ("role", &["facts", "policy"]),
    ("snapshot", &["arn", "network", "package", "policy", "secret"]),
    ("event", &["arn", "snapshot"]),
    ("delivery", &["arn", "event", "policy", "snapshot"]),
    ("doctor", &["arn", "delivery", "policy", "snapshot"]),
    ("finding", &["arn", "policy", "secret"]),
    ("settings", &["arn", "controls", "finding", "plain"]),
    (
        "controls",
        &[
            "arn", "snapshot", "network", "package", "policy", "secret", "facts", "finding", "role", "settings",
            "delivery",
        ],
    ),
    ("assess", &["arn", "controls", "finding", "settings", "snapshot"]),
    (
        "history",
        &["arn", "assess", "controls", "event", "finding", "settings"],
    ),
    (
        "report",
        &[
            "arn", "assess", "controls", "event", "explain", "finding", "history", "network", "plain", "policy",
            "role", "settings", "snapshot",
        ],
    ),
    (
        "explain",
        &[
            "arn", "assess", "controls", "facts", "finding", "policy", "role", "secret", "settings", "snapshot",
        ],
    ),
    ("generate", &["controls", "delivery", "snapshot"]),
    (
        "monitor",
        &[
            "arn", "assess", "controls", "event", "finding", "history", "report", "secret", "settings", "snapshot",
        ],
    ),
    (
        "memory",
        &[
            "arn", "event", "finding", "history", "monitor", "network", "package", "plain", "policy", "report",
            "secret", "snapshot",
        ],
    ),
    ("store", &["arn", "history", "monitor", "plain", "snapshot"]),
    ("pseudonym", &["facts"]),
    (
        "case",
        &[
            "arn",
            "assess",
            "event",
            "finding",
            "history",
            "memory",
            "monitor",
            "plain",
            "pseudonym",
            "settings",
            "snapshot",
        ],
    ),
    (
        "template",
        &[
            "arn", "assess", "controls", "facts", "finding", "policy", "secret", "snapshot",
        ],
    ),
    (
        "aws",
        &[
            "arn", "doctor", "event", "generate", "history", "memory", "monitor", "network", "package", "report",
            "secret", "settings", "snapshot", "store",
        ],
    ),
];

/// Modules without I/O, clock, environment, logging and async.
const PURE: &[&str] = &[
    "arn",
    "package",
    "policy",
    "network",
    "secret",
    "facts",
    "role",
    "snapshot",
    "event",
    "delivery",
    "doctor",
    "finding",
    "settings",
    "controls",
    "assess",
    "explain",
    "history",
    "report",
    "generate",
    "template",
    "pseudonym",
];

/// What pure code never names.
const IMPURE: &[&str] = &[
    "async fn",
    ".await",
    "std::env::",
    "std::fs",
    "TcpStream",
    "UdpSocket",
    "std::thread",
    "std::process",
    "Instant::now",
    "::now()",
    "tracing::",
    "tokio::",
];

/// Lines of a file before its tests.
const LONGEST_FILE: usize = 400;

struct Source {
    path: PathBuf,
    module: String,
    text: String,
}

/// Every source file without its tests; modules of tests are left out.
fn sources() -> Vec<Source> {
    let mut files = Vec::new();
    collect(&root().join("src"), &mut files);
    let texts: Vec<(PathBuf, String)> = files
        .into_iter()
        .map(|path| (path.clone(), std::fs::read_to_string(path).unwrap()))
        .collect();
    let only_tests: Vec<String> = texts.iter().flat_map(|(path, text)| test_modules(path, text)).collect();
    let product = texts
        .into_iter()
        .filter(|(path, _)| !only_tests.iter().any(|test| path.to_str().unwrap().contains(test)));
    product
        .map(|(path, text)| {
            let inner = path.strip_prefix(root().join("src")).unwrap().with_extension("");
            let module = inner
                .components()
                .next()
                .unwrap()
                .as_os_str()
                .to_str()
                .unwrap()
                .to_owned();
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
            Source { path, module, text }
        })
        .collect()
}

/// Path parts of the modules that a file declares for tests only.
fn test_modules(path: &Path, text: &str) -> Vec<String> {
    let declared = text
        .split("#[cfg(test)]\nmod ")
        .skip(1)
        .filter_map(|rest| rest.split_once(';'));
    let names = declared
        .map(|(name, _)| name)
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
    let folder = path.with_extension("");
    names.map(|name| format!("{}", folder.join(name).display())).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn used(text: &str) -> Vec<&str> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split("crate::").skip(1))
        .map(|rest| {
            rest.split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
                .next()
                .unwrap()
        })
        .filter(|name| !name.is_empty())
        .collect()
}

#[test]
fn modules_use_only_what_they_may() {
    let table: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    for source in sources()
        .iter()
        .filter(|source| !matches!(source.module.as_str(), "lib" | "bin"))
    {
        let module = source.module.as_str();
        let allowed = table
            .get(module)
            .unwrap_or_else(|| panic!("{module} is not in the table of modules"));
        for name in used(&source.text) {
            assert!(
                name == module || allowed.contains(&name),
                "{} uses `{name}`",
                source.path.display()
            );
        }
    }
}

#[test]
fn pure_modules_touch_nothing_outside() {
    for source in sources().iter().filter(|source| PURE.contains(&source.module.as_str())) {
        for word in IMPURE {
            assert!(!source.text.contains(word), "{} names `{word}`", source.path.display());
        }
    }
}

#[test]
fn only_the_aws_module_and_the_binaries_name_an_sdk() {
    for source in sources()
        .iter()
        .filter(|source| !matches!(source.module.as_str(), "aws" | "bin"))
    {
        for word in ["aws_sdk", "aws_config", "aws_smithy", "lambda_runtime"] {
            assert!(!source.text.contains(word), "{} names `{word}`", source.path.display());
        }
    }
}

#[test]
fn controls_ask_the_policy_engine() {
    let folder = root().join("src/controls");
    for source in sources().iter().filter(|source| source.path.starts_with(&folder)) {
        for word in ["== \"*\"", "\"*\" =>", "serde_json::from_", "super::super::"] {
            assert!(!source.text.contains(word), "{} has `{word}`", source.path.display());
        }
    }
}

#[test]
fn files_stay_short_and_say_what_they_answer() {
    for source in sources() {
        let lines = source.text.lines().count();
        assert!(
            lines <= LONGEST_FILE,
            "{} has {lines} lines before its tests",
            source.path.display()
        );
        assert!(
            source.text.starts_with("//!"),
            "{} does not say which question it answers",
            source.path.display()
        );
    }
}
