//! What is shown of a monitor's work on the command line: line by line for people or machines, and the exit code that follows.
#![allow(clippy::disallowed_methods, reason = "the command line writes to standard output")]

use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use anyhow::Result;
use lambda_vigil::controls::Unjudged;
use lambda_vigil::event::Intake;
use lambda_vigil::finding::{Finding, Severity};
use lambda_vigil::history::Open;
use lambda_vigil::monitor::{Evaluation, Outcome, Overview};
use lambda_vigil::report::{AcceptedFinding, Digest, Line, Notice, Origin, Summary, Text};
use lambda_vigil::snapshot::{Facet, Reason, Unreadable};

use super::press::{self, Press};
use super::{Exit, Format, Preview, lines, preview};

/// In which form, and what counts as found.
pub(super) struct Form {
    pub(super) format: Format,
    /// The notices alone, as they would be sent.
    pub(super) preview: Option<Preview>,
    /// From this severity on the exit code says so.
    pub(super) fail_on: Severity,
}

/// Shows it.
pub(super) struct Teller {
    form: Form,
    out: BufWriter<Box<dyn Write>>,
    text: Text,
    /// Functions and reasons that were shown: once is enough.
    shown: BTreeSet<String>,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    records: u64,
    changes: u64,
    ignored: u64,
    errors: u64,
    evaluations: u64,
    notices: u64,
}

impl Teller {
    /// To standard output.
    pub(super) fn new(form: Form) -> io::Result<Self> {
        Ok(Self {
            out: stdout(&form)?,
            form,
            text: Text::default(),
            shown: BTreeSet::new(),
            counts: Counts::default(),
        })
    }

    /// An input came; one that changes nothing or cannot be read ends here.
    pub(super) fn input(&mut self, origin: &Origin, intake: Result<Intake, String>) -> Result<Option<Intake>> {
        self.counts.records += 1;
        match intake {
            Err(detail) => self.error(origin, detail)?,
            Ok(Intake::Ignored { reason, cause }) => {
                self.counts.ignored += 1;
                let (reason, cause) = (&reason, &cause);
                self.show(&Line::Ignored { origin, reason, cause })?;
            }
            Ok(intake) => return Ok(Some(intake)),
        }
        Ok(None)
    }

    /// Shows what was told so far.
    pub(super) fn flush(&mut self) -> Result<()> {
        Ok(self.out.flush()?)
    }

    /// What came of an input.
    pub(super) fn outcome(&mut self, origin: &Origin, intake: &Intake, outcome: &Outcome) -> Result<()> {
        for (change, functions) in &outcome.reached {
            self.counts.changes += 1;
            self.show(&Line::Change {
                origin,
                change,
                functions: functions.iter().collect(),
            })?;
        }
        let functions = outcome.evaluations.len();
        match intake {
            Intake::Sweep { .. } => self.show(&Line::Asked {
                origin,
                what: "sweep",
                functions,
            })?,
            Intake::Canary { .. } | Intake::Echo { .. } => self.show(&Line::Asked {
                origin,
                what: "canary",
                functions,
            })?,
            Intake::Check { .. } => self.show(&Line::Asked {
                origin,
                what: "check",
                functions,
            })?,
            Intake::Recheck { .. } => self.show(&Line::Asked {
                origin,
                what: "recheck",
                functions,
            })?,
            Intake::Changes(_) | Intake::Ignored { .. } => {}
        }
        for failure in &outcome.failures {
            self.error(origin, failure.clone())?;
        }
        let deletes = deletes(intake);
        if self.is_for_machines() {
            lines::each(origin, &outcome.evaluations, &mut |evaluation, lines| {
                self.out.write_all(lines)?;
                self.evaluation(origin, evaluation, deletes)
            })?;
        } else {
            for evaluation in &outcome.evaluations {
                self.transitions(origin, evaluation)?;
                self.evaluation(origin, evaluation, deletes)?;
            }
        }
        outcome.digests.iter().try_for_each(|digest| self.digest(digest))?;
        outcome.own.iter().chain(&outcome.outposts).try_for_each(|own| {
            self.transitions(origin, own)?;
            self.told(origin, own)
        })
    }

    fn evaluation(&mut self, origin: &Origin, evaluation: &Evaluation, deletes: bool) -> Result<()> {
        self.counts.evaluations += 1;
        self.told(origin, evaluation)?;
        if evaluation.gone && evaluation.transitions.is_empty() && !deletes {
            self.absent(origin, evaluation)?;
        }
        Ok(())
    }

    fn transitions(&mut self, origin: &Origin, evaluation: &Evaluation) -> Result<()> {
        for transition in evaluation.notices.iter().flat_map(|notice| notice.transitions.iter()) {
            self.show(&Line::Transition { origin, transition })?;
        }
        Ok(())
    }

