//! What does a change of a role do to the other functions that run with it? Each of them is judged again, with the changed role.

use super::lost::lost;
use super::place::{self, Edit};
use super::told::Sibling;
use super::trial::{self, Trial};
use super::widen::{ENDPOINT, TOO_NARROW};
use crate::arn::FunctionArn;
use crate::assess::{Assessment, CannotJudge, assess};
use crate::snapshot::Snapshot;

/// What is known of another function.
pub type Others<'a> = dyn Fn(&FunctionArn) -> Snapshot + 'a;

/// So many are judged; of others it is said that they were not.
const MOST: usize = 40;
/// Lines that are kept of each.
const LINES: usize = 12;

/// Said of a function for which no work is left.
const TOO_MUCH: &str =
    "not looked at: the policies are so long that an answer about all functions of the role would take too long";

/// What the edits do to every other function that runs with the role; nothing where they are about something else.
pub(super) fn siblings(trial: &Trial<'_>, edits: &[Edit], others: &Others<'_>) -> Vec<Sibling> {
    let edits: Vec<Edit> = edits.iter().filter(|edit| edit.place.is_in_role()).cloned().collect();
    if edits.is_empty() {
        return Vec::new();
    }
    let own = &trial.snapshot.function;
    let users = trial.snapshot.role_users().into_iter().flatten();
    let users = users.filter(|user| *user != own).enumerate();
    users
        .map(|(order, user)| {
            if order >= MOST {
                let why = format!("not looked at: only the first {MOST} functions of a role are judged again");
                return untold(user, why);
            }
            judged(trial, &edits, &others(user))
        })
        .collect()
}

fn untold(user: &FunctionArn, why: String) -> Sibling {
    Sibling {
        function: user.to_string(),
        opens: Vec::new(),
        loses: Vec::new(),
        unknown: vec![why],
    }
}

fn judged(trial: &Trial<'_>, edits: &[Edit], snapshot: &Snapshot) -> Sibling {
    let function = &snapshot.function;
    if let Err(why) = snapshot.configuration() {
        return untold(function, why.to_string());
    }
    if !trial.may_judge(snapshot) {
        return untold(function, TOO_MUCH.to_owned());
    }
    let changed = place::changed(snapshot, edits);
    let judge = |snapshot: &Snapshot| assess(snapshot, trial.settings, trial.now);
    let (before, after) = (judge(snapshot), judge(&changed));
    let opens = trial::opened((&before, &after), edits).map(|finding| {
        let detail = &finding.evidence.detail;
        format!("{} ({}): {detail}", finding.control, finding.severity)
    });
    let lost = lost(trial, (snapshot, &changed));
    let unknown = doubts((&before, &after), edits).into_iter().chain(lost.unknown);
    Sibling {
        function: function.to_string(),
        opens: opens.take(LINES).collect(),
        loses: some(lost.needs),
        unknown: unknown.collect(),
    }
}

/// A few lines, and how many more there are.
fn some(mut lines: Vec<String>) -> Vec<String> {
    let more = lines.len().saturating_sub(LINES);
    lines.truncate(LINES);
    lines.extend((more > 0).then(|| format!("and {more} more")));
    lines
}

fn doubts((before, after): (&Assessment, &Assessment), edits: &[Edit]) -> Vec<String> {
    let new = trial::new_doubts((before, after), edits);
    // Where what a role lacks cannot be judged, it is not known; an endpoint is not the role's.
    let is_of_role = |doubt: &&CannotJudge| doubt.control != ENDPOINT && TOO_NARROW.contains(&doubt.control.as_str());
    let of_needs = after.unjudged.iter().filter(is_of_role);
    let mut lines: Vec<String> = new
        .chain(of_needs)
        .map(|doubt| format!("{} cannot be judged: {}", doubt.control, doubt.why))
        .collect();
    lines.sort();
    lines.dedup();
    lines.truncate(LINES);
    lines
}
