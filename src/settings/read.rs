//! From text to settings, or to the line, column and key of what is wrong.

use std::fmt;
use std::ops::Range;

use serde_path_to_error::Segment;
use toml::de::DeTable;

use super::Settings;
use crate::plain::one_line;

/// The longest text that is read.
const LONGEST: usize = 256 * 1024;
/// The longest part of a reader's own words.
const LONGEST_DETAIL: usize = 400;

/// Settings that cannot be used, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("settings: {place}{detail}; compare with `vigil schema settings`")]
pub struct SettingsError {
    place: Place,
    detail: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Place {
    /// Both from 1.
    line_and_column: Option<(usize, usize)>,
    key: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.line_and_column {
            write!(out, "line {line}, column {column}: ")?;
        }
        self.key.as_ref().map_or(Ok(()), |key| write!(out, "`{key}`: "))
    }
}

impl SettingsError {
    fn new(place: Place, detail: &str) -> Self {
        // Some readers say more than a line.
        let detail = one_line(&detail.trim_end().replace('\n', " "), LONGEST_DETAIL);
        Self { place, detail }
    }

    /// The line, from 1, where it is known.
    pub fn line(&self) -> Option<usize> {
        self.place.line_and_column.map(|(line, _)| line)
    }

    /// The column, from 1, where it is known.
    pub fn column(&self) -> Option<usize> {
        self.place.line_and_column.map(|(_, column)| column)
    }
}

pub(super) fn parse(text: &str) -> Result<Settings, SettingsError> {
    if text.len() > LONGEST {
        let detail = format!("{} bytes are more than the {LONGEST} that are read", text.len());
        return Err(SettingsError::new(Place::default(), &detail));
    }
    // Some editors begin a file with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_start().starts_with('{') {
        json(text)
    } else {
        toml(text)
    }
}

fn json(text: &str) -> Result<Settings, SettingsError> {
    let mut document = serde_json::Deserializer::from_str(text);
    let settings =
        serde_path_to_error::deserialize(&mut document).map_err(|error| of_json(error.inner(), Some(error.path())))?;
    document.end().map_err(|error| of_json(&error, None))?;
    Ok(settings)
}

fn of_json(error: &serde_json::Error, path: Option<&serde_path_to_error::Path>) -> SettingsError {
    let (line, column) = (error.line(), error.column());
    let words = error.to_string();
    // The reader's words end with the place, which is told first here.
    let detail = words
        .strip_suffix(&format!(" at line {line} column {column}"))
        .unwrap_or(&words);
    let place = Place {
        line_and_column: (line > 0).then_some((line, column.max(1))),
        key: path.and_then(named),
    };
    SettingsError::new(place, detail)
}

fn toml(text: &str) -> Result<Settings, SettingsError> {
    let document = toml::Deserializer::parse(text).map_err(|error| of_toml(text, &error, None))?;
    serde_path_to_error::deserialize(document).map_err(|error| of_toml(text, error.inner(), Some(error.path())))
}

fn of_toml(text: &str, error: &toml::de::Error, path: Option<&serde_path_to_error::Path>) -> SettingsError {
    let named_by_path = path.and_then(|path| span_of(text, path));
    // Where one item of an array is wrong, the reader points at the whole array.
    let span = match (error.span(), named_by_path) {
        (Some(own), Some(item)) if own.start <= item.start && own.end >= item.end => Some(item),
        (own, item) => own.or(item),
    };
    let place = Place {
        line_and_column: span.map(|span| line_and_column(text, span.start)),
        key: path.and_then(named),
    };
    SettingsError::new(place, error.message())
}

/// Where the value of a path stands, as far as the path can be followed.
fn span_of(text: &str, path: &serde_path_to_error::Path) -> Option<Range<usize>> {
    let document = DeTable::parse(text).ok()?;
    let mut segments = path.iter();
    let mut value = match segments.next()? {
        Segment::Map { key } => document.get_ref().get(key.as_str())?,
        Segment::Seq { .. } | Segment::Enum { .. } | Segment::Unknown => return None,
    };
    for segment in segments {
        let next = match segment {
            Segment::Map { key } => value.get_ref().get(key.as_str()),
            Segment::Seq { index } => value.get_ref().get(*index),
            Segment::Enum { .. } | Segment::Unknown => None,
        };
        match next {
            Some(inner) => value = inner,
            None => break,
        }
    }
    Some(value.span())
}

fn named(path: &serde_path_to_error::Path) -> Option<String> {
    let path = path.to_string();
    (path != ".").then(|| one_line(&path, LONGEST_DETAIL))
}

fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}
