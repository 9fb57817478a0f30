//! How does a case lie in a folder? Read within bounds, whoever wrote it, and never written over anything.
#![allow(clippy::disallowed_methods, reason = "a case is a folder of files")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{Error, ErrorKind, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Case, CaseError, MOST_EVENTS, Said, shown};
use crate::event;
use crate::snapshot::Place;

/// What `case.json` says; its form has this name.
const FORM: &str = "lambda-vigil/case/1";
/// The longest file that is read.
const LONGEST: usize = 64 * 1024 * 1024;
/// The account has no more files.
const MOST_FILES: usize = 10_000;
/// Cases lie no deeper below the folder that is named.
const DEEPEST: usize = 16;

const HEAD: &str = "case.json";
const EXPECTED: &str = "expected.json";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Head {
    schema: String,
    now: Timestamp,
    home: Place,
}

impl Case {
    /// Reads a folder.
    pub fn read(folder: &Path) -> Result<Self, CaseError> {
        let expected = folder.join(EXPECTED);
        let known = is_there(&expected).then(|| typed(&expected, &text(&expected)?));
        Ok(Self {
            expected: known.transpose()?,
            ..Self::situation(folder)?
        })
    }

    /// Reads a folder, but not what is expected: whatever stands there is to be written anew.
    pub fn situation(folder: &Path) -> Result<Self, CaseError> {
        let path = folder.join(HEAD);
        let head: Head = typed(&path, &text(&path)?)?;
        if head.schema != FORM {
            return Err(malformed(&path, format!("its schema is not `{FORM}`")));
        }
        let settings = [folder.join("settings.json"), folder.join("settings.toml")];
        let settings = settings.iter().find(|path| is_there(path));
        let events = documents(&folder.join("events"), MOST_EVENTS)?;
        let is_empty = |file: &Value| file.as_array().is_some_and(Vec::is_empty) || event::records(file).is_empty();
        if let Some((name, _)) = events.iter().find(|(_, file)| is_empty(file)) {
            return Err(malformed(&folder.join("events").join(name), "it holds no event"));
        }
        Ok(Self {
            now: head.now,
            home: head.home,
            account: documents(&folder.join("account"), MOST_FILES)?,
            events,
            settings: settings.map(|path| text(path)).transpose()?,
            expected: None,
        })
    }

    /// Writes it into a folder that is made, or empty.
    pub fn write(&self, folder: &Path) -> Result<(), CaseError> {
        prepare(folder)?;
        let head = Head {
            schema: FORM.to_owned(),
            now: self.now,
            home: self.home.clone(),
        };
        put(&folder.join(HEAD), &head)?;
        for (kind, files) in [("account", &self.account), ("events", &self.events)] {
            let inside = folder.join(kind);
            fs::create_dir(&inside).map_err(|error| failed("make", &inside, error))?;
            for (name, file) in files {
                put(&inside.join(plain(name)?), file)?;
            }
        }
        if let Some(settings) = &self.settings {
            let is_json = settings.trim_start_matches('\u{feff}').trim_start().starts_with('{');
            let path = folder.join(if is_json { "settings.json" } else { "settings.toml" });
            fs::write(&path, settings).map_err(|error| failed("write", &path, error))?;
        }
        let mut expected = self.expected.iter();
        expected.try_for_each(|said| put(&folder.join(EXPECTED), said))
    }

    /// Writes what is said into the folder of a case, instead of what was expected. A link there is not followed.
    pub fn expect(folder: &Path, said: &Said) -> Result<(), CaseError> {
        let path = folder.join(EXPECTED);
        if is_there(&path) {
            regular(&path, "write")?;
        }
        put(&path, said)
    }
}

/// The folders of cases at and below a path, in order. Links are not followed.
pub fn folders(below: &Path) -> Result<Vec<PathBuf>, CaseError> {
    let mut found = Vec::new();
    search(below, DEEPEST, &mut found)?;
    Ok(found)
}

fn search(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), CaseError> {
    // One that is a link or a pipe is no case, and not to be passed over: whoever reads it says so.
    if is_there(&folder.join(HEAD)) {
        found.push(folder.to_owned());
        return Ok(());
    }
    let inner = listed(folder)?.into_iter();
    let mut inner = inner.filter(|path| depth > 0 && path.is_dir() && !path.is_symlink());
    inner.try_for_each(|path| search(&path, depth - 1, found))
}

