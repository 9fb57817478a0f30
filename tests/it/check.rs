//! Templates before deployment: what is found, what cannot be told, and that CI and the deployed account agree.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use assert_cmd::Command;
use lambda_vigil::assess::{Assessment, assess};
use lambda_vigil::memory::{Account, Recording};
use lambda_vigil::report::{Checked, Judged};
use lambda_vigil::settings::Settings;
use lambda_vigil::template::{self, Asked};
use regex::Regex;
use serde_json::Value;

use crate::recorded::{account, now, root};

const ACCOUNT: &str = "123456789012";

fn folder() -> PathBuf {
    root().join("tests/templates")
}

fn check(arguments: &[&str]) -> (String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vigil"));
    command
        .current_dir(folder())
        .args(["check", "--now", "2026-11-21T12:00:00Z"])
        .args(arguments);
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    (
        String::from_utf8(output.stdout).unwrap() + &errors,
        output.status.code().unwrap(),
    )
}

fn templates() -> Vec<String> {
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap());
    let files = files.filter(|entry| entry.file_type().unwrap().is_file());
    let mut names: Vec<String> = files.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn every_template_gives_its_golden_text() {
    let names = templates();
    assert!(names.len() >= 12, "{names:?}");
    let mut text = String::new();
    for name in &names {
        let (out, code) = check(&["--account", ACCOUNT, name]);
        let _ = writeln!(text, "{out}exit {code}\n");
    }
    insta::assert_snapshot!("check_text", text);
}

