//! Do our findings fit what others read them with? By models that others made.

use std::path::Path;
use std::process::{Command, Stdio};

use super::tools::{run, tool};

fn fit(format: &str) {
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
    assert!(count > 80, "{count}");
    eprintln!("{format}: {count} findings fit");
}

#[test]
fn security_hub_takes_every_finding() {
    fit("asff");
}

#[test]
fn data_lakes_take_every_finding() {
    fit("ocsf");
}
