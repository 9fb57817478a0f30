//! Who calls a function of SAM? The permissions and event source mappings that its events come to.

use super::super::evaluate::shown;
use super::super::resource::{Resource, Stack};
use super::super::value::{Member, Text, Value};
use super::Maker;
use super::function::Serverless;

/// Events that Lambda fetches itself, the property that names their source, and the policy that SAM attaches for them.
const FETCHED: &[(&str, &str, &str)] = &[
    ("DocumentDB", "Cluster", ""),
    ("DynamoDB", "Stream", "service-role/AWSLambdaDynamoDBExecutionRole"),
    ("Kinesis", "Stream", "service-role/AWSLambdaKinesisExecutionRole"),
    ("MQ", "Broker", ""),
    ("MSK", "Stream", "service-role/AWSLambdaMSKExecutionRole"),
    ("SelfManagedKafka", "", ""),
    ("SQS", "Queue", "service-role/AWSLambdaSQSQueueExecutionRole"),
];

fn events<'f>(function: &'f Serverless<'_>) -> &'f [Member] {
    function.properties.get("Events").members().unwrap_or_default()
}

/// The policies that SAM attaches for what Lambda fetches.
pub(super) fn policies(function: &Serverless<'_>) -> Vec<&'static str> {
    let kinds = events(function)
        .iter()
        .filter_map(|event| event.value.get("Type").known());
    let mut all: Vec<&str> = kinds
        .filter_map(|kind| FETCHED.iter().find(|(name, _, _)| *name == kind))
        .map(|(_, _, policy)| *policy)
        .filter(|policy| !policy.is_empty())
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Adds what the events make.
pub(super) fn write_out(function: &Serverless<'_>, maker: &Maker<'_, '_>, stack: &mut Stack) {
    if let Err(why) = function.properties.get("Events").members() {
        stack.note(
            maker.line,
            format!("the events of `{}` are not known: {why}", shown(function.id)),
        );
        stack.more = Some(why);
    }
    for event in events(function) {
        let maker = Maker {
            line: event.line,
            doubt: maker.doubt.clone(),
            ..*maker
        };
        one(function, event, &maker, stack);
    }
}

fn one(function: &Serverless<'_>, event: &Member, maker: &Maker<'_, '_>, stack: &mut Stack) {
    let kind = match event.value.get("Type").word() {
        Ok(kind) => kind.unwrap_or_default(),
        Err(why) => {
            stack.note(
                event.line,
                format!("the event `{}` is not known: {why}", shown(&event.name)),
            );
            stack.more = Some(why);
            return;
        }
    };
    let properties = event.value.get("Properties");
    if let Some((_, source, _)) = FETCHED.iter().find(|(name, _, _)| *name == kind) {
        stack
            .resources
            .push(mapping(function, event, maker, properties.get(source)));
        return;
    }
    let Some((principal, confined, suffix)) = caller(&kind, function, event, maker) else {
        // A schedule of EventBridge Scheduler calls with a role of its own.
        if kind != "ScheduleV2" {
            let text = format!(
                "what the event `{}` of type `{}` makes is not known here",
                shown(&event.name),
                shown(&kind)
            );
            stack.note(event.line, text);
        }
        return;
    };
    let mut members = vec![
        ("FunctionName", function.target.clone()),
        ("Action", maker.text("lambda:InvokeFunction")),
        ("Principal", maker.text(principal)),
    ];
    members.extend(confined);
    let id = format!("{}{}Permission{suffix}", function.id, event.name);
    let permission = maker.resource(&id, "AWS::Lambda::Permission", Value::map(event.line, members));
    stack.resources.push(permission);
}

fn mapping(function: &Serverless<'_>, event: &Member, maker: &Maker<'_, '_>, source: &Value) -> Resource {
    let said = event.value.get("Properties");
    let properties = Value::map(
        event.line,
        [
            ("FunctionName", function.target.clone()),
            ("EventSourceArn", source.clone()),
            ("Enabled", said.get("Enabled").clone()),
            ("DestinationConfig", said.get("DestinationConfig").clone()),
            (
                "SourceAccessConfigurations",
                said.get("SourceAccessConfigurations").clone(),
            ),
        ],
    );
    let id = format!("{}{}", function.id, event.name);
    maker.resource(&id, "AWS::Lambda::EventSourceMapping", properties)
}

/// The service that calls, how it is confined, and how the permission's name ends.
type Caller = (&'static str, Vec<(&'static str, Value)>, &'static str);

fn caller(kind: &str, function: &Serverless<'_>, event: &Member, maker: &Maker<'_, '_>) -> Option<Caller> {
    let said = event.value.get("Properties");
    let given = maker.scope.given;
    let arn = |service: &str, rest: &str| maker.text(given.arn(service, rest));
    let made = |form: &str| format!("{form}/{}-{}{}-NAMEDBYAWS00", given.stack, function.id, event.name);
    Some(match kind {
        "S3" => (
            "s3.amazonaws.com",
            vec![("SourceAccount", maker.text(given.account.as_str()))],
            "",
        ),
        "SNS" => ("sns.amazonaws.com", vec![("SourceArn", said.get("Topic").clone())], ""),
        "Schedule" | "CloudWatchEvent" | "EventBridgeRule" => {
            let name = said.get("Name").known().map(|name| format!("rule/{name}"));
            let source = arn("events", &name.unwrap_or_else(|| made("rule")));
            ("events.amazonaws.com", vec![("SourceArn", source)], "")
        }
        "Api" => (
            "apigateway.amazonaws.com",
            vec![("SourceArn", api(said, "RestApiId", maker))],
            "Prod",
        ),
        "HttpApi" => (
            "apigateway.amazonaws.com",
            vec![("SourceArn", api(said, "ApiId", maker))],
            "",
        ),
        "CloudWatchLogs" => {
            let mut text = Text::default();
            text.push(&given.arn("logs", "log-group:"));
            text.push_value(said.get("LogGroupName"));
            text.push(":*");
            ("logs.amazonaws.com", vec![("SourceArn", text.finish(event.line))], "")
        }
        "IoTRule" => ("iot.amazonaws.com", vec![("SourceArn", arn("iot", &made("rule")))], ""),
        "AlexaSkill" => (
            "alexa-appkit.amazon.com",
            vec![("EventSourceToken", said.get("SkillId").clone())],
            "",
        ),
        "Cognito" => {
            let source = match said.get("UserPool").known() {
                None => Value::unknown(event.line, "which user pool calls is not said"),
                Some(pool) if pool.starts_with("arn:") => maker.text(pool),
                Some(pool) => arn("cognito-idp", &format!("userpool/{pool}")),
            };
            ("cognito-idp.amazonaws.com", vec![("SourceArn", source)], "")
        }
        _ => return None,
    })
}

/// What API Gateway calls for: one method and path of one API, on any stage.
fn api(said: &Value, property: &str, maker: &Maker<'_, '_>) -> Value {
    let implicit = if property == "RestApiId" {
        "ServerlessRestApi"
    } else {
        "ServerlessHttpApi"
    };
    let api = match said.get(property) {
        value if value.is_nothing() => maker.scope.physical(implicit),
        // An id of another form, such as a map that says `ApiId`, SAM resolves itself.
        value => value.clone(),
    };
    let (method, path) = (said.get("Method"), said.get("Path"));
    let mut text = Text::default();
    text.push(&maker.scope.given.arn("execute-api", ""));
    text.push_value(&api);
    text.push("/*/");
    if path.is_nothing() {
        text.push("$default");
        return text.finish(maker.line);
    }
    match method.known() {
        Some(method)
            if !matches!(
                method.to_ascii_lowercase().as_str(),
                "any" | "x-amazon-apigateway-any-method"
            ) =>
        {
            text.push(&method.to_uppercase());
        }
        _ => text.push("*"),
    }
    match path.known() {
        Some(path) => text.push(&without_parameters(&path)),
        None => text.push("/*"),
    }
    text.finish(maker.line)
}

/// A path with a wildcard for each `{parameter}`.
fn without_parameters(path: &str) -> String {
    let mut written = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        written.push_str(before);
        written.push('*');
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    written + rest
}
