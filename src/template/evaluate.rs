//! What do a template's references and functions come to, as far as that is settled before deployment?

mod dynamic;
mod functions;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::given::Given;
use super::node::{Entry, Node, NodeKind};
use super::value::{Kind, Member, Text, Value, Why};

pub(super) use dynamic::SECRET;
use dynamic::{dynamic, resolved};

/// Text that references and functions may make together.
pub(super) const MOST_TEXT: usize = 64 * 1024 * 1024;
/// References that may lead from one to the next.
const DEEPEST: usize = 60;

/// Sections of a template, and what was worked out of them.
pub(super) struct Scope<'t> {
    pub(super) given: &'t Given,
    pub(super) parameters: BTreeMap<String, Value>,
    pub(super) mappings: Option<&'t Node>,
    pub(super) conditions: Option<&'t Node>,
    pub(super) resources: Option<&'t Node>,
    /// Defaults of SAM for all resources of a kind.
    pub(super) globals: Option<&'t Node>,
    pub(super) truths: RefCell<BTreeMap<String, Option<Result<bool, Why>>>>,
    pub(super) names: RefCell<BTreeMap<String, Option<Value>>>,
    made: Cell<usize>,
    depth: Cell<usize>,
}

impl<'t> Scope<'t> {
    pub(super) fn new(root: &'t Node, given: &'t Given, parameters: BTreeMap<String, Value>) -> Self {
        Self {
            given,
            parameters,
            mappings: root.get("Mappings"),
            conditions: root.get("Conditions"),
            resources: root.get("Resources"),
            globals: root.get("Globals"),
            truths: RefCell::default(),
            names: RefCell::default(),
            made: Cell::new(0),
            depth: Cell::new(0),
        }
    }

    /// Whether more text was made than any stack has.
    pub(super) fn is_exhausted(&self) -> bool {
        self.made.get() > MOST_TEXT
    }

    /// What a part of the template comes to.
    pub(super) fn value(&self, node: &Node) -> Value {
        let line = node.line;
        if self.is_exhausted() {
            return Value::unknown(line, "the template makes too much text");
        }
        match &node.kind {
            NodeKind::Null => Value::new(line, Kind::Nothing),
            NodeKind::Bool(value) => Value::new(line, Kind::Bool(*value)),
            NodeKind::Number(text) => Value::new(line, Kind::Number(text.clone())),
            NodeKind::Text(text) => dynamic(line, text),
            NodeKind::List(items) => {
                let items = items.iter().map(|item| self.value(item));
                Value::list(line, items.filter(|item| !item.is_nothing()).collect())
            }
            NodeKind::Map(entries) => match function_of(node) {
                Some((name, argument)) => self.deeper(line, || self.function((line, name), argument)),
                None => self.map(line, entries),
            },
        }
    }

    fn map(&self, line: usize, entries: &[Entry]) -> Value {
        // These add members that stand nowhere here.
        let foreign = entries.iter().find(|entry| entry.name.starts_with("Fn::"));
        if let Some(entry) = foreign {
            return Value::unknown(
                entry.line,
                format!("`{}` makes it only when it is deployed", shown(&entry.name)),
            );
        }
        let member = |entry: &Entry| Member {
            name: entry.name.clone(),
            line: entry.line,
            value: self.value(&entry.node),
        };
        let members = entries.iter().map(member).filter(|member| !member.value.is_nothing());
        Value::new(line, Kind::Map(members.collect()))
    }

    /// Follows one reference more.
    pub(super) fn deeper(&self, line: usize, follow: impl FnOnce() -> Value) -> Value {
        if self.depth.get() >= DEEPEST {
            return Value::unknown(line, "its references go on and on");
        }
        self.depth.set(self.depth.get() + 1);
        let value = follow();
        self.depth.set(self.depth.get() - 1);
        self.made.set(self.made.get().saturating_add(value.size()));
        value
    }

    fn function(&self, (line, name): (usize, &str), argument: &Node) -> Value {
        match name {
            "Ref" => self.reference(line, argument),
            "Fn::GetAtt" => self.get_att(line, argument),
            "Fn::Sub" => self.sub(line, argument),
            "Fn::Join" => self.join(line, argument),
            "Fn::If" => self.choose(line, argument),
            "Fn::Select" => self.select(line, argument),
            "Fn::Split" => self.split(line, argument),
            "Fn::FindInMap" => self.find_in_map(line, argument),
            "Fn::Base64" => self.base64(line, argument),
            "Fn::Cidr" => self.cidr(line, argument),
            "Fn::GetAZs" => self.zones(line, argument),
            "Fn::ToJsonString" => match self.value(argument).json() {
                Ok(json) => Value::text(line, json.to_string()),
                Err(why) => Value::unknown(line, why),
            },
            "Fn::ImportValue" => {
                let from = self
                    .value(argument)
                    .known()
                    .unwrap_or_else(|| "another stack".to_owned());
                Value::unknown(line, format!("`{}` is imported from another stack", shown(&from)))
            }
            other => Value::unknown(line, format!("`{}` is worked out when it is deployed", shown(other))),
        }
    }

