//! Under which names does a case mean the same and show nobody's? Names, ids and addresses of actors are replaced, the same by the same
//! everywhere; what decides the judgement stays: actions, services, Regions, operators, keys, wildcards and what they match.

mod cipher;
mod node;
mod range;
mod text;
mod vocabulary;

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use serde_json::Value;

use cipher::Cipher;
use node::Node;
use vocabulary::{Meaning, is_everybodys, meaning};

pub use vocabulary::is_common;

/// Documents are texts within documents: a policy in the record of a call. Deeper than this they are taken as plain texts.
const DEEPEST: usize = 6;

/// New names for everything that documents name.
///
/// A word gets the same pseudonym wherever it stands, so that whatever belongs together still does: a function and its log group, a role and
/// the pattern that fits it. Letters become letters and digits digits, and a word is as long as it was. Nobody can undo it without the salt,
/// which belongs to one run and is kept nowhere.
#[derive(Debug)]
pub struct Pseudonyms {
    cipher: Cipher,
    /// Words, in lower case, that stand in names: statement ids are only changed where they repeat one.
    names: BTreeSet<String>,
}

impl Pseudonyms {
    /// For these documents, which belong to one case.
    pub fn new<'v>(salt: &[u8], documents: impl IntoIterator<Item = &'v Value>) -> Self {
        let (mut cipher, mut names) = (Cipher::new(salt), BTreeSet::new());
        for document in documents {
            let note = &mut |meaning: Meaning, text: &str| {
                text::words(text, &mut |word| cipher.note(word));
                if meaning == Meaning::Name && !text.contains(char::is_whitespace) {
                    text::words(text, &mut |word| names.extend([word.text.to_ascii_lowercase()]));
                }
                text.to_owned()
            };
            drop(walk(Node::from(document), Meaning::Name, DEEPEST, note));
        }
        cipher.settle();
        Self { cipher, names }
    }

    /// The document under other names.
    pub fn document(&self, document: &Value) -> Value {
        let renamed = walk(Node::from(document), Meaning::Name, DEEPEST, &mut |meaning, text| {
            self.renamed(meaning, text)
        });
        renamed.into()
    }

    /// A name, an ARN, a pattern or a line of prose under other names.
    pub fn text(&self, text: &str) -> String {
        self.renamed(Meaning::Name, text)
    }

    fn renamed(&self, meaning: Meaning, text: &str) -> String {
        match meaning {
            Meaning::Kept => text.to_owned(),
            Meaning::Address => match text.parse::<IpAddr>() {
                Ok(_) => self.address(text).to_string(),
                Err(_) => self.renamed(Meaning::Name, text),
            },
            Meaning::Range => match range::renamed(&self.cipher, text) {
                Some(range) => range,
                None => self.renamed(Meaning::Name, text),
            },
            Meaning::Label => text::rewritten(text, &mut |word| self.label(word.text)),
            Meaning::Name => text::rewritten(text, &mut |word| self.cipher.word(word.text)),
        }
    }

    /// An address of the networks that are kept for examples (RFC 5737).
    fn address(&self, address: &str) -> Ipv4Addr {
        let [network, host, ..] = self.cipher.digest("address", address);
        let [a, b, c] = [[192, 0, 2], [198, 51, 100], [203, 0, 113]]
            .get(usize::from(network % 3))
            .copied()
            .unwrap_or([192, 0, 2]);
        Ipv4Addr::new(a, b, c, host.clamp(1, 254))
    }

    /// A statement id says what somebody meant by it: of its words those are kept that are everybody's, unless a name has them.
    fn label(&self, word: &str) -> String {
        if self.is_name(word) || cipher::is_account(word) {
            return self.cipher.word(word);
        }
        let parts = text::humps(word).into_iter();
        let parts = parts.map(|part| {
            let letters = part.trim_end_matches(|letter: char| letter.is_ascii_digit());
            if is_everybodys(letters) && !self.is_name(part) {
                let number = part.get(letters.len()..).unwrap_or_default();
                format!("{letters}{}", self.cipher.word(number))
            } else {
                self.cipher.word(part)
            }
        });
        parts.collect()
    }

    fn is_name(&self, word: &str) -> bool {
        self.names.contains(&word.to_ascii_lowercase()) && !is_common(word)
    }
}

