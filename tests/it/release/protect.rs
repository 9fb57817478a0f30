//! Whom does the sample service control policy keep from what? Asked of our own evaluator.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use lambda_vigil::facts::actions::{self, AccessLevel};
use lambda_vigil::policy::simulate::{Case, Outcome, evaluate};
use lambda_vigil::policy::{Effect, Policy, Statement};
use regex::Regex;
use serde_json::{Value, json};

use super::{matching, read};

const ADMINISTRATOR: &str = "role/administrator";
const DEPLOY: &str = "role/lambda-vigil-deploy";
const MONITOR: &str = "role/lambda-vigil-Role-1A2B3C";

/// What this caller gets in an account of an organization whose root holds the sample policy.
fn asked(caller: &str, account: &str, action: &str, resource: &str, context: &Value) -> Outcome {
    let everything = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
    let protect: Value = serde_json::from_str(&read("infra/protect.json")).unwrap();
    let case = json!({
        "request": {
            "action": action,
            "resource": {"resource": resource, "accountId": account},
            "principal": format!("arn:aws:iam::{account}:{caller}"),
            "context": context,
        },
        "identityPolicies": [everything],
        "serviceControlPolicies": [{"orgIdentifier": "r-root", "policies": [everything, protect]}],
        "managementAccountId": "999999999999",
    });
    evaluate(Case::read(&case.to_string()).unwrap().situation).decision
}

/// The ends of the monitor's parts: type of resource, what would put it out of action, its ARN with `NAME`.
const ENDS: &[(&str, &str, &str)] = &[
    (
        "AWS::Chatbot::SlackChannelConfiguration",
        "chatbot:DeleteSlackChannelConfiguration",
        "arn:aws:chatbot::111122223333:chat-configuration/slack-channel/NAME",
    ),
    (
        "AWS::CloudFormation::StackSet",
        "cloudformation:DeleteStackInstances",
        "arn:aws:cloudformation:eu-west-1:111122223333:stackset/NAME:1a2b",
    ),
    (
        "AWS::CloudWatch::Alarm",
        "cloudwatch:DisableAlarmActions",
        "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:NAME",
    ),
    (
        "AWS::CloudWatch::Alarm",
        "cloudwatch:PutAlarmMuteRule",
        "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:NAME",
    ),
    (
        "AWS::DynamoDB::Table",
        "dynamodb:DeleteTable",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/NAME",
    ),
    (
        "AWS::Events::EventBus",
        "events:DeleteEventBus",
        "arn:aws:events:eu-west-1:111122223333:event-bus/NAME",
    ),
    (
        "AWS::Events::Rule",
        "events:DisableRule",
        "arn:aws:events:eu-west-1:111122223333:rule/NAME",
    ),
    (
        "AWS::IAM::Policy",
        "iam:DeleteRolePolicy",
        "arn:aws:iam::111122223333:role/NAME",
    ),
    (
        "AWS::IAM::Role",
        "iam:PutRolePolicy",
        "arn:aws:iam::111122223333:role/NAME",
    ),
    (
        "AWS::Lambda::Function",
        "lambda:PutFunctionConcurrency",
        "arn:aws:lambda:eu-west-1:111122223333:function:NAME",
    ),
    (
        "AWS::Logs::LogGroup",
        "logs:DeleteLogGroup",
        "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/NAME",
    ),
    (
        "AWS::SNS::Topic",
        "sns:DeleteTopic",
        "arn:aws:sns:eu-west-1:111122223333:NAME",
    ),
    (
        "AWS::SNS::TopicPolicy",
        "sns:SetTopicAttributes",
        "arn:aws:sns:eu-west-1:111122223333:NAME",
    ),
    (
        "AWS::SQS::Queue",
        "sqs:PurgeQueue",
        "arn:aws:sqs:eu-west-1:111122223333:NAME",
    ),
    (
        "AWS::SQS::QueuePolicy",
        "sqs:SetQueueAttributes",
        "arn:aws:sqs:eu-west-1:111122223333:NAME",
    ),
    (
        "AWS::Scheduler::Schedule",
        "scheduler:UpdateSchedule",
        "arn:aws:scheduler:eu-west-1:111122223333:schedule/default/NAME",
    ),
    // Its name is an id: the condition on its function tells whose it is.
    (
        "AWS::Lambda::EventSourceMapping",
        "lambda:DeleteEventSourceMapping",
        "arn:aws:lambda:eu-west-1:111122223333:event-source-mapping:5b1c",
    ),
    // Not scopable: the condition on the account tells whose bus it is.
    ("AWS::Events::EventBusPolicy", "events:RemovePermission", "*"),
];

