//! Which values of the file are also at hand in memory, as it has them? Reading one anew means to inflate and to parse it.

use std::collections::HashMap;

use foldhash::fast::RandomState;

/// Values by key; a file is one process's at a time, so nobody else changes what stands behind them.
#[derive(Debug)]
pub(super) struct Kept<T> {
    values: HashMap<String, T, RandomState>,
    most: usize,
}

impl<T: Clone> Kept<T> {
    /// Room for so many.
    pub(super) fn with_room_for(most: usize) -> Self {
        Self {
            values: HashMap::default(),
            most,
        }
    }

    /// The value of a key, if it is at hand.
    pub(super) fn get(&self, key: &str) -> Option<T> {
        self.values.get(key).cloned()
    }

    /// Keeps a value. Where there is no room the others go: they are read again as they are needed.
    pub(super) fn put(&mut self, key: &str, value: T) {
        if let Some(known) = self.values.get_mut(key) {
            *known = value;
            return;
        }
        if self.values.len() >= self.most {
            self.values.clear();
        }
        self.values.insert(key.to_owned(), value);
    }

    /// What stands in the file is not known any more.
    pub(super) fn forget(&mut self, key: &str) {
        self.values.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_counts_and_there_are_never_too_many() {
        let mut kept = Kept::with_room_for(2);
        kept.put("a", 1);
        kept.put("b", 2);
        kept.put("a", 3);
        assert_eq!((kept.get("a"), kept.get("b")), (Some(3), Some(2)));
        kept.put("c", 4);
        assert_eq!((kept.get("a"), kept.get("c")), (None, Some(4)));
        kept.forget("c");
        assert_eq!(kept.get("c"), None);
    }
}
