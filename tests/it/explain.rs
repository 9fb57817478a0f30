//! Explanations: in every case of the catalogue where a policy is at fault the replacement closes the finding and allows nothing
//! new, asked once more here by another way: the document as it is shown goes into the recording, which is read and judged anew.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use lambda_vigil::arn::FunctionArn;
use lambda_vigil::assess::assess;
use lambda_vigil::controls;
use lambda_vigil::explain::{Explanation, Place, Replaced, Replacement, TOO_NARROW, explain};
use lambda_vigil::finding::Finding;
use lambda_vigil::memory::Account;
use lambda_vigil::policy::{Policy, Within, compare};
use lambda_vigil::settings::Settings;
use serde_json::{Value, json};

use crate::hostile_text::{self, is_harmless};
use crate::recorded::{now, root, settings, snapshot};

/// Controls that find a policy too wide: the replacement is narrower.
const TOO_WIDE: [&str; 26] = [
    "grant-broader-than-invoke",
    "grant-dead",
    "invoke-account-root",
    "invoke-external",
    "invoke-organization-wide",
    "invoke-public",
    "invoke-service-unconfined",
    "invoke-source-account-missing",
    "invoke-source-broad",
    "layer-shared-publicly",
    "modify-external",
    "read-external",
    "role-admin",
    "role-broad-managed-policy",
    "role-logs-unscoped",
    "role-permissions-unused",
    "role-policy-invalid",
    "role-privilege-escalation",
    "role-secret-suffix-missing",
    "role-secrets-unscoped",
    "role-self-invoke",
    "role-trust-broad",
    "role-wildcard-action",
    "role-wildcard-resource",
    "url-grant-latent",
    "url-public",
];

/// Findings for which nothing can be offered, and why: case, function, control.
const IMPOSSIBLE: [(&str, &str, &str); 1] = [
    // The fault is in a denial. Without it more would be allowed; and whether another text of it is in order, Access Analyzer alone
    // can say.
    ("role-policy-invalid", "fires-warning", "role-policy-invalid"),
];

/// Every recording: name and JSON.
fn recordings() -> Vec<(String, Value)> {
    let mut files: Vec<(String, PathBuf)> = Vec::new();
    for entry in std::fs::read_dir(root().join("tests/cases")).unwrap() {
        let folder = entry.unwrap().path();
        files.push((
            folder.file_name().unwrap().to_str().unwrap().to_owned(),
            folder.join("account.json"),
        ));
    }
    files.sort();
    let read = |file: &Path| -> Value { serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap() };
    files.iter().map(|(name, file)| (name.clone(), read(file))).collect()
}

fn account(recording: &Value) -> Account {
    let mut account = Account::default().as_of(now());
    account.add(&recording.to_string()).unwrap();
    account
}

fn findings(account: &Account, function: &FunctionArn, settings: &Settings) -> Vec<Arc<Finding>> {
    assess(&snapshot(account, function), settings, now()).findings
}

#[test]
fn in_every_case_the_replacement_closes_the_finding_and_allows_nothing_new() {
    let settings = settings();
    let (mut covered, mut silent) = (BTreeMap::<String, usize>::new(), Vec::new());
    let (mut narrower, mut wider, mut none) = (0, 0, 0);
    for (case, recording) in recordings() {
        let account = account(&recording);
        for function in account.functions() {
            let snapshot = snapshot(&account, function);
            let assessment = assess(&snapshot, &settings, now());
            for finding in &assessment.findings {
                let id = finding.control.as_str();
                let control = controls::find(id).unwrap();
                let others = |other: &FunctionArn| self::snapshot(&account, other);
                let told = explain((&snapshot, &settings, now()), (control, finding), &assessment, &others).unwrap();
                let place = format!("{case} {} {id} {:?}", function.name(), finding.evidence);
                match &told.replacement {
                    Replacement::NoPolicy => {
                        assert!(!TOO_WIDE.contains(&id) && !TOO_NARROW.contains(&id), "{place}");
                        none += 1;
                        continue;
                    }
                    Replacement::Unproved { reasons } => {
                        let is_known = IMPOSSIBLE.contains(&(case.as_str(), function.name(), id));
                        if !is_known {
                            silent.push(format!("{place}: {reasons:?}"));
                        }
                        continue;
                    }
                    Replacement::Narrower(change) => {
                        assert!(TOO_WIDE.contains(&id), "{place}");
                        narrower += 1;
                        change
                            .policies
                            .iter()
                            .for_each(|policy| assert_narrower(policy, &told, &place));
                    }
                    Replacement::Wider(change) => {
                        assert!(TOO_NARROW.contains(&id) && !change.policies.is_empty(), "{place}");
                        wider += 1;
                    }
                }
                assert!(!told.change.is_empty(), "{place}");
                assert_closed((&recording, function, &settings), (finding, &told), &place);
                *covered.entry(id.to_owned()).or_default() += 1;
            }
        }
    }
    for (control, count) in &covered {
        println!("{count:>4}  {control}");
    }
    println!(
        "{narrower} narrower, {wider} wider, {} impossible, {none} without a policy at fault",
        IMPOSSIBLE.len()
    );
    assert!(
        silent.is_empty(),
        "{} without a replacement:\n{}",
        silent.len(),
        silent.join("\n")
    );
    for control in TOO_WIDE.iter().chain(&TOO_NARROW) {
        assert!(covered.contains_key(*control), "{control} is covered by no case");
    }
}

