//! Functions that pick something out of lists, mappings and ranges.

use super::super::node::{Node, NodeKind};
use super::super::value::{Value, Why};
use super::Scope;

impl Scope<'_> {
    pub(super) fn select(&self, line: usize, argument: &Node) -> Value {
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

    pub(super) fn split(&self, line: usize, argument: &Node) -> Value {
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

    pub(super) fn find_in_map(&self, line: usize, argument: &Node) -> Value {
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

    pub(super) fn base64(&self, line: usize, argument: &Node) -> Value {
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
    pub(super) fn cidr(&self, line: usize, argument: &Node) -> Value {
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
    pub(super) fn zones(&self, line: usize, argument: &Node) -> Value {
        let region = self.value(argument).known().filter(|region| !region.is_empty());
        let region = region.unwrap_or_else(|| self.given.region.as_str().to_owned());
        let zones = ["a", "b", "c"].map(|letter| Value::text(line, format!("{region}{letter}")));
        Value::list(line, zones.into())
    }
}
