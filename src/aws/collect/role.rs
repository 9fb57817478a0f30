//! The role's own record: does the role that the function names exist, who may assume it, what bounds it?

use jiff::Timestamp;

use super::{AccountReader, required};
use crate::arn::Arn;
use crate::aws::failure::reason;
use crate::snapshot::{Reason, RoleBoundary, RoleTrust, Value};

/// What `GetRole` says about the role that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Identity {
    /// There is no such role.
    Missing,
    /// It exists.
    Existing {
        /// The trust policy as it came; AWS percent-encodes it.
        trust: Option<String>,
        /// ARN of the permissions boundary.
        boundary: Option<String>,
        /// When it was made.
        created: Option<Timestamp>,
    },
}

impl AccountReader<'_> {
    pub(super) async fn identity(&self, role: &Arn) -> Result<Identity, Reason> {
        let client = self.clients.iam().await;
        let answer = client.get_role().role_name(role.base_name()).send().await;
        match answer.map_err(|error| reason("iam:GetRole", &error)) {
            Ok(answer) => identify(required(answer.role, "Role")?, role),
            Err(Reason::NotFound) => Ok(Identity::Missing),
            Err(why) => Err(why),
        }
    }

    pub(super) async fn role_boundary(&self, identity: &Result<Identity, Reason>) -> Result<Value, Reason> {
        let permissions_boundary = match identity.clone()? {
            Identity::Missing | Identity::Existing { boundary: None, .. } => None,
            Identity::Existing {
                boundary: Some(arn), ..
            } => Some(self.managed_policy(arn).await?),
        };
        Ok(Value::RoleBoundary(RoleBoundary { permissions_boundary }))
    }
}

pub(super) fn trust(identity: &Result<Identity, Reason>) -> Result<Value, Reason> {
    let trust = match identity.clone()? {
        Identity::Missing => RoleTrust::Missing,
        Identity::Existing { trust, .. } => {
            RoleTrust::AssumeRolePolicyDocument(required(trust, "AssumeRolePolicyDocument")?)
        }
    };
    Ok(Value::RoleTrust(trust))
}

/// The SDK's time, to the second.
pub(super) fn time(time: &aws_sdk_iam::primitives::DateTime) -> Option<Timestamp> {
    Timestamp::from_second(time.secs()).ok()
}

/// IAM is asked by name, so the answer may be about another role than the one that the function names: one of another account,
/// or a namesake under another path, which is not the role that was deleted.
fn identify(found: aws_sdk_iam::types::Role, asked: &Arn) -> Result<Identity, Reason> {
    if found.arn != asked.as_str() {
        let found: Arn = found.arn.parse().map_err(|error| Reason::Malformed {
            detail: format!("`GetRole`: {error}"),
        })?;
        if found.account() != asked.account() {
            return Err(Reason::Failed {
                detail: format!("`{asked}` is not in the account that the monitor reads"),
            });
        }
        return Ok(Identity::Missing);
    }
    Ok(Identity::Existing {
        trust: found.assume_role_policy_document,
        boundary: found
            .permissions_boundary
            .and_then(|boundary| boundary.permissions_boundary_arn),
        created: time(&found.create_date),
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_iam::primitives::DateTime;
    use aws_sdk_iam::types::{AttachedPermissionsBoundary, Role};

    use super::*;

    const ASKED: &str = "arn:aws:iam::111122223333:role/service/orders";

    fn role(arn: &str) -> Role {
        Role::builder()
            .arn(arn)
            .path("/service/")
            .role_name("orders")
            .role_id("AROA")
            .create_date(DateTime::from_secs(0))
            .assume_role_policy_document("%7B%7D")
            .permissions_boundary(
                AttachedPermissionsBoundary::builder()
                    .permissions_boundary_arn("arn:aws:iam::111122223333:policy/bound")
                    .build(),
            )
            .build()
            .unwrap()
    }

    fn identified(arn: &str) -> Result<Identity, Reason> {
        identify(role(arn), &ASKED.parse().unwrap())
    }

    #[test]
    fn the_trust_policy_is_kept_as_it_came() {
        let value = trust(&identified(ASKED)).unwrap();
        let kept = RoleTrust::AssumeRolePolicyDocument("%7B%7D".to_owned());
        assert_eq!(value, Value::RoleTrust(kept));
    }

    #[test]
    fn a_namesake_is_not_the_role() {
        let namesake = identified("arn:aws:iam::111122223333:role/orders");
        assert_eq!(namesake, Ok(Identity::Missing));
        assert_eq!(trust(&namesake), Ok(Value::RoleTrust(RoleTrust::Missing)));
    }

    #[test]
    fn a_role_of_another_account_cannot_be_judged() {
        let foreign = identified("arn:aws:iam::444455556666:role/service/orders");
        assert!(matches!(foreign, Err(Reason::Failed { .. })));
    }

    #[test]
    fn a_failed_read_of_the_role_is_no_missing_role() {
        assert_eq!(trust(&Err(Reason::Throttled)), Err(Reason::Throttled));
    }
}