/// `policy compare` on the documents as they are shown.
fn assert_narrower(policy: &Replaced, told: &Explanation, place: &str) {
    let old = told
        .documents
        .iter()
        .find(|document| document.place == policy.place)
        .unwrap();
    let Some(new) = &policy.document else { return };
    let parse =
        |document: &Value| Policy::parse(&document.to_string()).unwrap_or_else(|error| panic!("{place}: {error}"));
    let compared = compare(&parse(new), &parse(&old.document));
    assert_eq!(compared.a_within_b, Within::Yes, "{place}: {new}");
    // What nobody can use need not be more than what is left of it.
    let is_dead = ["grant-dead", "role-secret-suffix-missing"].contains(&told.finding.control.as_str());
    assert!(
        is_dead || compared.b_within_a != Within::Yes,
        "{place}: nothing is taken away"
    );
}

/// The documents as they are shown are put into the recording, and all is read and judged from there.
fn assert_closed(
    (recording, function, settings): (&Value, &FunctionArn, &Settings),
    (finding, told): (&Finding, &Explanation),
    place: &str,
) {
    let (Replacement::Narrower(change) | Replacement::Wider(change)) = &told.replacement else {
        unreachable!()
    };
    // What Access Analyzer would say of the new text stands in no recording.
    if finding.control == "role-policy-invalid" {
        return;
    }
    let mut changed = recording.clone();
    for policy in &change.policies {
        put_in(&mut changed, function, policy);
    }
    let before = findings(&account(recording), function, settings);
    let after = findings(&account(&changed), function, settings);
    let count = |all: &[Arc<Finding>], control: &str| all.iter().filter(|one| one.control == control).count();
    let shown = || serde_json::to_string_pretty(&change).unwrap();
    let is_gone = after.iter().all(|one| one.fingerprint != finding.fingerprint);
    let is_less = count(&after, &finding.control) < count(&before, &finding.control);
    assert!(is_gone && is_less, "{place} is not closed: {}", shown());
    for other in after.iter().filter(|other| other.severity >= finding.severity) {
        let is_known = count(&after, &other.control) <= count(&before, &other.control);
        assert!(is_known, "{place} opens {}: {}", other.control, shown());
    }
}

/// Does to a recording what the commands do to an account.
fn put_in(recording: &mut Value, function: &FunctionArn, policy: &Replaced) {
    let functions = recording["Functions"].as_array_mut().unwrap();
    let own = functions
        .iter_mut()
        .find(|one| one["FunctionArn"] == function.to_string())
        .unwrap();
    let role = own["Configuration"]["Role"].clone();
    let new = policy.document.clone();
    match &policy.place {
        Place::Function => replace(&mut own["Policies"], ("Qualifier", &Value::Null, "Policy"), new),
        Place::Qualifier(name) => replace(&mut own["Policies"], ("Qualifier", &json!(name), "Policy"), new),
        Place::Layer(arn) => replace(
            &mut own["LayerPolicies"],
            ("LayerVersionArn", &json!(arn), "Policy"),
            new,
        ),
        Place::Endpoint(id) => {
            let networks = recording["Networks"].as_array_mut().unwrap();
            // A recording has the text of it.
            let new = new.map(|document| json!(document.to_string()));
            for network in networks {
                replace(
                    &mut network["VpcEndpoints"],
                    ("VpcEndpointId", &json!(id), "PolicyDocument"),
                    new.clone(),
                );
            }
        }
        of_role => {
            let roles = recording["Roles"].as_array_mut().unwrap();
            let own = roles.iter_mut().find(|one| one["Arn"] == role).unwrap();
            put_into_role(own, of_role, (new, &policy.command));
        }
    }
}

