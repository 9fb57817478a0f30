//! The command line as a user meets it: output, formats, exit codes, mistakes.

use std::fs;
use std::io::Write as _;

use assert_cmd::Command;
use flate2::Compression;
use flate2::write::GzEncoder;
use lambda_vigil::snapshot::{Facet, Occasion};
use serde_json::{Value, json};

use crate::recorded::root;

fn vigil(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vigil"));
    command
        .current_dir(root())
        .args(arguments)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE");
    command
}

fn replay(arguments: &[&str]) -> Command {
    let mut command = vigil(&["replay", "--now", "2026-11-21T12:00:00Z"]);
    command.args(arguments);
    command
}

fn text(command: &mut Command) -> (String, i32) {
    let output = command.output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    (String::from_utf8(output.stdout).unwrap(), output.status.code().unwrap())
}

/// Controls that speak only where settings say whom to trust, who deploys and how far to look ahead.
const OF_SETTINGS: [&str; 4] = [
    "code-changed-by-person",
    "invoke-account-root",
    "invoke-organization-wide",
    "runtime-expiring",
];

/// Settings for the recorded account, and the folder that they last as long as.
fn trust() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.json");
    let settings = json!({"organization": "o-exampleorg1", "trustedAccounts": ["444455556666"], "runtimeExpiringDays": 140,
        "deployers": ["arn:aws:iam::111122223333:role/ci/release"]});
    std::fs::write(&file, settings.to_string()).unwrap();
    let name = file.to_str().unwrap().to_owned();
    (folder, name)
}

#[test]
fn the_first_command_of_the_readme_shows_findings_of_every_layer() {
    let (out, code) = text(&mut replay(&["events/"]));
    insta::assert_snapshot!("replay_events", out);
    assert_eq!(code, 1);
    let (_folder, trust) = trust();
    let (trusting, _) = text(&mut replay(&["--settings", &trust, "events/"]));
    for control in lambda_vigil::controls::ALL.iter().filter(|control| !control.is_own()) {
        let out = if OF_SETTINGS.contains(&control.id) {
            &trusting
        } else {
            &out
        };
        assert!(
            out.lines()
                .any(|line| line.trim_start().starts_with("opened") && line.ends_with(control.id)),
            "{}",
            control.id
        );
    }
}

#[test]
fn every_control_is_held_by_some_function_of_the_recorded_account() {
    let sweep = ["--format", "jsonl", "events/scheduled-sweep.json"];
    let (_folder, trust) = trust();
    let lines = |settings: &[&str]| -> Vec<Value> {
        let (out, _) = text(replay(settings).args(sweep));
        out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let (plain, trusting) = (lines(&[]), lines(&["--settings", &trust]));
    // What only the record of a call tells, a sweep cannot know.
    let is_told = |facet: &Facet| facet.occasion() == Occasion::Event;
    let known = lambda_vigil::controls::ALL
        .iter()
        .filter(|control| !control.is_own() && !control.reads.iter().all(is_told));
    for control in known {
        let lines = if OF_SETTINGS.contains(&control.id) {
            &trusting
        } else {
            &plain
        };
        let failing: std::collections::BTreeSet<&str> = lines
            .iter()
            .filter(|line| line["type"] == "transition" && line["finding"]["control"] == control.id)
            .map(|line| line["finding"]["function"].as_str().unwrap())
            .collect();
        assert!((1..7).contains(&failing.len()), "{} fails on {failing:?}", control.id);
    }
}

#[test]
fn json_lines_follow_their_schema() {
    let schema: Value = serde_json::from_str(&text(&mut vigil(&["schema", "replay"])).0).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let (out, _) = text(&mut replay(&["--format", "jsonl", "events/"]));
    assert!(out.lines().count() > 200);
    for line in out.lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        assert!(
            validator.is_valid(&value),
            "{line}: {:?}",
            validator
                .iter_errors(&value)
                .map(|error| error.to_string())
                .collect::<Vec<_>>()
        );
    }
    assert!(
        !validator.is_valid(&json!({"type": "transition"})),
        "the schema refuses something"
    );
}

#[test]
fn the_recorded_account_follows_its_schema() {
    let schema: Value = serde_json::from_str(&text(&mut vigil(&["schema", "snapshot"])).0).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for entry in std::fs::read_dir(root().join("events/account")).unwrap() {
        let path = entry.unwrap().path();
        let value: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert!(validator.is_valid(&value), "{}", path.display());
    }
    assert!(!validator.is_valid(&json!({"Function": []})));
}

#[test]
fn notices_are_previewed_as_they_are_sent() {
    for preview in ["email", "chat", "sns", "asff", "ocsf"] {
        let (out, _) = text(&mut replay(&[
            "--preview",
            preview,
            "events/lambda-create-function.json",
        ]));
        insta::assert_snapshot!(format!("preview_{preview}"), out);
    }
}

