//! Where events come in that other accounts and Regions pass on: there the roles of their rules, here the bus and the rules on it.

use std::collections::BTreeMap;

use aws_sdk_eventbridge::types::Target;
use futures_util::future::{join_all, try_join_all};

use super::feed::{DEFAULT, is_in};
use super::{AccountReader, Page, every_page, required};
use crate::arn::Arn;
use crate::aws::failure::reason;
use crate::monitor::Place;
use crate::snapshot::{Bus, Facet, Facts, Reason, Rule, Sender, Value};

const BUS: &str = "event-bus/";
/// What is read of a role that passes events on.
const PARTS: [Facet; 3] = [Facet::RoleTrust, Facet::RolePolicies, Facet::RoleBoundary];

impl AccountReader<'_> {
    /// The monitor's own bus, from where it is. The default bus is not asked for: what of its own account and of other Regions arrives on it
    /// needs nobody's leave.
    pub(super) async fn buses(&self, place: &Place) -> Result<Value, Reason> {
        let own = self.common.feeds.bus.as_ref().filter(|bus| is_in(bus, place));
        let mut buses = Vec::new();
        if let Some(arn) = own {
            let name = arn.resource().strip_prefix(BUS).unwrap_or_default();
            if !name.is_empty() && name != DEFAULT {
                buses.push(Box::pin(self.bus(place, (arn, name))).await?);
            }
        }
        Ok(Value::Buses(buses))
    }

    async fn bus(&self, place: &Place, (arn, name): (&Arn, &str)) -> Result<Bus, Reason> {
        let client = self.clients.eventbridge(&place.region).await;
        let answer = Box::pin(client.describe_event_bus().name(name).send()).await;
        let known = Bus {
            arn: arn.to_string(),
            ..Bus::default()
        };
        match answer.map_err(|error| reason("events:DescribeEventBus", &error)) {
            Err(Reason::NotFound) => Ok(Bus {
                is_missing: true,
                ..known
            }),
            Err(why) => Err(why),
            Ok(answer) => Ok(Bus {
                policy: answer.policy.filter(|policy| !policy.is_empty()),
                rules: Box::pin(self.rules_on(place, name)).await?,
                ..known
            }),
        }
    }

    async fn rules_on(&self, place: &Place, bus: &str) -> Result<Vec<Rule>, Reason> {
        let Some(queue) = &self.common.feeds.queue else {
            return Err(Reason::NotRead);
        };
        let names = self.rule_names(place, (bus, queue)).await?;
        let rules = names
            .into_iter()
            .map(|name| async move { Box::pin(self.rule(place, (bus, name))).await });
        try_join_all(rules).await
    }

    /// The roles by which rules of the place pass events on to the monitor's bus, each once.
    pub(super) async fn senders(&self, place: &Place) -> Result<Value, Reason> {
        let Some(bus) = self.common.feeds.bus.as_ref().filter(|bus| !is_in(bus, place)) else {
            return Ok(Value::Senders(Vec::new()));
        };
        let names = self.rule_names(place, (DEFAULT, bus)).await?;
        let targets = names.into_iter().map(|rule| async move {
            let targets = Box::pin(self.targets(place, &rule)).await?;
            Ok::<_, Reason>((rule, targets))
        });
        let mut roles: BTreeMap<Option<String>, String> = BTreeMap::new();
        for (rule, targets) in try_join_all(targets).await? {
            let passing_on = targets.into_iter().filter(|target| target.arn == bus.as_str());
            for target in passing_on {
                roles.entry(target.role_arn).or_insert_with(|| rule_arn(place, &rule));
            }
        }
        let senders = roles.into_iter().map(|(role, rule_arn)| async move {
            let sender = Sender {
                role_arn: role.unwrap_or_default(),
                target_arn: bus.to_string(),
                rule_arn,
                ..Sender::default()
            };
            Box::pin(self.sender(sender)).await
        });
        Ok(Value::Senders(join_all(senders).await))
    }

    async fn targets(&self, place: &Place, rule: &str) -> Result<Vec<Target>, Reason> {
        every_page(|marker| async move {
            let client = self.clients.eventbridge(&place.region).await;
            let call = client.list_targets_by_rule().rule(rule).set_next_token(marker);
            let answer = call.send().await;
            let answer = answer.map_err(|error| reason("events:ListTargetsByRule", &error))?;
            Ok(Page {
                items: answer.targets.unwrap_or_default(),
                next: answer.next_token,
            })
        })
        .await
    }

    /// One that may not be read must not hide the others.
    async fn sender(&self, sender: Sender) -> Sender {
        let Ok(role) = sender.role_arn.parse::<Arn>() else {
            return sender;
        };
        let facts = Box::pin(self.role_facts(&role, PARTS.to_vec())).await;
        described(sender.clone(), &facts).unwrap_or_else(|why| Sender {
            unread: Some(why),
            ..sender
        })
    }
}

fn described(mut sender: Sender, facts: &Facts) -> Result<Sender, Reason> {
    for facet in PARTS {
        match facts.value(facet).map_err(|unread| unread.reason)? {
            Value::RoleTrust(trust) => sender.trust = Some(trust.clone()),
            Value::RolePolicies(policies) => sender.policies = policies.clone(),
            Value::RoleBoundary(boundary) => sender.boundary = boundary.clone(),
            _ => return Err(Reason::NotRead),
        }
    }
    required(sender.trust.as_ref(), "AssumeRolePolicyDocument")?;
    Ok(sender)
}

fn rule_arn(place: &Place, rule: &str) -> String {
    let Place { account, region } = place;
    format!("arn:{}:events:{region}:{account}:rule/{rule}", region.partition())
}
