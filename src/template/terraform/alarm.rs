//! Alarms of Terraform in CloudFormation's words.

use super::super::resource::Resource;
use super::super::value::{Kind, Value};
use super::Reader;
use super::convert::Same;
use super::plan::Planned;
use super::references::first;

const ALARM: &[Same] = &[
    ("Namespace", "namespace"),
    ("MetricName", "metric_name"),
    ("ActionsEnabled", "actions_enabled"),
    ("AlarmRule", "alarm_rule"),
];

impl Reader<'_> {
    pub(super) fn alarm(&self, planned: &Planned) -> Resource {
        let of = |name: &str| self.attribute(planned, &[name]);
        let mut properties: Vec<(&str, Value)> = ALARM.iter().map(|(property, name)| (*property, of(name))).collect();
        properties.push(("AlarmActions", self.attributes(planned, &["alarm_actions"])));
        properties.push(("Dimensions", dimensions(planned.value("dimensions"))));
        properties.push(("Metrics", queries(planned.value("metric_query"))));
        let is_metric = planned.kind == "aws_cloudwatch_metric_alarm";
        let kind = if is_metric {
            "AWS::CloudWatch::Alarm"
        } else {
            "AWS::CloudWatch::CompositeAlarm"
        };
        let made = self.resource(planned, kind, properties);
        let name = planned.value("alarm_name").clone();
        Resource { name, ..made }
    }
}

fn dimensions(said: &Value) -> Value {
    match said.members() {
        Err(why) => Value::unknown(1, why),
        Ok(members) => {
            let one = |(name, value): (&String, &Value)| {
                Value::map(1, [("Name", Value::text(1, name)), ("Value", value.clone())])
            };
            Value::list(
                1,
                members
                    .iter()
                    .map(|member| one((&member.name, &member.value)))
                    .collect(),
            )
        }
    }
}

fn queries(said: &Value) -> Value {
    let query = |query: &Value| {
        let metric = first(query.get("metric"));
        let stat = if metric.is_nothing() || matches!(metric.kind, Kind::List(_)) {
            Value::nothing()
        } else {
            let metric = Value::map(
                1,
                [
                    ("Namespace", metric.get("namespace").clone()),
                    ("MetricName", metric.get("metric_name").clone()),
                    ("Dimensions", dimensions(metric.get("dimensions"))),
                ],
            );
            Value::map(1, [("Metric", metric)])
        };
        Value::map(
            1,
            [
                ("Id", query.get("id").clone()),
                ("Expression", query.get("expression").clone()),
                ("MetricStat", stat),
            ],
        )
    };
    said.items().map_or_else(
        |why| Value::unknown(1, why),
        |all| Value::list(1, all.iter().map(query).collect()),
    )
}
