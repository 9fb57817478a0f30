//! An account of ordinary shape: functions that differ, roles that several of them share, networks that some are in.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{functions, networks, roles};

pub(crate) const OWN: &str = "111122223333";
pub(crate) const REGION: &str = "eu-west-1";
pub(crate) const PER_ROLE: usize = 5;
pub(crate) const PER_VPC: usize = 200;

/// Functions, roles or networks of one file.
const PER_FILE: usize = 250;

/// Writes the account and the event that asks for a sweep; returns how many bytes the account has.
pub(crate) fn write(folder: &Path, functions: usize) -> usize {
    let account = folder.join("account");
    fs::create_dir(&account).unwrap();
    let sweep = include_str!("../../events/scheduled-sweep.json");
    fs::write(folder.join("sweep.json"), sweep).unwrap();
    let vpcs = functions.div_ceil(PER_VPC);
    let written = [
        files(&account, ("Functions", functions), |at| functions::function(at, vpcs)),
        files(&account, ("Roles", functions.div_ceil(PER_ROLE)), roles::role),
        files(&account, ("Networks", vpcs), networks::network),
        files(&account, ("Places", 1), |_| place(functions)),
    ];
    written.iter().sum()
}

fn files(folder: &Path, (kind, count): (&str, usize), one: impl Fn(usize) -> Value) -> usize {
    let mut written = 0;
    for from in (0..count).step_by(PER_FILE) {
        let all: Vec<Value> = (from..count.min(from + PER_FILE)).map(&one).collect();
        let text = serde_json::to_string_pretty(&json!({kind: all})).unwrap();
        fs::write(folder.join(format!("{kind}-{from:05}.json")), &text).unwrap();
        written += text.len();
    }
    written
}

/// Two of three functions have an alarm on their errors, one of three has one on its calls; some reach nobody.
fn place(functions: usize) -> Value {
    let topic = format!("arn:aws:sns:{REGION}:{OWN}:on-call");
    let alarm = |at: usize, metric: &str| {
        let name = functions::name(at);
        json!({
            "AlarmName": format!("{name}-{}", metric.to_lowercase()),
            "ActionsEnabled": at % 17 != 0,
            "AlarmActions": [topic],
            "Namespace": "AWS/Lambda",
            "MetricName": metric,
            "Dimensions": [{"Name": "FunctionName", "Value": name}],
        })
    };
    let errors = (0..functions).filter(|at| at % 3 != 0).map(|at| alarm(at, "Errors"));
    let calls = (0..functions)
        .filter(|at| at % 3 == 1)
        .map(|at| alarm(at, "Invocations"));
    let alarms: Vec<Value> = errors.chain(calls).collect();
    let composite = |at: usize| {
        let parts: Vec<String> = (at * 40..at * 40 + 5)
            .map(|at| format!("ALARM(\"{}-errors\")", functions::name(at)))
            .collect();
        json!({"AlarmName": format!("team-{at}"), "AlarmRule": parts.join(" OR "), "ActionsEnabled": true, "AlarmActions": [topic]})
    };
    let composites: Vec<Value> = (0..functions / 200).map(composite).collect();
    json!({
        "Account": OWN,
        "Region": REGION,
        "AccountSettings": {"AccountLimit": {"ConcurrentExecutions": 5000, "UnreservedConcurrentExecutions": 2400}},
        "Alarms": {"MetricAlarms": alarms, "CompositeAlarms": composites},
    })
}
