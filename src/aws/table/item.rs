//! What does an item look like? One table: a partition per scope with its state, and one per dependency with a row per dependant.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};

use crate::monitor::{Coverage, Dependency};
use crate::snapshot::Scope;
use crate::store::row_key;

/// An item as the API has it.
pub(super) type Item = HashMap<String, AttributeValue>;

/// The partition key.
pub(super) const PARTITION: &str = "pk";
/// The sort key.
pub(super) const SORT: &str = "sk";
/// When the table may drop the item: its TTL attribute, in seconds.
pub(super) const EXPIRES: &str = "expires";
/// Counts the changes of a state.
pub(super) const VERSION: &str = "v";
/// How many parts a state has, if it does not fit into an item.
pub(super) const PARTS: &str = "parts";
/// When a row or state was written, in milliseconds.
pub(super) const WRITTEN: &str = "at";
/// When a place was listed, in nanoseconds.
pub(super) const LISTED: &str = "listed";
/// Whether a place was seen by a sweep.
pub(super) const SEEN: &str = "seen";
/// When a sweep last came to its end there.
pub(super) const SWEPT: &str = "swept";

const DATA: &str = "data";
const SCOPE: &str = "scope";
const STATE: &str = "state";
/// What the sort keys of a state's parts begin with.
pub(super) const PART: &str = "state/";

/// A state as it is kept: its bytes, and by whom it may be replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cell {
    /// Counts its changes; 0: nothing is kept.
    pub(super) version: u64,
    /// When it was written, in milliseconds.
    pub(super) written: i64,
    /// How many parts the bytes are in; 0: they are in the item itself.
    pub(super) parts: usize,
    /// What is kept.
    pub(super) bytes: Vec<u8>,
}

impl Cell {
    /// From the item of a state.
    pub(super) fn of(item: &Item) -> Result<Self, String> {
        Ok(Self {
            version: number(item, VERSION)?,
            written: number(item, WRITTEN)?,
            parts: if item.contains_key(PARTS) {
                number(item, PARTS)?
            } else {
                0
            },
            bytes: data(item)?,
        })
    }

    /// As the item of a state.
    pub(super) fn item(&self, key: &str, expires: Option<Timestamp>) -> Item {
        let mut item = keyed(key, STATE);
        item.insert(VERSION.to_owned(), counted(self.version));
        item.insert(WRITTEN.to_owned(), counted(self.written));
        if self.parts > 0 {
            item.insert(PARTS.to_owned(), counted(self.parts));
        }
        item.insert(DATA.to_owned(), AttributeValue::B(Blob::new(self.bytes.clone())));
        if let Some(time) = expires {
            item.insert(EXPIRES.to_owned(), counted(time.as_second()));
        }
        item
    }
}

/// The key of a state.
pub(super) fn state_key(key: &str) -> Item {
    keyed(key, STATE)
}

/// The key of a part of a state.
pub(super) fn part_key(key: &str, number: usize) -> Item {
    keyed(key, &format!("{PART}{number:04}"))
}

/// A part of a state.
pub(super) fn part(key: &str, number: usize, (version, bytes): (u64, &[u8]), expires: Option<Timestamp>) -> Item {
    let mut item = part_key(key, number);
    if let Some(time) = expires {
        item.insert(EXPIRES.to_owned(), counted(time.as_second()));
    }
    item.insert(VERSION.to_owned(), counted(version));
    item.insert(DATA.to_owned(), AttributeValue::B(Blob::new(bytes)));
    item
}

/// The bytes of the parts, in their order; nothing unless all are of a version. More than there should be are of a state that was
/// dropped.
pub(super) fn joined(parts: &[Item], cell: &Cell) -> Result<Option<Vec<u8>>, String> {
    let mut bytes = Vec::new();
    let Some(parts) = parts.get(..cell.parts) else {
        return Ok(None);
    };
    for part in parts {
        if number::<u64>(part, VERSION)? != cell.version {
            return Ok(None);
        }
        bytes.extend(data(part)?);
    }
    Ok(Some(bytes))
}

/// The partition of a dependency.
pub(super) fn row_partition(dependency: &Dependency) -> Result<String, String> {
    Ok(format!("row/{}", row_key(dependency)?))
}

/// The key of a row.
pub(super) fn row_item_key(dependency: &Dependency, scope: &Scope) -> Result<Item, String> {
    Ok(keyed(&row_partition(dependency)?, &scope.key()))
}

/// A row.
pub(super) fn row(dependency: &Dependency, scope: &Scope, now: Timestamp) -> Result<Item, String> {
    let mut item = row_item_key(dependency, scope)?;
    let json = serde_json::to_string(scope).map_err(|error| error.to_string())?;
    item.insert(SCOPE.to_owned(), AttributeValue::S(json));
    item.insert(WRITTEN.to_owned(), counted(now.as_millisecond()));
    Ok(item)
}

/// The dependant of a row.
pub(super) fn dependant(item: &Item) -> Result<Scope, String> {
    let scope = item.get(SCOPE).and_then(|value| value.as_s().ok());
    let scope = scope.ok_or_else(|| lacks(SCOPE))?;
    serde_json::from_str(scope).map_err(|error| format!("the item's `{SCOPE}`: {error}"))
}

/// The key of what was looked at of a place.
pub(super) fn coverage_key(key: &str) -> Item {
    keyed(key, "coverage")
}

/// What was looked at.
pub(super) fn coverage(item: &Item) -> Result<Coverage, String> {
    let time = |name: &str| {
        let at = item
            .contains_key(name)
            .then(|| number::<i128>(item, name))
            .transpose()?;
        let at = at.map(Timestamp::from_nanosecond).transpose();
        at.map_err(|error| error.to_string())
    };
    let seen = item.get(SEEN).and_then(|value| value.as_bool().ok());
    Ok(Coverage {
        listed: time(LISTED)?,
        seen: seen.copied().unwrap_or_default(),
        swept: time(SWEPT)?,
    })
}

/// When what is written now may be dropped.
pub(super) fn after(now: Timestamp, lifetime: SignedDuration) -> Option<Timestamp> {
    now.checked_add(lifetime).ok()
}

/// A number as the API has it.
pub(super) fn counted(number: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn keyed(partition: &str, sort: &str) -> Item {
    Item::from([
        (PARTITION.to_owned(), AttributeValue::S(partition.to_owned())),
        (SORT.to_owned(), AttributeValue::S(sort.to_owned())),
    ])
}

fn number<T: std::str::FromStr>(item: &Item, name: &str) -> Result<T, String> {
    let number = item.get(name).and_then(|value| value.as_n().ok());
    number.and_then(|number| number.parse().ok()).ok_or_else(|| lacks(name))
}

fn data(item: &Item) -> Result<Vec<u8>, String> {
    let data = item.get(DATA).and_then(|value| value.as_b().ok());
    Ok(data.ok_or_else(|| lacks(DATA))?.as_ref().to_vec())
}

fn lacks(name: &str) -> String {
    format!("the item's `{name}` is missing or of another type, so something else has written it")
}
