//! Which statements does a JSON tree hold? The policy grammar (IAM User Guide, "Grammar of the IAM JSON policy language").

use super::json::{Json, Member, child};
use super::{Condition, Effect, Policy, PolicyError, Principal, Selection, Statement, Version};

/// A value and the last step of the way to it; the pointer is only written out for an error.
#[derive(Clone, Copy)]
struct Place<'p> {
    json: &'p Json<'p>,
    step: Option<(&'p Place<'p>, Name<'p>)>,
}

#[derive(Clone, Copy)]
enum Name<'p> {
    Member(&'p str),
    Item(usize),
}

impl<'p> Place<'p> {
    fn shape(&self, expected: &'static str) -> PolicyError {
        PolicyError::Shape {
            pointer: self.pointer(),
            expected,
        }
    }

    /// The JSON pointer (RFC 6901).
    fn pointer(&self) -> String {
        let mut names = Vec::new();
        let mut at = self.step;
        while let Some((before, name)) = at {
            names.push(name);
            at = before.step;
        }
        names.iter().rev().fold(String::new(), |pointer, name| match name {
            Name::Member(name) => child(&pointer, name),
            Name::Item(index) => child(&pointer, &index.to_string()),
        })
    }

    fn object(&self) -> Result<&'p [Member<'p>], PolicyError> {
        match self.json {
            Json::Object(members) => Ok(members),
            _ => Err(self.shape("an object")),
        }
    }

    fn below(&'p self, (name, json): &'p Member<'p>) -> Self {
        let step = Some((self, Name::Member(name.as_ref())));
        Place { json, step }
    }

    /// The member of that name, if it is an object that has one.
    fn member(&'p self, name: &str) -> Option<Self> {
        let Json::Object(members) = self.json else { return None };
        members
            .iter()
            .find(|(member, _)| member == name)
            .map(|member| self.below(member))
    }

    fn members(&'p self) -> Result<impl Iterator<Item = (&'p str, Self)>, PolicyError> {
        let members = self.object()?.iter();
        Ok(members.map(|member| (member.0.as_ref(), self.below(member))))
    }

    /// A list, or one item that stands for a list of one.
    fn items(&'p self) -> impl Iterator<Item = Self> {
        let (list, one) = match self.json {
            Json::List(items) => (items.as_slice(), None),
            _ => (&[][..], Some(*self)),
        };
        let listed = list.iter().enumerate().map(move |(index, json)| {
            let step = Some((self, Name::Item(index)));
            Place { json, step }
        });
        listed.chain(one)
    }

    fn text(&self) -> Result<&'p str, PolicyError> {
        match self.json {
            Json::Text(text) => Ok(text),
            _ => Err(self.shape("a string")),
        }
    }

    fn texts(&'p self) -> Result<Vec<String>, PolicyError> {
        self.each(|item| item.text().map(str::to_owned))
    }

    /// Condition values may be written as JSON booleans and numbers.
    fn scalars(&'p self) -> Result<Vec<String>, PolicyError> {
        self.each(|item| match item.json {
            Json::Text(text) => Ok(text.clone().into_owned()),
            Json::Number(text) => Ok(text.clone()),
            Json::Bool(value) => Ok(value.to_string()),
            _ => Err(item.shape("a string, a number or a boolean")),
        })
    }

    /// What each item is read as.
    fn each<T>(&'p self, read: impl Fn(&Place<'_>) -> Result<T, PolicyError>) -> Result<Vec<T>, PolicyError> {
        let items = self.items();
        let mut all = Vec::with_capacity(items.size_hint().0);
        for item in items {
            all.push(read(&item)?);
        }
        Ok(all)
    }
}

pub(super) fn policy(json: &Json<'_>) -> Result<Policy, PolicyError> {
    let root = Place { json, step: None };
    root.object()?;
    let version = match root.member("Version") {
        None => Version::V2008,
        Some(place) => version(&place)?,
    };
    let list = root.member("Statement").ok_or(PolicyError::Shape {
        pointer: "/Statement".into(),
        expected: "a statement or a list of statements",
    })?;
    let mut statements = Vec::new();
    for (index, place) in list.items().enumerate() {
        statements.push(statement(&place, index + 1)?);
    }
    Ok(Policy { version, statements })
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
    let members = place.object()?;
    let missing = |name: &str, expected| PolicyError::Shape {
        pointer: child(&place.pointer(), name),
        expected,
    };
    let effect = match place.member("Effect").map(|effect| effect.text()).transpose()? {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        _ => return Err(missing("Effect", "`Allow` or `Deny`")),
    };
    let sid = place.member("Sid").map(|sid| sid.text()).transpose()?;
    let sid = sid.filter(|sid| !sid.is_empty()).map(str::to_owned);
    let action = selection(place, ["Action", "NotAction"], |place| place.texts())?;
    let conditions = place.member("Condition").map(|block| conditions(&block)).transpose()?;
    let unknown = members.iter().map(|(name, _)| name.as_ref());
    Ok(Statement {
        position,
        digest: if sid.is_some() { 0 } else { place.json.digest() },
        sid,
        effect,
        principal: selection(place, ["Principal", "NotPrincipal"], principals)?,
        action: action.ok_or_else(|| missing("Action", "a string or a list of strings"))?,
        resource: selection(place, ["Resource", "NotResource"], resources)?,
        conditions: conditions.unwrap_or_default(),
        unknown: unknown
            .filter(|name| !KNOWN.contains(name))
            .map(str::to_owned)
            .collect(),
    })
}

fn selection<T>(
    place: &Place<'_>,
    [only, except]: [&str; 2],
    read: impl Fn(&Place<'_>) -> Result<Vec<T>, PolicyError>,
) -> Result<Option<Selection<T>>, PolicyError> {
    match (place.member(only), place.member(except)) {
        (Some(_), Some(second)) => Err(second.shape("absent, because its counterpart is present")),
        (Some(place), None) => read(&place).map(|values| Some(Selection::Only(values))),
        (None, Some(place)) => read(&place).map(|values| Some(Selection::Except(values))),
        (None, None) => Ok(None),
    }
}

fn resources(place: &Place<'_>) -> Result<Vec<String>, PolicyError> {
    place.each(|item| item.text().map(completed))
}

/// AWS completes an ARN of fewer than six fields with wildcards (IAM User Guide, "Resource": incomplete ARNs).
fn completed(text: &str) -> String {
    if !text.starts_with("arn:") {
        return text.to_owned();
    }
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
    text.to_owned() + &":*".repeat(6_usize.saturating_sub(fields))
}

fn principals(place: &Place<'_>) -> Result<Vec<Principal>, PolicyError> {
    if let Json::Text(text) = place.json {
        return Ok(vec![if text == "*" {
            Principal::Everyone
        } else {
            Principal::Unknown(text.clone().into_owned())
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
