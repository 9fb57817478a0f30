//! Answers what AWS would say to a request under given policies, case by case.
#![allow(clippy::disallowed_methods, reason = "the command line reads files")]

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use lambda_vigil::policy::simulate::{Entry, Reply, items};

use crate::Exit;

/// Larger input is refused: memory stays bounded.
const LARGEST_INPUT: u64 = 64 * 1024 * 1024;

/// Says what AWS would answer to a request, and which statements decide it
///
/// Reads one case as JSON, an array of cases, or one case per line (JSON Lines), and answers in the same form and order.
/// `vigil schema simulate-case` and `vigil schema simulate-answer` describe both. A case that cannot be read is answered
/// with an `error` that names its line or index and the place in it; the other cases are answered all the same.
///
/// Exit code: 0 every case was answered, whatever the answer; 2 some case could not be read.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  vigil policy simulate --format text case.json
  vigil policy simulate - < cases.jsonl")]
pub(crate) struct Simulate {
    /// File of cases; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// For machines or for people
    #[arg(long, value_enum, default_value = "json")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// In the form of the input
    Json,
    /// One paragraph per case
    Text,
}

/// How the cases stand in the input.
enum Form<'a> {
    One(&'a str),
    Array(Vec<&'a str>),
    Lines(Vec<(usize, &'a str)>),
}

/// Answers the cases.
pub(super) fn simulate(arguments: &Simulate) -> Result<Exit> {
    let text = read(&arguments.file)?;
    let form = form(text.trim_start_matches('\u{feff}'), is_lines(&arguments.file));
    let entries = answer(&form);
    let out = &mut anstream::stdout().lock();
    match (arguments.format, &form) {
        (Format::Text, _) => entries.iter().try_for_each(|entry| tell(out, entry))?,
        (Format::Json, Form::One(_)) => {
            for entry in &entries {
                writeln!(out, "{}", serde_json::to_string_pretty(entry)?)?;
            }
        }
        (Format::Json, Form::Array(_)) => writeln!(out, "{}", serde_json::to_string_pretty(&entries)?)?,
        (Format::Json, Form::Lines(_)) => {
            for entry in &entries {
                writeln!(out, "{}", serde_json::to_string(entry)?)?;
            }
        }
    }
    let unread = entries
        .iter()
        .filter(|entry| matches!(entry.reply, Reply::Failure { .. }))
        .count();
    if unread > 0 {
        bail!(
            "{unread} of {} cases could not be read; their answers say where and why",
            entries.len()
        );
    }
    Ok(Exit::Clean)
}

pub(super) fn read(path: &Path) -> Result<String> {
    let shown = path.display();
    let mut text = String::new();
    let length = if path.as_os_str() == "-" {
        io::stdin().lock().take(LARGEST_INPUT + 1).read_to_string(&mut text)
    } else {
        let file = File::open(path).with_context(|| format!("cannot open {shown}"))?;
        file.take(LARGEST_INPUT + 1).read_to_string(&mut text)
    };
    if length.with_context(|| format!("cannot read {shown}"))? as u64 > LARGEST_INPUT {
        bail!("{shown}: more than {LARGEST_INPUT} bytes; split it");
    }
    Ok(text)
}

fn is_lines(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| matches!(extension, "jsonl" | "ndjson"))
}

/// A text is JSON Lines when its name says so, or when it is no single JSON value and one of its lines is an object.
fn form(text: &str, is_lines: bool) -> Form<'_> {
    let is_json = |text: &str| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    let is_object = |line: &str| line.trim_start().starts_with('{') && is_json(line);
    if !is_lines && let Some(items) = items(text) {
        return Form::Array(items);
    }
    if is_lines || (!is_json(text) && text.lines().any(is_object)) {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        return Form::Lines(lines.map(|(index, line)| (index + 1, line)).collect());
    }
    Form::One(text)
}

fn answer(form: &Form<'_>) -> Vec<Entry> {
    match form {
        Form::One(text) => vec![Entry::answer(text, None, None)],
        Form::Array(items) => {
            let numbered = items.iter().enumerate();
            numbered
                .map(|(index, item)| Entry::answer(item, None, Some(index)))
                .collect()
        }
        Form::Lines(lines) => lines
            .iter()
            .map(|(line, text)| Entry::answer(text, Some(*line), None))
            .collect(),
    }
}

fn tell(out: &mut impl Write, entry: &Entry) -> io::Result<()> {
    let name = entry
        .name
        .as_deref()
        .map(|name| format!("{name}: "))
        .unwrap_or_default();
    match &entry.reply {
        Reply::Answer(answer) => writeln!(out, "{name}{:?}\n    {}", answer.decision, answer.reason),
        Reply::Failure { error } => {
            let place = match (error.line, error.index) {
                (Some(line), _) => format!(" in line {line}"),
                (None, Some(index)) => format!(" in case {index}"),
                (None, None) => String::new(),
            };
            writeln!(out, "{name}not answered\n    {}{place}", error.cause)
        }
    }
}
