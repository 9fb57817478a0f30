//! What brings events to the monitor: the trails of the Region, and the rules whose target is the monitor's queue.

use std::collections::BTreeSet;

use aws_sdk_cloudtrail::operation::get_event_selectors::GetEventSelectorsOutput;
use aws_sdk_cloudtrail::types;
use futures_util::future::{join_all, try_join_all};

use super::{AccountReader, Feeds, Page, every_page, required};
use crate::arn::Arn;
use crate::aws::failure::reason;
use crate::monitor::Place;
use crate::snapshot::{AdvancedEventSelector, EventSelector, FieldSelector, Reason, Rule, Topic, Trail, Value};

/// The bus that AWS's own events are on.
pub(super) const DEFAULT: &str = "default";

impl AccountReader<'_> {
    /// With the shadows of trails whose home is another Region or the organization's management account.
    pub(super) async fn trails(&self, place: &Place) -> Result<Value, Reason> {
        let client = self.clients.cloudtrail(&place.region).await;
        let answer = client.describe_trails().include_shadow_trails(true).send().await;
        let answer = answer.map_err(|error| reason("cloudtrail:DescribeTrails", &error))?;
        let trails = answer.trail_list.unwrap_or_default().into_iter();
        let arns: Result<Vec<String>, Reason> = trails.map(|trail| required(trail.trail_arn, "TrailARN")).collect();
        let reads = arns?
            .into_iter()
            .map(|arn| async move { Box::pin(self.trail(place, arn)).await });
        Ok(Value::Trails(join_all(reads).await))
    }

    /// One trail that may not be read must not hide the others.
    async fn trail(&self, place: &Place, trail_arn: String) -> Trail {
        let read = self.logging(place, &trail_arn).await;
        match read {
            Ok(trail) => trail,
            Err(unread) => Trail {
                trail_arn,
                unread: Some(unread),
                ..Trail::default()
            },
        }
    }

    async fn logging(&self, place: &Place, arn: &str) -> Result<Trail, Reason> {
        let client = self.clients.cloudtrail(&place.region).await;
        let status = client.get_trail_status().name(arn).send().await;
        let status = status.map_err(|error| reason("cloudtrail:GetTrailStatus", &error))?;
        let client = self.clients.cloudtrail(&place.region).await;
        let selectors = client.get_event_selectors().trail_name(arn).send().await;
        let selectors = selectors.map_err(|error| reason("cloudtrail:GetEventSelectors", &error))?;
        Ok(Trail {
            is_logging: required(status.is_logging, "IsLogging")?,
            ..trail_of(arn, selectors)
        })
    }

    /// Every rule of the default bus that has one of the monitor's targets, however many a stack made.
    pub(super) async fn rules(&self, place: &Place) -> Result<Value, Reason> {
        let Feeds { queue, bus, .. } = &self.common.feeds;
        let targets: Vec<&Arn> = queue.iter().filter(|queue| is_in(queue, place)).chain(bus).collect();
        if targets.is_empty() {
            return Err(Reason::NotRead);
        }
        let names = try_join_all(
            targets
                .into_iter()
                .map(|target| self.rule_names(place, (DEFAULT, target))),
        )
        .await?;
        let names: BTreeSet<String> = names.into_iter().flatten().collect();
        let rules = names
            .into_iter()
            .map(|name| async move { Box::pin(self.rule(place, (DEFAULT, name))).await });
        Ok(Value::Rules(try_join_all(rules).await?))
    }

    /// The rules of a bus that have this target.
    pub(super) async fn rule_names(&self, place: &Place, (bus, target): (&str, &Arn)) -> Result<Vec<String>, Reason> {
        every_page(|marker| async move {
            let client = self.clients.eventbridge(&place.region).await;
            let call = client.list_rule_names_by_target().target_arn(target.as_str());
            let call = call.event_bus_name(bus);
            let answer = call.set_next_token(marker).send().await;
            let answer = answer.map_err(|error| reason("events:ListRuleNamesByTarget", &error))?;
            Ok(Page {
                items: answer.rule_names.unwrap_or_default(),
                next: answer.next_token,
            })
        })
        .await
    }

    /// The topics that everything is published to, from where the monitor runs.
    pub(super) async fn topics(&self, place: &Place) -> Result<Value, Reason> {
        let topics: Vec<&Arn> = self
            .common
            .feeds
            .topics
            .iter()
            .filter(|topic| is_in(topic, place))
            .collect();
        if topics.is_empty() {
            return Err(Reason::NotRead);
        }
        let reads = topics.into_iter().map(|topic| self.topic(topic));
        Ok(Value::Topics(try_join_all(reads).await?))
    }

    async fn topic(&self, topic: &Arn) -> Result<Topic, Reason> {
        let call = self.clients.sns().get_topic_attributes().topic_arn(topic.as_str());
        let answer = Box::pin(call.send()).await;
        let answer = match answer.map_err(|error| reason("sns:GetTopicAttributes", &error)) {
            Err(Reason::NotFound) => {
                return Ok(Topic {
                    topic_arn: topic.to_string(),
                    is_missing: true,
                    ..Topic::default()
                });
            }
            answer => answer?,
        };
        let attributes = answer.attributes.unwrap_or_default();
        let count = |name: &str| {
            let count = attributes.get(name).and_then(|count| count.parse().ok());
            required(count, name)
        };
        Ok(Topic {
            topic_arn: topic.to_string(),
            is_missing: false,
            subscriptions_confirmed: count("SubscriptionsConfirmed")?,
            subscriptions_pending: count("SubscriptionsPending")?,
        })
    }

    /// A rule of a bus.
    pub(super) async fn rule(&self, place: &Place, (bus, name): (&str, String)) -> Result<Rule, Reason> {
        let client = self.clients.eventbridge(&place.region).await;
        let answer = client.describe_rule().name(&name).event_bus_name(bus).send().await;
        let answer = answer.map_err(|error| reason("events:DescribeRule", &error))?;
        Ok(Rule {
            name,
            state: required(answer.state, "State")?.as_str().to_owned(),
            event_pattern: answer.event_pattern,
            schedule_expression: answer.schedule_expression.filter(|schedule| !schedule.is_empty()),
        })
    }
}

