//! Any bytes as a state file: a state, or an error; and never a panic, whatever its pages or its rows hold.
//!
//! The first byte says what the others are: a whole file, changes of one that was written here, or what stands in the rows of one.
#![no_main]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use arbitrary::{Arbitrary, Unstructured};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use lambda_vigil::monitor::{Coverage, Dependency, Overview, Store};
use lambda_vigil::snapshot::Scope;
use lambda_vigil::store::{FileError, FileStore};
use libfuzzer_sys::fuzz_target;
use redb::{Database, MultimapTableDefinition, TableDefinition};
use std::io::Write;
use trials::played;

const TABLES: [TableDefinition<'_, &str, &[u8]>; 3] = [
    TableDefinition::new("functions"),
    TableDefinition::new("facts"),
    TableDefinition::new("coverage"),
];
const ROWS: MultimapTableDefinition<'_, &str, &str> = MultimapTableDefinition::new("rows");

/// Asked for in any case.
const FUNCTION: &str = "arn:aws:lambda:eu-west-1:111122223333:function:f";

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| played::folder("state"));
/// A file as a replay leaves it.
static WRITTEN: LazyLock<Vec<u8>> = LazyLock::new(written);

#[derive(Debug, Arbitrary)]
struct Row<'a> {
    table: u8,
    is_deflated: bool,
    /// Left out: the key of something that is asked for.
    key: Option<&'a str>,
    value: &'a [u8],
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else {
        return;
    };
    let path = FOLDER.join("state");
    match kind {
        b'f' => fs::write(&path, bytes).expect("a file in memory"),
        b'd' => fs::write(&path, damaged(bytes)).expect("a file in memory"),
        b'r' => filled(&path, bytes),
        _ => return,
    }
    match FileStore::open(&path) {
        Ok(store) => asked(&store),
        Err(error) => {
            assert!(!matches!(error, FileError::InUse));
            played::error(&error);
        }
    }
});

fn written() -> Vec<u8> {
    let path = FOLDER.join("written");
    let account = played::sample();
    let store = FileStore::open(&path).expect("a new file");
    let function = account.functions().next().expect("a function");
    let snapshot = account.snapshot(function);
    let facts = snapshot.own.clone();
    played::at_once(async {
        let mut state = (*store.function(function).await.expect("a state")).clone();
        state.facts = facts.clone();
        store.save_function(function, state).await.expect("saved");
        store
            .merge_facts(&Scope::Function(function.clone()), &facts)
            .await
            .expect("merged");
        store
            .add_coverage(&played::home(), Coverage::default())
            .await
            .expect("noted");
    });
    store.flush().expect("written");
    drop(store);
    fs::read(&path).expect("a file in memory")
}

/// Changes of single bytes, three bytes for the place and one for the value, in the order of the input; the last ones may cut the file.
fn damaged(changes: &[u8]) -> Vec<u8> {
    let mut file = WRITTEN.clone();
    let (changes, rest) = changes.as_chunks::<4>();
    for [high, middle, low, value] in changes {
        let place = (usize::from(*high) << 16 | usize::from(*middle) << 8 | usize::from(*low)) % file.len();
        file[place] = *value;
    }
    if let [high, low, _] = rest {
        file.truncate(usize::from(*high) << 12 | usize::from(*low) << 4);
    }
    file
}

/// A whole file with foreign rows.
fn filled(path: &Path, bytes: &[u8]) {
    fs::write(path, &*WRITTEN).expect("a file in memory");
    let rows = Vec::<Row<'_>>::arbitrary(&mut Unstructured::new(bytes)).unwrap_or_default();
    let database = Database::open(path).expect("a database");
    let transaction = database.begin_write().expect("a transaction");
    for row in &rows {
        let key = row.key.unwrap_or(FUNCTION);
        let value = value(row);
        match TABLES.get(usize::from(row.table % 4)) {
            Some(table) => {
                let mut table = transaction.open_table(*table).expect("a table");
                drop(table.insert(key, value.as_slice()).expect("a row"));
            }
            None => {
                let mut table = transaction.open_multimap_table(ROWS).expect("a table");
                table.insert(key, &*String::from_utf8_lossy(row.value)).expect("a row");
            }
        }
    }
    transaction.commit().expect("a commit");
}

fn value(row: &Row<'_>) -> Vec<u8> {
    if !row.is_deflated {
        return row.value.to_vec();
    }
    let mut encoder = DeflateEncoder::new(vec![b'z'], Compression::fast());
    encoder.write_all(row.value).expect("room");
    encoder.finish().expect("room")
}

/// Everything that a monitor asks of a store.
fn asked(store: &FileStore) {
    let mut functions = Vec::new();
    if let Err(error) = store.each_function(&mut |function, _| functions.push(function)) {
        played::error(&error);
    }
    if let Err(error) = store.each_open(&mut |_| {}) {
        played::error(&error);
    }
    functions.truncate(4);
    functions.push(
        "arn:aws:lambda:eu-west-1:111122223333:function:f"
            .parse()
            .expect("an ARN"),
    );
    played::at_once(async {
        for function in &functions {
            let scope = Scope::Function(function.clone());
            drop(store.facts(&scope).await);
            if let Ok(state) = store.function(function).await {
                drop(store.save_function(function, (*state).clone()).await);
            }
        }
        drop(store.coverage(&played::home()).await);
        drop(store.add_coverage(&played::home(), Coverage::default()).await);
        let place = played::home();
        drop(store.dependants(&Dependency::Layer(place, "f".to_owned())).await);
    });
    drop(store.flush());
}
