//! Prints the schemas of what goes in and out; each is made from the type that is read or written.

use std::io::Write;

use anyhow::Result;
use lambda_vigil::memory::Recorded;
use lambda_vigil::policy::{self, simulate};
use lambda_vigil::report::{CheckLine, DigestDocument, EventDetail, Line, NoticeDocument};
use lambda_vigil::settings::Settings;

use super::network::NetworkDocument;
use super::policy::{ExposureDocument, RoleDocument};
use super::{Document, Exit};

/// Prints one schema.
pub(super) fn print(document: Document) -> Result<Exit> {
    let schema = match document {
        Document::Replay => schemars::schema_for!(Line<'_>),
        Document::Check => schemars::schema_for!(CheckLine<'_>),
        Document::Snapshot => schemars::schema_for!(Recorded),
        Document::Settings => schemars::schema_for!(Settings),
        Document::Digest => schemars::schema_for!(DigestDocument<'_>),
        Document::Event => schemars::schema_for!(EventDetail<'_>),
        Document::Notice => schemars::schema_for!(NoticeDocument<'_>),
        Document::Explain => schemars::schema_for!(lambda_vigil::explain::Explanation),
        Document::Network => schemars::schema_for!(NetworkDocument<'_>),
        Document::Compare => schemars::schema_for!(policy::Comparison),
        Document::Exposure => schemars::schema_for!(ExposureDocument),
        Document::Role => schemars::schema_for!(RoleDocument),
        Document::SimulateCase => schemars::schema_for!(simulate::CaseDocument),
        Document::SimulateAnswer => schemars::schema_for!(simulate::Entry),
    };
    writeln!(anstream::stdout().lock(), "{}", serde_json::to_string_pretty(&schema)?)?;
    Ok(Exit::Clean)
}
