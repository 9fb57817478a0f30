//! Does what other accounts and Regions pass on come in? Proved of the role by which their rules do it, and of the bus that takes it.

use std::collections::BTreeSet;

use super::{FEEDS, Passage, passage};
use crate::arn::{AccountId, Arn};
use crate::policy::simulate::{Outcome, decide};
use crate::policy::trust::assumable_by_service;
use crate::policy::{
    Answer, Caller, Policy, PolicyError, Principal, Request, RoleGrants, Selection, Statement, Values,
};
use crate::snapshot::{Bus, RoleBoundary, RolePolicies, RoleTrust, Sender};

const PUT: &str = "events:PutEvents";
const EVENTBRIDGE: &str = "events.amazonaws.com";
const ORGANIZATION: &str = "aws:principalorgid";
/// What is known of every caller, whichever role it has.
const KNOWN: [&str; 4] = [
    "aws:principalaccount",
    "aws:principaltype",
    "aws:securetransport",
    "aws:principalisawsservice",
];
/// Of so many accounts it is said that they are kept out.
const MOST_SHOWN: usize = 3;

/// What can keep events of others out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hinge {
    /// The bus itself.
    Bus,
    /// Its policy.
    Policy,
    /// The rules on it.
    Rules,
}

impl Hinge {
    /// Its name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Bus => "bus",
            Self::Policy => "policy",
            Self::Rules => "rules",
        }
    }
}

/// Whether what these accounts of an organization pass on gets through a bus to the monitor.
pub fn entry(
    bus: &Bus,
    (accounts, organization): (Option<&BTreeSet<AccountId>>, Option<&str>),
    prefix: &str,
) -> Vec<(Hinge, Passage)> {
    if bus.is_missing {
        let why = "it does not exist any more, so nothing of other accounts arrives";
        return vec![(Hinge::Bus, Passage::Closed(why.to_owned()))];
    }
    vec![
        (
            Hinge::Policy,
            accounts.map_or_else(unknown, |accounts| admits(bus, accounts, organization)),
        ),
        (Hinge::Rules, lets_through(bus, prefix)),
    ]
}

fn unknown() -> Passage {
    Passage::Unclear("which accounts there are could not be read".to_owned())
}

fn lets_through(bus: &Bus, prefix: &str) -> Passage {
    let (mut closed, mut near, mut unclear) = (Vec::new(), String::new(), Vec::new());
    for feed in &FEEDS {
        match passage(&bus.rules, feed, prefix) {
            Passage::Open => {}
            Passage::Closed(why) => {
                closed.push(feed.source());
                near = if near.is_empty() { why } else { near };
            }
            Passage::Unclear(why) => unclear.push(why),
        }
    }
    if closed.is_empty() {
        return unclear.pop().map_or(Passage::Open, Passage::Unclear);
    }
    let near = if near.is_empty() { near } else { format!(": {near}") };
    Passage::Closed(format!(
        "no rule on it that is on lets all of {} through to the monitor{near}",
        closed.join(", ")
    ))
}

/// Whether a bus takes what these accounts of an organization put on it.
fn admits(bus: &Bus, accounts: &BTreeSet<AccountId>, organization: Option<&str>) -> Passage {
    let policy = match bus.policy.as_deref().map(Policy::parse).transpose() {
        Ok(policy) => policy,
        Err(why) => return Passage::Unclear(format!("its policy: {why}")),
    };
    let is_admitted = |account: &&AccountId| {
        let request = putting(bus, account, organization);
        decide(&request, policy.as_slice()).outcome == Outcome::Allowed
    };
    let refused: Vec<&str> = accounts
        .iter()
        .filter(|account| !is_admitted(account))
        .map(AccountId::as_str)
        .collect();
    if refused.is_empty() {
        return Passage::Open;
    }
    if let Some(policy) = &policy
        && let Some(why) = unsettled(policy, organization)
    {
        return Passage::Unclear(why);
    }
    let shown = refused.iter().take(MOST_SHOWN).copied().collect::<Vec<_>>().join(", ");
    Passage::Closed(match refused.len().saturating_sub(MOST_SHOWN) {
        0 => format!("its policy does not let in {shown}"),
        others => format!("its policy does not let in {shown} and {others} others"),
    })
}

