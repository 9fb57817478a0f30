//! How is the state kept in one file? In an embedded database; for one process at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::{
    Builder, Database, DatabaseError, Durability, MultimapTable, MultimapTableDefinition, ReadableDatabase,
    ReadableTable, Table, TableDefinition, TableError, WriteTransaction,
};

use super::form::{Written, row_key};
use super::kept::Kept;
use crate::arn::FunctionArn;
use crate::history::Open;
use crate::monitor::{Coverage, Dependency, FunctionState, Overview, PortError, Rows, Store};
use crate::snapshot::{Facet, Facts, Place, Scope};

/// States by the function's ARN.
const FUNCTIONS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("functions");
/// Readings by the scope's key and the facet: the alarms of a large account are not written anew because something else was read.
const FACTS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("facts");
/// Scopes by the dependency that leads to them.
const ROWS: MultimapTableDefinition<'_, &str, &str> = MultimapTableDefinition::new("rows");
/// What was looked at, by the place's key.
const COVERAGE: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("coverage");
/// What the file itself is.
const ABOUT: TableDefinition<'_, &str, &str> = TableDefinition::new("about");

/// How many changes go to the disk together at most.
const TOGETHER: u32 = 256;
/// The most functions, and roles, networks and places, that are at hand in memory.
const MOST_FUNCTIONS: usize = 16_384;
const MOST_SHARED: usize = 4096;
const FORM: &str = "lambda-vigil state 2";

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Somebody else has it open.
    #[error("another process is using it: wait until it ends, or name another file")]
    InUse,
    /// It is something else.
    #[error("it is not a state file ({0}): name one that a replay has written, or one that does not exist yet")]
    Other(String),
    /// Another release wrote it.
    #[error("it was written as `{0}`, and this release writes `{FORM}`: name one that does not exist yet")]
    Form(String),
}

/// Keeps everything in one file.
#[derive(Debug)]
pub struct FileStore {
    database: Database,
    /// How many changes there were.
    written: AtomicU32,
    functions: Mutex<Kept<Arc<FunctionState>>>,
    shared: Mutex<Kept<Facts>>,
}

/// Any of the database's own errors, or what [`Written`] says.
type Problem = Box<dyn std::error::Error>;

