//! What was judged before, as long as it would be judged the same: a judgement follows from what is known of the function and of
//! what it shares with others, from the settings and from the day, and from nothing else.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;

use super::kept::{Kept, weight};
use crate::assess::Assessment;
use crate::controls::Itself;
use crate::settings::{Settings, day_of};
use crate::snapshot::{Facet, Facts, Outcome, Scope, Snapshot};

/// Enough for the functions that a warm Lambda hears of again and again.
const ROOM: usize = 32 << 20;

/// Judgements of functions, and of the monitor itself.
pub struct Memo {
    known: Mutex<Known>,
}

struct Known {
    /// By which all of it was judged.
    settings: Settings,
    day: Date,
    functions: Kept<Remembered>,
    /// What functions share with others, each once.
    shared: Kept<Stamped>,
    stamps: u64,
}

/// A judgement, and what it follows from.
struct Remembered {
    own: Facts,
    /// What stands for the facts of role, VPC and place.
    shared: [u64; 3],
    /// What the monitor knew about itself, where it was judged.
    itself: Option<Itself>,
    assessment: Arc<Assessment>,
}

/// Facts, and the number that stands for them and for no others.
struct Stamped {
    stamp: u64,
    facts: Facts,
}

/// The circumstances of a judgement beside the facts.
pub(super) type Circumstances<'a> = (Option<&'a Itself>, &'a Settings, Timestamp);

impl Default for Memo {
    fn default() -> Self {
        Self::with_room_for(ROOM)
    }
}

impl fmt::Debug for Memo {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Memo")
    }
}

impl Memo {
    /// Takes about so many bytes. Without room for a single one everything is judged anew.
    pub fn with_room_for(bytes: usize) -> Self {
        let known = Known {
            settings: Settings::default(),
            day: Date::ZERO,
            functions: Kept::with_room_for(bytes / 2),
            shared: Kept::with_room_for(bytes / 2),
            stamps: 0,
        };
        Self {
            known: Mutex::new(known),
        }
    }

    /// The judgement of a function, if nothing that it follows from is another by now.
    pub(super) fn recall(&self, of: &Snapshot, by: Circumstances<'_>) -> Option<Arc<Assessment>> {
        let mut known = self.lock();
        known.turn_to(by);
        let shared = known.stamps_of(of);
        let remembered = known.functions.get(&key(of, by.0))?;
        let is_same = remembered.shared == shared
            && remembered.itself.as_ref() == by.0
            && says_the_same(&remembered.own, &of.own, by.1);
        is_same.then(|| Arc::clone(&remembered.assessment))
    }

    /// Remembers a judgement.
    pub(super) fn note(&self, of: &Snapshot, by: Circumstances<'_>, assessment: &Arc<Assessment>) {
        let mut known = self.lock();
        known.turn_to(by);
        let shared = known.stamps_of(of);
        let room = known.functions.room();
        let bytes = weight(&(&of.own, &assessment.findings), room);
        let remembered = Remembered {
            own: of.own.clone(),
            shared,
            itself: by.0.cloned(),
            assessment: Arc::clone(assessment),
        };
        known.functions.put(&key(of, by.0), remembered, bytes);
    }

    /// A panic elsewhere leaves it whole: each value is changed in one step.
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// By other settings, or on another day, nothing of it counts.
    fn turn_to(&mut self, (_, settings, now): Circumstances<'_>) {
        let day = day_of(now);
        if self.day != day || self.settings != *settings {
            self.functions.clear();
            self.day = day;
            self.settings = settings.clone();
        }
    }

    fn stamps_of(&mut self, of: &Snapshot) -> [u64; 3] {
        [
            self.stamp(of.role_scope(), &of.role),
            self.stamp(of.vpc_scope(), &of.vpc),
            self.stamp(Some(of.place_scope()), &of.place),
        ]
    }

