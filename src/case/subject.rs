//! What is the subject of a finding called under other names? Some are names, some AWS's words, and of a statement without an id it is told by
//! what it says: so the findings on both sides tell.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Said;
use super::said::Found;
use crate::pseudonym::Pseudonyms;

/// A function and a control.
type On = (String, String);

/// The subjects of findings, before and after.
pub(super) struct Subjects<'p> {
    pseudonyms: &'p Pseudonyms,
    before: BTreeMap<On, BTreeSet<String>>,
    after: BTreeMap<On, BTreeSet<String>>,
}

impl<'p> Subjects<'p> {
    /// Of what is said before and after.
    pub(super) fn new((before, after): (&Said, &Said), pseudonyms: &'p Pseudonyms) -> Self {
        Self {
            pseudonyms,
            before: subjects(before, |function| pseudonyms.text(function)),
            after: subjects(after, str::to_owned),
        }
    }

    /// Puts the right subjects into suppressions, if some are other than they are now.
    pub(super) fn renamed(&self, original: &Value, renamed: &mut Value) -> bool {
        let suppressions = original.get("suppressions").and_then(Value::as_array);
        let own = renamed.get_mut("suppressions").and_then(Value::as_array_mut);
        let mut is_other = false;
        for (old, new) in suppressions.into_iter().flatten().zip(own.into_iter().flatten()) {
            let text = |member: &str| old.get(member).and_then(Value::as_str);
            let (Some(control), Some(subject)) = (text("control"), text("subject")) else {
                continue;
            };
            let known = new.get("subject").and_then(Value::as_str).unwrap_or_default();
            let found = self.of(control, subject, known).filter(|found| found != known);
            if let (Some(found), Some(member)) = (found, new.get_mut("subject")) {
                *member = found.into();
                is_other = true;
            }
        }
        is_other
    }

    /// What a subject of a control's findings is called then.
    fn of(&self, control: &str, subject: &str, renamed: &str) -> Option<String> {
        let own = self
            .before
            .iter()
            .filter(|((_, of), all)| of == control && all.contains(subject));
        let mut found = own.filter_map(|(on, all)| self.among((all, self.after.get(on)?), subject, renamed));
        found.next()
    }

    fn among(
        &self,
        (before, after): (&BTreeSet<String>, &BTreeSet<String>),
        subject: &str,
        renamed: &str,
    ) -> Option<String> {
        let named = self.pseudonyms.text(subject);
        let ways = [renamed, named.as_str(), subject];
        if let Some(way) = ways.into_iter().find(|way| after.contains(*way)) {
            return Some(way.to_owned());
        }
        // What neither names nor words explain is told by what is left.
        let explained: BTreeSet<String> = before
            .iter()
            .filter(|other| *other != subject)
            .flat_map(|other| [other.clone(), self.pseudonyms.text(other)])
            .collect();
        let mut left = after.iter().filter(|own| !explained.contains(*own));
        left.next().filter(|_| left.next().is_none()).cloned()
    }
}

fn subjects(said: &Said, name: impl Fn(&str) -> String) -> BTreeMap<On, BTreeSet<String>> {
    let told = said.transitions.iter().map(|told| &told.finding);
    let mut all: BTreeMap<On, BTreeSet<String>> = BTreeMap::new();
    for Found {
        function,
        control,
        subject,
        ..
    } in told.chain(&said.open)
    {
        let on = (name(&function.to_string()), control.clone());
        all.entry(on).or_default().insert(subject.clone());
    }
    all
}
