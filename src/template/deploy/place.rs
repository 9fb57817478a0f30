//! What the account and Region have: the alarms of the template, and nothing that only AWS knows.

use serde_json::{Value as Json, json};

use super::super::given::Given;
use super::super::resource::{Resource, Stack};
use super::super::value::{Kind, Value, Why};
use super::function::unreadable;
use super::not_in;
use crate::snapshot::Facet;

/// The place as a recording has it.
pub(super) fn of(stack: &Stack, given: &Given) -> Json {
    let mut missing = vec![(
        Facet::AccountSettings,
        not_in(&"the account's limits are not in it".into()),
    )];
    let mut place = json!({"Account": given.account, "Region": given.region});
    match alarms(stack) {
        Ok(alarms) => {
            if let Some(members) = place.as_object_mut() {
                members.insert("Alarms".to_owned(), alarms);
            }
        }
        Err(why) => missing.push((Facet::Alarms, not_in(&why))),
    }
    if let Some(members) = place.as_object_mut() {
        members.insert("Unreadable".to_owned(), unreadable(missing));
    }
    place
}

fn alarms(stack: &Stack) -> Result<Json, Why> {
    let each = |kind: &'static str, one: fn(&Resource) -> Result<Json, Why>| -> Result<Vec<Json>, Why> {
        stack
            .of_kind(kind)
            .map(|resource| resource.doubt.clone().map_or_else(|| one(resource), Err))
            .collect()
    };
    Ok(json!({
        "MetricAlarms": each("AWS::CloudWatch::Alarm", metric)?,
        "CompositeAlarms": each("AWS::CloudWatch::CompositeAlarm", composite)?,
    }))
}

fn metric(alarm: &Resource) -> Result<Json, Why> {
    let queries = alarm.get("Metrics").items()?.iter().map(query);
    Ok(json!({
        "AlarmName": name_of(alarm),
        "ActionsEnabled": alarm.get("ActionsEnabled").truth()?.unwrap_or(true),
        "AlarmActions": actions(alarm)?,
        "Namespace": alarm.get("Namespace").word()?,
        "MetricName": alarm.get("MetricName").word()?,
        "Dimensions": dimensions(alarm.get("Dimensions"))?,
        "Metrics": queries.collect::<Result<Vec<Json>, Why>>()?,
    }))
}

fn composite(alarm: &Resource) -> Result<Json, Why> {
    Ok(json!({
        "AlarmName": name_of(alarm),
        "AlarmRule": alarm.get("AlarmRule").word()?.unwrap_or_default(),
        "ActionsEnabled": alarm.get("ActionsEnabled").truth()?.unwrap_or(true),
        "AlarmActions": actions(alarm)?,
    }))
}

fn name_of(alarm: &Resource) -> String {
    alarm
        .name
        .known()
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| alarm.id.clone())
}

/// What it does; of an action that is not known it is known that there is one.
fn actions(alarm: &Resource) -> Result<Vec<String>, Why> {
    let said = alarm.get("AlarmActions");
    if let Kind::Unknown(why) = &said.kind {
        return Err(why.clone());
    }
    let action = |item: &Value| {
        item.known()
            .unwrap_or_else(|| "an action that is not known yet".to_owned())
    };
    Ok(said.items()?.iter().map(action).collect())
}

fn dimensions(said: &Value) -> Result<Vec<Json>, Why> {
    let one =
        |dimension: &Value| Ok(json!({"Name": dimension.get("Name").word()?, "Value": dimension.get("Value").word()?}));
    said.items()?.iter().map(one).collect()
}

fn query(said: &Value) -> Result<Json, Why> {
    let mut all = json!({"Id": said.get("Id").word()?.unwrap_or_default()});
    let Some(members) = all.as_object_mut() else {
        return Ok(all);
    };
    if let Some(expression) = said.get("Expression").word()? {
        members.insert("Expression".to_owned(), expression.into());
    }
    let metric = said.at(&["MetricStat", "Metric"]);
    if !metric.is_nothing() {
        let metric = json!({
            "Namespace": metric.get("Namespace").word()?.unwrap_or_default(),
            "MetricName": metric.get("MetricName").word()?.unwrap_or_default(),
            "Dimensions": dimensions(metric.get("Dimensions"))?,
        });
        members.insert("MetricStat".to_owned(), json!({"Metric": metric}));
    }
    Ok(all)
}
