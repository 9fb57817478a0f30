//! The lines of very many transitions and findings, made beside each other and handed over in their order.

use std::io::Write;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use anyhow::{Context, Result};
use lambda_vigil::finding::Finding;
use lambda_vigil::monitor::Evaluation;
use lambda_vigil::report::{Line, Origin, Summary};

/// Functions whose lines one thread makes at once.
const SHARE: usize = 16;
/// Findings that one thread writes at once.
const FINDINGS: usize = 256;
/// How many shares of a thread may wait to be taken.
const AHEAD: usize = 2;
/// Where the open findings stand in the summary's line.
const OPEN: &str = "\"open\":[";

/// Takes an evaluation with the lines of what is told of it.
type Take<'t> = dyn FnMut(&Evaluation, &[u8]) -> Result<()> + 't;

/// Hands over each evaluation with its transitions as JSON Lines.
pub(super) fn each(origin: &Origin, evaluations: &[Evaluation], take: &mut Take<'_>) -> Result<()> {
    let all = |share: &[Evaluation]| -> Result<Vec<Vec<u8>>> {
        share.iter().map(|evaluation| lines(origin, evaluation)).collect()
    };
    // Where nothing is told there is nothing to make.
    let is_told = evaluations.iter().any(|evaluation| !evaluation.notices.is_empty());
    let share = if is_told { SHARE } else { evaluations.len().max(1) };
    beside((evaluations, share), all, &mut |share, made| {
        let mut both = share.iter().zip(&made);
        both.try_for_each(|(evaluation, lines)| take(evaluation, lines))
    })
}

/// Writes the line of a summary to which these open findings belong; it has none itself.
pub(super) fn summary(summary: Summary<'_>, open: &[Arc<Finding>], out: &mut dyn Write) -> Result<()> {
    let line = serde_json::to_string(&Line::Summary(summary))?;
    let (before, after) = line.split_once(OPEN).context("a summary has open findings")?;
    write!(out, "{before}{OPEN}")?;
    let mut is_first = true;
    beside((open, FINDINGS), listed, &mut |_, made| {
        let between: &[u8] = if std::mem::take(&mut is_first) { b"" } else { b"," };
        out.write_all(between)?;
        Ok(out.write_all(&made)?)
    })?;
    Ok(writeln!(out, "{after}")?)
}

/// Findings as they stand in a list.
fn listed(findings: &[Arc<Finding>]) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    for finding in findings {
        if !text.is_empty() {
            text.push(b',');
        }
        serde_json::to_writer(&mut text, finding)?;
    }
    Ok(text)
}

/// Hands over what is made of each share of some things: on as many threads as there are cores, if that is worth it.
fn beside<T: Sync, M: Send>(
    (things, size): (&[T], usize),
    work: impl Fn(&[T]) -> Result<M> + Sync,
    take: &mut dyn FnMut(&[T], M) -> Result<()>,
) -> Result<()> {
    let most = things.len() / size;
    // How many cores there are is not asked for nothing: on Linux that reads files.
    let cores = || thread::available_parallelism().map_or(1, NonZero::get);
    let at_once = if most < 2 { most } else { cores().min(most) };
    if at_once < 2 {
        return things.chunks(size).try_for_each(|share| take(share, work(share)?));
    }
    let work = &work;
    thread::scope(|scope| {
        let start = |own: usize| {
            let (give, made) = mpsc::sync_channel(AHEAD);
            scope.spawn(move || {
                let mut own = things.chunks(size).skip(own).step_by(at_once);
                // Whoever takes them may have met an error.
                own.all(|share| give.send(work(share)).is_ok())
            });
            made
        };
        let made: Vec<Receiver<Result<M>>> = (0..at_once).map(start).collect();
        for (share, made) in things.chunks(size).zip(made.iter().cycle()) {
            take(share, made.recv().context("a thread that makes lines has ended")??)?;
        }
        Ok(())
    })
}

fn lines(origin: &Origin, evaluation: &Evaluation) -> Result<Vec<u8>> {
    let mut lines = Vec::new();
    for transition in evaluation.notices.iter().flat_map(|notice| notice.transitions.iter()) {
        serde_json::to_writer(&mut lines, &Line::Transition { origin, transition })?;
        lines.push(b'\n');
    }
    Ok(lines)
}
