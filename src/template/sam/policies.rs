//! What do the policies of a function of SAM grant? Names, documents, and templates of SAM by their documented meaning.

use super::super::evaluate::shown;
use super::super::value::{Text, Value};
use super::Maker;
use super::function::{Serverless, by_name};

/// A template of SAM: its name, and for each statement the actions and the forms of the resources.
type Template = (
    &'static str,
    &'static [(&'static [&'static str], &'static [&'static str])],
);

const BUCKET: &[&str] = &["arn:{P}:s3:::{BucketName}", "arn:{P}:s3:::{BucketName}/*"];
const TABLE: &[&str] = &[
    "arn:{P}:dynamodb:{R}:{A}:table/{TableName}",
    "arn:{P}:dynamodb:{R}:{A}:table/{TableName}/index/*",
];
const QUEUE: &[&str] = &["arn:{P}:sqs:{R}:{A}:{QueueName}"];

/// "AWS SAM policy template list"; `{P}`, `{R}` and `{A}` stand for partition, Region and account.
#[rustfmt::skip]
const TEMPLATES: &[Template] = &[
    ("AWSSecretsManagerGetSecretValuePolicy", &[(&["secretsmanager:GetSecretValue"], &["{SecretArn}"])]),
    ("CloudFormationDescribeStacksPolicy", &[(&["cloudformation:DescribeStacks"], &["arn:{P}:cloudformation:{R}:{A}:stack/*"])]),
    ("CloudWatchPutMetricPolicy", &[(&["cloudwatch:PutMetricData"], &["*"])]),
    ("DynamoDBCrudPolicy", &[(
        &[
            "dynamodb:GetItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Scan", "dynamodb:Query", "dynamodb:UpdateItem",
            "dynamodb:BatchWriteItem", "dynamodb:BatchGetItem", "dynamodb:DescribeTable", "dynamodb:ConditionCheckItem",
        ],
        TABLE,
    )]),
    ("DynamoDBReadPolicy", &[(
        &["dynamodb:GetItem", "dynamodb:Scan", "dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:DescribeTable"],
        TABLE,
    )]),
    ("DynamoDBWritePolicy", &[(&["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem"], TABLE)]),
    ("EventBridgePutEventsPolicy", &[(&["events:PutEvents"], &["arn:{P}:events:{R}:{A}:event-bus/{EventBusName}"])]),
    ("FirehoseWritePolicy", &[(
        &["firehose:PutRecord", "firehose:PutRecordBatch"],
        &["arn:{P}:firehose:{R}:{A}:deliverystream/{DeliveryStreamName}"],
    )]),
    ("KMSDecryptPolicy", &[(&["kms:Decrypt"], &["arn:{P}:kms:{R}:{A}:key/{KeyId}"])]),
    ("KMSEncryptPolicy", &[(&["kms:Encrypt"], &["arn:{P}:kms:{R}:{A}:key/{KeyId}"])]),
    ("LambdaInvokePolicy", &[(&["lambda:InvokeFunction"], &["arn:{P}:lambda:{R}:{A}:function:{FunctionName}*"])]),
    ("S3ReadPolicy", &[(
        &["s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation", "s3:GetObjectVersion", "s3:GetLifecycleConfiguration"],
        BUCKET,
    )]),
    ("S3WritePolicy", &[(&["s3:PutObject", "s3:PutObjectAcl", "s3:PutLifecycleConfiguration"], BUCKET)]),
    ("S3CrudPolicy", &[(
        &[
            "s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation", "s3:GetObjectVersion", "s3:PutObject", "s3:PutObjectAcl",
            "s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration", "s3:DeleteObject",
        ],
        BUCKET,
    )]),
    ("SNSPublishMessagePolicy", &[(&["sns:Publish"], &["arn:{P}:sns:{R}:{A}:{TopicName}"])]),
    ("SQSPollerPolicy", &[(
        &[
            "sqs:ChangeMessageVisibility", "sqs:ChangeMessageVisibilityBatch", "sqs:DeleteMessage", "sqs:DeleteMessageBatch",
            "sqs:GetQueueAttributes", "sqs:ReceiveMessage",
        ],
        QUEUE,
    )]),
    ("SQSSendMessagePolicy", &[(&["sqs:SendMessage*"], QUEUE)]),
    ("SSMParameterReadPolicy", &[
        (&["ssm:DescribeParameters"], &["*"]),
        (
            &["ssm:GetParameters", "ssm:GetParameter", "ssm:GetParametersByPath"],
            &["arn:{P}:ssm:{R}:{A}:parameter/{ParameterName}"],
        ),
    ]),
    ("StepFunctionsExecutionPolicy", &[(
        &["states:StartExecution"],
        &["arn:{P}:states:{R}:{A}:stateMachine:{StateMachineName}"],
    )]),
    ("VPCAccessPolicy", &[(
        &[
            "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DetachNetworkInterface",
        ],
        &["*"],
    )]),
];

/// The policies of the role, and the ARNs of those that are attached to it.
pub(super) fn of_function(function: &Serverless<'_>, maker: &Maker<'_, '_>) -> (Vec<Value>, Vec<Value>) {
    let (mut inline, mut attached) = (Vec::new(), Vec::new());
    let own = function.properties.get("Policies");
    let line = own.line.max(maker.line);
    let all = match own.items() {
        Ok(all) => all.to_vec(),
        Err(why) => vec![Value::unknown(line, why)],
    };
    for (index, policy) in all.iter().enumerate() {
        match document_of(policy, maker) {
            Some(document) => inline.push(Value::map(
                policy.line,
                [
                    (
                        "PolicyName",
                        Value::text(policy.line, format!("{}RolePolicy{index}", function.id)),
                    ),
                    ("PolicyDocument", document),
                ],
            )),
            None => attached.push(arn_of(policy, maker)),
        }
    }
    inline.extend(for_letters(function, maker));
    (inline, attached)
}

pub(super) fn document(maker: &Maker<'_, '_>, statements: Vec<Value>) -> Value {
    let line = statements.first().map_or(maker.line, |statement| statement.line);
    Value::map(
        line,
        [
            ("Version", Value::text(line, "2012-10-17")),
            ("Statement", Value::list(line, statements)),
        ],
    )
}

/// An ARN, or the name of a policy of AWS's.
fn arn_of(policy: &Value, maker: &Maker<'_, '_>) -> Value {
    let name = policy.known().filter(|name| !name.starts_with("arn:"));
    let found = name.and_then(|name| by_name(maker, &name));
    let line = policy.line;
    found.map_or_else(|| policy.clone(), |arn| Value { line, ..arn })
}

/// The document of what is not the name of a policy.
fn document_of(policy: &Value, maker: &Maker<'_, '_>) -> Option<Value> {
    let members = policy.members().ok().filter(|members| !members.is_empty())?;
    if policy.member("Statement").is_some() {
        return Some(policy.clone());
    }
    let [template] = members else {
        return Some(Value::unknown(
            policy.line,
            "it is neither a document nor a template of SAM",
        ));
    };
    let known = TEMPLATES.iter().find(|(name, _)| *name == template.name);
    Some(match known {
        None => Value::unknown(
            template.line,
            format!("the policy template `{}` is not known here", shown(&template.name)),
        ),
        Some((_, statements)) => {
            let statement = |(actions, resources): &(&[&str], &[&str])| {
                let text = |word: &&str| Value::text(template.line, *word);
                let filled = |form: &&str| filled(form, &template.value, maker);
                allow(
                    template.line,
                    actions.iter().map(text).collect(),
                    resources.iter().map(filled).collect(),
                )
            };
            document(maker, statements.iter().map(statement).collect())
        }
    })
}

fn allow(line: usize, actions: Vec<Value>, resources: Vec<Value>) -> Value {
    Value::map(
        line,
        [
            ("Effect", Value::text(line, "Allow")),
            ("Action", Value::list(line, actions)),
            ("Resource", one_or_all(line, resources)),
        ],
    )
}

/// The transform writes a list only where there are several: how a statement is written is part of the name that it gets.
fn one_or_all(line: usize, mut all: Vec<Value>) -> Value {
    match (all.pop(), all.is_empty()) {
        (Some(one), true) => one,
        (last, _) => Value::list(line, all.into_iter().chain(last).collect()),
    }
}

fn filled(form: &str, arguments: &Value, maker: &Maker<'_, '_>) -> Value {
    let given = maker.scope.given;
    let mut text = Text::default();
    let mut rest = form;
    while let Some((before, after)) = rest.split_once('{') {
        text.push(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        match name {
            "P" => text.push(given.region.partition()),
            "R" => text.push(given.region.as_str()),
            "A" => text.push(given.account.as_str()),
            name => {
                let value = arguments.get(name);
                if value.is_nothing() {
                    text.push_value(&Value::unknown(
                        arguments.line,
                        format!("the policy template lacks `{name}`"),
                    ));
                } else {
                    text.push_value(value);
                }
            }
        }
        rest = after;
    }
    text.push(rest);
    text.finish(arguments.line.max(maker.line))
}

/// What the role needs for the dead-letter queue and the destinations: SAM grants it.
fn for_letters(function: &Serverless<'_>, maker: &Maker<'_, '_>) -> Vec<Value> {
    let own = &function.properties;
    let letters = own.get("DeadLetterQueue");
    let destination = |name: &'static str| own.at(&["EventInvokeConfig", "DestinationConfig", name]);
    let wanted = [
        (letters.get("Type"), letters.get("TargetArn")),
        (
            destination("OnSuccess").get("Type"),
            destination("OnSuccess").get("Destination"),
        ),
        (
            destination("OnFailure").get("Type"),
            destination("OnFailure").get("Destination"),
        ),
    ];
    let mut all = Vec::new();
    for (index, (kind, target)) in wanted
        .into_iter()
        .enumerate()
        .filter(|(_, (_, target))| !target.is_nothing())
    {
        let action = match kind.known().as_deref() {
            Some("SQS") => "sqs:SendMessage",
            Some("SNS") => "sns:Publish",
            Some("Lambda") => "lambda:InvokeFunction",
            Some("EventBridge") => "events:PutEvents",
            Some("S3Bucket") => "s3:PutObject",
            Some(_) | None => continue,
        };
        let line = target.line;
        let statement = allow(line, vec![Value::text(line, action)], vec![target.clone()]);
        all.push(Value::map(
            line,
            [
                (
                    "PolicyName",
                    Value::text(line, format!("{}Destination{index}", function.id)),
                ),
                ("PolicyDocument", document(maker, vec![statement])),
            ],
        ));
    }
    all
}
