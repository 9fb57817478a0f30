//! Which statements does a JSON tree hold? The policy grammar (IAM User Guide, "Grammar of the IAM JSON policy language").

use super::json::{Json, child};
use super::{Condition, Effect, Policy, PolicyError, Principal, Selection, Statement, Version};
use std::rc::Rc;

/// A value and where it stands.
#[derive(Clone)]
struct Place<'a> {
    json: &'a Json,
    steps: Option<Rc<Step<'a>>>,
}

/// The last step of a way into the tree; the pointer is only written out for an error.
struct Step<'a> {
    before: Option<Rc<Step<'a>>>,
    name: Name<'a>,
}

enum Name<'a> {
    Member(&'a str),
    Item(usize),
}

type Members<'a> = Vec<(&'a str, Place<'a>)>;

impl<'a> Place<'a> {
    fn shape(&self, expected: &'static str) -> PolicyError {
        PolicyError::Shape {
            pointer: self.pointer(),
            expected,
        }
    }

    /// The JSON pointer (RFC 6901).
    fn pointer(&self) -> String {
        let mut names = Vec::new();
        let mut at = self.steps.as_ref();
        while let Some(step) = at {
            names.push(&step.name);
            at = step.before.as_ref();
        }
        names.iter().rev().fold(String::new(), |pointer, name| match name {
            Name::Member(name) => child(&pointer, name),
            Name::Item(index) => child(&pointer, &index.to_string()),
        })
    }

    fn below(&self, name: Name<'a>, json: &'a Json) -> Self {
        let before = self.steps.clone();
        let steps = Some(Rc::new(Step { before, name }));
        Place { json, steps }
    }

    fn members(&self) -> Result<Members<'a>, PolicyError> {
        let Json::Object(members) = self.json else {
            return Err(self.shape("an object"));
        };
        Ok(members
            .iter()
            .map(|(name, json)| (name.as_str(), self.below(Name::Member(name), json)))
            .collect())
    }

    /// A list, or one item that stands for a list of one.
    fn items(&self) -> Vec<Place<'a>> {
        match self.json {
            Json::List(items) => items
                .iter()
                .enumerate()
                .map(|(index, json)| self.below(Name::Item(index), json))
                .collect(),
            _ => vec![self.clone()],
        }
    }

    fn text(&self) -> Result<&'a str, PolicyError> {
        match self.json {
            Json::Text(text) => Ok(text),
            _ => Err(self.shape("a string")),
        }
    }

    fn texts(&self) -> Result<Vec<String>, PolicyError> {
        self.items().iter().map(|item| item.text().map(str::to_owned)).collect()
    }

    /// Condition values may be written as JSON booleans and numbers.
    fn scalars(&self) -> Result<Vec<String>, PolicyError> {
        let scalar = |item: &Place<'_>| match item.json {
            Json::Text(text) | Json::Number(text) => Ok(text.clone()),
            Json::Bool(value) => Ok(value.to_string()),
            _ => Err(item.shape("a string, a number or a boolean")),
        };
        self.items().iter().map(scalar).collect()
    }
}

pub(super) fn policy(json: &Json) -> Result<Policy, PolicyError> {
    let root = Place { json, steps: None };
    let members = root.members()?;
    let version = match take(&members, "Version") {
        None => Version::V2008,
        Some(place) => version(place)?,
    };
    let list = take(&members, "Statement").ok_or(PolicyError::Shape {
        pointer: "/Statement".into(),
        expected: "a statement or a list of statements",
    })?;
    let statements = list
        .items()
        .iter()
        .enumerate()
        .map(|(index, place)| statement(place, index + 1))
        .collect::<Result<_, _>>()?;
    Ok(Policy { version, statements })
}

fn take<'m, 'a>(members: &'m Members<'a>, name: &str) -> Option<&'m Place<'a>> {
    members
        .iter()
        .find(|(member, _)| *member == name)
        .map(|(_, place)| place)
}

fn version(place: &Place<'_>) -> Result<Version, PolicyError> {
    match place.text()? {
        "2012-10-17" => Ok(Version::V2012),
        "2008-10-17" => Ok(Version::V2008),
        _ => Err(place.shape("`2012-10-17` or `2008-10-17`")),
    }
}

const KNOWN: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

