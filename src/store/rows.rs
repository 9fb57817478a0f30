//! Who is led to by what? The rows of the file, and those of them that are at hand.

use std::collections::BTreeSet;
use std::sync::Arc;

use redb::{MultimapTable, MultimapTableDefinition, WriteTransaction};

use super::file::Problem;
use super::form::row_key;
use crate::monitor::{Kept, Rows};
use crate::snapshot::Scope;

/// Scopes by the dependency that leads to them.
pub(super) const ROWS: MultimapTableDefinition<'_, &str, &str> = MultimapTableDefinition::new("rows");

/// Who is led to, by the name of the dependency.
pub(super) type Led = Kept<Arc<BTreeSet<Scope>>>;

/// A transaction, and the rows that are at hand.
pub(super) type Change<'t> = (&'t WriteTransaction, &'t mut Led);

/// Rows of a scope become others.
pub(super) fn replace_rows((transaction, led): Change<'_>, before: Option<&Rows>, now: &Rows) -> Result<(), Problem> {
    if before == Some(now) {
        return Ok(());
    }
    let mut rows = transaction.open_multimap_table(ROWS)?;
    for (dependency, scope) in before.into_iter().flat_map(|before| now.outdated(before)) {
        let key = row_key(dependency)?;
        rows.remove(key.as_str(), serde_json::to_string(scope)?.as_str())?;
        led.forget(&key);
    }
    add_rows(&mut rows, led, now)
}

/// Adds rows; most are there already.
pub(super) fn add_rows(
    table: &mut MultimapTable<'_, &'static str, &'static str>,
    led: &mut Led,
    rows: &Rows,
) -> Result<(), Problem> {
    for (dependency, scope) in &rows.rows {
        let key = row_key(dependency)?;
        let was_there = table.insert(key.as_str(), serde_json::to_string(scope)?.as_str())?;
        if !was_there {
            led.forget(&key);
        }
    }
    Ok(())
}
