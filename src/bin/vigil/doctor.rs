//! `vigil doctor`: what is wrong with an installation, and how to mend it.

use std::io::Write;

use anyhow::{Result, anyhow};
use lambda_vigil::arn::Region;
use lambda_vigil::aws::installation;
use lambda_vigil::doctor::{State, diagnose};

use crate::Exit;

/// Which installation.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  vigil doctor lambda-vigil --region eu-west-1")]
pub(crate) struct Doctor {
    /// The monitor's function, by its name or ARN: the stack's output `FunctionName`
    function: String,
    /// The Region of its stack
    #[arg(long, value_name = "REGION")]
    region: Region,
}

/// Prints one line per link.
pub(crate) fn doctor(asked: &Doctor) -> Result<Exit> {
    let mut out = anstream::stdout();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let found = runtime.block_on(installation(&asked.function, &asked.region));
    let said = diagnose(&found.map_err(|problem| anyhow!(problem))?);
    for one in &said {
        let (mark, next) = match &one.state {
            State::Sound => ("ok", None),
            State::Broken { next } => ("BROKEN", Some(next)),
            State::Unknown => ("unknown", None),
        };
        writeln!(out, "{mark:8} {:13} {}", one.link.label(), one.says)?;
        if let Some(next) = next {
            writeln!(out, "{:22} {next}", "")?;
        }
    }
    let any = |is: fn(&State) -> bool| said.iter().any(|one| is(&one.state));
    Ok(if any(|state| matches!(state, State::Broken { .. })) {
        Exit::Findings
    } else if any(|state| *state == State::Unknown) {
        Exit::Failed
    } else {
        Exit::Clean
    })
}