impl FileStore {
    /// Opens a file, or begins it.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        // A file that somebody else changed is refused; without the check the database panics on it.
        let opened = Builder::new().set_check_integrity_on_open(true).create(path);
        let database = opened.map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => FileError::InUse,
            other => FileError::Other(other.to_string()),
        })?;
        let store = Self {
            database,
            written: AtomicU32::new(1),
            functions: Mutex::new(Kept::with_room_for(MOST_FUNCTIONS)),
            shared: Mutex::new(Kept::with_room_for(MOST_SHARED)),
        };
        let form = store.begun().map_err(|error| FileError::Other(error.to_string()))?;
        if form == FORM {
            Ok(store)
        } else {
            Err(FileError::Form(form))
        }
    }

    /// The form of the file; a new one gets this release's.
    fn begun(&self) -> Result<String, Problem> {
        let transaction = self.database.begin_write()?;
        let form = {
            let mut about = transaction.open_table(ABOUT)?;
            let known = about.get("form")?.map(|form| form.value().to_owned());
            if let Some(form) = known {
                form
            } else {
                about.insert("form", FORM)?;
                FORM.to_owned()
            }
        };
        transaction.commit()?;
        Ok(form)
    }

    fn read<T: Written>(
        &self,
        table: TableDefinition<'_, &'static str, &'static [u8]>,
        key: &str,
    ) -> Result<Option<T>, Problem> {
        let table = match self.database.begin_read()?.open_table(table) {
            // Nothing was ever written.
            Err(TableError::TableDoesNotExist(_)) => return Ok(None),
            table => table?,
        };
        let bytes = table.get(key)?;
        Ok(bytes.map(|bytes| T::read(bytes.value())).transpose()?)
    }

    /// What is read again if it is lost may be lost for a while: only what people have to be told must be on the disk first.
    fn write<T>(
        &self,
        durability: Durability,
        change: impl FnOnce(&WriteTransaction) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let mut transaction = self.database.begin_write()?;
        // What is not on the disk yet holds the pages that it replaces.
        let written = self.written.fetch_add(1, Ordering::Relaxed);
        let is_due = written.is_multiple_of(TOGETHER);
        transaction.set_durability(if is_due { Durability::Immediate } else { durability })?;
        let done = change(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }

    /// A panic elsewhere leaves what is at hand whole: each value is changed in one step.
    fn functions(&self) -> MutexGuard<'_, Kept<Arc<FunctionState>>> {
        self.functions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shared(&self) -> MutexGuard<'_, Kept<Facts>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, kept: &mut Kept<Arc<FunctionState>>, key: &str) -> Result<Arc<FunctionState>, Problem> {
        if let Some(state) = kept.get(key) {
            return Ok(state);
        }
        let state = Arc::new(self.read(FUNCTIONS, key)?.unwrap_or_default());
        kept.put(key, Arc::clone(&state));
        Ok(state)
    }

    fn save(&self, function: &FunctionArn, mut state: FunctionState) -> Result<bool, Problem> {
        let key = function.to_string();
        let mut kept = self.functions();
        let known = self.find(&mut kept, &key)?;
        if known.version != state.version {
            return Ok(false);
        }
        // One process reads and writes here, one input after the other: nobody has to see that somebody was here.
        if known.version > 0 && *known == state {
            return Ok(true);
        }
        state.version += 1;
        let is_urgent = !state.pending.is_empty();
        let durability = if is_urgent {
            Durability::Immediate
        } else {
            Durability::None
        };
        kept.forget(&key);
        self.write(durability, |transaction| {
            let (before, now) = (Rows::of_function(function, &known), Rows::of_function(function, &state));
            let mut functions = transaction.open_table(FUNCTIONS)?;
            functions.insert(key.as_str(), state.write()?.as_slice())?;
            replace_rows(transaction, Some(&before), &now)
        })?;
        kept.put(&key, Arc::new(state));
        Ok(true)
    }

    fn known(&self, kept: &mut Kept<Facts>, key: &str) -> Result<Option<Facts>, Problem> {
        if let Some(facts) = kept.get(key) {
            return Ok(Some(facts));
        }
        let table = match self.database.begin_read()?.open_table(FACTS) {
            // Nothing was ever written.
            Err(TableError::TableDoesNotExist(_)) => return Ok(None),
            table => table?,
        };
        let mut facts: Option<Facts> = None;
        let (first, beyond) = (format!("{key}\n"), format!("{key}\u{b}"));
        for entry in table.range(first.as_str()..beyond.as_str())? {
            facts.get_or_insert_default().merge(Facts::read(entry?.1.value())?);
        }
        if let Some(facts) = &facts {
            kept.put(key, facts.clone());
        }
        Ok(facts)
    }

    fn merge(&self, scope: &Scope, facts: &Facts) -> Result<Facts, Problem> {
        let key = scope.key();
        let mut kept = self.shared();
        let before = self.known(&mut kept, &key)?;
        let mut merged = before.clone().unwrap_or_default();
        merged.merge(facts.clone());
        if before.as_ref() == Some(&merged) {
            return Ok(merged);
        }
        kept.forget(&key);
        self.write(Durability::None, |transaction| {
            let mut table = transaction.open_table(FACTS)?;
            let is_new =
                |facet: Facet| before.as_ref().and_then(|before| before.reading(facet)) != merged.reading(facet);
            for (facet, reading) in merged.iter().filter(|(facet, _)| is_new(*facet)) {
                let alone = Facts::from(BTreeMap::from([(facet, reading.clone())]));
                let key = format!("{key}\n{}", serde_json::to_string(&facet)?);
                table.insert(key.as_str(), alone.write()?.as_slice())?;
            }
            // Something follows even from knowing nothing, but not before that is kept.
            let before = before.as_ref().map(|before| Rows::of(scope, before));
            replace_rows(transaction, before.as_ref(), &Rows::of(scope, &merged))
        })?;
        kept.put(&key, merged.clone());
        Ok(merged)
    }

    fn led_to(&self, dependency: &Dependency) -> Result<BTreeSet<Scope>, Problem> {
        let rows = match self.database.begin_read()?.open_multimap_table(ROWS) {
            Err(TableError::TableDoesNotExist(_)) => return Ok(BTreeSet::new()),
            rows => rows?,
        };
        let mut scopes = BTreeSet::new();
        for scope in rows.get(row_key(dependency)?.as_str())? {
            scopes.insert(serde_json::from_str(scope?.value())?);
        }
        Ok(scopes)
    }

    fn cover(&self, place: &Place, coverage: Coverage) -> Result<(), Problem> {
        self.write(Durability::None, |transaction| {
            let key = Scope::Place(place.clone()).key();
            let mut table = transaction.open_table(COVERAGE)?;
            let known: Coverage = current(&table, &key)?.unwrap_or_default();
            table.insert(key.as_str(), known.and(coverage).write()?.as_slice())?;
            Ok(())
        })
    }

    /// Shows what is kept of each function.
    pub fn each_function(&self, show: &mut dyn FnMut(FunctionArn, FunctionState)) -> Result<(), PortError> {
        told(self.show_functions(show), || {
            "reading what is kept of functions".to_owned()
        })
    }

    fn show_functions(&self, show: &mut dyn FnMut(FunctionArn, FunctionState)) -> Result<(), Problem> {
        let functions = match self.database.begin_read()?.open_table(FUNCTIONS) {
            Err(TableError::TableDoesNotExist(_)) => return Ok(()),
            functions => functions?,
        };
        for entry in functions.iter()? {
            let (function, state) = entry?;
            show(function.value().parse()?, FunctionState::read(state.value())?);
        }
        Ok(())
    }

    fn show_open(&self, show: &mut dyn FnMut(&Open)) -> Result<(), Problem> {
        self.show_functions(&mut |_, state| state.record.open.values().for_each(&mut *show))
    }
}

