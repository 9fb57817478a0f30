//! The account that is watched: functions and roles made through the API, and the CloudTrail envelope of each call that changes them.

use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::client::Client;
use super::server::{ACCOUNT, REGION};

/// A tiny deployment package: a zip without members. Nobody runs it.
const EMPTY_ZIP: &str = "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==";
const STATEMENT: &str = "anyone";
const POLICY: &str = "everything";

/// Hands on the account.
pub(super) struct World<'a>(pub(super) &'a Client);

impl World<'_> {
    /// A role that its functions may use, and that may no more than they need: write to their own log groups and to X-Ray.
    pub(super) fn role(&self, name: &str, functions: &[&str]) {
        let trust = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
        ]});
        let parameters = [("RoleName", name), ("AssumeRolePolicyDocument", &trust.to_string())];
        self.0.query("iam", "CreateRole", &parameters);
        let account = self.0.account();
        let groups: Vec<String> = functions
            .iter()
            .map(|function| format!("arn:aws:logs:{REGION}:{account}:log-group:/aws/lambda/{function}:*"))
            .collect();
        let needs = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": groups},
            {"Effect": "Allow", "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "Resource": "*"},
        ]});
        self.put_role_policy(name, "needs", &needs);
    }

    /// A function without a flaw of its own; answers its ARN.
    pub(super) fn function(&self, name: &str, role: &str) -> String {
        let created = self.0.lambda(
            "POST",
            "/2015-03-31/functions",
            &json!({
                "FunctionName": name, "Runtime": "python3.14", "Handler": "index.handler", "Code": {"ZipFile": EMPTY_ZIP},
                "Role": format!("arn:aws:iam::{}:role/{role}", self.0.account()), "TracingConfig": {"Mode": "Active"},
            }),
        );
        let concurrency = json!({"ReservedConcurrentExecutions": 1});
        self.0.lambda(
            "PUT",
            &format!("/2017-10-31/functions/{name}/concurrency"),
            &concurrency,
        );
        created["FunctionArn"].as_str().expect("the function's ARN").to_owned()
    }

    /// Lets anyone invoke the function.
    pub(super) fn open(&self, function: &str) -> Value {
        let parameters = json!({"StatementId": STATEMENT, "Action": "lambda:InvokeFunction", "Principal": "*"});
        let answer = self
            .0
            .lambda("POST", &format!("/2015-03-31/functions/{function}/policy"), &parameters);
        call(
            "lambda",
            "AddPermission20150331v2",
            &json!({"functionName": function, "statementId": STATEMENT, "action": "lambda:InvokeFunction", "principal": "*"}),
            &json!({"statement": answer["Statement"]}),
        )
    }

    /// Publishes a version of the function, and an alias of it that anyone may invoke.
    pub(super) fn open_alias(&self, function: &str, alias: &str) {
        let path = format!("/2015-03-31/functions/{function}");
        let version = self.0.lambda("POST", &format!("{path}/versions"), &json!({}));
        let named = json!({"Name": alias, "FunctionVersion": version["Version"]});
        self.0.lambda("POST", &format!("{path}/aliases"), &named);
        let permission = json!({"StatementId": STATEMENT, "Action": "lambda:InvokeFunction", "Principal": "*"});
        self.0
            .lambda("POST", &format!("{path}/policy?Qualifier={alias}"), &permission);
    }

    /// Gives the function tags.
    pub(super) fn tag(&self, function: &str, tags: &Value) {
        let arn = format!("arn:aws:lambda:{REGION}:{}:function:{function}", self.0.account());
        self.0
            .lambda("POST", &format!("/2017-03-31/tags/{arn}"), &json!({"Tags": tags}));
    }

    /// Takes the function's reserved concurrency away.
    pub(super) fn unreserve(&self, function: &str) {
        let path = format!("/2017-10-31/functions/{function}/concurrency");
        self.0.lambda("DELETE", &path, &Value::Null);
    }

    /// Takes that back.
    pub(super) fn close(&self, function: &str) -> Value {
        self.0.lambda(
            "DELETE",
            &format!("/2015-03-31/functions/{function}/policy/{STATEMENT}"),
            &Value::Null,
        );
        let parameters = json!({"functionName": function, "statementId": STATEMENT});
        call("lambda", "RemovePermission20150331v2", &parameters, &Value::Null)
    }

    /// Has the function use a new layer, which nobody else may read.
    pub(super) fn layer(&self, name: &str, function: &str) {
        let path = format!("/2018-10-31/layers/{name}/versions");
        let published = self
            .0
            .lambda("POST", &path, &json!({"Content": {"ZipFile": EMPTY_ZIP}}));
        let path = format!("/2015-03-31/functions/{function}/configuration");
        self.0
            .lambda("PUT", &path, &json!({"Layers": [published["LayerVersionArn"]]}));
    }

    /// Lets everyone read the first version of a layer.
    pub(super) fn share(&self, layer: &str) -> Value {
        let permission = json!({"StatementId": STATEMENT, "Action": "lambda:GetLayerVersion", "Principal": "*"});
        let path = format!("/2018-10-31/layers/{layer}/versions/1/policy");
        let answer = self.0.lambda("POST", &path, &permission);
        call(
            "lambda",
            "AddLayerVersionPermission20181031",
            &json!({"layerName": layer, "versionNumber": 1, "statementId": STATEMENT, "action": "lambda:GetLayerVersion", "principal": "*"}),
            &json!({"statement": answer["Statement"]}),
        )
    }

    /// Takes that back.
    pub(super) fn unshare(&self, layer: &str) -> Value {
        let path = format!("/2018-10-31/layers/{layer}/versions/1/policy/{STATEMENT}");
        self.0.lambda("DELETE", &path, &Value::Null);
        let parameters = json!({"layerName": layer, "versionNumber": 1, "statementId": STATEMENT});
        call(
            "lambda",
            "RemoveLayerVersionPermission20181031",
            &parameters,
            &Value::Null,
        )
    }

    /// Allows the role every action on everything.
    pub(super) fn empower(&self, role: &str) -> Value {
        let policy =
            json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
        self.put_role_policy(role, POLICY, &policy);
        let parameters = json!({"roleName": role, "policyName": POLICY, "policyDocument": policy.to_string()});
        call("iam", "PutRolePolicy", &parameters, &Value::Null)
    }

    /// Takes that back.
    pub(super) fn restrain(&self, role: &str) -> Value {
        self.0
            .query("iam", "DeleteRolePolicy", &[("RoleName", role), ("PolicyName", POLICY)]);
        call(
            "iam",
            "DeleteRolePolicy",
            &json!({"roleName": role, "policyName": POLICY}),
            &Value::Null,
        )
    }

    /// A trail that logs everything that changes something.
    pub(super) fn trail(&self, name: &str) {
        let bucket = format!("{name}-log");
        self.0.store(&bucket, "marker", Vec::new());
        self.0.json(
            "cloudtrail",
            "CreateTrail",
            &json!({"Name": name, "S3BucketName": bucket}),
        );
        self.log(name, true);
    }

    /// Starts or stops a trail.
    pub(super) fn log(&self, trail: &str, is_on: bool) -> Value {
        let name = if is_on { "StartLogging" } else { "StopLogging" };
        let parameters = json!({"Name": trail});
        self.0.json("cloudtrail", name, &parameters);
        call("cloudtrail", name, &json!({"name": trail}), &Value::Null)
    }

    /// Switches the rule of a logical id on or off.
    pub(super) fn pass(&self, logical_id: &str, is_on: bool) -> Value {
        let rules = self.0.json("events", "ListRules", &json!({}));
        let mut names = rules["Rules"]
            .as_array()
            .expect("rules")
            .iter()
            .filter_map(|rule| rule["Name"].as_str());
        let rule = names.find(|name| name.contains(logical_id)).expect("the rule");
        let name = if is_on { "EnableRule" } else { "DisableRule" };
        self.0.json("events", name, &json!({"Name": rule}));
        call("events", name, &json!({"name": rule}), &Value::Null)
    }

    fn put_role_policy(&self, role: &str, policy: &str, document: &Value) {
        let parameters = [
            ("RoleName", role),
            ("PolicyName", policy),
            ("PolicyDocument", &document.to_string()),
        ];
        self.0.query("iam", "PutRolePolicy", &parameters);
    }
}

