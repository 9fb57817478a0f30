//! Where do tests keep what they set up for themselves? In folders below `target/`, one test at a time.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of that name below `target/`.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("create the folder of the tests");
    folder
}

/// Runs `work` while no other test, in this process or another, holds the lock of that name in the folder.
pub(crate) fn exclusively<T>(folder: &Path, name: &str, work: impl FnOnce() -> T) -> T {
    let lock = File::create(folder.join(format!("{name}.lock"))).expect("create the lock file");
    lock.lock().expect("take the lock");
    work()
}

/// Runs a command to its end and answers what it printed; anything but success fails the test with its output.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        output.status.success(),
        "{command:?} ended with {}:\n{text}",
        output.status
    );
    text
}
