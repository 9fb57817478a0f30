//! Reads a JSON template with the line of every value. YAML is no help here: it knows no surrogate pairs, and tabs mean something in it.

use super::error::TemplateError;
use super::node::{Entry, Node, NodeKind};

/// The deepest nesting that is read; templates need about twenty levels.
pub(super) const DEEPEST: usize = 100;

/// Reads a whole text.
pub(super) fn read(text: &str) -> Result<Node, TemplateError> {
    let mut reader = Reader { text, at: 0, line: 1 };
    let node = reader.value(0)?;
    reader.blanks();
    match reader.peek() {
        None => Ok(node),
        Some(_) => Err(reader.expected("the end of the document")),
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    line: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while let Some(byte @ (b' ' | b'\t' | b'\r' | b'\n')) = self.peek() {
            self.line += usize::from(byte == b'\n');
            self.at += 1;
        }
    }

    fn expected(&self, what: &str) -> TemplateError {
        let detail = match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            None => format!("the text ends where {what} is expected"),
            Some(found) => format!("`{}` stands where {what} is expected", found.escape_debug()),
        };
        TemplateError::Syntax {
            line: self.line,
            detail,
        }
    }

    fn take(&mut self, byte: u8, what: &str) -> Result<(), TemplateError> {
        self.blanks();
        if self.peek() != Some(byte) {
            return Err(self.expected(what));
        }
        self.at += 1;
        Ok(())
    }

    fn is_next(&mut self, byte: u8) -> bool {
        self.blanks();
        let is_it = self.peek() == Some(byte);
        self.at += usize::from(is_it);
        is_it
    }

    fn value(&mut self, depth: usize) -> Result<Node, TemplateError> {
        self.blanks();
        let line = self.line;
        if depth > DEEPEST {
            let detail = format!("it nests deeper than {DEEPEST} levels");
            return Err(TemplateError::Syntax { line, detail });
        }
        let kind = match self.peek() {
            Some(b'{') => self.map(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => NodeKind::Text(self.text()?),
            Some(_) => self.word()?,
            None => return Err(self.expected("a value")),
        };
        Ok(Node::new(line, kind))
    }

    fn map(&mut self, depth: usize) -> Result<NodeKind, TemplateError> {
        self.at += 1;
        let mut entries = Entries::default();
        if self.is_next(b'}') {
            return Ok(NodeKind::Map(Vec::new()));
        }
        loop {
            self.blanks();
            let line = self.line;
            if self.peek() != Some(b'"') {
                return Err(self.expected("a member's name in quotes"));
            }
            let name = self.text()?;
            self.take(b':', "a colon")?;
            let node = self.value(depth + 1)?;
            entries.add(Entry { name, line, node })?;
            if !self.is_next(b',') {
                break;
            }
        }
        self.take(b'}', "`,` or `}`")?;
        Ok(NodeKind::Map(entries.into_inner()))
    }

    fn list(&mut self, depth: usize) -> Result<NodeKind, TemplateError> {
        self.at += 1;
        let mut items = Vec::new();
        if self.is_next(b']') {
            return Ok(NodeKind::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if !self.is_next(b',') {
                break;
            }
        }
        self.take(b']', "`,` or `]`")?;
        Ok(NodeKind::List(items))
    }

    fn text(&mut self) -> Result<String, TemplateError> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut end = start + 1;
        loop {
            match bytes.get(end) {
                Some(b'\\') => end += 2,
                Some(b'"') => break,
                Some(b'\n') | None => {
                    self.at = end.min(bytes.len());
                    return Err(self.expected("the closing quote of a text"));
                }
                Some(_) => end += 1,
            }
        }
        let quoted = self.text.get(start..=end).unwrap_or_default();
        let text = serde_json::from_str(quoted).map_err(|error| TemplateError::Syntax {
            line: self.line,
            detail: format!("a text is faulty: {error}"),
        })?;
        self.at = end + 1;
        Ok(text)
    }

    fn word(&mut self) -> Result<NodeKind, TemplateError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let end = rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || "+-.".contains(letter)));
        let word = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        let kind = match word {
            "null" => NodeKind::Null,
            "true" => NodeKind::Bool(true),
            "false" => NodeKind::Bool(false),
            number if serde_json::from_str::<serde_json::Number>(number).is_ok() => NodeKind::Number(number.to_owned()),
            _ => return Err(self.expected("a value")),
        };
        self.at += word.len();
        Ok(kind)
    }
}

/// Members in their order, each name once: which of two counts would depend on the reader.
#[derive(Default)]
pub(super) struct Entries {
    entries: Vec<Entry>,
    names: std::collections::BTreeSet<String>,
}

impl Entries {
    pub(super) fn add(&mut self, entry: Entry) -> Result<(), TemplateError> {
        if !self.names.insert(entry.name.clone()) {
            let name: String = entry.name.chars().take(80).flat_map(char::escape_debug).collect();
            return Err(TemplateError::Syntax {
                line: entry.line,
                detail: format!("`{name}` is said twice"),
            });
        }
        self.entries.push(entry);
        Ok(())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    pub(super) fn into_inner(self) -> Vec<Entry> {
        self.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn values_know_their_lines() {
        let node = read("{\n  \"a\": [1,\n    \"\\ud83d\\ude00\"],\n\t\"b\": {\"c\": null}\n}").unwrap();
        assert_eq!(node.entry("b").unwrap().line, 4);
        let items = node.get("a").unwrap().items().unwrap();
        assert_eq!((items[1].line, items[1].text()), (3, Some("😀")));
        assert_eq!(items[0].kind, NodeKind::Number("1".to_owned()));
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        for (text, said) in [
            ("{\n\"a\": 1,\n\"a\": 2}", "line 3: `a` is said twice"),
            (
                "{\"a\": 1,\n}",
                "line 2: `}` stands where a member's name in quotes is expected",
            ),
            ("[1", "line 1: the text ends where `,` or `]` is expected"),
            ("{\"a\"\n\n: tru}", "line 3: `t` stands where a value is expected"),
            ("\"a", "the closing quote"),
            ("{} x", "the end of the document"),
        ] {
            assert!(problem(text).contains(said), "{text}: {}", problem(text));
        }
    }

    #[test]
    fn depth_is_bounded() {
        let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
        assert!(problem(&deep).contains("deeper than 100 levels"));
    }

    proptest::proptest! {
        #[test]
        fn any_json_is_read_as_serde_reads_it(text in r#"[\[\]{}",:0-9a-z\\ \n\.-]{0,60}"#) {
            let ours = read(&text);
            let theirs: Result<serde_json::Value, _> = serde_json::from_str(&text);
            if ours.is_ok() {
                proptest::prop_assert!(theirs.is_ok(), "{text}");
            } else if theirs.is_ok() {
                proptest::prop_assert!(ours.unwrap_err().to_string().contains("said twice"), "{text}");
            }
        }
    }
}
