//! Who may call which function: permissions, URLs, event sources and destinations.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::super::given::Given;
use super::super::names::naming;
use super::super::policy::{self, Side};
use super::super::resource::{Resource, Stack};
use super::super::value::{Kind, Value, Why};
use super::function::Built;
use crate::arn::FunctionArn;
use crate::policy::Policy;
use crate::snapshot::Facet;

/// What belongs to functions, by function.
pub(super) struct Grants<'s> {
    of: BTreeMap<FunctionArn, Of<'s>>,
    more: Option<&'s Why>,
    here: Vec<FunctionArn>,
}

/// What belongs to one function: each with the version or alias.
#[derive(Default)]
struct Of<'s> {
    permissions: Vec<(Option<String>, &'s Resource)>,
    urls: Vec<(Option<String>, &'s Resource)>,
    mappings: Vec<(Option<String>, &'s Resource)>,
    destinations: Vec<(Option<String>, &'s Resource)>,
}

/// A function, and the version or alias of it.
type Target = (FunctionArn, Option<String>);

impl<'s> Grants<'s> {
    pub(super) fn of(stack: &'s Stack, (given, functions): (&Given, &[(&Resource, FunctionArn)])) -> Self {
        let mut of: BTreeMap<FunctionArn, Of<'s>> = BTreeMap::new();
        for resource in &stack.resources {
            let property = match resource.kind.as_str() {
                "AWS::Lambda::Url" => "TargetFunctionArn",
                "AWS::Lambda::Permission" | "AWS::Lambda::EventSourceMapping" | "AWS::Lambda::EventInvokeConfig" => {
                    "FunctionName"
                }
                _ => continue,
            };
            let Some((arn, qualifier)) = target(resource, property, given) else {
                continue;
            };
            let one = of.entry(arn).or_default();
            let list = match resource.kind.as_str() {
                "AWS::Lambda::Url" => &mut one.urls,
                "AWS::Lambda::Permission" => &mut one.permissions,
                "AWS::Lambda::EventSourceMapping" => &mut one.mappings,
                _ => &mut one.destinations,
            };
            list.push((qualifier, resource));
        }
        Self {
            of,
            more: stack.more.as_ref(),
            here: functions.iter().map(|(_, arn)| arn.clone()).collect(),
        }
    }

    /// Functions of other stacks that somebody may call, or that get a URL.
    pub(super) fn elsewhere(&self) -> Vec<FunctionArn> {
        let is_granted = |of: &Of<'_>| !of.permissions.is_empty() || !of.urls.is_empty();
        let all = self
            .of
            .iter()
            .filter(|(arn, of)| !self.here.contains(arn) && is_granted(of));
        all.map(|(arn, _)| arn.clone()).collect()
    }

    /// Adds to a function what belongs to it.
    pub(super) fn add(&self, arn: &FunctionArn, built: &mut Built) {
        let empty = Of::default();
        let of = self.of.get(arn).unwrap_or(&empty);
        let is_here = self.here.contains(arn);
        if is_here || !of.permissions.is_empty() {
            let policies = self.policies(arn, of, built);
            built.unreadable.remove(&Facet::ResourcePolicies);
            built.note(Facet::ResourcePolicies, "Policies", Ok(policies.into()));
        }
        if is_here || !of.urls.is_empty() {
            for (_, url) in &of.urls {
                built.sites.add("url", url.line);
            }
            built.unreadable.remove(&Facet::Urls);
            built.note(Facet::Urls, "FunctionUrlConfigs", each(&of.urls, |one| url(arn, one)));
        }
        if is_here {
            built.note(
                Facet::EventSources,
                "EventSourceMappings",
                each(&of.mappings, |(_, one)| mapping(one)),
            );
            let configs = each(&of.destinations, |one| destination(arn, one));
            built.note(Facet::Destinations, "FunctionEventInvokeConfigs", configs);
        }
    }

    /// The policy of the function, and of each version and alias that has one.
    fn policies(&self, arn: &FunctionArn, of: &Of<'_>, built: &mut Built) -> Vec<Json> {
        let mut by_qualifier: BTreeMap<Option<&str>, Vec<Json>> = BTreeMap::new();
        for (qualifier, resource) in &of.permissions {
            let resource_arn = arn.with_qualifier(qualifier.as_deref());
            let said = statement_of(resource, &resource_arn);
            let statements = policy::statement(&said, Side::Resource, resource.doubt.as_ref());
            for label in labels(&statements) {
                built.sites.add(&label, resource.line);
            }
            by_qualifier.entry(qualifier.as_deref()).or_default().extend(statements);
        }
        if let Some(why) = self.more {
            by_qualifier
                .entry(None)
                .or_default()
                .push(policy::anything(Side::Resource, why));
        }
        let policy = |(qualifier, statements): (Option<&str>, Vec<Json>)| {
            let document = json!({"Version": "2012-10-17", "Id": "default", "Statement": statements});
            match qualifier {
                Some(name) => json!({"Qualifier": name, "Policy": document}),
                None => json!({"Policy": document}),
            }
        };
        by_qualifier.into_iter().map(policy).collect()
    }
}

/// How evidence will name statements.
pub(super) fn labels(statements: &[Json]) -> Vec<String> {
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let policy = Policy::parse(&text);
    policy
        .map(|policy| {
            policy
                .statements()
                .iter()
                .map(crate::policy::Statement::label)
                .collect()
        })
        .unwrap_or_default()
}

/// The function that a resource is for; one that is not known gets a name of its own.
fn target(resource: &Resource, property: &str, given: &Given) -> Option<Target> {
    let said = resource
        .get("Qualifier")
        .known()
        .filter(|qualifier| qualifier != "$LATEST");
    let parse = |text: &str| FunctionArn::parse_loose(text, &given.account, &given.region).ok();
    let named = resource.get(property).known().and_then(|text| parse(&text));
    let (arn, qualifier) = named.or_else(|| {
        let id: String = resource
            .id
            .chars()
            .filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-')
            .take(100)
            .collect();
        parse(&format!("function-of-{id}"))
    })?;
    Some((arn, qualifier.filter(|qualifier| qualifier != "$LATEST").or(said)))
}

fn each<T>(all: &[T], one: impl Fn(&T) -> Result<Json, Why>) -> Result<Json, Why> {
    all.iter().map(one).collect::<Result<Vec<Json>, Why>>().map(Json::Array)
}

/// The statement that Lambda writes for a permission (`AddPermission`).
fn statement_of(resource: &Resource, arn: &str) -> Value {
    let line = resource.line;
    let sid = resource
        .name
        .known()
        .or_else(|| naming("AWS::Lambda::Permission").map(|_| resource.id.clone()));
    Value::map(
        line,
        [
            ("Sid", Value::text(line, sid.unwrap_or_default())),
            ("Effect", Value::text(line, "Allow")),
            ("Principal", principal(resource.get("Principal"))),
            ("Action", resource.get("Action").clone()),
            ("Resource", Value::text(line, arn)),
            ("Condition", demands(resource)),
        ],
    )
}

fn principal(said: &Value) -> Value {
    let line = said.line;
    let of = |kind: &'static str, value: Value| Value::map(line, [(kind, value)]);
    match said.known() {
        Some(name) if name == "*" => said.clone(),
        Some(name) if name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit()) => {
            of("AWS", Value::text(line, format!("arn:aws:iam::{name}:root")))
        }
        Some(name) if name.starts_with("arn:") => of("AWS", said.clone()),
        Some(_) => of("Service", said.clone()),
        None => said.clone(),
    }
}

/// Property, operator and key of each condition that a permission can have.
const DEMANDS: [(&str, &str, &str); 5] = [
    ("SourceAccount", "StringEquals", "AWS:SourceAccount"),
    ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
    ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
    ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
    ("InvokedViaFunctionUrl", "Bool", "lambda:InvokedViaFunctionUrl"),
];

fn demands(resource: &Resource) -> Value {
    let mut by_operator: BTreeMap<&str, Vec<(&str, Value)>> = BTreeMap::new();
    let source = resource.get("SourceArn");
    if !source.is_nothing() {
        by_operator
            .entry("ArnLike")
            .or_default()
            .push(("AWS:SourceArn", source.clone()));
    }
    for (property, operator, key) in DEMANDS {
        let said = resource.get(property);
        let is_idle = property == "InvokedViaFunctionUrl" && said.truth() == Ok(Some(false));
        if !said.is_nothing() && !is_idle {
            by_operator.entry(operator).or_default().push((key, said.clone()));
        }
    }
    if by_operator.is_empty() {
        return Value::nothing();
    }
    let line = resource.line;
    Value::map(
        line,
        by_operator
            .into_iter()
            .map(|(operator, keys)| (operator, Value::map(line, keys))),
    )
}

fn sure(resource: &Resource) -> Result<(), Why> {
    resource.doubt.clone().map_or(Ok(()), Err)
}

fn url(arn: &FunctionArn, (qualifier, resource): &(Option<String>, &Resource)) -> Result<Json, Why> {
    sure(resource)?;
    let auth = resource.get("AuthType").word()?.unwrap_or_else(|| "NONE".to_owned());
    let cors = resource.get("Cors");
    let words = |name: &str| cors.get(name).words();
    let address = naming("AWS::Lambda::EventSourceMapping")
        .map(|naming| crate::finding::stable_name([naming.kind, &resource.id]));
    Ok(json!({
        "FunctionArn": arn.with_qualifier(qualifier.as_deref()),
        "FunctionUrl": format!("https://{}.lambda-url.{}.on.aws/", address.unwrap_or_default(), arn.region()),
        "AuthType": auth,
        "Cors": {
            "AllowCredentials": cors.get("AllowCredentials").truth()?.unwrap_or(false),
            "AllowOrigins": words("AllowOrigins")?,
            "AllowMethods": words("AllowMethods")?,
            "AllowHeaders": words("AllowHeaders")?,
            "ExposeHeaders": words("ExposeHeaders")?,
            "MaxAge": cors.get("MaxAge").number()?,
        },
    }))
}

fn outcomes(said: &Value) -> Result<Json, Why> {
    let mut all = Map::new();
    for name in ["OnSuccess", "OnFailure"] {
        if let Some(arn) = said.at(&[name, "Destination"]).word()? {
            all.insert(name.to_owned(), json!({"Destination": arn}));
        }
    }
    Ok(Json::Object(all))
}

fn mapping(resource: &Resource) -> Result<Json, Why> {
    sure(resource)?;
    let is_on = resource.get("Enabled").truth()?.unwrap_or(true);
    let access = |one: &Value| -> Result<Json, Why> {
        Ok(
            json!({"Type": one.get("Type").word()?.unwrap_or_default(), "URI": one.get("URI").word()?.unwrap_or_default()}),
        )
    };
    let source = resource.get("EventSourceArn").word()?;
    let accesses = resource.get("SourceAccessConfigurations").items()?.iter().map(access);
    Ok(json!({
        "UUID": resource.id,
        "EventSourceArn": source,
        "State": if is_on { "Enabled" } else { "Disabled" },
        "DestinationConfig": outcomes(resource.get("DestinationConfig"))?,
        "SourceAccessConfigurations": accesses.collect::<Result<Vec<Json>, Why>>()?,
    }))
}

fn destination(arn: &FunctionArn, (qualifier, resource): &(Option<String>, &Resource)) -> Result<Json, Why> {
    sure(resource)?;
    if let Kind::Unknown(why) | Kind::Partial(_, why) = &resource.get("Qualifier").kind {
        return Err(why.clone());
    }
    Ok(json!({
        "FunctionArn": arn.with_qualifier(Some(qualifier.as_deref().unwrap_or("$LATEST"))),
        "DestinationConfig": outcomes(resource.get("DestinationConfig"))?,
    }))
}

/// The policy of a layer version of the template, if it has one.
pub(super) fn of_layer(arn: &str, stack: &Stack) -> Option<Json> {
    let all = stack.of_kind("AWS::Lambda::LayerVersionPermission");
    let own = all.filter(|one| one.get("LayerVersionArn").known().is_none_or(|named| named == arn));
    let statements: Vec<Json> = own
        .flat_map(|resource| {
            let line = resource.line;
            let organization = resource.get("OrganizationId").clone();
            let condition = match organization.kind {
                Kind::Nothing => Value::nothing(),
                _ => Value::map(
                    line,
                    [("StringEquals", Value::map(line, [("aws:PrincipalOrgID", organization)]))],
                ),
            };
            let said = Value::map(
                line,
                [
                    (
                        "Sid",
                        Value::text(line, resource.name.known().unwrap_or_else(|| resource.id.clone())),
                    ),
                    ("Effect", Value::text(line, "Allow")),
                    ("Principal", principal(resource.get("Principal"))),
                    ("Action", resource.get("Action").clone()),
                    ("Resource", Value::text(line, arn)),
                    ("Condition", condition),
                ],
            );
            // Whose it is may not be known: then it may be this one's.
            let gap = resource.get("LayerVersionArn").gap();
            policy::statement(&said, Side::Resource, resource.doubt.as_ref().or(gap.as_ref()))
        })
        .collect();
    let document = json!({"Version": "2012-10-17", "Id": "default", "Statement": statements});
    (!statements.is_empty()).then(|| json!({"LayerVersionArn": arn, "Policy": document}))
}
