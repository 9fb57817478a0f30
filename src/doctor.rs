//! Does every link hold from a call in an account to somebody who hears of it? What was read of an installation in, one diagnosis per
//! link out.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::arn::{AccountId, Arn, FunctionArn};
use crate::delivery::grants;
use crate::policy::{Answer, RoleGrants};
use crate::snapshot::{Bus, Place, Reason, RoleBoundary, RolePolicies, RoleTrust, Rule, Trail};

mod way_in;
mod work;

pub use work::{Demand, WORK, Work};

use way_in::{bus, mapping, queue_policy, rules, trail};

/// A part of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    /// CloudTrail logs the calls.
    Trail,
    /// A rule lets their records through.
    Rule,
    /// The rule has the queue for a target.
    Target,
    /// The bus takes what other accounts pass on.
    Bus,
    /// The queue takes what the rules send.
    QueuePolicy,
    /// Lambda takes it from the queue.
    Mapping,
    /// The function can be run.
    Function,
    /// Its role may read what is judged.
    Role,
    /// Nothing has been given up on.
    DeadLetters,
    /// Somebody hears the notices.
    Subscription,
    /// The events of another account or Region arrive.
    Outpost,
}

impl Link {
    /// Its name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Trail => "trail",
            Self::Rule => "rule",
            Self::Target => "target",
            Self::Bus => "event bus",
            Self::QueuePolicy => "queue policy",
            Self::Mapping => "mapping",
            Self::Function => "function",
            Self::Role => "role",
            Self::DeadLetters => "dead letters",
            Self::Subscription => "subscription",
            Self::Outpost => "outpost",
        }
    }
}

/// How a link stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It holds.
    Sound,
    /// It does not, and what to do.
    Broken {
        /// The next step.
        next: String,
    },
    /// It could not be read.
    Unknown,
}

/// What is said of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// Which.
    pub link: Link,
    /// How it stands.
    pub state: State,
    /// What was seen.
    pub says: String,
}

/// Who listens to a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listeners {
    /// Those who have confirmed.
    pub confirmed: u64,
    /// Those who have yet to.
    pub pending: u64,
}

/// What the monitor knows of another account or Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outpost {
    /// Where.
    pub place: Place,
    /// When it was looked at last.
    pub seen: Option<Timestamp>,
    /// What is open there.
    pub open: Vec<String>,
}

/// What was read of an installation.
#[derive(Debug, Clone)]
pub struct Installation {
    /// The monitor.
    pub function: FunctionArn,
    /// Its `State`, such as `Active`.
    pub state: Result<String, Reason>,
    /// What the sources of its events begin with.
    pub source_prefix: String,
    /// The queue that its rules feed.
    pub queue: Arn,
    /// The trails of its Region.
    pub trails: Result<Vec<Trail>, Reason>,
    /// The rules that have the queue for a target.
    pub fed_by: Result<Vec<Rule>, Reason>,
    /// All rules of the default bus.
    pub rules: Result<Vec<Rule>, Reason>,
    /// The event bus that other accounts pass their events on to, and who they are.
    pub buses: Result<Vec<Bus>, Reason>,
    /// The accounts that it watches beside its own.
    pub others: Result<BTreeSet<AccountId>, Reason>,
    /// The id of its organization.
    pub organization: Option<String>,
    /// The queue's policy.
    pub queue_policy: Result<Option<String>, Reason>,
    /// How many messages lie in the queue behind it.
    pub dead_letters: Result<u64, Reason>,
    /// The `State` of the mapping from the queue to the function; none: there is none.
    pub mapping: Result<Option<String>, Reason>,
    /// Its role.
    pub role: String,
    /// Who may assume the role.
    pub role_trust: Result<RoleTrust, Reason>,
    /// What the role may do.
    pub role_policies: Result<(RolePolicies, RoleBoundary), Reason>,
    /// What it has to be able to do.
    pub needs: BTreeSet<&'static str>,
    /// Its topics, by what they are for.
    pub topics: BTreeMap<&'static str, (Arn, Result<Listeners, Reason>)>,
    /// Other accounts and Regions.
    pub outposts: Result<Vec<Outpost>, Reason>,
}

