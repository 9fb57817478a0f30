//! Any bytes as a code package: an inspection within its limits, and nothing of a member that could move a cursor.
//!
//! What begins with `PK` is an archive as it stands. Anything else is members, from which an archive is made and then damaged.
#![no_main]

use std::io::{Cursor, Write};

use arbitrary::{Arbitrary, Unstructured};
use lambda_vigil::package::{Limits, inspect};
use libfuzzer_sys::fuzz_target;
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

/// So small that an input reaches them.
const SMALL: Limits = Limits {
    compressed: 64 * 1024,
    inflated: 4 * 1024 * 1024,
    entries: 50,
    ratio: 100,
    looks: 200,
    finds: 5,
};

#[derive(Debug, Arbitrary)]
struct Made<'a> {
    members: Vec<(&'a str, &'a [u8], bool)>,
    damage: Vec<(u16, u8)>,
    is_repeated: bool,
}

impl Made<'_> {
    fn archive(&self) -> Option<Vec<u8>> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content, is_stored) in &self.members {
            let method = if *is_stored {
                CompressionMethod::Stored
            } else {
                CompressionMethod::Deflated
            };
            let options = SimpleFileOptions::default().compression_method(method);
            writer.start_file(*name, options).ok()?;
            for _ in 0..if self.is_repeated { 2000 } else { 1 } {
                writer.write_all(content).ok()?;
            }
        }
        let mut archive = writer.finish().ok()?.into_inner();
        for (at, byte) in &self.damage {
            let length = archive.len();
            archive[usize::from(*at) % length] ^= byte;
        }
        Some(archive)
    }
}

fuzz_target!(|bytes: &[u8]| {
    let made = || Made::arbitrary(&mut Unstructured::new(bytes)).ok()?.archive();
    let archive = if bytes.starts_with(b"PK") {
        Some(bytes.to_vec())
    } else {
        made()
    };
    let Some(archive) = archive else { return };
    let found = inspect(Cursor::new(&archive), archive.len() as u64, &SMALL);
    assert!(found.unclean.len() <= SMALL.finds && found.secrets.len() <= SMALL.finds);
    let places = found.unclean.iter().map(|one| &one.place);
    let places = places.chain(found.secrets.iter().map(|one| &one.member)).cloned();
    for text in places.chain(found.not_inspected.iter().map(ToString::to_string)) {
        assert!(text.len() < 1000 && !text.contains(char::is_control), "{text:?}");
    }
    let again = inspect(Cursor::new(&archive), archive.len() as u64, &SMALL);
    assert_eq!(found, again);
});