/// The envelope in which EventBridge delivers CloudTrail's record of a call.
pub(super) fn call(service: &str, name: &str, parameters: &Value, response: &Value) -> Value {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let number = CALLS.fetch_add(1, Ordering::Relaxed);
    let time = format!("{:.0}", Timestamp::now());
    json!({
        "version": "0", "id": format!("00000000-0000-4000-8000-{number:012}"), "detail-type": "AWS API Call via CloudTrail",
        "source": format!("aws.{service}"), "account": ACCOUNT, "time": time, "region": REGION, "resources": [],
        "detail": {
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": format!("arn:aws:iam::{ACCOUNT}:user/alice"),
                "accountId": ACCOUNT, "userName": "alice",
            },
            "eventTime": time, "eventSource": format!("{service}.amazonaws.com"), "eventName": name, "awsRegion": REGION,
            "sourceIPAddress": "192.0.2.10", "userAgent": "aws-cli/2.31.0", "requestParameters": parameters, "responseElements": response,
            "requestID": format!("00000000-0000-4000-a000-{number:012}"), "eventID": format!("00000000-0000-4000-9000-{number:012}"),
            "readOnly": false, "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": ACCOUNT, "eventCategory": "Management",
        },
    })
}

/// The event with which Lambda hands over messages of a queue.
pub(super) fn batch(bodies: &[&str]) -> Value {
    let records: Vec<Value> = (0..)
        .zip(bodies)
        .map(|(number, body)| {
            json!({
                "messageId": format!("message-{number}"), "receiptHandle": "handle", "body": body, "messageAttributes": {}, "md5OfBody": "",
                "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1795000000000", "SenderId": ACCOUNT,
                    "ApproximateFirstReceiveTimestamp": "1795000000001"},
                "eventSource": "aws:sqs", "eventSourceARN": format!("arn:aws:sqs:{REGION}:{ACCOUNT}:vigil"), "awsRegion": REGION,
            })
        })
        .collect();
    json!({"Records": records})
}