/// What the controls say of a template.
fn before(name: &str) -> Vec<(Assessment, Option<String>)> {
    let text = std::fs::read_to_string(folder().join(name)).unwrap();
    let asked = Asked {
        account: Some(ACCOUNT.parse().unwrap()),
        ..Asked::default()
    };
    assessed(&text, &asked).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn assessed(text: &str, asked: &Asked) -> Result<Vec<(Assessment, Option<String>)>, String> {
    let mut deployment = template::read(text, asked).map_err(|error| error.to_string())?;
    let mut account = Account::default().as_of(now());
    let recorded = std::mem::take(&mut deployment.recorded);
    account.take([Recording::made(recorded).map_err(|error| error.to_string())?]);
    let functions: Vec<_> = account.functions().cloned().collect();
    let one = |function| {
        let mut assessment = assess(&account.snapshot(function), &Settings::default(), now());
        deployment.settle(&mut assessment);
        let id = deployment.id(function).map(str::to_owned);
        (assessment, id)
    };
    Ok(functions.iter().map(one).collect())
}

/// Names that AWS makes up, whatever they are.
fn neutral(text: &str) -> String {
    static MADE_UP: LazyLock<[Regex; 3]> = LazyLock::new(|| {
        [
            r"-[A-Z0-9]{12}\b",
            r"without-sid-[0-9a-f]{8}",
            r"\b(vpc|vpce|subnet|sg|rtb)-[0-9a-f]+",
        ]
        .map(|one| Regex::new(one).unwrap())
    });
    let text = MADE_UP
        .iter()
        .fold(text.to_owned(), |text, one| one.replace_all(&text, "…").into_owned());
    text.split(' ').collect::<Vec<_>>().join(" ")
}

type Found = (String, Option<String>, String);

fn found(assessment: &Assessment) -> BTreeSet<Found> {
    let one = |finding: &Arc<lambda_vigil::finding::Finding>| {
        let evidence = &finding.evidence;
        (
            finding.control.clone(),
            evidence.qualifier.clone(),
            neutral(&evidence.subject),
        )
    };
    assessment.findings.iter().map(one).collect()
}

/// Template, and the account after its deployment.
const DEPLOYED: [(&str, &str); 8] = [
    ("grants.json", "grants"),
    ("grants.tfplan.json", "grants-terraform"),
    ("network.yaml", "network"),
    ("public-url.yaml", "public-url"),
    ("roles.yaml", "roles"),
    ("sam-orders.yaml", "sam-orders"),
    ("shop.tfplan.json", "shop"),
    ("shop.tfplan.json", "public-url"),
];

/// Whatever is found before deployment is found after it, and whatever is found after it was found or said to be open before.
#[test]
fn a_template_and_its_deployment_agree() {
    for (template, deployed) in DEPLOYED {
        let live = account(&folder().join("deployed").join(format!("{deployed}.json")));
        let mut common = 0;
        for (before, _) in before(template) {
            let after = assess(&live.snapshot(&before.function), &Settings::default(), now());
            let (early, late) = (found(&before), found(&after));
            let open: BTreeSet<&str> = before.unjudged.iter().map(|cannot| cannot.control.as_str()).collect();
            // Who grants a URL to everybody names the statements otherwise.
            let is_twin = template == "shop.tfplan.json";
            let early_only: Vec<&Found> = early
                .difference(&late)
                .filter(|(control, ..)| !(is_twin && control == "url-public"))
                .collect();
            assert!(early_only.is_empty(), "{template} alone: {early_only:?}\n{late:?}");
            let late_only: Vec<&Found> = late
                .difference(&early)
                .filter(|(control, ..)| !(open.contains(control.as_str()) || is_twin && control == "url-public"))
                .collect();
            assert!(late_only.is_empty(), "{deployed} alone: {late_only:?}\n{early:?}");
            common += early.intersection(&late).count();
        }
        assert!(common >= 4, "{template}: {common}");
    }
}

/// The controls that only speak before deployment where somebody says more.
#[test]
fn near_misses_stay_silent() {
    let silent = |template: &str, id: &str, controls: &[&str]| {
        let all = before(template);
        let (assessment, _) = all.iter().find(|(_, own)| own.as_deref() == Some(id)).unwrap();
        for control in controls {
            let fails = assessment.findings.iter().any(|finding| finding.control == *control);
            assert!(!fails, "{template}: {id} {control}");
        }
    };
    silent(
        "public-url.yaml",
        "AdminFunction",
        &["url-public", "url-auth-none", "invoke-public", "url-grant-latent"],
    );
    silent(
        "roles.yaml",
        "NamedFunction",
        &[
            "role-admin",
            "role-wildcard-resource",
            "role-wildcard-action",
            "role-logs-unscoped",
        ],
    );
    silent("runtimes.yaml", "New", &["runtime-deprecated"]);
    silent("runtimes.yaml", "Open", &["runtime-deprecated"]);
    silent(
        "sam-orders.yaml",
        "OrdersFunction",
        &[
            "invoke-public",
            "invoke-external",
            "invoke-service-unconfined",
            "env-secret-plaintext",
        ],
    );
    let grants = before("grants.json");
    let subjects = grants[0]
        .0
        .findings
        .iter()
        .map(|finding| finding.evidence.subject.as_str());
    assert!(
        subjects
            .clone()
            .any(|subject| subject.contains("UploadsWithoutAccount"))
    );
    assert!(!subjects.clone().any(|subject| subject.contains("UploadsOfThisAccount")));
    assert!(!subjects.clone().any(|subject| subject.contains("WhoeverIsNamed")));
}

#[test]
fn what_is_given_settles_what_was_open() {
    let args = [
        "--account",
        ACCOUNT,
        "--parameter",
        "Runtime=python3.8",
        "--format",
        "jsonl",
        "runtimes.yaml",
    ];
    let (out, code) = check(&args);
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let deprecated = lines
        .iter()
        .filter(|line| line["type"] == "finding" && line["finding"]["control"] == "runtime-deprecated");
    let resources: Vec<&str> = deprecated.map(|line| line["resource"].as_str().unwrap()).collect();
    assert_eq!(resources, ["Old", "Open"]);
    assert_eq!(code, 0, "medium is below the threshold");
    let (_, strict) = check(&["--account", ACCOUNT, "--strict", "runtimes.yaml"]);
    assert_eq!(strict, 2);
    let (_, low) = check(&["--account", ACCOUNT, "--fail-on", "medium", "runtimes.yaml"]);
    assert_eq!(low, 1);
    let (wrong, code) = check(&["--parameter", "Nothing=1", "runtimes.yaml"]);
    assert!(
        wrong.contains("`Nothing` is no parameter of the template; it has `Runtime`, `Old`"),
        "{wrong}"
    );
    assert_eq!(code, 2);
}

#[test]
fn an_account_that_nobody_names_may_be_any_that_the_template_speaks_of() {
    let (out, _) = check(&["grants.json"]);
    assert!(!out.contains("invoke-external  grants"), "{out}");
    assert!(
        out.contains("it depends on whether 999988887777 is the account"),
        "{out}"
    );
    assert!(out.contains("invoke-public  grants.json:31"), "{out}");
}

#[test]
fn what_is_secret_is_never_shown() {
    for name in ["secrets.yaml", "sam-orders.yaml", "module.tfplan.json"] {
        for format in ["text", "jsonl", "sarif"] {
            let (out, _) = check(&["--format", format, name]);
            assert!(out.contains("env-secret-plaintext"), "{name}");
            for secret in ["hV7-kq2Zx9mLw4Tb", "4eC39HqLyjWDarjtT1zdp7dcQ2bN8xKw"] {
                assert!(!out.contains(secret), "{name} as {format}");
            }
        }
    }
}

#[test]
fn json_lines_follow_their_schema() {
    let mut schema = Command::new(env!("CARGO_BIN_EXE_vigil"));
    let schema = schema.args(["schema", "check"]).output().unwrap().stdout;
    let validator = jsonschema::validator_for(&serde_json::from_slice(&schema).unwrap()).unwrap();
    let names = templates();
    let names: Vec<&str> = names.iter().map(String::as_str).chain(["missing.yaml"]).collect();
    let (out, _) = check(&[&["--format", "jsonl"], names.as_slice()].concat());
    assert!(out.lines().count() > 100);
    for line in out.lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        assert!(validator.is_valid(&value), "{line}");
    }
    assert!(!validator.is_valid(&serde_json::json!({"type": "finding"})));
}

