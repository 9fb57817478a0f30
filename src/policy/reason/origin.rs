//! Where may a caller come from? Accounts and organizations that policies and trust name, and strangers.

use super::Tier;
use super::candidates::{Aspect, Cast};
use super::class::{Account, Class, Membership, Who};
use std::collections::BTreeSet;

/// An account with the organization it is in, how far away that is, and what is doubtful about it.
pub(super) struct Origin {
    pub(super) tier: Tier,
    pub(super) account: Account,
    pub(super) organization: Membership,
    pub(super) doubt: Option<String>,
}

impl Cast<'_> {
    /// Every origin that the policies can tell apart.
    pub(super) fn origins(&self) -> Vec<Origin> {
        let mut all = vec![Origin::stranger()];
        if self.attends(Aspect::Organization) {
            all.extend(
                self.memberships()
                    .into_iter()
                    .map(|(organization, tier, doubt)| Origin {
                        tier: tier.unwrap_or(Tier::AnyPrincipal),
                        account: Account::Stranger,
                        organization,
                        doubt,
                    }),
            );
        }
        let accounts = self.world.accounts.iter().chain([&self.world.trust.account]);
        let accounts: BTreeSet<_> = accounts.collect();
        all.extend(accounts.into_iter().flat_map(|account| self.origins_of(account)));
        all
    }

    pub(super) fn origins_of(&self, account: &str) -> Vec<Origin> {
        let base = self.tier_of(account);
        let is_own = base == Tier::OwnAccount;
        let origin = |organization, tier, doubt| Origin {
            tier,
            account: Account::Known(account.into()),
            organization,
            doubt,
        };
        if let Some(own) = self.world.trust.organization.as_ref().filter(|_| is_own) {
            return vec![origin(Membership::Known(own.clone()), base, None)];
        }
        let mut all = vec![origin(Membership::None, base, None)];
        if self.attends(Aspect::Organization) {
            all.extend(self.memberships().into_iter().map(|(organization, tier, doubt)| {
                let tier = tier.filter(|tier| base == Tier::External && *tier > base);
                let doubt = if is_own { Some(unknown_organization()) } else { doubt };
                origin(organization, tier.unwrap_or(base), doubt)
            }));
        }
        all
    }

    fn tier_of(&self, account: &str) -> Tier {
        if account == self.world.trust.account {
            Tier::OwnAccount
        } else if self.world.trust.trusted_accounts.contains(account) {
            Tier::Trusted
        } else {
            Tier::External
        }
    }

    /// The organizations an account may be in, and the tier that makes of a stranger.
    fn memberships(&self) -> Vec<(Membership, Option<Tier>, Option<String>)> {
        let trust = &self.world.trust;
        let known = self
            .world
            .organizations
            .iter()
            .chain(&trust.trusted_organizations)
            .chain(&trust.organization);
        let known: BTreeSet<_> = known.collect();
        let mut all = vec![(Membership::Stranger, None, None)];
        for id in known {
            let (tier, doubt) = if trust.organization.as_ref() == Some(id) {
                (Tier::Organization, None)
            } else if trust.trusted_organizations.contains(id) {
                (Tier::Trusted, None)
            } else {
                (
                    Tier::ForeignOrganization,
                    trust.organization.is_none().then(unknown_organization),
                )
            };
            all.push((Membership::Known(id.clone()), Some(tier), doubt));
        }
        all
    }
}

fn unknown_organization() -> String {
    "the account's own organization is not known".into()
}

impl Origin {
    pub(super) fn stranger() -> Self {
        Origin {
            tier: Tier::AnyPrincipal,
            account: Account::Stranger,
            organization: Membership::None,
            doubt: None,
        }
    }

    pub(super) fn class(&self, who: Who, via_endpoint: bool) -> Class {
        Class {
            tier: self.tier,
            who,
            account: self.account.clone(),
            organization: self.organization.clone(),
            via_endpoint,
        }
    }
}
