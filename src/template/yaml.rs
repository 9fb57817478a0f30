//! Reads a YAML template with the line of every value; the short forms of functions become their long ones.

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::error::TemplateError;
use super::json::{DEEPEST, Entries};
use super::node::{Entry, Node, NodeKind};

/// The most values that aliases may make of a text.
const MOST_NODES: usize = 500_000;

/// Reads a whole text: one document.
pub(super) fn read(text: &str) -> Result<Node, TemplateError> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| TemplateError::Syntax {
            line: error.marker().line(),
            detail: error.info().to_owned(),
        })?;
        builder.take(event, span)?;
    }
    builder.root.ok_or(TemplateError::Unknown)
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    /// What aliases can name, by the parser's number.
    anchors: std::collections::BTreeMap<usize, (Node, usize)>,
    nodes: usize,
}

/// A list or map that is being read.
struct Open {
    line: usize,
    tag: Option<String>,
    anchor: usize,
    /// How many values there were when it began.
    since: usize,
    held: Held,
}

enum Held {
    List(Vec<Node>),
    Map(Members),
}

/// The members of a map that is being read.
#[derive(Default)]
struct Members {
    entries: Entries,
    /// The name whose value comes next.
    name: Option<(String, usize)>,
    /// What `<<` brings once all others are known.
    merged: Vec<(Node, usize)>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), TemplateError> {
        let line = span.start.line();
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                // Long texts count as many, for an alias doubles them.
                let weight = 1 + text.len() / 64;
                let kind = scalar(&text, style, tag.as_deref());
                let node = tagged(Node::new(line, kind), name_of(tag.as_deref()));
                self.finish(node, anchor, weight)
            }
            Event::SequenceStart(anchor, tag) => self.begin((line, anchor, tag.as_deref()), Held::List(Vec::new())),
            Event::MappingStart(anchor, tag) => {
                self.begin((line, anchor, tag.as_deref()), Held::Map(Members::default()))
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => {
                let Some((node, count)) = self.anchors.get(&anchor).cloned() else {
                    return Err(syntax(line, "an alias names nothing that is complete"));
                };
                self.finish(node, 0, count)
            }
            Event::DocumentStart(_) if self.root.is_some() => Err(syntax(line, "a second document begins")),
            Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing | Event::StreamStart | Event::StreamEnd => {
                Ok(())
            }
        }
    }

    fn begin(&mut self, (line, anchor, tag): (usize, usize, Option<&Tag>), held: Held) -> Result<(), TemplateError> {
        if self.open.len() > DEEPEST {
            return Err(syntax(line, &format!("it nests deeper than {DEEPEST} levels")));
        }
        let (tag, since) = (name_of(tag), self.nodes);
        self.open.push(Open {
            line,
            tag,
            anchor,
            since,
            held,
        });
        Ok(())
    }

    fn end(&mut self) -> Result<(), TemplateError> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let kind = match open.held {
            Held::List(items) => NodeKind::List(items),
            Held::Map(members) => NodeKind::Map(members.complete()?),
        };
        let count = self.nodes - open.since + 1;
        // Its parts are counted already.
        self.nodes = open.since;
        self.finish(tagged(Node::new(open.line, kind), open.tag), open.anchor, count)
    }

    /// Puts a complete value where it belongs.
    fn finish(&mut self, node: Node, anchor: usize, count: usize) -> Result<(), TemplateError> {
        self.nodes += count;
        if self.nodes > MOST_NODES {
            let detail = format!("its aliases make more than {MOST_NODES} values of it");
            return Err(syntax(node.line, &detail));
        }
        if anchor > 0 {
            self.nodes += count;
            self.anchors.insert(anchor, (node.clone(), count));
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut open.held {
            Held::List(items) => items.push(node),
            Held::Map(members) => match members.name.take() {
                None => members.name = Some((named(&node)?, node.line)),
                Some((name, line)) if name == "<<" => members.merged.push((node, line)),
                Some((name, line)) => members.entries.add(Entry { name, line, node })?,
            },
        }
        Ok(())
    }
}

fn syntax(line: usize, detail: &str) -> TemplateError {
    TemplateError::Syntax {
        line,
        detail: detail.to_owned(),
    }
}

fn named(node: &Node) -> Result<String, TemplateError> {
    let is_null = node.kind == NodeKind::Null;
    let name = node.scalar().or_else(|| is_null.then(String::new));
    name.ok_or_else(|| syntax(node.line, "the name of a member is no text"))
}

impl Members {
    fn complete(mut self) -> Result<Vec<Entry>, TemplateError> {
        for (node, line) in self.merged {
            merge(&mut self.entries, node, line)?;
        }
        Ok(self.entries.into_inner())
    }
}

