//! The lines of very many transitions, made beside each other and handed over in their order.

use std::num::NonZero;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use anyhow::{Context, Result};
use lambda_vigil::monitor::Evaluation;
use lambda_vigil::report::{Line, Origin};

/// Functions whose lines one thread makes at once.
const SHARE: usize = 16;
/// How many shares of a thread may wait to be taken.
const AHEAD: usize = 2;

/// Takes an evaluation with the lines of what is told of it.
type Take<'t> = dyn FnMut(&Evaluation, &[u8]) -> Result<()> + 't;

/// The lines of each function of a share.
type Made = Result<Vec<Vec<u8>>>;

/// Hands over each evaluation with its transitions as JSON Lines.
pub(super) fn each(origin: &Origin, evaluations: &[Evaluation], take: &mut Take<'_>) -> Result<()> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let at_once = cores.min(evaluations.len() / SHARE);
    if at_once < 2 {
        let mut alone = evaluations.iter();
        return alone.try_for_each(|evaluation| take(evaluation, &lines(origin, evaluation)?));
    }
    thread::scope(|scope| {
        let start = |own: usize| {
            let (give, made) = mpsc::sync_channel(AHEAD);
            scope.spawn(move || {
                let mut own = evaluations.chunks(SHARE).skip(own).step_by(at_once);
                // Whoever takes them may have met an error.
                own.all(|share| give.send(all(origin, share)).is_ok())
            });
            made
        };
        let made: Vec<Receiver<Made>> = (0..at_once).map(start).collect();
        for (share, made) in evaluations.chunks(SHARE).zip(made.iter().cycle()) {
            let lines = made.recv().context("a thread that makes lines has ended")??;
            for (evaluation, lines) in share.iter().zip(&lines) {
                take(evaluation, lines)?;
            }
        }
        Ok(())
    })
}

fn all(origin: &Origin, evaluations: &[Evaluation]) -> Made {
    evaluations.iter().map(|evaluation| lines(origin, evaluation)).collect()
}

fn lines(origin: &Origin, evaluation: &Evaluation) -> Result<Vec<u8>> {
    let mut lines = Vec::new();
    for transition in evaluation.notices.iter().flat_map(|notice| notice.transitions.iter()) {
        serde_json::to_writer(&mut lines, &Line::Transition { origin, transition })?;
        lines.push(b'\n');
    }
    Ok(lines)
}