/// What is said of every link, in the order of the way.
pub fn diagnose(installation: &Installation) -> Vec<Diagnosis> {
    let mut said = vec![trail(installation)];
    said.extend(rules(installation));
    said.extend(bus(installation));
    said.push(queue_policy(installation));
    said.push(mapping(installation));
    said.push(function(installation));
    said.push(role(installation));
    said.push(dead_letters(installation));
    said.extend(subscriptions(installation));
    said.extend(outposts(installation));
    said
}

fn sound(link: Link, says: impl Into<String>) -> Diagnosis {
    Diagnosis {
        link,
        state: State::Sound,
        says: says.into(),
    }
}

fn broken(link: Link, says: impl Into<String>, next: impl Into<String>) -> Diagnosis {
    let state = State::Broken { next: next.into() };
    Diagnosis {
        link,
        state,
        says: says.into(),
    }
}

fn unknown(link: Link, why: &impl ToString) -> Diagnosis {
    Diagnosis {
        link,
        state: State::Unknown,
        says: why.to_string(),
    }
}

fn function(installation: &Installation) -> Diagnosis {
    let state = match &installation.state {
        Ok(state) => state.as_str(),
        Err(why) => return unknown(Link::Function, why),
    };
    match state {
        "Active" | "Inactive" | "" => sound(Link::Function, "the function can be run"),
        state => broken(
            Link::Function,
            format!("the function is {state}"),
            format!(
                "aws lambda get-function-configuration --function-name {}",
                installation.function.name()
            ),
        ),
    }
}

fn role(installation: &Installation) -> Diagnosis {
    let role = &installation.role;
    let again =
        format!("deploy the monitor's template again, it restores {role}; look for a boundary that changed, too");
    match &installation.role_trust {
        Err(why) => return unknown(Link::Role, why),
        Ok(RoleTrust::Missing) => return broken(Link::Role, format!("the role {role} does not exist"), again),
        Ok(RoleTrust::AssumeRolePolicyDocument(_)) => {}
    }
    let (policies, boundary) = match &installation.role_policies {
        Ok(policies) => policies,
        Err(why) => return unknown(Link::Role, why),
    };
    let Ok(arn) = role.parse() else {
        return unknown(Link::Role, &format!("`{role}` is not the ARN of a role"));
    };
    let grants = match grants(policies, boundary, &arn) {
        Ok(grants) => grants,
        Err(why) => return unknown(Link::Role, &why),
    };
    let missing: Vec<&str> = installation
        .needs
        .iter()
        .copied()
        .filter(|action| !may(&grants, action))
        .collect();
    if missing.is_empty() {
        return sound(
            Link::Role,
            format!("the role may make the {} calls that it needs", installation.needs.len()),
        );
    }
    broken(
        Link::Role,
        format!("the role may not surely call {}", missing.join(", ")),
        again,
    )
}

/// Roles of other accounts may be entered on conditions that only their accounts settle, and only one tag may be written.
const ON_CONDITIONS: [&str; 2] = [Reason::ENTRY, "lambda:TagResource"];

fn may(grants: &RoleGrants, action: &str) -> bool {
    match grants.permits_some(action, "*") {
        Answer::Yes(_) => true,
        Answer::CannotTell(_) => ON_CONDITIONS.contains(&action),
        Answer::No => false,
    }
}

fn dead_letters(installation: &Installation) -> Diagnosis {
    match installation.dead_letters {
        Err(ref why) => unknown(Link::DeadLetters, why),
        Ok(0) => sound(Link::DeadLetters, "nothing has been given up on"),
        Ok(count) => broken(
            Link::DeadLetters,
            format!("{count} inputs lie in the dead-letter queue"),
            "read the monitor's log for the reason, then redrive them: aws sqs start-message-move-task",
        ),
    }
}

