//! Which values do policy variables have? Some are the same for every caller, some follow from who calls.

use super::class::{Account, Assume, Class, Who, World};
use crate::policy::condition::Domain;
use crate::policy::pattern::{Fill, key_and_default};
use crate::policy::request::Values;

impl World {
    /// An account that stands for all that nobody names.
    pub(super) const STRANGER: &'static str = "000000000000";

    /// The value of a variable for every caller.
    pub(super) fn fill(&self, name: &str) -> Fill {
        let (key, _) = key_and_default(name);
        match key.as_str() {
            "aws:resourceaccount" => Fill::Text(self.trust.account.clone()),
            "aws:resourceorgid" => self.trust.organization.clone().map_or(Fill::Unknown, Fill::Text),
            "aws:requestedregion" => Fill::Text(self.region.clone()),
            "aws:securetransport" => Fill::Text("true".into()),
            _ => Fill::Unknown,
        }
    }

    /// The value of a variable for the callers of a class.
    pub(super) fn fill_for(&self, class: &Class, name: &str) -> Fill {
        let (key, default) = key_and_default(name);
        if let (Who::Identity(_), "aws:principalaccount") = (&class.who, key.as_str()) {
            return match &class.account {
                Account::Known(account) => Fill::Text(account.clone()),
                Account::Stranger => Fill::Unknown,
            };
        }
        match self.domain(class, &key, Assume::Anything) {
            Domain::Fixed(Values::One(value)) => Fill::Text(value),
            Domain::Absent => default.map_or(Fill::Nothing, |text| Fill::Text(text.to_owned())),
            _ => self.fill(name),
        }
    }

    /// As [`World::fill_for`], for a text that is compared with the target's ARN. All accounts in that are known, so it
    /// matters not which stranger asks.
    pub(super) fn fill_in_resource(&self, class: &Class, name: &str) -> Fill {
        // A service's account is AWS's own and none that anybody names, and not every service shows it.
        if let (Who::Service(_), (key, default)) = (&class.who, key_and_default(name))
            && key == "aws:principalaccount"
        {
            return if default.is_some() {
                Fill::Unknown
            } else {
                Fill::Nothing
            };
        }
        let particular = Class {
            account: match &class.account {
                Account::Stranger => Account::Known(Self::STRANGER.to_owned()),
                known @ Account::Known(_) => known.clone(),
            },
            ..class.clone()
        };
        self.fill_for(&particular, name)
    }
}
