//! Does IAM Access Analyzer find an error or a security warning in a policy of the role that is not AWS's?

use std::collections::BTreeMap;

use super::{is_managed, limited};
use crate::controls::context::parse;
use crate::controls::{Context, Control, Judged, Layer, Verdict};
use crate::finding::{Evidence, Severity};
use crate::policy::{Policy, Statement};
use crate::snapshot::{Facet, PolicyFinding, RolePolicies};

pub(crate) static CONTROL: Control = Control {
    id: "role-policy-invalid",
    title: "A policy of the execution role is faulty",
    layer: Layer::ExecutionRole,
    severity: Severity::Medium,
    reads: &[
        Facet::Configuration,
        Facet::RolePolicies,
        Facet::RoleBoundary,
        Facet::RolePolicyFindings,
    ],
    risk: "AWS reads the policy otherwise than it was meant: a grant that has no effect, a denial that does not deny, or more than was \
           intended.",
    remediation: "aws iam get-role-policy --role-name {role} --policy-name {policy} --query PolicyDocument > policy.json\n\
                  # mend {place}, and have it looked at again:\n\
                  aws accessanalyzer validate-policy --region {region} --policy-type IDENTITY_POLICY --policy-document file://policy.json\n\
                  aws iam put-role-policy --role-name {role} --policy-name {policy} --policy-document file://policy.json",
    references: &[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-validation.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html",
    ],
    evaluate,
};

const MANAGED: &str = "aws iam get-policy --policy-arn {policy} --query Policy.DefaultVersionId\n\
    aws iam get-policy-version --policy-arn {policy} --version-id VERSION --query PolicyVersion.Document > policy.json\n\
    # mend {place}, and have it looked at again:\n\
    aws accessanalyzer validate-policy --region {region} --policy-type IDENTITY_POLICY --policy-document file://policy.json\n\
    aws iam create-policy-version --policy-arn {policy} --set-as-default --policy-document file://policy.json";

fn evaluate(context: &Context<'_>) -> Judged {
    context.of_role(CONTROL.id, || of_role(context))
}

fn of_role(context: &Context<'_>) -> Judged {
    context.snapshot.configuration()?;
    let policies = context.snapshot.role_policies()?;
    // That an administrator's policy is too wide is role-admin's to say; that it is faulty is not.
    let is_administrator = limited(context)?.is_none();
    let mut found: BTreeMap<String, Evidence> = BTreeMap::new();
    for validated in context.snapshot.role_policy_findings()? {
        let parsed = document(policies, &validated.policy_name).and_then(|text| parse(Facet::RolePolicies, text).ok());
        for finding in &validated.findings {
            let counts = match finding.finding_type.as_str() {
                "ERROR" => true,
                "SECURITY_WARNING" => !is_administrator,
                _ => false,
            };
            if counts {
                let evidence = evidence(&validated.policy_name, finding, parsed.as_ref());
                found.entry(evidence.subject.clone()).or_insert(evidence);
            }
        }
    }
    Ok(Verdict::of(found.into_values()))
}

/// The text of a policy, if the role still has it.
fn document<'p>(policies: &'p RolePolicies, name: &str) -> Option<&'p str> {
    let inline = policies.inline.iter().find(|policy| policy.policy_name == name);
    let attached = policies.attached.iter().find(|policy| policy.policy_arn == name);
    let inline = inline.map(|policy| policy.policy_document.as_str());
    inline.or_else(|| attached.map(|policy| policy.policy_document.as_str()))
}

fn evidence(policy: &str, finding: &PolicyFinding, parsed: Option<&Policy>) -> Evidence {
    let statement = statement(finding).and_then(|place| parsed?.statements().get(place));
    let place = statement.map_or_else(|| "the document".to_owned(), Statement::label);
    let sentence: String = finding.finding_details.chars().take(300).collect();
    let detail = format!("{} at {place} in {policy}: {sentence}", finding.issue_code);
    let evidence = Evidence::new(format!("{policy} {place} {}", finding.issue_code), detail)
        .fill("policy", policy)
        .fill("place", place);
    if is_managed(policy) {
        evidence.fixed_by(MANAGED)
    } else {
        evidence
    }
}

/// The place of the statement, where the finding is about one.
fn statement(finding: &PolicyFinding) -> Option<usize> {
    let path = &finding.locations.first()?.path;
    let at = path
        .iter()
        .position(|element| element.value.as_deref() == Some("Statement"))?;
    path.get(at + 1)?.index
}
