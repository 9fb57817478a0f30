//! The recorded account of a folder, its files read beside each other.
#![allow(clippy::disallowed_methods, reason = "the command line reads files")]

use std::fs;
use std::io::Read;
use std::num::NonZero;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result};
use lambda_vigil::memory::{Account, Recording};
use lambda_vigil::package::Limits;

/// A file's place in the folder's order, and what it says.
type Numbered = (usize, Result<Recording>);

/// The recorded account of a folder. Of what several files say of one function or role the last counts, by name.
pub(super) fn account(folder: &Path) -> Result<Account> {
    let files = files(folder)?;
    let at_once = thread::available_parallelism().map_or(1, NonZero::get).min(files.len());
    let next = AtomicUsize::new(0);
    let mut read: Vec<Numbered> = thread::scope(|scope| {
        let workers: Vec<_> = (0..at_once)
            .map(|_| scope.spawn(|| work(folder, &files, &next)))
            .collect();
        // A worker's panic is one of this process.
        let done = workers.into_iter().map(thread::ScopedJoinHandle::join);
        done.flat_map(|part| part.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    read.sort_by_key(|(place, _)| *place);
    let read: Result<Vec<Recording>> = read.into_iter().map(|(_, recording)| recording).collect();
    let mut account = Account::default();
    account.take(read?);
    Ok(account)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let listed = fs::read_dir(folder).with_context(|| {
        format!(
            "no recorded account in {}; name its folder with --account",
            folder.display()
        )
    })?;
    let paths: std::io::Result<Vec<PathBuf>> = listed.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut paths = paths?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    Ok(paths)
}

/// Reads whichever file is the next that nobody reads.
fn work(folder: &Path, files: &[PathBuf], next: &AtomicUsize) -> Vec<Numbered> {
    let mut read = Vec::new();
    loop {
        let place = next.fetch_add(1, Ordering::Relaxed);
        let Some(path) = files.get(place) else { return read };
        read.push((place, recording(folder, path)));
    }
}

fn recording(folder: &Path, path: &Path) -> Result<Recording> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Recording::read(&text, &|inside| package(folder, inside)).with_context(|| path.display().to_string())
}

/// A package that a recording names, from its folder and nowhere else.
fn package(folder: &Path, inside: &str) -> Result<Vec<u8>, String> {
    let path = Path::new(inside);
    let is_inside = path.components().all(|part| matches!(part, Component::Normal(_)));
    if !is_inside {
        return Err(format!("`{inside}` is not a path below the recording's folder"));
    }
    let path = folder.join(path);
    let failed = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
    let file = fs::File::open(&path).map_err(failed)?;
    let mut bytes = Vec::new();
    // One byte more than is inspected: then the inspection says so.
    let most = Limits::DEFAULT.compressed + 1;
    file.take(most).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
