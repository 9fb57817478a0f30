//! What does the JSON of a plan say of each resource, and what of it is known only after it is applied?

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::super::error::TemplateError;
use super::super::value::{Kind, Member, Value};
use crate::arn::{AccountId, Region};

/// "JSON Output Format", as far as it says what there will be.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Document {
    format_version: Option<String>,
    planned_values: Option<PlannedValues>,
    resource_changes: Vec<Change>,
    configuration: Json,
    errored: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PlannedValues {
    root_module: Module,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Module {
    resources: Vec<Listed>,
    child_modules: Vec<Module>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Listed {
    address: String,
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    values: Json,
    sensitive_values: Json,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Change {
    address: String,
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(rename = "change")]
    planned: Changes,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Changes {
    after: Json,
    after_unknown: Json,
    after_sensitive: Json,
}

/// A resource, or a source of data, as it will be.
#[derive(Debug)]
pub(in crate::template) struct Planned {
    pub(super) address: String,
    pub(super) kind: String,
    values: Value,
}

/// A plan.
#[derive(Debug)]
pub(in crate::template) struct Plan {
    managed: Vec<Planned>,
    /// Data that is read only while the plan is applied, by address.
    pub(super) data: BTreeMap<String, Planned>,
    pub(super) configuration: Json,
    places: BTreeMap<String, usize>,
    sensitive: Vec<String>,
}

/// The plan in a text, if it is one.
pub(in crate::template) fn plan_of(text: &str, most: usize) -> Result<Option<Plan>, TemplateError> {
    let is_plan = text.trim_start().starts_with('{') && text.contains("\"format_version\"");
    let is_plan = is_plan && (text.contains("\"planned_values\"") || text.contains("\"resource_changes\""));
    if !is_plan {
        return Ok(None);
    }
    if text.len() > most {
        let hint = "plan the modules one by one";
        return Err(TemplateError::TooLarge {
            bytes: text.len(),
            most,
            hint,
        });
    }
    let faulty = |detail: String| TemplateError::Plan { detail };
    let document: Document = serde_json::from_str(text).map_err(|error| faulty(error.to_string()))?;
    let version = document.format_version.clone().unwrap_or_default();
    if !(version.starts_with("1.") || version.starts_with("0.")) {
        return Err(faulty(format!(
            "its format_version `{}` is not known",
            super::super::evaluate::shown(&version)
        )));
    }
    if document.errored {
        return Err(faulty("it ended with an error and is not complete".to_owned()));
    }
    let planned = document
        .planned_values
        .ok_or_else(|| faulty("it has no `planned_values`".to_owned()))?;
    Ok(Some(Plan::new(
        planned.root_module,
        document.resource_changes,
        document.configuration,
    )))
}

impl Plan {
    /// Whether it has a resource of a kind.
    pub(super) fn has(&self, kind: &str) -> bool {
        self.managed.iter().any(|planned| planned.kind == kind)
    }

    fn new(root: Module, changes: Vec<Change>, configuration: Json) -> Self {
        let mut sensitive = Vec::new();
        let mut unknown: BTreeMap<String, Json> = BTreeMap::new();
        let mut data = BTreeMap::new();
        for change in changes {
            secrets(&change.planned.after, &change.planned.after_sensitive, &mut sensitive);
            if change.mode == "data" {
                let values = merged("", Some(&change.planned.after), &change.planned.after_unknown);
                let (address, kind) = (change.address, change.kind);
                data.insert(address.clone(), Planned { address, kind, values });
            } else {
                unknown.insert(change.address, change.planned.after_unknown);
            }
        }
        let mut managed = Vec::new();
        let mut modules = vec![root];
        while let Some(module) = modules.pop() {
            modules.extend(module.child_modules);
            for listed in module.resources.into_iter().filter(|one| one.mode == "managed") {
                secrets(&listed.values, &listed.sensitive_values, &mut sensitive);
                let unknown = unknown.get(&listed.address).unwrap_or(&Json::Null);
                let values = merged("", Some(&listed.values), unknown);
                managed.push(Planned {
                    address: listed.address,
                    kind: listed.kind,
                    values,
                });
            }
        }
        managed.sort_by(|one, other| one.address.cmp(&other.address));
        let places = managed
            .iter()
            .enumerate()
            .map(|(place, one)| (one.address.clone(), place))
            .collect();
        Self {
            managed,
            data,
            configuration,
            places,
            sensitive,
        }
    }

    /// What it manages, by address.
    pub(super) fn managed(&self) -> &[Planned] {
        &self.managed
    }

    pub(super) fn find(&self, address: &str) -> Option<&Planned> {
        self.places.get(address).and_then(|place| self.managed.get(*place))
    }

    /// All instances of a resource that is made more than once.
    pub(super) fn instances(&self, address: &str) -> Vec<&Planned> {
        let start = format!("{address}[");
        let all = self
            .places
            .range(start.clone()..)
            .take_while(|(own, _)| own.starts_with(&start));
        all.filter_map(|(_, place)| self.managed.get(*place)).collect()
    }

    /// What nobody may read in an output.
    pub(super) fn sensitive(&self) -> Vec<String> {
        self.sensitive.clone()
    }

    /// Account and Region, as far as the plan says: of what exists already, and of the provider.
    pub(in crate::template) fn place(&self) -> (Option<AccountId>, Option<Region>) {
        let arns = self.managed.iter().filter_map(|one| one.value("arn").known());
        let of = |place: usize| move |arn: &String| arn.split(':').nth(place).map(str::to_owned);
        let mut accounts: BTreeSet<AccountId> = BTreeSet::new();
        let mut regions: BTreeSet<Region> = BTreeSet::new();
        for arn in arns {
            accounts.extend(of(4)(&arn).and_then(|account| account.parse().ok()));
            regions.extend(of(3)(&arn).and_then(|region| region.parse().ok()));
        }
        let own = self
            .configuration
            .pointer("/provider_config/aws/expressions/region/constant_value");
        let own = own.and_then(Json::as_str).and_then(|region| region.parse().ok());
        let only = |mut all: BTreeSet<AccountId>| if all.len() == 1 { all.pop_first() } else { None };
        let region = own.or_else(|| if regions.len() == 1 { regions.pop_first() } else { None });
        (only(accounts), region)
    }
}

impl Planned {
    pub(super) fn value(&self, attribute: &str) -> &Value {
        self.values.get(attribute)
    }

    /// A plan has no lines that mean anything to people.
    #[allow(clippy::unused_self, reason = "says whose line it is")]
    pub(super) fn line(&self) -> usize {
        1
    }
}

/// Known values with gaps where something is known only after the plan is applied.
fn merged(name: &str, known: Option<&Json>, unknown: &Json) -> Value {
    match unknown {
        Json::Bool(true) => {
            let what = super::super::evaluate::shown(name);
            Value::unknown(1, format!("`{what}` is known only after it is applied"))
        }
        Json::Object(gaps) => {
            let empty = Map::new();
            let members = known.and_then(Json::as_object).unwrap_or(&empty);
            let names: BTreeSet<&String> = members.keys().chain(gaps.keys()).collect();
            let member = |name: &String| Member {
                name: name.clone(),
                line: 1,
                value: merged(name, members.get(name), gaps.get(name).unwrap_or(&Json::Null)),
            };
            let all = names
                .into_iter()
                .map(member)
                .filter(|member| !member.value.is_nothing());
            Value::new(1, Kind::Map(all.collect()))
        }
        Json::Array(gaps) => {
            let items = known.and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
            let item = |place: usize| merged(name, items.get(place), gaps.get(place).unwrap_or(&Json::Null));
            let all = (0..items.len().max(gaps.len())).map(item);
            Value::list(1, all.filter(|item| !item.is_nothing()).collect())
        }
        Json::Null | Json::Bool(false) | Json::Number(_) | Json::String(_) => {
            known.map_or_else(Value::nothing, |known| Value::of_json(1, known))
        }
    }
}

/// The texts in what is marked as sensitive.
fn secrets(values: &Json, marks: &Json, found: &mut Vec<String>) {
    match (values, marks) {
        (value, Json::Bool(true)) => texts(value, found),
        (Json::Object(values), Json::Object(marks)) => {
            for (name, mark) in marks {
                if let Some(value) = values.get(name) {
                    secrets(value, mark, found);
                }
            }
        }
        (Json::Array(values), Json::Array(marks)) => {
            for (value, mark) in values.iter().zip(marks) {
                secrets(value, mark, found);
            }
        }
        _ => {}
    }
}

fn texts(value: &Json, found: &mut Vec<String>) {
    match value {
        Json::String(text) => {
            // A document is shown in parts, never as a whole.
            match serde_json::from_str::<Json>(text) {
                Ok(inner) if inner.is_object() || inner.is_array() => texts(&inner, found),
                Ok(_) | Err(_) => found.push(text.clone()),
            }
        }
        Json::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Json::Object(members) => members.values().for_each(|member| texts(member, found)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}
