//! Which functions use which role? A sweep's listings say it exactly. Between sweeps the rows of the store lead to those who may,
//! and what is kept of a function says whether it does; where a Region was never listed, nobody knows.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};

use super::plan::Plan;
use super::{AT_ONCE, Clock, Collector, Dependency, Inventory, Monitor, Notifier, Place, Store, role_of};
use crate::arn::{AccountId, FunctionArn};
use crate::snapshot::{RoleUsers, Scope, Snapshot};

/// How many of those who may use a role are asked. If any of them does, the others are taken to do so, too: then the role is
/// shared in any case.
const MOST_ASKED: usize = 4;

/// The users of roles, as far as listings tell.
#[derive(Debug, Default)]
pub(super) struct Users {
    /// The accounts of which every watched Region was listed.
    accounts: BTreeSet<AccountId>,
    /// By the key of the role's scope.
    by_role: BTreeMap<String, RoleUsers>,
}

/// The roles of functions whose configuration is at hand, as far as it names one.
pub(super) type AtHand = BTreeMap<FunctionArn, Scope>;

/// The function with its role.
pub(super) fn role_at_hand(snapshot: &Snapshot) -> Option<(FunctionArn, Scope)> {
    Some((snapshot.function.clone(), snapshot.role_scope()?))
}

impl<I: Inventory, C: Collector, S: Store, N: Notifier, K: Clock> Monitor<I, C, S, N, K> {
    /// What a sweep's listings tell.
    pub(super) fn listed_users(&self, plan: &Plan) -> Users {
        let accounts: BTreeSet<&AccountId> = plan.swept.iter().map(|place| &place.account).collect();
        let is_whole = |account: &&AccountId| {
            let mut places = self.places(account).into_iter();
            places.all(|place| plan.swept.contains(&place))
        };
        let mut users = Users {
            accounts: accounts.into_iter().filter(is_whole).cloned().collect(),
            ..Users::default()
        };
        let listed = plan.listed.iter();
        for (function, facts) in listed.filter(|(function, _)| users.accounts.contains(function.account())) {
            if let Some(role) = role_of(facts) {
                users.by_role.entry(role.key()).or_default().insert(function.clone());
            }
        }
        users
    }

    /// The accounts of the roles whose users can be told.
    async fn told_accounts(&self, scopes: &BTreeSet<Scope>, users: &Users) -> BTreeSet<AccountId> {
        let roles = scopes.iter().filter_map(Scope::role_account);
        let accounts: BTreeSet<AccountId> = roles.collect();
        let mut told = BTreeSet::new();
        for account in accounts {
            if users.accounts.contains(&account) || self.is_listed(&account).await {
                told.insert(account);
            }
        }
        told
    }

    /// Whether all functions of an account were listed once, so that all lead to what they use.
    pub(super) async fn is_listed(&self, account: &AccountId) -> bool {
        let places = self.places(account).into_iter();
        let listed = places.map(|place| async move {
            let coverage = self.store.coverage(&place).await.unwrap_or_default();
            coverage.listed.is_some()
        });
        let listed: Vec<bool> = stream::iter(listed).buffered(AT_ONCE).collect().await;
        listed.into_iter().all(|listed| listed)
    }

    /// The watched places of an account.
    pub(super) fn places(&self, account: &AccountId) -> Vec<Place> {
        let regions = self.inventory.regions(account).into_iter();
        let place = |region| Place {
            account: account.clone(),
            region,
        };
        regions.map(place).collect()
    }

    /// The users of each of these roles that can be told.
    pub(super) async fn users_of_all(
        &self,
        scopes: &BTreeSet<Scope>,
        known: (&Users, &AtHand),
    ) -> BTreeMap<Scope, RoleUsers> {
        // First that, for a listing lets the functions lead to their roles before it says that it was one.
        let accounts = self.told_accounts(scopes, known.0).await;
        let is_told = |scope: &&Scope| scope.role_account().is_some_and(|account| accounts.contains(&account));
        let asked = scopes
            .iter()
            .filter(is_told)
            .map(|scope| async move { Some((scope.clone(), self.users_of(scope, known).await?)) });
        let told: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        told.into_iter().flatten().collect()
    }

    /// The users of a role of an account that was listed.
    pub(super) async fn users_of(&self, role: &Scope, (users, at_hand): (&Users, &AtHand)) -> Option<RoleUsers> {
        let Scope::Role(arn) = role else { return None };
        let account = arn.account()?;
        if users.accounts.contains(&account) {
            return Some(users.by_role.get(&role.key()).cloned().unwrap_or_default());
        }
        let row = Dependency::role(&account, arn.base_name());
        let rows = self.store.dependants(&row).await.ok()?.into_iter();
        let may: Vec<FunctionArn> = rows.filter_map(Scope::into_function).collect();
        let asked = may.iter().take(MOST_ASKED);
        let asked = asked.map(|function| async move {
            let is_user = match at_hand.get(function) {
                Some(own) => Some(own.key() == role.key()),
                None => self.uses(function, role).await,
            };
            (function.clone(), is_user)
        });
        let asked: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        let mut users = RoleUsers::new();
        for (function, uses) in asked {
            if uses? {
                users.insert(function);
            }
        }
        let others: Vec<FunctionArn> = may.into_iter().skip(MOST_ASKED).collect();
        // Not all who were asked use it: of the others nobody knows.
        if users.len() < MOST_ASKED && !others.is_empty() {
            return None;
        }
        users.extend(others);
        Some(users)
    }

    /// Nothing may be kept yet of a function that was only listed: then the row is all there is. Nobody knows if the store
    /// does not answer.
    async fn uses(&self, function: &FunctionArn, role: &Scope) -> Option<bool> {
        let state = self.store.function(function).await.ok()?;
        let known = role_of(&state.facts);
        Some(!state.gone && known.is_none_or(|known| known.key() == role.key()))
    }
}
