//! Which functions use which role? As the stored listings of all Regions have it, which costs no call; where one is
//! missing, nobody knows.

use std::collections::{BTreeMap, BTreeSet};

use super::{Clock, Collector, Inventory, Monitor, Notifier, Place, Store};
use crate::arn::{AccountId, FunctionArn};
use crate::snapshot::{RoleUsers, Scope};

impl<I: Inventory, C: Collector, S: Store, N: Notifier, K: Clock> Monitor<I, C, S, N, K> {
    /// The users of every role of the functions' accounts.
    pub(super) async fn role_users(&self, functions: impl Iterator<Item = &FunctionArn>) -> BTreeMap<Scope, RoleUsers> {
        let accounts: BTreeSet<&AccountId> = functions.map(FunctionArn::account).collect();
        let mut users = BTreeMap::new();
        for account in accounts {
            users.extend(self.users_in(account).await.unwrap_or_default());
        }
        users
    }

    async fn users_in(&self, account: &AccountId) -> Option<BTreeMap<Scope, RoleUsers>> {
        let mut users: BTreeMap<Scope, RoleUsers> = BTreeMap::new();
        for region in self.inventory.regions(account) {
            let place = Place {
                account: account.clone(),
                region,
            };
            let listing = self.store.listing(&place).await.ok().flatten()?;
            for listed in listing.functions {
                if let Some(role) = listed.configuration.role_arn() {
                    users.entry(Scope::Role(role)).or_default().insert(listed.function);
                }
            }
        }
        Some(users)
    }
}
