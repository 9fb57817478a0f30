//! Ten thousand records of every kind with junk in between: every line is accounted for, and memory stays bounded.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::recorded::root;

const RECORDS: usize = 10_000;
/// Peak resident memory in KiB; a megabyte of text is parsed into several.
const MOST_MEMORY: u64 = 160 * 1024;

/// What a line of the stream should come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    Accounted,
    Error,
    Blank,
}

fn samples() -> Vec<String> {
    let mut files: Vec<_> = std::fs::read_dir(root().join("events"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    let compact = |file: &std::path::PathBuf| {
        let value: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        value.to_string()
    };
    files.iter().map(compact).collect()
}

fn junk(kind: usize) -> (String, Expected) {
    match kind % 9 {
        0 => ("not json at all".to_owned(), Expected::Error),
        1 => (format!("{{\"a\": \"{}\"}}", "x".repeat(1024 * 1024)), Expected::Error),
        2 => (format!("{}{}", "[".repeat(200), "]".repeat(200)), Expected::Error),
        3 => ("{\"detail-type\": ".to_owned(), Expected::Error),
        4 => (String::new(), Expected::Blank),
        5 => ("null".to_owned(), Expected::Error),
        6 => (
            "{\"eventName\": 1, \"eventSource\": \"lambda.amazonaws.com\"}".to_owned(),
            Expected::Error,
        ),
        7 => ("\u{feff}[1, 2, 3]".to_owned(), Expected::Error),
        _ => (
            format!(
                "{{\"eventSource\": \"lambda.amazonaws.com\", \"eventName\": \"{}\", \"recipientAccountId\": \"111122223333\", \"awsRegion\": \"eu-west-1\", \"readOnly\": true}}",
                "A".repeat(900 * 1024)
            ),
            Expected::Accounted,
        ),
    }
}

fn stream() -> (String, Vec<Expected>) {
    let samples = samples();
    let (mut text, mut expected) = (String::new(), Vec::new());
    for index in 0..RECORDS {
        if index % 97 == 5 {
            let (line, what) = junk(index / 97);
            let _ = writeln!(text, "{line}");
            expected.push(what);
        }
        let _ = writeln!(text, "{}", samples[index % samples.len()]);
        expected.push(Expected::Accounted);
    }
    (text, expected)
}

/// Reads the peak while the process lives: afterwards nobody knows it.
fn peak(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn every_line_of_a_long_hostile_stream_is_accounted_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("stream.jsonl");
    let (text, expected) = stream();
    std::fs::write(&file, text).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_vigil"))
        .args([
            "replay",
            "--format",
            "jsonl",
            "--now",
            "2026-11-21T12:00:00Z",
            "--account",
        ])
        .arg(root().join("events/account"))
        .arg(&file)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    let (mut highest, mut summary) = (0, Value::Null);
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let value: Value = serde_json::from_str(&line.unwrap()).unwrap();
        highest = highest.max(peak(&child).unwrap_or(0));
        match value["origin"]["line"].as_u64() {
            Some(number) => lines
                .entry(number)
                .or_default()
                .push(value["type"].as_str().unwrap().to_owned()),
            None => summary = value,
        }
    }
    let done = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&done.stderr), "", "no panic, no complaint");
    for (index, what) in expected.iter().enumerate() {
        let found = lines.get(&(index as u64 + 1)).map(Vec::as_slice).unwrap_or_default();
        match what {
            Expected::Blank => assert!(found.is_empty(), "line {}: {found:?}", index + 1),
            Expected::Error => assert_eq!(found, ["error"], "line {}", index + 1),
            Expected::Accounted => {
                assert!(
                    found
                        .iter()
                        .any(|kind| matches!(kind.as_str(), "change" | "ignored" | "asked")),
                    "line {}: {found:?}",
                    index + 1
                );
                assert!(!found.contains(&"error".to_owned()), "line {}", index + 1);
            }
        }
    }
    let errors = expected.iter().filter(|what| **what == Expected::Error).count();
    let blank = expected.iter().filter(|what| **what == Expected::Blank).count();
    assert_eq!(summary["errors"], errors);
    assert_eq!(summary["records"], expected.len() - blank);
    println!(
        "{} lines: {} changes, {} ignored, {errors} errors; peak {highest} KiB",
        expected.len(),
        summary["changes"],
        summary["ignored"]
    );
    assert!(highest > 0 && highest < MOST_MEMORY, "{highest} KiB");
}