fn function(name: &str) -> Value {
    json!({"lambda:FunctionArn": format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}")})
}

#[test]
fn only_the_deploy_role_puts_a_part_of_the_monitor_out_of_action() {
    for (kind, action, arn) in ENDS {
        for name in [
            "lambda-vigil-Part-1A2B3C",
            "LambdaVigil",
            "StackSet-lambda-vigil-forwarder-1a2b",
        ] {
            let asked = |caller| {
                asked(
                    caller,
                    "111122223333",
                    action,
                    &arn.replace("NAME", name),
                    &function(name),
                )
            };
            assert_eq!(asked(ADMINISTRATOR), Outcome::ExplicitlyDenied, "{kind} {name}");
            assert_eq!(asked(MONITOR), Outcome::ExplicitlyDenied, "{kind} {name}");
            assert_eq!(asked(DEPLOY), Outcome::Allowed, "{kind} {name}");
        }
        let account = if *arn == "*" { "444455556666" } else { "111122223333" };
        let others = asked(
            ADMINISTRATOR,
            account,
            action,
            &arn.replace("NAME", "orders"),
            &function("orders"),
        );
        assert_eq!(others, Outcome::Allowed, "{kind} of somebody else");
    }
}

#[test]
fn each_resource_of_the_templates_is_protected() {
    let known: BTreeSet<&str> = ENDS.iter().map(|(kind, ..)| *kind).collect();
    let kind = Regex::new(r"(?m)^    Type: (AWS::\S+)$").unwrap();
    let templates: Vec<PathBuf> = matching("infra/*.yaml");
    assert!(templates.len() >= 2);
    for template in templates {
        let text = fs::read_to_string(&template).unwrap();
        let kinds: BTreeSet<&str> = kind
            .captures_iter(&text)
            .map(|found| found.get(1).unwrap().as_str())
            .collect();
        assert!(!kinds.is_empty(), "{} makes nothing", template.display());
        let bare: Vec<&&str> = kinds.difference(&known).collect();
        assert!(
            bare.is_empty(),
            "{}: cover {bare:?} in infra/protect.json and name them in ENDS",
            template.display()
        );
    }
}

#[test]
fn the_monitor_works_and_nobody_works_for_it() {
    let arn = |service: &str, rest: &str| format!("arn:aws:{service}:eu-west-1:111122223333:{rest}");
    let ask = |caller, action, resource: &str| asked(caller, "111122223333", action, resource, &json!({}));
    for (action, resource) in [
        ("sqs:ReceiveMessage", arn("sqs", "lambda-vigil-Queue-1A2B")),
        ("sqs:DeleteMessage", arn("sqs", "lambda-vigil-Queue-1A2B")),
        ("dynamodb:PutItem", arn("dynamodb", "table/lambda-vigil-Table-1A2B")),
        (
            "logs:PutLogEvents",
            arn("logs", "log-group:/aws/lambda/lambda-vigil:log-stream:x"),
        ),
    ] {
        assert_eq!(ask(MONITOR, action, &resource), Outcome::Allowed, "{action}");
        assert_eq!(
            ask(ADMINISTRATOR, action, &resource),
            Outcome::ExplicitlyDenied,
            "{action}"
        );
    }
    // What people do with it: look, subscribe, ask for a sweep.
    for (action, resource) in [
        ("sqs:SendMessage", arn("sqs", "lambda-vigil-Queue-1A2B")),
        ("sns:Subscribe", arn("sns", "lambda-vigil-Topic-1A2B")),
        ("dynamodb:Query", arn("dynamodb", "table/lambda-vigil-Table-1A2B")),
        (
            "events:DescribeRule",
            arn("events", "rule/lambda-vigil-LambdaRule-1A2B"),
        ),
        ("events:PutEvents", arn("events", "event-bus/default")),
    ] {
        assert_eq!(ask(ADMINISTRATOR, action, &resource), Outcome::Allowed, "{action}");
    }
    // The ways around: to become one of the roles that are let through, or to lend one to a function.
    for action in ["iam:CreateRole", "iam:UpdateAssumeRolePolicy", "iam:PassRole"] {
        for role in [
            "lambda-vigil-deploy",
            "path/lambda-vigil-Role-9Z",
            "stacksets-exec-0a1b",
        ] {
            let denied = ask(ADMINISTRATOR, action, &format!("arn:aws:iam::111122223333:role/{role}"));
            assert_eq!(denied, Outcome::ExplicitlyDenied, "{action} {role}");
        }
    }
    let trail = arn("cloudtrail", "trail/main");
    for action in [
        "cloudtrail:StopLogging",
        "cloudtrail:DeleteTrail",
        "cloudtrail:UpdateTrail",
        "cloudtrail:PutEventSelectors",
    ] {
        assert_eq!(
            ask(ADMINISTRATOR, action, &trail),
            Outcome::ExplicitlyDenied,
            "{action}"
        );
        assert_eq!(ask(DEPLOY, action, &trail), Outcome::Allowed, "{action}");
    }
    assert_eq!(
        ask(DEPLOY, "organizations:LeaveOrganization", "*"),
        Outcome::ExplicitlyDenied
    );
    let queue = "arn:aws:sqs:eu-west-1:999999999999:lambda-vigil-Queue-1A2B";
    let managed = asked(ADMINISTRATOR, "999999999999", "sqs:PurgeQueue", queue, &json!({}));
    assert_eq!(managed, Outcome::Allowed, "no such policy binds the management account");
}

#[test]
fn the_protecting_policy_fits_and_names_what_exists() {
    let text = read("infra/protect.json");
    let value: Value = serde_json::from_str(&text).unwrap();
    let length = value.to_string().len();
    assert!(length <= 5_120, "Organizations takes 5,120 characters, it has {length}");
    let policy = Policy::parse(&text).unwrap();
    for Statement {
        sid,
        effect,
        principal,
        action,
        unknown,
        ..
    } in policy.statements()
    {
        assert!(*effect == Effect::Deny && principal.is_none() && unknown.is_empty() && sid.is_some());
        let mut patterns = action.named().to_vec();
        assert!(!patterns.is_empty());
        for pattern in &patterns {
            let meant: Vec<actions::Action> = actions::matching(pattern).collect();
            assert!(!meant.is_empty(), "`{pattern}` is no action");
            for action in meant {
                let is_taking = action.to_string() == "sqs:ReceiveMessage";
                assert!(
                    action.level >= AccessLevel::Tagging || is_taking,
                    "`{pattern}` would hide {action}"
                );
            }
        }
        let written = patterns.clone();
        patterns.sort();
        assert_eq!(patterns, written, "{sid:?} is not in order");
    }
}
