//! What does a case ask? From JSON to a situation, with the place of everything that is wrong with it.

mod form;
mod json;

pub use form::CaseDocument;
pub use json::items;

use super::evaluate::{Evaluation, evaluate};
use super::situation::{Level, NamedPolicy, Situation};
use crate::policy::document::{Policy, PolicyError};
use crate::policy::request::{Caller, Request, Values};
use form::{LevelForm, PolicyForm, RequestForm};
use json::Unrepeated;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// One case: a question with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What the case calls itself.
    pub name: Option<String>,
    /// What it asks.
    pub situation: Situation,
}

/// Why a text is no case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema, thiserror::Error)]
#[error("{}{message}", if pointer.is_empty() { String::new() } else { format!("at `{pointer}`: ") })]
pub struct CaseError {
    /// The place in the case (RFC 6901).
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
}

impl CaseError {
    fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        CaseError {
            pointer: pointer.into(),
            message: message.into(),
        }
    }
}

/// What is answered to one case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Entry {
    /// The case's name, where it has one that can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The answer, or why there is none.
    #[serde(flatten)]
    pub reply: Reply,
}

/// The answer to a case, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Reply {
    /// What AWS would say.
    Answer(Evaluation),
    /// The case cannot be read.
    Failure {
        /// Where and why.
        error: Fault,
    },
}

/// Where a case that cannot be read stands, and why it cannot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fault {
    /// Its line in JSON Lines, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Its index in an array, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    /// The place in the case, and what is wrong there.
    #[serde(flatten)]
    pub cause: CaseError,
}

impl Entry {
    /// Answers a case; `line` and `index` say where it stands.
    pub fn answer(text: &str, line: Option<usize>, index: Option<usize>) -> Self {
        let (name, question) = match json::read(text) {
            Ok(value) => (name(&value), Case::from_value(value)),
            Err(error) => (None, Err(error)),
        };
        let reply = match question {
            Ok(question) => Reply::Answer(evaluate(question.situation)),
            Err(cause) => Reply::Failure {
                error: Fault { line, index, cause },
            },
        };
        Entry { name, reply }
    }
}

fn name(value: &Unrepeated) -> Option<String> {
    value.0.get("name")?.as_str().map(str::to_owned)
}

impl Case {
    /// Reads one case.
    pub fn read(text: &str) -> Result<Self, CaseError> {
        Self::from_value(json::read(text)?)
    }

    fn from_value(Unrepeated(value): Unrepeated) -> Result<Self, CaseError> {
        let document: CaseDocument = serde_path_to_error::deserialize(value)
            .map_err(|error| CaseError::new(json::pointer(error.path()), error.inner().to_string()))?;
        let (name, situation) = (document.name.clone(), situation(document)?);
        Ok(Case { name, situation })
    }
}

impl Level {
    /// The levels of service control policies, in the form that they have in a case.
    pub fn read_all(json: Value) -> Result<Vec<Self>, CaseError> {
        let forms: Vec<LevelForm> = serde_path_to_error::deserialize(json)
            .map_err(|error| CaseError::new(json::pointer(error.path()), error.inner().to_string()))?;
        levels("", Some(forms))
    }
}

fn situation(document: CaseDocument) -> Result<Situation, CaseError> {
    let CaseDocument { request: asked, .. } = &document;
    Ok(Situation {
        request: request(asked)?,
        resource_account: account(asked.resource.account_id.as_deref(), "/request/resource/accountId")?
            .or_else(|| account_of(&asked.resource.resource)),
        management_account: account(document.management_account_id.as_deref(), "/managementAccountId")?,
        is_unscoped: asked.wildcard_only_action.unwrap_or_default(),
        identity: policies("/identityPolicies", document.identity_policies)?,
        resource: one("/resourcePolicy", document.resource_policy)?,
        boundaries: policies("/permissionBoundaries", document.permission_boundaries)?,
        session: one("/sessionPolicy", document.session_policy)?,
        service_control: levels("/serviceControlPolicies", document.service_control_policies)?,
        resource_control: levels("/resourceControlPolicies", document.resource_control_policies)?,
        endpoint: policies("/endpointPolicies", document.endpoint_policies)?,
    })
}

