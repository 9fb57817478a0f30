//! How do the lines of `actions.gz` become a table that is searched by name?

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::OnceLock;

use super::{AccessLevel, Action, Service};
use crate::facts::manifest::{ACTIONS, COUNTS};

static TEXT: OnceLock<String> = OnceLock::new();
static TABLE: OnceLock<Table> = OnceLock::new();

pub(super) struct Table {
    pub(super) services: Vec<Entry>,
    pub(super) actions: Vec<Action>,
}

pub(super) struct Entry {
    pub(super) service: Service,
    place: u16,
    actions: Range<usize>,
}

pub(super) fn get() -> &'static Table {
    TABLE.get_or_init(|| read(TEXT.get_or_init(|| ACTIONS.text())))
}

/// The order of names: that of their lower-case bytes.
pub(super) fn order(one: &str, other: &str) -> Ordering {
    let one = one.bytes().map(|byte| byte.to_ascii_lowercase());
    one.cmp(other.bytes().map(|byte| byte.to_ascii_lowercase()))
}

impl Table {
    pub(super) fn entry(&self, prefix: &str) -> Option<&Entry> {
        let place = self
            .services
            .binary_search_by(|entry| order(entry.service.prefix, prefix))
            .ok()?;
        self.services.get(place)
    }

    pub(super) fn of_service(&self, prefix: &str) -> &[Action] {
        let range = self.entry(prefix).map(|entry| entry.actions.clone());
        range.and_then(|range| self.actions.get(range)).unwrap_or_default()
    }
}

fn read(text: &'static str) -> Table {
    let mut table = Table {
        services: Vec::with_capacity(COUNTS.services),
        actions: Vec::with_capacity(COUNTS.actions),
    };
    // By bytes, and each tab from behind: this is half of what the first question costs, and the searches of `str` take longer.
    for line in text.as_bytes().split(|byte| *byte == b'\n') {
        if let [b':', heading @ ..] = line {
            let entry = entry(heading, &table);
            table.services.extend(entry);
        } else if let Some(open) = table.services.last_mut()
            && let Some(action) = action(line, open)
        {
            table.actions.push(action);
            open.actions.end += 1;
        }
    }
    table
}

fn entry(heading: &'static [u8], before: &Table) -> Option<Entry> {
    let heading = str::from_utf8(heading).ok()?;
    let (prefix, flags) = heading.split_once('\t').unwrap_or((heading, ""));
    Some(Entry {
        service: Service {
            prefix,
            has_resource_control_policies: flags == "r",
        },
        place: u16::try_from(before.services.len()).ok()?,
        actions: before.actions.len()..before.actions.len(),
    })
}

fn action(line: &'static [u8], open: &Entry) -> Option<Action> {
    let tab = line.iter().rposition(|byte| *byte == b'\t')?;
    let (name, [_, level, shape @ ..]) = line.split_at_checked(tab)? else {
        return None;
    };
    Some(Action {
        service: open.service.prefix,
        name: str::from_utf8(name).ok()?,
        level: access_level(*level)?,
        scopable: level.is_ascii_uppercase(),
        place: open.place,
        shape: str::from_utf8(shape).ok()?.parse().ok()?,
    })
}

fn access_level(letter: u8) -> Option<AccessLevel> {
    match letter.to_ascii_lowercase() {
        b'l' => Some(AccessLevel::List),
        b'r' => Some(AccessLevel::Read),
        b't' => Some(AccessLevel::Tagging),
        b'w' => Some(AccessLevel::Write),
        b'p' => Some(AccessLevel::PermissionsManagement),
        _ => None,
    }
}
