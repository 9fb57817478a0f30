//! What would a policy document say with some of its statements changed? Every other statement stays as it is written.

use serde_json::{Map, Value, json};

use crate::policy::{Effect, Policy, Statement};

/// A statement's members.
pub(super) type Members = Map<String, Value>;

/// A document on which statements are changed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Draft {
    root: Members,
    pieces: Vec<Piece>,
    is_changed: bool,
}

/// A statement, under the name that it had before it was changed: so that findings about it keep theirs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    /// The name.
    pub(super) label: String,
    /// Whether it grants.
    pub(super) is_allow: bool,
    /// What it says.
    pub(super) members: Members,
}

impl Draft {
    /// The document as it stands; nothing if it is none.
    pub(super) fn read(text: &str) -> Option<Self> {
        let policy = Policy::parse(text).ok()?;
        let Value::Object(mut root) = serde_json::from_str(&Policy::plain(text).ok()?).ok()? else {
            return None;
        };
        let statements = match root.remove("Statement")? {
            Value::Array(all) => all,
            one => vec![one],
        };
        let pieces = statements.into_iter().zip(policy.statements());
        let pieces: Option<Vec<Piece>> = pieces.map(|(json, statement)| Piece::new(json, statement)).collect();
        Some(Self {
            root,
            pieces: pieces?,
            is_changed: false,
        })
    }

    /// A document without statements, in the present version of the language.
    pub(super) fn empty() -> Self {
        let mut root = Members::new();
        root.insert("Version".to_owned(), json!("2012-10-17"));
        Self {
            root,
            pieces: Vec::new(),
            is_changed: false,
        }
    }

    /// The statements.
    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The places of the statements with one of these names.
    pub(super) fn places(&self, labels: &[String]) -> Vec<usize> {
        let named = self.pieces.iter().enumerate();
        named
            .filter(|(_, piece)| labels.contains(&piece.label))
            .map(|(place, _)| place)
            .collect()
    }

    /// With other statements in the place of one; none of them takes it out.
    pub(super) fn with(&self, place: usize, instead: Vec<Members>) -> Self {
        let mut instead = Some(instead);
        self.replacing(|own, _| (own == place).then(|| instead.take().unwrap_or_default()))
    }

    /// With other statements in the place of each for which some are given.
    pub(super) fn replacing(&self, mut instead: impl FnMut(usize, &Piece) -> Option<Vec<Members>>) -> Self {
        let mut changed = Self {
            root: self.root.clone(),
            pieces: Vec::with_capacity(self.pieces.len() + 1),
            is_changed: self.is_changed,
        };
        for (place, piece) in self.pieces.iter().enumerate() {
            match instead(place, piece) {
                Some(others) => {
                    changed.is_changed = true;
                    changed
                        .pieces
                        .extend(others.into_iter().map(|members| piece.saying(members)));
                }
                None => changed.pieces.push(piece.clone()),
            }
        }
        changed
    }

    /// With further statements at its end.
    pub(super) fn and(&self, more: impl IntoIterator<Item = Members>) -> Self {
        let mut changed = self.clone();
        changed.is_changed = true;
        for members in more {
            let label = format!("added-{}", changed.pieces.len() + 1);
            let is_allow = members.get("Effect") == Some(&json!("Allow"));
            changed.pieces.push(Piece {
                label,
                is_allow,
                members,
            });
        }
        changed
    }

    /// Without the statements that fit.
    pub(super) fn without(&self, leaves: impl Fn(usize, &Piece) -> bool) -> Self {
        self.replacing(|place, piece| leaves(place, piece).then(Vec::new))
    }

    /// Whether it says anything else than at first.
    pub(super) fn is_changed(&self) -> bool {
        self.is_changed
    }

    /// The document to put in.
    pub(super) fn document(&self) -> Value {
        self.written(|piece| piece.members.clone())
    }

    /// The document to judge: each statement carries its old name.
    pub(super) fn judged(&self) -> String {
        let named = self.written(|piece| {
            let mut members = piece.members.clone();
            members.insert("Sid".to_owned(), json!(piece.label));
            members
        });
        named.to_string()
    }

    fn written(&self, members: impl Fn(&Piece) -> Members) -> Value {
        let statements = self.pieces.iter().map(|piece| Value::Object(members(piece)));
        let mut root = self.root.clone();
        root.insert("Statement".to_owned(), Value::Array(statements.collect()));
        Value::Object(root)
    }
}

impl Piece {
    fn new(json: Value, statement: &Statement) -> Option<Self> {
        let Value::Object(members) = json else { return None };
        Some(Self {
            label: statement.label(),
            is_allow: statement.effect == Effect::Allow,
            members,
        })
    }

