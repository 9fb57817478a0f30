//! One function: configuration, environment, policies, URLs, triggers.

use serde_json::{Map, Value, json};

use super::account::{OWN, PER_ROLE, REGION};
use super::{networks, roles};

const TEAMS: [&str; 8] = [
    "orders", "billing", "stock", "search", "media", "identity", "reports", "mobile",
];
const TASKS: [&str; 9] = [
    "api",
    "worker",
    "importer",
    "exporter",
    "cleanup",
    "webhook",
    "resizer",
    "scheduler",
    "stream",
];
const STAGES: [&str; 3] = ["prod", "test", "dev"];
const RUNTIMES: [&str; 6] = [
    "python3.13",
    "nodejs22.x",
    "java21",
    "python3.9",
    "provided.al2023",
    "nodejs18.x",
];

/// Names sort in another order than roles and networks are shared in.
pub(crate) fn name(at: usize) -> String {
    format!("{}-{}-{at:05}", TEAMS[at % TEAMS.len()], TASKS[at / 3 % TASKS.len()])
}

pub(crate) fn arn(at: usize) -> String {
    format!("arn:aws:lambda:{REGION}:{OWN}:function:{}", name(at))
}

pub(crate) fn function(at: usize, vpcs: usize) -> Value {
    let arn = arn(at);
    let mut function = json!({
        "FunctionArn": arn,
        "Configuration": configuration(at, vpcs),
        "Policies": policies(at),
        "FunctionUrlConfigs": urls(at),
        "Concurrency": if at % 4 == 0 { json!({"ReservedConcurrentExecutions": 5 + at % 20}) } else { json!({}) },
        "Tags": {"team": TEAMS[at % TEAMS.len()], "stage": STAGES[at % STAGES.len()], "cost-center": format!("cc-{}", at % 97)},
        "EventSourceMappings": [],
        "FunctionEventInvokeConfigs": [],
        "CodeSigningConfig": {},
        "Recursion": {"RecursiveLoop": "Terminate"},
    });
    if at % 5 == 2 {
        function["EventSourceMappings"] = json!([{
            "UUID": format!("{at:08x}-0000-4000-8000-000000000000"),
            "EventSourceArn": format!("arn:aws:sqs:{REGION}:{OWN}:{}", name(at)),
            "FunctionArn": arn,
            "State": "Enabled",
        }]);
    }
    if at % 6 == 1 {
        function["FunctionEventInvokeConfigs"] = json!([{
            "FunctionArn": format!("{arn}:$LATEST"),
            "DestinationConfig": {"OnFailure": {"Destination": format!("arn:aws:sqs:{REGION}:{OWN}:{}-failed", name(at))}},
        }]);
    }
    function
}

fn configuration(at: usize, vpcs: usize) -> Value {
    let mut configuration = json!({
        "FunctionName": name(at),
        "FunctionArn": arn(at),
        "Role": roles::arn(at / PER_ROLE),
        "Runtime": RUNTIMES[at % RUNTIMES.len()],
        "PackageType": "Zip",
        "CodeSha256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "Version": "$LATEST",
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "TracingConfig": {"Mode": if at % 3 == 0 { "Active" } else { "PassThrough" }},
        "LoggingConfig": {"LogFormat": "JSON", "LogGroup": format!("/aws/lambda/{}", name(at))},
        "Environment": {"Variables": environment(at)},
    });
    if is_in_vpc(at) {
        configuration["VpcConfig"] = networks::attachment(at, vpcs);
    }
    if at % 3 == 0 {
        configuration["Layers"] = json!([
            {"Arn": format!("arn:aws:lambda:{REGION}:580247275435:layer:LambdaInsightsExtension:64")},
            {"Arn": format!("arn:aws:lambda:{REGION}:999988887777:layer:http-tools:{}", at % 9)},
        ]);
    }
    if at % 7 == 0 {
        configuration["DeadLetterConfig"] =
            json!({"TargetArn": format!("arn:aws:sqs:{REGION}:{OWN}:{}-dead", name(at))});
    }
    configuration
}

