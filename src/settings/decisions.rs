//! What do the settings say about one function: which controls are on, how loud, with which thresholds, and what is accepted?

use jiff::civil::Date;

use super::{ACCEPT, Choice, Override, Settings, Suppression, Target, tag};
use crate::finding::{Finding, Severity};

/// A quarter, as most reviews of access have it; Lambda functions that run once a quarter are rare.
const UNUSED_AFTER_DAYS: u16 = 90;
/// AWS announces a deprecation half a year ahead ("Lambda runtimes"); a quarter leaves time to move and is not yet noise.
const RUNTIME_EXPIRING_DAYS: u16 = 90;

/// The one control that a tag accepts unless the settings say otherwise: its only remedy besides a reservation is a reason, and
/// whoever may tag the function is the one who knows it.
const ACCEPTED_BY_TAG: &str = "concurrency-unreserved";

/// The settings as they stand for one function.
#[derive(Debug)]
pub struct Decisions<'a> {
    settings: &'a Settings,
    target: Target<'a>,
    today: Date,
    /// Those that hold here, last one first.
    overrides: Vec<&'a Override>,
    /// Those that hold here, or may for all that is known of the tags, by their place in the settings.
    suppressions: Vec<(usize, &'a Suppression)>,
}

/// Whether a finding is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acceptance {
    /// It is, for this reason.
    Accepted(String),
    /// That hangs on tags that could not be read: what was decided before stays.
    Unknown,
    /// It is not, and a tag says otherwise: why the tag does not count.
    Refused(&'static str),
    /// It is not.
    Open,
}

impl Settings {
    /// What they say about a function.
    pub fn decisions<'a>(&'a self, target: Target<'a>, today: Date) -> Decisions<'a> {
        // What hangs on unread tags does not hold: that errs on the loud side.
        let overrides = self.overrides.iter().rev();
        let overrides = overrides
            .filter(|one| one.scope.covers(&target) == Some(true))
            .collect();
        let suppressions = self.suppressions.iter().enumerate();
        let suppressions = suppressions
            .filter(|(_, one)| one.holds(today) && one.scope.covers(&target) != Some(false))
            .collect();
        Decisions {
            settings: self,
            target,
            today,
            overrides,
            suppressions,
        }
    }
}

impl Decisions<'_> {
    /// Whether a control is asked at all.
    pub fn is_on(&self, control: &str) -> bool {
        self.choice(control, |choice| choice.enabled).unwrap_or(true)
    }

    /// The severity that its findings get, if that is decided.
    pub fn severity(&self, control: &str) -> Option<Severity> {
        self.choice(control, |choice| choice.severity)
            .or_else(|| self.settings.severities.get(control).copied())
    }

    /// After how many days without use a permission of a role counts as not needed.
    pub fn unused_after_days(&self) -> u16 {
        let here = self.overrides.iter().find_map(|one| one.unused_after_days);
        here.or(self.settings.unused_after_days).unwrap_or(UNUSED_AFTER_DAYS)
    }

    /// How many days before its deprecation a runtime is reported.
    pub fn runtime_expiring_days(&self) -> u16 {
        let here = self.overrides.iter().find_map(|one| one.runtime_expiring_days);
        here.or(self.settings.runtime_expiring_days)
            .unwrap_or(RUNTIME_EXPIRING_DAYS)
    }

    fn choice<T>(&self, control: &str, part: impl Fn(&Choice) -> Option<T>) -> Option<T> {
        let here = self
            .overrides
            .iter()
            .find_map(|one| one.controls.get(control).and_then(&part));
        here.or_else(|| self.settings.controls.get(control).and_then(&part))
    }

    /// Whether a finding is accepted, by a suppression or by a tag.
    pub fn acceptance(&self, finding: &Finding) -> Acceptance {
        let mut is_open = false;
        for (_, suppression) in &self.suppressions {
            match suppression.covers(finding, &self.target) {
                Some(true) => return Acceptance::Accepted(suppression.reason.clone()),
                Some(false) => {}
                None => is_open = true,
            }
        }
        match self.tagged(&finding.control) {
            Acceptance::Refused(_) | Acceptance::Open if is_open => Acceptance::Unknown,
            other => other,
        }
    }

    fn tagged(&self, control: &str) -> Acceptance {
        let may = self.choice(control, |choice| choice.accept_by_tag);
        let may = may.unwrap_or(control == ACCEPTED_BY_TAG);
        let Some(tags) = self.target.tags else {
            return if may { Acceptance::Unknown } else { Acceptance::Open };
        };
        let found = tags.iter().find(|(key, _)| key.strip_prefix(ACCEPT) == Some(control));
        match found {
            None => Acceptance::Open,
            Some(_) if !may => Acceptance::Refused("the settings do not let a tag accept this control"),
            Some((_, value)) => match tag::reason(value, self.today) {
                Ok(reason) => Acceptance::Accepted(reason.to_owned()),
                Err(refusal) => Acceptance::Refused(refusal.words()),
            },
        }
    }

    /// The suppressions that cover a finding, by their place in the settings: all of them, as each is asked whether it is of use.
    pub(super) fn covering(&self, finding: &Finding) -> impl Iterator<Item = usize> {
        let covers = |suppression: &Suppression| suppression.covers(finding, &self.target) == Some(true);
        self.suppressions
            .iter()
            .filter(move |(_, suppression)| covers(suppression))
            .map(|(index, _)| *index)
    }

    /// The suppressions of a control that may hold here, by their place in the settings.
    pub(super) fn about(&self, control: &str) -> impl Iterator<Item = usize> {
        self.suppressions
            .iter()
            .filter(move |(_, suppression)| suppression.control.as_str() == control)
            .map(|(index, _)| *index)
    }

    /// The suppressions of which unread tags hide whether they hold here.
    pub(super) fn hidden(&self) -> impl Iterator<Item = usize> {
        self.suppressions
            .iter()
            .filter(|(_, suppression)| suppression.scope.covers(&self.target).is_none())
            .map(|(index, _)| *index)
    }
}
