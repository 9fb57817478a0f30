//! Records, read on a thread of its own: while one is worked on, the next ones are read and understood.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Result, bail};
use lambda_vigil::event::Intake;
use lambda_vigil::report::Origin;

use super::input;
use super::keep::Record;

/// How many records may wait: whoever works slowly costs no memory.
const WAITING: usize = 256;

/// So long nobody notices that nothing is done.
const SHORT: Duration = Duration::from_millis(50);

/// The next record has yet to come.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pause {
    /// It may come at once.
    Begins,
    /// It did not.
    Lasts,
}

/// A record, or why there is none.
type Read = (Origin, Result<Intake, String>);

/// What is read.
pub(super) struct Ahead {
    belt: Arc<Belt>,
    /// What was taken from the belt.
    taken: VecDeque<Read>,
    thread: JoinHandle<Result<Option<Record>>>,
}

/// Records on their way. Everything that lies on it is taken at once: to wake each other at each record costs more than many a
/// record.
#[derive(Default)]
struct Belt {
    load: Mutex<Load>,
    changed: Condvar,
}

#[derive(Default)]
struct Load {
    records: VecDeque<Read>,
    is_at_end: bool,
    /// Nobody takes anything any more.
    is_left: bool,
}

impl Ahead {
    /// Begins with the first file. What is to be recorded is taken along.
    pub(super) fn start(files: Vec<PathBuf>, mut record: Option<Record>) -> Result<Self> {
        let belt = Arc::<Belt>::default();
        let end = End(Arc::clone(&belt));
        let read = move || {
            for file in files {
                input::each(&file, &mut |origin, document| {
                    if let (Some(record), Ok(document)) = (&mut record, &document) {
                        record.take(document)?;
                    }
                    input::records(origin, document, &mut |origin, intake| {
                        if !end.0.put((origin.clone(), intake)) {
                            bail!("nobody works on it any more");
                        }
                        Ok(())
                    })
                })?;
            }
            Ok(record)
        };
        Ok(Self {
            belt,
            taken: VecDeque::new(),
            thread: thread::Builder::new().spawn(read)?,
        })
    }

    /// The next record. Where it has yet to come, there is time for something else before.
    pub(super) fn next(&mut self, mut meanwhile: impl FnMut(Pause) -> Result<()>) -> Result<Option<Read>> {
        if self.taken.is_empty() && !self.belt.wait(&mut self.taken, Duration::ZERO) {
            meanwhile(Pause::Begins)?;
            if !self.belt.wait(&mut self.taken, SHORT) {
                meanwhile(Pause::Lasts)?;
                self.belt.wait(&mut self.taken, Duration::MAX);
            }
        }
        Ok(self.taken.pop_front())
    }

    /// What was recorded, or why not everything could be read.
    pub(super) fn end(self) -> Result<Option<Record>> {
        self.belt.change(|load| load.is_left = true);
        // A panic of the reader is one of this process.
        self.thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl Belt {
    /// Adds a record as soon as there is room, unless nobody takes any.
    fn put(&self, record: Read) -> bool {
        let is_full = |load: &mut Load| load.records.len() >= WAITING && !load.is_left;
        let load = self.changed.wait_while(self.load(), is_full);
        let mut load = load.unwrap_or_else(PoisonError::into_inner);
        if load.is_left {
            return false;
        }
        load.records.push_back(record);
        if load.records.len() == 1 {
            self.changed.notify_one();
        }
        true
    }

    /// Takes all that is there, as soon as something is or nothing more comes; says no if neither was so for this long.
    fn wait(&self, to: &mut VecDeque<Read>, most: Duration) -> bool {
        let is_to_come = |load: &mut Load| load.records.is_empty() && !load.is_at_end;
        let waited = self.changed.wait_timeout_while(self.load(), most, is_to_come);
        let (mut load, in_time) = waited.unwrap_or_else(PoisonError::into_inner);
        if load.records.len() >= WAITING {
            self.changed.notify_one();
        }
        std::mem::swap(&mut load.records, to);
        !in_time.timed_out()
    }

    fn change(&self, change: impl FnOnce(&mut Load)) {
        change(&mut self.load());
        self.changed.notify_one();
    }

    /// A panic elsewhere leaves it whole: each value is changed in one step.
    fn load(&self) -> MutexGuard<'_, Load> {
        self.load.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The reader's end: however it leaves, nobody waits for it any more.
struct End(Arc<Belt>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.change(|load| load.is_at_end = true);
    }
}
