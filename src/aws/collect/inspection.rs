//! The inspection facet: whether Amazon Inspector scans a function, and what it found.

use aws_sdk_inspector2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_inspector2::operation::list_coverage::ListCoverageError;
use aws_sdk_inspector2::types::builders::CoverageFilterCriteriaBuilder;
use aws_sdk_inspector2::types::{
    CoverageFilterCriteria, CoverageStringComparison, CoverageStringFilter, CoveredResource as SdkResource,
    FilterCriteria, Finding, StringComparison, StringFilter,
};

use super::{AccountReader, Page, every_page};
use crate::arn::{AccountId, FunctionArn};
use crate::aws::failure::reason;
use crate::monitor::Place;
use crate::snapshot::{
    CoveredResource, Inspection, InspectorFinding, PackageVulnerability, Reason, ScanStatus, Value, VulnerablePackage,
};

/// So Inspector begins to refuse an account in which it is not switched on, with the code of a missing permission.
const SWITCHED_OFF: &str = "nvoking account";

impl AccountReader<'_> {
    /// What is not scanned has no findings to ask for.
    pub(super) async fn inspection(&self, function: &FunctionArn) -> Result<Value, Reason> {
        let covered_resources = self.covered(function).await?;
        let mut findings: Vec<Finding> = Vec::new();
        if !covered_resources.is_empty() {
            let filter = about(function)?;
            findings = every_page(|marker| self.finding_page(function, filter.clone(), marker)).await?;
            findings.retain(|finding| finding.resources.iter().any(|resource| is_of(function, &resource.id)));
        }
        Ok(Value::Inspection(Inspection {
            covered_resources,
            findings: findings.into_iter().map(finding).collect(),
        }))
    }

    async fn covered(&self, function: &FunctionArn) -> Result<Vec<CoveredResource>, Reason> {
        let listed = self.survey.as_ref().and_then(|survey| survey.covered.as_ref());
        if let Some(listed) = listed {
            return Ok(listed.get(function).cloned().unwrap_or_default());
        }
        let filter = covering(function)?;
        let covered = every_page(|marker| {
            let filter = filter.clone();
            async move { coverage_page(self.clients.inspector(function.region()).await, filter, marker).await }
        })
        .await?;
        // A filter that a service ignores must not make another function's scan pass for this one's.
        let covered = covered
            .into_iter()
            .filter(|resource| is_of(function, &resource.resource_id));
        Ok(covered.map(resource).collect())
    }

    async fn finding_page(
        &self,
        function: &FunctionArn,
        filter: FilterCriteria,
        marker: Option<String>,
    ) -> Result<Page<Finding>, Reason> {
        let client = self.clients.inspector(function.region()).await;
        let call = client.list_findings().filter_criteria(filter).set_next_token(marker);
        let answer = call.send().await;
        let answer = answer.map_err(|error| reason("inspector2:ListFindings", &error))?;
        Ok(Page {
            items: answer.findings.unwrap_or_default(),
            next: answer.next_token,
        })
    }
}

pub(super) async fn coverage_page(
    client: aws_sdk_inspector2::Client,
    filter: CoverageFilterCriteria,
    marker: Option<String>,
) -> Result<Page<SdkResource>, Reason> {
    let call = client.list_coverage().filter_criteria(filter).set_next_token(marker);
    match call.send().await {
        Ok(answer) => Ok(Page {
            items: answer.covered_resources.unwrap_or_default(),
            next: answer.next_token,
        }),
        Err(error) if is_switched_off(&error) => Ok(Page {
            items: Vec::new(),
            next: None,
        }),
        Err(error) => Err(reason("inspector2:ListCoverage", &error)),
    }
}

fn is_switched_off<R>(error: &SdkError<ListCoverageError, R>) -> bool {
    let answer = error.as_service_error();
    answer.is_some_and(|answer| {
        answer.code() == Some("AccessDeniedException")
            && answer.message().is_some_and(|text| text.contains(SWITCHED_OFF))
    })
}

