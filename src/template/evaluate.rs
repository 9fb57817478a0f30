//! What do a template's references and functions come to, as far as that is settled before deployment?

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::given::Given;
use super::node::{Entry, Node, NodeKind};
use super::value::{Kind, Member, Text, Value, Why};

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

    fn select(&self, line: usize, argument: &Node) -> Value {
        let Some([index, list]) = argument.items() else {
            return Value::unknown(line, "`Fn::Select` takes a place and a list");
        };
        let (index, list) = (self.value(index), self.value(list));
        let place = index
            .word()
            .map(|word| word.and_then(|word| word.parse::<usize>().ok()));
        match (place, list.items()) {
            (Err(why), _) | (_, Err(why)) => Value::unknown(line, why),
            (Ok(place), Ok(items)) => place
                .and_then(|place| items.get(place))
                .cloned()
                .unwrap_or_else(|| Value::unknown(line, "`Fn::Select` names no item of its list")),
        }
    }

    fn split(&self, line: usize, argument: &Node) -> Value {
        let Some([between, text]) = argument.items() else {
            return Value::unknown(line, "`Fn::Split` takes two texts");
        };
        match (self.value(between).word(), self.value(text).word()) {
            (Err(why), _) | (_, Err(why)) => Value::unknown(line, why),
            (Ok(between), Ok(text)) => {
                let (between, text) = (between.unwrap_or_default(), text.unwrap_or_default());
                if between.is_empty() {
                    return Value::unknown(line, "`Fn::Split` takes a text to split at");
                }
                Value::list(
                    line,
                    text.split(between.as_str())
                        .map(|part| Value::text(line, part))
                        .collect(),
                )
            }
        }
    }

    fn find_in_map(&self, line: usize, argument: &Node) -> Value {
        let (Some(mappings), Some([map, first, second, rest @ ..])) = (self.mappings, argument.items()) else {
            return Value::unknown(line, "`Fn::FindInMap` takes a mapping and two keys");
        };
        let keys: Result<Vec<Option<String>>, Why> = [map, first, second]
            .into_iter()
            .map(|key| self.value(key).word())
            .collect();
        let keys = match keys {
            Ok(keys) => keys,
            Err(why) => return Value::unknown(line, why),
        };
        let found = keys
            .iter()
            .try_fold(mappings, |node, key| node.get(key.as_deref().unwrap_or_default()));
        let default = || {
            rest.first()
                .and_then(|more| more.get("DefaultValue"))
                .map(|node| self.value(node))
        };
        // A mapping holds no functions.
        found
            .map(|node| self.plain(node))
            .or_else(default)
            .unwrap_or_else(|| Value::unknown(line, "the mapping has no such keys"))
    }

    /// What is written, functions and all.
    pub(super) fn plain(&self, node: &Node) -> Value {
        match &node.kind {
            NodeKind::List(items) => Value::list(node.line, items.iter().map(|item| self.plain(item)).collect()),
            NodeKind::Map(_) => Value::unknown(node.line, "a map stands where a text or a list is expected"),
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::Text(_) => self.value(node),
        }
    }

    fn base64(&self, line: usize, argument: &Node) -> Value {
        use base64::Engine as _;
        match self.value(argument).word() {
            Ok(word) => Value::text(
                line,
                base64::engine::general_purpose::STANDARD.encode(word.unwrap_or_default()),
            ),
            Err(why) => Value::unknown(line, why),
        }
    }

    /// Ranges of IPv4 within one, each with that many bits for hosts.
    fn cidr(&self, line: usize, argument: &Node) -> Value {
        let read = || -> Option<Vec<Value>> {
            let items = argument.items()?;
            let word = |place: usize| self.value(items.get(place)?).known();
            let range: ipnet::Ipv4Net = word(0)?.parse().ok()?;
            let (count, bits) = (word(1)?.parse::<usize>().ok()?, word(2)?.parse::<u8>().ok()?);
            let within = range.subnets(32_u8.checked_sub(bits)?).ok()?;
            let ranges = within
                .take(count.min(256))
                .map(|range| Value::text(line, range.to_string()));
            Some(ranges.collect())
        };
        read().map_or_else(
            || Value::unknown(line, "`Fn::Cidr` is not worked out"),
            |ranges| Value::list(line, ranges),
        )
    }

    /// Zones by letters: which they are does not matter, only that they differ.
    fn zones(&self, line: usize, argument: &Node) -> Value {
        let region = self.value(argument).known().filter(|region| !region.is_empty());
        let region = region.unwrap_or_else(|| self.given.region.as_str().to_owned());
        let zones = ["a", "b", "c"].map(|letter| Value::text(line, format!("{region}{letter}")));
        Value::list(line, zones.into())
    }
}

/// Name and argument of the function that a map stands for.
fn function_of(node: &Node) -> Option<(&str, &Node)> {
    let entry = node.single()?;
    let is_function = entry.name == "Ref" || entry.name.starts_with("Fn::");
    is_function.then_some((entry.name.as_str(), &entry.node))
}

/// A text that CloudFormation replaces when it deploys.
fn dynamic(line: usize, text: &str) -> Value {
    match reference_in(text) {
        Some(why) => Value::unknown(line, why),
        None => Value::text(line, text),
    }
}

/// The same for a text that was put together.
fn resolved(value: Value) -> Value {
    match &value.kind {
        Kind::Text(text) => reference_in(text).map_or_else(|| value.clone(), |why| Value::unknown(value.line, why)),
        Kind::Partial(parts, why) if parts.iter().flatten().any(|part| part.contains("{{resolve:")) => {
            Value::unknown(value.line, why.clone())
        }
        _ => value,
    }
}

/// Where the dynamic reference in a text leads, if there is one.
fn reference_in(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("{{resolve:")?;
    let (inner, _) = rest.split_once("}}")?;
    let service = inner.split(':').next().unwrap_or_default();
    let from = match service {
        "secretsmanager" if is_harmless(inner) => "a part of a secret that is no credential",
        "secretsmanager" => SECRET,
        "ssm-secure" => "a secure parameter of Parameter Store",
        "ssm" => "a parameter of Parameter Store",
        _ => "another place",
    };
    Some(format!("it is taken from {from} when it is deployed"))
}

/// Whether the part of a secret that is named is one that every secret of a database has beside the password.
fn is_harmless(reference: &str) -> bool {
    const PARTS: [&str; 7] = ["dbname", "engine", "endpoint", "host", "port", "user", "username"];
    let mut fields = reference.split(":SecretString:");
    let part = fields
        .nth(1)
        .and_then(|rest| rest.split(':').next())
        .unwrap_or_default();
    PARTS.iter().any(|harmless| part.eq_ignore_ascii_case(harmless))
}

/// How a value is called that CloudFormation takes from Secrets Manager: it then stands in plain text where it is put.
pub(super) const SECRET: &str = "a secret of Secrets Manager";

/// A name of the template in a message: whoever wrote it may have written anything.
pub(super) fn shown(name: &str) -> String {
    name.chars().take(80).flat_map(char::escape_debug).collect()
}
