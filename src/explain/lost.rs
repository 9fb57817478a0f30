//! What does another function of a role lose by a change of the role? What its own configuration asks for and the role allows it now, asked
//! need by need: where a finding is open already, a further loss makes no new one.

use serde_json::Value;

use super::known::Known;
use super::trial::Trial;
use crate::controls::Context;
use crate::policy::{Answer, RoleGrants};
use crate::snapshot::Snapshot;

/// Needs of one function that are asked about.
const MOST: usize = 60;

/// What is lost, and what is not known of it.
#[derive(Debug, Default)]
pub(super) struct Lost {
    pub(super) needs: Vec<String>,
    pub(super) unknown: Vec<String>,
}

/// What a function loses by the change. Where the role's policies cannot be read the controls say so.
pub(super) fn lost(trial: &Trial<'_>, (before, after): (&Snapshot, &Snapshot)) -> Lost {
    let [before, after] = [before, after].map(|snapshot| Context::new(snapshot, trial.settings, trial.now));
    let mut lost = Lost::default();
    let (Ok(old), Ok(new)) = (before.role_grants(), after.role_grants()) else {
        return lost;
    };
    let needs = needs(before.snapshot);
    for (action, resource) in needs.iter().take(MOST) {
        let line = || format!("{action} on {resource}");
        match loses((old, new), action, resource) {
            Answer::Yes(_) => lost.needs.push(line()),
            Answer::No => {}
            Answer::CannotTell(why) => lost.unknown.push(format!("whether it loses {}: {why}", line())),
        }
    }
    if let Some(more) = needs.len().checked_sub(MOST).filter(|more| *more > 0) {
        let why = format!("{more} more needs of its configuration were not compared");
        lost.unknown.push(why);
    }
    lost
}

fn needs(snapshot: &Snapshot) -> Vec<(String, String)> {
    let mut needs = Vec::new();
    for statement in Known::of(snapshot).statements(&|_| true) {
        let resource = statement.get("Resource").and_then(Value::as_str).unwrap_or("*");
        let mut add = |action: &str| needs.push((action.to_owned(), resource.to_owned()));
        match statement.get("Action") {
            Some(Value::String(one)) => add(one),
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).for_each(&mut add),
            _ => {}
        }
    }
    needs
}

/// Whether it is allowed on all that is asked for and then is not, or on some of it and then on none.
fn loses((old, new): (&RoleGrants, &RoleGrants), action: &str, resource: &str) -> Answer {
    let ask = |grants: &RoleGrants| [grants.covers(action, resource), grants.permits_some(action, resource)];
    let mut doubt = None;
    for (before, after) in ask(old).into_iter().zip(ask(new)) {
        match (before, after) {
            (Answer::Yes(grounds), Answer::No) => return Answer::Yes(grounds),
            (Answer::Yes(_), Answer::CannotTell(why)) => doubt = Some(why),
            (Answer::Yes(_), Answer::Yes(_)) | (Answer::No | Answer::CannotTell(_), _) => {}
        }
    }
    doubt.map_or(Answer::No, Answer::CannotTell)
}