/// Whether an id is the function's ARN, with or without a version.
fn is_of(function: &FunctionArn, id: &str) -> bool {
    let rest = id.strip_prefix(&function.to_string());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

fn malformed(error: &impl ToString) -> Reason {
    Reason::Malformed {
        detail: error.to_string(),
    }
}

/// The account with it: the administrator of an organization's Inspector sees the functions of all accounts.
fn covering(function: &FunctionArn) -> Result<CoverageFilterCriteria, Reason> {
    let filter = functions_of(function.account())?;
    Ok(filter.lambda_function_name(covers(function.name())?).build())
}

/// All functions of the account.
pub(super) fn everywhere(place: &Place) -> Result<CoverageFilterCriteria, Reason> {
    Ok(functions_of(&place.account)?.build())
}

fn functions_of(account: &AccountId) -> Result<CoverageFilterCriteriaBuilder, Reason> {
    let functions = CoverageFilterCriteria::builder().resource_type(covers("AWS_LAMBDA_FUNCTION")?);
    Ok(functions.account_id(covers(account.as_str())?))
}

fn covers(value: &str) -> Result<CoverageStringFilter, Reason> {
    CoverageStringFilter::builder()
        .comparison(CoverageStringComparison::Equals)
        .value(value)
        .build()
        .map_err(|error| malformed(&error))
}

fn about(function: &FunctionArn) -> Result<FilterCriteria, Reason> {
    let equal = |value: &str| {
        StringFilter::builder()
            .comparison(StringComparison::Equals)
            .value(value)
            .build()
            .map_err(|error| malformed(&error))
    };
    Ok(FilterCriteria::builder()
        .lambda_function_name(equal(function.name())?)
        .aws_account_id(equal(function.account().as_str())?)
        .finding_status(equal("ACTIVE")?)
        .severity(equal("CRITICAL")?)
        .severity(equal("HIGH")?)
        .build())
}

pub(super) fn resource(source: SdkResource) -> CoveredResource {
    let status = source.scan_status;
    CoveredResource {
        resource_id: source.resource_id,
        scan_type: source.scan_type.as_str().to_owned(),
        scan_status: status.map_or_else(ScanStatus::default, |status| ScanStatus {
            status_code: status.status_code.as_str().to_owned(),
            reason: status.reason.as_str().to_owned(),
        }),
    }
}

fn finding(source: Finding) -> InspectorFinding {
    InspectorFinding {
        severity: source.severity.as_str().to_owned(),
        title: source.title,
        exploit_available: source.exploit_available.map(|known| known.as_str().to_owned()),
        package_vulnerability_details: source.package_vulnerability_details.map(vulnerability),
    }
}

fn vulnerability(source: aws_sdk_inspector2::types::PackageVulnerabilityDetails) -> PackageVulnerability {
    let packages = source.vulnerable_packages.unwrap_or_default().into_iter();
    PackageVulnerability {
        vulnerability_id: source.vulnerability_id,
        vulnerable_packages: packages
            .map(|package| VulnerablePackage {
                name: package.name,
                version: package.version,
                fixed_in_version: package.fixed_in_version,
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_inspector2::error::ErrorMetadata;

    use super::*;

    fn denied(message: &str) -> SdkError<ListCoverageError, ()> {
        let answer = ErrorMetadata::builder().code("AccessDeniedException").message(message);
        SdkError::service_error(ListCoverageError::generic(answer.build()), ())
    }

    #[test]
    fn an_account_without_inspector_is_told_from_a_missing_permission() {
        assert!(is_switched_off(&denied(
            "Invoking account does not have access to this resource"
        )));
        assert!(!is_switched_off(&denied(
            "User: arn:aws:sts::111122223333:assumed-role/vigil/x is not authorized to perform: inspector2:ListCoverage"
        )));
    }

    #[test]
    fn a_namesake_is_another_function() {
        let arn = "arn:aws:lambda:eu-west-1:111122223333:function:orders";
        let function: FunctionArn = arn.parse().unwrap();
        for (id, expected) in [
            (arn.to_owned(), true),
            (format!("{arn}:$LATEST"), true),
            (format!("{arn}-returns"), false),
            ("orders".to_owned(), false),
        ] {
            assert_eq!(is_of(&function, &id), expected, "{id}");
        }
    }

    #[test]
    fn only_the_functions_own_open_findings_are_asked_for() {
        let function: FunctionArn = "arn:aws:lambda:eu-west-1:111122223333:function:orders".parse().unwrap();
        let filter = about(&function).unwrap();
        assert_eq!(filter.severity().len(), 2);
        assert_eq!(filter.lambda_function_name()[0].value(), "orders");
        assert_eq!(
            covering(&function).unwrap().account_id.unwrap()[0].value(),
            "111122223333"
        );
    }
}