fn listed(folder: &Path) -> Result<Vec<PathBuf>, CaseError> {
    let unlisted = |error| failed("list", folder, error);
    let entries = fs::read_dir(folder).map_err(unlisted)?;
    let paths: Result<Vec<PathBuf>, Error> = entries.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut paths = paths.map_err(unlisted)?;
    paths.sort();
    Ok(paths)
}

/// What lies there already would be read as a part of the case.
fn prepare(folder: &Path) -> Result<(), CaseError> {
    fs::create_dir_all(folder).map_err(|error| failed("make", folder, error))?;
    if listed(folder)?.is_empty() {
        return Ok(());
    }
    Err(CaseError::NotEmpty {
        path: shown(&folder.display().to_string()),
    })
}

/// The JSON files of a folder; one that is not there has none.
fn documents(folder: &Path, most: usize) -> Result<BTreeMap<String, Value>, CaseError> {
    let mut documents = BTreeMap::new();
    if !is_there(folder) {
        return Ok(documents);
    }
    if folder.is_symlink() {
        return Err(malformed(folder, LINK));
    }
    for path in listed(folder)? {
        let is_json = path.extension().is_some_and(|extension| extension == "json");
        let name = path.file_name().and_then(|name| name.to_str());
        let Some(name) = name.filter(|_| is_json) else {
            continue;
        };
        if documents.len() == most {
            return Err(malformed(folder, format!("it has more than {most} files")));
        }
        let read = event::read_json(&text(&path)?, LONGEST).map_err(|error| malformed(&path, error.to_string()))?;
        documents.insert(name.to_owned(), read);
    }
    Ok(documents)
}

/// A link counts, wherever it leads.
fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

const LINK: &str = "it is a link, and a case holds what it is about itself";

/// A case may be a stranger's: a link would lead out of its folder, and a pipe would never end.
fn regular(path: &Path, what: &'static str) -> Result<(), CaseError> {
    let kind = path.symlink_metadata().map_err(|error| failed(what, path, error))?;
    if kind.is_symlink() {
        return Err(malformed(path, LINK));
    }
    if !kind.is_file() {
        return Err(malformed(path, "it is no regular file"));
    }
    Ok(())
}

fn text(path: &Path) -> Result<String, CaseError> {
    let unread = |error| failed("read", path, error);
    regular(path, "read")?;
    let file = fs::File::open(path).map_err(unread)?;
    let mut text = String::new();
    let bound = u64::try_from(LONGEST).unwrap_or(u64::MAX);
    file.take(bound + 1).read_to_string(&mut text).map_err(unread)?;
    if text.len() > LONGEST {
        return Err(malformed(path, format!("it is longer than {LONGEST} bytes")));
    }
    Ok(text)
}

fn typed<T: for<'de> Deserialize<'de>>(path: &Path, text: &str) -> Result<T, CaseError> {
    let mut json = serde_json::Deserializer::from_str(text);
    let read = serde_path_to_error::deserialize(&mut json);
    read.map_err(|error| malformed(path, format!("`{}`: {}", error.path(), error.inner())))
}

/// A name and not a way out of the folder.
fn plain(name: &str) -> Result<&str, CaseError> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let is_json = Path::new(name).extension().is_some_and(|extension| extension == "json");
    if name.chars().all(is_plain) && is_json && !name.starts_with('.') {
        return Ok(name);
    }
    let detail = "it is not a name of letters and digits that ends with `.json`".to_owned();
    Err(malformed(Path::new(name), detail))
}

fn put(path: &Path, value: &impl Serialize) -> Result<(), CaseError> {
    let text = serde_json::to_string_pretty(value);
    let text = text.map_err(|error| failed("write", path, Error::new(ErrorKind::InvalidData, error)))?;
    fs::write(path, text + "\n").map_err(|error| failed("write", path, error))
}

fn failed(what: &'static str, path: &Path, error: Error) -> CaseError {
    CaseError::Io {
        what,
        path: shown(&path.display().to_string()),
        error,
    }
}

fn malformed(path: &Path, detail: impl Into<String>) -> CaseError {
    CaseError::file(&path.display().to_string(), &detail.into())
}
