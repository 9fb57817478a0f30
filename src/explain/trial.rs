//! Does an edit close the finding, open no other that is as bad, and allow nothing new? Judged again, and proved.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::place::{self, Edit, Place};
use crate::assess::{Assessment, CannotJudge, assess};
use crate::controls::{self, Context, Control};
use crate::finding::{Evidence, Finding, Severity};
use crate::policy::{self, Policy, Request, Within};
use crate::settings::Settings;
use crate::snapshot::Snapshot;

/// Judgements of one control in one search: of long policies fewer, and less of them is kept then.
const MOST: usize = 600;
/// At least so many, however long.
const LEAST: usize = 24;
/// What is read by all judgements together, in bytes.
const WORK: usize = 3_000_000;
/// Of it, what the search leaves to the other functions of the role.
const FOR_OTHERS: usize = WORK / 3;
/// One of them is judged by all controls, before and after: it counts as so many judgements.
const JUDGED: usize = 10;
/// So many of them are judged at least, however long.
const LEAST_OTHERS: usize = 2;

/// A finding, and the circumstances in which changes are tried.
pub(super) struct Trial<'a> {
    /// The state.
    pub(super) snapshot: &'a Snapshot,
    /// The user's decisions.
    pub(super) settings: &'a Settings,
    /// The time.
    pub(super) now: Timestamp,
    /// The finding.
    pub(super) finding: &'a Finding,
    /// Its control.
    pub(super) control: &'static Control,
    before: Assessment,
    length: usize,
    left: Cell<usize>,
    work: Cell<usize>,
    others: Cell<usize>,
}

/// What a judgement reads, in bytes.
fn length(snapshot: &Snapshot) -> usize {
    let texts = place::all(snapshot).into_iter().map(|(_, text)| text.len());
    texts.sum::<usize>().max(1)
}

/// What a finding is about, in the words of the time before the change.
type Key = (String, Option<String>, String);

impl<'a> Trial<'a> {
    pub(super) fn new(
        (snapshot, settings, now): (&'a Snapshot, &'a Settings, Timestamp),
        finding: &'a Finding,
        control: &'static Control,
    ) -> Self {
        let length = length(snapshot);
        Self {
            snapshot,
            settings,
            now,
            finding,
            control,
            before: assess(snapshot, settings, now),
            length,
            left: Cell::new(((WORK - FOR_OTHERS) / length).clamp(LEAST, MOST)),
            work: Cell::new(WORK),
            others: Cell::new(0),
        }
    }

    /// Whether there is room to judge another function of the role, too.
    pub(super) fn may_judge(&self, other: &Snapshot) -> bool {
        let (order, cost) = (self.others.get(), JUDGED * length(other));
        let left = self.work.get().max(if order == 0 { FOR_OTHERS } else { 0 });
        self.others.set(order + 1);
        self.work.set(left.saturating_sub(cost));
        order < LEAST_OTHERS || cost <= left
    }

    /// As [`Self::closes`], as often as there is room for it: to find out how much can stay.
    pub(super) fn may_close(&self, edits: &[Edit]) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        self.work.set(self.work.get().saturating_sub(self.length));
        left > 0 && self.closes(edits)
    }

    /// Whether the control, asked alone, is silent about it after the edits. Not the last word.
    pub(super) fn closes(&self, edits: &[Edit]) -> bool {
        let changed = place::changed(self.snapshot, edits);
        let context = Context::new(&changed, self.settings, self.now);
        let Ok(verdict) = (self.control.evaluate)(&context) else {
            return false;
        };
        let known = self.before.findings.iter().filter(|one| one.control == self.control.id);
        let known: BTreeSet<Key> = known.map(|one| key(&one.control, &one.evidence, &[])).collect();
        let own = key(self.control.id, &self.finding.evidence, &[]);
        verdict.fails.iter().all(|evidence| {
            let key = key(self.control.id, evidence, edits);
            key != own && known.contains(&key)
        })
    }

    /// The last word: everything is judged again, with all controls.
    pub(super) fn judged_again(&self, edits: &[Edit]) -> Result<(), String> {
        let changed = place::changed(self.snapshot, edits);
        let after = assess(&changed, self.settings, self.now);
        let before = severities(&self.before, &[]);
        let own = key(&self.finding.control, &self.finding.evidence, &[]);
        for (key, severity) in severities(&after, edits) {
            if key == own {
                return Err(format!("judged again with it, {} still fails", key.0));
            }
            let is_new = before.get(&key).is_none_or(|known| *known < severity);
            let counts = severity >= self.finding.severity || key.0 == self.finding.control || key.0 == DEAD;
            if is_new && counts {
                return Err(format!(
                    "judged again with it, {} of {severity} severity appears",
                    key.0
                ));
            }
        }
        self.no_more_doubts(&after, edits)
    }

    /// What opens that is less bad than the finding, in words: it does not stand against a change, and has to be known.
    pub(super) fn lesser(&self, edits: &[Edit]) -> Vec<String> {
        let after = assess(&place::changed(self.snapshot, edits), self.settings, self.now);
        let opened = opened((&self.before, &after), edits);
        opened
            .map(|finding| {
                let detail = &finding.evidence.detail;
                format!("{} ({}): {detail}", finding.control, finding.severity)
            })
            .collect()
    }

    /// A question that the change leaves open is no proof that it closes anything.
    fn no_more_doubts(&self, after: &Assessment, edits: &[Edit]) -> Result<(), String> {
        for doubt in new_doubts((&self.before, after), edits) {
            let severity = controls::find(&doubt.control).map(|control| control.severity);
            let counts = doubt.control == self.finding.control || severity >= Some(self.finding.severity);
            if counts {
                return Err(format!(
                    "judged again with it, {} cannot be judged: {}",
                    doubt.control, doubt.why
                ));
            }
        }
        Ok(())
    }
}

