//! Shows the ways from a recorded function's subnets to the services that it needs.
#![allow(clippy::disallowed_methods, reason = "the command line reads files and the clock")]

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, anyhow, bail};
use jiff::Timestamp;
use lambda_vigil::arn::FunctionArn;
use lambda_vigil::controls::{Context, Need, Path, Paths};
use lambda_vigil::memory::Account;
use lambda_vigil::network::Answer;
use lambda_vigil::settings::Settings;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Exit, account};

/// Whose ways, and where they are recorded.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  vigil network stock-sync
  vigil network orders-worker --account account --format json")]
pub(super) struct NetworkOf {
    /// The function's name or ARN
    function: String,
    /// Folder of the recorded account
    #[arg(long, value_name = "DIR", default_value = "events/account")]
    account: PathBuf,
    /// For people or for machines
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A table
    Text,
    /// `vigil schema network` describes it
    Json,
}

/// The ways of one function.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NetworkDocument<'a> {
    /// The function's ARN.
    #[serde(rename = "functionARN")]
    function_arn: String,
    /// Its VPC; absent: it is in none, and reaches everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    vpc_id: Option<&'a str>,
    /// What it needs, and how it gets there.
    needs: Vec<NeedDocument<'a>>,
}

/// A service that a function needs.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct NeedDocument<'a> {
    /// Its IAM prefix.
    service: &'a str,
    /// Where it is called.
    region: &'a str,
    /// `certain` or `possible`.
    confidence: &'a str,
    /// What says so.
    because: &'a BTreeSet<String>,
    /// The answer from each subnet.
    paths: Vec<PathDocument<'a>>,
}

/// The answer from one subnet.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct PathDocument<'a> {
    /// The subnet.
    subnet_id: &'a str,
    /// The answer.
    answer: &'a Answer,
    /// The same in words.
    text: String,
}

/// Shows the ways of a function.
pub(super) fn show(arguments: &NetworkOf) -> Result<Exit> {
    let account = account::account(&arguments.account)?;
    let function = named(&account, &arguments.function)?;
    let snapshot = account.snapshot(&function);
    let settings = Settings::default();
    let context = Context::new(&snapshot, &settings, Timestamp::now());
    let paths = context.paths().map_err(|why| anyhow!("{}: {why}", function.name()))?;
    let vpc = snapshot
        .configuration()
        .ok()
        .and_then(|known| known.vpc_config.vpc_id.as_deref());
    let mut out = anstream::stdout().lock();
    match arguments.format {
        Format::Json => writeln!(
            out,
            "{}",
            serde_json::to_string_pretty(&document(&function, vpc, paths))?
        )?,
        Format::Text => write!(out, "{}", text(&function, vpc, paths))?,
    }
    Ok(exit(paths))
}

fn named(account: &Account, name: &str) -> Result<FunctionArn> {
    let is_it = |function: &&FunctionArn| function.name() == name || function.to_string() == name;
    let mut found = account.functions().filter(is_it);
    match (found.next(), found.next()) {
        (Some(function), None) => Ok(function.clone()),
        (Some(_), Some(_)) => bail!("`{name}` is recorded more than once; name its ARN"),
        (None, _) => {
            bail!("`{name}` is not recorded; name one of the account's functions, or its folder with --account")
        }
    }
}

fn exit(paths: Option<&Paths>) -> Exit {
    let answers = paths.into_iter().flat_map(|paths| paths.answers.iter().flatten());
    let exits = answers.map(|path| match &path.answer {
        Answer::Way(_) => Exit::Clean,
        Answer::NoWay { .. } | Answer::Blocked { .. } => Exit::Findings,
        Answer::CannotJudge(_) => Exit::Failed,
    });
    exits.max_by_key(|exit| *exit as u8).unwrap_or(Exit::Clean)
}

fn document<'a>(function: &FunctionArn, vpc_id: Option<&'a str>, paths: Option<&'a Paths>) -> NetworkDocument<'a> {
    let needs = paths.into_iter().flat_map(Paths::iter);
    NetworkDocument {
        function_arn: function.to_string(),
        vpc_id: vpc_id.filter(|_| paths.is_some()),
        needs: needs.map(|(need, answers)| need_document(need, answers)).collect(),
    }
}

fn need_document<'a>(need: &'a Need, answers: &'a [Path]) -> NeedDocument<'a> {
    let path = |path: &'a Path| PathDocument {
        subnet_id: &path.subnet,
        answer: &path.answer,
        text: path.answer.to_string(),
    };
    NeedDocument {
        service: &need.service,
        region: &need.region,
        confidence: need.confidence.label(),
        because: &need.because,
        paths: answers.iter().map(path).collect(),
    }
}

fn text(function: &FunctionArn, vpc: Option<&str>, paths: Option<&Paths>) -> String {
    let Some(paths) = paths else {
        return format!(
            "{} is in no VPC: nothing stands between it and AWS's services\n",
            function.name()
        );
    };
    let mut rows = vec![["Subnet", "Service", "Need", "Way"].map(str::to_owned)];
    for (need, answers) in paths.iter() {
        rows.extend(answers.iter().map(|path| {
            [
                path.subnet.clone(),
                need.label(function.region().as_str()),
                need.confidence.label().to_owned(),
                path.answer.to_string(),
            ]
        }));
    }
    let heading = format!("{} in {}\n", function.name(), vpc.unwrap_or("its VPC"));
    if rows.len() == 1 {
        return format!("{heading}no service is needed, as far as role, environment and layers tell\n");
    }
    heading + &table(&rows)
}

fn table(rows: &[[String; 4]]) -> String {
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(String::len)
            .max()
            .unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2)];
    let line = |[subnet, service, need, way]: &[String; 4]| {
        let [first, second, third] = widths;
        format!("{subnet:first$}  {service:second$}  {need:third$}  {way}\n")
    };
    rows.iter().map(line).collect()
}
