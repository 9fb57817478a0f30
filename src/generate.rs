//! Which texts follow from the registry and the facets? Made here, put between markers by `vigil generate`, compared by a test.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::controls;
use crate::snapshot::{Facet, Occasion};

mod block;
mod rules;

pub use block::{BLOCKS, Block, GenerateError, refreshed};
pub use rules::{forwarding_rules, rule_arns, rules};

/// The controls as a Markdown table.
pub fn control_table() -> String {
    let mut table = String::from("| Control | Severity | Layer | Fails when |\n|---|---|---|---|\n");
    let mut rows: Vec<_> = controls::ALL
        .iter()
        .map(|control| (control.layer, control.id, control))
        .collect();
    rows.sort_by_key(|(layer, id, _)| (*layer, *id));
    for (layer, id, control) in rows {
        let _ = writeln!(
            table,
            "| `{id}` | {} | {} | {} |",
            control.severity,
            layer.label(),
            control.title
        );
    }
    table
}

/// The monitor's read permissions as items of an IAM statement's `Action`.
pub fn read_permissions() -> String {
    items(needed())
}

/// The same of the role by which member accounts are read, by `vigil scan` too.
pub fn reader_permissions() -> String {
    items(reads())
}

fn items(actions: BTreeSet<&str>) -> String {
    actions
        .into_iter()
        .fold(String::new(), |text, action| text + "- " + action + "\n")
}

/// All reads, with those that only spare calls.
pub fn reads() -> BTreeSet<&'static str> {
    needed().into_iter().chain(SURVEY_READS).collect()
}

/// Those without which something is not judged.
pub fn needed() -> BTreeSet<&'static str> {
    // What is read on request only has a permission of its own in the template, under a condition.
    let always = Facet::ALL
        .into_iter()
        .filter(|facet| facet.occasion() != Occasion::Request);
    let facets = always.flat_map(|facet| facet.read_by().iter().copied());
    facets.chain(INVENTORY_READS).collect()
}

/// What finding the affected functions needs, beside the facets.
const INVENTORY_READS: [&str; 2] = ["lambda:ListFunctions", "iam:ListEntitiesForPolicy"];

/// What spares `vigil scan` calls for each function and role. Without one of these it reads them one by one.
const SURVEY_READS: [&str; 4] = [
    "iam:GetAccountAuthorizationDetails",
    "lambda:ListCodeSigningConfigs",
    "lambda:ListFunctionsByCodeSigningConfig",
    "tag:GetResources",
];
