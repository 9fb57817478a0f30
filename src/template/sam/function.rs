//! What does a function of SAM come to? The function, its role, alias, URL, permissions and event sources.

use super::super::evaluate::Scope;
use super::super::names::naming;
use super::super::resource::{Resource, Stack};
use super::super::value::{Kind, Value, Why};
use super::{Maker, events, policies, with_globals};
use crate::facts::managed_policies;

/// Properties that mean the same in Lambda.
const SAME: [&str; 14] = [
    "Architectures",
    "CodeSigningConfigArn",
    "Environment",
    "FileSystemConfigs",
    "FunctionName",
    "KmsKeyArn",
    "Layers",
    "LoggingConfig",
    "PackageType",
    "RecursiveLoop",
    "ReservedConcurrentExecutions",
    "Role",
    "Runtime",
    "VpcConfig",
];

/// A function, and how others are to refer to it.
pub(super) struct Serverless<'r> {
    pub(super) id: &'r str,
    pub(super) properties: Value,
    /// Its ARN, or that of the alias that SAM publishes.
    pub(super) target: Value,
}

pub(super) fn write_out(resource: Resource, scope: &Scope<'_>, stack: &mut Stack) {
    let globals = scope.globals.and_then(|globals| globals.get("Function"));
    let globals = globals.map_or_else(Value::nothing, |node| scope.value(node));
    let properties = with_globals(&resource.properties, &globals);
    let maker = Maker {
        scope,
        line: resource.line,
        doubt: resource.doubt.clone(),
    };
    let alias = properties.get("AutoPublishAlias").clone();
    let target = if alias.is_nothing() {
        resource.arn.clone()
    } else {
        qualified(&resource.arn, &alias)
    };
    let function = Serverless {
        id: &resource.id,
        properties,
        target,
    };
    let mut lambda = lambda(&function, &maker);
    if function.properties.get("Role").is_nothing() {
        let role = role(&function, &maker);
        lambda.push(("Role", role.arn.clone()));
        stack.resources.push(role);
    }
    url(&function, &maker, stack);
    asynchronous(&function, &maker, stack);
    events::write_out(&function, &maker, stack);
    let properties = Value::map(resource.line, lambda);
    let kind = "AWS::Lambda::Function".to_owned();
    stack.resources.push(Resource {
        kind,
        properties,
        ..resource
    });
}

fn qualified(arn: &Value, alias: &Value) -> Value {
    let mut text = super::super::value::Text::default();
    text.push_value(arn);
    text.push(":");
    text.push_value(alias);
    text.finish(alias.line)
}

