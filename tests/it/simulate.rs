//! One request against all the policies around it: written cases per rule of AWS's documentation, run by the real binary.

use std::collections::BTreeSet;
use std::path::PathBuf;

use assert_cmd::Command;
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

/// Output, error output and exit code of a simulation of text from standard input.
fn simulate(arguments: &[&str], input: &str) -> (String, String, i32) {
    let mut command = vigil(&["policy", "simulate"]);
    let output = command.args(arguments).arg("-").write_stdin(input).output().unwrap();
    (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
        output.status.code().unwrap(),
    )
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn files() -> Vec<PathBuf> {
    let folder = root().join("tests/policies/simulate");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

/// A user who reads an object, with one more member.
fn case(member: &str, value: Value) -> Value {
    let mut case = json!({
        "name": "reads a report",
        "request": {
            "action": "s3:GetObject",
            "resource": {"resource": "arn:aws:s3:::reports/may", "accountId": "111122223333"},
            "principal": "arn:aws:iam::111122223333:user/bob",
        }
    });
    case[member] = value;
    case
}

fn allow_all() -> Value {
    json!([{"name": "all", "policy": {"Statement": [{"Sid": "s3", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}}])
}

fn schema(document: &str) -> jsonschema::Validator {
    let output = vigil(&["schema", document]).output().unwrap();
    jsonschema::validator_for(&serde_json::from_slice(&output.stdout).unwrap()).unwrap()
}

#[test]
fn every_written_case_is_decided_as_aws_documents_it() {
    let (mut count, mut pages, mut wrong) = (0, BTreeSet::new(), vec![]);
    let (cases, answers) = (schema("simulate-case"), schema("simulate-answer"));
    for file in files() {
        let text = std::fs::read_to_string(&file).unwrap();
        let output = vigil(&["policy", "simulate", file.to_str().unwrap()]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", file.display());
        let answered = lines(&String::from_utf8(output.stdout).unwrap());
        let asked = lines(&text);
        assert_eq!(asked.len(), answered.len());
        for (case, answer) in asked.iter().zip(&answered) {
            assert!(cases.is_valid(case), "{case}");
            assert!(answers.is_valid(answer), "{answer}");
            assert_eq!(case["name"], answer["name"]);
            pages.insert(case["page"].as_str().unwrap().to_owned());
            if case["expected"] != answer["decision"] {
                wrong.push(format!("{}: {} expected, {answer}", case["name"], case["expected"]));
            }
        }
        count += asked.len();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        count > 300 && pages.len() > 20,
        "{count} cases of {} pages",
        pages.len()
    );
}

#[test]
fn an_answer_names_the_statements_that_decide() {
    let mut asked = case("identityPolicies", allow_all());
    asked["serviceControlPolicies"] = json!([{"orgIdentifier": "r-root", "policies": [
        {"Statement": {"Sid": "no-reports", "Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:::reports/*"}}
    ]}]);
    let (out, _, code) = simulate(&[], &asked.to_string());
    let answer: Value = serde_json::from_str(&out).unwrap();
    let expected = json!({
        "name": "reads a report",
        "decision": "ExplicitlyDenied",
        "reason": "denied by the service control policies (`no-reports` in `serviceControlPolicies/0/policies/0`)",
        "statements": [{
            "layer": "serviceControlPolicies",
            "policy": "serviceControlPolicies/0/policies/0",
            "statement": "no-reports",
            "effect": "Deny"
        }]
    });
    assert_eq!((answer, code), (expected, 0));
}

#[test]
fn an_implicit_denial_names_who_had_to_allow() {
    let mut asked = case("permissionBoundaries", json!([{"Statement": []}]));
    asked["serviceControlPolicies"] = json!([{"orgIdentifier": "ou-work", "policies": []}]);
    let answer: Value = serde_json::from_str(&simulate(&[], &asked.to_string()).0).unwrap();
    assert_eq!(
        answer["lacking"],
        json!([
            {"layer": "serviceControlPolicies", "place": "ou-work"},
            {"layer": "identityPolicies"},
            {"layer": "permissionBoundaries"}
        ])
    );
}

#[test]
fn the_answer_has_the_form_of_the_input() {
    let one = case("identityPolicies", allow_all()).to_string();
    let single: Value = serde_json::from_str(&simulate(&[], &one).0).unwrap();
    assert_eq!(single["decision"], "Allowed");
    let array: Value = serde_json::from_str(&simulate(&[], &format!("[{one},\n{one}]")).0).unwrap();
    assert_eq!(array, json!([single, single]));
    assert_eq!(
        lines(&simulate(&[], &format!("{one}\n\n{one}\n")).0),
        [single.clone(), single]
    );
    assert_eq!(simulate(&[], "[]").0, "[]\n");
}

#[test]
fn a_case_that_cannot_be_read_does_not_hide_the_others() {
    let good = case("identityPolicies", allow_all()).to_string();
    let (out, error, code) = simulate(
        &[],
        &format!("{good}\n{{\"name\":\"odd\",\"request\":{{}}}}\nnonsense\n{good}\n"),
    );
    let answers = lines(&out);
    assert_eq!(answers[1]["name"], "odd");
    assert_eq!(answers[1]["error"]["line"], 2);
    assert_eq!(answers[1]["error"]["pointer"], "/request");
    assert_eq!(answers[2]["error"]["line"], 3);
    assert_eq!(
        [&answers[0]["decision"], &answers[3]["decision"]],
        ["Allowed", "Allowed"]
    );
    assert_eq!((error.contains("2 of 4 cases"), code), (true, 2));
    let array: Value = serde_json::from_str(&simulate(&[], &format!("[{good}, {{\"request\": 7}}]")).0).unwrap();
    assert_eq!(array[1]["error"]["index"], 1);
    assert_eq!(array[0]["decision"], "Allowed");
}

#[test]
fn a_mistake_is_named_by_its_place() {
    let statement = |statement: Value| json!([{"Statement": [statement]}]);
    let wrong = [
        (case("identityPolicies", json!({})), "/identityPolicies"),
        (
            case("identityPolicies", statement(json!({"Effect": "Allow"}))),
            "/identityPolicies/0/Statement/0/Action",
        ),
        (
            case(
                "identityPolicies",
                json!([{"name": "p", "policy": {"Statement": [{"Effect": "allow"}]}}]),
            ),
            "/identityPolicies/0/policy/Statement/0/Effect",
        ),
        (
            case("serviceControlPolicies", json!([{"policies": [7]}])),
            "/serviceControlPolicies/0/policies/0",
        ),
        (case("managementAccountId", json!("12")), "/managementAccountId"),
    ];
    for (asked, pointer) in wrong {
        let answer: Value = serde_json::from_str(&simulate(&[], &asked.to_string()).0).unwrap();
        assert_eq!(answer["error"]["pointer"], pointer, "{answer}");
    }
    let requests = [
        ("action", json!("GetObject"), "/request/action"),
        ("principal", json!("bob"), "/request/principal"),
        ("principal", json!({"type": "Robot"}), "/request/principal"),
        ("resource", json!({"resource": "reports"}), "/request/resource/resource"),
        (
            "resource",
            json!({"resource": "*", "accountId": "me"}),
            "/request/resource/accountId",
        ),
        ("context", json!({"a/b": {}}), "/request/context/a~1b"),
        ("context", json!({"k": ["x", null]}), "/request/context/k/1"),
        ("context", json!({"k": "1", "K": "2"}), "/request/context/k"),
    ];
    for (member, value, pointer) in requests {
        let mut asked = case("identityPolicies", allow_all());
        asked["request"][member] = value;
        let answer: Value = serde_json::from_str(&simulate(&[], &asked.to_string()).0).unwrap();
        assert_eq!(answer["error"]["pointer"], pointer, "{answer}");
    }
    let (out, _, code) = simulate(&[], r#"{"request": {"action": "a:b", "action": "a:c"}}"#);
    let answer: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((answer["error"]["pointer"].as_str(), code), (Some("/request"), 2));
}

#[test]
fn hostile_input_is_refused_or_answered_in_time() {
    let deep = format!("{{\"request\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000));
    assert_eq!(simulate(&[], &deep).2, 2);
    assert_eq!(simulate(&[], "").2, 2);
    assert_eq!(simulate(&[], "[[[[").2, 2);
    let stars = format!("arn:aws:s3:::{}b", "*a".repeat(1_000));
    let mut asked = case(
        "identityPolicies",
        json!([{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": vec![stars; 10]}]}]),
    );
    asked["request"]["resource"]["resource"] = json!(format!("arn:aws:s3:::{}", "a".repeat(2_000)));
    let answer: Value = serde_json::from_str(&simulate(&[], &asked.to_string()).0).unwrap();
    assert_eq!(answer["decision"], "ImplicitlyDenied");
    asked["request"]["resource"]["resource"] = json!(format!("arn:aws:s3:::{}a", "*a?".repeat(700)));
    let answer: Value = serde_json::from_str(&simulate(&[], &asked.to_string()).0).unwrap();
    assert_eq!(answer["decision"], "ImplicitlyDenied");
}

#[test]
fn policies_come_with_and_without_a_name_and_as_text() {
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "one", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    ]});
    let forms = [
        (document.clone(), "identityPolicies/0"),
        (json!({"name": "readers", "policy": document}), "readers"),
        (json!(document.to_string()), "identityPolicies/0"),
        (
            json!({"name": "encoded", "policy": document.to_string().replace('{', "%7B").replace('"', "%22")}),
            "encoded",
        ),
    ];
    for (form, name) in forms {
        let asked = case("identityPolicies", json!([form]));
        let answer: Value = serde_json::from_str(&simulate(&[], &asked.to_string()).0).unwrap();
        assert_eq!(answer["statements"][0]["policy"], name, "{answer}");
    }
}

#[test]
fn a_principal_without_its_kind_is_read_as_tools_write_it() {
    for (principal, decision) in [
        ("arn:aws:iam::111122223333:user/bob", "Allowed"),
        ("sns.amazonaws.com", "ImplicitlyDenied"),
    ] {
        let policy = json!({"Statement": {"Effect": "Allow", "Principal": principal, "Action": "*", "Resource": "*"}});
        let answer: Value =
            serde_json::from_str(&simulate(&[], &case("resourcePolicy", policy).to_string()).0).unwrap();
        assert_eq!(answer["decision"], decision);
    }
}

#[test]
fn the_text_says_why() {
    let cases = format!(
        "{}\n{}\n{}\n",
        case("identityPolicies", allow_all()),
        case("sessionPolicy", json!({"Statement": []})),
        r#"{"name": "odd"}"#
    );
    insta::assert_snapshot!(simulate(&["--format", "text"], &cases).0, @r"
    reads a report: Allowed
        allowed by the identity policies (`s3` in `all`)
    reads a report: ImplicitlyDenied
        not allowed by the identity policies, nor by the session policy
    odd: not answered
        missing field `request` in line 3
    ");
}