/// The parts of SARIF 2.1.0 that code hosts read, typed.
mod sarif {
    use serde::Deserialize;

    #[derive(Deserialize)]
    pub(super) struct Log {
        pub(super) version: String,
        pub(super) runs: Vec<Run>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Run {
        pub(super) tool: Tool,
        pub(super) results: Vec<Finding>,
        pub(super) invocations: Vec<Invocation>,
    }
    #[derive(Deserialize)]
    pub(super) struct Tool {
        pub(super) driver: Driver,
    }
    #[derive(Deserialize)]
    pub(super) struct Driver {
        pub(super) rules: Vec<Rule>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Rule {
        pub(super) id: String,
        pub(super) short_description: Message,
        pub(super) help: Message,
    }
    #[derive(Deserialize)]
    pub(super) struct Message {
        pub(super) text: String,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Finding {
        pub(super) rule_id: String,
        pub(super) rule_index: usize,
        pub(super) level: Level,
        pub(super) message: Message,
        pub(super) locations: Vec<Location>,
        pub(super) partial_fingerprints: std::collections::BTreeMap<String, String>,
    }
    #[derive(Deserialize, PartialEq, Debug)]
    #[serde(rename_all = "lowercase")]
    pub(super) enum Level {
        Note,
        Warning,
        Error,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Location {
        pub(super) physical_location: Physical,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Physical {
        pub(super) artifact_location: Artifact,
        pub(super) region: Region,
    }
    #[derive(Deserialize)]
    pub(super) struct Artifact {
        pub(super) uri: String,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Region {
        pub(super) start_line: usize,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Invocation {
        pub(super) execution_successful: bool,
        pub(super) tool_execution_notifications: Vec<Notification>,
    }
    #[derive(Deserialize)]
    pub(super) struct Notification {
        pub(super) level: Level,
        pub(super) message: Message,
        pub(super) locations: Vec<Location>,
    }
}

#[test]
fn sarif_names_rule_line_and_fingerprint_of_every_finding() {
    let names = templates();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (out, _) = check(&[&["--account", ACCOUNT, "--format", "sarif"], names.as_slice()].concat());
    let log: sarif::Log = serde_json::from_str(&out).unwrap();
    assert_eq!((log.version.as_str(), log.runs.len()), ("2.1.0", 1));
    let run = &log.runs[0];
    let mut prints = BTreeSet::new();
    for result in &run.results {
        let rule = &run.tool.driver.rules[result.rule_index];
        assert_eq!(rule.id, result.rule_id);
        assert!(
            !result.message.text.is_empty() && !rule.short_description.text.is_empty() && !rule.help.text.is_empty()
        );
        let place = &result.locations[0].physical_location;
        let text = std::fs::read_to_string(folder().join(&place.artifact_location.uri)).unwrap();
        assert!(
            (1..=text.lines().count()).contains(&place.region.start_line),
            "{}",
            result.message.text
        );
        let print = &result.partial_fingerprints["lambdaVigil/v1"];
        prints.insert((place.artifact_location.uri.clone(), print.clone()));
    }
    assert_eq!(
        prints.len(),
        run.results.len(),
        "one fingerprint per finding of a template"
    );
    let invocation = &run.invocations[0];
    assert!(invocation.execution_successful);
    let notes = &invocation.tool_execution_notifications;
    assert!(
        notes
            .iter()
            .any(|one| one.level == sarif::Level::Note && one.message.text.contains("cannot be judged"))
    );
    assert!(
        notes
            .iter()
            .all(|one| one.locations[0].physical_location.region.start_line > 0)
    );
    assert!(run.results.iter().any(|one| one.level == sarif::Level::Error));
    assert!(run.results.iter().any(|one| one.level == sarif::Level::Warning));
    let (out, code) = check(&["--format", "sarif", "missing.yaml"]);
    let log: sarif::Log = serde_json::from_str(&out).unwrap();
    assert!(!log.runs[0].invocations[0].execution_successful);
    assert_eq!(code, 2);
}

/// The line on which a word first stands.
fn line_of(name: &str, word: &str) -> usize {
    let text = std::fs::read_to_string(folder().join(name)).unwrap();
    text.lines().position(|line| line.contains(word)).unwrap() + 1
}

#[test]
fn findings_stand_at_what_they_are_about() {
    let (out, _) = check(&[
        "--account",
        ACCOUNT,
        "--format",
        "jsonl",
        "secrets.yaml",
        "roles.yaml",
        "public-url.yaml",
    ]);
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let at = |control: &str, subject: &str| {
        let is_it = |line: &&Value| {
            let finding = &line["finding"];
            finding["control"] == control
                && finding["evidence"]["subject"]
                    .as_str()
                    .is_some_and(|own| own.contains(subject))
        };
        lines
            .iter()
            .find(is_it)
            .unwrap_or_else(|| panic!("{control} {subject}"))["line"]
            .as_u64()
            .unwrap()
    };
    let line = |name, word| u64::try_from(line_of(name, word)).unwrap();
    assert_eq!(
        at("env-secret-plaintext", "DB_PASSWORD"),
        line("secrets.yaml", "DB_PASSWORD:")
    );
    assert_eq!(at("role-wildcard-action", "Keys"), line("roles.yaml", "Sid: Keys"));
    assert_eq!(at("url-cors-any-origin", ""), line("public-url.yaml", "  ShopUrl:"));
}

#[test]
fn mistakes_are_told_with_their_place_and_the_next_step() {
    let problem = |text: &str| template::read(text, &Asked::default()).unwrap_err().to_string();
    for (text, said) in [
        ("", "neither a CloudFormation or SAM template"),
        ("a: b", "neither a CloudFormation or SAM template"),
        ("{\"a\": 1}", "a plan is made by `terraform plan -out PLAN`"),
        ("Resources:\n  - a\n", "line 2: `Resources` must be a map"),
        (
            "Resources:\n  A: 1\n",
            "line 2: `Resources.A` must be a map with `Type` and `Properties`",
        ),
        (
            "Resources:\n  A:\n    Properties: {}\n",
            "line 2: `Resources.A.Type` must be the type of a resource",
        ),
        ("Resources:\n  A: [\n", "line "),
        (
            "{\"format_version\": \"1.2\", \"planned_values\": 3}",
            "the plan is not understood",
        ),
        (
            "{\"format_version\": \"9.0\", \"planned_values\": {}}",
            "format_version `9.0` is not known",
        ),
        (
            "{\"format_version\": \"1.2\", \"planned_values\": {}, \"errored\": true}",
            "ended with an error",
        ),
    ] {
        assert!(problem(text).contains(said), "{text}: {}", problem(text));
    }
    assert!(problem(&"a: b\n".repeat(300_000)).contains("more than the 1048576"));
}

/// Whatever stands there, it is judged or refused, in no time and without a panic.
#[test]
fn hostile_templates_are_judged_or_refused() {
    let function =
        |properties: &str| format!("Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties: {properties}\n");
    let deep = format!("{}1{}", "{a: ".repeat(200), "}".repeat(200));
    let chain = |last: &str| {
        let mut text = "Resources:\n".to_owned();
        for place in 0..400 {
            let next = if place == 399 {
                last.to_owned()
            } else {
                format!("R{}", place + 1)
            };
            let _ = writeln!(
                text,
                "  R{place}:\n    Type: AWS::Lambda::Function\n    Properties: {{FunctionName: !Sub '${{{next}}}${{{next}}}'}}"
            );
        }
        text
    };
    let conditions = "Conditions:\n  A: !Not [!Condition B]\n  B: !Or [!Condition A, !Condition A]\n";
    let long = "x".repeat(900_000);
    let subs = format!("!Sub '{}'", "${P}".repeat(100_000));
    let cases = [
        function(&deep),
        function(&format!("{{FunctionName: '{long}', Runtime: '{long}'}}")),
        function("{FunctionName: {a: [1]}, Runtime: [x], Role: {b: c}, Layers: 7, Tags: yes, VpcConfig: x, Environment: {Variables: [1]}}"),
        function("{FunctionName: !Ref F, Role: !GetAtt F.Arn, Runtime: !GetAtt [F], Layers: !Split ['', !Ref F]}"),
        chain("R0"),
        chain("Nowhere"),
        format!("{conditions}{}", function("{Runtime: !If [A, x, y]}").replace("Properties", "Condition: B\n    Properties")),
        format!("Mappings: {{M: {{a: {{b: !FindInMap [M, a, b]}}}}}}\n{}", function("{Runtime: !FindInMap [M, a, b], Role: !FindInMap [!Ref F, [], {}]}")),
        format!("Parameters: {{P: {{Type: String, Default: '{}'}}}}\n{}", "y".repeat(4_000), function(&format!("{{Runtime: {subs}, Role: {subs}}}"))),
        "Resources:\n  'Fn::ForEach::X': [a, [b], {c: d}]\n  F: {Type: 'AWS::Serverless::Function', Properties: {Events: 7, Policies: {a: b, c: d}}}\nTransform: [{Name: M}, AWS::Serverless-2016-10-31]\nGlobals: [x]\n".to_owned(),
        "Resources:\n  P: {Type: 'AWS::Lambda::Permission', Properties: {FunctionName: '::::', Principal: [], Action: {}}}\n  U: {Type: 'AWS::Lambda::Url', Properties: {AuthType: [x]}}\n".to_owned(),
        "{\"format_version\":\"1.0\",\"planned_values\":{\"root_module\":{\"resources\":[{\"address\":\"module.a[\",\"mode\":\"managed\",\"type\":\"aws_lambda_function\",\"values\":[1]},{\"address\":\"module.\",\"mode\":\"managed\",\"type\":\"aws_lambda_permission\",\"values\":{\"function_name\":{}}}]}},\"configuration\":{\"root_module\":{\"module_calls\":7}}}".to_owned(),
    ];
    for text in &cases {
        let began = std::time::Instant::now();
        if let Ok(assessments) = assessed(text, &Asked::default()) {
            assert!(
                assessments
                    .iter()
                    .all(|(assessment, _)| assessment.findings.len() < 100)
            );
        }
        let shown: String = text.chars().take(200).collect();
        assert!(began.elapsed().as_secs() < 20, "{shown}");
    }
}

/// Pieces of templates, put together in any way.
fn pieces() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    let words = prop::sample::select(vec![
        "!Ref F",
        "!Ref P",
        "!GetAtt F.Arn",
        "!Sub '${F}-${AWS::Region}'",
        "!If [C, a, b]",
        "!Join ['', [a, !Ref P]]",
        "'*'",
        "7",
        "~",
        "[]",
        "{}",
        "[a, b]",
        "{a: b}",
        "!ImportValue x",
        "{{a: b}: c}",
        "arn:aws:iam::123456789012:role/x",
        "NONE",
        "{Fn::Transform: x}",
        "\u{202e}",
    ]);
    let members = prop::sample::select(vec![
        "FunctionName",
        "Role",
        "Runtime",
        "Principal",
        "Action",
        "Policies",
        "Events",
        "AuthType",
        "TargetFunctionArn",
        "VpcConfig",
        "Environment",
        "ManagedPolicyArns",
        "AssumeRolePolicyDocument",
        "PolicyDocument",
        "Roles",
        "Layers",
        "SourceArn",
        "FunctionUrlConfig",
    ]);
    let kinds = prop::sample::select(vec![
        "AWS::Lambda::Function",
        "AWS::Lambda::Permission",
        "AWS::Lambda::Url",
        "AWS::IAM::Role",
        "AWS::IAM::Policy",
        "AWS::IAM::ManagedPolicy",
        "AWS::Serverless::Function",
        "AWS::EC2::Subnet",
        "AWS::CloudWatch::Alarm",
        "AWS::Lambda::Alias",
        "AWS::Lambda::EventSourceMapping",
    ]);
    let properties = prop::collection::vec((members, words), 0..6);
    let resources = prop::collection::vec((kinds, properties), 1..6);
    resources.prop_map(|resources| {
        let mut text = "Transform: AWS::Serverless-2016-10-31\nParameters: {P: {Type: String}}\nConditions: {C: !Equals [!Ref P, x]}\nResources:\n".to_owned();
        for (place, (kind, properties)) in resources.into_iter().enumerate() {
            let name = if place == 0 { "F".to_owned() } else { format!("R{place}") };
            let _ = writeln!(text, "  {name}:\n    Type: {kind}\n    Properties:");
            let mut seen = BTreeSet::new();
            for (member, value) in properties {
                if seen.insert(member) {
                    let _ = writeln!(text, "      {member}: {value}");
                }
            }
        }
        text
    })
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]
    #[test]
    fn no_template_makes_it_panic(text in pieces()) {
        let _ = assessed(&text, &Asked::default());
    }
}

/// A template that says nothing is fine in nothing: each control that reads something of it fails, holds or cannot judge.
#[test]
fn a_function_of_unknown_parameters_is_found_in_nothing() {
    let text = "Parameters: {A: {Type: String}}\nResources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n      Role: !Ref A\n      Runtime: !Ref A\n      TracingConfig: {Mode: !Ref A}\n      CodeSigningConfigArn: !Ref A\n      PackageType: !Ref A\n      RecursiveLoop: !Ref A\n      ReservedConcurrentExecutions: !Ref A\n      KmsKeyArn: !Ref A\n      Layers: !Ref A\n      Environment: {Variables: !Ref A}\n      VpcConfig: {SubnetIds: !Ref A}\n";
    let all = assessed(text, &Asked::default()).unwrap();
    assert_eq!(found(&all[0].0), BTreeSet::new());
    assert!(all[0].0.unjudged.len() > 40);
}

#[test]
fn a_faulty_policy_makes_the_exit_code_two() {
    let judged = |text: &str| -> Checked {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.yaml");
        std::fs::write(&file, text).unwrap();
        let (out, code) = check(&[Path::to_str(&file).unwrap()]);
        Checked {
            path: out,
            outcome: if code == 2 { Err(String::new()) } else { Ok(empty()) },
        }
    };
    let text = "Resources:\n  R:\n    Type: AWS::IAM::Role\n    Properties: {RoleName: r, AssumeRolePolicyDocument: {Statement: [{Effect: allow, Action: x}]}}\n  F:\n    Type: AWS::Lambda::Function\n    Properties: {Role: !GetAtt R.Arn, Runtime: python3.13}\n";
    let checked = judged(text);
    assert!(checked.outcome.is_err(), "{}", checked.path);
    assert!(checked.path.contains("/Statement/0/Effect"), "{}", checked.path);
    assert!(judged(&text.replace("allow", "Allow")).outcome.is_ok());
}

fn empty() -> Judged {
    Judged {
        form: "",
        account: ACCOUNT.parse().unwrap(),
        is_account_known: true,
        region: "us-east-1".parse().unwrap(),
        functions: 0,
        findings: Vec::new(),
        unjudged: Vec::new(),
        notes: Vec::new(),
    }
}
