//! What is told of a finding, for people and for machines.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::place::Place;
use crate::finding::Finding;
use crate::policy::Request;

/// All about one finding.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// Always `lambda-vigil/explain/1`.
    pub schema: &'static str,
    /// The finding, with what shows it and the command that fixes it.
    pub finding: Finding,
    /// The control's title.
    pub title: &'static str,
    /// What an attacker gains, or what breaks.
    pub risk: &'static str,
    /// Why it is accepted, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
    /// The policies that decide; none where no policy is at fault.
    pub documents: Vec<Document>,
    /// A request that shows it, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<Request>,
    /// Why the conditions of the statements do not keep it out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub why_open: Vec<String>,
    /// What would have to change.
    pub change: String,
    /// The replacement of the policies, or why there is none.
    pub replacement: Replacement,
    /// The other functions that run with the role, where it would change, and what that does to each of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub siblings: Vec<Sibling>,
}

/// Another function that runs with the role, judged again with the change.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sibling {
    /// Its ARN.
    pub function: String,
    /// What is found on it then and is not now: also what it would lack of what its own configuration asks for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub opens: Vec<String>,
    /// What its own configuration asks for and the role allows now, and would not then.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub loses: Vec<String>,
    /// What is not known of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub unknown: Vec<String>,
}

/// A policy that decides.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// Where it hangs.
    pub place: Place,
    /// What it says.
    pub document: Value,
    /// The places of the statements that decide, from 0.
    pub deciding: Vec<usize>,
}

/// The replacement of the policies at fault.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Replacement {
    /// No policy is at fault.
    NoPolicy,
    /// Proved to allow nothing new, and to close the finding.
    Narrower(Change),
    /// The finding is about what is denied: it allows more, and was judged to close the finding.
    Wider(Change),
    /// Nothing that was tried is proved.
    Unproved {
        /// Why each that was tried does not do.
        reasons: Vec<String>,
    },
}

/// Policies to put in.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The policies.
    pub policies: Vec<Replaced>,
    /// What of it only its owner can confirm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    /// Findings on the function that open with it, each less bad than the one that it closes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub opens: Vec<String>,
    /// Actions of wildcards that are not allowed any more, where a wildcard was replaced by what of it may stay.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub dropped: Vec<String>,
    /// Actions beside what is needed that a denial that gives way leaves open, and that the function may be allowed then.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub freed: Vec<String>,
}

/// A policy to put in.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Replaced {
    /// Where the old one hangs.
    pub place: Place,
    /// The name of a new policy that takes its place; absent: it keeps its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved: Option<String>,
    /// Whether there is no old one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schemars(default)]
    pub is_new: bool,
    /// The new document; absent: nothing is left of it, and it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<Value>,
    /// The places of the statements that are other than before, from 0.
    pub changed: Vec<usize>,
    /// The file of the document in the commands.
    pub file: String,
    /// The commands that put it in.
    pub command: String,
    /// A request that tells the old document from the new one: allowed by the old one alone, or by the new one where it
    /// allows more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Request>,
}
