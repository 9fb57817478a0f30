//! How is the state kept in one file? In an embedded database; for one process at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::{
    Database, DatabaseError, ReadableDatabase, ReadableTable, Table, TableDefinition, TableError, WriteTransaction,
};

use super::form::{Written, row_key};
use super::rows::{Led, add_rows, led_by, replace_rows};
use super::shared::Shared;
use super::waiting::{Bytes, FUNCTIONS, News, Shelf, Waiting};
use crate::arn::FunctionArn;
use crate::history::Open;
use crate::monitor::{Coverage, Dependency, FunctionState, Kept, PortError, Rows, weight};
use crate::plain::one_line;
use crate::snapshot::{Facts, Place, Scope};

mod ports;

/// What was looked at, by the place's key.
const COVERAGE: Bytes = TableDefinition::new("coverage");
/// What the file itself is.
const ABOUT: TableDefinition<'_, &str, &str> = TableDefinition::new("about");

/// How many changes go to the disk together, and about how many bytes of functions.
const TOGETHER: usize = 512;
const BYTES_TOGETHER: usize = 16 << 20;
/// How many bytes of functions, of what they share, and of rows are at hand in memory.
const FUNCTIONS_AT_HAND: usize = 256 << 20;
const SHARED_AT_HAND: usize = 64 << 20;
const ROWS_AT_HAND: usize = 32 << 20;
const COVERAGE_AT_HAND: usize = 1 << 20;
/// How many bytes of the file's pages are at hand: what is at hand here is not asked there.
const PAGES_AT_HAND: usize = 64 << 20;
const FORM: &str = "lambda-vigil state 3";
/// It has no table of news; else it is the same.
const FORM_BEFORE: &str = "lambda-vigil state 2";

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
    waiting: Mutex<Waiting>,
    functions: Mutex<Kept<Arc<FunctionState>>>,
    shared: Mutex<Kept<Shared>>,
    coverage: Mutex<Kept<Coverage>>,
    led: Mutex<Led>,
}

/// Any of the database's own errors, or what [`Written`] says.
pub(super) type Problem = Box<dyn std::error::Error>;

