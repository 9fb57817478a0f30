//! What changed since the last evaluation? Stored record and assessment in, transitions and the next record out; pure.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::arn::FunctionArn;
use crate::assess::{ACCEPTED_BY, Accepted, Assessment};
use crate::controls;
use crate::event::{self, Cause, Change, Subject};
use crate::finding::{Finding, Fingerprint, Severity};
use crate::settings::Destinations;

/// How many resolved findings a record remembers, to tell a reopened one from a new one.
const REMEMBERED: usize = 100;
/// The reason for silence about what nobody asks for any more.
const SWITCHED_OFF: &str = "the settings switch the control off here";
/// The note on what a first look finds.
const FIRST_LOOK: &str = "found at the first look at this function, so it may be older than the call";

/// What is known of a function's findings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Record {
    /// The function was evaluated before: what is found now is newer than that.
    pub evaluated: bool,
    /// Those that are open, suppressed ones included.
    pub open: BTreeMap<Fingerprint, Open>,
    /// Those that were resolved.
    pub resolved: BTreeMap<Fingerprint, Resolved>,
}

/// A finding that was resolved: what it was, as far as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", from = "Remembered")]
pub struct Resolved {
    /// When it was seen to be gone.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// What was found; absent in records of before this was kept.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub was: Option<Was>,
}

/// What is kept of a finding after its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Was {
    /// Id of the control.
    pub control: String,
    /// How bad it was.
    pub severity: Severity,
    /// When it was first seen.
    #[schemars(with = "String")]
    pub since: Timestamp,
}

/// As it is or was written: once it was the time alone.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Remembered {
    At(#[schemars(with = "String")] Timestamp),
    Whole {
        #[schemars(with = "String")]
        at: Timestamp,
        #[serde(flatten)]
        was: Was,
    },
}

impl From<Remembered> for Resolved {
    fn from(remembered: Remembered) -> Self {
        match remembered {
            Remembered::At(at) => Self { at, was: None },
            Remembered::Whole { at, was } => Self { at, was: Some(was) },
        }
    }
}

impl Resolved {
    fn new(open: &Open, at: Timestamp) -> Self {
        let was = Was {
            control: open.finding.control.clone(),
            severity: open.finding.severity,
            since: open.since,
        };
        Self { at, was: Some(was) }
    }
}

/// A finding that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Open {
    /// As last seen.
    pub finding: Arc<Finding>,
    /// When it was first seen.
    #[schemars(with = "String")]
    pub since: Timestamp,
    /// The call after which it was first seen; absent if no call that was seen can have caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Arc<Cause>>,
    /// Why it is accepted, while it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppressed: Option<String>,
    /// Who was told of it beside everybody, or instead: who hears of the fault hears of its end.
    #[serde(default, skip_serializing_if = "Destinations::is_usual")]
    pub to: Destinations,
    /// When people were reminded of it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub reminded: Option<Timestamp>,
}

/// What happened to a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// New.
    Opened,
    /// Its severity rose.
    Worsened,
    /// It was resolved, and is back; or its suppression ended.
    Reopened,
    /// Critical, told of long ago, and still there.
    StillOpen,
    /// A suppression now covers it.
    Suppressed,
    /// Gone, by a read that shows it.
    Resolved,
}

impl Status {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Worsened => "worsened",
            Self::Reopened => "reopened",
            Self::StillOpen => "still-open",
            Self::Suppressed => "suppressed",
            Self::Resolved => "resolved",
        }
    }

    /// Whether it says that less is wrong than before.
    pub fn is_good_news(self) -> bool {
        match self {
            Self::Resolved | Self::Suppressed => true,
            Self::Opened | Self::Worsened | Self::Reopened | Self::StillOpen => false,
        }
    }
}

/// A change of a finding's state: the only thing that people are told about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Transition {
    /// What happened.
    pub status: Status,
    /// To which finding.
    pub finding: Arc<Finding>,
    /// When it was first seen.
    #[schemars(with = "String")]
    pub since: Timestamp,
    /// When this happened.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// The call after which it was seen to happen; absent if no call that was seen can have caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Arc<Cause>>,
    /// More about it: the suppression's reason, or that the function was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Cow<'static, str>>,
    /// Who is told, where that is not everybody.
    #[serde(default, skip_serializing_if = "Destinations::is_usual")]
    pub to: Destinations,
}

