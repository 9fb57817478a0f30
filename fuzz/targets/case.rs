//! Any texts as the files of a case: a case that can be played, or an error that names the file.
//!
//! The parts are `case.json`, `expected.json`, the settings, an event and a file of the account; an empty one is as in the example.
#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use lambda_vigil::case::Case;
use libfuzzer_sys::fuzz_target;
use trials::played;

const EXAMPLE: [&str; 5] = [
    include_str!("../../tests/examples/public-url/case.json"),
    include_str!("../../tests/examples/public-url/expected.json"),
    include_str!("../../tests/examples/public-url/settings.toml"),
    played::EVENT,
    played::FUNCTIONS,
];
const FILES: [&str; 5] = [
    "case.json",
    "expected.json",
    "settings.toml",
    "events/0001.json",
    "account/functions-001.json",
];

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = played::folder("case");
    for inner in ["events", "account"] {
        fs::create_dir(folder.join(inner)).expect("a folder");
    }
    fs::write(folder.join("account/roles-001.json"), played::ROLES).expect("a file");
    folder
});

fuzz_target!(|text: &str| {
    let mut parts = text.split(played::BETWEEN);
    for (file, example) in FILES.iter().zip(EXAMPLE) {
        let part = parts.next().filter(|part| !part.is_empty()).unwrap_or(example);
        fs::write(FOLDER.join(file), part).expect("a file in memory");
    }
    let played = Case::read(&FOLDER).and_then(|case| {
        let said = case.play()?;
        assert_eq!(said, case.play()?);
        let difference = case.expected.and_then(|expected| expected.difference(&said));
        difference.iter().for_each(|difference| drop(difference.to_string()));
        Ok(())
    });
    if let Err(error) = played {
        played::error(&error);
    }
});
