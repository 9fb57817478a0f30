//! Which functions are there, and which roles use a policy?

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_iam::types::{EntityType, PolicyUsageType};
use aws_sdk_lambda::types::FunctionConfiguration;
use futures_util::try_join;

use super::clients::Clients;
use super::collect::configuration::of_listed;
use super::collect::{Page, every_page, required};
use super::failure::reason;
use super::members::Members;
use super::pace::Pool;
use crate::arn::{AccountId, Arn, FunctionArn, Region};
use crate::monitor::{Inventory, Listed, Place};
use crate::snapshot::Reason;

/// The functions and roles of the live accounts.
#[derive(Debug)]
pub struct LiveInventory {
    members: Arc<Members>,
    regions: Vec<Region>,
    salt: Vec<u8>,
}

impl LiveInventory {
    /// The inventory of some Regions, the home Region first; `salt` goes into the digests of environment values.
    pub fn new(members: Arc<Members>, regions: Vec<Region>, salt: Vec<u8>) -> Self {
        Self { members, regions, salt }
    }

    async fn function_page(
        &self,
        (clients, region): (&Clients, &Region),
        marker: Option<String>,
    ) -> Result<Page<Listed>, Reason> {
        let client = clients.lambda(region, Pool::LambdaOther).await;
        let answer = client.list_functions().set_marker(marker).send().await;
        let answer = answer.map_err(|error| reason("lambda:ListFunctions", &error))?;
        let functions = answer.functions.unwrap_or_default().into_iter();
        Ok(Page {
            items: functions
                .map(|function| listed(function, &self.salt))
                .collect::<Result<_, _>>()?,
            next: answer.next_marker,
        })
    }

    /// A policy that does not exist is used by nobody: IAM deletes no policy that is attached or bounds a role.
    async fn users(&self, clients: &Clients, policy: &Arn, usage: PolicyUsageType) -> Result<Vec<String>, Reason> {
        match every_page(|marker| role_page(clients, (policy, &usage), marker)).await {
            Err(Reason::NotFound) => Ok(Vec::new()),
            outcome => outcome,
        }
    }
}

impl Inventory for LiveInventory {
    async fn functions(&self, place: &Place) -> Result<Vec<Listed>, Reason> {
        let clients = self.members.clients(&place.account).await?;
        let functions = every_page(|marker| self.function_page((&clients, &place.region), marker)).await?;
        match functions
            .iter()
            .find(|listed| *listed.function.account() != place.account)
        {
            Some(foreign) => Err(Reason::Failed {
                detail: format!(
                    "the listing of {place} shows `{}`: the monitor's credentials are of another account",
                    foreign.function
                ),
            }),
            None => Ok(functions),
        }
    }

    async fn roles_with_policy(&self, policy: &Arn) -> Result<Vec<String>, Reason> {
        // AWS's own policies are in no account, and no call of the customer's changes them.
        let Some(account) = policy.account() else {
            return Ok(Vec::new());
        };
        let clients = self.members.clients(&account).await?;
        let (attached, bounded) = try_join!(
            self.users(&clients, policy, PolicyUsageType::PermissionsPolicy),
            self.users(&clients, policy, PolicyUsageType::PermissionsBoundary),
        )?;
        let names: BTreeSet<String> = attached.into_iter().chain(bounded).collect();
        Ok(names.into_iter().collect())
    }

    async fn others(&self) -> Result<BTreeSet<AccountId>, Reason> {
        self.members.others().await
    }

    fn regions(&self, _account: &AccountId) -> Vec<Region> {
        self.regions.clone()
    }
}

async fn role_page(
    clients: &Clients,
    (policy, usage): (&Arn, &PolicyUsageType),
    marker: Option<String>,
) -> Result<Page<String>, Reason> {
    let call = clients.iam().await.list_entities_for_policy();
    let call = call.policy_arn(policy.as_str()).entity_filter(EntityType::Role);
    let call = call.policy_usage_filter(usage.clone());
    let answer = call.set_marker(marker).send().await;
    let answer = answer.map_err(|error| reason("iam:ListEntitiesForPolicy", &error))?;
    let roles = answer.policy_roles.unwrap_or_default().into_iter();
    Ok(Page {
        items: roles.filter_map(|role| role.role_name).collect(),
        next: answer.marker.filter(|_| answer.is_truncated),
    })
}

fn listed(source: FunctionConfiguration, salt: &[u8]) -> Result<Listed, Reason> {
    let arn = required(source.function_arn.clone(), "FunctionArn")?;
    let function: FunctionArn = arn.parse().map_err(|error| Reason::Malformed {
        detail: format!("`ListFunctions`: {error}"),
    })?;
    Ok(Listed {
        function,
        configuration: of_listed(source, salt).into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_function_carries_its_configuration() {
        let source = FunctionConfiguration::builder()
            .function_arn("arn:aws:lambda:eu-west-1:111122223333:function:orders")
            .role("arn:aws:iam::111122223333:role/orders")
            .build();
        let listed = listed(source, b"").unwrap();
        assert_eq!(listed.function.name(), "orders");
        assert_eq!(listed.configuration.role, "arn:aws:iam::111122223333:role/orders");
    }

    #[test]
    fn a_function_without_a_readable_arn_spoils_the_listing() {
        for arn in [None, Some("orders".to_owned())] {
            let source = FunctionConfiguration::builder().set_function_arn(arn).build();
            assert!(matches!(listed(source, b""), Err(Reason::Malformed { .. })));
        }
    }
}
