//! What does an allowed request look like? From the values a search found to one concrete, complete request.

use super::class::{Account, Assume, Class, Who, World};
use super::engine::Leaf;
use super::part::{Given, OWN_KEYS, Part};
use crate::policy::condition::{Domain, Solution, solve};
use crate::policy::document::Policy;
use crate::policy::pattern::{Budget, field};
use crate::policy::request::{Caller, Request, Values};
use crate::policy::simulate::{Outcome, decide};
use std::collections::BTreeMap;

/// Keys that every request carries whether or not a policy looks at them.
const USUAL: [&str; 3] = ["aws:securetransport", "aws:requestedregion", "aws:viaawsservice"];
/// Those of a caller who does not sign, of an identity, and of a service.
const USUAL_ANONYMOUS: [&str; 3] = ["aws:principalaccount", "aws:principaltype", "aws:sourceip"];
const USUAL_IDENTITY: [&str; 9] = [
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principaltype",
    "aws:principalisawsservice",
    "aws:principalorgid",
    "aws:sourceip",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:vpcsourceip",
];
const USUAL_SERVICE: [&str; 7] = [
    "aws:principalisawsservice",
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "lambda:eventsourcetoken",
];

fn usual(who: &Who) -> impl Iterator<Item = &'static str> {
    let own: &[&str] = match who {
        Who::Anonymous => &USUAL_ANONYMOUS,
        Who::Identity(_) | Who::Named(_) => &USUAL_IDENTITY,
        Who::Service(_) => &USUAL_SERVICE,
    };
    USUAL.iter().chain(own).copied()
}

impl World {
    /// The request for the first part; the other parts differ in action and in the keys they fix.
    pub(super) fn witness(&self, class: &Class, part: &Part, (leaf, target): (&Leaf, &str)) -> Request {
        let mut context: BTreeMap<String, Values> = BTreeMap::new();
        let found = leaf
            .values
            .iter()
            .filter_map(|(key, value)| Some((key.clone(), value.clone()?)));
        context.extend(found);
        let named = self.variables.iter().map(String::as_str);
        let usual = usual(&class.who).map(|key: &'static str| -> &str { key });
        for key in usual.chain(named).filter(|key| !leaf.values.contains_key(*key)) {
            if let Some(value) = self.usual(class, key, &context) {
                context.insert(key.to_owned(), value);
            }
        }
        let caller = caller(class, &context);
        let mut request = Request {
            action: String::new(),
            resource: target.to_owned(),
            caller,
            context,
        };
        for_part(&mut request, part);
        request
    }

    fn usual(&self, class: &Class, key: &str, context: &BTreeMap<String, Values>) -> Option<Values> {
        if let Some(Values::One(arn)) = World::carrier(class, key).and_then(|carrier| context.get(carrier)) {
            return field(arn, 4).map(|account| Values::One(account.to_owned()));
        }
        if let Some(carrier) = World::carrier(class, key) {
            let Some(Values::One(arn)) = self.usual(class, carrier, context) else {
                return None;
            };
            return field(&arn, 4).map(|account| Values::One(account.to_owned()));
        }
        let domain = self.domain(class, key, Assume::Ordinary);
        match domain {
            Domain::Absent | Domain::Undetermined => None,
            Domain::Fixed(value) => Some(value),
            Domain::Choice(_) | Domain::Text { .. } | Domain::Texts { .. } | Domain::Address { .. } => {
                match solve(&domain, &[], &mut Budget::new(1_000_000)) {
                    Solution::Value(value) => value,
                    Solution::Nothing | Solution::Unknown(_) => None,
                }
            }
        }
    }
}

/// Whether the separate, concrete evaluator allows every part too.
pub(super) fn replays(request: &Request, parts: &[Part], policies: &[Policy]) -> bool {
    let is_allowed = |request: &Request| decide(request, policies).outcome == Outcome::Allowed;
    is_allowed(request)
        && parts.iter().skip(1).all(|part| {
            let mut next = request.clone();
            for_part(&mut next, part);
            is_allowed(&next)
        })
}

fn for_part(request: &mut Request, part: &Part) {
    part.action.clone_into(&mut request.action);
    let has_own = request.context.keys().any(|key| key.starts_with(OWN_KEYS));
    for (key, given) in part.given {
        match given {
            Given::Value(value) => request
                .context
                .insert((*key).to_owned(), Values::One((*value).to_owned())),
            Given::Absent | Given::AbsentOrFalse if has_own => request.context.remove(*key),
            Given::Absent | Given::AbsentOrFalse | Given::Chosen => None,
        };
    }
}

fn caller(class: &Class, context: &BTreeMap<String, Values>) -> Caller {
    let known = match &class.account {
        Account::Known(account) => format!("arn:aws:iam::{account}:root"),
        Account::Stranger => String::new(),
    };
    let arn = match (&class.who, context.get("aws:principalarn")) {
        (Who::Anonymous, _) => return Caller::Anonymous,
        (Who::Service(acting), _) => {
            return Caller::Service {
                name: acting.name.clone(),
            };
        }
        (Who::Named(arn), _) | (Who::Identity(_), Some(Values::One(arn))) => arn.clone(),
        (Who::Identity(_), _) => known,
    };
    Caller::Principal { arn }
}