fn put_into_role(role: &mut Value, place: &Place, (new, command): (Option<Value>, &str)) {
    match place {
        Place::Trust => role["AssumeRolePolicyDocument"] = new.unwrap(),
        Place::Boundary(_) => role["PermissionsBoundary"]["PolicyDocument"] = new.unwrap(),
        Place::Inline(name) => {
            let all = &mut role["InlinePolicies"];
            if let (Some(new), false) = (&new, holds(all, name)) {
                let added = json!({"PolicyName": name, "PolicyDocument": new});
                all.as_array_mut().unwrap().push(added);
                return;
            }
            replace(all, ("PolicyName", &json!(name), "PolicyDocument"), new);
        }
        Place::Managed(arn) => {
            let (_, rest) = command.split_once("--policy-name ").unwrap_or(("", "gone "));
            let name = rest.split(' ').next().unwrap();
            replace(
                &mut role["AttachedPolicies"],
                ("PolicyArn", &json!(arn), "PolicyDocument"),
                None,
            );
            if let Some(new) = new {
                let moved = json!({"PolicyName": name, "PolicyDocument": new});
                role["InlinePolicies"].as_array_mut().unwrap().push(moved);
            }
        }
        _ => unreachable!(),
    }
}

fn holds(all: &Value, name: &str) -> bool {
    all.as_array().unwrap().iter().any(|one| one["PolicyName"] == name)
}

/// Replaces the document of the entry that a member names, or takes the entry out.
fn replace(entries: &mut Value, (member, name, document): (&str, &Value, &str), new: Option<Value>) {
    let entries = entries.as_array_mut().unwrap();
    let before = entries.len();
    match new {
        None => {
            entries.retain(|one| one[member] != *name);
            assert!(entries.len() < before, "{name} is not there");
        }
        Some(new) => {
            let own = entries.iter_mut().find(|one| one[member] == *name);
            own.unwrap_or_else(|| panic!("{name} is not there"))[document] = new;
        }
    }
}

fn vigil(arguments: &[&str]) -> std::process::Output {
    let mut vigil = Command::new(env!("CARGO_BIN_EXE_vigil"));
    vigil
        .current_dir(root())
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE");
    vigil
        .args(["explain", "--now", "2026-11-21T12:00:00Z"])
        .args(arguments)
        .output()
        .unwrap()
}

fn printed(arguments: &[&str]) -> String {
    let output = vigil(arguments);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    assert_eq!(output.status.code(), Some(0));
    String::from_utf8(output.stdout).unwrap()
}

