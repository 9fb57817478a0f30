//! One role: the logs of its functions, and what a service or two need.

use serde_json::{Value, json};

use super::account::{OWN, PER_ROLE, REGION};
use super::functions;

pub(crate) fn arn(at: usize) -> String {
    format!("arn:aws:iam::{OWN}:role/service-role/app-{at:05}-role")
}

pub(crate) fn role(at: usize) -> Value {
    let inline: Vec<Value> = inline(at)
        .into_iter()
        .map(|(name, statements)| json!({"PolicyName": name, "PolicyDocument": document(&statements)}))
        .collect();
    let boundary = (at % 20 == 3).then(|| managed("policy/boundary", &[boundary()]));
    json!({
        "Arn": arn(at),
        "AssumeRolePolicyDocument": document(&[json!({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})]),
        "InlinePolicies": inline,
        "AttachedPolicies": attached(at),
        "PermissionsBoundary": boundary,
        "PolicyFindings": [],
        "ServiceUse": {"CreateDate": "2025-03-01T08:00:00Z", "ServicesLastAccessed": [
            {"ServiceNamespace": "dynamodb", "LastAuthenticated": "2026-11-20T03:00:00Z"},
            {"ServiceNamespace": "logs", "LastAuthenticated": "2026-11-20T03:00:00Z"},
            {"ServiceNamespace": "sqs", "LastAuthenticated": "2026-05-02T03:00:00Z"},
        ]},
    })
}

fn document(statements: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn managed(name: &str, statements: &[Value]) -> Value {
    let own = if name.starts_with("policy/boundary") || name.starts_with("policy/shared") {
        OWN
    } else {
        "aws"
    };
    json!({"PolicyArn": format!("arn:aws:iam::{own}:{name}"), "PolicyDocument": document(statements)})
}

fn attached(at: usize) -> Vec<Value> {
    let logs = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];
    let network = [
        "ec2:CreateNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:DeleteNetworkInterface",
        "ec2:AssignPrivateIpAddresses",
        "ec2:UnassignPrivateIpAddresses",
    ];
    let all = |actions: &[&str]| json!({"Effect": "Allow", "Action": actions, "Resource": "*"});
    let mut attached = Vec::new();
    if at % 3 != 0 {
        attached.push(managed(
            "policy/service-role/AWSLambdaBasicExecutionRole",
            &[all(&logs)],
        ));
    }
    if (at * PER_ROLE..(at + 1) * PER_ROLE).any(functions::is_in_vpc) {
        attached.push(managed(
            "policy/service-role/AWSLambdaVPCAccessExecutionRole",
            &[all(&[&logs[..], &network[..]].concat())],
        ));
    }
    match at % 25 {
        4 => attached.push(managed(
            "policy/AmazonS3FullAccess",
            &[all(&["s3:*", "s3-object-lambda:*"])],
        )),
        9 => attached.push(managed(
            "policy/AmazonDynamoDBFullAccess",
            &[all(&[
                "dynamodb:*",
                "dax:*",
                "application-autoscaling:DescribeScalingPolicies",
                "cloudwatch:GetMetricData",
                "ec2:DescribeVpcs",
                "kms:DescribeKey",
                "sns:ListTopics",
            ])],
        )),
        14 => attached.push(managed(
            "policy/AmazonSSMReadOnlyAccess",
            &[all(&["ssm:Describe*", "ssm:Get*", "ssm:List*"])],
        )),
        _ if at % 200 == 19 => attached.push(managed("policy/AdministratorAccess", &[all(&["*"])])),
        _ => attached.push(managed(
            "policy/shared-telemetry",
            &[all(&[
                "xray:PutTraceSegments",
                "xray:PutTelemetryRecords",
                "cloudwatch:PutMetricData",
            ])],
        )),
    }
    attached
}

