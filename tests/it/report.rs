//! `vigil report` as a user meets it: Markdown and CSV word for word, the page by what has to hold of it, and what a state file adds.

use std::path::Path;
use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::hostile_text::{self, is_harmless};
use crate::recorded::root;

/// What it did with these arguments.
fn tried(arguments: &[&str]) -> Output {
    let mut vigil = Command::new(env!("CARGO_BIN_EXE_vigil"));
    vigil
        .current_dir(root())
        .arg("report")
        .args(arguments)
        .output()
        .unwrap()
}

/// What a report prints.
pub(crate) fn report(arguments: &[&str]) -> String {
    let output = tried(arguments);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    String::from_utf8(output.stdout).unwrap()
}

/// The sample account at the time of all examples.
fn sample(arguments: &[&str]) -> String {
    report(&[&["--now", "2026-11-21T12:00:00Z"], arguments].concat())
}

/// The document inside a page.
fn document(page: &str) -> Value {
    let (_, rest) = page
        .split_once("<script type=\"application/json\" id=\"data\">")
        .unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

/// The cells of a CSV file, as RFC 4180 has them.
fn cells(csv: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut is_quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut letters = csv.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => cell.extend(letters.next()),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !is_quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            '\r' if !is_quoted => {}
            other => cell.push(other),
        }
    }
    assert!(!is_quoted && cell.is_empty(), "the last line ends");
    rows
}

/// An account of hostile texts in a folder.
pub(crate) fn hostile(folder: &Path) -> String {
    let account = folder.join("account");
    std::fs::create_dir_all(&account).unwrap();
    std::fs::write(account.join("all.json"), hostile_text::account().to_string()).unwrap();
    account.to_str().unwrap().to_owned()
}

#[test]
fn the_sample_account_as_markdown() {
    insta::assert_snapshot!("report_markdown", sample(&["--format", "markdown"]));
}

#[test]
fn the_sample_account_as_csv() {
    let csv = sample(&["--format", "csv"]);
    insta::assert_snapshot!("report_csv", csv.replace("\r\n", "\n"));
    let rows = cells(&csv);
    assert!(rows.iter().all(|row| row.len() == rows[0].len()));
}

#[test]
fn page_markdown_and_csv_say_the_same() {
    let rows = cells(&sample(&["--format", "csv"]));
    let with = |status: &str| rows.iter().filter(|row| row[0] == status).count();
    let page = document(&sample(&[]));
    let functions = page["functions"].as_array().unwrap();
    let found = functions.iter().flat_map(|row| row[6].as_array().unwrap());
    let found: Vec<&Value> = found.chain(page["own"].as_array().unwrap()).collect();
    let accepted = found.iter().filter(|row| !row[7].is_null()).count();
    assert_eq!((found.len() - accepted, accepted), (with("open"), with("accepted")));
    let partly = functions
        .iter()
        .filter(|row| row[7] != json!([]) || row[8] != json!([]))
        .count();
    assert!(partly > 0 && with("cannot-judge") >= partly);
    let markdown = sample(&["--format", "markdown"]);
    assert!(markdown.contains(&format!("**{partly} functions could not be judged in full**")));
    let counted = |severity: &str| rows.iter().filter(|row| row[0] == "open" && row[1] == severity).count();
    for severity in ["critical", "high", "medium", "low", "informational"] {
        let line = format!("| {severity} | {} |", counted(severity));
        assert!(markdown.lines().any(|one| one == line), "{line}");
    }
}

/// Everything that a page could fetch or run stands in it, and its policy lets nothing else.
fn is_closed(page: &str) {
    let policy = page.split_once("Content-Security-Policy\" content=\"").unwrap().1;
    let policy = policy.split_once('"').unwrap().0;
    assert!(
        policy.starts_with("default-src 'none';") && !policy.contains("unsafe"),
        "{policy}"
    );
    let between = |open: &str, close: &str| page.split_once(open).unwrap().1.split_once(close).unwrap().0;
    let script = between("<script>", "</script>");
    for text in [between("<style>", "</style>"), script] {
        let digest = STANDARD.encode(Sha256::digest(text));
        assert!(policy.contains(&format!("'sha256-{digest}'")), "{policy}");
    }
    assert_eq!(
        (page.matches("<script").count(), page.matches("</script").count()),
        (2, 2)
    );
    let markup = page
        .replace(between("id=\"data\">", "</script>"), "")
        .replace(script, "");
    for fetching in [
        " src=",
        "@import",
        "url(",
        "<link",
        "<iframe",
        "<object",
        "<base",
        " onclick=",
        " onload=",
        " onerror=",
        " style=",
    ] {
        let is_there = markup
            .split('<')
            .skip(1)
            .any(|tag| tag.split('>').next().unwrap().contains(fetching));
        assert!(!is_there, "{fetching}");
    }
}

