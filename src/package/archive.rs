//! Walks a zip within limits. Entries are taken one by one: an index of them all would cost memory before they can be counted, and would
//! keep only one of two members of a name.

use std::collections::BTreeSet;
use std::io::{self, Read, Seek};

use zip::result::ZipError;
use zip::unstable::read::ZipIterable;
use zip::{CompressionMethod, ZipReadOptions};

use super::content::{self, Looks};
use super::gap::Gap;
use super::member::{Name, printable};
use super::{CodePackage, Secret, Unclean};
use crate::secret::{Lines, Spotted};

/// What an inspection may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the archive.
    pub compressed: u64,
    /// Bytes of all members together.
    pub inflated: u64,
    /// Members.
    pub entries: u64,
    /// Times that a member may unpack to its size.
    pub ratio: u64,
    /// Lines that are looked at closely, since they hold a word that credentials hold.
    pub looks: u32,
    /// Finds of each kind that are listed.
    pub finds: usize,
}

impl Limits {
    /// Lambda itself takes 50 MB by upload and 250 MB unpacked ("Lambda quotas"): so hardly any honest package is larger.
    pub const DEFAULT: Self = Self {
        compressed: 50 * 1024 * 1024,
        inflated: 250 * 1024 * 1024,
        entries: 10_000,
        ratio: 100,
        looks: 200_000,
        finds: 100,
    };
}

/// A small member may repeat itself without harm: the table of a language's letters, an empty picture.
const RATIO_COUNTS_FROM: u64 = 1024 * 1024;

pub(super) fn inspect<R: Read + Seek>(archive: R, size: u64, limits: &Limits) -> CodePackage {
    if size > limits.compressed {
        return CodePackage::none(Gap::Compressed {
            most: limits.compressed,
        });
    }
    let mut walk = Walk {
        limits,
        inflated: 0,
        looks: Looks { left: limits.looks },
        unclean: BTreeSet::new(),
        secrets: BTreeSet::new(),
        skipped: [Skipped::default(), Skipped::default(), Skipped::default()],
        gaps: BTreeSet::new(),
    };
    if let Err(gap) = walk.run(archive) {
        walk.gaps.insert(gap);
    }
    walk.finish()
}

struct Walk<'a> {
    limits: &'a Limits,
    inflated: u64,
    looks: Looks,
    unclean: BTreeSet<Unclean>,
    secrets: BTreeSet<Secret>,
    /// Encrypted ones, those of another method, archives.
    skipped: [Skipped; 3],
    gaps: BTreeSet<Gap>,
}

#[derive(Default)]
struct Skipped {
    members: u64,
    first: String,
}

#[derive(Clone, Copy)]
enum Skip {
    Encrypted = 0,
    Method = 1,
    Nested = 2,
}

