//! What do the resources of SAM come to? Written out as the transform writes them ("AWS SAM resources and properties").

mod events;
mod function;
mod policies;

use super::evaluate::{Scope, shown};
use super::names::{naming, plain_kind};
use super::resource::{Resource, Stack};
use super::value::{Kind, Member, Value};

/// Kinds that do nothing of their own to functions or roles, or whose way to functions is written with these.
const PLAIN: [&str; 5] = [
    "AWS::Serverless::Api",
    "AWS::Serverless::GraphQLApi",
    "AWS::Serverless::HttpApi",
    "AWS::Serverless::LayerVersion",
    "AWS::Serverless::SimpleTable",
];

/// Adds a resource to the stack, and what SAM makes of it.
pub(super) fn write_out(resource: Resource, scope: &Scope<'_>, stack: &mut Stack) {
    match resource.kind.as_str() {
        "AWS::Serverless::Function" => function::write_out(resource, scope, stack),
        "AWS::Serverless::Connector" => {
            let why = format!("the connector `{}` grants more than is seen here", shown(&resource.id));
            stack.note(resource.line, why.clone());
            stack.more = Some(why.into());
        }
        "AWS::Serverless::Application" | "AWS::CloudFormation::Stack" => stack.note(
            resource.line,
            format!("`{}` is a stack of its own and is not looked at", shown(&resource.id)),
        ),
        kind if PLAIN.contains(&kind) => {
            let kind = plain_kind(kind).to_owned();
            stack.resources.push(Resource { kind, ..resource });
        }
        "AWS::Serverless::StateMachine" => stack.note(
            resource.line,
            format!(
                "what SAM makes of the state machine `{}` is not looked at",
                shown(&resource.id)
            ),
        ),
        _ => stack.resources.push(resource),
    }
}

/// What is made beside a resource of SAM.
struct Maker<'m, 't> {
    scope: &'m Scope<'t>,
    line: usize,
    doubt: Option<super::value::Why>,
}

impl Maker<'_, '_> {
    fn resource(&self, id: &str, kind: &str, properties: Value) -> Resource {
        let made_up = || naming(kind).map(|naming| naming.made_up(id, self.scope.given));
        let name = Value::text(self.line, made_up().unwrap_or_default());
        let arn = naming(kind).and_then(|naming| naming.arn(&name, "", self.scope.given));
        Resource {
            id: id.to_owned(),
            kind: kind.to_owned(),
            line: self.line,
            arn: arn.unwrap_or_else(Value::nothing),
            name,
            properties,
            doubt: self.doubt.clone(),
        }
    }

    fn text(&self, text: impl Into<String>) -> Value {
        Value::text(self.line, text)
    }
}

/// The properties of a function with those that `Globals` gives to all: maps are put together, lists follow each other.
fn with_globals(own: &Value, globals: &Value) -> Value {
    match (&globals.kind, &own.kind) {
        (_, Kind::Nothing) => globals.clone(),
        (Kind::Map(all), Kind::Map(mine)) => {
            let mut members: Vec<Member> = mine.clone();
            for member in &mut members {
                if let Some(global) = globals.member(&member.name) {
                    member.value = with_globals(&member.value, &global.value);
                }
            }
            let missing = all.iter().filter(|one| own.member(&one.name).is_none());
            members.extend(missing.cloned());
            Value::new(own.line, Kind::Map(members))
        }
        (Kind::List(all), Kind::List(mine)) => Value::list(own.line, all.iter().chain(mine).cloned().collect()),
        _ => own.clone(),
    }
}
