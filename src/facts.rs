//! What does AWS say today that its API does not? Dated tables, each with the source and the day it was read.
//!
//! A table is data that goes stale: it carries its [`Source`], and who judges with it can say how old the knowledge is.

use jiff::civil::Date;

pub mod actions;
pub mod data_access;
pub mod endpoints;
pub mod escalation;
mod glob;
pub mod helpers;
pub mod invocation;
pub mod layers;
pub mod managed_policies;
pub mod manifest;
pub mod needs;
mod packed;
pub mod runtimes;

pub use packed::{Counts, File, Package};

/// Where a table comes from and the day its content was true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// The publication, as a reader would look for it.
    pub name: &'static str,
    /// The page that AWS keeps for the same facts.
    pub page: &'static str,
    /// The day of the copied content (UTC).
    pub date: Date,
}

/// The provenance of every table in this folder.
pub const SOURCES: &[Source] = &[
    actions::SOURCE,
    data_access::SOURCE,
    endpoints::SOURCE,
    escalation::SOURCE,
    helpers::SOURCE,
    invocation::SOURCE,
    layers::SOURCE,
    managed_policies::SOURCE,
    needs::SOURCE,
    runtimes::SOURCE,
];

#[cfg(test)]
mod tests {
    use super::SOURCES;

    #[test]
    fn every_table_names_its_source_and_a_real_day() {
        for source in SOURCES {
            assert!(
                !source.name.is_empty() && source.page.starts_with("https://docs.aws.amazon.com/"),
                "{source:?}"
            );
            let written = source.date.to_string();
            let read: jiff::civil::Date = written.parse().expect("the date reads back");
            assert_eq!(read, source.date);
            assert!(source.date.year() >= 2026, "{} is older than the project", source.name);
        }
    }
}
