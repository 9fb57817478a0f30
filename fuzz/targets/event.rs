//! Any bytes as a file that `vigil replay` reads: each record is an input that can be followed, or an error.
//!
//! The first letter says which file: `j` JSON, `l` JSON Lines, `z` gzipped JSON as it stands, `p` lines that are gzipped here.
#![no_main]

#[path = "../../src/bin/vigil/input.rs"]
#[allow(dead_code, reason = "the target names its one file itself")]
mod input;

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::LazyLock;

use flate2::Compression;
use flate2::write::GzEncoder;
use lambda_vigil::event;
use lambda_vigil::memory::Account;
use lambda_vigil::settings::Settings;
use libfuzzer_sys::fuzz_target;
use trials::played;

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| played::folder("event"));
static ACCOUNT: LazyLock<Account> = LazyLock::new(played::sample);

/// Following one costs a thousand times what reading it does.
const MOST_FOLLOWED: usize = 4;

fuzz_target!(|bytes: &[u8]| {
    let Some((form, bytes)) = bytes.split_first() else {
        return;
    };
    let (name, bytes) = match form {
        b'j' => ("event.json", bytes.to_vec()),
        b'l' => ("event.jsonl", bytes.to_vec()),
        b'z' => ("event.json.gz", bytes.to_vec()),
        b'p' => ("event.jsonl.gz", zipped(bytes)),
        _ => return,
    };
    let path = FOLDER.join(name);
    fs::write(&path, bytes).expect("a file in memory");
    let monitor = played::monitor(&ACCOUNT, Settings::default());
    let mut followed = 0;
    let done = input::each(&path, &mut |origin, document| {
        if let Ok(document) = &document {
            apart(document);
        }
        input::records(origin, document, &mut |_, intake| {
            match intake {
                Ok(intake) if followed < MOST_FOLLOWED => {
                    followed += 1;
                    played::handle(&monitor, &intake);
                }
                Ok(_) => {}
                Err(problem) => played::error(&problem),
            }
            Ok(())
        })
    });
    if let Err(error) = done {
        played::error(&format!("{error:#}"));
    }
});

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("room");
    encoder.finish().expect("room")
}

/// Each record alone asks for what it asked for among the others.
fn apart(document: &serde_json::Value) {
    let together = event::records(document);
    let alone: Vec<_> = event::apart(document).iter().flat_map(event::records).collect();
    let read = |entries: &[event::Entry]| -> Vec<event::Intake> {
        entries.iter().filter_map(|entry| entry.intake.clone().ok()).collect()
    };
    assert_eq!(read(&together), read(&alone));
}
