//! Which values are at hand in memory, as far as there is room? What had to go is worked out or read again as it is needed.

use std::collections::HashMap;
use std::io;

use foldhash::fast::RandomState;
use serde::Serialize;

/// What an entry takes beside its key and its value.
const ENTRY: usize = 128;

/// Values by key, with what they weigh together.
#[derive(Debug)]
pub struct Kept<T> {
    values: HashMap<String, (T, usize), RandomState>,
    weight: usize,
    room: usize,
}

impl<T> Kept<T> {
    /// Room for so many bytes.
    pub fn with_room_for(bytes: usize) -> Self {
        Self {
            values: HashMap::default(),
            weight: 0,
            room: bytes,
        }
    }

    /// How many bytes there is room for.
    pub fn room(&self) -> usize {
        self.room
    }

    /// The value of a key, if it is at hand.
    pub fn get(&self, key: &str) -> Option<&T> {
        self.values.get(key).map(|(value, _)| value)
    }

    /// Keeps a value of so many bytes. Where there is no room the others go.
    pub fn put(&mut self, key: &str, value: T, bytes: usize) {
        self.forget(key);
        let weight = bytes.saturating_add(key.len() + ENTRY);
        if weight > self.room {
            return;
        }
        if self.weight + weight > self.room {
            self.clear();
        }
        self.weight += weight;
        self.values.insert(key.to_owned(), (value, weight));
    }

    /// Another value of the same weight.
    pub fn replace(&mut self, key: &str, value: T) {
        if let Some((known, _)) = self.values.get_mut(key) {
            *known = value;
        }
    }

    /// The value of a key is not known any more.
    pub fn forget(&mut self, key: &str) {
        if let Some((_, weight)) = self.values.remove(key) {
            self.weight -= weight;
        }
    }

    /// No value is known any more.
    pub fn clear(&mut self) {
        self.values.clear();
        self.weight = 0;
    }
}

/// How many bytes a value takes where it is written, which is about what it takes in memory; more than there is room for
/// where that is so, which is not counted to its end.
pub fn weight(value: &impl Serialize, room: usize) -> usize {
    let mut counted = Counted { bytes: 0, room };
    serde_json::to_writer(&mut counted, value).map_or(usize::MAX, |()| counted.bytes)
}

struct Counted {
    bytes: usize,
    room: usize,
}

impl io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes += bytes.len();
        if self.bytes > self.room {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_counts_and_they_are_never_too_heavy() {
        let mut kept = Kept::with_room_for(3 * (ENTRY + 100));
        for (key, value) in [("a", 1), ("b", 2), ("a", 3)] {
            kept.put(key, value, 90);
        }
        assert_eq!((kept.get("a"), kept.get("b")), (Some(&3), Some(&2)));
        kept.put("c", 4, 90);
        assert_eq!(kept.get("b"), Some(&2), "there is room for three");
        kept.put("d", 5, 200);
        assert_eq!((kept.get("a"), kept.get("d")), (None, Some(&5)));
        kept.put("e", 6, 1000);
        assert_eq!(
            (kept.get("d"), kept.get("e")),
            (Some(&5), None),
            "it would not fit alone"
        );
        kept.replace("d", 7);
        kept.replace("e", 8);
        assert_eq!((kept.get("d"), kept.get("e")), (Some(&7), None));
        kept.forget("d");
        assert_eq!((kept.get("d"), kept.weight), (None, 0));
    }

    #[test]
    fn the_weight_is_that_of_the_text() {
        assert_eq!(weight(&["ab", "c"], 100), r#"["ab","c"]"#.len());
        assert_eq!(weight(&["ab", "c"], 5), usize::MAX);
    }
}