fn account(given: Option<&str>, pointer: &str) -> Result<Option<String>, CaseError> {
    match given {
        Some(account) if !is_account(account) => Err(CaseError::new(
            pointer,
            format!("`{account}` is no account id of twelve digits"),
        )),
        given => Ok(given.map(str::to_owned)),
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The account that a resource's ARN names.
fn account_of(resource: &str) -> Option<String> {
    resource
        .split(':')
        .nth(4)
        .filter(|account| is_account(account))
        .map(str::to_owned)
}

fn request(form: &RequestForm) -> Result<Request, CaseError> {
    let is_action = form
        .action
        .split_once(':')
        .is_some_and(|(service, name)| !service.is_empty() && !name.is_empty());
    if !is_action {
        let message = format!("`{}` is no action such as `s3:GetObject`", form.action);
        return Err(CaseError::new("/request/action", message));
    }
    let resource = &form.resource.resource;
    let is_arn = resource.starts_with("arn:") && resource.split(':').count() >= 6;
    if resource != "*" && !is_arn {
        let message = format!("`{resource}` is neither an ARN nor `*`");
        return Err(CaseError::new("/request/resource/resource", message));
    }
    Ok(Request {
        action: form.action.clone(),
        resource: resource.clone(),
        caller: caller(&form.principal)?,
        context: context(form.context.as_ref())?,
    })
}

fn caller(form: &Value) -> Result<Caller, CaseError> {
    let is_arn = |text: &str| text.starts_with("arn:") && text.split(':').count() >= 6;
    match form {
        Value::String(text) if is_arn(text) => Ok(Caller::Principal { arn: text.clone() }),
        Value::String(text) if is_account(text) => Ok(Caller::Principal {
            arn: format!("arn:aws:iam::{text}:root"),
        }),
        Value::String(text) if text.contains('.') && !text.contains([':', '*', ' ']) => {
            Ok(Caller::Service { name: text.clone() })
        }
        Value::Object(members) if members.get("type").and_then(Value::as_str) == Some("Anonymous") => {
            Ok(Caller::Anonymous)
        }
        _ => Err(CaseError::new(
            "/request/principal",
            "must be an ARN, an account id, the name of a service, or `{\"type\": \"Anonymous\"}`",
        )),
    }
}

fn context(form: Option<&BTreeMap<String, Value>>) -> Result<BTreeMap<String, Values>, CaseError> {
    let mut context = BTreeMap::new();
    for (key, value) in form.into_iter().flatten() {
        let pointer = json::child("/request/context", key);
        let values = match value {
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| text(item, &json::child(&pointer, &index.to_string())))
                .collect::<Result<_, _>>()
                .map(Values::Many)?,
            one => Values::One(text(one, &pointer)?),
        };
        if context.insert(key.to_lowercase(), values).is_some() {
            return Err(CaseError::new(
                pointer,
                "the key is given twice: its case does not matter",
            ));
        }
    }
    Ok(context)
}

fn text(value: &Value, pointer: &str) -> Result<String, CaseError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(value) => Ok(value.to_string()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err(CaseError::new(pointer, "must be a string, a boolean or a number"))
        }
    }
}

fn levels(pointer: &str, forms: Option<Vec<LevelForm>>) -> Result<Vec<Level>, CaseError> {
    let forms = forms.unwrap_or_default().into_iter().enumerate();
    let level = |(index, form): (usize, LevelForm)| {
        let own = json::child(pointer, &index.to_string());
        Ok(Level {
            place: form.org_identifier.unwrap_or_else(|| format!("level {index}")),
            policies: policies(&json::child(&own, "policies"), form.policies)?,
        })
    };
    forms.map(level).collect()
}

fn one(pointer: &str, form: Option<PolicyForm>) -> Result<Option<NamedPolicy>, CaseError> {
    form.map(|form| policy(pointer, form)).transpose()
}

fn policies(pointer: &str, forms: Option<Vec<PolicyForm>>) -> Result<Vec<NamedPolicy>, CaseError> {
    let forms = forms.unwrap_or_default().into_iter().enumerate();
    forms
        .map(|(index, form)| policy(&json::child(pointer, &index.to_string()), form))
        .collect()
}

/// A document, or a document with a name; without one, it is called after its place.
fn policy(pointer: &str, PolicyForm(form): PolicyForm) -> Result<NamedPolicy, CaseError> {
    let (name, document, pointer) = match form {
        Value::Object(mut members) if !members.contains_key("Statement") && members.contains_key("policy") => {
            let document = members.remove("policy").unwrap_or_default();
            let name = members.get("name").and_then(Value::as_str).map(str::to_owned);
            (name, document, json::child(pointer, "policy"))
        }
        document => (None, document, pointer.to_owned()),
    };
    let policy = match document {
        Value::String(text) => Policy::parse(&text),
        mut document => {
            map_bare_principals(&mut document);
            Policy::parse(&document.to_string())
        }
    };
    match policy {
        Ok(policy) => Ok(NamedPolicy {
            name: name.unwrap_or_else(|| pointer.trim_start_matches('/').to_owned()),
            policy,
        }),
        Err(PolicyError::Shape { pointer: own, expected }) => {
            Err(CaseError::new(format!("{pointer}{own}"), format!("must be {expected}")))
        }
        Err(error) => Err(CaseError::new(pointer, error.to_string())),
    }
}

/// Policy tools accept a principal without its kind; the policy grammar wants a map for all but `*`.
fn map_bare_principals(document: &mut Value) {
    let statements = match document.get_mut("Statement") {
        Some(Value::Array(statements)) => statements.iter_mut().collect(),
        Some(statement) => vec![statement],
        None => vec![],
    };
    let elements = statements
        .into_iter()
        .filter_map(Value::as_object_mut)
        .flat_map(|statement| statement.iter_mut())
        .filter(|(name, _)| matches!(name.as_str(), "Principal" | "NotPrincipal"));
    for (_, element) in elements {
        if let Value::String(text) = element
            && text != "*"
        {
            let kind = if text.starts_with("arn:") || !text.contains('.') {
                "AWS"
            } else {
                "Service"
            };
            *element = serde_json::json!({ kind: text });
        }
    }
}
