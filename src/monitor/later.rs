//! What has to be looked at once more, and when? Changes that a read did not show yet, and the rest of a sweep that the time did not
//! suffice for.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use super::is_gone;
use crate::arn::{AccountId, FunctionArn, Region};
use crate::event::{
    Awaited, Cause, Change, Cursor, Expected, Subject, check_message, document_digest, look_again_message,
    recheck_message, sweep_message,
};
use crate::snapshot::{Facet, FacetSet, Facts, ResourcePolicies, RolePolicies, RoleTrust, Scope, Snapshot, Value};

/// How long after a read that does not show a change the next one follows.
const PAUSES: [Duration; 3] = [Duration::from_secs(15), Duration::from_mins(1), Duration::from_mins(5)];
/// How long after a failure what failed is asked for.
const AFTER_FAILURE: Duration = Duration::from_mins(5);
/// A change that is older than this was overtaken by another one, which had a record of its own.
const OLDEST: SignedDuration = SignedDuration::from_mins(30);
/// Over this time the sweeps of an organization's accounts are spread: as long as SQS delays a message.
const MOST_SPREAD: Duration = Duration::from_mins(15);
/// The same of the looks whether their events arrive.
const CHECKS_SPREAD: Duration = Duration::from_mins(5);
/// A message to the monitor itself has to stay small.
const TOGETHER: usize = 10;

/// What the monitor wants to be asked later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Later {
    /// Changes that a read did not show.
    Look {
        /// Which.
        changes: Vec<Change>,
        /// How long from now.
        pause: Duration,
    },
    /// Functions of a part of a sweep in which something went wrong.
    Recheck {
        /// Which.
        functions: Vec<FunctionArn>,
    },
    /// The rest of a sweep.
    Sweep {
        /// Of this account, if the sweep named one.
        account: Option<AccountId>,
        /// Of this Region, if it named one.
        region: Option<Region>,
        /// The last function that was judged; none: the sweep begins.
        after: Option<Cursor>,
    },
    /// A look whether the events of another account arrive.
    Check {
        /// Which.
        account: AccountId,
        /// From this Region alone, if one was named.
        region: Option<Region>,
    },
}

impl Later {
    /// The messages by which the monitor asks itself.
    pub fn messages(&self) -> Vec<String> {
        match self {
            Self::Look { changes, .. } => changes.chunks(TOGETHER).map(look_again_message).collect(),
            Self::Recheck { functions } => {
                let cause = Cause {
                    event_name: "sweep".to_owned(),
                    ..Cause::default()
                };
                vec![recheck_message(functions, &cause)]
            }
            Self::Sweep { account, region, after } => {
                vec![sweep_message(account.as_ref(), region.as_ref(), after.as_ref())]
            }
            Self::Check { account, region } => vec![check_message(Some(account), region.as_ref())],
        }
    }

    /// How long from now.
    pub fn pause(&self) -> Duration {
        match self {
            Self::Look { pause, .. } => *pause,
            Self::Recheck { .. } => AFTER_FAILURE,
            Self::Sweep {
                account: Some(account),
                after: None,
                ..
            } => spread(account, MOST_SPREAD),
            Self::Sweep { .. } => Duration::ZERO,
            Self::Check { account, .. } => spread(account, CHECKS_SPREAD),
        }
    }

    /// What was left behind is asked for in small portions: one that fails for ever takes few others with it.
    pub(super) fn behind(functions: &[FunctionArn]) -> impl Iterator<Item = Self> {
        functions.chunks(TOGETHER).map(|functions| Self::Recheck {
            functions: functions.to_vec(),
        })
    }
}

/// The same for an account each time, and another for another one.
fn spread(account: &AccountId, over: Duration) -> Duration {
    // A prime, for numbers of accounts are not made by chance.
    let number: u64 = account.as_str().parse().unwrap_or_default();
    Duration::from_secs(number % 9973 * over.as_secs() / 9973)
}

/// Changes that reads did not show.
#[derive(Debug, Default)]
pub(super) struct Unshown {
    changes: Vec<Change>,
}