#[test]
fn the_body_of_a_message_follows_its_schema_and_limits() {
    let validator = |document: &str| {
        let schema: Value = serde_json::from_str(&text(&mut vigil(&["schema", document])).0).unwrap();
        jsonschema::validator_for(&schema).unwrap()
    };
    let [notice, digest] = ["notice", "digest"].map(validator);
    let (out, _) = text(&mut replay(&[
        "--preview",
        "sns",
        "events/scheduled-sweep.json",
        "events/",
    ]));
    let (mut notices, mut digests) = (0, 0);
    for value in serde_json::Deserializer::from_str(&out).into_iter::<Value>() {
        let value = value.unwrap();
        let subject = value["Subject"].as_str().unwrap();
        assert!(
            subject.len() < 100 && subject.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
            "{subject}"
        );
        let bodies: Value = serde_json::from_str(value["Message"].as_str().unwrap()).unwrap();
        let body: Value = serde_json::from_str(bodies["default"].as_str().unwrap()).unwrap();
        if body["schema"] == "lambda-vigil/digest/1" {
            assert!(digest.is_valid(&body), "{body}");
            assert_eq!(body["functions"].as_array().unwrap().len(), 8);
            digests += 1;
        } else {
            assert!(notice.is_valid(&body), "{body}");
            notices += 1;
        }
        let attributes: Vec<&String> = value["MessageAttributes"].as_object().unwrap().keys().collect();
        assert_eq!(attributes, ["account", "control", "region", "severity", "status"]);
    }
    assert_eq!(digests, 1, "the first sweep is summed up");
    assert!(notices > 0);
}

#[test]
fn every_form_of_input_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let envelope: Value =
        serde_json::from_str(&std::fs::read_to_string(root().join("events/lambda-create-function.json")).unwrap())
            .unwrap();
    let record = envelope["detail"].clone();
    let batch = json!({"Records": [{"messageId": "m", "eventSource": "aws:sqs", "body": envelope.to_string()}]});
    let log = json!({"Records": [record]});
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let zipped = folder.path().join("log.json.gz");
    let mut encoder = GzEncoder::new(std::fs::File::create(&zipped).unwrap(), Compression::fast());
    encoder.write_all(log.to_string().as_bytes()).unwrap();
    encoder.finish().unwrap();
    let expected = opened(&mut replay(&[
        "--format",
        "jsonl",
        "events/lambda-create-function.json",
    ]));
    assert!(!expected.is_empty());
    for path in [
        file("record.json", &serde_json::to_string_pretty(&record).unwrap()),
        file("log.json", &log.to_string()),
        file("batch.json", &batch.to_string()),
        file("events.jsonl", &format!("{envelope}\n\n{record}\n")),
        zipped.display().to_string(),
    ] {
        assert_eq!(opened(&mut replay(&["--format", "jsonl", &path])), expected, "{path}");
    }
    for input in [
        envelope.to_string(),
        serde_json::to_string_pretty(&envelope).unwrap(),
        format!("{envelope}\n{record}\n"),
    ] {
        assert_eq!(opened(replay(&["--format", "jsonl", "-"]).write_stdin(input)), expected);
    }
}

