//! Plays recorded events against a recorded account: the monitor's own flow with in-memory ports.
#![allow(clippy::disallowed_methods, reason = "the command line reads files and the clock")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::Timestamp;
use lambda_vigil::arn::FunctionArn;
use lambda_vigil::controls::Unjudged;
use lambda_vigil::event::Intake;
use lambda_vigil::finding::Finding;
use lambda_vigil::history::Open;
use lambda_vigil::memory::{Account, FixedClock, MemoryStore, Silence};
use lambda_vigil::monitor::{Evaluation, Monitor, Outcome, Overview, Own, Place, Store};
use lambda_vigil::report::{AcceptedFinding, Digest, Line, Notice, Origin, Summary, Text};
use lambda_vigil::settings::Settings;
use lambda_vigil::snapshot::{Facet, Reason, Unreadable};
use lambda_vigil::store::FileStore;
use tokio::runtime::Runtime;

use super::account::account;
use super::press::{self, Press};
use super::{Exit, Format, Replay, input, lines, preview};

/// A replay runs nowhere: what it finds about the monitor itself is attached to a function of this name.
const OWN_NAME: &str = "lambda-vigil";

type ReplayMonitor<S> = Monitor<Arc<Account>, Arc<Account>, S, Silence, FixedClock>;

struct Session<'a, S> {
    arguments: &'a Replay,
    monitor: ReplayMonitor<S>,
    runtime: Runtime,
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

/// Plays the events.
pub(super) fn replay(arguments: &Replay) -> Result<Exit> {
    match &arguments.state {
        None => with(arguments, MemoryStore::default()),
        Some(file) => {
            let store = FileStore::open(file).with_context(|| format!("cannot use {}", file.display()))?;
            with(arguments, store)
        }
    }
}

fn with<S: Store + Overview>(arguments: &Replay, store: S) -> Result<Exit> {
    let files = input::files(&arguments.paths, &arguments.account)?;
    let mut session = Session::new(arguments, store)?;
    for file in files {
        input::each(&file, &mut |origin, intake| session.take(origin, intake))?;
    }
    session.finish()
}

pub(super) fn settings(file: Option<&Path>) -> Result<Settings> {
    let Some(file) = file else {
        return Ok(Settings::default());
    };
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Settings::parse(&text).with_context(|| file.display().to_string())
}

impl<'a, S: Store + Overview> Session<'a, S> {
    fn new(arguments: &'a Replay, store: S) -> Result<Self> {
        let now = arguments.now.unwrap_or_else(Timestamp::now);
        let inventory = Arc::new(account(&arguments.account)?.as_of(now));
        let home =
            home(&inventory).with_context(|| format!("no function is recorded in {}", arguments.account.display()))?;
        let monitor = Monitor {
            collector: Arc::clone(&inventory),
            inventory,
            store,
            until: None,
            notifier: Silence,
            clock: FixedClock(now),
            settings: settings(arguments.settings.as_deref())?,
            own: Own::new(FunctionArn::new(&home.account, &home.region, OWN_NAME)?),
            home,
        };
        Ok(Self {
            arguments,
            monitor,
            runtime: tokio::runtime::Builder::new_current_thread().build()?,
            out: stdout(arguments)?,
            text: Text::default(),
            shown: BTreeSet::new(),
            counts: Counts::default(),
        })
    }

    fn take(&mut self, origin: &Origin, intake: Result<Intake, String>) -> Result<()> {
        self.counts.records += 1;
        let intake = match intake {
            Ok(intake) => intake,
            Err(detail) => return self.error(origin, detail),
        };
        if let Intake::Ignored { reason, cause } = &intake {
            self.counts.ignored += 1;
            return self.show(&Line::Ignored { origin, reason, cause });
        }
        let outcome = self
            .runtime
            .block_on(self.monitor.handle(std::slice::from_ref(&intake)));
        self.outcome(origin, &intake, &outcome)?;
        // Whoever feeds standard input waits for the answer.
        Ok(self.out.flush()?)
    }

    fn outcome(&mut self, origin: &Origin, intake: &Intake, outcome: &Outcome) -> Result<()> {
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
        let form = self.arguments.preview;
        form.map_or(Ok(()), |form| preview::notice(form, notice, &mut self.out))
    }

    fn digest(&mut self, digest: &Digest) -> Result<()> {
        self.counts.notices += 1;
        let form = self.arguments.preview;
        form.map_or(Ok(()), |form| preview::digest(form, digest, &mut self.out))
    }

    fn error(&mut self, origin: &Origin, detail: String) -> Result<()> {
        self.counts.errors += 1;
        self.show(&Line::Error { origin, detail })
    }

    fn is_for_machines(&self) -> bool {
        self.arguments.preview.is_none() && matches!(self.arguments.format, Format::Jsonl)
    }

    fn show(&mut self, line: &Line<'_>) -> Result<()> {
        match (self.arguments.preview, self.arguments.format) {
            (Some(_), _) => {}
            (None, Format::Jsonl) => {
                serde_json::to_writer(&mut self.out, line)?;
                self.out.write_all(b"\n")?;
            }
            (None, Format::Text) => write!(self.out, "{}", self.text.render(line))?,
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Exit> {
        self.monitor.store.flush()?;
        let (open, accepted) = self.open()?;
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

    /// What is open at the end, worst first, and what is found and accepted.
    fn open(&self) -> Result<(Vec<Arc<Finding>>, Vec<Open>)> {
        let (mut open, mut accepted): (Vec<Arc<Finding>>, Vec<Open>) = (Vec::new(), Vec::new());
        self.monitor.store.each_open(&mut |one| {
            if one.suppressed.is_some() {
                accepted.push(one.clone());
            } else {
                open.push(Arc::clone(&one.finding));
            }
        })?;
        open.sort_by(|a, b| (b.severity, &a.control, &a.function).cmp(&(a.severity, &b.control, &b.function)));
        Ok((open, accepted))
    }

    fn exit(&self, open: &[Arc<Finding>]) -> Exit {
        if open.iter().any(|finding| finding.severity >= self.arguments.fail_on) {
            Exit::Findings
        } else if self.counts.errors > 0 || !self.shown.is_empty() {
            Exit::Failed
        } else {
            Exit::Clean
        }
    }
}

/// Colours are for people, and only where they can be seen.
fn stdout(arguments: &Replay) -> io::Result<BufWriter<Box<dyn Write>>> {
    let is_for_people = arguments.preview.is_some() || matches!(arguments.format, Format::Text);
    Ok(if is_for_people {
        BufWriter::new(Box::new(anstream::stdout().lock()))
    } else {
        BufWriter::with_capacity(press::SHEET, Box::new(Press::start()?))
    })
}

fn deletes(intake: &Intake) -> bool {
    matches!(intake, Intake::Changes(changes) if changes.iter().any(|change| change.deleted))
}

/// Where a sweep without account and Region takes place.
fn home(account: &Account) -> Option<Place> {
    account.functions().next().map(|function| Place {
        account: function.account().clone(),
        region: function.region().clone(),
    })
}
