//! Which resource of the same plan does an expression lead to, where its value is known only after the plan is applied?
//!
//! A plan names what an expression refers to, not what it makes of it. One resource alone is taken for the thing itself, which is what
//! roles, functions, policies and subnets are named by; whatever refers to more is not known.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::super::value::{Kind, Text, Value};
use super::Reader;
use super::document::document;
use super::plan::Planned;

/// Modules that one value may be handed through.
const DEEPEST: usize = 12;

/// Attributes that are documents: a reference to something else stands inside of them.
const DOCUMENTS: [&str; 2] = ["policy", "assume_role_policy"];
/// Lists in which names of AWS's own things often stand beside those of the plan.
const MIXED: [&str; 4] = ["layers", "managed_policy_arns", "policy_arns", "roles"];

fn is_document(value: &Value) -> bool {
    match &value.kind {
        Kind::Map(_) => true,
        _ => value.known().is_some_and(|text| text.trim_start().starts_with('{')),
    }
}

/// A place in the tree of modules: names with their instances, such as `module.a["x"]`.
type Steps = Vec<String>;

/// A reference in a module.
struct Reference<'r> {
    steps: &'r Steps,
    text: &'r str,
}

impl Reader<'_> {
    /// An attribute of a resource; where it is not known, what it refers to.
    pub(super) fn attribute(&self, planned: &Planned, way: &[&str]) -> Value {
        let known = way.iter().fold(None, |value: Option<&Value>, name| {
            Some(value.map_or_else(|| planned.value(name), |value| first(value).get(name)))
        });
        let value = known.cloned().unwrap_or_else(Value::nothing);
        // What is known in part stays so: which of its parts an expression stands for is not said.
        if !matches!(value.kind, Kind::Unknown(_)) {
            return value;
        }
        let Some((steps, expressions)) = self.expressions(&planned.address) else {
            return value;
        };
        let Some((name, outer)) = way.split_last() else {
            return value;
        };
        let outer = outer
            .iter()
            .try_fold(expressions, |json, name| first_json(json).get(name));
        if let Some(Some(expression)) = outer.map(|outer| first_json(outer).get(name)) {
            let found = self.led_to(&steps, expression, 0);
            let is_fit = |found: &Value| !DOCUMENTS.contains(name) || is_document(found);
            return found.filter(is_fit).unwrap_or(value);
        }
        // Nobody sets it: AWS does. But a block that is known in part is made by an expression of which a plan says nothing here.
        let is_open = way
            .first()
            .is_some_and(|name| matches!(planned.value(name).kind, Kind::Unknown(_)));
        if is_open { Value::nothing() } else { value }
    }

    /// The same for a list: all that it refers to.
    pub(super) fn attributes(&self, planned: &Planned, way: &[&str]) -> Value {
        let value = self.attribute(planned, way);
        if value.gap().is_none() {
            return value;
        }
        let Some((steps, expressions)) = self.expressions(&planned.address) else {
            return value;
        };
        let expression = way
            .iter()
            .try_fold(expressions, |json, name| first_json(json).get(name));
        let found = expression.and_then(|expression| self.all_led_to(&steps, expression));
        let Some(mut found) = found else {
            return value;
        };
        match &value.kind {
            Kind::List(items) => {
                let (open, known): (Vec<&Value>, Vec<&Value>) = items.iter().partition(|item| item.gap().is_some());
                let left = open.into_iter().skip(found.len());
                let all: Vec<Value> = known.into_iter().chain(left).cloned().collect();
                found.extend(all);
            }
            // A constant may stand beside what is referred to, and is not said.
            _ if way.last().is_some_and(|name| MIXED.contains(name)) => found.push(value),
            _ => {}
        }
        Value::list(1, found)
    }

    /// The module of an address, and the expressions of its resource.
    fn expressions(&self, address: &str) -> Option<(Steps, &Json)> {
        let (steps, own) = split(address);
        let own = own.split('[').next().unwrap_or_default();
        let module = self.module(&steps)?;
        let resources = module.get("resources")?.as_array()?;
        let found = resources
            .iter()
            .find(|one| one.get("address").and_then(Json::as_str) == Some(own))?;
        Some((steps, found.get("expressions")?))
    }

    fn module(&self, steps: &Steps) -> Option<&Json> {
        let root = self.plan.configuration.get("root_module")?;
        steps.iter().try_fold(root, |module, step| {
            let name = step.strip_prefix("module.")?.split('[').next()?;
            module.get("module_calls")?.get(name)?.get("module")
        })
    }

    /// The one thing that an expression refers to.
    fn led_to(&self, steps: &Steps, expression: &Json, depth: usize) -> Option<Value> {
        let references = references(expression)?;
        match references.as_slice() {
            [text] if depth < DEEPEST => self.follow(&Reference { steps, text }, depth),
            _ => None,
        }
    }

    fn all_led_to(&self, steps: &Steps, expression: &Json) -> Option<Vec<Value>> {
        let mut all = Vec::new();
        for text in references(expression)? {
            match self.follow(&Reference { steps, text }, 0)?.kind {
                Kind::List(items) => all.extend(items),
                kind => all.push(Value::new(1, kind)),
            }
        }
        (!all.is_empty()).then_some(all)
    }

    fn follow(&self, reference: &Reference<'_>, depth: usize) -> Option<Value> {
        let Reference { steps, text } = *reference;
        if let Some(name) = text.strip_prefix("var.") {
            let (step, outer) = steps.split_last()?;
            let outer: Steps = outer.to_vec();
            let call = step.strip_prefix("module.")?.split('[').next()?;
            let name = name.split(['.', '[']).next()?;
            let expression = self
                .module(&outer)?
                .get("module_calls")?
                .get(call)?
                .get("expressions")?
                .get(name)?;
            return match self.led_to(&outer, expression, depth + 1) {
                Some(value) => Some(value),
                None => self.all_led_to(&outer, expression).map(|all| Value::list(1, all)),
            };
        }
        if let Some(rest) = text.strip_prefix("module.") {
            let (call, output) = rest.split_once('.')?;
            let output = output.split(['.', '[']).next()?;
            let inner: Steps = steps.iter().cloned().chain([format!("module.{call}")]).collect();
            let outputs = self.module(&inner)?.get("outputs")?;
            return self.led_to(&inner, outputs.get(output)?.get("expression")?, depth + 1);
        }
        if text.starts_with("data.") {
            let address = join(steps, text.rsplit_once('.').map_or(text, |(before, _)| before));
            let data = self.plan.data.get(&address)?;
            let is_document = data.kind == "aws_iam_policy_document" && text.rsplit('.').next() == Some("json");
            return is_document.then(|| document(data));
        }
        self.named(steps, text)
    }

    /// The attribute of a resource that a reference names.
    fn named(&self, steps: &Steps, text: &str) -> Option<Value> {
        let mut parts = text.splitn(3, '.');
        let (kind, name, attribute) = (parts.next()?, parts.next()?, parts.next());
        if !kind.starts_with("aws_") {
            return None;
        }
        let address = join(steps, &format!("{kind}.{name}"));
        if let Some(planned) = self.plan.find(&address) {
            return self.exported(planned, attribute.unwrap_or("id"));
        }
        // Made more than once, or once where a condition holds.
        let all = self.plan.instances(&address);
        let all: Option<Vec<Value>> = all
            .into_iter()
            .map(|one| self.exported(one, attribute.unwrap_or("id")))
            .collect();
        match all?.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            many => Some(Value::list(1, many.to_vec())),
        }
    }

    /// What an attribute of a resource of the plan is, known or made up.
    fn exported(&self, planned: &Planned, attribute: &str) -> Option<Value> {
        let attribute = attribute.split('[').next().unwrap_or(attribute);
        let known = planned.value(attribute);
        if !known.is_nothing() && known.gap().is_none() {
            return Some(known.clone());
        }
        let (name, arn) = self.called(planned);
        let given = self.given;
        let by = |service: &str, before: &str| {
            name.known()
                .map(|name| Value::text(1, given.arn(service, &format!("{before}{name}"))))
        };
        match (planned.kind.as_str(), attribute) {
            ("aws_lambda_alias", "arn" | "id") => {
                let mut text = Text::default();
                let function = self.attribute(planned, &["function_name"]).known()?;
                let function = if function.contains(':') {
                    function
                } else {
                    given.arn("lambda", &format!("function:{function}"))
                };
                text.push(&function);
                text.push(":");
                text.push_value(planned.value("name"));
                Some(text.finish(1))
            }
            ("aws_api_gateway_rest_api" | "aws_apigatewayv2_api", "execution_arn") => {
                let arn = by("execute-api", "")?;
                // Whatever follows it narrows it down to a stage, method and path.
                Some(Value::text(1, format!("{}/*", arn.known()?)))
            }
            ("aws_cloudwatch_log_group", "arn") => by("logs", "log-group:"),
            ("aws_sns_topic" | "aws_iam_policy" | "aws_secretsmanager_secret" | "aws_sfn_state_machine", "id")
            | (_, "arn" | "qualified_arn" | "version_arn") => Some(arn).filter(|arn| !arn.is_nothing()),
            ("aws_vpc", "default_security_group_id") => name
                .known()
                .map(|vpc| Value::text(1, super::super::deploy::own_id("sg", &vpc))),
            (_, "id" | "name" | "function_name" | "bucket" | "key_id") => Some(name).filter(|name| !name.is_nothing()),
            _ => None,
        }
    }
}

