//! What stands for the placeholders of a remediation? There are few, and very many findings: a row takes a third of a map's room.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};

/// Values by the names of placeholders, in the order of the names.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(from = "BTreeMap<String, String>")]
pub struct Fill(Vec<(String, String)>);

impl Fill {
    /// The value of a placeholder.
    pub fn get(&self, placeholder: &str) -> Option<&String> {
        let place = self.place(placeholder).ok()?;
        self.0.get(place).map(|(_, value)| value)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives a placeholder its value, the last one if it had one before.
    pub fn insert(&mut self, placeholder: &str, value: String) {
        match self.place(placeholder) {
            Ok(place) => self
                .0
                .iter_mut()
                .skip(place)
                .take(1)
                .for_each(|(_, old)| value.clone_into(old)),
            Err(place) => self.0.insert(place, (placeholder.to_owned(), value)),
        }
    }

    fn place(&self, placeholder: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(name, _)| name.as_str().cmp(placeholder))
    }
}

impl From<BTreeMap<String, String>> for Fill {
    fn from(map: BTreeMap<String, String>) -> Self {
        Self(map.into_iter().collect())
    }
}

impl Serialize for Fill {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_reads_and_writes_like_a_map() {
        let mut fill = Fill::default();
        for (name, value) in [("b", "1"), ("a", "2"), ("b", "3")] {
            fill.insert(name, value.to_owned());
        }
        assert_eq!(fill.get("b").map(String::as_str), Some("3"));
        assert_eq!(fill.get("c"), None);
        let json = serde_json::to_string(&fill).unwrap();
        assert_eq!(json, r#"{"a":"2","b":"3"}"#);
        assert_eq!(serde_json::from_str::<Fill>(&json).unwrap(), fill);
    }
}
