//! What is released: the bytes of the zip and the list of what is in it, the policy that keeps others from the monitor, the workflows.

use std::fs;
use std::path::PathBuf;

use crate::recorded::root;

#[cfg(target_os = "linux")] // where programs for Lambda are made
mod package;
mod protect;
mod workflows;

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Files of a path from the root whose last part may hold one `*`.
fn matching(path: &str) -> Vec<PathBuf> {
    let path = root().join(path);
    let name = path.file_name().unwrap().to_str().unwrap();
    let Some((start, end)) = name.split_once('*') else {
        return path.exists().then_some(path.clone()).into_iter().collect();
    };
    let mut found: Vec<PathBuf> = fs::read_dir(path.parent().unwrap())
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with(start) && name.ends_with(end)
        })
        .collect();
    found.sort();
    found
}
