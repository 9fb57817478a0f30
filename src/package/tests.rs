//! Archives made here, byte by byte where no honest tool would make them.

use std::io::{Cursor, Write};

use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;

/// Small enough to be reached by a test.
const SMALL: Limits = Limits {
    compressed: 8 * 1024 * 1024,
    inflated: 4 * 1024 * 1024,
    entries: 50,
    ratio: 100,
    looks: 20,
    finds: 5,
};

fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    written(
        members,
        SimpleFileOptions::default().compression_method(CompressionMethod::Deflated),
    )
}

fn written(members: &[(&str, &[u8])], options: SimpleFileOptions) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn inspected(archive: &[u8], limits: &Limits) -> CodePackage {
    inspect(Cursor::new(archive), archive.len() as u64, limits)
}

fn gaps(archive: &[u8], limits: &Limits) -> Vec<String> {
    inspected(archive, limits)
        .not_inspected
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// A key id of no account, assembled here so that no scanner takes this file for a leak.
fn key() -> String {
    ["AKIA", "Z7QW", "3NXK", "5TRB", "2MVC"].concat()
}

#[test]
fn a_clean_package_gives_nothing() {
    let clean = zipped(&[
        ("index.py", b"def handler(event, context):\n    return event\n"),
        ("lib/", b""),
    ]);
    assert_eq!(inspected(&clean, &Limits::DEFAULT), CodePackage::default());
}

#[test]
fn finds_are_named_by_place_and_line_and_never_by_value() {
    let code = format!(
        "import boto3\nclient = boto3.client('s3', aws_access_key_id='{}')\n",
        key()
    );
    let archive = zipped(&[
        ("app.py", code.as_bytes()),
        ("node_modules/x/index.js", code.as_bytes()),
        (".git/HEAD", b"ref: refs/heads/main\n"),
        (".git/config", b"[core]\n"),
        ("logo.png", &[0, 159, 146, 150]),
    ]);
    let found = inspected(&archive, &Limits::DEFAULT);
    let secrets: Vec<_> = found
        .secrets
        .iter()
        .map(|one| (one.member.as_str(), one.line, one.vendored))
        .collect();
    assert_eq!(secrets, [("app.py", 2, false), ("node_modules/x/index.js", 2, true)]);
    assert_eq!(found.unclean.len(), 1, "one place, however many members");
    assert!(found.not_inspected.is_empty());
    let shown = format!("{found:?}{}", serde_json::to_string(&found).unwrap());
    assert!(!shown.contains(&key()));
}

#[test]
fn a_bomb_is_left_at_the_limit() {
    let zeros = vec![b'0'; 3 * 1024 * 1024];
    let bomb = zipped(&[("bomb", &zeros)]);
    assert!(
        gaps(&bomb, &SMALL)[0].starts_with("`bomb` and what follows"),
        "{:?}",
        gaps(&bomb, &SMALL)
    );
    let noise: Vec<u8> = (0..3 * 1024 * 1024_u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let large = zipped(&[("a", &noise), ("b", &noise)]);
    assert_eq!(gaps(&large, &SMALL), ["what follows 4194304 unpacked bytes"]);
    assert!(gaps(&zipped(&[("a", &noise)]), &SMALL).is_empty());
}

#[test]
fn many_small_bombs_share_one_limit() {
    let zeros = vec![b'0'; 900 * 1024];
    let names: Vec<String> = (0..10).map(|index| format!("m{index}")).collect();
    let members: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), zeros.as_slice())).collect();
    assert_eq!(gaps(&zipped(&members), &SMALL), ["what follows 4194304 unpacked bytes"]);
}

#[test]
fn a_hundred_thousand_entries_are_counted_and_not_read() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..100_000 {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        writer.start_file(format!("{index}"), options).unwrap();
    }
    let archive = writer.finish().unwrap().into_inner();
    assert_eq!(
        gaps(&archive, &Limits::DEFAULT),
        ["100000 entries, more than 10000"],
        "zip64, too"
    );
}

