//! The verbs that reason about policies that are handed in, without an account.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use clap::{Subcommand, ValueEnum};
use lambda_vigil::policy::{Policy, Request, Values};

use super::Exit;

pub(super) use exposure::ExposureDocument;
pub(super) use role::RoleDocument;

mod compare;
mod exposure;
mod role;
mod simulate;
mod trusting;
mod way;

/// What to ask about policies.
#[derive(Subcommand)]
pub(super) enum Verb {
    Compare(compare::Compare),
    Exposure(exposure::ExposureOf),
    Role(role::RoleOf),
    Simulate(simulate::Simulate),
}

/// Does what was asked for.
pub(super) fn run(verb: &Verb) -> Result<Exit> {
    match verb {
        Verb::Compare(arguments) => compare::compare(arguments),
        Verb::Exposure(arguments) => exposure::exposure(arguments),
        Verb::Role(arguments) => role::role(arguments),
        Verb::Simulate(arguments) => simulate::simulate(arguments),
    }
}

/// Who reads the answer.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people: what, by which statement, and why
    Text,
    /// For machines
    Json,
}

/// A policy of a file: the document itself, or the answer of `aws lambda get-policy` and its like that holds it.
fn policy_of(path: &Path) -> Result<Policy> {
    let text = simulate::read(path)?;
    let text = wrapped(&text).unwrap_or(text);
    let shown = path.display();
    Policy::parse(&text)
        .map_err(|error| anyhow!(error))
        .with_context(|| format!("{shown} is no policy"))
}

/// Members in which the answers of AWS APIs hold a policy, as text or as JSON.
const HOLDERS: [&str; 4] = ["Policy", "PolicyDocument", "Document", "AssumeRolePolicyDocument"];

fn wrapped(text: &str) -> Option<String> {
    let answer: serde_json::Value = serde_json::from_str(text).ok()?;
    let holds = |answer: &serde_json::Value| HOLDERS.iter().find_map(|name| answer.get(name).cloned());
    let mut held = holds(&answer).or_else(|| {
        answer
            .get("PolicyVersion")
            .or_else(|| answer.get("Role"))
            .and_then(holds)
    })?;
    // GetPolicy of IAM nests once more.
    if let Some(inner) = holds(&held) {
        held = inner;
    }
    match held {
        serde_json::Value::String(text) => Some(text),
        object @ serde_json::Value::Object(_) => Some(object.to_string()),
        _ => None,
    }
}

/// A request in words, one line each; escaped, because policies are written by anybody.
fn told(request: &Request) -> Vec<String> {
    let caller = match &request.caller {
        lambda_vigil::policy::Caller::Anonymous => "anyone, without credentials".to_owned(),
        lambda_vigil::policy::Caller::Principal { arn } => arn.clone(),
        lambda_vigil::policy::Caller::Service { name } => name.clone(),
    };
    let mut lines = vec![format!("{} on {} by {caller}", request.action, request.resource)];
    for (key, values) in &request.context {
        let values = match values {
            Values::One(value) => value.clone(),
            Values::Many(values) => format!("[{}]", values.join(", ")),
        };
        lines.push(format!("  {key} = {values}"));
    }
    lines.iter().map(|line| plain(line)).collect()
}

/// Text without control characters.
fn plain(text: &str) -> String {
    let shown = |letter: char| {
        if letter.is_control() {
            letter.escape_default().collect()
        } else {
            letter.to_string()
        }
    };
    text.chars().map(shown).collect()
}
