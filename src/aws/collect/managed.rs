//! Documents of managed policies. A version never changes, so each is read once per process.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::role_policies::vanished;
use super::{AccountReader, required};
use crate::aws::failure::reason;
use crate::snapshot::{ManagedPolicy, Reason};

/// The most documents kept; at IAM's 6,144 characters each this is some 12 MB.
const MOST: usize = 2048;

/// The documents read so far, by policy ARN and version.
#[derive(Debug, Default)]
pub(super) struct Documents(Mutex<BTreeMap<(String, String), String>>);

impl Documents {
    fn find(&self, arn: &str, version: &str) -> Option<String> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(arn.to_owned(), version.to_owned())).cloned()
    }

    fn keep(&self, arn: &str, version: &str, document: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert((arn.to_owned(), version.to_owned()), document.to_owned());
    }
}

impl AccountReader<'_> {
    /// A managed policy in its default version; in a sweep once, however many roles it is attached to.
    pub(super) async fn managed_policy(&self, arn: String) -> Result<ManagedPolicy, Reason> {
        match &self.survey {
            Some(survey) => survey.managed.get(&arn.clone(), Box::pin(self.read_policy(arn))).await,
            None => self.read_policy(arn).await,
        }
    }

    async fn read_policy(&self, arn: String) -> Result<ManagedPolicy, Reason> {
        let version = self.default_version(&arn).await.map_err(|why| vanished(why, &arn))?;
        let policy_document = match self.common.managed.find(&arn, &version) {
            Some(document) => document,
            None => self.document(&arn, &version).await.map_err(|why| vanished(why, &arn))?,
        };
        Ok(ManagedPolicy {
            policy_arn: arn,
            policy_document,
        })
    }

    async fn default_version(&self, arn: &str) -> Result<String, Reason> {
        let answer = self.clients.iam().await.get_policy().policy_arn(arn).send().await;
        let answer = answer.map_err(|error| reason("iam:GetPolicy", &error))?;
        required(
            answer.policy.and_then(|policy| policy.default_version_id),
            "DefaultVersionId",
        )
    }

    async fn document(&self, arn: &str, version: &str) -> Result<String, Reason> {
        let call = self.clients.iam().await.get_policy_version();
        let answer = call.policy_arn(arn).version_id(version).send().await;
        let answer = answer.map_err(|error| reason("iam:GetPolicyVersion", &error))?;
        let document = required(answer.policy_version.and_then(|version| version.document), "Document")?;
        self.common.managed.keep(arn, version, &document);
        Ok(document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_known_by_policy_and_version_only() {
        let documents = Documents::default();
        documents.keep("arn:p", "v1", "{}");
        assert_eq!(documents.find("arn:p", "v1").as_deref(), Some("{}"));
        assert_eq!(documents.find("arn:p", "v2"), None);
        assert_eq!(documents.find("arn:q", "v1"), None);
    }

    #[test]
    fn the_memory_is_bounded() {
        let documents = Documents::default();
        for number in 0..=MOST {
            documents.keep("arn:p", &number.to_string(), "{}");
        }
        assert!(documents.0.lock().unwrap().len() <= MOST);
    }
}