/// A fifth of the functions; not always the same of those that share a role.
pub(crate) fn is_in_vpc(at: usize) -> bool {
    at % 5 == at / 5 % 5
}

fn environment(at: usize) -> Value {
    let team = TEAMS[at % TEAMS.len()];
    let mut variables = Map::new();
    let mut set = |name: &str, value: String| variables.insert(name.to_owned(), Value::String(value));
    set("LOG_LEVEL", "info".to_owned());
    set("STAGE", "prod".to_owned());
    set("TABLE_NAME", format!("{team}-{}", at / PER_ROLE));
    set("POWERTOOLS_SERVICE_NAME", name(at));
    set(
        "FEATURES",
        format!("retries={},batch={},trace=off", at % 7, 10 + at % 90),
    );
    if at % 2 == 0 {
        let secret = format!(
            "arn:aws:secretsmanager:{REGION}:{OWN}:secret:{team}/{}-AbCdEf",
            at / PER_ROLE
        );
        set("DATABASE_SECRET_ARN", secret);
    }
    if at % 3 == 1 {
        set(
            "QUEUE_URL",
            format!("https://sqs.{REGION}.amazonaws.com/{OWN}/{}", name(at)),
        );
    }
    if at % 4 == 1 {
        set("API_BASE_URL", format!("https://{team}.shop.example.com/v{}", at % 5));
    }
    if at % 11 == 0 {
        set(
            "DATABASE_HOST",
            format!(
                "{team}-{}.cluster-abcdefghijkl.{REGION}.rds.amazonaws.com:5432",
                at % 40
            ),
        );
    }
    if at % 23 == 0 {
        // Plainly no real one, and a credential by its form.
        set(
            "DATABASE_URL",
            format!("postgres://app:{}-{at}@db.corp.internal/shop", "Tr1ckyEx4mple"),
        );
    }
    Value::Object(variables)
}

fn policies(at: usize) -> Value {
    let arn = arn(at);
    let own: Vec<Value> = statements(at).iter().map(|one| one(at, &arn)).collect();
    let mut policies = Vec::new();
    if !own.is_empty() {
        policies.push(json!({"Policy": {"Version": "2012-10-17", "Id": "default", "Statement": own}}));
    }
    if at % 8 == 3 {
        let live = format!("{arn}:live");
        let statements = [of_api(at, &live), of_rule(at, &live)];
        policies.push(
            json!({"Qualifier": "live", "Policy": {"Version": "2012-10-17", "Id": "default", "Statement": statements}}),
        );
    }
    Value::Array(policies)
}

type Statement = fn(usize, &str) -> Value;

/// What triggers and partners leave behind.
fn statements(at: usize) -> &'static [Statement] {
    match at % 10 {
        0 => &[of_rule],
        1 => &[of_api, of_api_test],
        2 => &[],
        3 => &[of_bucket, of_topic],
        4 => &[of_topic, of_rule, of_account],
        5 => &[of_api],
        6 => &[of_logs, of_rule],
        7 => &[of_url, of_url_invoke, of_rule],
        8 => &[of_organization, of_role, of_bucket],
        _ if at % 90 == 9 => &[of_everyone, of_api, of_rule, of_tls],
        _ => &[of_api, of_api_test, of_rule, of_topic, of_bucket],
    }
}

fn granted((sid, function): (&str, &str), principal: Value, condition: Value) -> Value {
    let mut statement = json!({"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": "lambda:InvokeFunction", "Resource": function});
    if !condition.is_null() {
        statement["Condition"] = condition;
    }
    statement
}

fn of_service((sid, function): (&str, &str), service: &str, source: String) -> Value {
    let condition = json!({"ArnLike": {"AWS:SourceArn": source}});
    granted(
        (sid, function),
        json!({"Service": format!("{service}.amazonaws.com")}),
        condition,
    )
}

