//! Do the workflows name what is there, and use nothing that can change under them?

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use super::{matching, read};

#[test]
fn the_workflows_name_files_that_exist_and_pin_what_they_use() {
    let (ci, release) = (read(".github/workflows/ci.yml"), read(".github/workflows/release.yml"));
    let path = Regex::new(r"(?:\.ci|\.github|infra|tests|src|events)/[A-Za-z0-9_./*-]*[A-Za-z0-9_*]").unwrap();
    let named: BTreeSet<&str> = path
        .find_iter(&ci)
        .chain(path.find_iter(&release))
        .map(|found| found.as_str())
        .collect();
    for file in &named {
        assert!(!matching(file).is_empty(), "{file} is not there");
    }
    for needed in [
        ".ci/run",
        ".github/requirements.txt",
        ".github/workflows/ci.yml",
        "infra/*.yaml",
        "infra/package",
        "infra/protect.json",
    ] {
        assert!(named.contains(needed), "no workflow uses {needed}");
    }
    let pinned = Regex::new(r"^[a-z-]+/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$").unwrap();
    let mut pins: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for used in ci
        .lines()
        .chain(release.lines())
        .filter_map(|line| line.split_once("uses: ").map(|(_, used)| used))
    {
        assert!(
            used.starts_with("./") || pinned.is_match(used),
            "{used} is not pinned to a commit and its version"
        );
        pins.entry(used.split('@').next().unwrap()).or_default().insert(used);
    }
    assert!(pins.len() >= 4 && pins.values().all(|pins| pins.len() == 1), "{pins:?}");
    let toolchain = Regex::new(r"RUSTUP_TOOLCHAIN: (\S+)").unwrap();
    let toolchains = [&ci, &release].map(|text| toolchain.captures(text).unwrap()[1].to_owned());
    assert_eq!(toolchains[0], toolchains[1]);
    let newest = |text: &str| text.split('.').map(|part| part.parse().unwrap()).collect::<Vec<u32>>();
    assert!(newest(&toolchains[0]) >= newest(env!("CARGO_PKG_RUST_VERSION")));
}