/// What a policy asks of callers that is not known of those who are asked for here: their role, or another key.
fn unsettled(policy: &Policy, organization: Option<&str>) -> Option<String> {
    let is_known = |key: &str| KNOWN.contains(&key) || (key == ORGANIZATION && organization.is_some());
    let named = |statement: &Statement| {
        let principals = match &statement.principal {
            Some(Selection::Only(principals) | Selection::Except(principals)) => principals.as_slice(),
            None => &[],
        };
        principals.iter().find_map(|principal| match principal {
            Principal::Arn(arn) => Some(format!("its policy names {arn}")),
            _ => None,
        })
    };
    let asked = |statement: &Statement| {
        let mut keys = statement.conditions.iter().map(|condition| condition.key.as_str());
        let key = keys.find(|key| !is_known(key))?;
        Some(format!("its policy asks for `{key}`"))
    };
    policy
        .statements()
        .iter()
        .find_map(|statement| named(statement).or_else(|| asked(statement)))
}

/// What `EventBridge` asks with the role of a rule there.
fn putting(bus: &Bus, account: &AccountId, organization: Option<&str>) -> Request {
    let partition = bus.arn.split(':').nth(1).unwrap_or("aws");
    let arn = format!("arn:{partition}:iam::{account}:role/lambda-vigil-forwarder");
    let known = [
        ("aws:principalarn", Some(arn.clone())),
        ("aws:principalaccount", Some(account.to_string())),
        ("aws:principaltype", Some("AssumedRole".to_owned())),
        (ORGANIZATION, organization.map(str::to_owned)),
        ("aws:securetransport", Some("true".to_owned())),
        ("aws:principalisawsservice", Some("false".to_owned())),
    ];
    let context = known
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), Values::One(value?))));
    Request {
        action: PUT.to_owned(),
        resource: bus.arn.clone(),
        caller: Caller::Principal { arn },
        context: context.collect(),
    }
}

/// Whether a role can be used to put events on the bus.
pub fn can_send(sender: &Sender) -> Passage {
    let Ok(role) = sender.role_arn.parse::<Arn>() else {
        return Passage::Unclear(format!("{} passes events on without a role", sender.rule_arn));
    };
    if let Some(why) = &sender.unread {
        return Passage::Unclear(why.to_string());
    }
    let account = role.account().map(|account| account.to_string()).unwrap_or_default();
    let assumable = match &sender.trust {
        None | Some(RoleTrust::Missing) => return Passage::Closed("the role does not exist".to_owned()),
        Some(RoleTrust::AssumeRolePolicyDocument(text)) => match Policy::parse(text) {
            Ok(policy) => assumable_by_service(&policy, EVENTBRIDGE, &sender.rule_arn, &account),
            Err(why) => return Passage::Unclear(format!("the role's trust policy: {why}")),
        },
    };
    let granted = grants(&sender.policies, &sender.boundary, &role);
    let granted = match granted {
        Ok(grants) => grants.covers(PUT, &sender.target_arn),
        Err(why) => return Passage::Unclear(format!("the role's policies: {why}")),
    };
    match (assumable, granted) {
        (Answer::Yes(_), Answer::Yes(_)) => Passage::Open,
        (Answer::No, _) => Passage::Closed(format!("{EVENTBRIDGE} cannot assume the role")),
        (_, Answer::No) => Passage::Closed(format!("the role does not surely allow {PUT} on {}", sender.target_arn)),
        (Answer::CannotTell(why), _) | (_, Answer::CannotTell(why)) => Passage::Unclear(why),
    }
}

