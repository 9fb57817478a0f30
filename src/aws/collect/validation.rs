//! What does IAM Access Analyzer say about the policies of a role that are not AWS's?

use aws_sdk_accessanalyzer::types::{self, PolicyType, ValidatePolicyFinding};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{AccountReader, Page, every_page};
use crate::aws::failure::reason;
use crate::snapshot::{PathElement, PolicyFinding, PolicyLocation, Reason, RolePolicies, ValidatedPolicy, Value};

/// How many policies of a role are looked at at the same time.
const AT_ONCE: usize = 4;

impl AccountReader<'_> {
    pub(super) async fn policy_findings(&self, policies: RolePolicies) -> Result<Value, Reason> {
        let inline = policies.inline.into_iter();
        let inline = inline.map(|policy| (policy.policy_name, policy.policy_document));
        let managed = policies
            .attached
            .into_iter()
            .filter(|policy| !is_of_aws(&policy.policy_arn));
        let managed = managed.map(|policy| (policy.policy_arn, policy.policy_document));
        let reads = inline
            .chain(managed)
            .map(|(name, document)| self.validated(name, document));
        let all = stream::iter(reads).buffered(AT_ONCE).try_collect().await?;
        Ok(Value::RolePolicyFindings(all))
    }

    async fn validated(&self, policy_name: String, document: String) -> Result<ValidatedPolicy, Reason> {
        let document = decoded(document);
        let findings = every_page(|marker| self.findings_page(&document, marker)).await?;
        Ok(ValidatedPolicy {
            policy_name,
            findings: findings.into_iter().map(finding).collect(),
        })
    }

    async fn findings_page(
        &self,
        document: &str,
        marker: Option<String>,
    ) -> Result<Page<ValidatePolicyFinding>, Reason> {
        let client = self.clients.access_analyzer().await;
        let call = client.validate_policy().policy_document(document);
        let call = call.policy_type(PolicyType::IdentityPolicy).set_next_token(marker);
        let answer = call.send().await;
        let answer = answer.map_err(|error| reason("access-analyzer:ValidatePolicy", &error))?;
        Ok(Page {
            items: answer.findings,
            next: answer.next_token,
        })
    }
}

fn is_of_aws(arn: &str) -> bool {
    arn.contains(":iam::aws:policy/")
}

/// IAM answers percent-encoded; Access Analyzer wants JSON.
fn decoded(document: String) -> String {
    if document.trim_start().starts_with('{') {
        return document;
    }
    let bytes = document.as_bytes();
    let (mut plain, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(at) {
        let escaped = (*byte == b'%').then(|| document.get(at + 1..at + 3)).flatten();
        let value = escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        plain.push(value.unwrap_or(*byte));
        at += if value.is_some() { 3 } else { 1 };
    }
    String::from_utf8(plain).unwrap_or(document)
}

fn finding(found: ValidatePolicyFinding) -> PolicyFinding {
    PolicyFinding {
        finding_type: found.finding_type.as_str().to_owned(),
        issue_code: found.issue_code,
        finding_details: found.finding_details,
        locations: found.locations.into_iter().map(location).collect(),
    }
}

fn location(found: types::Location) -> PolicyLocation {
    PolicyLocation {
        path: found.path.into_iter().map(element).collect(),
    }
}

fn element(found: types::PathElement) -> PathElement {
    match found {
        types::PathElement::Index(index) => PathElement {
            index: usize::try_from(index).ok(),
            value: None,
        },
        types::PathElement::Key(name) | types::PathElement::Value(name) => PathElement {
            index: None,
            value: Some(name),
        },
        _ => PathElement::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_decoded_once() {
        assert_eq!(decoded("%7B%22a%22%3A%22%25%22%7D".to_owned()), r#"{"a":"%"}"#);
        assert_eq!(decoded(r#"{"a":"%25"}"#.to_owned()), r#"{"a":"%25"}"#);
        assert_eq!(decoded("%7B%zz%".to_owned()), "{%zz%");
    }

    #[test]
    fn the_way_to_a_statement_is_kept() {
        let path = [
            types::PathElement::Value("Statement".to_owned()),
            types::PathElement::Index(1),
        ];
        let kept: Vec<PathElement> = path.into_iter().map(element).collect();
        assert_eq!(kept[0].value.as_deref(), Some("Statement"));
        assert_eq!(kept[1].index, Some(1));
    }
}
