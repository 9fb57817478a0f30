//! An explanation for a person at a terminal: the policies with the statements that decide marked, and what to put in.

mod siblings;

use std::fmt::Write;

use anstyle::{AnsiColor, Color, Style};
use serde_json::{Map, Value};

use super::text::{painted, style_of};
use crate::explain::{Change, Explanation, Replaced, Replacement, verbs};
use crate::plain::{is_visible, one_line, wrapped};
use crate::policy::{Caller, Request, Values};

const WIDTH: usize = 96;
/// More kinds of actions are counted.
const MOST_VERBS: usize = 100;
/// Documents with more lines leave out the statements that do not decide.
const LONG: usize = 160;

/// The order in which people read a policy's members; others follow.
const MEMBERS: [&str; 12] = [
    "Version",
    "Id",
    "Statement",
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// All about one finding, with styles; the stream strips them where nobody can see them.
pub fn explain_text(explanation: &Explanation) -> String {
    let mut out = Out::default();
    heading(&mut out, explanation);
    for document in &explanation.documents {
        out.section(&one_line(&document.place.label(), 300));
        out.document(&document.document, &document.deciding, DECIDES);
    }
    if let Some(witness) = &explanation.witness {
        out.section("a request that shows it");
        request(&mut out, witness);
        for why in &explanation.why_open {
            out.prose(why);
        }
    }
    out.section("what would have to change");
    out.prose(&explanation.change);
    siblings::siblings(&mut out, &explanation.siblings);
    replacement(&mut out, &explanation.replacement);
    out.section("fix, as the notice has it");
    out.lines(&explanation.finding.remediation);
    out.text
}

fn heading(out: &mut Out, explanation: &Explanation) {
    let finding = &explanation.finding;
    let qualifier = finding.evidence.qualifier.as_deref();
    let on = qualifier.map_or_else(String::new, |name| format!(":{name}"));
    let severity = painted(style_of(finding.severity), finding.severity.as_str());
    let control = painted(Style::new().bold(), &finding.control);
    let function = one_line(&format!("{}{on}", finding.function), 300);
    out.line(&format!("{severity}  {control}  {function}"));
    out.line(&painted(
        Style::new().dimmed(),
        &format!("finding {}", finding.fingerprint),
    ));
    out.line("");
    out.prose(explanation.title);
    out.prose(&finding.evidence.detail);
    out.prose(explanation.risk);
    if let Some(reason) = &explanation.accepted {
        out.prose(&format!("accepted: {reason}"));
    }
}

fn replacement(out: &mut Out, replacement: &Replacement) {
    match replacement {
        Replacement::NoPolicy => {}
        Replacement::Narrower(change) => {
            policies(out, change);
            out.proof("allows nothing that the old one did not", "proved");
            out.proof("closes the finding", "judged again with the replacement: gone");
        }
        Replacement::Wider(change) => {
            policies(out, change);
            out.proof(
                "allows more than the old one",
                "it has to: the finding is about what is denied",
            );
            out.proof("closes the finding", "judged again with the replacement: gone");
        }
        Replacement::Unproved { reasons } => {
            out.section("no replacement is offered");
            for reason in reasons {
                out.prose(reason);
            }
        }
    }
}

fn policies(out: &mut Out, change: &Change) {
    for policy in &change.policies {
        put_in(out, policy);
    }
    if let Some(confirm) = &change.confirm {
        out.section("for you to confirm");
        out.prose(confirm);
    }
    actions(out, ("no longer allowed of what a wildcard stood for", &change.dropped));
    actions(out, ("no longer denied beside what is needed", &change.freed));
    if !change.opens.is_empty() {
        out.section("opens on the function itself, and is less bad");
        change.opens.iter().for_each(|opened| out.prose(opened));
    }
    out.line("");
}

/// By what they do; more than fit on a page are counted.
fn actions(out: &mut Out, (title, all): (&str, &[String])) {
    if all.is_empty() {
        return;
    }
    out.section(title);
    let verbs = verbs(all);
    let shown = verbs.get(..MOST_VERBS).unwrap_or(&verbs).join(", ");
    match verbs.len().saturating_sub(MOST_VERBS) {
        0 => out.prose(&shown),
        more => out.prose(&format!("{shown} and {more} more kinds, which --format json names")),
    }
}

fn put_in(out: &mut Out, policy: &Replaced) {
    let label = one_line(&policy.place.label(), 300);
    match &policy.document {
        Some(document) => {
            let file = &policy.file;
            let title = if policy.is_new {
                format!("{file}, as {label}, which is new")
            } else {
                format!("{file}, instead of {label}")
            };
            out.section(&title);
            out.whole(document, &policy.changed);
        }
        None => out.section(&format!("nothing is left of {label}: it goes")),
    }
    out.lines(&policy.command);
}

/// In front of a line that decides, and of one that is other than before.
const DECIDES: &str = ">";
const CHANGED: &str = "+";

#[derive(Default)]
struct Out {
    text: String,
}

impl Out {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn section(&mut self, title: &str) {
        self.line("");
        self.line(&painted(Style::new().bold(), title));
    }

    fn prose(&mut self, text: &str) {
        self.line(&wrapped(&one_line(text, 4000), "    ", WIDTH));
    }

    /// Of what was just named.
    fn point(&mut self, text: &str) {
        self.line(&wrapped(&one_line(text, 4000), "      ", WIDTH));
    }

    /// Commands, line by line.
    fn lines(&mut self, text: &str) {
        for line in text.lines() {
            self.line(&format!("    {}", one_line(line, 4000)));
        }
    }

    fn proof(&mut self, what: &str, outcome: &str) {
        let style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Green)));
        self.line(&format!("{what}: {}", painted(style, outcome)));
    }

    fn document(&mut self, document: &Value, marked: &[usize], mark: &str) {
        let lines = lines(document, marked);
        if lines.len() <= LONG {
            self.marked(&lines, mark);
            return;
        }
        let (shown, left): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| line.is_marked || line.is_frame);
        self.marked(&shown, mark);
        self.line(&format!(
            "      … and {} lines of statements that do not decide",
            left.len()
        ));
    }

    /// What is to be put in stands there as a whole.
    fn whole(&mut self, document: &Value, changed: &[usize]) {
        self.marked(&lines(document, changed), CHANGED);
    }

    fn marked(&mut self, lines: &[Line], mark: &str) {
        let colour = if mark == CHANGED {
            AnsiColor::Green
        } else {
            AnsiColor::Red
        };
        let style = Style::new().fg_color(Some(Color::Ansi(colour)));
        for line in lines {
            if line.is_marked {
                self.line(&format!("  {}", painted(style, &format!("{mark} {}", line.text))));
            } else {
                self.line(&format!("    {}", line.text));
            }
        }
    }
}

