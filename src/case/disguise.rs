//! The case under other names, if the same is said of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::play::named;
use super::said::Difference;
use super::subject::Subjects;
use super::{Case, CaseError, Said};
use crate::assess::assess;
use crate::memory::{Account, Recording};
use crate::pseudonym::Pseudonyms;
use crate::settings::Settings;

/// The lists of a recording: `Functions`, `Roles`, `Networks`, `Places`.
type Lists = BTreeMap<&'static str, Vec<Value>>;

impl Case {
    /// The same case with pseudonyms for everything that it names, in every file. The salt is a secret of this one call.
    ///
    /// An error if something else would be said of it, which another salt may mend.
    pub fn disguised(&self, salt: &[u8]) -> Result<Self, CaseError> {
        let settings = self.settings.as_deref().map(as_json).transpose()?;
        let home = json!({ "account": self.home.account, "region": self.home.region });
        let documents = self.account.values().chain(self.events.values()).chain(&settings);
        let pseudonyms = Pseudonyms::new(salt, documents.chain([&home]));
        let renamed = |files: &BTreeMap<String, Value>| {
            let files = files.iter();
            let files = files.map(|(name, file)| (name.clone(), pseudonyms.document(file)));
            files.collect::<BTreeMap<_, _>>()
        };
        let mut settings = settings.map(|settings| (pseudonyms.document(&settings), settings));
        // What an event is called tells what its sender calls it.
        let events = named(self.events.values().map(|event| pseudonyms.document(event)));
        let files = self.events.keys().cloned().zip(events.keys().cloned()).collect();
        let mut case = Self {
            now: self.now,
            home: typed(pseudonyms.document(&home))?,
            account: renamed(&self.account),
            events,
            settings: settings.as_ref().map(|(renamed, _)| format!("{renamed:#}\n")),
            expected: None,
        };
        let (told, mut said) = (self.play()?, case.play()?);
        if let Some((renamed, original)) = &mut settings {
            let subjects = Subjects::new((&told, &said), &pseudonyms);
            if subjects.renamed(original, renamed) {
                case.settings = Some(format!("{renamed:#}\n"));
                said = case.play()?;
            }
        }
        let (before, now) = (gist(&told, &pseudonyms, &files), gist(&said, &Same, &BTreeMap::new()));
        same(&before, &now)?;
        case.expected = Some(said);
        Ok(case)
    }
}

/// A recording with pseudonyms, as [`Case::disguised`]: an error if something else would be found of its functions.
pub fn disguised_lists(lists: &Lists, salt: &[u8]) -> Result<Lists, CaseError> {
    let pseudonyms = Pseudonyms::new(salt, lists.values().flatten());
    let renamed: Lists = lists
        .iter()
        .map(|(list, entries)| (*list, entries.iter().map(|entry| pseudonyms.document(entry)).collect()))
        .collect();
    let (before, now) = (assessed(lists, &pseudonyms)?, assessed(&renamed, &Same)?);
    same(&before, &now)?;
    Ok(renamed)
}

/// Names for names.
trait Names {
    fn of(&self, name: &str) -> String;
}

impl Names for Pseudonyms {
    fn of(&self, name: &str) -> String {
        self.text(name)
    }
}

/// Every name is its own.
struct Same;

impl Names for Same {
    fn of(&self, name: &str) -> String {
        name.to_owned()
    }
}

/// What is said, without what names alone say; files have other names, too. Counted: two findings must not become one.
fn gist(said: &Said, names: &impl Names, files: &BTreeMap<String, String>) -> BTreeMap<String, usize> {
    let mut lines = Vec::new();
    let file = |name: &String| files.get(name).unwrap_or(name).clone();
    for told in &said.transitions {
        let (finding, status) = (&told.finding, told.status.as_str());
        let function = names.of(&finding.function.to_string());
        lines.push(format!(
            "{}: {status} {} {} {function}",
            file(&told.event),
            finding.severity.as_str(),
            finding.control
        ));
    }
    for found in &said.open {
        let function = names.of(&found.function.to_string());
        let accepted = if found.accepted { "accepted" } else { "open" };
        lines.push(format!(
            "{accepted} {} {} {function}",
            found.severity.as_str(),
            found.control
        ));
    }
    for silent in &said.cannot_judge {
        let function = names.of(&silent.function.to_string());
        let what = silent
            .control
            .clone()
            .or(silent.facet.map(|facet| facet.label().to_owned()));
        lines.push(format!("cannot judge {} {function}", what.unwrap_or_default()));
    }
    lines.extend(said.failed.iter().map(file));
    counted(lines)
}

fn assessed(lists: &Lists, names: &impl Names) -> Result<BTreeMap<String, usize>, CaseError> {
    let recording = Recording::made(json!(lists)).map_err(|error| CaseError::account("the recording", error))?;
    let mut account = Account::default();
    account.take([recording]);
    let (settings, mut lines) = (Settings::default(), Vec::new());
    for function in account.functions() {
        let assessment = assess(&account.snapshot(function), &settings, Timestamp::UNIX_EPOCH);
        let name = names.of(&function.to_string());
        let findings = assessment.findings.iter();
        lines.extend(findings.map(|finding| format!("{} {} {name}", finding.severity.as_str(), finding.control)));
        let unjudged = assessment.unjudged.iter();
        lines.extend(unjudged.map(|cannot| format!("cannot judge {} {name}", cannot.control)));
    }
    Ok(counted(lines))
}

fn counted(lines: Vec<String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in lines {
        *counts.entry(line).or_default() += 1;
    }
    counts
}

fn same(before: &BTreeMap<String, usize>, now: &BTreeMap<String, usize>) -> Result<(), CaseError> {
    let lines = |counts: &BTreeMap<String, usize>| -> BTreeSet<String> {
        counts.iter().map(|(line, count)| format!("{line} ({count})")).collect()
    };
    let (before, now) = (lines(before), lines(now));
    if before == now {
        return Ok(());
    }
    Err(CaseError::Disguise(Difference {
        missing: before.difference(&now).cloned().collect(),
        surplus: now.difference(&before).cloned().collect(),
    }))
}

fn typed<T: for<'de> serde::Deserialize<'de>>(value: Value) -> Result<T, CaseError> {
    serde_json::from_value(value).map_err(|error| of_settings(&error))
}

/// Settings in either form.
fn as_json(text: &str) -> Result<Value, CaseError> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|error| of_settings(&error));
    }
    let table: toml::Table = toml::from_str(text).map_err(|error| of_settings(&error))?;
    Ok(plain(toml::Value::Table(table)))
}

fn of_settings(error: &impl ToString) -> CaseError {
    CaseError::file("settings", &error.to_string())
}

fn plain(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(truth) => truth.into(),
        toml::Value::Datetime(day) => day.to_string().into(),
        toml::Value::Array(items) => items.into_iter().map(plain).collect(),
        toml::Value::Table(members) => {
            let members = members.into_iter().map(|(name, value)| (name, plain(value)));
            Value::Object(members.collect())
        }
    }
}
