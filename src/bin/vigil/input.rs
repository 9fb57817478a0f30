//! Finds the records in what was named: documents, JSON Lines, gzipped or not, in files, folders and standard input.
#![allow(clippy::disallowed_methods, reason = "the command line reads files")]

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use flate2::read::MultiGzDecoder;
use lambda_vigil::event::{self, Intake, LONGEST_TEXT};
use lambda_vigil::report::Origin;

/// A log file that is larger than this once inflated is refused: memory stays bounded.
const LARGEST_DOCUMENT: usize = 64 * 1024 * 1024;

/// Takes a record, or why there is none, and goes on.
type Sink<'a> = dyn FnMut(&Origin, Result<Intake, String>) -> Result<()> + 'a;

/// Takes a document, which may hold many records, or why there is none, and goes on.
type Documents<'a> = dyn FnMut(&Origin, Result<serde_json::Value, String>) -> Result<()> + 'a;

/// The files below the paths, in the order of their names; the recorded account is no event.
pub(super) fn files(paths: &[PathBuf], account: &Path) -> Result<Vec<PathBuf>> {
    let account = account.canonicalize().ok();
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            below(path, account.as_deref(), &mut found)?;
        } else {
            found.push(path.clone());
        }
    }
    Ok(found)
}

fn below(folder: &Path, account: Option<&Path>, found: &mut Vec<PathBuf>) -> Result<()> {
    let listed = std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut entries: Vec<PathBuf> = listed
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    entries.sort();
    for path in entries {
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            let recorded = account.is_some() && path.canonicalize().ok().as_deref() == account;
            if !recorded {
                below(&path, account, found)?;
            }
        } else if is_event_file(&path) {
            found.push(path);
        }
    }
    Ok(())
}

fn extension(path: &Path) -> String {
    path.extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default()
        .to_ascii_lowercase()
}

fn is_event_file(path: &Path) -> bool {
    matches!(extension(path).as_str(), "json" | "jsonl" | "ndjson" | "gz")
}

/// Hands over each document of a file.
pub(super) fn each(path: &Path, sink: &mut Documents<'_>) -> Result<()> {
    let shown = path.display().to_string();
    if path.as_os_str() == "-" {
        return read(&shown, false, BufReader::new(io::stdin().lock()), sink);
    }
    let file = File::open(path).with_context(|| format!("cannot open {shown}"))?;
    let zipped = extension(path) == "gz";
    let inner = if zipped {
        path.with_extension("")
    } else {
        path.to_owned()
    };
    let lines = matches!(extension(&inner).as_str(), "jsonl" | "ndjson");
    if zipped {
        read(
            &shown,
            lines,
            BufReader::new(MultiGzDecoder::new(BufReader::new(file))),
            sink,
        )
    } else {
        read(&shown, lines, BufReader::new(file), sink)
    }
}

/// A document spreads over lines and its first line is no whole JSON value; anything else is one record per line.
fn read(path: &str, lines: bool, mut reader: impl BufRead, sink: &mut Documents<'_>) -> Result<()> {
    let mut first = None;
    while let Some(line) = next_line(&mut reader).with_context(|| format!("cannot read {path}"))? {
        let blank = matches!(&line, Ok(text) if text.trim().is_empty());
        if !blank || lines {
            first = Some(line);
            break;
        }
    }
    let Some(first) = first else { return Ok(()) };
    match first {
        Ok(text) if !lines && opens_a_document(&text) => document(path, text, reader, sink),
        first => each_line(path, first, reader, sink),
    }
}

fn opens_a_document(first: &str) -> bool {
    let opened = first
        .trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with(['{', '[']);
    opened && serde_json::from_str::<serde::de::IgnoredAny>(first).is_err_and(|error| error.is_eof())
}

fn document(path: &str, mut text: String, reader: impl BufRead, sink: &mut Documents<'_>) -> Result<()> {
    let room = LARGEST_DOCUMENT.saturating_sub(text.len()) as u64;
    reader
        .take(room + 1)
        .read_to_string(&mut text)
        .with_context(|| format!("cannot read {path}"))?;
    if text.len() > LARGEST_DOCUMENT {
        bail!("{path}: more than {LARGEST_DOCUMENT} bytes in one document; give it as JSON Lines, or split it");
    }
    let origin = Origin {
        path: path.to_owned(),
        line: None,
        record: None,
    };
    sink(&origin, read_json(&text, LARGEST_DOCUMENT))
}

fn each_line(
    path: &str,
    first: Result<String, String>,
    mut reader: impl BufRead,
    sink: &mut Documents<'_>,
) -> Result<()> {
    let (mut number, mut line) = (1_u64, Some(first));
    while let Some(read) = line {
        let origin = Origin {
            path: path.to_owned(),
            line: Some(number),
            record: None,
        };
        match read {
            Ok(text) if text.trim().is_empty() => {}
            Ok(text) => sink(&origin, read_json(&text, LONGEST_TEXT))?,
            Err(problem) => sink(&origin, Err(problem))?,
        }
        line = next_line(&mut reader).with_context(|| format!("cannot read {path}"))?;
        number += 1;
    }
    Ok(())
}

fn read_json(text: &str, longest: usize) -> Result<serde_json::Value, String> {
    event::read_json(text, longest).map_err(|error| error.to_string())
}

/// Hands over each record of a document.
pub(super) fn records(origin: &Origin, value: Result<serde_json::Value, String>, sink: &mut Sink<'_>) -> Result<()> {
    let value = match value {
        Ok(value) => value,
        Err(problem) => return sink(origin, Err(problem)),
    };
    let entries = event::records(&value);
    let several = entries.len() > 1;
    for (index, entry) in entries.into_iter().enumerate() {
        let origin = Origin {
            record: several.then_some(index + 1),
            ..origin.clone()
        };
        sink(&origin, entry.intake.map_err(|error| error.to_string()))?;
    }
    Ok(())
}

/// The next line, at most as long as an event can be; the rest of a longer one is skipped, not kept.
fn next_line(reader: &mut impl BufRead) -> io::Result<Option<Result<String, String>>> {
    let mut line = Vec::new();
    let bound = LONGEST_TEXT as u64 + 2;
    if reader.by_ref().take(bound).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.last() != Some(&b'\n') && line.len() as u64 == bound {
        skip_line(reader)?;
        return Ok(Some(Err(format!(
            "the line is longer than {LONGEST_TEXT} bytes, which no event is"
        ))));
    }
    Ok(Some(
        String::from_utf8(line).map_err(|_| "the line is not UTF-8".to_owned()),
    ))
}

fn skip_line(reader: &mut impl BufRead) -> io::Result<()> {
    loop {
        let (done, used) = {
            let buffer = reader.fill_buf()?;
            match buffer.iter().position(|byte| *byte == b'\n') {
                Some(end) => (true, end + 1),
                None => (buffer.is_empty(), buffer.len()),
            }
        };
        reader.consume(used);
        if done {
            return Ok(());
        }
    }
}
