//! How does an embedded table get out of its archive, and what is known about its making?

use std::io::Read;

use flate2::bufread::GzDecoder;
use jiff::civil::Date;

/// A published package that a table was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Package {
    /// Its name in its registry.
    pub name: &'static str,
    /// The version that was read.
    pub version: &'static str,
    /// The SPDX id of its licence; the notices stand in `data/NOTICE`.
    pub licence: &'static str,
    /// The day of its newest content (UTC).
    pub date: Date,
    /// The SHA-256 of the archive that was read, in hexadecimal digits.
    pub sha256: &'static str,
}

/// How many entries the tables hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// IAM service prefixes.
    pub services: usize,
    /// Actions of all services.
    pub actions: usize,
    /// Resource types of all services.
    pub resource_types: usize,
    /// Distinct condition keys.
    pub condition_keys: usize,
    /// Services that evaluate resource control policies.
    pub rcp_services: usize,
    /// Current AWS managed policies.
    pub managed_policies: usize,
    /// VPC endpoint services, those for FIPS 140 not counted.
    pub endpoints: usize,
    /// Service prefixes whose endpoints follow from the names alone.
    pub services_with_endpoints: usize,
}

/// One embedded archive.
#[derive(Clone, Copy)]
pub struct File {
    /// Its name in the folder `data`.
    pub name: &'static str,
    /// The size of the archive in bytes.
    pub bytes: usize,
    /// The size of its content in bytes.
    pub unpacked: usize,
    /// The SHA-256 of the archive, in hexadecimal digits.
    pub sha256: &'static str,
    pub(super) packed: &'static [u8],
}

impl File {
    /// The content. The archives are ours and a test compares their checksums, so a damaged one is an empty table here, not an error.
    pub(super) fn content(&self) -> Vec<u8> {
        let mut content = Vec::with_capacity(self.unpacked);
        let bound = u64::try_from(self.unpacked).unwrap_or(u64::MAX);
        match GzDecoder::new(self.packed).take(bound).read_to_end(&mut content) {
            Ok(_) => content,
            Err(_) => Vec::new(),
        }
    }

    /// As [`File::content`], of a table that is text.
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.content()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use sha2::{Digest, Sha256};

    use super::File;
    use crate::facts::manifest::{ACTIONS, DOCUMENTS, ENDPOINTS, KEYS, POLICIES, RESOURCES};

    const FILES: &[File] = &[ACTIONS, DOCUMENTS, ENDPOINTS, KEYS, POLICIES, RESOURCES];

    #[test]
    fn the_archives_are_those_of_the_manifest() {
        for file in FILES {
            let digest = Sha256::digest(file.packed)
                .iter()
                .fold(String::new(), |mut text, byte| {
                    let _ = write!(text, "{byte:02x}");
                    text
                });
            assert_eq!(digest, file.sha256, "`{}`: run `src/facts/data/generate.py`", file.name);
            assert_eq!(file.packed.len(), file.bytes, "{}", file.name);
            assert_eq!(file.content().len(), file.unpacked, "{}", file.name);
        }
    }

    #[test]
    fn all_archives_together_stay_small() {
        let size: usize = FILES.iter().map(|file| file.bytes).sum();
        assert!(size <= 600_000, "{size} bytes");
    }

    #[test]
    fn a_damaged_archive_is_an_empty_table() {
        let damaged = File {
            packed: b"no archive",
            ..KEYS
        };
        assert!(damaged.content().is_empty() && damaged.text().is_empty());
    }

    #[test]
    fn no_more_is_unpacked_than_the_manifest_says() {
        let bounded = File { unpacked: 10, ..KEYS };
        assert_eq!(bounded.content().len(), 10);
    }
}