    /// Under its name with other members.
    pub(super) fn saying(&self, members: Members) -> Self {
        Self {
            label: self.label.clone(),
            is_allow: members.get("Effect") == Some(&json!("Allow")),
            members,
        }
    }

    /// The texts of a member that holds one or several; nothing where it is absent or of another form.
    pub(super) fn texts(&self, member: &str) -> Option<Vec<String>> {
        match self.members.get(member)? {
            Value::String(text) => Some(vec![text.clone()]),
            Value::Array(all) => all.iter().map(|one| one.as_str().map(str::to_owned)).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
        }
    }

    /// With another value of a member, and without its `Not…` form.
    pub(super) fn set(&self, member: &str, value: Value) -> Members {
        let mut members = self.members.clone();
        members.remove(&format!("Not{member}"));
        members.insert(member.to_owned(), value);
        members
    }

    /// With a member that lists these; one stands alone.
    pub(super) fn listing(&self, member: &str, texts: &[String]) -> Members {
        self.set(member, list(texts))
    }

    /// With one more condition, which replaces what the same operator asks of the key.
    pub(super) fn asking(&self, operator: &str, key: &str, values: &[String]) -> Members {
        let mut members = self.members.clone();
        let block = members.entry("Condition").or_insert_with(|| json!({}));
        if let Value::Object(block) = block {
            let operators = block.entry(operator).or_insert_with(|| json!({}));
            if let Value::Object(keys) = operators {
                keys.retain(|known, _| !known.eq_ignore_ascii_case(key));
                keys.insert(key.to_owned(), list(values));
            }
        }
        members
    }

    /// What its conditions ask of a key, whatever the operator.
    pub(super) fn asked(&self, key: &str) -> Vec<String> {
        let Some(Value::Object(operators)) = self.members.get("Condition") else {
            return Vec::new();
        };
        let keys = operators.values().filter_map(Value::as_object).flatten();
        let values = keys
            .filter(|(own, _)| own.eq_ignore_ascii_case(key))
            .map(|(_, value)| value);
        let texts = values.flat_map(|value| match value {
            Value::Array(all) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Value::String(one) => vec![one.clone()],
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
        });
        texts.collect()
    }

    /// The principals one by one, each as the kind and its name; nothing where they are written as `*` alone.
    pub(super) fn principals(&self) -> Option<Vec<(String, String)>> {
        let Value::Object(kinds) = self.members.get("Principal")? else {
            return None;
        };
        let mut all = Vec::new();
        for (kind, names) in kinds {
            match names {
                Value::String(name) => all.push((kind.clone(), name.clone())),
                Value::Array(names) => {
                    for name in names {
                        all.push((kind.clone(), name.as_str()?.to_owned()));
                    }
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return None,
            }
        }
        Some(all)
    }

    /// With these principals only.
    pub(super) fn held_by(&self, principals: &[(String, String)]) -> Members {
        let mut kinds: Map<String, Value> = Map::new();
        for (kind, _) in principals {
            let names = principals.iter().filter(|(own, _)| own == kind);
            let names: Vec<String> = names.map(|(_, name)| name.clone()).collect();
            kinds.insert(kind.clone(), list(&names));
        }
        self.set("Principal", Value::Object(kinds))
    }
}

/// One text alone, several as a list.
pub(super) fn list(texts: &[String]) -> Value {
    match texts {
        [one] => json!(one),
        several => json!(several),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_statement_keeps_its_name() {
        let text = r#"{"Version":"2012-10-17","Id":"x","Statement":{"Effect":"Allow","Action":["s3:*","sqs:*"],"Resource":"*"}}"#;
        let draft = Draft::read(text).expect("a policy");
        let label = Policy::parse(text).expect("a policy").statements()[0].label();
        assert_eq!(draft.places(std::slice::from_ref(&label)), [0]);
        let narrow = draft.pieces()[0].listing("Action", &["sqs:SendMessage".to_owned()]);
        let changed = draft.with(0, vec![narrow]);
        assert_eq!(changed.document()["Statement"][0]["Action"], "sqs:SendMessage");
        assert_eq!(changed.document()["Id"], "x");
        let judged = Policy::parse(&changed.judged()).expect("a policy");
        assert_eq!(judged.statements()[0].label(), label);
        assert!(draft.with(0, Vec::new()).is_empty());
    }

    #[test]
    fn a_condition_is_added_beside_others() {
        let text = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunction","Resource":"*",
            "Condition":{"StringEquals":{"AWS:sourceaccount":["1","2"],"k":"v"}}}}"#;
        let draft = Draft::read(text).expect("a policy");
        let changed = draft.pieces()[0].asking("StringEquals", "aws:SourceAccount", &["1".to_owned()]);
        assert_eq!(
            changed["Condition"],
            json!({"StringEquals": {"aws:SourceAccount": "1", "k": "v"}})
        );
    }
}
