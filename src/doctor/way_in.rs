//! From a call to the function: trail, rules and their targets, the queue's policy, the mapping.

use std::collections::BTreeSet;

use super::{Diagnosis, Installation, Link, broken, sound, unknown};
use crate::delivery::{FEEDS, Feed, Logged, Passage, entry, is_on, passage};
use crate::policy::simulate::{Outcome, decide};
use crate::policy::{Caller, Policy, Request, Values};
use crate::snapshot::Rule;

pub(super) fn trail(installation: &Installation) -> Diagnosis {
    let logged = match &installation.trails {
        Ok(trails) => Logged::by(trails),
        Err(why) => return unknown(Link::Trail, why),
    };
    let region = installation.function.region();
    let feeds: BTreeSet<&str> = FEEDS.iter().filter_map(Feed::event_source).collect();
    match (&logged.but_for, logged.unclear.is_empty()) {
        (None, true) => broken(
            Link::Trail,
            format!("no trail logs the calls that change something in {region}, so EventBridge gets none of them"),
            format!(
                "aws cloudtrail describe-trails --region {region}; then start-logging, or create a trail with write management events"
            ),
        ),
        (None, false) => unknown(Link::Trail, &logged.unclear.join("; ")),
        (Some(left_out), _) if !left_out.iter().any(|source| feeds.contains(source.as_str())) => {
            sound(Link::Trail, "a trail logs the calls that change something")
        }
        (Some(left_out), _) => broken(
            Link::Trail,
            format!(
                "every trail leaves out the calls of {}",
                left_out.iter().cloned().collect::<Vec<_>>().join(", ")
            ),
            format!(
                "aws cloudtrail get-event-selectors --region {region} --trail-name TRAIL; take it out of ExcludeManagementEventSources"
            ),
        ),
    }
}

/// A rule that is on and does not feed the queue has lost its target.
pub(super) fn rules(installation: &Installation) -> Vec<Diagnosis> {
    let (fed_by, all) = match (&installation.fed_by, &installation.rules) {
        (Ok(fed_by), Ok(all)) => (fed_by, all),
        (Err(why), _) | (_, Err(why)) => return vec![unknown(Link::Rule, why)],
    };
    let prefix = &installation.source_prefix;
    let redeploy = "deploy the monitor's template again, it restores its rules and their targets";
    let mut said = Vec::new();
    for feed in &FEEDS {
        match (passage(fed_by, feed, prefix), passage(all, feed, prefix)) {
            (Passage::Open, _) => {}
            (_, Passage::Open) => said.push(broken(
                Link::Target,
                format!("a rule lets {} through, and not to the monitor's queue", feed.source()),
                redeploy,
            )),
            (Passage::Unclear(why), _) => said.push(unknown(Link::Rule, &why)),
            (Passage::Closed(_), Passage::Closed(why) | Passage::Unclear(why)) => said.push(broken(
                Link::Rule,
                format!("no rule that is on lets all of {} through: {why}", feed.source()),
                redeploy,
            )),
        }
    }
    let is_schedule = |rule: &&Rule| rule.schedule_expression.is_some() && is_on(rule);
    if !fed_by.iter().any(|rule| is_schedule(&rule)) {
        said.push(broken(
            Link::Rule,
            "no schedule that is on reaches the queue, so nothing is swept",
            redeploy,
        ));
    }
    if said.is_empty() {
        said.push(sound(
            Link::Rule,
            format!("{} rules let through what matters", fed_by.len()),
        ));
        said.push(sound(Link::Target, "they have the monitor's queue for a target"));
    }
    said
}

/// The bus of an organization's hub; nothing where there is none.
pub(super) fn bus(installation: &Installation) -> Vec<Diagnosis> {
    let buses = match &installation.buses {
        Ok(buses) => buses,
        Err(why) => return vec![unknown(Link::Bus, why)],
    };
    let again = "deploy the monitor's template again, it restores its event bus, the bus's policy and the rules on it";
    let known = (installation.others.as_ref().ok(), installation.organization.as_deref());
    let entries = buses
        .iter()
        .flat_map(|bus| entry(bus, known, &installation.source_prefix));
    let said = entries.map(|(hinge, passage)| match passage {
        Passage::Open => sound(Link::Bus, format!("in order: its {}", hinge.label())),
        Passage::Closed(why) => broken(Link::Bus, why, again),
        Passage::Unclear(why) => unknown(Link::Bus, &why),
    });
    said.collect()
}

pub(super) fn queue_policy(installation: &Installation) -> Diagnosis {
    let (rules, policy) = match (&installation.fed_by, &installation.queue_policy) {
        (Ok(rules), Ok(policy)) => (rules, policy),
        (Err(why), _) | (_, Err(why)) => return unknown(Link::QueuePolicy, why),
    };
    let policy = match policy.as_deref().map(Policy::parse).transpose() {
        Ok(policy) => policy,
        Err(why) => return unknown(Link::QueuePolicy, &why),
    };
    let refused: Vec<&str> = rules
        .iter()
        .filter(|rule| !policy.as_ref().is_some_and(|policy| takes(installation, policy, rule)))
        .map(|rule| rule.name.as_str())
        .collect();
    if refused.is_empty() {
        return sound(Link::QueuePolicy, "the queue takes what the rules send");
    }
    broken(
        Link::QueuePolicy,
        format!("the queue does not surely take what {} sends", refused.join(", ")),
        "deploy the monitor's template again, it restores the queue's policy",
    )
}

/// Whether the policy lets the rule send to the queue.
fn takes(installation: &Installation, policy: &Policy, rule: &Rule) -> bool {
    let function = &installation.function;
    let (partition, region, account) = (function.region().partition(), function.region(), function.account());
    let rule = format!("arn:{partition}:events:{region}:{account}:rule/{}", rule.name);
    let context = [
        ("aws:sourcearn", rule),
        ("aws:sourceaccount", account.to_string()),
        ("aws:securetransport", "true".to_owned()),
        ("aws:principalisawsservice", "true".to_owned()),
    ];
    let request = Request {
        action: "sqs:SendMessage".to_owned(),
        resource: installation.queue.to_string(),
        caller: Caller::Service {
            name: "events.amazonaws.com".to_owned(),
        },
        context: context
            .into_iter()
            .map(|(key, value)| (key.to_owned(), Values::One(value)))
            .collect(),
    };
    decide(&request, std::slice::from_ref(policy)).outcome == Outcome::Allowed
}

pub(super) fn mapping(installation: &Installation) -> Diagnosis {
    let again = "deploy the monitor's template again";
    match &installation.mapping {
        Err(why) => unknown(Link::Mapping, why),
        Ok(None) => broken(
            Link::Mapping,
            "nothing hands the queue's messages to the function",
            again,
        ),
        Ok(Some(state)) if matches!(state.as_str(), "Enabled" | "Enabling" | "Updating" | "Creating") => {
            sound(Link::Mapping, "Lambda hands the queue's messages to the function")
        }
        Ok(Some(state)) => broken(
            Link::Mapping,
            format!("the event source mapping is {state}"),
            "aws lambda update-event-source-mapping --uuid UUID --enabled",
        ),
    }
}
