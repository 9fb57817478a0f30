//! Records, read on a thread of its own: while one is worked on, the next ones are read and understood.

use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::thread::{self, JoinHandle};

use anyhow::{Result, anyhow};
use lambda_vigil::event::Intake;
use lambda_vigil::report::Origin;

use super::input;
use super::keep::Record;

/// How many records may wait: whoever works slowly costs no memory.
const WAITING: usize = 256;

/// A record, or why there is none.
type Read = (Origin, Result<Intake, String>);

/// What is read.
pub(super) struct Ahead {
    records: Receiver<Read>,
    thread: JoinHandle<Result<Option<Record>>>,
}

impl Ahead {
    /// Begins with the first file. What is to be recorded is taken along.
    pub(super) fn start(files: Vec<PathBuf>, mut record: Option<Record>) -> Result<Self> {
        let (give, records) = mpsc::sync_channel::<Read>(WAITING);
        let read = move || {
            for file in files {
                input::each(&file, &mut |origin, document| {
                    if let (Some(record), Ok(document)) = (&mut record, &document) {
                        record.take(document)?;
                    }
                    input::records(origin, document, &mut |origin, intake| {
                        let given = give.send((origin.clone(), intake));
                        given.map_err(|_| anyhow!("nobody works on it any more"))
                    })
                })?;
            }
            Ok(record)
        };
        let thread = thread::Builder::new().spawn(read)?;
        Ok(Self { records, thread })
    }

    /// The next record. Where it has yet to come, there is time for something else before.
    pub(super) fn next(&self, meanwhile: impl FnOnce() -> Result<()>) -> Result<Option<Read>> {
        match self.records.try_recv() {
            Ok(read) => Ok(Some(read)),
            Err(TryRecvError::Disconnected) => Ok(None),
            Err(TryRecvError::Empty) => {
                meanwhile()?;
                Ok(self.records.recv().ok())
            }
        }
    }

    /// What was recorded, or why not everything could be read.
    pub(super) fn end(self) -> Result<Option<Record>> {
        drop(self.records);
        // A panic of the reader is one of this process.
        self.thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}