#[test]
fn truncated_at_any_byte_it_is_broken_and_nothing_worse() {
    let archive = zipped(&[("a.txt", b"first"), ("b.txt", b"second")]);
    for end in 0..archive.len() {
        let found = inspected(&archive[..end], &SMALL);
        assert!(
            matches!(found.not_inspected.as_slice(), [Gap::Broken { .. }]),
            "{end}: {found:?}"
        );
    }
}

#[test]
fn damaged_at_any_byte_it_says_something_or_finds_the_same() {
    let archive = zipped(&[("a.txt", b"first"), (".env", b"A=1")]);
    for at in 0..archive.len() {
        let mut damaged = archive.clone();
        damaged[at] ^= 0xff;
        let found = inspected(&damaged, &SMALL);
        assert!(found.unclean.len() <= 2 && found.secrets.is_empty(), "{at}: {found:?}");
    }
}

#[test]
fn what_is_inside_of_archives_is_named_as_not_inspected() {
    let inner = zipped(&[(".git/HEAD", b"x")]);
    let outer = zipped(&[("lib/a.jar", &inner), ("lib/b.zip", &inner), ("index.js", b"x")]);
    assert_eq!(gaps(&outer, &SMALL), ["2 archives inside, the first is `lib/a.jar`"]);
}

#[test]
fn encrypted_members_and_other_methods_are_named_as_not_inspected() {
    let mut archive = zipped(&[("a.txt", b"first")]);
    let central = archive.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    archive[central + 8] |= 1;
    archive[6] |= 1;
    assert_eq!(gaps(&archive, &SMALL), ["1 encrypted members, the first is `a.txt`"]);
    let mut archive = zipped(&[("a.txt", b"first")]);
    (archive[central + 10], archive[8]) = (12, 12);
    assert_eq!(
        gaps(&archive, &SMALL),
        ["1 members not packed by deflate, the first is `a.txt`"]
    );
}

#[test]
fn members_of_one_name_are_all_inspected() {
    let code = format!("key = '{}'\n", key());
    let mut archive = zipped(&[("a.py", b"x = 1\n"), ("b.py", code.as_bytes())]);
    while let Some(at) = archive.windows(4).position(|four| four == b"b.py") {
        archive[at] = b'a';
    }
    let found = inspected(&archive, &SMALL);
    assert_eq!(found.secrets.len(), 1, "{found:?}");
}

#[test]
fn a_directory_that_lies_about_its_members_is_broken() {
    let mut archive = zipped(&[("a.py", b"x = 1\n")]);
    let central = archive.windows(4).rposition(|four| four == b"a.py").unwrap();
    archive[central] = b'z';
    assert!(gaps(&archive, &SMALL)[0].starts_with("the archive is broken"));
}

#[test]
fn zip64_is_read() {
    let options = SimpleFileOptions::default().large_file(true);
    let archive = written(&[(".env", b"A=1")], options);
    let found = inspected(&archive, &SMALL);
    assert_eq!((found.unclean.len(), found.not_inspected.len()), (1, 0), "{found:?}");
}

#[test]
fn finds_and_looks_are_bounded_and_said_to_be() {
    let names: Vec<String> = (0..20).map(|index| format!("{index}/.env")).collect();
    let members: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"A=1"[..])).collect();
    let found = inspected(&zipped(&members), &SMALL);
    assert_eq!(found.unclean.len(), 5);
    assert!(found.not_inspected.contains(&Gap::Finds { most: 5 }));
    let lines = "akia sk_live_ xoxb-\n".repeat(100);
    assert_eq!(
        gaps(&zipped(&[("a.py", lines.as_bytes())]), &SMALL),
        ["what follows 20 lines that look like credentials"]
    );
}

#[test]
fn an_archive_that_is_too_large_is_not_opened() {
    let found = inspect(Cursor::new(Vec::new()), SMALL.compressed + 1, &SMALL);
    assert_eq!(found, CodePackage::none(Gap::Compressed { most: SMALL.compressed }));
}

#[test]
fn names_are_cut_and_escaped() {
    let name = format!("\n{}/.env", "x".repeat(1000));
    let found = inspected(&zipped(&[(&name, b"A=1")]), &SMALL);
    let place = &found.unclean[0].place;
    assert!(place.starts_with("\\n") && place.len() < 220, "{place}");
}