fn subscriptions(installation: &Installation) -> Vec<Diagnosis> {
    let topics = installation.topics.iter();
    let said = topics.map(|(what, (topic, listeners))| match listeners {
        Err(why) => unknown(Link::Subscription, &format!("{what}: {why}")),
        Ok(Listeners {
            confirmed: 0,
            pending: 0,
        }) => broken(
            Link::Subscription,
            format!("nobody is subscribed to the {what}"),
            format!("aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint ADDRESS"),
        ),
        Ok(Listeners { confirmed: 0, pending }) => broken(
            Link::Subscription,
            format!("nobody hears the {what}: {pending} have yet to confirm their subscription"),
            "open the confirmation that AWS has mailed, or subscribe again: it is valid for two days",
        ),
        Ok(Listeners { confirmed, .. }) => sound(Link::Subscription, format!("{confirmed} hear the {what}")),
    });
    said.collect()
}

fn outposts(installation: &Installation) -> Vec<Diagnosis> {
    let outposts = match &installation.outposts {
        Ok(outposts) => outposts,
        Err(why) => return vec![unknown(Link::Outpost, why)],
    };
    let said = outposts.iter().map(|outpost| {
        let place = &outpost.place;
        match (outpost.seen, outpost.open.is_empty()) {
            (None, _) => Diagnosis {
                link: Link::Outpost,
                state: State::Unknown,
                says: format!("{place}: not looked at within three hours, or it could not be read"),
            },
            (Some(seen), true) => sound(
                Link::Outpost,
                format!("{place}: trail, rules and their role as they have to be, seen at {seen:.0}"),
            ),
            (Some(_), false) => broken(
                Link::Outpost,
                format!("{place}: {}", outpost.open.join("; ")),
                "as the notice says; mostly: deploy forwarder.yaml there, and in another account reader.yaml",
            ),
        }
    });
    said.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::FEEDS;
    use crate::snapshot::{EventSelector, InlinePolicy};

    fn trails() -> Vec<Trail> {
        let selector = EventSelector {
            read_write_type: "All".into(),
            include_management_events: true,
            exclude_management_event_sources: Vec::new(),
        };
        vec![Trail {
            trail_arn: "arn:aws:cloudtrail:eu-west-1:111122223333:trail/all".into(),
            is_logging: true,
            event_selectors: vec![selector],
            ..Trail::default()
        }]
    }

    fn its_rules() -> Vec<Rule> {
        let fed = FEEDS.iter().map(|feed| Rule {
            name: feed.rule.into(),
            state: "ENABLED".into(),
            event_pattern: Some(feed.pattern("aws").to_string()),
            schedule_expression: None,
        });
        let sweep = Rule {
            name: "SweepRule".into(),
            state: "ENABLED".into(),
            event_pattern: None,
            schedule_expression: Some("rate(1 day)".into()),
        };
        fed.chain([sweep]).collect()
    }

    fn whole() -> Installation {
        let queue = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sqs:SendMessage",
            "Resource":"*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:events:eu-west-1:111122223333:rule/*"}}}]}"#;
        let reads = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["lambda:GetPolicy","iam:GetRole"],"Resource":"*"}]}"#;
        let inline = InlinePolicy {
            policy_name: "read".into(),
            policy_document: reads.into(),
        };
        let heard = Listeners {
            confirmed: 1,
            pending: 0,
        };
        Installation {
            function: "arn:aws:lambda:eu-west-1:111122223333:function:vigil".parse().unwrap(),
            state: Ok("Active".into()),
            source_prefix: "aws".into(),
            queue: "arn:aws:sqs:eu-west-1:111122223333:vigil".parse().unwrap(),
            trails: Ok(trails()),
            fed_by: Ok(its_rules()),
            rules: Ok(its_rules()),
            buses: Ok(Vec::new()),
            others: Ok(BTreeSet::new()),
            organization: None,
            queue_policy: Ok(Some(queue.into())),
            dead_letters: Ok(0),
            mapping: Ok(Some("Enabled".into())),
            role: "arn:aws:iam::111122223333:role/vigil".into(),
            role_trust: Ok(RoleTrust::AssumeRolePolicyDocument("{}".into())),
            role_policies: Ok((
                RolePolicies {
                    inline: vec![inline],
                    attached: Vec::new(),
                },
                RoleBoundary::default(),
            )),
            needs: BTreeSet::from(["lambda:GetPolicy", "iam:GetRole"]),
            topics: BTreeMap::from([(
                "notices",
                ("arn:aws:sns:eu-west-1:111122223333:notices".parse().unwrap(), Ok(heard)),
            )]),
            outposts: Ok(Vec::new()),
        }
    }

    fn ill(change: impl FnOnce(&mut Installation)) -> Vec<&'static str> {
        let mut installation = whole();
        change(&mut installation);
        let mut links: Vec<&str> = diagnose(&installation)
            .into_iter()
            .filter(|said| said.state != State::Sound)
            .map(|said| said.link.label())
            .collect();
        links.dedup();
        links
    }

    #[test]
    fn a_whole_installation_has_nothing_to_say() {
        assert!(ill(|_| {}).is_empty(), "{:?}", diagnose(&whole()));
    }

    #[test]
    fn each_link_that_is_cut_is_named_and_no_other() {
        let none = Listeners {
            confirmed: 0,
            pending: 1,
        };
        assert_eq!(ill(|it| it.trails = Ok(Vec::new())), ["trail"]);
        let off = |rules: &mut Result<Vec<Rule>, Reason>| rules.as_mut().unwrap()[0].state = "DISABLED".into();
        assert_eq!(
            ill(|it| {
                off(&mut it.fed_by);
                off(&mut it.rules);
            }),
            ["rule"]
        );
        assert_eq!(ill(|it| drop(it.fed_by.as_mut().unwrap().remove(0))), ["target"]);
        assert_eq!(ill(|it| it.queue_policy = Ok(None)), ["queue policy"]);
        let missing = Bus {
            arn: "arn:aws:events:eu-west-1:111122223333:event-bus/vigil".into(),
            is_missing: true,
            ..Bus::default()
        };
        assert_eq!(ill(|it| it.buses = Ok(vec![missing])), ["event bus"]);
        assert_eq!(ill(|it| it.mapping = Ok(Some("Disabled".into()))), ["mapping"]);
        assert_eq!(ill(|it| it.role_trust = Ok(RoleTrust::Missing)), ["role"]);
        assert_eq!(ill(|it| it.needs = BTreeSet::from(["iam:GetPolicy"])), ["role"]);
        assert_eq!(ill(|it| it.dead_letters = Ok(2)), ["dead letters"]);
        assert_eq!(
            ill(|it| it.topics.get_mut("notices").unwrap().1 = Ok(none)),
            ["subscription"]
        );
        let place = Place {
            account: "222233334444".parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
        };
        let outpost = |seen: Option<&str>, open: &[&str]| Outpost {
            place: place.clone(),
            seen: seen.map(|seen| seen.parse().unwrap()),
            open: open.iter().map(ToString::to_string).collect(),
        };
        assert_eq!(ill(|it| it.outposts = Ok(vec![outpost(None, &[])])), ["outpost"]);
        let seen = Some("2026-11-02T10:15:00Z");
        assert_eq!(
            ill(|it| it.outposts = Ok(vec![outpost(seen, &["aws.iam"])])),
            ["outpost"]
        );
        assert!(ill(|it| it.outposts = Ok(vec![outpost(seen, &[])])).is_empty());
    }

    #[test]
    fn what_could_not_be_read_is_not_called_sound() {
        let denied = || Reason::AccessDenied {
            permission: "cloudtrail:DescribeTrails".into(),
        };
        let mut installation = whole();
        installation.trails = Err(denied());
        let said = diagnose(&installation);
        assert_eq!((said[0].link, &said[0].state), (Link::Trail, &State::Unknown));
        assert!(said[0].says.contains("cloudtrail:DescribeTrails"), "{}", said[0].says);
    }
}
