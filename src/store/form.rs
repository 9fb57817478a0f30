//! How is what is kept written? As JSON, deflated where that pays; and what another release wrote is read as far as it goes.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::waiting::News;
use crate::monitor::{Coverage, Dependency, FunctionState};
use crate::snapshot::Facts;

/// The first byte: what follows is JSON.
const PLAIN: u8 = b'j';
/// The first byte: what follows is JSON, deflated.
const DEFLATED: u8 = b'z';
/// Shorter ones are cheap as they are.
const WORTH_DEFLATING: usize = 700;
/// Far more than a function with thousands of versions has; what claims to be larger was not written here.
const LONGEST: u64 = 64 << 20;
/// Without its types JSON takes up to sixteen times its length in memory: no more of it is searched for what can still be read.
const LONGEST_UNTYPED: usize = 16 << 20;
/// Tables take longer keys, but not by much.
const LONGEST_KEY: usize = 900;

/// What can be written and read back.
pub(crate) trait Written: Sized {
    /// As bytes.
    fn write(&self) -> Result<Vec<u8>, String>;
    /// From bytes.
    fn read(bytes: &[u8]) -> Result<Self, String>;
}

impl Written for FunctionState {
    fn write(&self) -> Result<Vec<u8>, String> {
        packed(self)
    }

    /// A facet that cannot be read is read anew from AWS; findings and notices cannot be, so nothing is read without them.
    fn read(bytes: &[u8]) -> Result<Self, String> {
        let json = unpacked(bytes)?;
        parsed(&json).or_else(|_| {
            let mut state: Map<String, Value> = untyped(&json)?;
            let facts = state.remove("facts").unwrap_or_default();
            let state: Self = serde_json::from_value(Value::Object(state)).map_err(|error| error.to_string())?;
            let facts = readable(facts)?;
            Ok(Self { facts, ..state })
        })
    }
}

impl Written for Facts {
    fn write(&self) -> Result<Vec<u8>, String> {
        packed(self)
    }

    fn read(bytes: &[u8]) -> Result<Self, String> {
        let json = unpacked(bytes)?;
        parsed(&json).or_else(|_| untyped(&json).and_then(readable))
    }
}

impl Written for News {
    fn write(&self) -> Result<Vec<u8>, String> {
        packed(self)
    }

    fn read(bytes: &[u8]) -> Result<Self, String> {
        parsed(&unpacked(bytes)?)
    }
}

impl Written for Coverage {
    fn write(&self) -> Result<Vec<u8>, String> {
        packed(self)
    }

    fn read(bytes: &[u8]) -> Result<Self, String> {
        parsed(&unpacked(bytes)?)
    }
}

/// The name of a dependency among the rows.
pub(crate) fn row_key(dependency: &Dependency) -> Result<String, String> {
    let key = serde_json::to_string(dependency).map_err(|error| error.to_string())?;
    if key.len() <= LONGEST_KEY {
        return Ok(key);
    }
    Ok(format!("sha256:{:x}", Sha256::digest(&key)))
}

fn packed<T: Serialize>(value: &T) -> Result<Vec<u8>, String> {
    let json = serde_json::to_vec(value).map_err(|error| error.to_string())?;
    let mut bytes = Vec::with_capacity(json.len().min(WORTH_DEFLATING) + 1);
    if json.len() < WORTH_DEFLATING {
        bytes.push(PLAIN);
        bytes.extend(json);
        return Ok(bytes);
    }
    bytes.push(DEFLATED);
    let mut encoder = DeflateEncoder::new(bytes, Compression::fast());
    let written = encoder.write_all(&json).and_then(|()| encoder.finish());
    written.map_err(|error| error.to_string())
}

fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, String> {
    match bytes.split_first() {
        Some((&PLAIN, json)) => Ok(json.to_vec()),
        Some((&DEFLATED, deflated)) => {
            let mut json = Vec::new();
            let mut decoder = DeflateDecoder::new(deflated).take(LONGEST + 1);
            let length = decoder.read_to_end(&mut json).map_err(|error| error.to_string())?;
            if length as u64 > LONGEST {
                return Err(format!("it is larger than {} MiB", LONGEST >> 20));
            }
            Ok(json)
        }
        Some((other, _)) => Err(format!(
            "it begins with the byte {other:#04x}, which no release has written"
        )),
        None => Err("it is empty".to_owned()),
    }
}

