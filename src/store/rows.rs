//! Who is led to by what? The rows of the file, those that have yet to be written, and those that are at hand.

use std::collections::BTreeSet;
use std::sync::Arc;

use redb::{MultimapTableDefinition, ReadTransaction, TableError};

use super::file::Problem;
use super::form::row_key;
use super::waiting::Waiting;
use crate::monitor::{Kept, Rows};
use crate::snapshot::Scope;

/// Scopes by the dependency that leads to them.
pub(super) const ROWS: MultimapTableDefinition<'_, &str, &str> = MultimapTableDefinition::new("rows");

/// Who is led to, by the name of the dependency.
pub(super) type Led = Kept<Arc<BTreeSet<Scope>>>;

/// What waits to be written, and the rows that are at hand.
pub(super) type Change<'t> = (&'t mut Waiting, &'t mut Led);

/// Rows of a scope become others.
pub(super) fn replace_rows((waiting, led): Change<'_>, before: Option<&Rows>, now: &Rows) -> Result<(), Problem> {
    if before == Some(now) {
        return Ok(());
    }
    for (dependency, scope) in before.into_iter().flat_map(|before| now.outdated(before)) {
        let key = row_key(dependency)?;
        led.forget(&key);
        waiting.lead(key, serde_json::to_string(scope)?, false);
    }
    add_rows((waiting, led), now)
}

/// Adds rows; most are there already.
pub(super) fn add_rows((waiting, led): Change<'_>, rows: &Rows) -> Result<(), Problem> {
    for (dependency, scope) in &rows.rows {
        let key = row_key(dependency)?;
        if led.get(&key).is_some_and(|led| led.contains(scope)) {
            continue;
        }
        led.forget(&key);
        waiting.lead(key, serde_json::to_string(scope)?, true);
    }
    Ok(())
}

/// The texts of the scopes that a dependency leads to.
pub(super) fn led_by(file: &ReadTransaction, waiting: &Waiting, key: &str) -> Result<BTreeSet<String>, Problem> {
    let mut scopes = BTreeSet::new();
    match file.open_multimap_table(ROWS) {
        // Nothing was ever written.
        Err(TableError::TableDoesNotExist(_)) => {}
        rows => {
            for scope in rows?.get(key)? {
                scopes.insert(scope?.value().to_owned());
            }
        }
    }
    for (scope, leads) in waiting.led_by(key) {
        if leads {
            scopes.insert(scope.to_owned());
        } else {
            scopes.remove(scope);
        }
    }
    Ok(scopes)
}