    /// The number of these facts. One is never given to others, not even after they had to go.
    fn stamp(&mut self, scope: Option<Scope>, facts: &Facts) -> u64 {
        if facts.is_empty() {
            return 0;
        }
        let key = scope.map(|scope| scope.key()).unwrap_or_default();
        if let Some(known) = self.shared.get(&key)
            && says_the_same(&known.facts, facts, &self.settings)
        {
            return known.stamp;
        }
        self.stamps += 1;
        let stamped = Stamped {
            stamp: self.stamps,
            facts: facts.clone(),
        };
        let bytes = weight(facts, self.shared.room());
        self.shared.put(&key, stamped, bytes);
        self.stamps
    }
}

/// The monitor is a function, too, and is judged as both.
fn key(of: &Snapshot, itself: Option<&Itself>) -> String {
    let function = of.function.to_string();
    if itself.is_some() {
        format!("{function} itself")
    } else {
        function
    }
}

/// Whether nobody who judges can tell them apart: when a facet was read is nothing that a judgement knows.
fn says_the_same(one: &Facts, other: &Facts, settings: &Settings) -> bool {
    // An outcome that is shared is the same without being looked at.
    fn outcomes<'f>(facts: &'f Facts, settings: &Settings) -> impl Iterator<Item = (Facet, &'f Arc<Outcome>)> {
        let outcomes = facts.iter().map(|(facet, reading)| (facet, &reading.outcome));
        outcomes.filter(|(facet, outcome)| counts(*facet, outcome, settings))
    }
    outcomes(one, settings).eq(outcomes(other, settings))
}

