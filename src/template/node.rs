//! What does a template's text hold, and on which line? One tree for JSON and YAML.

/// A value of the text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    /// Where it begins, from 1.
    pub(super) line: usize,
    pub(super) kind: NodeKind,
}

/// What a value is. Numbers stay as they are written: an account id may begin with a zero.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum NodeKind {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A member of a map.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) name: String,
    /// The line of its name.
    pub(super) line: usize,
    pub(super) node: Node,
}

impl Node {
    pub(super) fn new(line: usize, kind: NodeKind) -> Self {
        Self { line, kind }
    }

    /// The members, if it is a map.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.kind {
            NodeKind::Map(entries) => entries,
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::Text(_) | NodeKind::List(_) => &[],
        }
    }

    /// The items, if it is a list.
    pub(super) fn items(&self) -> Option<&[Node]> {
        match &self.kind {
            NodeKind::List(items) => Some(items),
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::Text(_) | NodeKind::Map(_) => None,
        }
    }

    /// The member of a name.
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        self.entry(name).map(|entry| &entry.node)
    }

    /// The member of a name, with the line of the name.
    pub(super) fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.name == name)
    }

    /// The words of a scalar.
    pub(super) fn scalar(&self) -> Option<String> {
        match &self.kind {
            NodeKind::Text(text) | NodeKind::Number(text) => Some(text.clone()),
            NodeKind::Bool(value) => Some(value.to_string()),
            NodeKind::Null | NodeKind::List(_) | NodeKind::Map(_) => None,
        }
    }

    /// The text, if it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Text(text) => Some(text),
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::List(_) | NodeKind::Map(_) => None,
        }
    }

    /// Name and argument, if it is a map of one member: the form of an intrinsic function.
    pub(super) fn single(&self) -> Option<&Entry> {
        match self.entries() {
            [one] => Some(one),
            _ => None,
        }
    }
}
