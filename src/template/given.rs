//! What is said beside the template: for whom and where it is deployed, and with which parameters.

use std::collections::BTreeMap;

use crate::arn::{AccountId, NameError, Region};

/// What somebody says beside a template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// The account; left out: a made-up one, or that of a plan.
    pub account: Option<AccountId>,
    /// The Region; left out: `us-east-1`, or that of a plan.
    pub region: Option<Region>,
    /// The stack's name.
    pub stack: Option<String>,
    /// Values of parameters.
    pub parameters: BTreeMap<String, String>,
}

/// Where a template is deployed, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) account: AccountId,
    pub(super) region: Region,
    pub(super) stack: String,
    pub(super) parameters: BTreeMap<String, String>,
    /// Whether somebody says the Region, which decides the partition as well.
    pub(super) has_region: bool,
    /// Whether somebody says the stack's name.
    pub(super) has_stack: bool,
}

/// Stands for an account of which nobody has said the id.
const SOME_ACCOUNT: &str = "123456789012";
const SOME_REGION: &str = "us-east-1";

impl Given {
    /// What is said, and else what the template says, and else what stands for it.
    pub(super) fn of(asked: &Asked, found: (Option<AccountId>, Option<Region>)) -> Result<Self, NameError> {
        let has_region = asked.region.is_some() || found.1.is_some();
        Ok(Self {
            account: asked
                .account
                .clone()
                .or(found.0)
                .map_or_else(|| SOME_ACCOUNT.parse(), Ok)?,
            region: asked
                .region
                .clone()
                .or(found.1)
                .map_or_else(|| SOME_REGION.parse(), Ok)?,
            stack: asked.stack.clone().unwrap_or_else(|| "stack".to_owned()),
            parameters: asked.parameters.clone(),
            has_region,
            has_stack: asked.stack.is_some(),
        })
    }

    /// The domain of AWS's hosts.
    pub(super) fn url_suffix(&self) -> &'static str {
        match self.region.partition() {
            "aws-cn" => "amazonaws.com.cn",
            "aws-iso" => "c2s.ic.gov",
            "aws-iso-b" => "sc2s.sgov.gov",
            "aws-iso-e" => "cloud.adc-e.uk",
            "aws-eusc" => "amazonaws.eu",
            _ => "amazonaws.com",
        }
    }

    pub(super) fn stack_id(&self) -> String {
        let id = "00000000-0000-0000-0000-000000000000";
        self.arn("cloudformation", &format!("stack/{}/{id}", self.stack))
    }

    /// The ARN of something in the account and Region.
    pub(super) fn arn(&self, service: &str, resource: &str) -> String {
        let (partition, region, account) = (self.region.partition(), &self.region, &self.account);
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }

    /// The ARN of something in the account's IAM.
    pub(super) fn iam(&self, resource: &str) -> String {
        format!("arn:{}:iam::{}:{resource}", self.region.partition(), self.account)
    }
}