/// Who changed the code last, which is another call after each deployment, only counts where the settings say who deploys; that
/// nobody could read it counts everywhere.
fn counts(facet: Facet, outcome: &Outcome, settings: &Settings) -> bool {
    facet != Facet::LastChange || settings.deployers.is_some() || matches!(outcome, Outcome::Unreadable(_))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::assess::assess;
    use crate::memory::Account;
    use crate::snapshot::{LastChange, Reason, ScopeKind, Value};

    const NOON: &str = "2026-11-21T12:00:00Z";

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    /// A function with a role, a network and a place, of all of which something is known.
    fn snapshot() -> Snapshot {
        let (account, region) = ("111122223333", "eu-west-1");
        let function = format!("arn:aws:lambda:{region}:{account}:function:orders");
        let role = format!("arn:aws:iam::{account}:role/orders");
        let recorded = json!({
            "Functions": [{"FunctionArn": function, "Policies": [], "FunctionUrlConfigs": [], "Configuration": {
                "Role": role, "Runtime": "python3.13", "VpcConfig": {"VpcId": "vpc-1", "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}}}],
            "Roles": [{"Arn": role, "InlinePolicies": [], "AttachedPolicies": [], "PermissionsBoundary": null}],
            "Networks": [{"Account": account, "Region": region, "VpcId": "vpc-1", "SecurityGroups": []}],
            "Places": [{"Account": account, "Region": region, "Alarms": {}}],
        });
        let mut account = Account::default();
        account.add(&recorded.to_string()).unwrap();
        account.snapshot(&function.parse().unwrap())
    }

    fn noted(memo: &Memo, of: &Snapshot, settings: &Settings) -> Arc<Assessment> {
        let by = (None, settings, at(NOON));
        let judged = Arc::new(assess(of, settings, at(NOON)));
        memo.note(of, by, &judged);
        judged
    }

    #[test]
    fn what_follows_from_the_same_is_not_judged_again() {
        let (memo, settings) = (Memo::default(), Settings::default());
        let judged = noted(&memo, &snapshot(), &settings);
        // Read anew, at another time of the same day.
        let again = memo.recall(&snapshot(), (None, &settings, at("2026-11-21T23:59:59Z")));
        assert!(Arc::ptr_eq(&again.unwrap(), &judged));
        assert!(
            memo.recall(&snapshot(), (None, &settings, at("2026-11-22T00:00:00Z")))
                .is_none()
        );
        assert!(
            memo.recall(&snapshot(), (None, &settings, at(NOON))).is_none(),
            "a new day clears it"
        );
    }

    #[test]
    fn whatever_changes_it_is_judged_again() {
        let settings = Settings::default();
        for facet in Facet::ALL {
            let memo = Memo::default();
            noted(&memo, &snapshot(), &settings);
            let mut changed = snapshot();
            let facts = match facet.scope() {
                ScopeKind::Function => &mut changed.own,
                ScopeKind::Role => Arc::make_mut(&mut changed.role),
                ScopeKind::Vpc => Arc::make_mut(&mut changed.vpc),
                ScopeKind::Place => Arc::make_mut(&mut changed.place),
            };
            facts.insert_unreadable(at(NOON), facet, Reason::Throttled);
            assert!(
                memo.recall(&changed, (None, &settings, at(NOON))).is_none(),
                "{facet:?}"
            );
        }
    }

    #[test]
    fn a_role_that_comes_back_is_as_it_was_or_is_judged_again() {
        let (memo, settings) = (Memo::default(), Settings::default());
        let (before, mut between) = (snapshot(), snapshot());
        noted(&memo, &before, &settings);
        Arc::make_mut(&mut between.role).insert_unreadable(at(NOON), Facet::RolePolicies, Reason::Throttled);
        let by = (None, &settings, at(NOON));
        assert!(memo.recall(&between, by).is_none());
        assert!(
            memo.recall(&before, by).is_none(),
            "the number of other facts is never given again"
        );
    }

    #[test]
    fn other_settings_count_at_once_and_a_deployment_only_where_they_ask_who_deploys() {
        let memo = Memo::default();
        let (silent, asking) = (
            Settings::default(),
            Settings::parse(r#"deployers = ["arn:aws:iam::111122223333:role/ci"]"#).unwrap(),
        );
        let mut deployed = snapshot();
        let change = LastChange {
            event_name: "UpdateFunctionCode20150331v2".to_owned(),
            actor: Some("arn:aws:iam::111122223333:user/alice".to_owned()),
            invoked_by: None,
            event_time: None,
        };
        deployed.own.insert(at(NOON), Value::LastChange(change));
        for (settings, is_known) in [(&silent, true), (&asking, false)] {
            assert!(memo.recall(&snapshot(), (None, settings, at(NOON))).is_none());
            noted(&memo, &snapshot(), settings);
            let recalled = memo.recall(&deployed, (None, settings, at(NOON)));
            assert_eq!(recalled.is_some(), is_known);
            let anew = assess(&deployed, settings, at(NOON));
            assert!(recalled.is_none_or(|recalled| *recalled == anew));
        }
    }

    #[test]
    fn one_control_asks_who_deploys_and_one_whether_it_could_be_read() {
        let asks = |control: &&&crate::controls::Control| control.reads.contains(&Facet::LastChange);
        let asking: Vec<&str> = crate::controls::ALL
            .iter()
            .filter(asks)
            .map(|control| control.id)
            .collect();
        assert_eq!(asking, ["code-changed-by-person", "read-denied"]);
    }

    #[test]
    fn the_monitor_is_not_taken_for_the_function_that_it_runs_as() {
        let (memo, settings) = (Memo::default(), Settings::default());
        noted(&memo, &snapshot(), &settings);
        let itself = |sweeps| Itself {
            standing: crate::settings::Standing::default(),
            source_prefix: "aws".to_owned(),
            is_home: true,
            is_fed: true,
            others: None,
            sweeps,
        };
        let known = itself(crate::controls::Sweeps::Current);
        let by = (Some(&known), &settings, at(NOON));
        assert!(memo.recall(&snapshot(), by).is_none());
        let judged = Arc::new(crate::assess::assess_own(&snapshot(), &known, &settings, at(NOON)));
        memo.note(&snapshot(), by, &judged);
        assert!(memo.recall(&snapshot(), by).is_some());
        let other = itself(crate::controls::Sweeps::Unknown);
        assert!(memo.recall(&snapshot(), (Some(&other), &settings, at(NOON))).is_none());
    }

    #[test]
    fn without_room_everything_is_judged_anew() {
        let (memo, settings) = (Memo::with_room_for(0), Settings::default());
        noted(&memo, &snapshot(), &settings);
        assert!(memo.recall(&snapshot(), (None, &settings, at(NOON))).is_none());
    }
}