impl Unshown {
    /// Notes what led to an evaluation and does not show in what was read for it.
    pub(super) fn note(&mut self, changes: &[Change], snapshot: &Snapshot, now: Timestamp) {
        let mut overtaken = BTreeSet::new();
        for change in changes.iter().rev() {
            let Some(awaited) = change.awaited.as_ref().filter(|_| is_recent(change, now)) else {
                continue;
            };
            let is_last = overtaken.insert((&change.subject, awaited.what.about()));
            if is_last && is_shown(&awaited.what, change, snapshot) == Some(false) {
                self.add(change.clone());
            }
        }
        self.note_unsettled(changes, snapshot, now);
    }

    /// Lambda is still at it: what it comes to is read later, whatever was read now.
    fn note_unsettled(&mut self, changes: &[Change], snapshot: &Snapshot, now: Timestamp) {
        let is_awaited =
            |change: &Change| matches!(&change.awaited, Some(awaited) if awaited.what == Expected::Settled);
        if changes.iter().any(is_awaited) || is_settled(snapshot) != Some(false) {
            return;
        }
        let Some(last) = changes.iter().rfind(|change| is_recent(change, now)) else {
            return;
        };
        self.add(Change {
            subject: Subject::Function {
                arn: snapshot.function.clone(),
                qualifier: None,
            },
            account: snapshot.function.account().clone(),
            region: snapshot.function.region().clone(),
            facets: FacetSet::from([Facet::Configuration, Facet::LayerPolicies, Facet::EnvironmentKey]),
            deleted: false,
            parameters_omitted: false,
            awaited: Some(Awaited::next(Expected::Settled)),
            cause: last.cause.clone(),
        });
    }

    /// Functions of one role await the same.
    fn add(&mut self, change: Change) {
        if !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }

    /// What is asked later; and what nobody will look at any more, since it did not show in any read.
    pub(super) fn sorted(self) -> (Vec<Later>, Vec<Change>) {
        let mut unconfirmed = Vec::new();
        let mut later: Vec<Later> = Vec::new();
        for mut change in self.changes {
            let looks = change.awaited.as_ref().map_or(0, |awaited| awaited.looks);
            let Some(pause) = PAUSES.get(usize::from(looks)) else {
                unconfirmed.push(change);
                continue;
            };
            if let Some(awaited) = &mut change.awaited {
                awaited.looks += 1;
            }
            let known = later.iter_mut().find_map(|later| match later {
                Later::Look { changes, pause: known } if known == pause => Some(changes),
                _ => None,
            });
            match known {
                Some(changes) => changes.push(change),
                None => later.push(Later::Look {
                    changes: vec![change],
                    pause: *pause,
                }),
            }
        }
        // That it takes long is no doubt about what was read.
        unconfirmed.retain(|change| !matches!(&change.awaited, Some(awaited) if awaited.what == Expected::Settled));
        (later, unconfirmed)
    }
}

fn is_recent(change: &Change, now: Timestamp) -> bool {
    change
        .cause
        .event_time
        .is_some_and(|at| now.duration_since(at) <= OLDEST)
}

fn is_settled(snapshot: &Snapshot) -> Option<bool> {
    let configuration = snapshot.configuration().ok()?;
    let is_pending = configuration.state.as_deref() == Some("Pending");
    let is_updating = configuration.last_update_status.as_deref() == Some("InProgress");
    Some(!is_pending && !is_updating)
}

/// Whether what was read shows it; nothing if that was not read, or is another's.
fn is_shown(expected: &Expected, change: &Change, snapshot: &Snapshot) -> Option<bool> {
    let own = &snapshot.own;
    match &change.subject {
        Subject::Role(name) => return is_shown_by_role(expected, name, snapshot),
        Subject::Function { arn, .. } if *arn == snapshot.function => {}
        _ => return None,
    }
    match expected {
        Expected::Gone => Some(is_gone(own)),
        // It was just made.
        Expected::Modified { .. } if is_gone(own) && change.cause.event_name.starts_with("CreateFunction") => {
            Some(false)
        }
        // What the function has is not asked of one that is gone by now.
        _ if is_gone(own) => None,
        Expected::Settled => is_settled(snapshot),
        Expected::Statement { sid, is_there } => {
            Some(has_statement(policies(own)?, qualifier(change), sid)? == *is_there)
        }
        Expected::Url { auth_type } => {
            let Ok(Value::Urls(urls)) = own.value(Facet::Urls) else {
                return None;
            };
            let qualifier = qualifier(change);
            let found = urls.iter().find(|url| url.qualifier.as_deref() == qualifier);
            Some(found.map(|url| &url.auth_type) == auth_type.as_ref())
        }
        Expected::Modified { last_modified } => {
            let known = snapshot.configuration().ok()?.last_modified.as_ref()?;
            Some(known >= last_modified)
        }
        Expected::InlinePolicy { .. }
        | Expected::AttachedPolicy { .. }
        | Expected::Trust { .. }
        | Expected::Boundary { .. } => None,
    }
}

