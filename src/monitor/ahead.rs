//! What does a function share with others, as far as that is kept? Asked for beside the reads of what is its own, so that an event
//! waits once less.
//!
//! What is kept of the function was seen before, and what its kept configuration names leads to it already: so whoever changes
//! that comes to the function, and finds what follows here replaced, or replaces it.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, join, stream};

use super::users::{AtHand, Users, role_at_hand};
use super::{AT_ONCE, Clock, Collector, Inventory, Monitor, Notifier, Store};
use crate::arn::FunctionArn;
use crate::snapshot::{Facts, RoleUsers, Scope, Snapshot};

/// What is kept of what a function shares with others; what could not be had is asked for later.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    pub(super) facts: BTreeMap<Scope, Facts>,
    /// The users of its role, if they can be told.
    pub(super) users: BTreeMap<Scope, Option<RoleUsers>>,
}

impl<I: Inventory, C: Collector, S: Store, N: Notifier, K: Clock> Monitor<I, C, S, N, K> {
    /// By what is kept of the function.
    pub(super) async fn read_ahead(&self, function: &FunctionArn, kept: &Facts) -> Ahead {
        let mut snapshot = Snapshot::new(function.clone());
        snapshot.own = kept.clone();
        let scopes: BTreeSet<Scope> = snapshot.shared_scopes().collect();
        let at_hand: AtHand = role_at_hand(&snapshot).into_iter().collect();
        let facts = scopes
            .iter()
            .map(|scope| async move { Some((scope.clone(), self.store.facts(scope).await.ok()?)) });
        let listed = Users::default();
        let users = self.users_of_all(&scopes, (&listed, &at_hand));
        let (facts, mut users) = join!(stream::iter(facts).buffered(AT_ONCE).collect::<Vec<_>>(), users);
        let roles = snapshot.role_scope().into_iter();
        Ahead {
            facts: facts.into_iter().flatten().collect(),
            users: roles.map(|role| (role.clone(), users.remove(&role))).collect(),
        }
    }
}