/// A line of a document.
struct Line {
    text: String,
    is_marked: bool,
    /// It belongs to no statement.
    is_frame: bool,
}

/// The lines of a document, those of some of its statements marked.
fn lines(document: &Value, marked: &[usize]) -> Vec<Line> {
    let mut lines = Vec::new();
    let Value::Object(root) = document else { return lines };
    let mut add = |text: &str, (is_marked, is_frame): (bool, bool)| {
        lines.extend(text.lines().map(|line| Line {
            text: line.to_owned(),
            is_marked,
            is_frame,
        }));
    };
    add("{", (false, true));
    let members = ordered(root);
    for (place, (name, value)) in members.iter().enumerate() {
        let comma = if place + 1 < members.len() { "," } else { "" };
        match value {
            Value::Array(statements) if *name == "Statement" => {
                add("  \"Statement\": [", (false, true));
                for (at, statement) in statements.iter().enumerate() {
                    let between = if at + 1 < statements.len() { "," } else { "" };
                    let text = format!("    {}{between}", pretty(statement, 4));
                    add(&text, (marked.contains(&at), false));
                }
                add(&format!("  ]{comma}"), (false, true));
            }
            _ => add(
                &format!("  {}: {}{comma}", quoted(name), pretty(value, 2)),
                (false, true),
            ),
        }
    }
    add("}", (false, true));
    lines
}

