//! Is the zip the same wherever it is made, does it hold what Lambda takes, and is what Lambda could not start refused?

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use sha2::Digest;

use crate::recorded::root;

/// 2026-09-21 14:13:20 UTC.
const EPOCH: &str = "1790000000";

fn is_done(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", said(&output));
    output
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A program that wants a symbol of this version of the C library.
fn program(folder: &Path, version: &str) -> PathBuf {
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    write("library.c", "int wanted(void) { return 0; }");
    write("program.c", "int wanted(void); void _start(void) { wanted(); }");
    write("versions", &format!("{version} {{ global: wanted; }};"));
    let cc = |arguments: &[&str]| is_done(Command::new("cc").current_dir(folder).arg("-nostdlib").args(arguments));
    cc(&["-shared", "-Wl,--version-script=versions", "-olibrary.so", "library.c"]);
    cc(&["-oprogram", "program.c", "library.so"]);
    folder.join("program")
}

fn package(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(root().join("infra/package"));
    command
        .current_dir(folder)
        .args(arguments)
        .env("SOURCE_DATE_EPOCH", EPOCH);
    command.output().unwrap()
}

#[test]
fn the_same_binary_makes_the_same_bytes_wherever_it_lies() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let binary = program(here.path(), "GLIBC_2.34");
    let nested = there.path().join("a folder");
    fs::create_dir(&nested).unwrap();
    fs::write(nested.join("other name"), fs::read(&binary).unwrap()).unwrap();
    fs::set_permissions(nested.join("other name"), fs::Permissions::from_mode(0o600)).unwrap();

    let made: Vec<(BTreeMap<String, Vec<u8>>, String)> = [(here.path(), "program"), (nested.as_path(), "other name")]
        .into_iter()
        .map(|(folder, binary)| {
            let output = package(folder, &["--output", "made", "--binary", binary]);
            assert!(output.status.success(), "{}", said(&output));
            let files = fs::read_dir(folder.join("made")).unwrap().map(|entry| {
                let entry = entry.unwrap();
                (
                    entry.file_name().into_string().unwrap(),
                    fs::read(entry.path()).unwrap(),
                )
            });
            (files.collect(), String::from_utf8(output.stdout).unwrap())
        })
        .collect();
    assert!(made[0].0 == made[1].0, "the bytes differ");

    let name = format!("lambda-vigil-{}-{}", env!("CARGO_PKG_VERSION"), architecture());
    let names: Vec<&String> = made[0].0.keys().collect();
    assert_eq!(names, [&format!("{name}.cdx.json"), &format!("{name}.zip")]);
    let zip = &made[0].0[&format!("{name}.zip")];
    is_what_lambda_takes(zip, &fs::read(&binary).unwrap());
    lists_what_is_linked(&made[0].0[&format!("{name}.cdx.json")]);
    assert!(made[0].1.contains(&sha256(zip)), "{}", made[0].1);
}

fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "aarch64" => "arm64",
        other => other,
    }
}

fn sha256(bytes: &[u8]) -> String {
    sha2::Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn is_what_lambda_takes(zip: &[u8], binary: &[u8]) {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip)).unwrap();
    assert_eq!(archive.len(), 1);
    let mut entry = archive.by_index(0).unwrap();
    assert_eq!(entry.name().unwrap(), "bootstrap");
    assert_eq!(entry.unix_mode(), Some(0o100_755));
    assert_eq!(entry.last_modified().unwrap().to_string(), "2026-09-21 14:13:20");
    let mut content = Vec::new();
    std::io::Read::read_to_end(&mut entry, &mut content).unwrap();
    assert!(content == binary);
}

fn lists_what_is_linked(document: &[u8]) {
    let text = std::str::from_utf8(document).unwrap();
    assert!(
        !text.contains(root().to_str().unwrap()),
        "a path of this machine is in it"
    );
    let list: Value = serde_json::from_str(text).unwrap();
    assert_eq!(list["metadata"]["timestamp"], "2026-09-21T14:13:20Z");
    assert_eq!(list["metadata"]["component"]["version"], env!("CARGO_PKG_VERSION"));
    let mut scopes = BTreeMap::new();
    let mut references = BTreeSet::from([list["metadata"]["component"]["bom-ref"].as_str().unwrap()]);
    for component in list["components"].as_array().unwrap() {
        let (name, reference) = (
            component["name"].as_str().unwrap(),
            component["bom-ref"].as_str().unwrap(),
        );
        let licence = component["licenses"][0]["expression"].as_str().unwrap();
        assert!(!licence.is_empty() && !licence.contains('/'), "{name}: `{licence}`");
        assert_eq!(component["hashes"][0]["content"].as_str().unwrap().len(), 64, "{name}");
        assert!(references.insert(reference), "{reference} is there twice");
        scopes.insert(name, component["scope"].as_str().unwrap());
    }
    for linked in ["aws-sdk-lambda", "lambda_runtime", "rustls", "serde"] {
        assert_eq!(scopes.get(linked), Some(&"required"), "{linked}");
    }
    assert_eq!(scopes.get("serde_derive"), Some(&"excluded"));
    for test_only in ["proptest", "insta", "jsonschema", "ring"] {
        assert_eq!(scopes.get(test_only), None, "{test_only}");
    }
    for node in list["dependencies"].as_array().unwrap() {
        let on = node["dependsOn"].as_array().unwrap().iter();
        for reference in on.chain([&node["ref"]]) {
            assert!(
                references.contains(reference.as_str().unwrap()),
                "{reference} is not listed"
            );
        }
    }
}

#[test]
fn what_lambda_could_not_start_is_refused_with_the_next_step() {
    let folder = tempfile::tempdir().unwrap();
    program(folder.path(), "GLIBC_2.38");
    fs::write(folder.path().join("text"), "#!/bin/sh\n").unwrap();
    let other = if architecture() == "arm64" { "x86_64" } else { "arm64" };
    for (arguments, expected) in [
        (
            vec!["--binary", "program"],
            "asks for `GLIBC_2.38`, and provided.al2023 has GLIBC_2.34: `pip install cargo-lambda ziglang`",
        ),
        (
            vec!["--binary", "program", "--architecture", other],
            "leave out `--architecture",
        ),
        (vec!["--binary", "text"], "is not a program for Linux"),
        (vec!["--binary", "absent"], "is not a file"),
        (vec!["--architecture", "riscv64"], "is not an architecture of Lambda"),
        (vec!["--output"], "wants a value"),
        (vec!["--fast"], "is not known"),
    ] {
        let output = package(folder.path(), &[&["--output", "made"], arguments.as_slice()].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", said(&output));
        assert!(said(&output).contains(expected), "{arguments:?}: {}", said(&output));
    }
    let made = fs::read_dir(folder.path().join("made"));
    assert!(made.is_ok_and(|mut files| files.next().is_none()));
}
