//! Of which type are the values of a condition key?

use std::sync::OnceLock;

use super::table;
use crate::facts::glob::Glob;
use crate::facts::manifest::{COUNTS, KEYS};

static TEXT: OnceLock<String> = OnceLock::new();
static TABLE: OnceLock<Table> = OnceLock::new();

/// The type of a key's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyType {
    /// Text.
    String,
    /// An ARN.
    Arn,
    /// True or false.
    Bool,
    /// A number.
    Numeric,
    /// A point in time.
    Date,
    /// An address or a range of them.
    IpAddress,
    /// Any number of texts.
    ArrayOfString,
    /// Any number of ARNs.
    ArrayOfArn,
    /// Any number of truth values.
    ArrayOfBool,
}

impl KeyType {
    /// Whether a request may carry several values, so that only a set operator can judge it.
    pub fn is_multivalued(self) -> bool {
        match self {
            KeyType::ArrayOfString | KeyType::ArrayOfArn | KeyType::ArrayOfBool => true,
            KeyType::String | KeyType::Arn | KeyType::Bool | KeyType::Numeric | KeyType::Date | KeyType::IpAddress => {
                false
            }
        }
    }
}

struct Table {
    keys: Vec<(&'static str, KeyType)>,
    /// The keys that end in a name of the customer's, as globs.
    families: Vec<(Glob, KeyType)>,
}

/// The type of a condition key in any case: `lambda:FunctionArn`, or of a family such as `aws:ResourceTag/team`.
pub fn key_type(key: &str) -> Option<KeyType> {
    let table = get();
    if let Ok(place) = table.keys.binary_search_by(|(own, _)| table::order(own, key)) {
        return table.keys.get(place).map(|(_, kind)| *kind);
    }
    let family = table.families.iter().find(|(glob, _)| glob.matches(key));
    family.map(|(_, kind)| *kind)
}

/// The key of a line of the table.
pub(super) fn numbered(line: usize) -> Option<&'static str> {
    get().keys.get(line).map(|(key, _)| *key)
}

fn get() -> &'static Table {
    TABLE.get_or_init(|| read(TEXT.get_or_init(|| KEYS.text())))
}

fn read(text: &'static str) -> Table {
    let mut keys = Vec::with_capacity(COUNTS.condition_keys);
    keys.extend(text.lines().filter_map(entry));
    let families = keys.iter().filter(|(key, _)| key.contains("${"));
    let families = families.map(|(key, kind)| (family(key), *kind)).collect();
    Table { keys, families }
}

fn entry(line: &'static str) -> Option<(&'static str, KeyType)> {
    let (key, kind) = line.split_once('\t')?;
    let kind = match kind {
        "String" => KeyType::String,
        "ARN" => KeyType::Arn,
        "Bool" => KeyType::Bool,
        "Numeric" => KeyType::Numeric,
        "Date" => KeyType::Date,
        "IPAddress" => KeyType::IpAddress,
        "ArrayOfString" => KeyType::ArrayOfString,
        "ArrayOfARN" => KeyType::ArrayOfArn,
        "ArrayOfBool" => KeyType::ArrayOfBool,
        _ => return None,
    };
    Some((key, kind))
}

/// `aws:ResourceTag/${TagKey}` as a glob: a placeholder is one character at least.
fn family(key: &str) -> Glob {
    let mut parts = key.split("${");
    let mut pattern = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        pattern.push_str("?*");
        pattern.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    Glob::new(&pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_services_families_and_all_requests_have_types() {
        for (key, kind) in [
            ("lambda:FunctionArn", KeyType::Arn),
            ("LAMBDA:functionurlauthtype", KeyType::String),
            ("aws:SourceArn", KeyType::Arn),
            ("aws:SourceIp", KeyType::IpAddress),
            ("aws:SecureTransport", KeyType::Bool),
            ("aws:CurrentTime", KeyType::Date),
            ("aws:PrincipalOrgPaths", KeyType::ArrayOfString),
            ("aws:MultiFactorAuthAge", KeyType::Numeric),
            ("aws:PrincipalTag/team", KeyType::String),
            ("aws:resourcetag/a/b:c", KeyType::String),
            ("kms:EncryptionContext:aws:lambda:FunctionArn", KeyType::String),
            ("codebuild:fileSystemLocations/x.type", KeyType::String),
        ] {
            assert_eq!(key_type(key), Some(kind), "{key}");
        }
    }

    #[test]
    fn what_is_no_key_has_no_type() {
        for key in [
            "",
            "aws:",
            "aws:ResourceTag/",
            "lambda:Nothing",
            "aws:SourceArn ",
            "nobody:Key",
        ] {
            assert_eq!(key_type(key), None, "`{key}`");
        }
    }

    #[test]
    fn the_table_is_whole_and_in_the_order_that_it_is_searched_in() {
        let keys = &get().keys;
        assert_eq!(keys.len(), COUNTS.condition_keys);
        for (key, kind) in keys {
            assert_eq!(key_type(key), Some(*kind), "{key}");
        }
        assert!(keys.iter().any(|(_, kind)| kind.is_multivalued()));
    }
}