fn lambda(function: &Serverless<'_>, maker: &Maker<'_, '_>) -> Vec<(&'static str, Value)> {
    let own = &function.properties;
    let mut all: Vec<(&'static str, Value)> = SAME.iter().map(|name| (*name, own.get(name).clone())).collect();
    let tracing = own.get("Tracing");
    if !tracing.is_nothing() {
        all.push(("TracingConfig", Value::map(tracing.line, [("Mode", tracing.clone())])));
    }
    let letters = own.get("DeadLetterQueue");
    if !letters.is_nothing() {
        let target = letters.get("TargetArn").clone();
        all.push(("DeadLetterConfig", Value::map(letters.line, [("TargetArn", target)])));
    }
    let tags = match own.get("Tags").members() {
        Ok(members) => members
            .iter()
            .map(|one| Value::map(one.line, [("Key", maker.text(&one.name)), ("Value", one.value.clone())]))
            .collect(),
        Err(why) => vec![Value::unknown(maker.line, why)],
    };
    all.push(("Tags", Value::list(maker.line, tags)));
    all
}

/// The role that SAM makes where none is named.
fn role(function: &Serverless<'_>, maker: &Maker<'_, '_>) -> Resource {
    let own = &function.properties;
    let said = own.get("AssumeRolePolicyDocument");
    let trust = if said.is_nothing() {
        let statement = [
            ("Effect", maker.text("Allow")),
            (
                "Principal",
                Value::map(maker.line, [("Service", maker.text("lambda.amazonaws.com"))]),
            ),
            ("Action", Value::list(maker.line, vec![maker.text("sts:AssumeRole")])),
        ];
        policies::document(maker, vec![Value::map(maker.line, statement)])
    } else {
        said.clone()
    };
    let id = format!("{}Role", function.id);
    let mut role = maker.resource(&id, "AWS::IAM::Role", Value::nothing());
    if let (Some(path), Some(naming)) = (own.get("RolePath").known(), naming("AWS::IAM::Role")) {
        role.arn = naming.arn(&role.name, &path, maker.scope.given).unwrap_or(role.arn);
    }
    let (inline, mut attached) = policies::of_function(function, maker);
    attached.extend(needed(function, maker).into_iter().map(|name| managed(maker, name)));
    role.properties = Value::map(
        maker.line,
        [
            ("AssumeRolePolicyDocument", trust),
            ("Policies", Value::list(maker.line, inline)),
            ("ManagedPolicyArns", Value::list(maker.line, attached)),
            ("PermissionsBoundary", own.get("PermissionsBoundary").clone()),
        ],
    );
    role
}

/// AWS's policies that SAM attaches by itself.
fn needed(function: &Serverless<'_>, maker: &Maker<'_, '_>) -> Vec<&'static str> {
    let own = &function.properties;
    let mut all = vec!["service-role/AWSLambdaBasicExecutionRole"];
    if !own.get("VpcConfig").is_nothing() {
        all.push("service-role/AWSLambdaVPCAccessExecutionRole");
    }
    let tracing = own.get("Tracing").known();
    if matches!(tracing.as_deref(), Some("Active" | "PassThrough")) {
        let is_plain = maker.scope.given.region.partition() == "aws";
        all.push(if is_plain {
            "AWSXrayWriteOnlyAccess"
        } else {
            "AWSXRayDaemonWriteAccess"
        });
    }
    all.extend(events::policies(function));
    all
}

pub(super) fn managed(maker: &Maker<'_, '_>, name: &str) -> Value {
    maker.text(format!(
        "arn:{}:iam::aws:policy/{name}",
        maker.scope.given.region.partition()
    ))
}

/// The ARN of a policy that SAM lets one name without its ARN.
pub(super) fn by_name(maker: &Maker<'_, '_>, name: &str) -> Option<Value> {
    let known = managed_policies::all().find(|policy| policy.name == name)?;
    Some(managed(
        maker,
        &format!("{}{}", known.path.trim_start_matches('/'), known.name),
    ))
}

fn url(function: &Serverless<'_>, maker: &Maker<'_, '_>, stack: &mut Stack) {
    let said = function.properties.get("FunctionUrlConfig");
    if said.is_nothing() {
        return;
    }
    let maker = Maker {
        line: said.line,
        doubt: maker.doubt.clone(),
        ..*maker
    };
    let id = |suffix: &str| format!("{}{suffix}", function.id);
    let auth = said.get("AuthType").clone();
    let properties = Value::map(
        said.line,
        [
            ("TargetFunctionArn", function.target.clone()),
            ("AuthType", auth.clone()),
            ("Cors", said.get("Cors").clone()),
        ],
    );
    stack
        .resources
        .push(maker.resource(&id("Url"), "AWS::Lambda::Url", properties));
    let doubt = match auth.word() {
        Ok(Some(word)) if word != "NONE" => return,
        Ok(_) => maker.doubt.clone(),
        Err(why) => Some(why),
    };
    let permission = |action: &str, more: (&'static str, Value)| {
        Value::map(
            said.line,
            [
                ("FunctionName", function.target.clone()),
                ("Action", maker.text(action)),
                ("Principal", maker.text("*")),
                more,
            ],
        )
    };
    let permissions = [
        (
            "UrlPublicPermissions",
            permission("lambda:InvokeFunctionUrl", ("FunctionUrlAuthType", maker.text("NONE"))),
        ),
        (
            "URLInvokeAllowPublicAccess",
            permission(
                "lambda:InvokeFunction",
                ("InvokedViaFunctionUrl", Value::new(said.line, Kind::Bool(true))),
            ),
        ),
    ];
    for (suffix, properties) in permissions {
        let permission = maker.resource(&id(suffix), "AWS::Lambda::Permission", properties);
        stack.resources.push(Resource {
            doubt: doubt.clone(),
            ..permission
        });
    }
}

/// Where the outcomes of asynchronous calls go.
fn asynchronous(function: &Serverless<'_>, maker: &Maker<'_, '_>, stack: &mut Stack) {
    let said = function.properties.get("EventInvokeConfig");
    if said.is_nothing() {
        return;
    }
    let destination = |name: &str| {
        let one = said.at(&["DestinationConfig", name]);
        let to = one.get("Destination").clone();
        // SAM makes a queue or topic where none is named.
        let kind = one.get("Type").known();
        let is_made = to.is_nothing() && matches!(kind.as_deref(), Some("SQS" | "SNS"));
        let to = if is_made {
            Value::unknown(one.line, Why::from("SAM makes a destination of its own"))
        } else {
            to
        };
        if one.is_nothing() {
            Value::nothing()
        } else {
            Value::map(one.line, [("Destination", to)])
        }
    };
    let destinations = Value::map(
        said.line,
        [
            ("OnSuccess", destination("OnSuccess")),
            ("OnFailure", destination("OnFailure")),
        ],
    );
    let alias = function.properties.get("AutoPublishAlias");
    let qualifier = if alias.is_nothing() {
        maker.text("$LATEST")
    } else {
        alias.clone()
    };
    let properties = Value::map(
        said.line,
        [
            ("FunctionName", function.target.clone()),
            ("Qualifier", qualifier),
            ("DestinationConfig", destinations),
        ],
    );
    let id = format!("{}EventInvokeConfig", function.id);
    stack
        .resources
        .push(maker.resource(&id, "AWS::Lambda::EventInvokeConfig", properties));
}
