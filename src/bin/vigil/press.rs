//! Standard output from a thread of its own: while some lines are written, the next ones are made.

use std::io::{self, Write};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};

/// How much is best handed over at once.
pub(super) const SHEET: usize = 1 << 18;
/// How many sheets may wait: whoever reads slowly costs no memory.
const STACK: usize = 4;

/// Writes what it is given, in that order.
pub(super) struct Press {
    sheets: SyncSender<Sheet>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

enum Sheet {
    Bytes(Vec<u8>),
    /// Answered once all before it is written.
    Flush(SyncSender<()>),
}

impl Press {
    /// Starts the thread.
    pub(super) fn start() -> io::Result<Self> {
        let (sheets, stack) = mpsc::sync_channel(STACK);
        let thread = thread::Builder::new().spawn(move || print(&stack))?;
        Ok(Self {
            sheets,
            thread: Some(thread),
        })
    }

    fn send(&mut self, sheet: Sheet) -> io::Result<()> {
        self.sheets.send(sheet).map_err(|_| self.failure())
    }

    /// Why the thread has ended.
    fn failure(&mut self) -> io::Error {
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(Err(error))) => error,
            Some(Ok(Ok(())) | Err(_)) | None => io::Error::other("nothing is written any more"),
        }
    }
}

fn print(stack: &Receiver<Sheet>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for sheet in stack {
        match sheet {
            Sheet::Bytes(bytes) => out.write_all(&bytes)?,
            Sheet::Flush(done) => {
                out.flush()?;
                // Whoever waits for it may have gone.
                let _ = done.send(());
            }
        }
    }
    Ok(())
}

impl Write for Press {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.send(Sheet::Bytes(bytes.to_vec()))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let (done, wait) = mpsc::sync_channel(1);
        self.send(Sheet::Flush(done))?;
        wait.recv().map_err(|_| self.failure())
    }
}