/// What `<<` brings, where nothing of that name stands yet.
fn merge(entries: &mut Entries, node: Node, line: usize) -> Result<(), TemplateError> {
    let maps = match node.kind {
        NodeKind::List(maps) => maps,
        kind => vec![Node::new(node.line, kind)],
    };
    for map in maps {
        let NodeKind::Map(brought) = map.kind else {
            return Err(syntax(line, "`<<` takes a map"));
        };
        for entry in brought {
            if !entries.has(&entry.name) {
                entries.add(entry)?;
            }
        }
    }
    Ok(())
}

/// The name of a tag of the application's own: `!Sub` is `Sub`.
fn name_of(tag: Option<&Tag>) -> Option<String> {
    tag.filter(|tag| tag.handle == "!").map(|tag| tag.suffix.clone())
}

fn tagged(node: Node, tag: Option<String>) -> Node {
    let Some(tag) = tag else { return node };
    let name = match tag.as_str() {
        "Ref" | "Condition" => tag,
        _ => format!("Fn::{tag}"),
    };
    let line = node.line;
    Node::new(line, NodeKind::Map(vec![Entry { name, line, node }]))
}

/// Plain words mean what YAML's core schema says; whatever is quoted or tagged is text.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> NodeKind {
    let is_plain = matches!(style, ScalarStyle::Plain) && tag.is_none();
    match text {
        "" | "~" | "null" | "Null" | "NULL" if is_plain => NodeKind::Null,
        "true" | "True" | "TRUE" if is_plain => NodeKind::Bool(true),
        "false" | "False" | "FALSE" if is_plain => NodeKind::Bool(false),
        number if is_plain && is_number(number) => NodeKind::Number(number.to_owned()),
        other => NodeKind::Text(other.to_owned()),
    }
}

fn is_number(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first))
        && text.ends_with(|last: char| last.is_ascii_digit())
        && text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    #[test]
    fn short_forms_become_long_ones_and_lines_are_kept() {
        let node = read("A:\n  B: !Sub 'x-${Y}'\n  C: !If [Q, !Ref Z, 012345678901]\n  D: \"true\"\n").unwrap();
        let inner = node.get("A").unwrap();
        let sub = inner.entry("B").unwrap();
        assert_eq!((sub.line, sub.node.single().unwrap().name.as_str()), (2, "Fn::Sub"));
        let items = inner.get("C").unwrap().get("Fn::If").unwrap().items().unwrap();
        assert_eq!(items[1].get("Ref").unwrap().text(), Some("Z"));
        assert_eq!(items[2].scalar().as_deref(), Some("012345678901"));
        assert_eq!(inner.get("D").unwrap().text(), Some("true"));
    }

    #[test]
    fn a_version_of_the_policy_language_is_text() {
        let node = read("Version: 2012-10-17\nOn: true\nN: 1.5\n").unwrap();
        assert_eq!(node.get("Version").unwrap().text(), Some("2012-10-17"));
        assert_eq!(node.get("On").unwrap().kind, NodeKind::Bool(true));
        assert_eq!(node.get("N").unwrap().kind, NodeKind::Number("1.5".into()));
    }

    #[test]
    fn aliases_and_merges_are_followed_within_bounds() {
        let node = read("a: &x {p: 1, q: 2}\nb: *x\nc: {<<: *x, q: 3}\nd: {q: 4, <<: [*x]}\n").unwrap();
        assert_eq!(node.get("a"), node.get("b"));
        let q = |name: &str| node.get(name).unwrap().get("q").and_then(Node::scalar);
        assert_eq!((q("c").as_deref(), q("d").as_deref()), (Some("3"), Some("4")));
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let before = format!("*a{}", level - 1);
            let items = vec![before; 10].join(", ");
            let _ = writeln!(bomb, "a{level}: &a{level} [{items}]");
        }
        assert!(read(&bomb).unwrap_err().to_string().contains("aliases make more than"));
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        let problem = |text: &str| read(text).unwrap_err().to_string();
        assert!(problem("a: 1\nb: 2\na: 3\n").starts_with("line 3: `a` is said twice"));
        assert!(problem("a: [1, 2\nb: }").starts_with("line "));
        assert!(problem("a: 1\n---\nb: 2\n").contains("a second document"));
        assert!(problem(&"- ".repeat(5_000)).contains("deeper than"));
        assert!(problem("? [a]\n: b\n").contains("no text"));
        assert_eq!(read(""), Err(TemplateError::Unknown));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[a-z!&*<\\[\\]{}:,#|>\\-\"'%@ \\n]{0,80}") {
            let _ = read(&text);
        }
    }
}