/// The names in an expression, each in its longest form; nothing for one without, and for what no plan shows.
fn references(expression: &Json) -> Option<Vec<&str>> {
    let listed = expression.get("references")?.as_array()?;
    let all: BTreeSet<&str> = listed.iter().filter_map(Json::as_str).collect();
    let is_longest = |text: &&str| !all.iter().any(|other| is_part(text, other));
    let longest: Vec<&str> = all.iter().copied().filter(is_longest).collect();
    (!longest.is_empty()).then_some(longest)
}

/// A plan names `aws_x.y.arn`, and `aws_x.y` beside it.
fn is_part(short: &str, long: &str) -> bool {
    long.strip_prefix(short)
        .is_some_and(|rest| rest.starts_with(['.', '[']))
}

/// The modules of an address, and the rest of it.
fn split(address: &str) -> (Steps, String) {
    let mut steps = Steps::new();
    let mut rest = address;
    while let Some(inner) = rest.strip_prefix("module.") {
        let Some(end) = end_of_step(inner) else { break };
        steps.push(format!("module.{}", inner.get(..end).unwrap_or_default()));
        rest = inner.get(end + 1..).unwrap_or_default();
    }
    (steps, rest.to_owned())
}

/// Where the name of a module ends: a key in brackets may hold dots.
fn end_of_step(text: &str) -> Option<usize> {
    let mut in_brackets = false;
    for (place, letter) in text.char_indices() {
        match letter {
            '[' => in_brackets = true,
            ']' => in_brackets = false,
            '.' if !in_brackets => return Some(place),
            _ => {}
        }
    }
    None
}

