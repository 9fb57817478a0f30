//! The generated blocks equal the files, and the licences of what is linked are permissive.

use std::collections::BTreeSet;
use std::process::Command;

use lambda_vigil::generate::{BLOCKS, refreshed};

use crate::recorded::root;

#[test]
fn generated_blocks_are_current() {
    for block in BLOCKS {
        let text = std::fs::read_to_string(root().join(block.file)).unwrap();
        let current = refreshed(&text, block).unwrap();
        assert!(
            current == text,
            "{} {}: run `cargo run -- generate`",
            block.file,
            block.name
        );
    }
}

const PERMISSIVE: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "BlueOak-1.0.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "OpenSSL",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// One alternative of each licence expression is made of permissive licences only.
#[test]
fn every_dependency_is_permissive() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--all-features", "--locked"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let known: BTreeSet<&str> = PERMISSIVE.iter().copied().collect();
    for package in metadata["packages"].as_array().unwrap() {
        let licence = package["license"]
            .as_str()
            .unwrap_or_default()
            .replace('/', " OR ")
            .replace(['(', ')'], " ");
        let permissive = licence
            .split(" OR ")
            .any(|one| one.split(" AND ").all(|part| known.contains(part.trim())));
        assert!(permissive, "{} is under `{licence}`", package["name"]);
    }
}
