//! The product as it is deployed: `infra/monitor.yaml` on an AWS API server, with the real `bootstrap`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::Client;
use super::deviations::{adapt_topic_policy, adapted, admit_misread_calls, mend_mapping, restore_source};
use super::server::{ACCOUNT, REGION};
use super::site::{Ears, Notice, Site};

/// Stands in for `aws` in the source of events: `PutEvents` refuses sources that begin with `aws.`, on AWS and here.
pub(super) const SOURCE: &str = "vigil-test";

const STACK: &str = "vigil";
const PATIENCE: Duration = Duration::from_secs(30);

/// The deployed monitor.
pub(super) struct Stack<'a> {
    site: &'a Site,
    outputs: BTreeMap<String, String>,
    ears: Ears<'a>,
    /// Hears what is told of the monitor itself.
    pub(super) trouble: Ears<'a>,
}

impl<'a> Stack<'a> {
    /// Deploys the template with this package and this prefix of event sources, and listens to its topic.
    pub(super) fn deploy(site: &'a Site, package: Vec<u8>, source: &str) -> Self {
        Self::deploy_with(site, package, source, &[])
    }

    /// As [`Self::deploy`], with more of the template's parameters.
    pub(super) fn deploy_with(site: &'a Site, package: Vec<u8>, source: &str, more: &[(&str, &str)]) -> Self {
        site.client.store("releases", "bootstrap.zip", package);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("infra/monitor.yaml");
        let template = adapted(&fs::read_to_string(path).expect("read infra/monitor.yaml"));
        let architecture = if cfg!(target_arch = "aarch64") {
            "arm64"
        } else {
            "x86_64"
        };
        let parameters = [
            ("CodeBucket", "releases"),
            ("CodeKey", "bootstrap.zip"),
            ("Architecture", architecture),
            ("EventSourcePrefix", source),
        ];
        let parameters = [&parameters, more].concat();
        let outputs = deploy(&site.client, STACK, &template, &parameters);
        mend_mapping(&site.client);
        if source != "aws" {
            restore_source(&site.client, source);
        }
        admit_misread_calls(&site.client, &outputs["RoleArn"]);
        let topic = outputs["TopicArn"].clone();
        adapt_topic_policy(&site.client, &topic);
        let ears = site.listen(&topic);
        let health = outputs["HealthTopicArn"].clone();
        adapt_topic_policy(&site.client, &health);
        let trouble = site.listen(&health);
        Self {
            site,
            outputs,
            ears,
            trouble,
        }
    }

    /// An output of the stack.
    pub(super) fn output(&self, name: &str) -> &str {
        &self.outputs[name]
    }

    /// The monitor as a function: what is told about itself is told of this one.
    pub(super) fn function_arn(&self) -> String {
        format!(
            "arn:aws:lambda:{REGION}:{ACCOUNT}:function:{}",
            self.output("FunctionName")
        )
    }

    /// Puts CloudTrail envelopes on the bus, and answers the notices that are there once the monitor has worked on them.
    pub(super) fn report(&self, envelopes: &[Value]) -> Vec<Notice> {
        self.report_on("default", envelopes)
    }

    /// As [`Self::report`], on another bus.
    pub(super) fn report_on(&self, bus: &str, envelopes: &[Value]) -> Vec<Notice> {
        let before = self.events_seen();
        put_on(&self.site.client, bus, envelopes);
        let started = Instant::now();
        while self.events_seen() < before + envelopes.len() {
            assert!(
                started.elapsed() < PATIENCE,
                "the monitor did not work on {envelopes:?}\n{}",
                self.log().join("\n")
            );
            thread::sleep(Duration::from_millis(100));
        }
        self.notices()
    }

    /// Has every function judged anew, and answers the notices.
    pub(super) fn sweep(&self) -> Vec<Notice> {
        let path = format!("/2015-03-31/functions/{}/invocations", self.output("FunctionName"));
        self.site.client.lambda("POST", &path, &json!({"vigil": "sweep"}));
        self.notices()
    }

    /// The notices since the last look.
    pub(super) fn notices(&self) -> Vec<Notice> {
        self.ears.notices()
    }

    /// The lines of the monitor's log.
    pub(super) fn log(&self) -> Vec<String> {
        let ask = json!({"logGroupName": self.output("LogGroupName"), "limit": 10_000});
        let events = self.site.client.json("logs", "FilterLogEvents", &ask);
        let events = events["events"].as_array().expect("log events").iter();
        events
            .flat_map(|event| event["message"].as_str().unwrap_or_default().lines())
            .map(str::to_owned)
            .collect()
    }