/// The circumstances of an evaluation.
#[derive(Debug, Clone, Copy)]
pub struct Occasion<'a> {
    /// What led to it, oldest first; empty for a sweep.
    pub changes: &'a [Change],
    /// The time.
    pub now: Timestamp,
    /// After how many hours people are reminded of what is critical and still open, if they are.
    pub remind_after_hours: Option<u16>,
}

impl Occasion<'_> {
    /// Whether it is time to tell of it again.
    fn reminds_of(&self, open: &Open) -> bool {
        let told = open.reminded.unwrap_or(open.since);
        let hours = self.remind_after_hours.map(i64::from);
        open.finding.severity == Severity::Critical
            && hours.is_some_and(|hours| self.now.as_second() - told.as_second() >= hours * 3600)
    }

    /// The latest call that changed something that the control reads, or that decides on acceptance: other calls are no explanation.
    fn cause(&self, control: &str, status: Status) -> Option<Arc<Cause>> {
        let reads = controls::find(control).map_or(&[][..], |control| control.reads);
        let is_about_acceptance = matches!(status, Status::Suppressed | Status::Reopened);
        let explains = |change: &&Change| {
            reads.iter().any(|facet| change.facets.contains(*facet))
                || (is_about_acceptance && change.facets.contains(ACCEPTED_BY))
        };
        self.changes
            .iter()
            .rev()
            .find(explains)
            .map(|change| Arc::clone(&change.cause))
    }

    /// The call that deleted the function, if it was seen.
    fn deletion(&self) -> Option<Arc<Cause>> {
        let deletes = |change: &&Change| change.deleted && matches!(change.subject, Subject::Function { .. });
        self.changes
            .iter()
            .rev()
            .find(deletes)
            .map(|change| Arc::clone(&change.cause))
    }

    /// What a new function shows is no older than the call that made it.
    fn creates_function(&self) -> bool {
        self.changes
            .iter()
            .any(|change| event::stem(&change.cause.event_name) == "CreateFunction")
    }

    fn transition(&self, status: Status, finding: &Arc<Finding>, since: Timestamp) -> Transition {
        let cause = self.cause(&finding.control, status);
        Transition {
            status,
            finding: Arc::clone(finding),
            since,
            at: self.now,
            cause,
            note: None,
            to: Destinations::default(),
        }
    }
}

/// Compares an assessment with the record.
pub fn compare(mut record: Record, assessment: &Assessment, occasion: &Occasion<'_>) -> (Record, Vec<Transition>) {
    let mut transitions: Vec<Transition> = assessment
        .findings
        .iter()
        .filter_map(|finding| {
            let accepted = assessment.accepted.get(&finding.fingerprint);
            note_open(&mut record, (finding, accepted), occasion)
        })
        .collect();
    transitions.extend(silence(&mut record, assessment, occasion));
    let seen: BTreeSet<&Fingerprint> = assessment.findings.iter().map(|finding| &finding.fingerprint).collect();
    let held = |finding: &Finding| assessment.unjudged.iter().any(|cannot| cannot.bears_on(finding));
    let asked = |control: &str| is_asked(assessment, control) && !assessment.off.contains(control);
    let gone = |fingerprint: &Fingerprint, open: &Open| {
        !seen.contains(fingerprint) && asked(&open.finding.control) && !held(&open.finding)
    };
    transitions.extend(resolve(&mut record, gone, occasion));
    record.evaluated = true;
    (record, transitions)
}

/// Resolves everything: the function does not exist any more.
pub fn bury(mut record: Record, function: &FunctionArn, occasion: &Occasion<'_>) -> Vec<Transition> {
    let mut transitions = resolve(&mut record, |_, _| true, occasion);
    for transition in &mut transitions {
        transition.note = Some(format!("the function {} was deleted", function.name()).into());
        transition.cause = occasion.deletion();
    }
    transitions
}

/// Whether it is the control's business: the monitor's own record holds what is found on it as a function, too. A control that is
/// gone since the finding was stored finds nothing any more.
fn is_asked(assessment: &Assessment, control: &str) -> bool {
    controls::find(control).is_some_and(controls::Control::is_own) == assessment.is_own
}

/// Nobody looks any more where the settings switch a control off: so its findings are neither open nor resolved.
fn silence(record: &mut Record, assessment: &Assessment, occasion: &Occasion<'_>) -> Vec<Transition> {
    let silenced = record
        .open
        .values_mut()
        .filter(|open| assessment.off.contains(open.finding.control.as_str()) && open.suppressed.is_none());
    silenced
        .map(|open| {
            open.suppressed = Some(SWITCHED_OFF.to_owned());
            Transition {
                note: open.suppressed.clone().map(Cow::Owned),
                ..occasion.transition(Status::Suppressed, &open.finding, open.since)
            }
        })
        .collect()
}

