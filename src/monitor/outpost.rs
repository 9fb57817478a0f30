//! Do the events of other accounts and Regions still arrive? There nothing of the monitor runs but rules that pass events on: what feeds
//! them is read from here, place by place, and a place that cannot be read is told like one that is silent.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::{StreamExt, stream};

use super::plan::{Plan, Work};
use super::settle::occasion;
use super::{AT_ONCE, Clock, Collector, Evaluation, Inventory, Later, Monitor, Notifier, Outcome, Place, Store};
use crate::arn::{AccountId, FunctionArn, Region};
use crate::assess::assess_own;
use crate::controls::Itself;
use crate::event::Change;
use crate::settings::Standing;
use crate::snapshot::{Facet, FacetSet, Scope, Snapshot};

/// What is told about a place is told of a function that no place can have: Lambda's own names end after 64 characters.
const OUTPOST: &str = "forwarding-of-the-events-of-this-account-and-region-to-lambda-vigil";

/// Where looking at an account and Region is asked for: those that are watched, and the one that alone sees the changes of IAM.
pub fn places_of(account: &AccountId, regions: &[Region]) -> Vec<Place> {
    let global = regions.first().and_then(Region::global);
    let others = global.filter(|global| !regions.contains(global));
    let all = regions.iter().cloned().chain(others);
    all.map(|region| Place {
        account: account.clone(),
        region,
    })
    .collect()
}

/// Stands for what passes the events of a place on.
pub fn outpost(place: &Place) -> Option<FunctionArn> {
    FunctionArn::new(&place.account, &place.region, OUTPOST).ok()
}

impl<I: Inventory, C: Collector, S: Store, N: Notifier, K: Clock> Monitor<I, C, S, N, K> {
    /// Plans to look whether events arrive. Without an account that means all: those of the others are asked for one by one, for one that
    /// does not answer must not keep the others from it.
    pub(super) async fn plan_check(
        &self,
        (account, region): (Option<&AccountId>, Option<&Region>),
        plan: &mut Plan,
        outcome: &mut Outcome,
    ) {
        if account.is_none() {
            match self.inventory.others().await {
                Ok(others) if others.is_empty() => {}
                // Home as well: what fails there must not keep the others from it.
                Ok(others) => {
                    let all = others.into_iter().chain([self.home.account.clone()]);
                    return outcome.later.extend(all.map(|account| Later::Check {
                        account,
                        region: region.cloned(),
                    }));
                }
                Err(why) => outcome
                    .failures
                    .push(format!("cannot tell which accounts there are: {why}")),
            }
        }
        let account = account.unwrap_or(&self.home.account);
        let places = match region {
            Some(region) => vec![Place {
                account: account.clone(),
                region: region.clone(),
            }],
            None => self.sources(account),
        };
        for place in places {
            plan.check(&place, &self.home, None);
        }
    }

    /// The places of an account whose events matter: those that are watched, and the one that alone sees the changes of IAM.
    fn sources(&self, account: &AccountId) -> Vec<Place> {
        places_of(account, &self.inventory.regions(account))
    }

    /// Looks at the places that are planned. What is found is told of the place.
    pub(super) async fn judge_outposts(&self, plan: &Plan, outcome: &mut Outcome) {
        let judged = plan.checks.iter().map(|(place, work)| self.judge_outpost(place, work));
        let judged: Vec<_> = stream::iter(judged).buffered(AT_ONCE).collect().await;
        for judged in judged {
            match judged {
                Ok(evaluation) => outcome.outposts.push(evaluation),
                Err(problem) => outcome.failures.push(problem),
            }
        }
    }

    async fn judge_outpost(&self, place: &Place, work: &Work) -> Result<Evaluation, String> {
        let function = outpost(place).ok_or_else(|| format!("nothing stands for {place}"))?;
        let scope = Scope::Place(place.clone());
        let fresh = self.collector.collect(&scope, &feeding()).await;
        let merged = self.store.merge_facts(&scope, &fresh).await;
        let mut snapshot = Snapshot::new(function.clone());
        snapshot.place = Arc::new(merged.map_err(|error| error.to_string())?);
        let itself = Itself {
            standing: Standing::default(),
            source_prefix: self.own.source_prefix.clone(),
            is_home: false,
        };
        let now = self.clock.now();
        let assessment = assess_own(&snapshot, &itself, &self.settings, now);
        let occasion = occasion(&work.changes, now, &self.settings);
        let settled = self.settle_own(&function, assessment, &occasion).await?;
        settled.told(self).await
    }
}

impl Plan {
    /// Adds a place to look at, because of a change or for no special reason. Where the monitor runs is looked at with itself.
    pub(super) fn check(&mut self, place: &Place, home: &Place, change: Option<&Change>) {
        let work = if place == home {
            self.own.facets.extend(feeding());
            self.own.facets.insert(Facet::Topics);
            &mut self.own
        } else {
            self.checks.entry(place.clone()).or_default()
        };
        work.changes.extend(change.cloned());
    }
}

/// Places to look at.
pub(super) type Checks = BTreeMap<Place, Work>;

/// What brings events from a place.
fn feeding() -> FacetSet {
    FacetSet::from([Facet::Trails, Facet::Rules])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Occasion as When;

    #[test]
    fn what_stands_for_a_place_is_no_function_of_it() {
        let place = Place {
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
        };
        let outpost = outpost(&place).unwrap();
        assert!(outpost.name().len() > 64, "Lambda would take such a name");
        assert_eq!(Place::of(&outpost), place);
        assert!(feeding().iter().all(|facet| facet.occasion() == When::Own));
    }
}
