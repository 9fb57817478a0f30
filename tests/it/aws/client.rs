//! What do the tests call? A small client for the three protocols of the AWS APIs, without an SDK. A call that fails fails the test, with its name and the answer.

use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::request::Builder;
use ureq::http::{Request, StatusCode};

use super::server::{ACCOUNT, REGION};

/// A client of one endpoint.
pub(super) struct Client {
    agent: Agent,
    endpoint: String,
    key: String,
    region: String,
}

impl Client {
    /// A client of the API server there.
    pub(super) fn new(endpoint: &str) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_mins(1)))
            .build()
            .new_agent();
        Self {
            agent,
            endpoint: endpoint.to_owned(),
            key: "test".to_owned(),
            region: REGION.to_owned(),
        }
    }

    /// The same in another Region.
    pub(super) fn within(&self, region: &str) -> Self {
        Self {
            key: self.key.clone(),
            region: region.to_owned(),
            ..Self::new(&self.endpoint)
        }
    }

    /// The account as whose root user it calls.
    pub(super) fn account(&self) -> &str {
        if self.key == "test" { ACCOUNT } else { &self.key }
    }

    /// The same as the root user of another account.
    pub(super) fn of(&self, account: &str) -> Self {
        Self {
            key: account.to_owned(), // the server takes an account's number for its root user's key
            ..Self::new(&self.endpoint)
        }
    }

    /// A REST call of Lambda, e.g. `POST /2015-03-31/functions`.
    pub(super) fn lambda(&self, method: &str, path: &str, body: &Value) -> Value {
        self.rest("lambda", method, path, body)
    }

    /// A REST call (Lambda, Security Hub).
    pub(super) fn rest(&self, service: &str, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        };
        let request = self
            .request(service, method, path)
            .header("content-type", "application/json");
        let answer = self.send(&format!("{service} {method} {path}"), request, body);
        parse(&answer)
    }

    /// Stores an object, creating the bucket.
    pub(super) fn store(&self, bucket: &str, key: &str, content: Vec<u8>) {
        let bucket = format!("/{bucket}");
        self.send("s3 CreateBucket", self.request("s3", "PUT", &bucket), Vec::new());
        let request = self.request("s3", "PUT", &format!("{bucket}/{key}"));
        self.send("s3 PutObject", request, content);
    }

    /// A call in the Query protocol (CloudFormation, IAM, SNS); answers XML.
    pub(super) fn query(&self, service: &str, action: &str, parameters: &[(&str, &str)]) -> Xml {
        let (call, request, body) = self.query_request(service, action, parameters);
        Xml(self.send(&call, request, body))
    }

    /// The code with which the API refuses a call in the Query protocol.
    pub(super) fn refused(&self, service: &str, action: &str, parameters: &[(&str, &str)]) -> String {
        let (call, request, body) = self.query_request(service, action, parameters);
        let (status, text) = self.exchange(&call, request, body);
        assert!(status.is_client_error(), "{call} was not refused: {status}\n{text}");
        Xml(text).text("Code")
    }

    fn query_request(&self, service: &str, action: &str, parameters: &[(&str, &str)]) -> (String, Builder, Vec<u8>) {
        let version = match service {
            "cloudformation" => "2010-05-15",
            "iam" => "2010-05-08",
            "sns" => "2010-03-31",
            _ => panic!("no version of `{service}` known; add it"),
        };
        let body = [("Action", action), ("Version", version)]
            .iter()
            .chain(parameters)
            .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
            .collect::<Vec<_>>()
            .join("&");
        let request = self
            .request(service, "POST", "/")
            .header("content-type", "application/x-www-form-urlencoded");
        (format!("{service} {action}"), request, body.into_bytes())
    }

    /// A call in the JSON protocol (SQS, EventBridge, CloudTrail, DynamoDB, SSM, CloudWatch Logs).
    pub(super) fn json(&self, service: &str, action: &str, body: &Value) -> Value {
        let (target, version) = match service {
            "sqs" => ("AmazonSQS", "1.0"),
            "events" => ("AWSEvents", "1.1"),
            "organizations" => ("AWSOrganizationsV20161128", "1.1"),
            "cloudtrail" => ("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101", "1.1"),
            "dynamodb" => ("DynamoDB_20120810", "1.0"),
            "ssm" => ("AmazonSSM", "1.1"),
            "logs" => ("Logs_20140328", "1.1"),
            _ => panic!("no target of `{service}` known; add it"),
        };
        let request = self
            .request(service, "POST", "/")
            .header("content-type", format!("application/x-amz-json-{version}"))
            .header("x-amz-target", format!("{target}.{action}"));
        let answer = self.send(&format!("{service} {action}"), request, body.to_string().into_bytes());
        parse(&answer)
    }

    /// A call of a server's own control interface.
    pub(super) fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.endpoint));
        parse(&self.send(path, request, body.to_string().into_bytes()))
    }

    fn request(&self, service: &str, method: &str, path: &str) -> Builder {
        // The server looks at the key (`test` is the root user of the server's account) and at the scope, not at the signature.
        let credential = format!("{}/20260101/{}/{service}/aws4_request", self.key, self.region);
        Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.endpoint))
            .header(
                "authorization",
                format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"),
            )
    }

    fn send(&self, call: &str, request: Builder, body: Vec<u8>) -> String {
        let (status, text) = self.exchange(call, request, body);
        assert!(status.is_success(), "{call}: {status}\n{text}");
        text
    }

    fn exchange(&self, call: &str, request: Builder, body: Vec<u8>) -> (StatusCode, String) {
        let failed = |error: ureq::Error| -> ! { panic!("{call}: {error}") };
        let request = request.body(body).unwrap_or_else(|error| failed(error.into()));
        let mut answer = self.agent.run(request).unwrap_or_else(|error| failed(error));
        let text = answer.body_mut().read_to_string().unwrap_or_else(|error| failed(error));
        (answer.status(), text)
    }
}

fn parse(text: &str) -> Value {
    if text.trim().is_empty() {
        return Value::Null;
    }
    serde_json::from_str(text).unwrap_or_else(|error| panic!("not JSON ({error}): {text}"))
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// An answer in the Query protocol.
pub(super) struct Xml(String);

impl Xml {
    /// The contents of all elements of that name, in order.
    pub(super) fn texts(&self, element: &str) -> Vec<String> {
        let (open, close) = (format!("<{element}>"), format!("</{element}>"));
        self.0
            .split(&open)
            .skip(1)
            .filter_map(|rest| rest.split_once(&close))
            .map(|(text, _)| unescaped(text))
            .collect()
    }

    /// The content of the first element of that name.
    pub(super) fn text(&self, element: &str) -> String {
        self.texts(element)
            .into_iter()
            .next()
            .unwrap_or_else(|| panic!("no <{element}> in {}", self.0))
    }
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}
