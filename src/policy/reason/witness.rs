//! What does an allowed request look like? From the values a search found to one concrete, complete request.

use super::class::{Account, Assume, Class, Who, World};
use super::engine::{Leaf, Part};
use crate::policy::condition::{Solution, solve};
use crate::policy::document::Policy;
use crate::policy::pattern::Budget;
use crate::policy::request::{Caller, Request, Values};
use crate::policy::simulate::{Outcome, decide};
use std::collections::BTreeMap;

/// Keys that a request of the class carries whether or not a policy looks at them.
const USUAL: [&str; 18] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principaltype",
    "aws:principalisawsservice",
    "aws:principalorgid",
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceip",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:vpcsourceip",
    "aws:securetransport",
    "aws:requestedregion",
    "aws:viaawsservice",
    "lambda:eventsourcetoken",
];

impl World<'_> {
    /// The request for the first part; the other parts differ in action and in the keys they fix.
    pub(super) fn witness(&self, class: &Class, part: &Part, (leaf, target): (&Leaf, &str)) -> Request {
        let mut context: BTreeMap<String, Values> = BTreeMap::new();
        let found = leaf
            .values
            .iter()
            .filter_map(|(key, value)| Some((key.clone(), value.clone()?)));
        context.extend(found);
        for key in USUAL.iter().filter(|key| !leaf.values.contains_key(**key)) {
            if let Some(value) = self.usual(class, key, &context) {
                context.insert((*key).to_owned(), value);
            }
        }
        let caller = caller(class, &context);
        let request = Request {
            action: String::new(),
            resource: target.to_owned(),
            caller,
            context,
        };
        for_part(request, part)
    }

    fn usual(&self, class: &Class, key: &str, context: &BTreeMap<String, Values>) -> Option<Values> {
        if let Some(Values::One(arn)) = World::carrier(class, key).and_then(|carrier| context.get(carrier)) {
            return arn.split(':').nth(4).map(|account| Values::One(account.to_owned()));
        }
        if let Some(carrier) = World::carrier(class, key) {
            let Some(Values::One(arn)) = self.usual(class, carrier, context) else {
                return None;
            };
            return arn.split(':').nth(4).map(|account| Values::One(account.to_owned()));
        }
        let domain = self.domain(class, key, Assume::Ordinary);
        match solve(&domain, &[], &mut Budget::new(1_000_000)) {
            Solution::Value(value) => value,
            Solution::Nothing | Solution::Unknown(_) => None,
        }
    }
}

/// Whether the separate, concrete evaluator allows every part too.
pub(super) fn replays(request: &Request, parts: &[Part], policies: &[Policy]) -> bool {
    let is_allowed = |part: &Part| decide(&for_part(request.clone(), part), policies).outcome == Outcome::Allowed;
    parts.iter().all(is_allowed)
}

fn for_part(mut request: Request, part: &Part) -> Request {
    part.action.clone_into(&mut request.action);
    for (key, value) in &part.fixed {
        match value {
            Some(value) => request
                .context
                .insert((*key).to_owned(), Values::One((*value).to_owned())),
            None => request.context.remove(*key),
        };
    }
    request
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
