//! What is deployed? The real `bootstrap`, stripped and zipped once per build.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::UNIX_EPOCH;

use super::tools::{exclusively, run, tool, workshop};

/// The program under test; another build of it, such as the released one, if `VIGIL_BOOTSTRAP` names one.
pub(super) fn bootstrap() -> PathBuf {
    std::env::var_os("VIGIL_BOOTSTRAP").map_or_else(|| env!("CARGO_BIN_EXE_bootstrap").into(), PathBuf::from)
}

/// The zip that Lambda takes.
pub(super) fn zipped_bootstrap() -> Vec<u8> {
    exclusively("package", || {
        let program = bootstrap();
        let folder = workshop().join("package");
        let (zip, mark) = (folder.join("bootstrap.zip"), folder.join("made-of"));
        let built = build_of(&program);
        if fs::read_to_string(&mark).ok().as_ref() != Some(&built) {
            fs::create_dir_all(&folder).expect("create the package folder");
            make(&program, &folder.join("bootstrap"), &zip);
            fs::write(&mark, built).expect("mark the package");
        }
        fs::read(&zip).expect("read the package")
    })
}

fn build_of(program: &Path) -> String {
    let data = fs::metadata(program).unwrap_or_else(|error| panic!("no {}: {error}", program.display()));
    let modified = data.modified().expect("a modification time");
    let since = modified.duration_since(UNIX_EPOCH).expect("a build after 1970");
    format!("{} {} {since:?}", program.display(), data.len())
}

fn make(program: &Path, copy: &Path, zip: &Path) {
    fs::copy(program, copy).expect("copy bootstrap");
    // Symbols are nine tenths of a development build. Without `strip` the package is just larger, and what is no ELF file has none.
    drop(Command::new("strip").arg(copy).output());
    run(Command::new(tool("python3"))
        .args(["-c", "import sys, zipfile; zipfile.ZipFile(sys.argv[2], 'w', zipfile.ZIP_DEFLATED, compresslevel=1).write(sys.argv[1], 'bootstrap')"])
        .arg(copy)
        .arg(zip));
}
