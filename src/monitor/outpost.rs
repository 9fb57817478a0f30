//! Do the events of other accounts and Regions still arrive? There nothing of the monitor runs but rules that pass events on: what feeds
//! them is read from here, place by place, and a place that cannot be read is told like one that is silent.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};

use super::plan::{Plan, Work};
use super::settle::occasion;
use super::{
    AT_ONCE, Clock, Collector, Coverage, Evaluation, Inventory, Later, Monitor, Notifier, Outcome, Place, Store,
};
use crate::arn::{AccountId, FunctionArn, Region};
use crate::assess::assess_own;
use crate::controls::{Itself, Sweeps};
use crate::event::Change;
use crate::settings::Standing;
use crate::snapshot::{Facet, FacetSet, Facts, Scope, Snapshot};

/// What is told about a place is told of a function that no place can have: Lambda's own names end after 64 characters.
const OUTPOST: &str = "forwarding-of-the-events-of-this-account-and-region-to-lambda-vigil";

/// A sweep comes each day; one that is late is none that is left out.
const OVERDUE: SignedDuration = SignedDuration::from_hours(48);

/// What came of looking at a place.
struct Judged {
    evaluation: Evaluation,
    /// Its account does not let the monitor in.
    is_kept_out: bool,
}

/// Whether it was looked at of late: that is done each hour where it is watched.
fn is_watched(known: &Facts, now: Timestamp) -> bool {
    let looked = known.reading(Facet::Rules).map(|reading| reading.at);
    looked.is_some_and(|at| now.duration_since(at) <= OVERDUE)
}

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
    pub(super) fn sources(&self, account: &AccountId) -> Vec<Place> {
        places_of(account, &self.inventory.regions(account))
    }

    /// Looks at the places that are planned. What is found is told of the place.
    pub(super) async fn judge_outposts(&self, plan: &Plan, outcome: &mut Outcome) {
        let mut accounts: BTreeMap<&AccountId, Vec<(&Place, &Work)>> = BTreeMap::new();
        for (place, work) in &plan.checks {
            accounts.entry(&place.account).or_default().push((place, work));
        }
        // Boxed: what is awaited below is deep enough by itself.
        let judged = accounts
            .into_values()
            .map(|places| Box::pin(self.judge_account(places)));
        let judged: Vec<_> = stream::iter(judged).buffered(AT_ONCE).collect().await;
        for judged in judged.into_iter().flatten() {
            match judged {
                Ok(judged) => outcome.outposts.push(judged.evaluation),
                Err(problem) => outcome.failures.push(problem),
            }
        }
    }

    /// One that keeps the monitor out is told once, and not by each of its Regions.
    async fn judge_account(&self, places: Vec<(&Place, &Work)>) -> Vec<Result<Judged, String>> {
        let mut places = places.into_iter();
        let Some((place, work)) = places.next() else {
            return Vec::new();
        };
        let first = self.judge_outpost(place, work).await;
        if first.as_ref().is_ok_and(|first| first.is_kept_out) {
            return vec![first];
        }
        let others = places.map(|(place, work)| self.judge_outpost(place, work));
        let others: Vec<_> = stream::iter(others).buffered(AT_ONCE).collect().await;
        std::iter::once(first).chain(others).collect()
    }

    async fn judge_outpost(&self, place: &Place, work: &Work) -> Result<Judged, String> {
        let function = outpost(place).ok_or_else(|| format!("nothing stands for {place}"))?;
        let scope = Scope::Place(place.clone());
        let before = self.store.facts(&scope).await.map_err(|error| error.to_string())?;
        let fresh = self.collector.collect(&scope, &passing_on()).await;
        let is_kept_out = fresh.value(Facet::Rules).is_err_and(|unread| unread.reason.keeps_out());
        let merged = self.store.merge_facts(&scope, &fresh).await;
        let mut snapshot = Snapshot::new(function.clone());
        snapshot.place = Arc::new(merged.map_err(|error| error.to_string())?);
        // Whatever was missed while nobody could look, or watched at all, is not held against it.
        if is_kept_out || !is_watched(&before, self.clock.now()) {
            self.note_swept(place, self.clock.now()).await?;
        }
        let sweeps = if is_kept_out {
            Sweeps::Unknown
        } else {
            self.sweeps(place).await?
        };
        let itself = Itself {
            standing: Standing::default(),
            source_prefix: self.own.source_prefix.clone(),
            is_home: false,
            is_fed: true,
            others: None,
            sweeps,
        };
        let now = self.clock.now();
        let assessment = assess_own(&snapshot, &itself, &self.settings, now);
        let occasion = occasion(&work.changes, now, &self.settings);
        let settled = self.settle_own(&function, &assessment, &occasion).await?;
        Ok(Judged {
            evaluation: settled.told(self).await?,
            is_kept_out,
        })
    }

    /// From now on the next sweep is missed.
    pub(super) async fn note_swept(&self, place: &Place, now: Timestamp) -> Result<(), String> {
        let coverage = Coverage {
            swept: Some(now),
            ..Coverage::default()
        };
        let noted = self.store.add_coverage(place, coverage).await;
        noted.map_err(|error| error.to_string())
    }

    /// Whether sweeps come by a place.
    pub(super) async fn sweeps(&self, place: &Place) -> Result<Sweeps, String> {
        if !self.inventory.regions(&place.account).contains(&place.region) {
            return Ok(Sweeps::Current);
        }
        let coverage = self.store.coverage(place).await.map_err(|error| error.to_string())?;
        let now = self.clock.now();
        match coverage.swept {
            Some(swept) if now.duration_since(swept) > OVERDUE => Ok(Sweeps::Overdue(swept)),
            Some(_) => Ok(Sweeps::Current),
            // It is new: nothing is wrong yet.
            None => {
                self.note_swept(place, now).await?;
                Ok(Sweeps::Current)
            }
        }
    }
}

impl Plan {
    /// Adds a place to look at, because of a change or for no special reason. Where the monitor runs is looked at with itself.
    pub(super) fn check(&mut self, place: &Place, home: &Place, change: Option<&Change>) {
        let work = if place == home {
            self.own.facets.extend(feeding());
            self.own.facets.extend([Facet::Topics, Facet::Buses]);
            self.is_looked_home |= change.is_none();
            &mut self.own
        } else {
            self.checks.entry(place.clone()).or_default()
        };
        work.changes.extend(change.cloned());
    }
}

/// Places to look at.
pub(super) type Checks = BTreeMap<Place, Work>;

/// What brings events from another place.
fn passing_on() -> FacetSet {
    feeding().into_iter().chain([Facet::Senders]).collect()
}

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
        assert!(passing_on().iter().all(|facet| facet.occasion() == When::Own));
    }
}
