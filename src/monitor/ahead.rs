//! What does a function share with others, as far as that is kept? Asked for beside the reads of what is its own, so that an event
//! waits once less.
//!
//! What is kept of the function was seen before, and what its kept configuration names leads to it already: so whoever changes
//! that comes to the function, and finds what follows here replaced, or replaces it.

use std::collections::BTreeMap;

use futures_util::{StreamExt, join, stream};

use super::users::{AtHand, Users, role_at_hand};
use super::{AT_ONCE, Clock, Collector, Inventory, Monitor, Notifier, Store};
use crate::arn::FunctionArn;
use crate::snapshot::{Facts, RoleUsers, Scope, Snapshot};

/// What is kept of what a function shares with others; what is missing is asked for later.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    pub(super) facts: BTreeMap<Scope, Facts>,
    /// The users of its role, if they can be told.
    pub(super) users: BTreeMap<Scope, Option<RoleUsers>>,
}

impl<I: Inventory, C: Collector, S: Store, N: Notifier, K: Clock> Monitor<I, C, S, N, K> {
    /// By what is kept of the function, and whether all functions of its account were listed.
    pub(super) async fn read_ahead(&self, function: &FunctionArn, kept: &Facts, is_listed: bool) -> Ahead {
        let mut snapshot = Snapshot::new(function.clone());
        snapshot.own = kept.clone();
        let facts = snapshot
            .shared_scopes()
            .map(|scope| async move { Some((scope.clone(), self.store.facts(&scope).await.ok()?)) });
        let facts = stream::iter(facts).buffered(AT_ONCE).collect::<Vec<_>>();
        let (facts, users) = join!(facts, self.users_ahead(&snapshot, is_listed));
        Ahead {
            facts: facts.into_iter().flatten().collect(),
            users: users.into_iter().collect(),
        }
    }

    async fn users_ahead(&self, snapshot: &Snapshot, is_listed: bool) -> Option<(Scope, Option<RoleUsers>)> {
        let role = snapshot.role_scope()?;
        // Whether the functions of another account were listed was not asked.
        if role.role_account().as_ref() != Some(snapshot.function.account()) {
            return None;
        }
        if !is_listed {
            return Some((role, None));
        }
        let at_hand: AtHand = role_at_hand(snapshot).into_iter().collect();
        let users = self.users_of(&role, (&Users::default(), &at_hand)).await;
        Some((role, users))
    }
}
