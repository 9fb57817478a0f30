//! Answers who can invoke, change or read a function by a resource policy.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use lambda_vigil::arn::FunctionArn;
use lambda_vigil::policy::{
    self, Capability, Exposure, ExposureVerdict, Policy, Request, Target, Tier, Trust, UrlAuth,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Format, plain, policy_of, told};
use crate::Exit;

/// Says who can invoke, change or read a function by its resource policy, and proves it with a request
///
/// Every answer is present, with a request that AWS would allow; conditional on keys that nobody outside can know; or
/// cannot-tell, with the reason. Worst first; nothing is said about whom the policy keeps out.
///
/// Exit code: 0 the policy was judged, whatever the answer; 2 it could not be read.
#[derive(clap::Args)]
pub(crate) struct ExposureOf {
    /// The policy document, or the answer of `aws lambda get-policy`; `-` is standard input
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// What the policy is attached to; with the qualifier for a version or an alias
    #[arg(long, value_name = "ARN")]
    function: String,
    /// The own account; the function's, unless given
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// The own organization
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
    /// An account or organization that may be granted access; may be repeated
    #[arg(long, value_name = "ID")]
    trusted: Vec<String>,
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

/// One way in.
#[derive(Serialize, JsonSchema)]
struct Way {
    /// How far outside the owner's control the caller is.
    tier: Tier,
    /// How sure that is.
    verdict: Certainty,
    /// The caller, in words.
    caller: String,
    /// The statements that together grant it.
    statements: Vec<String>,
    /// A request that is allowed; of a URL call the first of two.
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<Request>,
    /// What decides, or why it is not decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Why the conditions do not keep the witness out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conditions: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Certainty {
    /// Proved by the witness.
    Present,
    /// Open only under circumstances that nobody outside can know; at tier `nobody`: never.
    Conditional,
    /// Not decided.
    CannotTell,
}

/// Answers for every capability.
pub(super) fn exposure(arguments: &ExposureOf) -> Result<Exit> {
    let policy = policy_of(&arguments.policy)?;
    let (target, trust) = circumstances(arguments)?;
    let policies = std::slice::from_ref(&policy);
    let answer = |capability| Answer {
        exposures: policy::exposures(policies, &target, &trust, capability)
            .into_iter()
            .map(|exposure| way(policies, exposure))
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
    let mut trust = Trust {
        account: arguments
            .account
            .clone()
            .unwrap_or_else(|| function.account().to_string()),
        organization: arguments.organization.clone(),
        ..Trust::default()
    };
    if !is_account(&trust.account) {
        bail!("`{}` is not an account; it has 12 digits", trust.account);
    }
    if let Some(id) = arguments.organization.iter().find(|id| !id.starts_with("o-")) {
        bail!("`{id}` is not an organization; its id begins with `o-`");
    }
    for id in &arguments.trusted {
        match (is_account(id), id.starts_with("o-")) {
            (true, _) => trust.trusted_accounts.insert(id.clone()),
            (false, true) => trust.trusted_organizations.insert(id.clone()),
            (false, false) => bail!("`{id}` is neither an account (12 digits) nor an organization (`o-…`)"),
        };
    }
    let url = arguments.url_auth.map(|auth| match auth {
        Auth::None => UrlAuth::None,
        Auth::AwsIam => UrlAuth::AwsIam,
    });
    let function_arn = shown.clone();
    Ok((Target { function_arn, url }, trust))
}

fn is_account(id: &str) -> bool {
    id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit())
}

fn way(policies: &[Policy], exposure: Exposure) -> Way {
    let conditions = policy::why_open(policies, &exposure);
    let (verdict, witness, reason) = match exposure.verdict {
        ExposureVerdict::Present { witness } => (Certainty::Present, Some(witness), None),
        ExposureVerdict::Conditional { keys, witness } => {
            let keys = keys.join(", ");
            let reason = match (exposure.tier, keys.is_empty()) {
                (Tier::Nobody, true) => "the grant can never be used: no such caller exists".to_owned(),
                (Tier::Nobody, false) => format!("the grant can never be used: no such caller meets {keys}"),
                _ => format!("it depends on {keys}"),
            };
            (Certainty::Conditional, witness, Some(reason))
        }
        ExposureVerdict::CannotTell { reason } => (Certainty::CannotTell, None, Some(reason)),
    };
    Way {
        tier: exposure.tier,
        verdict,
        caller: exposure.caller,
        statements: exposure.statements,
        witness,
        reason,
        conditions,
    }
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

fn tell_way(out: &mut impl Write, way: &Way) -> Result<()> {
    let sure = match way.verdict {
        Certainty::Present => "proved",
        Certainty::Conditional => "under conditions",
        Certainty::CannotTell => "cannot tell",
    };
    let tier = serde_json::to_value(way.tier)?;
    let tier = tier.as_str().unwrap_or_default();
    let statements = way.statements.join(" + ");
    writeln!(
        out,
        "  {tier}, {sure}: {} by statement {}",
        plain(&way.caller),
        plain(&statements)
    )?;
    for line in way.reason.iter().chain(&way.conditions) {
        writeln!(out, "    {}", plain(line))?;
    }
    let lines = way.witness.as_ref().map(told).unwrap_or_default();
    for (index, line) in lines.iter().enumerate() {
        writeln!(out, "    {}{line}", if index == 0 { "allowed: " } else { "" })?;
    }
    Ok(())
}
