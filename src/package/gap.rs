//! Why was a package, or a part of it, not inspected?

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was not inspected. Names are printable and cut.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "why", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Gap {
    /// The function runs a container image.
    ContainerImage,
    /// The download or file is larger than what is read.
    Compressed {
        /// How many bytes are read at most.
        most: u64,
    },
    /// The members unpack to more than what is unpacked.
    Inflated {
        /// How many bytes are unpacked at most.
        most: u64,
    },
    /// There are more members than are looked at.
    Entries {
        /// How many there are said to be.
        entries: u64,
        /// How many are looked at.
        most: u64,
    },
    /// A member unpacks to many times its size: an archive made to fill a disk.
    Ratio {
        /// The member.
        member: String,
        /// How many times are accepted.
        most: u64,
    },
    /// More lines than are looked at closely look like credentials.
    Looks {
        /// How many are looked at.
        most: u64,
    },
    /// More finds than are listed.
    Finds {
        /// How many are listed.
        most: u64,
    },
    /// Members are encrypted.
    Encrypted {
        /// How many.
        members: u64,
        /// The first of them.
        first: String,
    },
    /// Members are packed by another method than deflate.
    Method {
        /// How many.
        members: u64,
        /// The first of them.
        first: String,
    },
    /// Members are archives.
    Nested {
        /// How many.
        members: u64,
        /// The first of them.
        first: String,
    },
    /// The archive is not what it says, or ends before it should.
    Broken {
        /// What is wrong with it.
        detail: String,
    },
    /// It could not be fetched.
    NotFetched {
        /// What stood in the way.
        detail: String,
    },
}

impl fmt::Display for Gap {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ContainerImage => out.write_str("a container image"),
            Self::Compressed { most } => write!(out, "more than {most} bytes"),
            Self::Inflated { most } => write!(out, "what follows {most} unpacked bytes"),
            Self::Entries { entries, most } => write!(out, "{entries} entries, more than {most}"),
            Self::Ratio { member, most } => {
                write!(
                    out,
                    "`{member}` and what follows: it unpacks to more than {most} times its size"
                )
            }
            Self::Looks { most } => write!(out, "what follows {most} lines that look like credentials"),
            Self::Finds { most } => write!(out, "what follows {most} finds"),
            Self::Encrypted { members, first } => write!(out, "{members} encrypted members, the first is `{first}`"),
            Self::Method { members, first } => {
                write!(out, "{members} members not packed by deflate, the first is `{first}`")
            }
            Self::Nested { members, first } => write!(out, "{members} archives inside, the first is `{first}`"),
            Self::Broken { detail } => write!(out, "the archive is broken: {detail}"),
            Self::NotFetched { detail } => write!(out, "the package was not fetched: {detail}"),
        }
    }
}