    fn reference(&self, line: usize, argument: &Node) -> Value {
        match argument.scalar() {
            Some(name) => self.named(line, &name),
            None => Value::unknown(line, "`Ref` takes a name"),
        }
    }

    /// What a name stands for: a parameter, a pseudo parameter or a resource.
    fn named(&self, line: usize, name: &str) -> Value {
        if let Some(value) = self.parameters.get(name) {
            return Value { line, ..value.clone() };
        }
        self.pseudo(line, name).unwrap_or_else(|| Value {
            line,
            ..self.physical(name)
        })
    }

    fn pseudo(&self, line: usize, name: &str) -> Option<Value> {
        let given = self.given;
        Some(match name {
            "AWS::AccountId" => Value::text(line, given.account.as_str()),
            "AWS::Region" => Value::text(line, given.region.as_str()),
            "AWS::Partition" => Value::text(line, given.region.partition()),
            "AWS::URLSuffix" => Value::text(line, given.url_suffix()),
            "AWS::StackName" => Value::text(line, given.stack.as_str()),
            "AWS::StackId" => Value::text(line, given.stack_id()),
            "AWS::NoValue" => Value::new(line, Kind::Nothing),
            "AWS::NotificationARNs" => {
                Value::unknown(line, "the stack's notification topics are given when it is deployed")
            }
            _ => return None,
        })
    }

    fn get_att(&self, line: usize, argument: &Node) -> Value {
        let way = match argument.items() {
            Some([resource, attribute]) => {
                let attribute = self.value(attribute).known();
                resource.scalar().zip(attribute)
            }
            Some(_) => None,
            None => argument
                .text()
                .and_then(|text| text.split_once('.'))
                .map(|(resource, attribute)| (resource.to_owned(), attribute.to_owned())),
        };
        match way {
            Some((resource, attribute)) => Value {
                line,
                ..self.attribute(&resource, &attribute)
            },
            None => Value::unknown(line, "`Fn::GetAtt` takes a resource and an attribute"),
        }
    }

    fn sub(&self, line: usize, argument: &Node) -> Value {
        let (template, own) = match argument.items() {
            Some([template, own]) => (template.text(), Some(own)),
            Some(_) => (None, None),
            None => (argument.text(), None),
        };
        let Some(template) = template else {
            return Value::unknown(line, "`Fn::Sub` takes a text");
        };
        let mut text = Text::default();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("${") {
            text.push(before);
            let Some((name, after)) = after.split_once('}') else {
                text.push("${");
                rest = after;
                continue;
            };
            match name.strip_prefix('!') {
                Some(literal) => text.push(&format!("${{{literal}}}")),
                None => text.push_value(&self.variable(line, name.trim(), own)),
            }
            if self.is_exhausted() {
                return Value::unknown(line, "the template makes too much text");
            }
            rest = after;
        }
        text.push(rest);
        resolved(text.finish(line))
    }

    fn variable(&self, line: usize, name: &str, own: Option<&Node>) -> Value {
        self.deeper(line, || {
            if let Some(node) = own.and_then(|own| own.get(name)) {
                return self.value(node);
            }
            match name.split_once('.') {
                Some((resource, attribute)) => self.attribute(resource, attribute),
                None => self.named(line, name),
            }
        })
    }

    fn join(&self, line: usize, argument: &Node) -> Value {
        let Some([between, list]) = argument.items() else {
            return Value::unknown(line, "`Fn::Join` takes a text and a list");
        };
        let (between, list) = (self.value(between), self.value(list));
        let items = match list.items() {
            Ok(items) => items,
            Err(why) => return Value::unknown(line, why),
        };
        let joints = between.size().saturating_mul(items.len());
        let long = items.iter().fold(joints, |all, item| all.saturating_add(item.size()));
        if self.made.get().saturating_add(long) > MOST_TEXT {
            self.made.set(MOST_TEXT.saturating_add(1));
            return Value::unknown(line, "it is joined to more than any template is");
        }
        let mut text = Text::default();
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                text.push_value(&between);
            }
            text.push_value(item);
        }
        resolved(text.finish(line))
    }

    fn choose(&self, line: usize, argument: &Node) -> Value {
        let Some([condition, then, otherwise]) = argument.items() else {
            return Value::unknown(line, "`Fn::If` takes a condition and two values");
        };
        match self.holds(&condition.scalar().unwrap_or_default()) {
            Ok(true) => self.value(then),
            Ok(false) => self.value(otherwise),
            Err(why) => {
                let (one, other) = (self.value(then), self.value(otherwise));
                // Whichever it is, it is the same.
                if one.json().is_ok_and(|one| other.json() == Ok(one)) {
                    return one;
                }
                Value::unknown(line, why)
            }
        }
    }
}

/// Name and argument of the function that a map stands for.
fn function_of(node: &Node) -> Option<(&str, &Node)> {
    let entry = node.single()?;
    let is_function = entry.name == "Ref" || entry.name.starts_with("Fn::");
    is_function.then_some((entry.name.as_str(), &entry.node))
}

/// A name of the template in a message: whoever wrote it may have written anything.
pub(super) fn shown(name: &str) -> String {
    name.chars().take(80).flat_map(char::escape_debug).collect()
}