fn inline(at: usize) -> Vec<(&'static str, Vec<Value>)> {
    let mut policies = vec![("data", data(at))];
    if at % 3 == 0 {
        let groups: Vec<String> = (at * PER_ROLE..(at + 1) * PER_ROLE)
            .map(|function| {
                format!(
                    "arn:aws:logs:{REGION}:{OWN}:log-group:/aws/lambda/{}:*",
                    functions::name(function)
                )
            })
            .collect();
        policies.push(("logs", vec![json!({"Sid": "Logs", "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": groups})]));
    }
    if at % 2 == 0 {
        policies.push(("queues", queues(at)));
    }
    policies
}

fn data(at: usize) -> Vec<Value> {
    let team = functions::name(at * PER_ROLE).split('-').next().unwrap().to_owned();
    let table = format!("arn:aws:dynamodb:{REGION}:{OWN}:table/{team}-{at}");
    let mut statements = vec![
        json!({"Sid": "Table", "Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"], "Resource": [table, format!("{table}/index/*")]}),
        json!({"Sid": "Files", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": format!("arn:aws:s3:::{team}-{at}-files/*")}),
    ];
    match at % 8 {
        0 | 4 => statements.push(json!({"Sid": "Secret", "Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": format!("arn:aws:secretsmanager:{REGION}:{OWN}:secret:{team}/{at}-??????")})),
        1 => statements.push(json!({"Sid": "Parameters", "Effect": "Allow", "Action": ["ssm:GetParameter", "ssm:GetParametersByPath"], "Resource": format!("arn:aws:ssm:{REGION}:{OWN}:parameter/{team}/*")})),
        2 => statements.push(json!({"Sid": "Key", "Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*", "Condition": {"StringEquals": {"kms:ViaService": format!("secretsmanager.{REGION}.amazonaws.com")}}})),
        3 => statements.push(json!({"Sid": "AnySecret", "Effect": "Allow", "Action": ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"], "Resource": "*"})),
        5 => statements.push(json!({"Sid": "Tables", "Effect": "Allow", "Action": "dynamodb:*", "Resource": format!("arn:aws:dynamodb:{REGION}:{OWN}:table/{team}-*")})),
        6 => statements.push(json!({"Sid": "NoDeletes", "Effect": "Deny", "Action": ["dynamodb:DeleteTable", "s3:DeleteBucket"], "Resource": "*"})),
        _ => statements.push(json!({"Sid": "Start", "Effect": "Allow", "Action": ["states:StartExecution", "lambda:InvokeFunction"], "Resource": [format!("arn:aws:states:{REGION}:{OWN}:stateMachine:{team}-{at}"), format!("arn:aws:lambda:{REGION}:{OWN}:function:{team}-*")]})),
    }
    if at % 40 == 7 {
        statements.push(json!({"Sid": "Run", "Effect": "Allow", "Action": ["iam:PassRole", "ecs:RunTask"], "Resource": [format!("arn:aws:iam::{OWN}:role/{team}-*"), format!("arn:aws:ecs:{REGION}:{OWN}:task-definition/{team}:*")]}));
    }
    statements
}

fn queues(at: usize) -> Vec<Value> {
    let queues: Vec<String> = (at * PER_ROLE..(at + 1) * PER_ROLE)
        .map(|function| format!("arn:aws:sqs:{REGION}:{OWN}:{}*", functions::name(function)))
        .collect();
    vec![
        json!({"Sid": "Queues", "Effect": "Allow", "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:SendMessage"], "Resource": queues}),
        json!({"Sid": "Publish", "Effect": "Allow", "Action": "sns:Publish", "Resource": format!("arn:aws:sns:{REGION}:{OWN}:app-{at}")}),
    ]
}

fn boundary() -> Value {
    json!({"Sid": "Ceiling", "Effect": "Allow", "Action": ["logs:*", "dynamodb:*", "s3:*", "sqs:*", "sns:*", "secretsmanager:*", "ssm:*", "kms:*", "ec2:*", "xray:*", "cloudwatch:*"], "Resource": "*"})
}
