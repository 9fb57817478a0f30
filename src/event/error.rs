//! Why can an input not be read, and what is the next step?

/// An input that says nothing that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// More text than any event has.
    #[error("the event has {length} bytes, and at most {longest} are read; split the log file, or pass single records")]
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The bound in bytes.
        longest: usize,
    },
    /// Deeper than any event is.
    #[error(
        "the event nests more than {deepest} levels at line {line}, column {column}, which no AWS event does; check where it comes from"
    )]
    TooDeep {
        /// The bound.
        deepest: usize,
        /// Where it is exceeded, from 1.
        line: usize,
        /// Where in the line, from 1.
        column: usize,
    },
    /// Not JSON.
    #[error("the event is not JSON at line {line}, column {column}: {reason}; check that the text is whole")]
    Syntax {
        /// Where, from 1.
        line: usize,
        /// Where in the line, from 1.
        column: usize,
        /// What the parser says.
        reason: String,
    },
    /// A member that is missing or of the wrong kind.
    #[error("`{path}` {reason}; compare with the samples in `events/`")]
    Field {
        /// Path from the top of the input.
        path: String,
        /// Such as `is missing`.
        reason: String,
    },
    /// An envelope that no AWS service sent.
    #[error("the event comes from `{from}`, and only AWS services (`aws.…`) report calls; let the rule match `source`")]
    ForeignSource {
        /// The envelope's `source`.
        from: String,
    },
    /// A queue message that holds queue messages.
    #[error("the body of a queue message is a batch of queue messages itself; pass the inner batch")]
    NestedBatch,
    /// JSON, but none of the known forms.
    #[error(
        "{what} is no EventBridge event, CloudTrail record, CloudTrail log file, queue batch or message of the monitor; compare with the samples in `events/`"
    )]
    Unrecognized {
        /// What it looks like.
        what: String,
    },
}

impl EventError {
    /// A member that is missing or of the wrong kind.
    pub(super) fn field(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Field {
            path: path.into(),
            reason: reason.into(),
        }
    }

    /// The same error, seen from the input that holds the faulty part.
    pub(super) fn within(self, place: &str) -> Self {
        match self {
            Self::Field { path, reason } if !place.is_empty() => {
                let path = if path.is_empty() {
                    place.to_owned()
                } else {
                    format!("{place}.{path}")
                };
                Self::Field { path, reason }
            }
            other => other,
        }
    }
}

/// A text of the sender, short and without control characters, for a message.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}