fn ordered(members: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let place = |name: &str| MEMBERS.iter().position(|known| *known == name).unwrap_or(MEMBERS.len());
    let mut all: Vec<_> = members.iter().collect();
    all.sort_by_key(|(name, _)| place(name));
    all
}

/// JSON as people write policies: short lists on one line.
fn pretty(value: &Value, indent: usize) -> String {
    let flat = flat(value);
    if flat.chars().count() + indent <= 80 && !matches!(value, Value::Object(members) if members.len() > 1) {
        return flat;
    }
    let (inner, outer) = (" ".repeat(indent + 2), " ".repeat(indent));
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items
                .iter()
                .map(|item| format!("{inner}{}", pretty(item, indent + 2)))
                .collect();
            format!("[\n{}\n{outer}]", items.join(",\n"))
        }
        Value::Object(members) => {
            let members = ordered(members).into_iter();
            let members =
                members.map(|(name, value)| format!("{inner}{}: {}", quoted(name), pretty(value, indent + 2)));
            let members: Vec<String> = members.collect();
            format!("{{\n{}\n{outer}}}", members.join(",\n"))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => flat,
    }
}

fn flat(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(flat).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => {
            let members = ordered(members).into_iter();
            let members = members.map(|(name, value)| format!("{}: {}", quoted(name), flat(value)));
            let members: Vec<String> = members.collect();
            format!("{{{}}}", members.join(", "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// A JSON string in which everything can be seen: what a reader would not see is written as its number, which means the same.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            _ if is_visible(letter) => quoted.push(letter),
            _ => {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    let _ = write!(quoted, "\\u{unit:04x}");
                }
            }
        }
    }
    quoted.push('"');
    quoted
}

/// A request in words, one line each.
fn request(out: &mut Out, request: &Request) {
    let caller = match &request.caller {
        Caller::Anonymous => "anyone, without credentials",
        Caller::Principal { arn } => arn,
        Caller::Service { name } => name,
    };
    let line = format!("{} on {} by {caller}", request.action, request.resource);
    out.line(&format!("    {}", one_line(&line, 1000)));
    for (key, values) in &request.context {
        let values = match values {
            Values::One(value) => value.clone(),
            Values::Many(values) => format!("[{}]", values.join(", ")),
        };
        out.line(&format!("      {}", one_line(&format!("{key} = {values}"), 400)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_reads_back_as_what_it_was() {
        let hostile = "a\"\\\n\u{202e}\u{1b}[2J\u{e0041}é\u{1f525}";
        let document = serde_json::json!({"Version": "2012-10-17", "Statement": [
            {"Sid": hostile, "Effect": "Allow", "Action": ["a", "b"], "Resource": "*", "Condition": {"X": {"k": [hostile, "b"]}}},
            {"Effect": "Deny", "Action": "*", "Resource": (0..40).map(|at| format!("arn:aws:s3:::bucket-{at}")).collect::<Vec<_>>()}]});
        let all = lines(&document, &[1]);
        let text: Vec<&str> = all.iter().map(|line| line.text.as_str()).collect();
        let back: Value = serde_json::from_str(&text.join("\n")).expect("JSON");
        assert_eq!(back, document);
        assert!(text.iter().all(|line| line.chars().all(is_visible)));
        assert!(all.iter().filter(|line| line.is_marked).count() > 40);
    }

    #[test]
    fn deciding_statements_are_marked() {
        let document = serde_json::json!({"Statement": [{"Sid": "a"}, {"Sid": "b"}], "Version": "2012-10-17"});
        let marked = lines(&document, &[1]);
        let marked: Vec<&str> = marked
            .iter()
            .filter(|line| line.is_marked)
            .map(|line| line.text.as_str())
            .collect();
        assert_eq!(marked, ["    {\"Sid\": \"b\"}"]);
    }
}