fn is_shown_by_role(expected: &Expected, name: &str, snapshot: &Snapshot) -> Option<bool> {
    let Some(Scope::Role(role)) = snapshot.role_scope() else {
        return None;
    };
    if !role.base_name().eq_ignore_ascii_case(name) {
        return None;
    }
    let facts: &Facts = &snapshot.role;
    match expected {
        Expected::InlinePolicy { name, document } => {
            let mut inline = role_policies(facts)?.inline.iter();
            let found = inline.find(|policy| policy.policy_name == *name);
            Some(found.and_then(|policy| document_digest(&policy.policy_document)) == *document)
        }
        Expected::AttachedPolicy { arn, is_there } => {
            let mut attached = role_policies(facts)?.attached.iter();
            Some(attached.any(|policy| policy.policy_arn == *arn) == *is_there)
        }
        Expected::Trust { document } => match facts.value(Facet::RoleTrust) {
            Ok(Value::RoleTrust(RoleTrust::AssumeRolePolicyDocument(text))) => {
                Some(document_digest(text).as_ref() == Some(document))
            }
            Ok(_) | Err(_) => None,
        },
        Expected::Boundary { arn } => match facts.value(Facet::RoleBoundary) {
            Ok(Value::RoleBoundary(boundary)) => {
                let bound = boundary.permissions_boundary.as_ref();
                Some(bound.map(|policy| &policy.policy_arn) == arn.as_ref())
            }
            Ok(_) | Err(_) => None,
        },
        Expected::Statement { .. }
        | Expected::Url { .. }
        | Expected::Modified { .. }
        | Expected::Settled
        | Expected::Gone => None,
    }
}

/// The version or alias that the change is about; none for the function itself.
fn qualifier(change: &Change) -> Option<&str> {
    match &change.subject {
        Subject::Function { qualifier, .. } => qualifier.as_deref().filter(|name| *name != "$LATEST"),
        _ => None,
    }
}

fn policies(own: &Facts) -> Option<&ResourcePolicies> {
    match own.value(Facet::ResourcePolicies) {
        Ok(Value::ResourcePolicies(policies)) => Some(policies),
        Ok(_) | Err(_) => None,
    }
}

fn role_policies(facts: &Facts) -> Option<&RolePolicies> {
    match facts.value(Facet::RolePolicies) {
        Ok(Value::RolePolicies(policies)) => Some(policies),
        Ok(_) | Err(_) => None,
    }
}

/// Nothing if some policy of the version or alias could not be read.
fn has_statement(policies: &ResourcePolicies, qualifier: Option<&str>, sid: &str) -> Option<bool> {
    if policies
        .unread
        .iter()
        .any(|unread| unread.qualifier.as_deref() == qualifier)
    {
        return None;
    }
    let mut texts = (policies.policies.iter()).filter(|policy| policy.qualifier.as_deref() == qualifier);
    Some(texts.any(|policy| names_statement(&policy.policy, sid)))
}

fn names_statement(policy: &str, sid: &str) -> bool {
    let policy: Json = serde_json::from_str(policy).unwrap_or_default();
    let has = |statement: &Json| statement.get("Sid").and_then(Json::as_str) == Some(sid);
    match policy.get("Statement") {
        Some(Json::Array(statements)) => statements.iter().any(has),
        Some(statement) => has(statement),
        None => false,
    }
}