fn complaint(arguments: &[&str]) -> String {
    let output = vigil(arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

/// A finding of a case, asked for by function and control.
fn of_case(case: &str, finding: &str) -> String {
    printed(&["--account", &format!("tests/cases/{case}"), "--all", finding])
}

#[test]
fn explanations_read_well() {
    insta::assert_snapshot!("invoke_public", of_case("invoke-public", "fires-star/invoke-public"));
    insta::assert_snapshot!("role_admin", of_case("role-admin", "fires-attached/role-admin"));
    insta::assert_snapshot!(
        "role_logs_unscoped",
        of_case("role-logs-unscoped", "fires-all/role-logs-unscoped")
    );
    insta::assert_snapshot!(
        "role_trust_broad",
        of_case("role-trust-broad", "fires-anyone/role-trust-broad")
    );
    insta::assert_snapshot!(
        "role_logs_denied",
        of_case("role-logs-denied", "fires-denied/role-logs-denied")
    );
    insta::assert_snapshot!("no_policy", of_case("url-auth-none", "fires-no-policy/url-auth-none"));
    insta::assert_snapshot!(
        "unproved",
        of_case("role-policy-invalid", "fires-warning/role-policy-invalid")
    );
}

#[test]
fn a_machine_gets_what_the_schema_says() {
    let schema = Command::new(env!("CARGO_BIN_EXE_vigil"))
        .args(["schema", "explain"])
        .output()
        .unwrap();
    let schema: Value = serde_json::from_slice(&schema.stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let json: Value =
        serde_json::from_str(&printed(&["report-export/role-secrets-unscoped", "--format", "json"])).unwrap();
    let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(json["schema"], "lambda-vigil/explain/1");
    assert_eq!(json["replacement"]["kind"], "narrower");
    assert!(!validator.is_valid(&json!({"schema": 1})));
}

#[test]
fn a_finding_is_named_by_the_beginning_of_its_id() {
    let json: Value =
        serde_json::from_str(&printed(&["report-export/role-secrets-unscoped", "--format", "json"])).unwrap();
    let id = json["finding"]["fingerprint"].as_str().unwrap();
    let by_names = printed(&["report-export/role-secrets-unscoped"]);
    assert_eq!(printed(&[id]), by_names);
    assert_eq!(printed(&[&id[..10].to_uppercase()]), by_names);
}

#[test]
fn mistakes_name_the_next_step() {
    let told = |arguments: &[&str]| complaint(arguments);
    assert!(told(&["nobody/invoke-public"]).contains("--account"));
    assert!(told(&["report-export/no-such"]).contains("vigil controls list"));
    assert!(told(&["report-export/url-public"]).contains("does not fail on report-export"));
    assert!(told(&["report-export/monitor-blinded"]).contains("the monitor itself"));
    assert!(told(&["00000000000000000000000000000000"]).contains("vigil replay --format jsonl"));
    for text in ["abc", "what is this", "", "\u{1b}[2J", &"a".repeat(33)] {
        assert!(told(&[text]).contains("FUNCTION/CONTROL"), "{text}");
    }
    assert!(is_harmless(&told(&["\u{1b}[2J\u{202e}"])));
}

#[test]
fn several_findings_are_listed_to_choose_from() {
    let account = ["--account", "tests/cases/role-wildcard-resource"];
    let recording = recordings()
        .into_iter()
        .find(|(case, _)| case == "role-wildcard-resource")
        .unwrap()
        .1;
    let known = self::account(&recording);
    let several = known.functions().find(|function| {
        let found = findings(&known, function, &Settings::default());
        found
            .iter()
            .filter(|one| one.control == "role-wildcard-resource")
            .count()
            > 1
    });
    let Some(function) = several else {
        panic!("add a function with two such findings")
    };
    let asked = format!("{}/role-wildcard-resource", function.name());
    let told = complaint(&[&asked, account[0], account[1]]);
    assert!(told.contains("--all") && told.lines().count() > 2, "{told}");
    let id = told
        .lines()
        .nth(1)
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap()
        .to_owned();
    let one = printed(&[&id, account[0], account[1]]);
    let all = printed(&[&asked, "--all", account[0], account[1]]);
    assert!(all.contains(one.trim_end()) && all.len() > one.len());
}

#[test]
fn hostile_names_are_shown_and_not_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("all.json"), hostile_text::account().to_string()).unwrap();
    let path = folder.path().to_str().unwrap();
    let recorded = account(&hostile_text::account());
    let mut shown = 0;
    for function in recorded.functions() {
        for finding in findings(&recorded, function, &Settings::default()) {
            let text = printed(&[&finding.fingerprint.to_string(), "--account", path]);
            assert!(is_harmless(&text), "{text:?}");
            shown += 1;
        }
    }
    assert!(shown > 20, "{shown}");
}

#[test]
fn colour_is_for_terminals_only() {
    let asked = "report-export/invoke-external";
    let forced = |refused: bool| {
        let mut vigil = Command::new(env!("CARGO_BIN_EXE_vigil"));
        vigil
            .current_dir(root())
            .env_remove("NO_COLOR")
            .env("CLICOLOR_FORCE", "1");
        if refused {
            vigil.env_remove("CLICOLOR_FORCE").env("NO_COLOR", "1");
        }
        let output = vigil
            .args(["explain", "--now", "2026-11-21T12:00:00Z", asked])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let plain = printed(&[asked]);
    assert!(!plain.contains('\u{1b}') && forced(false).contains('\u{1b}'));
    assert_eq!(forced(true), plain);
}

/// A policy with very many actions and wildcards: an answer comes in bounded time.
#[test]
fn a_policy_of_very_many_wildcards_takes_bounded_time() {
    let statement = |at: usize| {
        let actions: Vec<String> = (0..20)
            .map(|n| format!("s3:*{}*{n}*", "a?".repeat(at % 7 + 1)))
            .collect();
        json!({"Sid": format!("s{at}"), "Effect": "Allow", "Action": actions, "Resource": format!("arn:aws:s3:::*b{at}*?*c*")})
    };
    let mut statements: Vec<Value> = (0..3).map(statement).collect();
    statements.push(json!({"Sid": "wide", "Effect": "Allow", "Action": ["s3:*", "ec2:*", "dynamodb:*", "iam:*", "lambda:*"], "Resource": "*"}));
    let mut recording = recordings()
        .into_iter()
        .find(|(case, _)| case == "role-wildcard-action")
        .unwrap()
        .1;
    for role in recording["Roles"].as_array_mut().unwrap() {
        role["InlinePolicies"] =
            json!([{"PolicyName": "huge", "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}]);
    }
    let known = account(&recording);
    let function = known.functions().next().unwrap();
    let found = findings(&known, function, &settings());
    let begun = std::time::Instant::now();
    let mut told = 0;
    for control in ["role-wildcard-action", "role-wildcard-resource"] {
        let own = found
            .iter()
            .find(|one| one.control == control && one.evidence.subject.ends_with("wide"));
        let Some(finding) = own else { continue };
        let (snapshot, settings) = (snapshot(&known, function), settings());
        let assessment = assess(&snapshot, &settings, now());
        let control = controls::find(control).unwrap();
        let others = |other: &FunctionArn| self::snapshot(&known, other);
        explain((&snapshot, &settings, now()), (control, finding), &assessment, &others).unwrap();
        told += 1;
    }
    println!("{told} explanations of very many wildcards in {:?}", begun.elapsed());
    assert!(told > 0 && begun.elapsed().as_secs() < 300);
}
