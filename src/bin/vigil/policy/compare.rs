//! Answers whether one policy allows anything that another does not.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use lambda_vigil::policy::{self, Request, Within};

use super::{Format, policy_of, told};
use crate::Exit;

/// Says whether one policy allows anything that another does not, each way, with a request that shows it
///
/// Both are policies of one kind: identity policies, or resource policies. The answer is proved: `yes` that there is no
/// such request, `no` by a request that the concrete evaluation agrees on, `cannot-tell` with the reason.
///
/// Exit code: 0 the policies were compared, whatever the answer; 2 one could not be read.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  vigil policy compare --format text before.json after.json
  aws lambda get-policy --function-name orders | vigil policy compare - wanted.json")]
pub(crate) struct Compare {
    /// A policy document, or an answer of AWS that holds one; `-` is standard input
    a: PathBuf,
    /// The other policy
    b: PathBuf,
    /// For people or for machines
    #[arg(long, value_enum, default_value = "json")]
    format: Format,
}

/// Answers each way.
pub(super) fn compare(arguments: &Compare) -> Result<Exit> {
    let (a, b) = (policy_of(&arguments.a)?, policy_of(&arguments.b)?);
    let compared = policy::compare(&a, &b);
    let out = &mut anstream::stdout().lock();
    if arguments.format == Format::Json {
        writeln!(out, "{}", serde_json::to_string_pretty(&compared)?)?;
        return Ok(Exit::Clean);
    }
    let summary = match (compared.a_within_b, compared.b_within_a) {
        (Within::Yes, Within::Yes) => "A and B allow the same requests.",
        (Within::Yes, Within::No) => "B allows everything that A allows, and more.",
        (Within::No, Within::Yes) => "A allows everything that B allows, and more.",
        (Within::No, Within::No) => "Each allows something that the other does not.",
        (Within::CannotTell, _) | (_, Within::CannotTell) => "It is not decided how A and B relate.",
    };
    writeln!(out, "{summary}")?;
    tell(out, "Only A allows", compared.witness_only_a.as_ref())?;
    tell(out, "Only B allows", compared.witness_only_b.as_ref())?;
    for reason in &compared.reasons {
        writeln!(out, "Not decided: {}", super::plain(reason))?;
    }
    Ok(Exit::Clean)
}

fn tell(out: &mut impl Write, which: &str, witness: Option<&Request>) -> Result<()> {
    let lines = witness.map(told).unwrap_or_default();
    if let Some((first, rest)) = lines.split_first() {
        writeln!(out, "{which}: {first}")?;
        rest.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    Ok(())
}