type Found<'a> = (&'a Arc<Finding>, Option<&'a Accepted>);

fn note_open(record: &mut Record, (finding, accepted): Found<'_>, occasion: &Occasion<'_>) -> Option<Transition> {
    let fingerprint = finding.fingerprint;
    if let Some(open) = record.open.get_mut(&fingerprint) {
        return note_again(open, (finding, accepted), occasion);
    }
    let finding = Arc::clone(finding);
    let was_resolved = record.resolved.remove(&fingerprint).is_some();
    let status = if was_resolved { Status::Reopened } else { Status::Opened };
    let note = (!record.evaluated && !occasion.creates_function()).then_some(Cow::Borrowed(FIRST_LOOK));
    let transition = Transition {
        note,
        ..occasion.transition(status, &finding, occasion.now)
    };
    let suppressed = match accepted {
        Some(Accepted::For(reason)) => Some(reason.clone()),
        Some(Accepted::AsBefore) | None => None,
    };
    let silent = suppressed.is_some();
    let open = Open {
        finding,
        since: occasion.now,
        cause: transition.cause.clone(),
        suppressed,
        to: Destinations::default(),
        reminded: None,
    };
    record.open.insert(fingerprint, open);
    (!silent).then_some(transition)
}

fn note_again(open: &mut Open, (finding, accepted): Found<'_>, occasion: &Occasion<'_>) -> Option<Transition> {
    let (before, was) = (open.finding.severity, open.suppressed.take());
    // Of very many findings almost all are as they were: those are kept once.
    if open.finding != *finding {
        open.finding = Arc::clone(finding);
    }
    open.suppressed = match accepted {
        Some(Accepted::For(reason)) => Some(reason.clone()),
        Some(Accepted::AsBefore) => was.clone(),
        None => None,
    };
    let status = match (was, &open.suppressed) {
        (None, Some(_)) => Status::Suppressed,
        (Some(_), None) => Status::Reopened,
        (None, None) if finding.severity > before => Status::Worsened,
        (None, None) if occasion.reminds_of(open) => Status::StillOpen,
        (None, None) | (Some(_), Some(_)) => return None,
    };
    // Whatever is told now: the next reminder is due as long after it.
    open.reminded = occasion.remind_after_hours.map(|_| occasion.now);
    let ended = || (status == Status::Reopened).then_some(Cow::Borrowed("its suppression has ended"));
    Some(Transition {
        note: open.suppressed.clone().map(Cow::Owned).or_else(ended),
        ..occasion.transition(status, &open.finding, open.since)
    })
}

fn resolve(
    record: &mut Record,
    gone: impl Fn(&Fingerprint, &Open) -> bool,
    occasion: &Occasion<'_>,
) -> Vec<Transition> {
    let resolved: Vec<(Fingerprint, Open)> = record
        .open
        .extract_if(.., |fingerprint, open| gone(fingerprint, open))
        .collect();
    let mut transitions = Vec::new();
    for (fingerprint, open) in resolved {
        record.resolved.insert(fingerprint, Resolved::new(&open, occasion.now));
        if open.suppressed.is_none() {
            transitions.push(occasion.transition(Status::Resolved, &open.finding, open.since));
        }
    }
    forget_oldest(&mut record.resolved);
    transitions
}

