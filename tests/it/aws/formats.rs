//! Does what leaves fit what others read it with? By models that others made, and by the limits that AWS documents.

use std::path::Path;
use std::process::{Command, Stdio};

use super::tools::{run, tool};

fn fit(format: &str, least: usize) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let vigil = Command::new(env!("CARGO_BIN_EXE_vigil"))
        .current_dir(root)
        .args([
            "replay",
            "--now",
            "2026-11-21T12:00:00Z",
            "--preview",
            format,
            "events/",
        ])
        .stdout(Stdio::piped())
        .spawn();
    let findings = vigil.expect("start vigil").stdout.expect("its output");
    let checked = run(Command::new(tool("python"))
        .arg(root.join("tests/formats.py"))
        .arg(format)
        .stdin(findings));
    let count: usize = checked.trim().parse().expect("the number of findings");
    assert!(count >= least, "{count}");
    eprintln!("{format}: {count} fit");
}

#[test]
fn security_hub_takes_every_finding() {
    fit("asff", 80);
}

#[test]
fn data_lakes_take_every_finding() {
    fit("ocsf", 80);
}

#[test]
fn topics_chats_and_buses_take_every_notice() {
    fit("sns", 10);
    fit("chat", 10);
    fit("event", 80);
}