fn current<T: Written>(table: &Table<'_, &'static str, &'static [u8]>, key: &str) -> Result<Option<T>, Problem> {
    let bytes = table.get(key)?;
    Ok(bytes.map(|bytes| T::read(bytes.value())).transpose()?)
}

fn replace_rows(transaction: &WriteTransaction, before: Option<&Rows>, now: &Rows) -> Result<(), Problem> {
    if before == Some(now) {
        return Ok(());
    }
    let mut rows = transaction.open_multimap_table(ROWS)?;
    for (dependency, scope) in before.into_iter().flat_map(|before| now.outdated(before)) {
        rows.remove(row_key(dependency)?.as_str(), serde_json::to_string(scope)?.as_str())?;
    }
    add_rows(&mut rows, now)
}

fn add_rows(table: &mut MultimapTable<'_, &'static str, &'static str>, rows: &Rows) -> Result<(), Problem> {
    for (dependency, scope) in &rows.rows {
        table.insert(row_key(dependency)?.as_str(), serde_json::to_string(scope)?.as_str())?;
    }
    Ok(())
}

/// With what was tried.
fn told<T>(done: Result<T, Problem>, what: impl FnOnce() -> String) -> Result<T, PortError> {
    done.map_err(|problem| PortError {
        what: what(),
        detail: problem.to_string(),
    })
}

impl Store for FileStore {
    async fn function(&self, function: &FunctionArn) -> Result<Arc<FunctionState>, PortError> {
        let state = self.find(&mut self.functions(), &function.to_string());
        told(state, || format!("reading the state of {function}"))
    }

    async fn save_function(&self, function: &FunctionArn, state: FunctionState) -> Result<bool, PortError> {
        told(self.save(function, state), || {
            format!("keeping the state of {function}")
        })
    }

    async fn facts(&self, scope: &Scope) -> Result<Facts, PortError> {
        let facts = self.known(&mut self.shared(), &scope.key());
        Ok(told(facts, || format!("reading what is known of {scope}"))?.unwrap_or_default())
    }

    async fn merge_facts(&self, scope: &Scope, facts: &Facts) -> Result<Facts, PortError> {
        told(self.merge(scope, facts), || format!("keeping what is known of {scope}"))
    }

    async fn dependants(&self, dependency: &Dependency) -> Result<BTreeSet<Scope>, PortError> {
        told(self.led_to(dependency), || {
            format!("reading who hangs on {dependency:?}")
        })
    }

    async fn announce(&self, rows: &[Rows]) -> Result<(), PortError> {
        let announced = self.write(Durability::None, |transaction| {
            let mut table = transaction.open_multimap_table(ROWS)?;
            rows.iter().try_for_each(|rows| add_rows(&mut table, rows))
        });
        told(announced, || "keeping who hangs on what".to_owned())
    }

    async fn coverage(&self, place: &Place) -> Result<Coverage, PortError> {
        let coverage = self.read(COVERAGE, &Scope::Place(place.clone()).key());
        Ok(told(coverage, || format!("reading what was looked at of {place}"))?.unwrap_or_default())
    }

    async fn add_coverage(&self, place: &Place, coverage: Coverage) -> Result<(), PortError> {
        told(self.cover(place, coverage), || {
            format!("keeping what was looked at of {place}")
        })
    }
}

impl Overview for FileStore {
    fn each_open(&self, show: &mut dyn FnMut(&Open)) -> Result<(), PortError> {
        told(self.show_open(show), || "reading what is open".to_owned())
    }

    fn flush(&self) -> Result<(), PortError> {
        let flushed = self.write(Durability::Immediate, |_| Ok(()));
        told(flushed, || "writing the state to the disk".to_owned())
    }
}