/// A rule reaches a queue from where the queue is, and a bus from everywhere.
pub(super) fn is_in(queue: &Arn, place: &Place) -> bool {
    queue.region().as_ref() == Some(&place.region) && queue.account().as_ref() == Some(&place.account)
}

fn trail_of(arn: &str, selectors: GetEventSelectorsOutput) -> Trail {
    let (simple, advanced) = (selectors.event_selectors, selectors.advanced_event_selectors);
    Trail {
        trail_arn: arn.to_owned(),
        event_selectors: simple.unwrap_or_default().into_iter().map(event_selector).collect(),
        advanced_event_selectors: advanced
            .unwrap_or_default()
            .into_iter()
            .map(advanced_selector)
            .collect(),
        ..Trail::default()
    }
}

/// AWS's defaults: everything, management events among it.
fn event_selector(selector: types::EventSelector) -> EventSelector {
    EventSelector {
        read_write_type: selector
            .read_write_type
            .map_or_else(|| "All".to_owned(), |kind| kind.as_str().to_owned()),
        include_management_events: selector.include_management_events.unwrap_or(true),
        exclude_management_event_sources: selector.exclude_management_event_sources.unwrap_or_default(),
    }
}

fn advanced_selector(selector: types::AdvancedEventSelector) -> AdvancedEventSelector {
    AdvancedEventSelector {
        field_selectors: selector.field_selectors.into_iter().map(field_selector).collect(),
    }
}

fn field_selector(selector: types::AdvancedFieldSelector) -> FieldSelector {
    let others = [
        &selector.starts_with,
        &selector.ends_with,
        &selector.not_starts_with,
        &selector.not_ends_with,
    ];
    FieldSelector {
        has_other_operators: others.into_iter().flatten().any(|values| !values.is_empty()),
        field: selector.field,
        equals: selector.equals.unwrap_or_default(),
        not_equals: selector.not_equals.unwrap_or_default(),
    }
}