    /// Sum of a counter over the metric lines that the monitor has printed.
    pub(super) fn counted(&self, counter: &str) -> u64 {
        counted(self.log().iter().map(String::as_str), counter)
    }

    /// API calls by operation, since the counts of `before`.
    pub(super) fn calls_since(&self, before: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
        let mut calls = operations(self.log().iter().map(String::as_str));
        for (operation, count) in before {
            calls.entry(operation.clone()).and_modify(|calls| *calls -= count);
        }
        calls.retain(|_, count| *count > 0);
        calls
    }

    fn events_seen(&self) -> usize {
        usize::try_from(self.counted("Events")).expect("a small number")
    }
}

/// API calls by operation, over the metric lines of a log.
pub(super) fn operations<'a>(lines: impl Iterator<Item = &'a str>) -> BTreeMap<String, u64> {
    let mut calls = BTreeMap::new();
    for line in lines {
        let line: Value = serde_json::from_str(line).unwrap_or_default();
        for (operation, count) in line["ApiCallsByOperation"].as_object().into_iter().flatten() {
            *calls.entry(operation.clone()).or_default() += count.as_u64().unwrap_or_default();
        }
    }
    calls
}

/// Sum of a counter over the metric lines of a log.
pub(super) fn counted<'a>(lines: impl Iterator<Item = &'a str>, counter: &str) -> u64 {
    lines
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line.get("_aws").is_some())
        .filter_map(|line| line[counter].as_f64())
        .map(|value| {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // counters are small whole numbers
            let value = value as u64;
            value
        })
        .sum()
}

/// Puts CloudTrail envelopes on the default bus.
pub(super) fn put(client: &Client, envelopes: &[Value]) {
    put_on(client, "default", envelopes);
}

fn put_on(client: &Client, bus: &str, envelopes: &[Value]) {
    let entries: Vec<Value> = envelopes.iter().map(|envelope| entry(bus, envelope)).collect();
    let answer = client.json("events", "PutEvents", &json!({"Entries": entries}));
    assert_eq!(answer["FailedEntryCount"], 0, "{answer}");
}

fn entry(bus: &str, envelope: &Value) -> Value {
    let source = envelope["source"].as_str().expect("an envelope has a source");
    json!({
        "EventBusName": bus,
        "Source": source.replacen("aws.", &format!("{SOURCE}."), 1),
        "DetailType": envelope["detail-type"],
        "Detail": envelope["detail"].to_string(),
    })
}

/// Deploys a template and answers its outputs.
pub(super) fn deploy(
    client: &Client,
    stack: &str,
    template: &str,
    parameters: &[(&str, &str)],
) -> BTreeMap<String, String> {
    // Larger templates than 51,200 bytes are only taken from a bucket.
    let key = format!("{stack}.yaml");
    let bucket = format!("templates-{}", client.account());
    client.store(&bucket, &key, template.as_bytes().to_vec());
    let mut call = vec![
        ("StackName".to_owned(), stack.to_owned()),
        (
            "TemplateURL".to_owned(),
            format!("https://s3.amazonaws.com/{bucket}/{key}"),
        ),
        ("Capabilities.member.1".to_owned(), "CAPABILITY_NAMED_IAM".to_owned()),
    ];
    for (number, (key, value)) in (1..).zip(parameters) {
        call.push((format!("Parameters.member.{number}.ParameterKey"), (*key).to_owned()));
        call.push((
            format!("Parameters.member.{number}.ParameterValue"),
            (*value).to_owned(),
        ));
    }
    let call: Vec<(&str, &str)> = call
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    client.query("cloudformation", "CreateStack", &call);
    created(client, stack)
}

fn created(client: &Client, stack: &str) -> BTreeMap<String, String> {
    let started = Instant::now();
    loop {
        let described = client.query("cloudformation", "DescribeStacks", &[("StackName", stack)]);
        match described.text("StackStatus").as_str() {
            "CREATE_COMPLETE" => {
                return described
                    .texts("OutputKey")
                    .into_iter()
                    .zip(described.texts("OutputValue"))
                    .collect();
            }
            "CREATE_IN_PROGRESS" if started.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(100)),
            status => {
                let events = client.query("cloudformation", "DescribeStackEvents", &[("StackName", stack)]);
                panic!("the stack is {status}: {:#?}", events.texts("ResourceStatusReason"));
            }
        }
    }
}