fn parsed<T: DeserializeOwned>(json: &[u8]) -> Result<T, String> {
    serde_json::from_slice(json).map_err(|error| error.to_string())
}

/// What has no form of this release.
fn untyped<T: DeserializeOwned>(json: &[u8]) -> Result<T, String> {
    if json.len() > LONGEST_UNTYPED {
        return Err(format!(
            "another release wrote it, and it is larger than {} MiB",
            LONGEST_UNTYPED >> 20
        ));
    }
    parsed(json)
}

/// The facets whose form is known.
fn readable(facts: Value) -> Result<Facts, String> {
    let Value::Object(readings) = facts else {
        return Err("the facts are no object, which no release has written".to_owned());
    };
    let mut known = Facts::default();
    for (facet, reading) in readings {
        let one = Value::Object(Map::from_iter([(facet, reading)]));
        if let Ok(facts) = serde_json::from_value::<Facts>(one) {
            known.merge(facts);
        }
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::history::Record;
    use crate::snapshot::{Facet, Place, Reason};

    fn facts() -> Facts {
        let mut facts = Facts::default();
        for facet in Facet::ALL {
            facts.insert_unreadable(Timestamp::UNIX_EPOCH, facet, Reason::Throttled);
        }
        facts
    }

    #[test]
    fn what_was_written_is_read_short_or_long() {
        for facts in [Facts::default(), facts()] {
            assert_eq!(Facts::read(&facts.write().unwrap()).unwrap(), facts);
        }
        let long = facts().write().unwrap();
        assert_eq!(long[0], DEFLATED);
        assert!(long.len() * 3 < serde_json::to_vec(&facts()).unwrap().len());
    }

    #[test]
    fn a_facet_of_another_release_is_read_anew_and_the_findings_stay() {
        let mut state =
            json!({"version": 7, "facts": facts(), "record": Record { evaluated: true, ..Record::default() }});
        let known = Facet::ALL.len();
        state["facts"]["of-a-later-release"] = json!({"At": "2026-11-02T10:00:00Z", "Outcome": {"Read": 1}});
        state["facts"]["resource-policies"]["Outcome"] = json!({"Read": {"of-a-later-release": 1}});
        let bytes = packed(&state).unwrap();
        let read = FunctionState::read(&bytes).unwrap();
        assert_eq!((read.version, read.record.evaluated), (7, true));
        assert_eq!(read.facts.iter().count(), known - 1);
        assert_eq!(read.facts.reading(Facet::ResourcePolicies), None);

        state["record"] = json!("of a later release");
        let refused = FunctionState::read(&packed(&state).unwrap()).unwrap_err();
        assert!(refused.contains("of a later release"), "{refused}");
    }

    #[test]
    fn what_nobody_wrote_is_refused() {
        for bytes in [&b""[..], b"x{}", b"j{", b"zzz", b"j[]"] {
            assert!(Facts::read(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn what_another_release_wrote_does_not_become_gigabytes() {
        let row = |count: usize| format!("j{{\"facts\":{{\"x\":[{}[]]}}}}", "[],".repeat(count));
        assert_eq!(FunctionState::read(row(1_000).as_bytes()), Ok(FunctionState::default()));
        let refused = FunctionState::read(row(6_000_000).as_bytes()).unwrap_err();
        assert!(refused.contains("larger than 16 MiB"), "{refused}");
    }

    #[test]
    fn a_key_is_never_too_long_and_never_anothers() {
        let place = Place {
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
        };
        let layer = |name: &str| row_key(&Dependency::Layer(place.clone(), name.to_owned())).unwrap();
        assert_ne!(layer("a"), layer("b"));
        let long = "x".repeat(5000);
        assert!(layer(&long).len() < LONGEST_KEY);
        assert_ne!(layer(&long), layer(&format!("{long}y")));
    }
}