fn join(steps: &Steps, own: &str) -> String {
    let mut address = steps.join(".");
    if !address.is_empty() {
        address.push('.');
    }
    address + own
}

/// A block stands in a list of one.
pub(super) fn first(value: &Value) -> &Value {
    match &value.kind {
        Kind::List(items) => items.first().unwrap_or(value),
        _ => value,
    }
}

fn first_json(json: &Json) -> &Json {
    json.as_array().and_then(|items| items.first()).unwrap_or(json)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        let (steps, own) = split(r#"module.a["x.y"].module.b.aws_iam_role.r["k.l"]"#);
        assert_eq!(steps, [r#"module.a["x.y"]"#, "module.b"]);
        assert_eq!(own, r#"aws_iam_role.r["k.l"]"#);
        assert_eq!(join(&steps, "x.y"), r#"module.a["x.y"].module.b.x.y"#);
    }

    #[test]
    fn a_reference_counts_in_its_longest_form() {
        let one = json!({"references": ["aws_iam_role.r.arn", "aws_iam_role.r"]});
        assert_eq!(references(&one).unwrap(), ["aws_iam_role.r.arn"]);
        let two = json!({"references": ["aws_iam_role.r.arn", "aws_iam_role.r", "var.x"]});
        assert_eq!(references(&two).unwrap().len(), 2);
        assert_eq!(references(&json!({"constant_value": 1})), None);
    }
}