    /// What is to be said of an evaluation beside its transitions.
    fn told(&mut self, origin: &Origin, evaluation: &Evaluation) -> Result<()> {
        let function = &evaluation.function;
        for unreadable in &evaluation.unreadable {
            if self.shown.insert(format!("{function} {unreadable}")) {
                self.show(&Line::Unreadable {
                    origin,
                    function,
                    unreadable,
                })?;
            }
        }
        for cannot in &evaluation.unjudged {
            let told = matches!(&cannot.why, Unjudged::Unreadable(why) if evaluation.unreadable.contains(why));
            if !told
                && self
                    .shown
                    .insert(format!("{function} {} {}", cannot.control, cannot.why))
            {
                self.show(&Line::CannotJudge {
                    origin,
                    function,
                    cannot,
                })?;
            }
        }
        // What is summed up does not leave by itself.
        let alone = evaluation.notices.iter().filter(|_| !evaluation.is_summed_up);
        alone.into_iter().try_for_each(|notice| self.notice(notice))
    }

    /// The recording may just lack the function: nobody looked, so nobody can say that it is fine.
    fn absent(&mut self, origin: &Origin, evaluation: &Evaluation) -> Result<()> {
        let (function, unreadable) = (
            &evaluation.function,
            Unreadable::new(Facet::Configuration, Reason::NotFound),
        );
        if self.shown.insert(format!("{function} {unreadable}")) {
            self.show(&Line::Unreadable {
                origin,
                function,
                unreadable: &unreadable,
            })?;
        }
        Ok(())
    }

    fn notice(&mut self, notice: &Notice) -> Result<()> {
        self.counts.notices += 1;
        let form = self.form.preview;
        form.map_or(Ok(()), |form| preview::notice(form, notice, &mut self.out))
    }

    fn digest(&mut self, digest: &Digest) -> Result<()> {
        self.counts.notices += 1;
        let form = self.form.preview;
        form.map_or(Ok(()), |form| preview::digest(form, digest, &mut self.out))
    }

    /// What went wrong with an input.
    pub(super) fn error(&mut self, origin: &Origin, detail: String) -> Result<()> {
        self.counts.errors += 1;
        self.show(&Line::Error { origin, detail })
    }

    fn is_for_machines(&self) -> bool {
        self.form.preview.is_none() && matches!(self.form.format, Format::Jsonl)
    }

    fn show(&mut self, line: &Line<'_>) -> Result<()> {
        match (self.form.preview, self.form.format) {
            (Some(_), _) => {}
            (None, Format::Jsonl) => {
                serde_json::to_writer(&mut self.out, line)?;
                self.out.write_all(b"\n")?;
            }
            (None, Format::Text) => write!(self.out, "{}", self.text.render(line))?,
        }
        Ok(())
    }

    /// The summary of what is open now.
    pub(super) fn finish(mut self, store: &impl Overview) -> Result<Exit> {
        store.flush()?;
        let (open, accepted) = open(store)?;
        let Counts {
            records,
            changes,
            ignored,
            errors,
            evaluations,
            notices,
        } = self.counts;
        let cannot_judge = self.shown.len() as u64;
        let mut summary = Summary {
            records,
            changes,
            ignored,
            errors,
            evaluations,
            notices,
            cannot_judge,
            open: Vec::new(),
            accepted: accepted
                .iter()
                .filter_map(|open| {
                    let reason = open.suppressed.as_deref()?;
                    let finding = &open.finding;
                    Some(AcceptedFinding { finding, reason })
                })
                .collect(),
        };
        if self.is_for_machines() {
            lines::summary(summary, &open, &mut self.out)?;
        } else {
            summary.open = open.iter().map(Arc::as_ref).collect();
            self.show(&Line::Summary(summary))?;
        }
        self.out.flush()?;
        let exit = self.exit(&open);
        // The process ends: the operating system takes the memory of a large account back at once, and we piece by piece.
        std::mem::forget((self, open, accepted));
        Ok(exit)
    }

    fn exit(&self, open: &[Arc<Finding>]) -> Exit {
        if open.iter().any(|finding| finding.severity >= self.form.fail_on) {
            Exit::Findings
        } else if self.counts.errors > 0 || !self.shown.is_empty() {
            Exit::Failed
        } else {
            Exit::Clean
        }
    }
}

/// What is open at the end, worst first, and what is found and accepted.
fn open(store: &impl Overview) -> Result<(Vec<Arc<Finding>>, Vec<Open>)> {
    let (mut open, mut accepted): (Vec<Arc<Finding>>, Vec<Open>) = (Vec::new(), Vec::new());
    store.each_open(&mut |one| {
        if one.suppressed.is_some() {
            accepted.push(one.clone());
        } else {
            open.push(Arc::clone(&one.finding));
        }
    })?;
    open.sort_by(|a, b| (b.severity, &a.control, &a.function).cmp(&(a.severity, &b.control, &b.function)));
    Ok((open, accepted))
}

/// Colours are for people, and only where they can be seen.
fn stdout(form: &Form) -> io::Result<BufWriter<Box<dyn Write>>> {
    let is_for_people = form.preview.is_some() || matches!(form.format, Format::Text);
    Ok(if is_for_people {
        BufWriter::new(Box::new(anstream::stdout().lock()))
    } else {
        BufWriter::with_capacity(press::SHEET, Box::new(Press::start()?))
    })
}

fn deletes(intake: &Intake) -> bool {
    matches!(intake, Intake::Changes(changes) if changes.iter().any(|change| change.deleted))
}
