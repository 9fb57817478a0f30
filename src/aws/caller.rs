//! Whose credentials are these, and in which Regions can they look?

use super::clients::Clients;
use super::failure::{explain, printable};
use crate::arn::{AccountId, Region};

impl Clients {
    /// The account of the credentials.
    pub async fn account(&self) -> Result<AccountId, String> {
        let answer = Box::pin(self.sts().get_caller_identity().send()).await;
        let answer = answer.map_err(|error| {
            printable(&format!(
                "cannot tell whose credentials these are: `sts:GetCallerIdentity`: {}; name a profile (--profile) or set them in the environment",
                explain(&error)
            ))
        })?;
        let account = answer.account.unwrap_or_default();
        account.parse().map_err(|error| format!("`{account}`: {error}"))
    }

    /// The Regions that are enabled for the account.
    pub async fn enabled_regions(&self) -> Result<Vec<Region>, String> {
        let home = self.home()?;
        let call = self.ec2(&home).await.describe_regions();
        let answer = Box::pin(call.send()).await;
        let answer = answer.map_err(|error| {
            printable(&format!(
                "cannot tell which Regions are enabled: `ec2:DescribeRegions`: {}; name them (--region)",
                explain(&error)
            ))
        })?;
        let names = answer.regions.unwrap_or_default().into_iter();
        let regions = names.filter_map(|region| region.region_name?.parse().ok());
        Ok(regions.collect())
    }
}