type Visit<'v> = dyn FnMut(Meaning, &str) -> String + 'v;

/// Every text of a document, by what it means; texts that hold documents are opened.
fn walk(node: Node, inherited: Meaning, depth: usize, visit: &mut Visit<'_>) -> Node {
    match node {
        Node::Plain(value) => number(value, visit),
        Node::Text(text) => Node::Text(embedded(&text, inherited, depth, visit)),
        Node::List(items) => Node::List(
            items
                .into_iter()
                .map(|item| walk(item, inherited, depth, visit))
                .collect(),
        ),
        Node::Object(members) => {
            let is_of_users = is_of_users(&members);
            let members = members.into_iter().map(|(name, value)| {
                let is_told = is_of_users && EVENT.contains(&name.as_str());
                if is_told {
                    (name, of_users(value, visit))
                } else {
                    member(name, value, depth, visit)
                }
            });
            Node::Object(members.collect())
        }
    }
}

/// The members of an event, and of a rule's pattern, that are their sender's words.
const EVENT: [&str; 3] = ["source", "detail-type", "detail"];

/// Whether an event or a pattern is about what somebody's own programs or partners say, and not AWS.
fn is_of_users(members: &[(String, Node)]) -> bool {
    let is_event = members.iter().any(|(name, _)| name.starts_with("detail"));
    let texts = texts_of(members, "source");
    if is_event && !members.iter().any(|(name, _)| name == "source") {
        return is_of_anybody(members);
    }
    texts
        .iter()
        .any(|text| vocabulary::is_source_of_users(text) && (is_event || text.contains('.')))
}

/// What the record of a call holds, by one of them.
const OF_CALLS: [&str; 3] = ["eventName", "eventSource", "userIdentity"];

/// Whether a pattern that names no source may be about what users' programs say: one about calls is not.
fn is_of_anybody(members: &[(String, Node)]) -> bool {
    let kinds = texts_of(members, "detail-type");
    let details = members.iter().filter(|(name, _)| name == "detail");
    let is_own = |(_, detail): &(String, Node)| match detail {
        Node::Object(inner) => !inner.iter().any(|(name, _)| OF_CALLS.contains(&name.as_str())),
        Node::Plain(_) | Node::Text(_) | Node::List(_) => false,
    };
    if kinds.is_empty() {
        return details.into_iter().any(is_own);
    }
    !kinds.iter().all(|kind| vocabulary::is_of_trail(kind))
}

/// The texts that a member holds.
fn texts_of<'n>(members: &'n [(String, Node)], member: &str) -> Vec<&'n str> {
    let mut texts = Vec::new();
    let own = members.iter().filter(|(name, _)| name == member);
    own.for_each(|(_, value)| value.texts(&mut texts));
    texts
}

/// Whatever stands there is a name; the members are called as the sender calls them.
fn of_users(node: Node, visit: &mut Visit<'_>) -> Node {
    match node {
        Node::Plain(value) => id(value, visit),
        // An AWS source may stand beside it.
        Node::Text(text) if vocabulary::is_source_of_aws(&text) && !text::names_somebody(&text) => Node::Text(text),
        Node::Text(text) => Node::Text(visit(Meaning::Name, &text)),
        Node::List(items) => Node::List(items.into_iter().map(|item| of_users(item, visit)).collect()),
        Node::Object(members) => {
            let members = members.into_iter();
            Node::Object(members.map(|(name, value)| (name, of_users(value, visit))).collect())
        }
    }
}

