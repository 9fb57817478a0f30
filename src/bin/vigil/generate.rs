//! Makes the generated blocks of the repository's files anew, or says which are not current.
#![allow(clippy::disallowed_methods, reason = "the command line reads and writes files")]

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use lambda_vigil::generate::{BLOCKS, refreshed};

use super::Exit;

/// Makes them anew; with `check` only compares.
pub(super) fn generate(root: &Path, check: bool) -> Result<Exit> {
    let mut out = anstream::stdout().lock();
    let mut exit = Exit::Clean;
    for block in BLOCKS {
        let path = root.join(block.file);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let current = refreshed(&text, block)?;
        let label = format!("{}: {}", block.file, block.name);
        match (current == text, check) {
            (true, _) => writeln!(out, "current  {label}")?,
            (false, true) => {
                writeln!(out, "stale    {label}; run `vigil generate`")?;
                exit = Exit::Findings;
            }
            (false, false) => {
                fs::write(&path, current).with_context(|| format!("cannot write {}", path.display()))?;
                writeln!(out, "written  {label}")?;
            }
        }
    }
    Ok(exit)
}
