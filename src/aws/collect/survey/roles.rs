//! `GetAccountAuthorizationDetails`: the roles of the account and its own policies, in pages instead of half a dozen calls for each role.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput;
use aws_sdk_iam::types::{EntityType, ManagedPolicyDetail, RoleDetail};

use super::super::AccountReader;
use super::super::role::{Identity, time};
use crate::aws::failure::reason;
use crate::snapshot::{InlinePolicy, ManagedPolicy, Reason};

/// Fewer roles than this are asked for one by one: the listing is of all roles of the account, whoever uses them.
const WORTH_A_LISTING: usize = 8;

/// The most that a page holds.
const ITEMS: i32 = 1000;

/// The most policies kept; at IAM's 6,144 characters each this is some 12 MB.
const MOST_POLICIES: usize = 2048;

/// A role as the listing shows it.
#[derive(Debug, Clone)]
pub(in crate::aws::collect) struct Known {
    /// Its own record.
    pub(in crate::aws::collect) identity: Identity,
    /// What lives in it.
    pub(in crate::aws::collect) inline: Vec<InlinePolicy>,
    /// The ARNs of what is attached to it.
    pub(in crate::aws::collect) attached: Vec<String>,
}

/// What the listing has told.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) roles: BTreeMap<String, Known>,
    pub(super) policies: Vec<ManagedPolicy>,
}

impl AccountReader<'_> {
    /// Those of these roles that the listing shows, and the account's own policies: none where it is not worth it, or could not be had.
    pub(super) async fn all_roles(&self, wanted: &BTreeSet<&str>) -> Found {
        if wanted.len() < WORTH_A_LISTING {
            return Found::default();
        }
        self.listed_roles(wanted).await.unwrap_or_default()
    }

    /// An account of many roles that few functions use would cost more pages than those cost calls.
    async fn listed_roles(&self, wanted: &BTreeSet<&str>) -> Result<Found, Reason> {
        let (mut found, mut marker) = (Found::default(), None);
        for _ in 0..wanted.len() {
            let page = self.page_of_roles(marker).await?;
            marker = page.marker.filter(|_| page.is_truncated);
            let roles = page.role_detail_list.unwrap_or_default().into_iter();
            found.roles.extend(roles.filter_map(|role| known(role, wanted)));
            let policies = page.policies.unwrap_or_default().into_iter().filter_map(document);
            found.policies.extend(policies);
            found.policies.truncate(MOST_POLICIES);
            if marker.is_none() {
                return Ok(found);
            }
        }
        Ok(Found::default())
    }

    async fn page_of_roles(&self, marker: Option<String>) -> Result<GetAccountAuthorizationDetailsOutput, Reason> {
        let call = self.clients.iam().await.get_account_authorization_details();
        let call = call.filter(EntityType::Role).filter(EntityType::LocalManagedPolicy);
        let answer = call.max_items(ITEMS).set_marker(marker).send().await;
        answer.map_err(|error| reason("iam:GetAccountAuthorizationDetails", &error))
    }
}

/// A role of which a part is missing is asked for by itself.
fn known(role: RoleDetail, wanted: &BTreeSet<&str>) -> Option<(String, Known)> {
    let arn = role.arn.filter(|arn| wanted.contains(arn.as_str()))?;
    let inline = role.role_policy_list.unwrap_or_default().into_iter().map(|policy| {
        Some(InlinePolicy {
            policy_name: policy.policy_name?,
            policy_document: policy.policy_document?,
        })
    });
    let attached = role.attached_managed_policies.unwrap_or_default().into_iter();
    let boundary = role.permissions_boundary;
    let known = Known {
        identity: Identity::Existing {
            trust: Some(role.assume_role_policy_document?),
            boundary: boundary.and_then(|boundary| boundary.permissions_boundary_arn),
            created: Some(time(&role.create_date?)?),
        },
        inline: inline.collect::<Option<_>>()?,
        attached: attached.map(|policy| policy.policy_arn).collect::<Option<_>>()?,
    };
    Some((arn, known))
}

/// The default version of a policy.
fn document(policy: ManagedPolicyDetail) -> Option<ManagedPolicy> {
    let default = policy.default_version_id?;
    let mut versions = policy.policy_version_list.unwrap_or_default().into_iter();
    let version = versions.find(|version| version.version_id.as_deref() == Some(&default))?;
    Some(ManagedPolicy {
        policy_arn: policy.arn?,
        policy_document: version.document?,
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_iam::primitives::DateTime;
    use aws_sdk_iam::types::{AttachedPolicy, PolicyDetail, PolicyVersion};

    use super::*;

    const ROLE: &str = "arn:aws:iam::111122223333:role/orders";

    fn detail() -> aws_sdk_iam::types::builders::RoleDetailBuilder {
        let inline = PolicyDetail::builder()
            .policy_name("own")
            .policy_document("%7B%7D")
            .build();
        let attached = AttachedPolicy::builder().policy_arn("arn:aws:iam::aws:policy/ReadOnlyAccess");
        RoleDetail::builder()
            .arn(ROLE)
            .create_date(DateTime::from_secs(0))
            .assume_role_policy_document("%7B%7D")
            .role_policy_list(inline)
            .attached_managed_policies(attached.build())
    }

    #[test]
    fn a_role_that_is_asked_for_is_known_as_the_listing_shows_it() {
        let (arn, role) = known(detail().build(), &BTreeSet::from([ROLE])).unwrap();
        assert_eq!(arn, ROLE);
        assert_eq!((role.inline.len(), role.attached.len()), (1, 1));
        assert!(matches!(
            role.identity,
            Identity::Existing {
                trust: Some(_),
                boundary: None,
                ..
            }
        ));
        assert!(
            known(
                detail().build(),
                &BTreeSet::from(["arn:aws:iam::111122223333:role/other"])
            )
            .is_none()
        );
    }

    #[test]
    fn a_role_with_a_hole_is_not_taken_for_whole() {
        let nameless = PolicyDetail::builder().policy_document("%7B%7D").build();
        let wanted = BTreeSet::from([ROLE]);
        assert!(known(detail().role_policy_list(nameless).build(), &wanted).is_none());
        assert!(known(detail().set_assume_role_policy_document(None).build(), &wanted).is_none());
        let attached = AttachedPolicy::builder().build();
        assert!(known(detail().attached_managed_policies(attached).build(), &wanted).is_none());
    }

    #[test]
    fn the_default_version_of_a_policy_counts() {
        let version = |id: &str, text: &str| PolicyVersion::builder().version_id(id).document(text).build();
        let policy = || {
            ManagedPolicyDetail::builder()
                .arn("arn:aws:iam::111122223333:policy/own")
                .policy_version_list(version("v1", "old"))
                .policy_version_list(version("v2", "new"))
        };
        assert_eq!(
            document(policy().default_version_id("v2").build())
                .unwrap()
                .policy_document,
            "new"
        );
        assert_eq!(document(policy().default_version_id("v3").build()), None);
        assert_eq!(document(policy().build()), None);
    }
}
