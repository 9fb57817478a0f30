//! Which accounts does an organization have, all in all or in some of its units?

use std::collections::BTreeSet;

use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::{Account, AccountState, AccountStatus};

use crate::arn::AccountId;
use crate::aws::collect::{Page, every_page};
use crate::aws::failure::reason;
use crate::snapshot::Reason;

/// More units than an organization has ("Quotas and service limits for AWS Organizations").
const MOST_UNITS: usize = 5_000;

/// Every active account of the organization.
pub(super) async fn everybody(client: &Client) -> Result<BTreeSet<AccountId>, Reason> {
    let pages = every_page(|marker| {
        let call = client.list_accounts().set_next_token(marker);
        async move {
            let answer = call.send().await;
            let answer = answer.map_err(|error| reason("organizations:ListAccounts", &error))?;
            Ok(Page {
                items: answer.accounts.unwrap_or_default(),
                next: answer.next_token,
            })
        }
    });
    let accounts = active(pages.await?);
    // Whoever may ask is in it.
    if accounts.is_empty() {
        return Err(Reason::Malformed {
            detail: "`organizations:ListAccounts` names no active account".to_owned(),
        });
    }
    Ok(accounts)
}

/// Every active account in these units and in those below them.
pub(super) async fn in_units(client: &Client, units: &BTreeSet<String>) -> Result<BTreeSet<AccountId>, Reason> {
    let mut accounts = BTreeSet::new();
    let mut known = units.clone();
    let mut left: Vec<String> = units.iter().cloned().collect();
    while let Some(unit) = left.pop() {
        accounts.extend(active(directly_in(client, &unit).await?));
        let below = units_below(client, &unit).await?;
        left.extend(below.into_iter().filter(|unit| known.insert(unit.clone())));
        if known.len() > MOST_UNITS {
            return Err(Reason::Malformed {
                detail: format!("the units of the organization do not end after {MOST_UNITS}"),
            });
        }
    }
    Ok(accounts)
}

async fn directly_in(client: &Client, unit: &str) -> Result<Vec<Account>, Reason> {
    let pages = every_page(|marker| {
        let call = client.list_accounts_for_parent().parent_id(unit).set_next_token(marker);
        async move {
            let answer = call.send().await;
            let answer = answer.map_err(|error| reason("organizations:ListAccountsForParent", &error))?;
            Ok(Page {
                items: answer.accounts.unwrap_or_default(),
                next: answer.next_token,
            })
        }
    });
    pages.await
}

async fn units_below(client: &Client, unit: &str) -> Result<Vec<String>, Reason> {
    let pages = every_page(|marker| {
        let call = client.list_organizational_units_for_parent();
        let call = call.parent_id(unit).set_next_token(marker);
        async move {
            let answer = call.send().await;
            let answer = answer.map_err(|error| reason("organizations:ListOrganizationalUnitsForParent", &error))?;
            let units = answer.organizational_units.unwrap_or_default();
            Ok(Page {
                items: units.into_iter().filter_map(|unit| unit.id).collect(),
                next: answer.next_token,
            })
        }
    });
    pages.await
}

fn active(accounts: Vec<Account>) -> BTreeSet<AccountId> {
    let active = accounts.into_iter().filter(is_active);
    active.filter_map(|account| account.id?.parse().ok()).collect()
}

/// `Status` is what `State` was before, and the one is not sent where the other is.
#[allow(deprecated, reason = "not every partition sends its successor yet")]
fn is_active(account: &Account) -> bool {
    match &account.state {
        Some(state) => *state == AccountState::Active,
        None => account.status == Some(AccountStatus::Active),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(deprecated, reason = "not every partition sends its successor yet")]
    fn an_account_is_active_by_its_state_or_else_by_its_status() {
        let account = Account::builder;
        assert!(is_active(&account().state(AccountState::Active).build()));
        assert!(is_active(&account().status(AccountStatus::Active).build()));
        let closed = account().state(AccountState::Closed).status(AccountStatus::Active);
        assert!(!is_active(&closed.build()));
        assert!(!is_active(&account().build()));
    }
}