#[test]
fn the_page_is_closed() {
    is_closed(&sample(&[]));
}

#[test]
fn hostile_texts_stay_texts() {
    let folder = tempfile::tempdir().unwrap();
    let account = hostile(folder.path());
    let of = |format: &str| report(&["--account", &account, "--format", format]);
    is_closed(&of("html"));
    for text in document(&of("html"))["texts"].as_array().unwrap() {
        let text = text.as_str().unwrap().replace(['\u{1}', '\u{2}'], "");
        assert!(is_harmless(&text), "{text:?}");
    }
    for row in cells(&of("csv")) {
        for cell in row {
            assert!(
                is_harmless(&cell) && !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']),
                "{cell:?}"
            );
        }
    }
    let markdown = of("markdown");
    assert!(is_harmless(&markdown));
    for line in markdown.lines() {
        assert_eq!(line.matches('`').count() % 2, 0, "a code span that stays open: {line}");
        let outside: String = line.split('`').step_by(2).collect();
        assert!(!outside.contains(['<', '@', '[', '!']), "{line}");
    }
}

#[test]
fn a_state_file_tells_since_when_and_what_ended_and_stays_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (account, state) = (path("account"), path("state"));
    let function = |policies: Value| {
        json!({"Functions": [{"FunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:orders", "Policies": policies,
            "Configuration": {"Role": "arn:aws:iam::111122223333:role/orders", "Runtime": "python3.13"}, "FunctionUrlConfigs": []}]})
    };
    let public = json!([{"Policy": {"Version": "2012-10-17", "Statement": [{"Sid": "AllowAll", "Effect": "Allow", "Principal": "*",
        "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:orders"}]}}]);
    std::fs::create_dir(&account).unwrap();
    let record =
        |policies: Value| std::fs::write(format!("{account}/all.json"), function(policies).to_string()).unwrap();
    record(public);
    let mut replay = Command::new(env!("CARGO_BIN_EXE_vigil"));
    let sweep = [
        "events/scheduled-sweep.json",
        "--now",
        "2026-11-02T10:00:00Z",
        "--account",
        &account,
        "--state",
        &state,
    ];
    assert_eq!(
        replay
            .current_dir(root())
            .arg("replay")
            .args(sweep)
            .output()
            .unwrap()
            .status
            .code(),
        Some(1)
    );

    record(json!([]));
    let arguments = [
        "--account",
        &account,
        "--state",
        &state,
        "--now",
        "2026-11-05T10:00:00Z",
    ];
    let page = report(&arguments);
    let known = document(&page);
    let at = |name: &str| {
        known["controls"]
            .as_array()
            .unwrap()
            .iter()
            .position(|one| one[0] == name)
    };
    let since = "2026-11-02T10:00:00Z".parse::<jiff::Timestamp>().unwrap().as_second();
    let expected = json!(["orders", 0, since + 3 * 86_400, at("invoke-public"), 4, since]);
    assert!(
        known["resolved"].as_array().unwrap().contains(&expected),
        "{}",
        known["resolved"]
    );
    assert_eq!(
        known["functions"][0][6][0][5], since,
        "what is still open is as old as it was"
    );
    assert_eq!(report(&arguments), page, "a report leaves the state as it was");
    assert!(report(&[&arguments[..], &["--format", "markdown"]].concat()).contains("| 2026-11-02 |"));
    let without = document(&report(&arguments[..2]));
    assert_eq!(
        (&without["hasHistory"], &without["resolved"]),
        (&json!(false), &json!([]))
    );
}

#[test]
fn every_account_of_a_recording_is_in_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let function = |account: &str, region: &str| json!({"FunctionArn": format!("arn:aws:lambda:{region}:{account}:function:orders"), "Policies": []});
    let all = [
        ("111122223333", "eu-west-1"),
        ("444455556666", "eu-west-1"),
        ("444455556666", "us-east-1"),
    ];
    let recorded = json!({"Functions": all.map(|(account, region)| function(account, region))});
    std::fs::write(folder.path().join("all.json"), recorded.to_string()).unwrap();
    let markdown = report(&["--account", folder.path().to_str().unwrap(), "--format", "markdown"]);
    let places = all.map(|(account, region)| format!("{account} {region}")).join(", ");
    assert!(markdown.contains(&format!("of 3 in {places}")), "{markdown}");
    assert!(
        markdown.contains("**3 functions could not be judged in full**"),
        "{markdown}"
    );
}

#[test]
fn what_is_missing_is_named_with_the_next_step() {
    for (arguments, said) in [
        (
            ["--state", "no/such/state"],
            "there is no state file no/such/state: name one that `vigil replay --state` has written",
        ),
        (["--state", "Cargo.toml"], "it is not a state file"),
        (["--account", "no/such/account"], "name its folder with --account"),
    ] {
        let output = tried(&arguments);
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(said) && output.status.code() == Some(2), "{error}");
    }
}