fn opened(command: &mut Command) -> Vec<String> {
    let (out, _) = text(command);
    let lines = out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .filter(|line| line["type"] == "transition")
        .map(|line| line["finding"]["fingerprint"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn exit_codes_follow_the_threshold() {
    let code = |arguments: &[&str]| replay(arguments).output().unwrap().status.code().unwrap();
    assert_eq!(code(&["events/lambda-invoke.json"]), 0);
    assert_eq!(
        code(&["--fail-on", "low", "events/lambda-update-function-code.json"]),
        1
    );
    assert_eq!(
        code(&["--fail-on", "critical", "events/lambda-create-function.json"]),
        0
    );
    assert_eq!(code(&["no-such-file.json"]), 2);
    assert_eq!(
        vigil(&["controls", "show", "no-such-control"])
            .output()
            .unwrap()
            .status
            .code(),
        Some(2)
    );
}

/// A recording that lacks the function says nothing about it, and that is no clean bill.
#[test]
fn a_function_that_is_not_recorded_is_not_fine() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("event.json");
    let event = std::fs::read_to_string(root().join("events/lambda-add-permission.json")).unwrap();
    std::fs::write(&file, event.replace("payments-hook", "billing")).unwrap();
    let (out, code) = text(&mut replay(&[&file.display().to_string()]));
    assert!(
        out.contains("? billing: cannot read the function configuration: not found"),
        "{out}"
    );
    assert_eq!(code, 2);
}

#[test]
fn mistakes_are_named_with_the_next_step() {
    let complaint = |command: &mut Command| String::from_utf8(command.output().unwrap().stderr).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.json");
    std::fs::write(&file, "{\"trusted\": []}").unwrap();
    let path = file.display().to_string();
    let settings = complaint(&mut replay(&["--settings", &path, "events/lambda-invoke.json"]));
    assert!(
        settings.contains("trusted") && settings.contains("vigil schema settings"),
        "{settings}"
    );
    assert!(complaint(&mut replay(&["--account", "nowhere", "events/"])).contains("--account"));
    assert!(complaint(&mut vigil(&["controls", "show", "x"])).contains("vigil controls list"));
    std::fs::write(
        folder.path().join("a.json"),
        "{\"Functions\": [{\"FunctionArn\": \"x\"}]}",
    )
    .unwrap();
    let account = complaint(&mut replay(&[
        "--account",
        &folder.path().display().to_string(),
        "events/",
    ]));
    assert!(account.contains("Functions[0].FunctionArn"), "{account}");
}

#[test]
fn colour_is_for_terminals_only() {
    let (plain, _) = text(&mut replay(&["events/lambda-create-function.json"]));
    assert!(!plain.contains('\u{1b}'));
    let (forced, _) = text(replay(&["events/lambda-create-function.json"]).env("CLICOLOR_FORCE", "1"));
    assert!(forced.contains('\u{1b}'));
    let (refused, _) = text(replay(&["events/lambda-create-function.json"]).env("NO_COLOR", "1"));
    assert_eq!(refused, plain);
}

#[test]
fn a_plain_environment_value_never_comes_out() {
    let folder = tempfile::tempdir().unwrap();
    let noise = (0..36_usize)
        .map(|index| char::from(b"AbCdEfGhJkLmNpQrStUvWxYz23456789"[(index * index * 7 + index * 3 + 5) % 32]));
    let value = ["gh", "p_"].concat() + &noise.collect::<String>();
    let account = std::fs::read_to_string(root().join("tests/cases/tracing-inactive/account.json")).unwrap();
    let mut account: Value = serde_json::from_str(&account).unwrap();
    account["Functions"][0]["Configuration"]["Environment"] = json!({"Variables": {"TOKEN": value}});
    std::fs::write(folder.path().join("account.json"), account.to_string()).unwrap();
    let sweep = root().join("events/scheduled-sweep.json").display().to_string();
    let path = folder.path().display().to_string();
    for arguments in [
        &["--format", "jsonl"][..],
        &["--format", "text"],
        &["--preview", "email"],
        &["--preview", "sns"],
        &["--preview", "chat"],
        &["--preview", "asff"],
        &["--preview", "ocsf"],
    ] {
        let (out, _) = text(replay(&["--account", &path, &sweep]).args(arguments));
        assert!(
            out.contains("env-secret-plaintext") && !out.contains(&value[4..12]),
            "{out}"
        );
    }
}

#[test]
fn the_controls_are_shown() {
    let (list, _) = text(&mut vigil(&["controls", "list"]));
    assert_eq!(list.lines().count(), lambda_vigil::controls::ALL.len());
    let (shown, _) = text(&mut vigil(&["controls", "show", "invoke-public"]));
    insta::assert_snapshot!("controls_show", shown);
}

/// What is open in the end, as the last line of the JSON Lines has it.
fn open_at_the_end(out: &str) -> Value {
    let last: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert_eq!(last["type"], "summary", "{last}");
    last["open"].clone()
}

#[test]
fn a_state_file_goes_on_where_the_last_replay_ended() {
    let folder = tempfile::tempdir().unwrap();
    let (state, lines) = (folder.path().join("state"), ["--format", "jsonl"]);
    let kept = |paths: &[&str]| text(replay(&["--state", state.to_str().unwrap()]).args(lines).args(paths)).0;
    let events: Vec<String> = (crate::recorded::root().join("events").read_dir().unwrap())
        .map(|entry| format!("events/{}", entry.unwrap().file_name().to_str().unwrap()))
        .filter(|path| path != "events/account")
        .collect();
    let events: Vec<&str> = events.iter().map(String::as_str).collect();
    let (at_once, _) = text(replay(&lines).args(&events));
    let mut last = String::new();
    for part in events.chunks(events.len().div_ceil(3)) {
        last = kept(part);
    }
    assert_eq!(open_at_the_end(&last), open_at_the_end(&at_once));
    let again = kept(&["events/scheduled-sweep.json", "events/lambda-add-permission.json"]);
    assert!(!again.contains(r#""type":"transition""#), "nothing is news: {again}");
    let fresh = text(replay(&lines).args(["events/lambda-add-permission.json"])).0;
    assert!(fresh.contains(r#""type":"transition""#));
}

#[test]
fn a_state_file_that_is_something_else_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("notes.txt");
    fs::write(&other, "do not lose this").unwrap();
    let run = replay(&["--state", other.to_str().unwrap(), "events/lambda-add-permission.json"])
        .output()
        .unwrap();
    let told = String::from_utf8(run.stderr).unwrap();
    assert_eq!(run.status.code(), Some(2));
    assert!(
        told.contains("notes.txt") && told.contains("not a state file"),
        "{told}"
    );
    assert_eq!(fs::read_to_string(&other).unwrap(), "do not lose this");
}
