//! Where are the Python tools? In a virtual environment below `target/`, made once per content of `tests/requirements.txt`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

/// The folder below `target/` in which everything of these tests lies.
pub(super) fn workshop() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("aws");
        fs::create_dir_all(&folder).expect("create the folder of the tests");
        folder
    })
}

/// Runs `work` while no other test, in this process or another, holds the lock of that name.
pub(super) fn exclusively<T>(name: &str, work: impl FnOnce() -> T) -> T {
    let lock = File::create(workshop().join(format!("{name}.lock"))).expect("create the lock file");
    lock.lock().expect("take the lock");
    work()
}

/// Path of a program of the virtual environment.
pub(super) fn tool(name: &str) -> PathBuf {
    static PROGRAMS: OnceLock<PathBuf> = OnceLock::new();
    PROGRAMS.get_or_init(|| exclusively("tools", installed)).join(name)
}

fn installed() -> PathBuf {
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/requirements.txt");
    let wanted = fs::read(&requirements).expect("read tests/requirements.txt");
    let digest = format!("{:x}", Sha256::digest(&wanted));
    let folder = workshop().join("python");
    let marker = folder.join("installed");
    if fs::read_to_string(&marker).is_ok_and(|installed| installed == digest) {
        return folder.join("bin");
    }
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("remove the outdated tools");
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(&folder));
    run(Command::new(folder.join("bin/pip"))
        .args(["install", "--quiet", "--disable-pip-version-check", "--requirement"])
        .arg(&requirements));
    fs::write(&marker, digest).expect("mark the tools as installed");
    folder.join("bin")
}

/// Runs a command to its end and answers what it printed; anything but success fails the test with its output.
pub(super) fn run(command: &mut Command) -> String {
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
