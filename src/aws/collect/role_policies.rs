//! The role-policies facet: what lives in the role and what is attached to it. All or nothing: half of a role's permissions is no answer.

use std::future::Future;

use futures_util::{StreamExt, TryStreamExt, join, stream};

use super::role::Identity;
use super::survey::KnownRole;
use super::{AccountReader, Page, every_page, required};
use crate::arn::Arn;
use crate::aws::failure::reason;
use crate::snapshot::{InlinePolicy, ManagedPolicy, Reason, RolePolicies};

/// Reads under way at a time; a role has at most 20 attached policies (IAM quotas), inline ones are bounded by their size.
const AT_ONCE: usize = 8;

impl AccountReader<'_> {
    /// What is listed under the role's name.
    pub(super) async fn listed_policies(&self, role: &Arn) -> Result<RolePolicies, Reason> {
        let (inline, attached) = join!(self.inline(role.base_name()), self.attached(role.base_name()));
        match (inline, attached) {
            (Ok(inline), Ok(attached)) => Ok(RolePolicies { inline, attached }),
            (Err(Reason::NotFound), _) | (_, Err(Reason::NotFound)) => Err(Reason::NotFound),
            (Err(why), _) | (_, Err(why)) => Err(why),
        }
    }

    /// What a listing of the account has shown of the role.
    pub(super) async fn known_policies(&self, role: &KnownRole) -> Result<RolePolicies, Reason> {
        let attached = all(role.attached.iter().map(|arn| self.managed_policy(arn.clone()))).await?;
        Ok(RolePolicies {
            inline: role.inline.clone(),
            attached,
        })
    }

    async fn inline(&self, role: &str) -> Result<Vec<InlinePolicy>, Reason> {
        let names = every_page(|marker| self.inline_page(role, marker)).await?;
        all(names.into_iter().map(|name| self.inline_policy(role, name))).await
    }

    async fn inline_page(&self, role: &str, marker: Option<String>) -> Result<Page<String>, Reason> {
        let client = self.clients.iam().await;
        let answer = client
            .list_role_policies()
            .role_name(role)
            .set_marker(marker)
            .send()
            .await;
        let answer = answer.map_err(|error| reason("iam:ListRolePolicies", &error))?;
        Ok(Page {
            items: answer.policy_names,
            next: answer.marker.filter(|_| answer.is_truncated),
        })
    }

    async fn inline_policy(&self, role: &str, name: String) -> Result<InlinePolicy, Reason> {
        let client = self.clients.iam().await;
        let answer = client.get_role_policy().role_name(role).policy_name(&name).send().await;
        let answer = answer.map_err(|error| vanished(reason("iam:GetRolePolicy", &error), &name))?;
        Ok(InlinePolicy {
            policy_name: name,
            policy_document: answer.policy_document,
        })
    }

    async fn attached(&self, role: &str) -> Result<Vec<ManagedPolicy>, Reason> {
        let arns = every_page(|marker| self.attached_page(role, marker)).await?;
        all(arns.into_iter().map(|arn| self.managed_policy(arn))).await
    }

    async fn attached_page(&self, role: &str, marker: Option<String>) -> Result<Page<String>, Reason> {
        let client = self.clients.iam().await;
        let call = client.list_attached_role_policies().role_name(role);
        let answer = call.set_marker(marker).send().await;
        let answer = answer.map_err(|error| reason("iam:ListAttachedRolePolicies", &error))?;
        let attached = answer.attached_policies.unwrap_or_default();
        let arns = attached
            .into_iter()
            .map(|policy| required(policy.policy_arn, "PolicyArn"));
        Ok(Page {
            items: arns.collect::<Result<_, _>>()?,
            next: answer.marker.filter(|_| answer.is_truncated),
        })
    }
}

/// A role whose record may not be read can still be listed by name; what is listed of a namesake is not the role's.
pub(super) fn of_role(
    identity: &Result<Identity, Reason>,
    listed: Result<RolePolicies, Reason>,
) -> Result<RolePolicies, Reason> {
    match identity {
        Ok(Identity::Missing) => return Ok(RolePolicies::default()),
        Ok(Identity::Existing { .. }) | Err(Reason::AccessDenied { .. }) => {}
        Err(why) => return Err(why.clone()),
    }
    // It is there: "no permissions" would be a guess, and a failed read is tried again.
    listed.map_err(|why| match why {
        Reason::NotFound => Reason::Failed {
            detail: "the role exists, and its policies were not found".to_owned(),
        },
        other => other,
    })
}

/// A listed policy that is not there any more: the role changed while it was read, and the next reading will say how.
pub(super) fn vanished(why: Reason, policy: &str) -> Reason {
    match why {
        Reason::NotFound => Reason::Failed {
            detail: format!("the policy `{policy}` went away while it was read"),
        },
        other => other,
    }
}

async fn all<T, F>(reads: impl Iterator<Item = F>) -> Result<Vec<T>, Reason>
where
    F: Future<Output = Result<T, Reason>>,
{
    stream::iter(reads).buffered(AT_ONCE).try_collect().await
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn one_failed_policy_fails_the_facet() {
        let reads = [Ok(1), Err(Reason::Throttled), Ok(3)].map(|outcome| async { outcome });
        assert_eq!(all(reads.into_iter()).now_or_never(), Some(Err(Reason::Throttled)));
    }

    #[test]
    fn what_is_listed_counts_only_for_the_role_itself() {
        let listed = || {
            Ok(RolePolicies {
                inline: vec![InlinePolicy {
                    policy_name: "a".to_owned(),
                    policy_document: "{}".to_owned(),
                }],
                attached: Vec::new(),
            })
        };
        let there = Ok(Identity::Existing {
            trust: None,
            boundary: None,
            created: None,
        });
        assert_eq!(of_role(&there, listed()), listed());
        assert!(matches!(
            of_role(&there, Err(Reason::NotFound)),
            Err(Reason::Failed { .. })
        ));
        assert_eq!(of_role(&Ok(Identity::Missing), listed()), Ok(RolePolicies::default()));
        assert_eq!(of_role(&Err(Reason::Throttled), listed()), Err(Reason::Throttled));
        let denied = Reason::AccessDenied {
            permission: "iam:GetRole".to_owned(),
        };
        assert_eq!(of_role(&Err(denied), listed()), listed());
    }

    #[test]
    fn a_vanished_policy_is_not_a_missing_role() {
        assert!(matches!(vanished(Reason::NotFound, "p"), Reason::Failed { .. }));
        assert_eq!(vanished(Reason::TimedOut, "p"), Reason::TimedOut);
    }
}
