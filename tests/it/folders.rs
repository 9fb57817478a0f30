//! Cases in folders, as a user makes and runs them: `replay --record`, `test`, and what is wrong with a folder.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use lambda_vigil::case::{self, Case, CaseError};
use serde_json::{Value, json};

use crate::recorded::root;

fn vigil(arguments: &[&str]) -> (String, String, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_vigil"))
        .current_dir(root())
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code().unwrap())
}

/// Writes a case of some events, and gives its folder.
fn recorded(inside: &Path, more: &[&str]) -> PathBuf {
    let folder = inside.join("public-hook");
    let name = folder.to_str().unwrap();
    let asked = ["replay", "--now", "2026-11-21T12:00:00Z", "--record", name];
    let (_, told, code) = vigil(&[&asked, more].concat());
    assert!(told.contains(name) && code == 1, "{told}");
    folder
}

fn tested(folder: &Path) -> (String, i32) {
    let (out, told, code) = vigil(&["test", folder.to_str().unwrap()]);
    assert_eq!(told, "");
    (out.replace(folder.to_str().unwrap(), "CASES"), code)
}

fn json_of(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

const ADD: &str = "events/lambda-add-permission.json";

#[test]
fn a_case_holds_what_was_looked_at_and_is_said_again() {
    let inside = tempfile::tempdir().unwrap();
    let folder = recorded(inside.path(), &[ADD]);
    let functions = json_of(&folder.join("account/functions-001.json"));
    let functions = functions["Functions"].as_array().unwrap();
    assert_eq!(functions.len(), 1, "only what the event is about");
    assert!(
        functions[0]["FunctionArn"]
            .as_str()
            .unwrap()
            .ends_with(":payments-hook")
    );
    let event = json_of(&folder.join("events/0001-AddPermission20150331v2.json"));
    assert_eq!(event, json_of(&root().join(ADD)));
    assert_eq!(tested(inside.path()).1, 0);
    insta::assert_snapshot!(
        "case_expected",
        fs::read_to_string(folder.join("expected.json")).unwrap()
    );
}

#[test]
fn users_of_a_shared_role_go_with_it() {
    let inside = tempfile::tempdir().unwrap();
    let update = "events/iam-attach-role-policy.json";
    let folder = recorded(
        inside.path(),
        &["--settings", "tests/examples/settings.toml", update, ADD],
    );
    assert!(folder.join("settings.toml").is_file());
    assert_eq!(tested(inside.path()).1, 0);
}

#[test]
fn an_account_that_changed_fails_and_says_why() {
    let inside = tempfile::tempdir().unwrap();
    let folder = recorded(inside.path(), &[ADD]);
    let file = folder.join("account/functions-001.json");
    let mut functions = json_of(&file);
    functions["Functions"][0]["Policies"] = json!([]);
    functions["Functions"][0]["TracingConfig\u{1b}[31m"] = json!(1);
    functions["Functions"][0]
        .as_object_mut()
        .unwrap()
        .retain(|member, _| !member.contains('\u{1b}'));
    fs::write(&file, functions.to_string()).unwrap();
    let (out, code) = tested(inside.path());
    assert_eq!(code, 1);
    insta::assert_snapshot!("case_failed", out);
    assert!(matches!(case::run(&folder), Err(CaseError::Differs(difference)) if !difference.missing.is_empty()));
    let (out, _, code) = vigil(&["test", "--update", inside.path().to_str().unwrap()]);
    assert!(code == 0 && out.contains("written"), "{out}");
    assert_eq!(tested(inside.path()).1, 0);
}

#[test]
fn a_case_under_other_names_is_a_case() {
    let inside = tempfile::tempdir().unwrap();
    let settings = "tests/examples/settings.toml";
    let folder = recorded(inside.path(), &["--settings", settings, ADD, "--pseudonyms"]);
    assert_eq!(tested(inside.path()).1, 0);
    let expected = fs::read_to_string(folder.join("expected.json")).unwrap();
    assert!(expected.contains("modify-external"));
    for file in [
        "expected.json",
        "case.json",
        "settings.json",
        "account/functions-001.json",
    ] {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        for name in ["111122223333", "444455556666", "payments", "alice", "partner"] {
            assert!(!text.contains(name), "{name} in {file}");
        }
    }
}

#[test]
fn nothing_is_written_over() {
    let inside = tempfile::tempdir().unwrap();
    fs::write(inside.path().join("notes.txt"), "keep").unwrap();
    let folder = inside.path().to_str().unwrap();
    let (out, told, code) = vigil(&["replay", "--record", folder, ADD]);
    assert!(code == 2 && out.is_empty() && told.contains("is not empty"), "{told}");
    assert_eq!(fs::read_dir(inside.path()).unwrap().count(), 1);
    let case = Case::read(&root().join("tests/examples/public-url")).unwrap();
    assert!(matches!(case.write(inside.path()), Err(CaseError::NotEmpty { .. })));
}

#[test]
fn names_of_files_lead_nowhere_else() {
    let inside = tempfile::tempdir().unwrap();
    let mut case = Case::read(&root().join("tests/examples/public-url")).unwrap();
    let event = case.events.values().next().unwrap().clone();
    case.events.insert("../../outside.json".to_owned(), event);
    let written = case.write(&inside.path().join("deep/case"));
    assert!(matches!(written, Err(CaseError::File { .. })), "{written:?}");
    assert!(!inside.path().join("outside.json").exists());
    let mut event = json_of(&root().join(ADD));
    event["detail"]["eventName"] = "../../../etc/x\u{1b}".into();
    let file = inside.path().join("event.json");
    fs::write(&file, event.to_string()).unwrap();
    let folder = inside.path().join("case");
    let (_, _, _) = vigil(&["replay", "--record", folder.to_str().unwrap(), file.to_str().unwrap()]);
    assert!(folder.join("events/0001-etcx.json").is_file());
}

#[test]
fn what_cannot_be_used_is_named() {
    let inside = tempfile::tempdir().unwrap();
    let (_, told, code) = vigil(&["test", inside.path().to_str().unwrap()]);
    assert!(
        code == 2 && told.contains("there is no case") && told.contains("replay --record"),
        "{told}"
    );
    let folder = recorded(inside.path(), &[ADD]);
    for (file, text, words) in [
        ("case.json", "{\"schema\":\"x\"}", "missing field `now`"),
        (
            "case.json",
            r#"{"schema":"lambda-vigil/case/9","now":"2026-11-21T12:00:00Z","home":{"account":"111122223333","region":"eu-west-1"}}"#,
            "lambda-vigil/case/1",
        ),
        ("expected.json", "{\"opened\":[]}", "opened"),
        ("settings.json", "{\"trusted\":[]}", "trusted"),
        (
            "account/functions-001.json",
            "{\"Functions\":[{\"FunctionArn\":\"x\"}]}",
            "Functions[0].FunctionArn",
        ),
        ("events/0000.json", "{\"\u{1b}[31m", "events/0000.json"),
    ] {
        let path = folder.join(file);
        let before = fs::read(&path).ok();
        fs::write(&path, text).unwrap();
        let (out, code) = tested(inside.path());
        assert!(
            code == 2 && out.contains("UNREAD") && out.contains(words) && !out.contains('\u{1b}'),
            "{file}: {out}"
        );
        match before {
            Some(before) => fs::write(&path, before).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
    }
    fs::remove_file(folder.join("expected.json")).unwrap();
    assert!(tested(inside.path()).0.contains("vigil test --update"));
}

#[test]
fn values_of_environments_stay_behind() {
    let inside = tempfile::tempdir().unwrap();
    let mut event = json_of(&root().join("events/lambda-update-function-configuration.json"));
    event["detail"]["requestParameters"]["environment"] = json!({"variables": {"TOKEN": "do-not-keep-this"}});
    let file = inside.path().join("event.json");
    fs::write(&file, event.to_string()).unwrap();
    let folder = inside.path().join("case");
    let (_, told, _) = vigil(&["replay", "--record", folder.to_str().unwrap(), file.to_str().unwrap()]);
    let written = fs::read_dir(folder.join("events"))
        .unwrap()
        .next()
        .expect(&told)
        .unwrap()
        .path();
    let text = fs::read_to_string(written).unwrap();
    assert!(text.contains("TOKEN") && !text.contains("do-not-keep-this"), "{text}");
}

#[test]
fn what_was_expected_is_replaced_whatever_stands_there() {
    let inside = tempfile::tempdir().unwrap();
    let folder = recorded(inside.path(), &[ADD]);
    let expected = folder.join("expected.json");
    let before = fs::read_to_string(&expected).unwrap();
    fs::write(&expected, "{\"broken\": [").unwrap();
    assert_eq!(tested(inside.path()).1, 2);
    let (out, _, code) = vigil(&["test", "--update", folder.to_str().unwrap()]);
    assert!(code == 0 && out.contains("written"), "{out}");
    assert_eq!(fs::read_to_string(&expected).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_out_of_a_case() {
    use std::os::unix::fs::symlink;
    let inside = tempfile::tempdir().unwrap();
    let folder = recorded(inside.path(), &[ADD]);
    let outside = tempfile::tempdir().unwrap();
    let target = outside.path().join("precious.json");
    for file in ["expected.json", "events/0001-AddPermission20150331v2.json", "case.json"] {
        let path = folder.join(file);
        fs::rename(&path, &target).unwrap();
        symlink(&target, &path).unwrap();
        let before = fs::read_to_string(&target).unwrap();
        let (out, _, code) = vigil(&["test", "--update", folder.to_str().unwrap()]);
        assert!(code == 2 && out.contains("it is a link"), "{file}: {out}");
        assert_eq!(fs::read_to_string(&target).unwrap(), before, "{file}");
        assert!(tested(&folder).0.contains("it is a link"), "{file}");
        fs::remove_file(&path).unwrap();
        fs::rename(&target, &path).unwrap();
    }
    fs::rename(folder.join("account"), outside.path().join("account")).unwrap();
    symlink(outside.path().join("account"), folder.join("account")).unwrap();
    assert!(tested(&folder).0.contains("it is a link"));
}

#[cfg(unix)]
#[test]
fn a_pipe_holds_nobody_up() {
    let inside = tempfile::tempdir().unwrap();
    let folder = recorded(inside.path(), &[ADD]);
    for file in ["events/0002.json", "settings.json", "expected.json"] {
        let path = folder.join(file);
        let before = fs::read(&path).ok();
        drop(fs::remove_file(&path));
        assert!(
            std::process::Command::new("mkfifo")
                .arg(&path)
                .status()
                .unwrap()
                .success()
        );
        let mut vigil = Command::new(env!("CARGO_BIN_EXE_vigil"));
        let output = vigil
            .current_dir(root())
            .args(["test", folder.to_str().unwrap()])
            .timeout(std::time::Duration::from_mins(1))
            .output()
            .unwrap();
        let out = String::from_utf8(output.stdout).unwrap();
        assert!(out.contains("it is no regular file"), "{file}: {out}");
        fs::remove_file(&path).unwrap();
        if let Some(before) = before {
            fs::write(&path, before).unwrap();
        }
    }
}

#[test]
fn a_file_without_an_event_is_said() {
    let inside = tempfile::tempdir().unwrap();
    let folder = recorded(inside.path(), &[ADD]);
    fs::write(folder.join("events/0002.json"), "[]").unwrap();
    let (out, code) = tested(inside.path());
    assert!(
        code == 2 && out.contains("events/0002.json") && out.contains("it holds no event"),
        "{out}"
    );
}

#[test]
fn what_a_stranger_wrote_moves_no_cursor_in_an_error() {
    let inside = tempfile::tempdir().unwrap();
    let folder = recorded(inside.path(), &[ADD]);
    let refused = || {
        Case::read(&folder)
            .and_then(|case| case.play())
            .unwrap_err()
            .to_string()
    };
    let plain = |words: &str| !words.contains(char::is_control) && words.len() < 4_000;

    let head = fs::read_to_string(folder.join("case.json")).unwrap();
    fs::write(folder.join("case.json"), head.replace("now", "n\u{7f}w\u{9b}31m")).unwrap();
    let words = refused();
    assert!(
        plain(&words) && words.contains("unknown field `n\u{fffd}w\u{fffd}31m`"),
        "{words}"
    );
    fs::write(folder.join("case.json"), head).unwrap();

    let settings = folder.join("settings.json");
    fs::write(&settings, "{\"a\u{9b}2J\u{202e}b\": 1}").unwrap();
    let words = refused();
    assert!(
        plain(&words) && words.contains("`a\u{fffd}2J\u{fffd}b`: unknown field"),
        "{words}"
    );
    fs::remove_file(settings).unwrap();

    let named = folder.join(format!("account/\u{1b}[2J{}.json", "x".repeat(200)));
    fs::write(&named, r#"{"Functions": 1}"#).unwrap();
    let words = refused();
    assert!(plain(&words) && words.contains("account/\u{fffd}[2J"), "{words}");
    fs::write(&named, "{").unwrap();
    let words = refused();
    assert!(plain(&words) && words.contains("account/\u{fffd}[2J"), "{words}");
}
