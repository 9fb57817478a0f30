//! Does Amazon Inspector scan the function's dependencies? Only the sweep asks: what it scans changes without a call.

use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::finding::{Evidence, Severity};
use crate::snapshot::{CoveredResource, Facet};

pub(crate) static CONTROL: Control = Control {
    id: "dependencies-unscanned",
    title: "Nobody looks for vulnerable dependencies",
    layer: Layer::Runtime,
    severity: Severity::Medium,
    reads: &[Facet::Configuration, Facet::Inspection],
    risk: "A published flaw in a library that the function carries stays in it until an attacker finds it: nobody is told.",
    remediation: "aws inspector2 enable --region {region} --resource-types LAMBDA",
    references: &[
        "https://docs.aws.amazon.com/inspector/latest/user/scanning-lambda.html",
        "https://docs.aws.amazon.com/inspector/latest/user/assessing-coverage.html",
    ],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let is_image = context.snapshot.configuration()?.package_type.as_deref() == Some("Image");
    let inspection = context.snapshot.inspection()?;
    if is_image {
        return Err(Unjudged::undecided(
            "Inspector scans a container image in its registry, which is not read",
        ));
    }
    let scans = inspection.covered_resources.iter();
    let scans: Vec<&CoveredResource> = scans.filter(|resource| resource.scan_type == "PACKAGE").collect();
    if scans.iter().any(|scan| scan.scan_status.status_code == "ACTIVE") {
        return Ok(Verdict::default());
    }
    match scans.first() {
        None => Ok(Verdict::of([Evidence::new(
            "Inspector",
            "Inspector does not know the function: Lambda scanning is not switched on",
        )])),
        Some(scan) => by_reason(scan),
    }
}

fn by_reason(scan: &CoveredResource) -> Judged {
    const EXCLUDED: &str =
        "aws lambda untag-resource --region {region} --resource {function_arn} --tag-keys InspectorExclusion";
    const UNUSED: &str = "# Inspector stops with functions that were not called for 90 days: does anyone need it?\n\
         aws lambda delete-function --region {region} --function-name {function}";
    const OTHER: &str = "aws inspector2 list-coverage --region {region} --filter-criteria {filter}";
    let reason = scan.scan_status.reason.as_str();
    let remediation = match reason {
        "PENDING_INITIAL_SCAN" | "SCAN_IN_PROGRESS" => {
            return Err(Unjudged::undecided("Inspector has not finished its first scan"));
        }
        "EXCLUDED_BY_TAG" => EXCLUDED,
        "SCAN_ELIGIBILITY_EXPIRED" => UNUSED,
        _ => OTHER,
    };
    let detail = format!(
        "Inspector does not scan it: {} ({reason})",
        scan.scan_status.status_code
    );
    let name = scan.resource_id.split(':').nth(6).unwrap_or_default();
    let filter = serde_json::json!({"lambdaFunctionName": [{"comparison": "EQUALS", "value": name}]});
    let evidence = Evidence::new("Inspector", detail).fixed_by(remediation);
    Ok(Verdict::of([evidence.fill("filter", filter.to_string())]))
}