fn member(name: String, value: Node, depth: usize, visit: &mut Visit<'_>) -> (String, Node) {
    let value = match value {
        // The keys of tags are anybody's words, and say nothing about the values.
        Node::Object(tags) if name.eq_ignore_ascii_case("tags") => {
            let tags = tags.into_iter();
            Node::Object(
                tags.map(|(key, value)| (key, walk(value, Meaning::Name, depth, visit)))
                    .collect(),
            )
        }
        Node::Object(keys) if vocabulary::is_measuring(&name) => {
            let keys = keys.into_iter();
            Node::Object(keys.map(|(key, value)| measured(key, value, depth, visit)).collect())
        }
        value => walk(value, meaning(&name), depth, visit),
    };
    (key(name, visit), value)
}

/// A key with what a condition compares it with: a number is a size, an age or a time, and says the same of everybody.
fn measured(name: String, value: Node, depth: usize, visit: &mut Visit<'_>) -> (String, Node) {
    let mut texts = Vec::new();
    value.texts(&mut texts);
    let is_number = |text: &&str| text.parse::<f64>().is_ok() && !cipher::is_account(text);
    if texts.iter().all(is_number) && !matches!(value, Node::Object(_)) {
        return (key(name, visit), value);
    }
    member(name, value, depth, visit)
}

/// Behind its provider, a claim of a federated sign-in is called as the provider says.
fn key(name: String, visit: &mut Visit<'_>) -> String {
    if !vocabulary::is_named_by_users(&name) {
        return name;
    }
    match name.rsplit_once(':').filter(|_| !name.starts_with("arn:")) {
        Some((provider, claim)) => format!("{}:{claim}", visit(Meaning::Name, provider)),
        None => visit(Meaning::Name, &name),
    }
}

/// What users' programs count may be ids: of customers, of orders.
fn id(value: Value, visit: &mut Visit<'_>) -> Node {
    let text = match &value {
        Value::Number(number) => number.to_string(),
        _ => return Node::Plain(value),
    };
    let renamed = visit(Meaning::Name, &text);
    if renamed == text {
        return Node::Plain(value);
    }
    // A number does not begin with a zero.
    let start = renamed.find(|letter: char| letter != '-').unwrap_or_default();
    let (sign, digits) = renamed.split_at(start);
    let digits = digits
        .strip_prefix('0')
        .map_or_else(|| digits.to_owned(), |rest| format!("1{rest}"));
    let number = serde_json::from_str::<Value>(&format!("{sign}{digits}"));
    Node::Plain(number.unwrap_or(Value::Null))
}

/// An account id may be written as a number.
fn number(value: Value, visit: &mut Visit<'_>) -> Node {
    let text = match &value {
        Value::Number(number) => number.to_string(),
        _ => return Node::Plain(value),
    };
    if cipher::is_account(&text) {
        return Node::Text(visit(Meaning::Name, &text));
    }
    Node::Plain(value)
}

fn embedded(text: &str, meaning: Meaning, depth: usize, visit: &mut Visit<'_>) -> String {
    let inner = |text: &str, visit: &mut Visit<'_>| {
        let node = Node::parse(text).filter(|_| depth > 0)?;
        let renamed = walk(node, Meaning::Name, depth - 1, visit);
        serde_json::to_string(&renamed).ok()
    };
    if text.trim_start().starts_with(['{', '[']) {
        if let Some(renamed) = inner(text, visit) {
            return renamed;
        }
    } else if text.starts_with("%7B") || text.starts_with("%7b") {
        let renamed = text::unescaped(text).and_then(|json| inner(&json, visit));
        if let Some(renamed) = renamed {
            return text::escaped(&renamed);
        }
    }
    let is_address = matches!(meaning, Meaning::Address | Meaning::Range);
    if !is_address && vocabulary::is_kept(text) {
        return text.to_owned();
    }
    let meaning = if meaning == Meaning::Kept && text::names_somebody(text) {
        Meaning::Name
    } else {
        meaning
    };
    visit(meaning, text)
}

#[cfg(test)]
mod tests;