impl FileStore {
    /// Opens a file, or begins it.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        // A file that somebody else changed is refused; without the check the database panics on it.
        let opened = Database::builder()
            .set_cache_size(PAGES_AT_HAND)
            .set_check_integrity_on_open(true)
            .create(path);
        let database = opened.map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => FileError::InUse,
            other => FileError::Other(other.to_string()),
        })?;
        let store = Self {
            database,
            waiting: Mutex::default(),
            functions: Mutex::new(Kept::with_room_for(FUNCTIONS_AT_HAND)),
            shared: Mutex::new(Kept::with_room_for(SHARED_AT_HAND)),
            coverage: Mutex::new(Kept::with_room_for(COVERAGE_AT_HAND)),
            led: Mutex::new(Kept::with_room_for(ROWS_AT_HAND)),
        };
        let form = store.begun().map_err(|error| FileError::Other(error.to_string()))?;
        if form == FORM {
            Ok(store)
        } else {
            // Whoever wrote that may have written anything.
            Err(FileError::Form(one_line(&form, 60)))
        }
    }

    /// The form of the file; a new one gets this release's.
    fn begun(&self) -> Result<String, Problem> {
        let transaction = self.database.begin_write()?;
        let form = {
            let mut about = transaction.open_table(ABOUT)?;
            let known = about.get("form")?.map(|form| form.value().to_owned());
            match known {
                Some(form) if form != FORM_BEFORE => form,
                Some(_) | None => {
                    about.insert("form", FORM)?;
                    FORM.to_owned()
                }
            }
        };
        transaction.commit()?;
        Ok(form)
    }

    fn read<T: Written>(&self, table: Bytes, key: &str) -> Result<Option<T>, Problem> {
        let table = match self.database.begin_read()?.open_table(table) {
            // Nothing was ever written.
            Err(TableError::TableDoesNotExist(_)) => return Ok(None),
            table => table?,
        };
        let bytes = table.get(key)?;
        Ok(bytes.map(|bytes| T::read(bytes.value())).transpose()?)
    }

    /// Writes what waits, and something else with it.
    fn write(&self, change: impl FnOnce(&WriteTransaction) -> Result<(), Problem>) -> Result<(), Problem> {
        let mut waiting = whole(&self.waiting);
        let transaction = self.database.begin_write()?;
        waiting.write(&transaction)?;
        change(&transaction)?;
        transaction.commit()?;
        waiting.clear();
        Ok(())
    }

    /// Lets changes wait, unless there are many. One process works with the file and tells its user what it finds: if it dies, the
    /// last of that is found and told again.
    fn put_off(&self, note: impl FnOnce(&mut Waiting) -> Result<(), Problem>) -> Result<(), Problem> {
        let is_full = {
            let mut waiting = whole(&self.waiting);
            note(&mut waiting)?;
            waiting.count() >= TOGETHER || waiting.bytes() >= BYTES_TOGETHER
        };
        if is_full {
            self.write(|_| Ok(()))?;
        }
        Ok(())
    }

    fn find(&self, kept: &mut Kept<Arc<FunctionState>>, key: &str) -> Result<Arc<FunctionState>, Problem> {
        if let Some(state) = kept.get(key) {
            return Ok(Arc::clone(state));
        }
        let waiting = whole(&self.waiting).function(key);
        let mut state = match waiting {
            Some(state) => state,
            None => Arc::new(self.read(FUNCTIONS, key)?.unwrap_or_default()),
        };
        if let Some(news) = self.news(key)? {
            news.add_to(Arc::make_mut(&mut state));
        }
        let bytes = weight(&*state, kept.room());
        kept.put(key, Arc::clone(&state), bytes);
        Ok(state)
    }

    fn news(&self, key: &str) -> Result<Option<News>, Problem> {
        let waiting = whole(&self.waiting);
        let mut rows = waiting.beginning(Shelf::News, key);
        match rows.next() {
            Some((own, bytes)) if own == key => Ok(Some(News::read(bytes)?)),
            Some(_) | None => self.read(Shelf::News.table(), key),
        }
    }

    fn save(&self, function: &FunctionArn, mut state: FunctionState) -> Result<bool, Problem> {
        let key = function.to_string();
        let mut kept = whole(&self.functions);
        let known = self.find(&mut kept, &key)?;
        if known.version != state.version {
            return Ok(false);
        }
        // One process reads and writes here, one input after the other: nobody has to see that somebody was here.
        if known.version > 0 && *known == state {
            return Ok(true);
        }
        state.version += 1;
        if let Some(news) = News::between(&known, &state) {
            let bytes = news.write()?;
            self.put_off(|waiting| {
                waiting.put(Shelf::News, &key, bytes);
                Ok(())
            })?;
            kept.replace(&key, Arc::new(state));
            return Ok(true);
        }
        kept.forget(&key);
        let bytes = weight(&state, kept.room());
        let state = Arc::new(state);
        self.put_off(|waiting| {
            waiting.put_function(&key, Arc::clone(&state), bytes);
            if Rows::are_same(&known, &state) {
                return Ok(());
            }
            let (before, now) = (Rows::of_function(function, &known), Rows::of_function(function, &state));
            replace_rows((waiting, &mut whole(&self.led)), Some(&before), &now)
        })?;
        kept.put(&key, state, bytes);
        Ok(true)
    }

    fn known(&self, kept: &mut Kept<Shared>, key: &str) -> Result<Option<Shared>, Problem> {
        if let Some(shared) = kept.get(key) {
            return Ok(Some(shared.clone()));
        }
        let mut facts: Option<Facts> = None;
        let (first, beyond) = (format!("{key}\n"), format!("{key}\u{b}"));
        let waiting = whole(&self.waiting);
        match self.database.begin_read()?.open_table(Shelf::Facts.table()) {
            // Nothing was ever written.
            Err(TableError::TableDoesNotExist(_)) => {}
            table => {
                for entry in table?.range(first.as_str()..beyond.as_str())? {
                    facts.get_or_insert_default().merge(Facts::read(entry?.1.value())?);
                }
            }
        }
        for (_, bytes) in waiting.beginning(Shelf::Facts, &first) {
            facts.get_or_insert_default().merge(Facts::read(bytes)?);
        }
        drop(waiting);
        let Some(facts) = facts else { return Ok(None) };
        let (shared, bytes) = Shared::default().with(facts, kept.room());
        kept.put(key, shared.clone(), bytes);
        Ok(Some(shared))
    }

    fn merge(&self, scope: &Scope, facts: &Facts) -> Result<Facts, Problem> {
        let key = scope.key();
        let mut kept = whole(&self.shared);
        let shared = self.known(&mut kept, &key)?;
        let before = shared.as_ref().map(|shared| shared.facts.clone());
        let mut merged = before.clone().unwrap_or_default();
        merged.merge(facts.clone());
        if before.as_ref() == Some(&merged) {
            return Ok(merged);
        }
        kept.forget(&key);
        let mut new = Vec::new();
        for (facet, reading) in merged.iter() {
            if before.as_ref().and_then(|before| before.reading(facet)) != Some(reading) {
                let alone = Facts::from(BTreeMap::from([(facet, reading.clone())]));
                new.push((format!("{key}\n{}", serde_json::to_string(&facet)?), alone.write()?));
            }
        }
        // Something follows even from knowing nothing, but not before that is kept.
        let (before, now) = (
            before.as_ref().map(|before| Rows::of(scope, before)),
            Rows::of(scope, &merged),
        );
        self.put_off(|waiting| {
            for (key, bytes) in new {
                waiting.put(Shelf::Facts, &key, bytes);
            }
            replace_rows((waiting, &mut whole(&self.led)), before.as_ref(), &now)
        })?;
        let (shared, bytes) = shared.unwrap_or_default().with(merged.clone(), kept.room());
        kept.put(&key, shared, bytes);
        Ok(merged)
    }

    fn led_to(&self, dependency: &Dependency) -> Result<BTreeSet<Scope>, Problem> {
        let key = row_key(dependency)?;
        // Whoever asks where a dependency leads waits until that is certain again.
        let (waiting, mut led) = (whole(&self.waiting), whole(&self.led));
        if let Some(scopes) = led.get(&key) {
            return Ok(BTreeSet::clone(scopes));
        }
        let texts = led_by(&self.database.begin_read()?, &waiting, &key)?;
        let bytes = texts.iter().map(String::len).sum();
        let scopes = texts.iter().map(|text| serde_json::from_str(text));
        let scopes: BTreeSet<Scope> = scopes.collect::<Result<_, _>>()?;
        led.put(&key, Arc::new(scopes.clone()), bytes);
        Ok(scopes)
    }

    fn cover(&self, place: &Place, coverage: Coverage) -> Result<(), Problem> {
        let key = Scope::Place(place.clone()).key();
        let mut kept = whole(&self.coverage);
        kept.forget(&key);
        self.write(|transaction| {
            let mut table = transaction.open_table(COVERAGE)?;
            let known: Coverage = current(&table, &key)?.unwrap_or_default();
            table.insert(key.as_str(), known.and(coverage).write()?.as_slice())?;
            Ok(())
        })
    }

    fn covered(&self, place: &Place) -> Result<Coverage, Problem> {
        let key = Scope::Place(place.clone()).key();
        let mut kept = whole(&self.coverage);
        if let Some(coverage) = kept.get(&key) {
            return Ok(*coverage);
        }
        let coverage = self.read(COVERAGE, &key)?.unwrap_or_default();
        kept.put(&key, coverage, size_of::<Coverage>());
        Ok(coverage)
    }

    /// Shows what is kept of each function.
    pub fn each_function(&self, show: &mut dyn FnMut(FunctionArn, FunctionState)) -> Result<(), PortError> {
        told(self.show_functions(show), || {
            "reading what is kept of functions".to_owned()
        })
    }

    fn show_functions(&self, show: &mut dyn FnMut(FunctionArn, FunctionState)) -> Result<(), Problem> {
        self.write(|_| Ok(()))?;
        let functions = match self.database.begin_read()?.open_table(FUNCTIONS) {
            Err(TableError::TableDoesNotExist(_)) => return Ok(()),
            functions => functions?,
        };
        for entry in functions.iter()? {
            let (function, state) = entry?;
            let mut state = FunctionState::read(state.value())?;
            if let Some(news) = self.news(function.value())? {
                news.add_to(&mut state);
            }
            show(function.value().parse()?, state);
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

/// A panic elsewhere leaves what is at hand whole: each value is changed in one step.
fn whole<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// With what was tried.
fn told<T>(done: Result<T, Problem>, what: impl FnOnce() -> String) -> Result<T, PortError> {
    done.map_err(|problem| PortError {
        what: what(),
        detail: problem.to_string(),
    })
}