fn of_rule(at: usize, function: &str) -> Value {
    of_service(
        ("AllowRule", function),
        "events",
        format!("arn:aws:events:{REGION}:{OWN}:rule/{}", name(at)),
    )
}

fn of_topic(at: usize, function: &str) -> Value {
    of_service(
        ("AllowTopic", function),
        "sns",
        format!("arn:aws:sns:{REGION}:{OWN}:{}", name(at)),
    )
}

fn of_api(at: usize, function: &str) -> Value {
    of_service(
        ("AllowApi", function),
        "apigateway",
        format!("arn:aws:execute-api:{REGION}:{OWN}:a{at:09}/*/POST/{}", name(at)),
    )
}

fn of_api_test(at: usize, function: &str) -> Value {
    of_service(
        ("AllowApiTest", function),
        "apigateway",
        format!("arn:aws:execute-api:{REGION}:{OWN}:a{at:09}/test-invoke-stage/POST/*"),
    )
}

fn of_logs(at: usize, function: &str) -> Value {
    of_service(
        ("AllowLogs", function),
        "logs",
        format!("arn:aws:logs:{REGION}:{OWN}:log-group:/app/{}:*", name(at)),
    )
}

fn of_bucket(at: usize, function: &str) -> Value {
    let mut statement = of_service(
        ("AllowUploads", function),
        "s3",
        format!("arn:aws:s3:::{}-uploads", name(at)),
    );
    statement["Condition"]["StringEquals"] = json!({"AWS:SourceAccount": OWN});
    statement
}

fn of_account(at: usize, function: &str) -> Value {
    let partner = format!("arn:aws:iam::99998888{:04}:root", at % 50);
    granted(("AllowPartner", function), json!({"AWS": partner}), Value::Null)
}

fn of_role(at: usize, function: &str) -> Value {
    let role = format!("arn:aws:iam::{OWN}:role/scheduler-{}", at % 30);
    granted(("AllowScheduler", function), json!({"AWS": role}), Value::Null)
}

fn of_organization(_: usize, function: &str) -> Value {
    let condition = json!({"StringEquals": {"aws:PrincipalOrgID": "o-exampleorg12"}});
    granted(("AllowOrganization", function), json!("*"), condition)
}

fn of_everyone(_: usize, function: &str) -> Value {
    granted(("AllowEveryone", function), json!("*"), Value::Null)
}

fn of_tls(_: usize, function: &str) -> Value {
    json!({"Sid": "DenyPlain", "Effect": "Deny", "Principal": "*", "Action": "lambda:*", "Resource": function,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}})
}

fn auth(at: usize) -> &'static str {
    if at % 70 == 7 { "NONE" } else { "AWS_IAM" }
}

fn of_url(at: usize, function: &str) -> Value {
    let condition = json!({"StringEquals": {"lambda:FunctionUrlAuthType": auth(at)}});
    let mut statement = granted(("AllowUrl", function), url_principal(at), condition);
    statement["Action"] = json!("lambda:InvokeFunctionUrl");
    statement
}

fn of_url_invoke(at: usize, function: &str) -> Value {
    let condition = json!({"Bool": {"lambda:InvokedViaFunctionUrl": "true"}});
    granted(("AllowUrlInvoke", function), url_principal(at), condition)
}

fn url_principal(at: usize) -> Value {
    if auth(at) == "NONE" {
        return json!("*");
    }
    json!({"AWS": format!("arn:aws:iam::{OWN}:role/front-{}", at % 20)})
}

fn urls(at: usize) -> Value {
    if at % 10 != 7 {
        return json!([]);
    }
    json!([{
        "FunctionArn": arn(at),
        "FunctionUrl": format!("https://u{at:031}.lambda-url.{REGION}.on.aws/"),
        "AuthType": auth(at),
        "Cors": {"AllowOrigins": [if at % 20 == 7 { "*" } else { "https://shop.example.com" }]},
        "InvokeMode": "BUFFERED",
    }])
}
