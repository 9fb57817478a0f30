//! Has Amazon Inspector open findings of high or critical severity on the function? Only the sweep asks: a flaw is published without
//! a call.

use std::cmp::Reverse;

use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::finding::{Evidence, Severity};
use crate::snapshot::{Facet, InspectorFinding, PackageVulnerability};

pub(crate) static CONTROL: Control = Control {
    id: "dependencies-vulnerable",
    title: "The function carries vulnerable dependencies",
    layer: Layer::Runtime,
    severity: Severity::High,
    reads: &[Facet::Inspection],
    risk: "The flaw is public, and often the way to use it, too: whoever can send the function input may run code with its role.",
    remediation: "aws inspector2 list-findings --region {region} --filter-criteria {filter}\n\
                  # take the fixed versions into the package and deploy it; a layer needs a new version, too",
    references: &["https://docs.aws.amazon.com/inspector/latest/user/findings-understanding.html"],
    evaluate,
};

/// How many findings are told in words.
const TOLD: usize = 3;

fn evaluate(context: &Context<'_>) -> Judged {
    let inspection = context.snapshot.inspection()?;
    let mut scans = inspection.covered_resources.iter();
    if !scans.any(|scan| scan.scan_status.status_code == "ACTIVE") && inspection.findings.is_empty() {
        return Err(Unjudged::undecided("Inspector does not scan the function"));
    }
    let mut worst: Vec<&InspectorFinding> = inspection.findings.iter().filter(|finding| is_grave(finding)).collect();
    worst.sort_by_cached_key(|finding| (Reverse(rank(finding)), name(finding).to_owned()));
    let name = context.snapshot.function.name();
    Ok(Verdict::of((!worst.is_empty()).then(|| evidence(&worst, name))))
}

fn is_grave(finding: &InspectorFinding) -> bool {
    matches!(finding.severity.as_str(), "CRITICAL" | "HIGH")
}

fn rank(finding: &InspectorFinding) -> (bool, bool) {
    (
        finding.severity == "CRITICAL",
        finding.exploit_available.as_deref() == Some("YES"),
    )
}

fn name(finding: &InspectorFinding) -> &str {
    let vulnerability = finding.package_vulnerability_details.as_ref();
    let id = vulnerability.map(|details| details.vulnerability_id.as_str());
    id.or(finding.title.as_deref()).unwrap_or("a finding without a name")
}

fn evidence(worst: &[&InspectorFinding], function: &str) -> Evidence {
    let critical = worst.iter().filter(|finding| finding.severity == "CRITICAL").count();
    let high = worst.len() - critical;
    let told: Vec<String> = worst.iter().take(TOLD).map(|finding| told(finding)).collect();
    let detail = format!(
        "{critical} critical and {high} high findings, worst first: {}",
        told.join("; ")
    );
    let equal = |value: &str| serde_json::json!([{"comparison": "EQUALS", "value": value}]);
    let filter = serde_json::json!({"lambdaFunctionName": equal(function), "findingStatus": equal("ACTIVE")});
    Evidence::new("Inspector", detail).fill("filter", filter.to_string())
}

fn told(finding: &InspectorFinding) -> String {
    let exploit = if rank(finding).1 { ", exploit known" } else { "" };
    let packages = finding.package_vulnerability_details.as_ref();
    let packages = packages.map_or_else(String::new, fixed_in);
    format!("{}{packages}{exploit}", name(finding))
}

fn fixed_in(details: &PackageVulnerability) -> String {
    let Some(package) = details.vulnerable_packages.first() else {
        return String::new();
    };
    // So Inspector writes that there is no fixed version yet.
    let fixed = package
        .fixed_in_version
        .as_deref()
        .filter(|version| *version != "NotAvailable");
    let fixed = fixed.map_or_else(|| "not fixed yet".to_owned(), |version| format!("fixed in {version}"));
    format!(" in {} {}, {fixed}", package.name, package.version)
}
