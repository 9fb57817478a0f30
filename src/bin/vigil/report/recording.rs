//! What is a recording to a sweep? All its accounts, each to be swept by itself.

use std::collections::BTreeSet;

use lambda_vigil::arn::{AccountId, Arn, Region};
use lambda_vigil::memory::Account;
use lambda_vigil::monitor::{Inventory, Listed, Place};
use lambda_vigil::snapshot::Reason;

/// A recording with all its accounts: each is swept by itself, and none is taken for all there is.
pub(super) struct Everything(pub(super) Account);

impl Everything {
    /// The accounts whose functions are recorded.
    pub(super) fn accounts(&self) -> BTreeSet<AccountId> {
        self.0.functions().map(|function| function.account().clone()).collect()
    }
}

impl Inventory for Everything {
    async fn functions(&self, place: &Place) -> Result<Vec<Listed>, Reason> {
        self.0.functions_of(place)
    }

    async fn roles_with_policy(&self, policy: &Arn) -> Result<Vec<String>, Reason> {
        Ok(self.0.roles_of(policy))
    }

    async fn others(&self) -> Result<BTreeSet<AccountId>, Reason> {
        let mut all = self.accounts();
        all.pop_first();
        Ok(all)
    }

    fn regions(&self, account: &AccountId) -> Vec<Region> {
        self.0.regions(account)
    }
}
