//! Where are the Python tools? In a virtual environment below `target/`, made once per content of `tests/requirements.txt`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

pub(super) use crate::workshop::run;

/// The folder below `target/` in which everything of these tests lies.
pub(super) fn workshop() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| crate::workshop::folder("aws"))
}

/// Runs `work` while no other test, in this process or another, holds the lock of that name.
pub(super) fn exclusively<T>(name: &str, work: impl FnOnce() -> T) -> T {
    crate::workshop::exclusively(workshop(), name, work)
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