impl Walk<'_> {
    fn run<R: Read + Seek>(&mut self, archive: R) -> Result<(), Gap> {
        let archive = ZipIterable::try_new(archive, zip::read::Config::default()).map_err(|error| broken(&error))?;
        let entries = u64::try_from(archive.len()).unwrap_or(u64::MAX);
        if entries > self.limits.entries {
            return Err(Gap::Entries {
                entries,
                most: self.limits.entries,
            });
        }
        // Two directories that disagree hide a member from one reader or the other.
        let mut archive = archive.enforce_header_consistency(true);
        let files = archive.files().map_err(|error| broken(&error))?;
        while let Some(entry) = files.next() {
            let entry = entry.map_err(|error| broken(&error))?;
            let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
            self.note_name(&name);
            if entry.is_dir() || self.is_skipped(&name, entry.encrypted(), entry.compression()) {
                continue;
            }
            let packed = entry.compressed_size();
            let member = entry.with_reader(files.reader_mut(), ZipReadOptions::new());
            self.read(&name, packed, member.map_err(|error| broken(&error))?)?;
        }
        Ok(())
    }

    fn note_name(&mut self, name: &str) {
        let Some((what, place)) = Name::of(name).litter() else {
            return;
        };
        let unclean = Unclean { place, what };
        if self.unclean.len() < self.limits.finds || self.unclean.contains(&unclean) {
            self.unclean.insert(unclean);
        } else {
            self.note_too_many();
        }
    }

    fn is_skipped(&mut self, name: &str, is_encrypted: bool, method: CompressionMethod) -> bool {
        let skip = if is_encrypted {
            Skip::Encrypted
        } else if !matches!(method, CompressionMethod::Stored | CompressionMethod::Deflated) {
            Skip::Method
        } else if Name::of(name).is_archive() {
            Skip::Nested
        } else {
            return false;
        };
        if let Some(skipped) = self.skipped.get_mut(skip as usize) {
            skipped.members += 1;
            if skipped.members == 1 {
                skipped.first = printable(name);
            }
        }
        true
    }

    /// Reads a member to its end or to a limit: what the directory says about its size is not believed.
    fn read(&mut self, name: &str, packed: u64, member: impl Read) -> Result<(), Gap> {
        let left = self.limits.inflated - self.inflated;
        let by_ratio = packed.saturating_mul(self.limits.ratio).max(RATIO_COUNTS_FROM);
        let mut bounded = Bounded {
            member,
            left: left.min(by_ratio),
            read: 0,
        };
        let of_name = Name::of(name);
        let lines = if of_name.is_assignments() {
            Lines::of_assignments()
        } else {
            Lines::default()
        };
        let outcome = content::search(&mut bounded, lines, &mut self.looks);
        let (read, is_at_limit) = (bounded.read, bounded.left == 0);
        self.inflated += read;
        match outcome {
            Ok(found) => {
                self.note_secret(name, &of_name, found);
                Ok(())
            }
            Err(_) if is_at_limit && left <= by_ratio => Err(Gap::Inflated {
                most: self.limits.inflated,
            }),
            Err(_) if is_at_limit => Err(Gap::Ratio {
                member: printable(name),
                most: self.limits.ratio,
            }),
            Err(error) => Err(Gap::Broken {
                detail: format!("`{}`: {}", printable(name), printable(&error.to_string())),
            }),
        }
    }

    fn note_secret(&mut self, name: &str, of_name: &Name<'_>, found: Option<Spotted>) {
        let Some(found) = found else { return };
        if self.secrets.len() >= self.limits.finds {
            return self.note_too_many();
        }
        self.secrets.insert(Secret {
            member: printable(name),
            line: found.line,
            detector: found.detector.to_owned(),
            confidence: found.confidence,
            vendored: of_name.is_vendored(),
        });
    }

    fn note_too_many(&mut self) {
        let most = u64::try_from(self.limits.finds).unwrap_or(u64::MAX);
        self.gaps.insert(Gap::Finds { most });
    }

    fn finish(mut self) -> CodePackage {
        if self.looks.left == 0 {
            self.gaps.insert(Gap::Looks {
                most: u64::from(self.limits.looks),
            });
        }
        let [encrypted, method, nested] = self.skipped;
        let gap = |skipped: Skipped, make: fn(u64, String) -> Gap| {
            (skipped.members > 0).then(|| make(skipped.members, skipped.first))
        };
        let skipped = [
            gap(encrypted, |members, first| Gap::Encrypted { members, first }),
            gap(method, |members, first| Gap::Method { members, first }),
            gap(nested, |members, first| Gap::Nested { members, first }),
        ];
        self.gaps.extend(skipped.into_iter().flatten());
        CodePackage {
            unclean: self.unclean.into_iter().collect(),
            secrets: self.secrets.into_iter().collect(),
            not_inspected: self.gaps.into_iter().collect(),
        }
    }
}

fn broken(error: &ZipError) -> Gap {
    Gap::Broken {
        detail: printable(&error.to_string()),
    }
}

/// Fails where a limit is reached and there is more to read.
struct Bounded<R> {
    member: R,
    left: u64,
    read: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            let is_at_end = self.member.read(&mut [0])? == 0;
            return if is_at_end {
                Ok(0)
            } else {
                Err(io::ErrorKind::FileTooLarge.into())
            };
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.member.read(buffer.get_mut(..most).unwrap_or_default())?;
        let bytes = u64::try_from(read).unwrap_or(u64::MAX);
        self.left -= bytes;
        self.read += bytes;
        Ok(read)
    }
}
