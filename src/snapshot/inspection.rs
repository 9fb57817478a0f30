//! What Amazon Inspector knows of a function, with the member names of its API.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `ListCoverage` and, where that shows a scan, `ListFindings` of the function.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Inspection {
    /// The function and its versions, once per kind of scan; empty where Inspector is not switched on.
    pub covered_resources: Vec<CoveredResource>,
    /// The active findings of severity high and critical.
    pub findings: Vec<InspectorFinding>,
}

/// A version of the function that Inspector knows of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct CoveredResource {
    /// Its ARN with the version.
    pub resource_id: String,
    /// `PACKAGE` for dependencies, `CODE` for the function's own code; open on purpose.
    pub scan_type: String,
    /// Whether it is scanned, and if not, why.
    pub scan_status: ScanStatus,
}

/// Whether a resource is scanned.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ScanStatus {
    /// `ACTIVE` or `INACTIVE`; open on purpose.
    pub status_code: String,
    /// Such as `SUCCESSFUL` or `UNSUPPORTED_RUNTIME`.
    pub reason: String,
}

/// A finding of Inspector.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct InspectorFinding {
    /// `CRITICAL` or `HIGH`.
    pub severity: String,
    /// Inspector's headline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// `YES` if an exploit is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exploit_available: Option<String>,
    /// What is vulnerable, if it is a dependency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package_vulnerability_details: Option<PackageVulnerability>,
}

/// A vulnerability of dependencies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PackageVulnerability {
    /// Such as `CVE-2026-0001`.
    pub vulnerability_id: String,
    /// The packages that have it.
    pub vulnerable_packages: Vec<VulnerablePackage>,
}

/// A dependency that has a vulnerability.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct VulnerablePackage {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The first version without the vulnerability.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixed_in_version: Option<String>,
}
