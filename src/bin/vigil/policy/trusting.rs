//! Whom does the owner trust? What several questions ask for.

use anyhow::{Result, bail};
use lambda_vigil::arn::AccountId;
use lambda_vigil::policy::Trust;

/// Who belongs to the owner.
#[derive(clap::Args)]
pub(super) struct Trusting {
    /// The own organization
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
    /// An account or organization that may be granted access; may be repeated
    #[arg(long, value_name = "ID")]
    trusted: Vec<String>,
}

impl Trusting {
    /// The trust of an account.
    pub(super) fn of(&self, account: &AccountId) -> Result<Trust> {
        let mut trust = Trust {
            account: account.to_string(),
            organization: self.organization.clone(),
            ..Trust::default()
        };
        if let Some(id) = self.organization.iter().find(|id| !id.starts_with("o-")) {
            bail!("`{id}` is not an organization; its id begins with `o-`");
        }
        for id in &self.trusted {
            match (id.parse::<AccountId>().is_ok(), id.starts_with("o-")) {
                (true, _) => trust.trusted_accounts.insert(id.clone()),
                (false, true) => trust.trusted_organizations.insert(id.clone()),
                (false, false) => bail!("`{id}` is neither an account (12 digits) nor an organization (`o-…`)"),
            };
        }
        Ok(trust)
    }
}