fn forget_oldest(resolved: &mut BTreeMap<Fingerprint, Resolved>) {
    while resolved.len() > REMEMBERED {
        let oldest = resolved
            .iter()
            .min_by_key(|(_, resolved)| resolved.at)
            .map(|(fingerprint, _)| *fingerprint);
        if let Some(oldest) = oldest {
            resolved.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assess::CannotJudge;
    use crate::controls::Unjudged;
    use crate::finding::Evidence;
    use crate::snapshot::Facet;

    fn assessment(findings: &[(&str, Severity)], unjudged: &[&str]) -> Assessment {
        let function: FunctionArn = "arn:aws:lambda:eu-west-1:111122223333:function:orders".parse().unwrap();
        let finding = |(control, severity): &(&str, Severity)| {
            Arc::new(Finding::new(control, &function, *severity, Evidence::new("s", "")))
        };
        let cannot = |control: &&str| CannotJudge {
            control: (*control).to_owned(),
            why: Unjudged::undecided("x"),
        };
        Assessment {
            findings: findings.iter().map(finding).collect(),
            unjudged: unjudged.iter().map(cannot).collect(),
            ..Assessment::clean(&function)
        }
    }

    fn step(record: Record, assessment: &Assessment) -> (Record, Vec<Status>) {
        let occasion = Occasion {
            changes: &[],
            now: Timestamp::UNIX_EPOCH,
            remind_after_hours: None,
        };
        let (record, transitions) = compare(record, assessment, &occasion);
        (record, transitions.iter().map(|transition| transition.status).collect())
    }

    #[test]
    fn what_is_critical_and_stays_is_told_of_again_where_that_is_asked_for() {
        let both = assessment(
            &[("invoke-public", Severity::Critical), ("role-admin", Severity::High)],
            &[],
        );
        let at = |hours: i64, remind_after_hours| Occasion {
            changes: &[],
            now: Timestamp::from_second(hours * 3600).unwrap(),
            remind_after_hours,
        };
        let mut record = compare(Record::default(), &both, &at(0, Some(24))).0;
        for (hours, told) in [(1, 0), (23, 0), (24, 1), (30, 0), (47, 0), (48, 1), (100, 1)] {
            let (next, transitions) = compare(record.clone(), &both, &at(hours, None));
            assert_eq!((transitions.len(), &next), (0, &record), "nobody asked");
            let (next, transitions) = compare(record, &both, &at(hours, Some(24)));
            record = next;
            let statuses: Vec<_> = transitions
                .iter()
                .map(|one| (one.status, one.finding.control.as_str()))
                .collect();
            assert_eq!(
                statuses,
                vec![(Status::StillOpen, "invoke-public"); told],
                "after {hours} hours"
            );
        }
    }

    #[test]
    fn what_was_resolved_is_remembered_and_so_is_what_was_kept_before_that() {
        let (record, _) = step(Record::default(), &assessment(&[("role-admin", Severity::High)], &[]));
        let (record, _) = step(record, &assessment(&[], &[]));
        let json = serde_json::to_value(&record).unwrap();
        assert_eq!(serde_json::from_value::<Record>(json.clone()).unwrap(), record);
        let (fingerprint, resolved) = record.resolved.iter().next().unwrap();
        let was = resolved.was.as_ref().unwrap();
        assert_eq!((was.control.as_str(), was.severity), ("role-admin", Severity::High));
        let mut older = json;
        older["resolved"][fingerprint.to_string()] = "2026-11-02T10:00:00Z".into();
        let older: Record = serde_json::from_value(older).unwrap();
        assert_eq!(older.resolved[fingerprint].was, None);
    }

    #[test]
    fn a_rise_of_severity_is_told_and_a_fall_is_not() {
        let at = |severity| assessment(&[("invoke-public", severity)], &[]);
        let (record, told) = step(Record::default(), &at(Severity::Medium));
        assert_eq!(told, [Status::Opened]);
        let (record, told) = step(record, &at(Severity::Critical));
        assert_eq!(told, [Status::Worsened]);
        let (record, told) = step(record, &at(Severity::Low));
        assert!(told.is_empty());
        assert_eq!(record.open.values().next().unwrap().finding.severity, Severity::Low);
    }

    #[test]
    fn what_its_control_cannot_judge_stays_open() {
        let (record, _) = step(
            Record::default(),
            &assessment(
                &[("invoke-public", Severity::High), ("role-admin", Severity::High)],
                &[],
            ),
        );
        let (record, told) = step(record, &assessment(&[], &["invoke-public"]));
        assert_eq!(told, [Status::Resolved], "role-admin was judged");
        assert_eq!(record.open.values().next().unwrap().finding.control, "invoke-public");
        let (record, told) = step(record, &assessment(&[], &[]));
        assert_eq!(told, [Status::Resolved]);
        let (_, told) = step(record, &assessment(&[("role-admin", Severity::High)], &[]));
        assert_eq!(told, [Status::Reopened]);
    }

    #[test]
    fn acceptance_that_cannot_be_read_stays_as_it_was() {
        let with = |accepted: Option<Accepted>| {
            let mut assessment = assessment(&[("role-shared", Severity::Low)], &[]);
            let fingerprint = assessment.findings[0].fingerprint;
            assessment
                .accepted
                .extend(accepted.map(|accepted| (fingerprint, accepted)));
            assessment
        };
        let (record, told) = step(Record::default(), &with(Some(Accepted::AsBefore)));
        assert_eq!(told, [Status::Opened], "nothing was accepted before");
        let (record, told) = step(record, &with(Some(Accepted::For("r".to_owned()))));
        assert_eq!(told, [Status::Suppressed]);
        let (record, told) = step(record, &with(Some(Accepted::AsBefore)));
        assert!(told.is_empty());
        let (_, told) = step(record, &with(None));
        assert_eq!(told, [Status::Reopened]);
    }

    #[test]
    fn what_is_switched_off_is_silent_and_never_resolved() {
        let shared = assessment(&[("role-shared", Severity::Low)], &[]);
        let mut off = assessment(&[], &[]);
        off.off.insert("role-shared");
        let (record, _) = step(Record::default(), &shared);
        let (record, told) = step(record, &off);
        assert_eq!(told, [Status::Suppressed]);
        let (record, told) = step(record, &off);
        assert!(told.is_empty());
        let (_, told) = step(record.clone(), &shared);
        assert_eq!(told, [Status::Reopened]);
        let (_, told) = step(record, &assessment(&[], &[]));
        assert!(told.is_empty(), "mended while nobody was to be told");
    }

    #[test]
    fn what_is_found_on_the_monitor_as_a_function_is_another_matter() {
        let of_function = assessment(&[("role-shared", Severity::Low)], &[]);
        let own = Assessment {
            is_own: true,
            ..assessment(&[("settings-broken", Severity::High)], &[])
        };
        let (record, _) = step(Record::default(), &of_function);
        let (record, told) = step(record, &own);
        assert_eq!(told, [Status::Opened]);
        let (record, told) = step(record, &of_function);
        assert!(told.is_empty());
        let mended = Assessment {
            is_own: true,
            ..assessment(&[], &[])
        };
        let (record, told) = step(record, &mended);
        assert_eq!(told, [Status::Resolved]);
        assert_eq!(record.open.len(), 1);
    }

    fn change(call: &str, facets: &[Facet]) -> Change {
        let function: FunctionArn = "arn:aws:lambda:eu-west-1:111122223333:function:orders".parse().unwrap();
        Change {
            account: function.account().clone(),
            region: function.region().clone(),
            subject: Subject::Function {
                arn: function,
                qualifier: None,
            },
            facets: facets.iter().copied().collect(),
            deleted: false,
            parameters_omitted: false,
            awaited: None,
            cause: Arc::new(Cause {
                event_name: call.to_owned(),
                ..Cause::default()
            }),
        }
    }

    /// What is told after some calls: what happened, by which call, with which note.
    fn told(record: &mut Record, assessment: &Assessment, changes: &[Change]) -> Vec<Told> {
        let occasion = Occasion {
            changes,
            now: Timestamp::UNIX_EPOCH,
            remind_after_hours: None,
        };
        let (next, transitions) = compare(std::mem::take(record), assessment, &occasion);
        *record = next;
        transitions.into_iter().map(words).collect()
    }

    type Told = (&'static str, Option<String>, Option<String>);

    fn words(transition: Transition) -> Told {
        let cause = transition.cause.map(|cause| cause.event_name.clone());
        (transition.status.as_str(), cause, transition.note.map(Cow::into_owned))
    }

    fn said(status: &'static str, cause: Option<&str>, note: Option<&str>) -> Vec<Told> {
        vec![(status, cause.map(str::to_owned), note.map(str::to_owned))]
    }

    #[test]
    fn the_latest_call_that_changed_what_the_control_reads_is_the_cause() {
        let admin = assessment(&[("role-admin", Severity::High)], &[]);
        let role = |call| change(call, controls::find("role-admin").unwrap().reads);
        let other = change("PutFunctionConcurrency", &[]);
        let mut record = told_nothing();
        let calls = [role("PutRolePolicy"), role("AttachRolePolicy"), other.clone()];
        assert_eq!(
            told(&mut record, &admin, &calls),
            said("opened", Some("AttachRolePolicy"), None)
        );
        let clean = assessment(&[], &[]);
        assert_eq!(told(&mut record, &clean, &[other]), said("resolved", None, None));
    }

    /// A record of a function that was looked at and is well.
    fn told_nothing() -> Record {
        step(Record::default(), &assessment(&[], &[])).0
    }

    #[test]
    fn a_call_that_decides_on_acceptance_is_the_cause_of_that_alone() {
        let tag = || change("TagResource20170331v2", &[ACCEPTED_BY]);
        let shared = assessment(&[("role-shared", Severity::Low)], &[]);
        assert!(!controls::find("role-shared").unwrap().reads.contains(&ACCEPTED_BY));
        let mut record = told_nothing();
        assert_eq!(told(&mut record, &shared, &[tag()]), said("opened", None, None));
        let mut accepted = shared.clone();
        accepted
            .accepted
            .insert(shared.findings[0].fingerprint, Accepted::For("known".to_owned()));
        let name = tag().cause.event_name.clone();
        assert_eq!(
            told(&mut record, &accepted, &[tag()]),
            said("suppressed", Some(&name), Some("known"))
        );
        assert_eq!(
            told(&mut record, &shared, &[tag()]),
            said("reopened", Some(&name), Some("its suppression has ended"))
        );
        let other = change("PutFunctionConcurrency", &[]);
        assert_eq!(
            told(&mut record, &accepted, &[other]),
            said("suppressed", None, Some("known"))
        );
    }

    #[test]
    fn what_a_first_look_finds_may_be_older_unless_the_function_is_new() {
        let admin = assessment(&[("role-admin", Severity::High)], &[]);
        let first = |call| told(&mut Record::default(), &admin, &[change(call, &[])]);
        assert_eq!(
            first("UpdateFunctionCode20150331v2"),
            said("opened", None, Some(FIRST_LOOK))
        );
        assert_eq!(first("CreateFunction20150331"), said("opened", None, None));
        assert_eq!(
            told(&mut told_nothing(), &admin, &[]),
            said("opened", None, None),
            "not the first look"
        );
    }

    #[test]
    fn what_is_switched_off_says_so() {
        let mut record = told_nothing();
        told(&mut record, &assessment(&[("role-shared", Severity::Low)], &[]), &[]);
        let mut off = assessment(&[], &[]);
        off.off.insert("role-shared");
        assert_eq!(
            told(&mut record, &off, &[]),
            said("suppressed", None, Some(SWITCHED_OFF))
        );
    }

    #[test]
    fn with_the_function_everything_is_resolved_by_the_call_that_deleted_it() {
        let function: FunctionArn = "arn:aws:lambda:eu-west-1:111122223333:function:orders".parse().unwrap();
        let (record, _) = step(
            Record::default(),
            &assessment(
                &[("invoke-public", Severity::High), ("role-admin", Severity::High)],
                &[],
            ),
        );
        let delete = |deleted, subject: Option<Subject>| {
            let call = change("DeleteFunction20150331", &[]);
            Change {
                deleted,
                subject: subject.unwrap_or_else(|| call.subject.clone()),
                ..call
            }
        };
        let buried = |changes: &[Change]| {
            let occasion = Occasion {
                changes,
                now: Timestamp::UNIX_EPOCH,
                remind_after_hours: None,
            };
            let transitions = bury(record.clone(), &function, &occasion);
            transitions.into_iter().map(words).collect::<Vec<_>>()
        };
        let note = Some("the function orders was deleted");
        let twice = |cause| [said("resolved", cause, note), said("resolved", cause, note)].concat();
        assert_eq!(buried(&[delete(true, None)]), twice(Some("DeleteFunction20150331")));
        assert_eq!(buried(&[delete(false, None)]), twice(None));
        let of_role = Subject::Role("orders".to_owned());
        assert_eq!(buried(&[delete(true, Some(of_role))]), twice(None));
        assert_eq!(buried(&[]), twice(None));
    }

    #[test]
    fn every_state_has_the_word_that_it_is_kept_under() {
        for status in [
            Status::Opened,
            Status::Worsened,
            Status::Reopened,
            Status::StillOpen,
            Status::Suppressed,
            Status::Resolved,
        ] {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }

    #[test]
    fn the_memory_of_resolved_findings_is_bounded() {
        let names: Vec<String> = (0..REMEMBERED + 50).map(|index| format!("control-{index}")).collect();
        let findings: Vec<(&str, Severity)> = names.iter().map(|name| (name.as_str(), Severity::Low)).collect();
        let (record, _) = step(Record::default(), &assessment(&findings, &[]));
        let (record, told) = step(record, &assessment(&[], &[]));
        assert_eq!((told.len(), record.resolved.len()), (REMEMBERED + 50, REMEMBERED));
    }
}
