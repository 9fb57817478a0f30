//! Which live accounts and Regions does a verb look at, and with whose credentials?

use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use lambda_vigil::arn::{AccountId, Region};
use lambda_vigil::aws::{Clients, LiveCollector, LiveInventory, Members, Reader, Share, Within};
use lambda_vigil::monitor::{Inventory, Place};

/// Which of them.
#[derive(clap::Args)]
pub(super) struct Which {
    /// A profile of the AWS configuration files; default: the credentials of the environment
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// A Region to look at, or `all` that are enabled; may be given several times; default: that of the profile or environment
    #[arg(long = "region", value_name = "REGION")]
    regions: Vec<String>,
    /// The role by which the other accounts of the organization are read, by its name (infra/reader.yaml); default: this account alone
    #[arg(long, value_name = "ROLE")]
    reader_role: Option<String>,
    /// What that role asks for
    #[arg(long, value_name = "WORD", requires = "reader_role")]
    external_id: Option<String>,
    /// An organizational unit whose accounts are looked at, with all units below it; may be given several times; default: all accounts
    #[arg(
        long = "unit",
        value_name = "ID",
        requires = "reader_role",
        conflicts_with = "accounts"
    )]
    units: Vec<String>,
    /// An account to look at beside this one and those of the units; may be given several times
    #[arg(long = "account", value_name = "ID", requires = "reader_role")]
    accounts: Vec<AccountId>,
    /// The part of the account's API quotas to use; the rest stays with your deployments
    #[arg(long, value_name = "PERCENT", default_value = "33", value_parser = clap::value_parser!(u16).range(1..=100))]
    share: u16,
}

/// What a verb works with.
pub(super) struct Live {
    pub(super) clients: Arc<Clients>,
    pub(super) inventory: LiveInventory,
    pub(super) collector: LiveCollector,
    /// The account of the credentials, in the first Region.
    pub(super) home: Place,
}

impl Which {
    /// Finds out whose credentials these are, and which Regions are meant.
    pub(super) async fn connect(&self) -> Result<Live> {
        let share = Share::percent(self.share).unwrap_or(Share::DEFAULT);
        let named = self.regions.iter().find(|region| *region != "all");
        let named = named.map(|region| region.parse::<Region>()).transpose()?;
        let clients = Clients::of_profile(self.profile.as_deref(), named.as_ref(), share).await;
        let clients = Arc::new(clients.map_err(|problem| anyhow!(problem))?);
        let regions = self.regions(&clients).await?;
        let account = clients.account().await.map_err(|problem| anyhow!(problem))?;
        let home = Place {
            region: regions.first().context("no Region is enabled")?.clone(),
            account: account.clone(),
        };
        let members = Members::new(account, home.region.clone(), Arc::clone(&clients), self.reader());
        let members = Arc::new(members);
        // Digests of environment values compare from one look at an account to the next.
        let salt = home.account.to_string().into_bytes();
        Ok(Live {
            inventory: LiveInventory::new(Arc::clone(&members), regions, salt.clone()),
            collector: LiveCollector::new(members, salt),
            clients,
            home,
        })
    }

    async fn regions(&self, clients: &Clients) -> Result<Vec<Region>> {
        let failed = |problem: String| anyhow!(problem);
        if self.regions.iter().any(|region| region == "all") {
            return clients.enabled_regions().await.map_err(failed);
        }
        if self.regions.is_empty() {
            return Ok(vec![clients.home().map_err(failed)?]);
        }
        let mut regions: Vec<Region> = Vec::new();
        for region in &self.regions {
            let region = region.parse()?;
            if !regions.contains(&region) {
                regions.push(region);
            }
        }
        Ok(regions)
    }

    fn reader(&self) -> Option<Reader> {
        let accounts = self.accounts.iter().cloned().collect();
        let is_whole = self.units.iter().any(|unit| unit.starts_with("r-"));
        let within = match (self.units.is_empty(), self.accounts.is_empty()) {
            (true, true) => Within::Organization,
            _ if is_whole => Within::Organization,
            (true, false) => Within::Accounts(accounts),
            (false, _) => Within::Units(self.units.iter().cloned().collect(), accounts),
        };
        Some(Reader {
            role: self.reader_role.clone()?,
            external_id: self.external_id.clone(),
            within,
        })
    }
}

/// One after the other: each account and Region has quotas of its own, and what is known of one need not wait for the last.
pub(super) async fn places(inventory: &impl Inventory, home: &AccountId) -> Result<Vec<Place>> {
    let others = inventory.others().await;
    let others = others.map_err(|why| anyhow!("cannot tell which accounts there are: {why}"))?;
    let accounts = std::iter::once(home.clone()).chain(others);
    let places = accounts.flat_map(|account| {
        let regions = inventory.regions(&account).into_iter();
        regions.map(move |region| Place {
            account: account.clone(),
            region,
        })
    });
    Ok(places.collect())
}