fn statement(place: &Place<'_>, position: usize) -> Result<Statement, PolicyError> {
    let members = place.members()?;
    let missing = |name: &str, expected| PolicyError::Shape {
        pointer: child(&place.pointer(), name),
        expected,
    };
    let effect = match take(&members, "Effect").map(Place::text).transpose()? {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        _ => return Err(missing("Effect", "`Allow` or `Deny`")),
    };
    let sid = take(&members, "Sid")
        .map(|sid| sid.text().map(str::to_owned))
        .transpose()?;
    let action = selection(&members, ["Action", "NotAction"], Place::texts)?;
    let conditions = take(&members, "Condition").map(conditions).transpose()?;
    Ok(Statement {
        position,
        sid: sid.filter(|sid| !sid.is_empty()),
        digest: place.json.digest(),
        effect,
        principal: selection(&members, ["Principal", "NotPrincipal"], principals)?,
        action: action.ok_or_else(|| missing("Action", "a string or a list of strings"))?,
        resource: selection(&members, ["Resource", "NotResource"], resources)?,
        conditions: conditions.unwrap_or_default(),
        unknown: members
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| !KNOWN.contains(name))
            .map(str::to_owned)
            .collect(),
    })
}

fn selection<'a, T>(
    members: &Members<'a>,
    [only, except]: [&str; 2],
    read: impl Fn(&Place<'a>) -> Result<Vec<T>, PolicyError>,
) -> Result<Option<Selection<T>>, PolicyError> {
    match (take(members, only), take(members, except)) {
        (Some(_), Some(second)) => Err(second.shape("absent, because its counterpart is present")),
        (Some(place), None) => read(place).map(|values| Some(Selection::Only(values))),
        (None, Some(place)) => read(place).map(|values| Some(Selection::Except(values))),
        (None, None) => Ok(None),
    }
}

fn resources(place: &Place<'_>) -> Result<Vec<String>, PolicyError> {
    let resource = |item: &Place<'_>| item.text().map(completed);
    place.items().iter().map(resource).collect()
}

/// AWS completes an ARN of fewer than six fields with wildcards (IAM User Guide, "Resource": incomplete ARNs).
fn completed(text: &str) -> String {
    let mut depth = 0_usize;
    let mut fields = 1;
    let mut before = ' ';
    for letter in text.chars() {
        match letter {
            '{' if before == '$' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => fields += 1,
            _ => {}
        }
        before = letter;
    }
    let missing = if text.starts_with("arn:") {
        6_usize.saturating_sub(fields)
    } else {
        0
    };
    text.to_owned() + &":*".repeat(missing)
}

fn principals(place: &Place<'_>) -> Result<Vec<Principal>, PolicyError> {
    if let Json::Text(text) = place.json {
        return Ok(vec![if text == "*" {
            Principal::Everyone
        } else {
            Principal::Unknown(text.clone())
        }]);
    }
    let mut principals = Vec::new();
    for (kind, values) in place.members()? {
        for value in values.scalars()? {
            principals.push(principal(kind, value));
        }
    }
    Ok(principals)
}

fn principal(kind: &str, value: String) -> Principal {
    match kind {
        "AWS" => aws_principal(value),
        "Service" if !value.contains('*') => Principal::Service(value),
        "Federated" => Principal::Federated(value),
        "CanonicalUser" => Principal::CanonicalUser(value),
        _ => Principal::Unknown(value),
    }
}

fn aws_principal(value: String) -> Principal {
    if value == "*" {
        return Principal::Everyone;
    }
    if is_account(&value) {
        return Principal::Account(value);
    }
    if is_unique_id(&value) {
        return Principal::Deleted(value);
    }
    let fields: Vec<&str> = value.splitn(6, ':').collect();
    match fields.as_slice() {
        ["arn", _, "iam", "", account, "root"] if is_account(account) => Principal::Account((*account).to_owned()),
        ["arn", _, "iam" | "sts", "", account, name] if is_account(account) && !name.contains('*') => {
            Principal::Arn(value)
        }
        _ => Principal::Unknown(value),
    }
}

/// Whether the text is a 12-digit account id.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Unique-id prefixes of principals (IAM User Guide, "IAM identifiers"); a policy shows them once the principal is gone.
fn is_unique_id(text: &str) -> bool {
    ["AROA", "AIDA", "AGPA", "ANPA"]
        .iter()
        .any(|prefix| text.starts_with(prefix))
        && text.len() >= 16
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn conditions(place: &Place<'_>) -> Result<Vec<Condition>, PolicyError> {
    let mut conditions = Vec::new();
    for (operator, keys) in place.members()? {
        for (key, values) in keys.members()? {
            let values = values.scalars()?;
            conditions.push(Condition {
                operator: operator.to_owned(),
                key: key.to_lowercase(),
                values,
            });
        }
    }
    Ok(conditions)
}