/// What a role may do, within its boundary.
pub fn grants(policies: &RolePolicies, boundary: &RoleBoundary, role: &Arn) -> Result<RoleGrants, PolicyError> {
    let mut identity = Vec::new();
    for inline in &policies.inline {
        identity.push((inline.policy_name.clone(), Policy::parse(&inline.policy_document)?));
    }
    for attached in &policies.attached {
        identity.push((attached.policy_arn.clone(), Policy::parse(&attached.policy_document)?));
    }
    let boundary = boundary.permissions_boundary.as_ref();
    let boundary = boundary
        .map(|policy| Policy::parse(&policy.policy_document))
        .transpose()?;
    let account = role.account().map(|account| account.to_string()).unwrap_or_default();
    Ok(RoleGrants::new(identity, boundary, account).held_by(role.as_str()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::snapshot::InlinePolicy;

    const BUS: &str = "arn:aws:events:eu-west-1:111122223333:event-bus/vigil";

    fn bus(policy: Option<Value>) -> Bus {
        Bus {
            arn: BUS.to_owned(),
            policy: policy.map(|policy| policy.to_string()),
            ..Bus::default()
        }
    }

    fn of_organization(id: &str) -> Value {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "events:PutEvents",
            "Resource": BUS, "Condition": {"StringEquals": {"aws:PrincipalOrgID": id}}}]})
    }

    fn accounts() -> BTreeSet<AccountId> {
        ["222233334444", "333344445555"]
            .iter()
            .map(|id| id.parse().unwrap())
            .collect()
    }

    #[test]
    fn the_policy_that_is_deployed_lets_every_account_in() {
        let bus = bus(Some(of_organization("o-example1234")));
        assert_eq!(admits(&bus, &accounts(), Some("o-example1234")), Passage::Open);
        assert!(matches!(admits(&bus, &accounts(), None), Passage::Unclear(_)));
        let other = admits(&bus, &accounts(), Some("o-other12345"));
        assert!(
            matches!(&other, Passage::Closed(why) if why.contains("222233334444, 333344445555")),
            "{other:?}"
        );
    }

    #[test]
    fn who_is_kept_out_is_named() {
        let some = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "222233334444"}, "Action": "events:PutEvents", "Resource": BUS}]});
        let said = admits(&bus(Some(some)), &accounts(), Some("o-example1234"));
        assert_eq!(
            said,
            Passage::Closed("its policy does not let in 333344445555".to_owned())
        );
        let mut denied = of_organization("o-example1234");
        let deny =
            json!({"Effect": "Deny", "Principal": {"AWS": "222233334444"}, "Action": "events:*", "Resource": "*"});
        denied["Statement"].as_array_mut().unwrap().push(deny);
        let said = admits(&bus(Some(denied)), &accounts(), Some("o-example1234"));
        assert_eq!(
            said,
            Passage::Closed("its policy does not let in 222233334444".to_owned())
        );
        assert!(matches!(
            admits(&bus(None), &accounts(), Some("o-example1234")),
            Passage::Closed(_)
        ));
        assert!(matches!(
            admits(&bus(Some(json!("x"))), &accounts(), None),
            Passage::Unclear(_)
        ));
    }

    fn sender(change: impl FnOnce(&mut Sender)) -> Sender {
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"Service": "events.amazonaws.com"},
            "Condition": {"StringEquals": {"aws:SourceAccount": "222233334444"}}}]});
        let allowed = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "events:PutEvents", "Resource": BUS}]});
        let mut sender = Sender {
            role_arn: "arn:aws:iam::222233334444:role/forwarder".to_owned(),
            target_arn: BUS.to_owned(),
            rule_arn: "arn:aws:events:eu-west-1:222233334444:rule/LambdaRule".to_owned(),
            trust: Some(RoleTrust::AssumeRolePolicyDocument(trust.to_string())),
            policies: RolePolicies {
                inline: vec![InlinePolicy {
                    policy_name: "forward".to_owned(),
                    policy_document: allowed.to_string(),
                }],
                attached: Vec::new(),
            },
            ..Sender::default()
        };
        change(&mut sender);
        sender
    }

    #[test]
    fn a_role_sends_if_eventbridge_may_use_it_and_it_may_put_events_there() {
        assert_eq!(can_send(&sender(|_| {})), Passage::Open);
        let closed: [fn(&mut Sender); 3] = [
            |sender| sender.trust = Some(RoleTrust::Missing),
            |sender| sender.policies.inline.clear(),
            |sender| sender.target_arn = BUS.replace("vigil", "other"),
        ];
        for change in closed {
            let said = can_send(&sender(change));
            assert!(matches!(said, Passage::Closed(_)), "{said:?}");
        }
        let unclear: [fn(&mut Sender); 3] = [
            |sender| sender.role_arn = String::new(),
            |sender| sender.unread = Some(crate::snapshot::Reason::Throttled),
            |sender| sender.trust = Some(RoleTrust::AssumeRolePolicyDocument("{".to_owned())),
        ];
        for change in unclear {
            let said = can_send(&sender(change));
            assert!(matches!(said, Passage::Unclear(_)), "{said:?}");
        }
    }
}