/// A grant that nobody can use is no narrower grant.
const DEAD: &str = "grant-dead";

/// What is found after the edits and was not before, or was less bad.
pub(super) fn opened<'a>(
    (before, after): (&Assessment, &'a Assessment),
    edits: &'a [Edit],
) -> impl Iterator<Item = &'a Finding> {
    let known = severities(before, &[]);
    after.findings.iter().map(Arc::as_ref).filter(move |finding| {
        let key = key(&finding.control, &finding.evidence, edits);
        known.get(&key).is_none_or(|known| *known < finding.severity)
    })
}

/// What cannot be judged after the edits and could be before.
pub(super) fn new_doubts<'a>(
    (before, after): (&Assessment, &'a Assessment),
    edits: &'a [Edit],
) -> impl Iterator<Item = &'a CannotJudge> {
    let known = before.unjudged.iter();
    let known: BTreeSet<String> = known.map(|one| format!("{} {}", one.control, one.why)).collect();
    after.unjudged.iter().filter(move |doubt| {
        let text = format!("{} {}", doubt.control, renamed(&doubt.why.to_string(), edits));
        !known.contains(&text)
    })
}

fn severities(assessment: &Assessment, edits: &[Edit]) -> BTreeMap<Key, Severity> {
    let findings = assessment.findings.iter();
    findings
        .map(|finding| (key(&finding.control, &finding.evidence, edits), finding.severity))
        .collect()
}

fn key(control: &str, evidence: &Evidence, edits: &[Edit]) -> Key {
    let subject = renamed(&evidence.subject, edits);
    (control.to_owned(), evidence.qualifier.clone(), subject)
}

/// With the names that policies had before they were moved.
fn renamed(text: &str, edits: &[Edit]) -> String {
    let moved = edits.iter().filter(|edit| edit.moved.is_some());
    moved.fold(text.to_owned(), |text, edit| {
        text.replace(edit.new_name(), edit.place.name())
    })
}

/// What the old document of an edit allows and the new one does not, or why it is not proved that the new one allows no
/// more. Edits leave denials alone: so what holds for one document holds for all of a role together.
pub(super) fn proved(edit: &Edit, old: &str) -> Result<Option<Request>, String> {
    let parse = |text: &str| Policy::parse(text).map_err(|error| error.to_string());
    let (old, new) = (parse(old)?, parse(&edit.draft.judged())?);
    match policy::allows_no_more(&new, &old) {
        (Within::Yes, _, _) => {}
        (Within::No, _, _) => return Err("it would allow something new".to_owned()),
        (Within::CannotTell, _, reasons) => {
            let why = reasons.into_iter().next().unwrap_or_default();
            return Err(format!("it cannot be proved that it allows nothing new: {why}"));
        }
    }
    Ok(policy::allows_no_more(&old, &new).1)
}

/// The text of the policy of an edit as it is; of one that the role does not have yet an empty one.
pub(super) fn text_of<'t>(documents: &'t [(Place, String)], place: &Place) -> Option<&'t str> {
    let known = documents.iter().find(|(own, _)| own == place);
    known.map(|(_, text)| text.as_str())
}
