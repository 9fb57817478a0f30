//! Answers who can invoke, change or read a function by a resource policy.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use lambda_vigil::arn::{AccountId, FunctionArn};
use lambda_vigil::policy::{self, Capability, Target, Trust, UrlAuth};
use schemars::JsonSchema;
use serde::Serialize;

use super::trusting::Trusting;
use super::way::{Way, tell_way};
use super::{Format, policy_of};
use crate::Exit;

/// Says who can invoke, change or read a function by its resource policy, and proves it with a request
///
/// Every answer is present, with a request that AWS would allow; conditional on keys that nobody outside can know; or
/// cannot-tell, with the reason. Worst first; nothing is said about whom the policy keeps out.
///
/// Exit code: 0 the policy was judged, whatever the answer; 2 it could not be read.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  aws lambda get-policy --function-name orders | vigil policy exposure --policy - \\
    --function arn:aws:lambda:eu-west-1:111122223333:function:orders")]
pub(crate) struct ExposureOf {
    /// The policy document, or the answer of `aws lambda get-policy`; `-` is standard input
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// What the policy is attached to; with the qualifier for a version or an alias
    #[arg(long, value_name = "ARN")]
    function: String,
    /// The own account; the function's, unless given
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    #[command(flatten)]
    trusting: Trusting,
    /// How the function's URL authenticates, if it has one
    #[arg(long, value_enum, value_name = "NONE|AWS_IAM")]
    url_auth: Option<Auth>,
    /// For people or for machines
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Auth {
    /// Everybody is anonymous
    #[value(name = "NONE")]
    None,
    /// Callers sign
    #[value(name = "AWS_IAM")]
    AwsIam,
}

/// Who gets what by a policy.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ExposureDocument {
    /// By the Lambda API.
    invoke: Answer,
    /// By the function's URL; nobody without one.
    invoke_url: Answer,
    /// Code, configuration, or who may do what.
    change: Answer,
    /// Code, configuration or policy.
    read: Answer,
}

/// The ways in, worst first.
#[derive(Serialize, JsonSchema)]
struct Answer {
    exposures: Vec<Way>,
}

/// Answers for every capability.
pub(super) fn exposure(arguments: &ExposureOf) -> Result<Exit> {
    let policy = policy_of(&arguments.policy)?;
    let (target, trust) = circumstances(arguments)?;
    let policies = std::slice::from_ref(&policy);
    let answer = |capability| Answer {
        exposures: policy::exposures(policies, &target, &trust, capability)
            .into_iter()
            .map(|exposure| Way::new(policies, exposure))
            .collect(),
    };
    let document = ExposureDocument {
        invoke: answer(Capability::Invoke),
        invoke_url: answer(Capability::InvokeUrl),
        change: answer(Capability::Change),
        read: answer(Capability::Read),
    };
    let out = &mut anstream::stdout().lock();
    match arguments.format {
        Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(&document)?)?,
        Format::Text => tell(out, &document)?,
    }
    Ok(Exit::Clean)
}

fn circumstances(arguments: &ExposureOf) -> Result<(Target, Trust)> {
    let shown = &arguments.function;
    let function: FunctionArn = shown.parse().with_context(|| {
        format!("`{shown}` is not the ARN of a function; take FunctionArn of `aws lambda get-function`")
    })?;
    let account = arguments.account.as_ref().unwrap_or(function.account());
    let trust = arguments.trusting.of(account)?;
    let url = arguments.url_auth.map(|auth| match auth {
        Auth::None => UrlAuth::None,
        Auth::AwsIam => UrlAuth::AwsIam,
    });
    let function_arn = shown.clone();
    Ok((Target { function_arn, url }, trust))
}

fn tell(out: &mut impl Write, document: &ExposureDocument) -> Result<()> {
    let answers = [
        ("Invoke by the API", &document.invoke),
        ("Invoke by the URL", &document.invoke_url),
        ("Change", &document.change),
        ("Read", &document.read),
    ];
    for (title, answer) in answers {
        let nobody = if answer.exposures.is_empty() {
            " nobody by this policy"
        } else {
            ""
        };
        writeln!(out, "{title}:{nobody}")?;
        answer.exposures.iter().try_for_each(|way| tell_way(out, way))?;
    }
    Ok(())
}
