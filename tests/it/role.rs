//! What does `vigil policy role` say of recorded roles?

use assert_cmd::Command;
use serde_json::{Value, json};

use crate::recorded::root;

const ROLE: &str = "arn:aws:iam::111122223333:role/app";

fn vigil(arguments: &[&str]) -> Command {
    let mut vigil = Command::new(env!("CARGO_BIN_EXE_vigil"));
    vigil.args(["policy", "role"]).args(arguments).current_dir(root());
    vigil
}

fn answer(role: &Value) -> Value {
    let output = vigil(&["-", "--format", "json"])
        .write_stdin(role.to_string())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{role}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let answer = serde_json::from_slice(&output.stdout).unwrap();
    let schema = Command::new(env!("CARGO_BIN_EXE_vigil"))
        .args(["schema", "role"])
        .output()
        .unwrap();
    let schema = serde_json::from_slice(&schema.stdout).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&answer));
    answer
}

/// A role with one inline policy of one statement.
fn role(actions: &[&str], resource: &str) -> Value {
    json!({
        "Arn": ROLE,
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
        "InlinePolicies": [{"PolicyName": "own", "PolicyDocument": document("Allow", actions, resource)}],
        "AttachedPolicies": [],
        "PermissionsBoundary": null,
    })
}

fn document(effect: &str, actions: &[&str], resource: &str) -> Value {
    let statement = json!({"Sid": "s", "Effect": effect, "Action": actions, "Resource": resource});
    json!({"Version": "2012-10-17", "Statement": statement})
}

fn names<'v>(answer: &'v Value, member: &str, name: &str) -> Vec<&'v str> {
    let all = answer[member].as_array().unwrap();
    all.iter().map(|one| one[name].as_str().unwrap()).collect()
}

#[test]
fn policies_of_aws_need_no_document() {
    let mut administrator = role(&[], "*");
    administrator["InlinePolicies"] = json!([]);
    administrator["AttachedPolicies"] = json!([{"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}]);
    let found = answer(&administrator);
    assert_eq!(found["administrator"]["verdict"], "yes");
    assert!(names(&found, "services", "service").len() > 400);
    administrator["PermissionsBoundary"] = json!({"PolicyArn": "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"});
    let bounded = answer(&administrator);
    assert_eq!(bounded["administrator"]["verdict"], "no");
    assert_eq!(names(&bounded, "services", "service"), ["sqs"]);
    assert_eq!(
        bounded["limits"]["permissions_boundary"],
        "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"
    );
}

#[test]
fn escalation_data_and_secrets_are_told_with_their_resources() {
    let actions = ["iam:PassRole", "ec2:RunInstances", "s3:GetObject", "ssm:GetParameter"];
    let found = answer(&role(&actions, "*"));
    let escalation = &found["escalations"][0];
    assert_eq!(escalation["set"], "pass-role-ec2");
    assert_eq!(escalation["resource"], "*");
    assert_eq!(escalation["statements"], json!([{"policy": "own", "statement": "s"}]));
    assert_eq!(names(&found, "data", "action"), ["s3:GetObject"]);
    assert_eq!(names(&found, "secrets", "action"), ["ssm:GetParameter"]);
    assert_eq!(names(&found, "services", "service"), ["ec2", "iam", "s3", "ssm"]);
    let named = answer(&role(&["s3:GetObject"], "arn:aws:s3:::reports/*"));
    assert_eq!(named["data"], json!([]));
}

#[test]
fn service_control_policies_limit_level_by_level() {
    let mut limited = role(&["s3:*", "sqs:*"], "*");
    let level = |name: &str, policies: &[Value]| json!({"orgIdentifier": name, "policies": policies});
    limited["ServiceControlPolicies"] = json!([
        level(
            "r-root",
            &[json!({"name": "All", "policy": document("Allow", &["*"], "*")})]
        ),
        level(
            "ou-1",
            &[document("Allow", &["*"], "*"), document("Deny", &["s3:*"], "*")]
        ),
        level("ou-2", &[]),
    ]);
    let found = answer(&limited);
    assert_eq!(names(&found, "services", "service"), ["sqs"]);
    let levels = found["limits"]["service_control_policies"].as_array().unwrap();
    assert_eq!(levels.len(), 2, "a level without policies does not limit");
}

#[test]
fn who_may_assume_the_role_is_told() {
    let mut trusting = role(&["s3:GetObject"], "*");
    trusting["AssumeRolePolicyDocument"] = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "a", "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
        {"Sid": "b", "Effect": "Allow", "Principal": {"AWS": "999988887777"}, "Action": "sts:AssumeRole"},
        {"Sid": "c", "Effect": "Allow", "Principal": {"Federated": "token.actions.githubusercontent.com"},
         "Action": "sts:AssumeRoleWithWebIdentity"},
    ]});
    let trust = &answer(&trusting)["trust"];
    assert_eq!(trust["services"][0]["service"], "lambda.amazonaws.com");
    assert_eq!(
        (&trust["assumers"][0]["tier"], &trust["assumers"][0]["verdict"]),
        (&json!("external"), &json!("present"))
    );
    assert_eq!(trust["federated"][0]["is_open"], true);
}

#[test]
fn a_role_of_a_recorded_account_is_found_by_its_name() {
    let output = vigil(&["events/account", "--role", "legacy-admin-role"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Administrator: yes"), "{text}");
    let several = vigil(&["events/account"]).output().unwrap();
    let error = String::from_utf8(several.stderr).unwrap();
    assert!(
        several.status.code() == Some(2) && error.contains("--role") && error.contains("legacy-admin-role"),
        "{error}"
    );
}

#[test]
fn what_is_missing_or_wrong_is_said() {
    let fails = |role: &Value, said: &str| {
        let output = vigil(&["-"]).write_stdin(role.to_string()).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(
            output.status.code() == Some(2) && error.contains(said),
            "{role}: {error}"
        );
    };
    fails(&json!({}), "neither a role");
    fails(&json!({"Arn": ROLE}), "InlinePolicies");
    fails(&json!({"Arn": ROLE, "missing": true}), "unknown field");
    fails(&json!({"Arn": ROLE, "Missing": true}), "missing");
    fails(&json!({"Arn": "role/app"}), "role/app");
    let mut unknown = role(&[], "*");
    unknown["AttachedPolicies"] = json!([{"PolicyArn": "arn:aws:iam::111122223333:policy/own"}]);
    fails(&unknown, "has no PolicyDocument");
    let mut malformed = role(&[], "*");
    malformed["InlinePolicies"] = json!([{"PolicyName": "own", "PolicyDocument": {"Statement": 1}}]);
    fails(&malformed, "`own` is no policy");
    malformed["ServiceControlPolicies"] = json!([{"policies": 1}]);
    fails(&malformed, "ServiceControlPolicies");
    let mut unread = role(&["s3:GetObject"], "*");
    let members = unread.as_object_mut().unwrap();
    members.remove("PermissionsBoundary");
    members.remove("AssumeRolePolicyDocument");
    assert_eq!(answer(&unread)["not_recorded"].as_array().unwrap().len(), 2);
}
