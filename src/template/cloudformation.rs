//! What does a CloudFormation template make? Parameters, conditions and references are worked out; SAM is written out in full.

use std::collections::BTreeMap;

use super::error::TemplateError;
use super::evaluate::{MOST_TEXT, Scope, shown};
use super::given::Given;
use super::node::{Entry, Node, NodeKind};
use super::resource::{Resource, Stack};
use super::sam;
use super::value::{Kind, Value};

/// The macro that makes SAM's resources.
const SAM: &str = "AWS::Serverless-2016-10-31";
/// Adds functions, of which those that matter are understood.
const EXTENSIONS: &str = "AWS::LanguageExtensions";
/// Names that are listed in an error.
const LISTED: usize = 12;

/// Whether the document is such a template.
pub(super) fn is_template(root: &Node) -> bool {
    root.get("Resources").is_some()
}

/// Whether it asks for SAM.
pub(super) fn is_sam(root: &Node) -> bool {
    transforms(root).any(|name| name == SAM)
}

fn transforms(root: &Node) -> impl Iterator<Item = &str> {
    let said = root.get("Transform").into_iter();
    said.flat_map(|node| node.items().unwrap_or(std::slice::from_ref(node)))
        .map(|node| {
            node.text()
                .or_else(|| node.get("Name").and_then(Node::text))
                .unwrap_or("a macro")
        })
}

/// All that the template makes.
pub(super) fn read(root: &Node, given: &Given) -> Result<Stack, TemplateError> {
    let resources = root.get("Resources").ok_or(TemplateError::Unknown)?;
    if !matches!(resources.kind, NodeKind::Map(_)) {
        return Err(shape(resources.line, "Resources", "a map of resources"));
    }
    let mut stack = Stack::default();
    let parameters = parameters(root, given, &mut stack)?;
    let scope = Scope::new(root, given, parameters);
    for name in transforms(root).filter(|name| !matches!(*name, SAM | EXTENSIONS)) {
        let why = format!("the macro `{}` may change or add anything", shown(name));
        stack.note(root.get("Transform").map_or(1, |node| node.line), why.clone());
        stack.more = Some(why.into());
    }
    for entry in resources.entries() {
        resource(entry, &scope, &mut stack)?;
    }
    if scope.is_exhausted() {
        return Err(TemplateError::TooMuch { most: MOST_TEXT });
    }
    Ok(stack)
}

fn shape(line: usize, path: impl Into<String>, expected: &'static str) -> TemplateError {
    TemplateError::Shape {
        line,
        path: path.into(),
        expected,
    }
}

fn resource(entry: &Entry, scope: &Scope<'_>, stack: &mut Stack) -> Result<(), TemplateError> {
    let path = || format!("Resources.{}", shown(&entry.name));
    if entry.name.starts_with("Fn::") {
        let why = format!("`{}` makes resources that are not looked at", shown(&entry.name));
        stack.note(entry.line, why.clone());
        stack.more = Some(why.into());
        return Ok(());
    }
    if !matches!(entry.node.kind, NodeKind::Map(_)) {
        return Err(shape(entry.line, path(), "a map with `Type` and `Properties`"));
    }
    let kind = entry.node.get("Type").and_then(Node::text);
    let kind = kind.ok_or_else(|| shape(entry.line, format!("{}.Type", path()), "the type of a resource"))?;
    let doubt = match entry
        .node
        .get("Condition")
        .map(|node| node.scalar().unwrap_or_default())
    {
        None => None,
        Some(condition) => match scope.holds(&condition) {
            Ok(true) => None,
            Ok(false) => return Ok(()),
            Err(why) => Some(why),
        },
    };
    let properties = entry.node.get("Properties");
    let properties = properties.map_or_else(Value::nothing, |node| scope.value(node));
    let (name, arn) = scope.called(&entry.name, kind, &entry.node);
    let (id, kind, line) = (entry.name.clone(), kind.to_owned(), entry.line);
    sam::write_out(
        Resource {
            id,
            kind,
            line,
            name,
            arn,
            properties,
            doubt,
        },
        scope,
        stack,
    );
    Ok(())
}

fn parameters(root: &Node, given: &Given, stack: &mut Stack) -> Result<BTreeMap<String, Value>, TemplateError> {
    let declared = root.get("Parameters").map(Node::entries).unwrap_or_default();
    for name in given.parameters.keys() {
        if !declared.iter().any(|entry| entry.name == *name) {
            let names: Vec<&str> = declared.iter().take(LISTED).map(|entry| entry.name.as_str()).collect();
            let known = if names.is_empty() {
                "none".to_owned()
            } else {
                shown_all(&names)
            };
            return Err(TemplateError::NoSuchParameter {
                name: shown(name),
                known,
            });
        }
    }
    let mut all = BTreeMap::new();
    for entry in declared {
        let said = given.parameters.get(&entry.name).cloned();
        let default = || entry.node.get("Default").and_then(default_of);
        let value = said.or_else(default);
        let is_secret = entry
            .node
            .get("NoEcho")
            .and_then(Node::scalar)
            .is_some_and(|word| word.eq_ignore_ascii_case("true"));
        if let Some(value) = value.as_ref().filter(|_| is_secret) {
            stack.sensitive.push(value.clone());
        }
        all.insert(entry.name.clone(), parameter(entry, value));
    }
    Ok(all)
}

fn shown_all(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{}`", shown(name))).collect();
    names.join(", ")
}

fn default_of(node: &Node) -> Option<String> {
    match node.items() {
        Some(items) => Some(items.iter().filter_map(Node::scalar).collect::<Vec<_>>().join(",")),
        None => node.scalar(),
    }
}

fn parameter(entry: &Entry, value: Option<String>) -> Value {
    let (line, name) = (entry.line, shown(&entry.name));
    let kind = entry.node.get("Type").and_then(Node::text).unwrap_or("String");
    if kind.starts_with("AWS::SSM::Parameter::Value<") {
        return Value::unknown(
            line,
            format!("the parameter `{name}` is looked up in Parameter Store when it is deployed"),
        );
    }
    let Some(value) = value else {
        return Value::unknown(
            line,
            format!("the parameter `{name}` has no value; give it by --parameter {name}=…"),
        );
    };
    if kind == "CommaDelimitedList" || kind.starts_with("List<") {
        let items = value.split(',').map(str::trim).filter(|item| !item.is_empty());
        return Value::list(line, items.map(|item| Value::text(line, item)).collect());
    }
    if value.contains("{{resolve:") {
        return Value::unknown(line, format!("the parameter `{name}` is looked up when it is deployed"));
    }
    Value::new(line, Kind::Text(value))
}
