//! What functions of one account and Region share: its concurrency and its alarms.

use futures_util::future::join_all;

use super::{AccountReader, Page, every_page, misplaced, note, required};
use crate::aws::clock::SystemClock;
use crate::aws::failure::reason;
use crate::aws::pace::Pool;
use crate::monitor::{Clock, Place};
use crate::snapshot::{
    AccountLimit, AccountSettings, Alarms, CompositeAlarm, Dimension, Facet, Facts, Metric, MetricAlarm,
    MetricDataQuery, MetricStat, Reason, Value,
};

impl AccountReader<'_> {
    pub(super) async fn place_facts(&self, place: &Place, facets: Vec<Facet>) -> Facts {
        let reads = facets.into_iter().map(|facet| async move {
            let at = SystemClock.now();
            (at, facet, Box::pin(self.of_place(place, facet)).await)
        });
        let mut readings = Facts::default();
        for (at, facet, outcome) in join_all(reads).await {
            note(&mut readings, at, facet, outcome);
        }
        readings
    }

    async fn of_place(&self, place: &Place, facet: Facet) -> Result<Value, Reason> {
        match facet {
            Facet::AccountSettings => self.account_settings(place).await,
            Facet::Alarms => self.alarms(place).await,
            Facet::Trails => self.trails(place).await,
            Facet::Rules => self.rules(place).await,
            Facet::Topics => self.topics(place).await,
            Facet::Buses => self.buses(place).await,
            Facet::Senders => self.senders(place).await,
            // The records themselves tell them.
            Facet::Omissions => Err(Reason::NotRead),
            other => Err(misplaced(other)),
        }
    }

    async fn account_settings(&self, place: &Place) -> Result<Value, Reason> {
        let client = self.clients.lambda(&place.region, Pool::LambdaOther).await;
        let answer = client.get_account_settings().send().await;
        let answer = answer.map_err(|error| reason("lambda:GetAccountSettings", &error))?;
        let limit = required(answer.account_limit, "AccountLimit")?;
        let unreserved = limit.unreserved_concurrent_executions;
        Ok(Value::AccountSettings(AccountSettings {
            account_limit: AccountLimit {
                concurrent_executions: limit.concurrent_executions,
                unreserved_concurrent_executions: required(unreserved, "UnreservedConcurrentExecutions")?,
            },
        }))
    }

    /// A full page is a hundred alarms. What is not about Lambda is not kept.
    async fn alarms(&self, place: &Place) -> Result<Value, Reason> {
        let pages = every_page(|marker| async move {
            use aws_sdk_cloudwatch::types::AlarmType::{CompositeAlarm, MetricAlarm};
            let call = self.clients.cloudwatch(&place.region).await.describe_alarms();
            let call = call
                .alarm_types(MetricAlarm)
                .alarm_types(CompositeAlarm)
                .max_records(100);
            let answer = call.set_next_token(marker).send().await;
            let answer = answer.map_err(|error| reason("cloudwatch:DescribeAlarms", &error))?;
            Ok(Page {
                items: vec![(answer.metric_alarms, answer.composite_alarms)],
                next: answer.next_token,
            })
        });
        let mut alarms = Alarms::default();
        for (simple, composite) in pages.await? {
            let simple = simple.unwrap_or_default().into_iter().map(metric_alarm);
            let about_lambda = |alarm: &MetricAlarm| !alarm.watched().is_empty();
            alarms.metric_alarms.extend(simple.filter(about_lambda));
            let composite = composite.unwrap_or_default().into_iter().map(composite_alarm);
            alarms.composite_alarms.extend(composite);
        }
        Ok(Value::Alarms(alarms))
    }
}

fn metric_alarm(alarm: aws_sdk_cloudwatch::types::MetricAlarm) -> MetricAlarm {
    MetricAlarm {
        alarm_name: alarm.alarm_name.unwrap_or_default(),
        actions_enabled: alarm.actions_enabled.unwrap_or_default(),
        alarm_actions: alarm.alarm_actions.unwrap_or_default(),
        namespace: alarm.namespace,
        metric_name: alarm.metric_name,
        dimensions: dimensions(alarm.dimensions),
        metrics: alarm.metrics.unwrap_or_default().into_iter().map(query).collect(),
    }
}

fn composite_alarm(alarm: aws_sdk_cloudwatch::types::CompositeAlarm) -> CompositeAlarm {
    CompositeAlarm {
        alarm_name: alarm.alarm_name.unwrap_or_default(),
        alarm_rule: alarm.alarm_rule.unwrap_or_default(),
        actions_enabled: alarm.actions_enabled.unwrap_or_default(),
        alarm_actions: alarm.alarm_actions.unwrap_or_default(),
    }
}

fn query(query: aws_sdk_cloudwatch::types::MetricDataQuery) -> MetricDataQuery {
    let metric = query.metric_stat.and_then(|stat| stat.metric);
    MetricDataQuery {
        id: query.id.unwrap_or_default(),
        expression: query.expression,
        metric_stat: metric.map(|metric| MetricStat {
            metric: Metric {
                namespace: metric.namespace.unwrap_or_default(),
                metric_name: metric.metric_name.unwrap_or_default(),
                dimensions: dimensions(metric.dimensions),
            },
        }),
    }
}

fn dimensions(dimensions: Option<Vec<aws_sdk_cloudwatch::types::Dimension>>) -> Vec<Dimension> {
    let dimensions = dimensions.unwrap_or_default().into_iter();
    dimensions
        .map(|dimension| Dimension {
            name: dimension.name.unwrap_or_default(),
            value: dimension.value.unwrap_or_default(),
        })
        .collect()
}
