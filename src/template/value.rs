//! What is known of a property before deployment: a value, a text with gaps, or why nothing is known.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

/// Why something is not known before deployment.
pub(super) type Why = Arc<str>;

/// A property's value, with its line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Value {
    pub(super) line: usize,
    pub(super) kind: Kind,
}

/// What is known.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// Left out, `null`, or `AWS::NoValue`.
    Nothing,
    Bool(bool),
    /// As it is written.
    Number(String),
    Text(String),
    /// Text with gaps (`None`), of which the first is explained.
    Partial(Vec<Option<String>>, Why),
    List(Vec<Value>),
    Map(Vec<Member>),
    Unknown(Why),
}

/// A member of a map.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) value: Value,
}

static NOTHING: Value = Value {
    line: 0,
    kind: Kind::Nothing,
};

impl Value {
    pub(super) fn new(line: usize, kind: Kind) -> Self {
        Self { line, kind }
    }

    pub(super) fn nothing() -> Self {
        NOTHING.clone()
    }

    pub(super) fn text(line: usize, text: impl Into<String>) -> Self {
        Self::new(line, Kind::Text(text.into()))
    }

    pub(super) fn unknown(line: usize, why: impl Into<Why>) -> Self {
        Self::new(line, Kind::Unknown(why.into()))
    }

    pub(super) fn list(line: usize, items: Vec<Self>) -> Self {
        Self::new(line, Kind::List(items))
    }

    /// A map of the members that are something.
    pub(super) fn map<'n>(line: usize, members: impl IntoIterator<Item = (&'n str, Self)>) -> Self {
        let member = |(name, value): (&str, Self)| Member {
            name: name.to_owned(),
            line: if value.line == 0 { line } else { value.line },
            value,
        };
        let members = members.into_iter().filter(|(_, value)| !value.is_nothing());
        Self::new(line, Kind::Map(members.map(member).collect()))
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.kind == Kind::Nothing
    }

    /// The member of a name; of what is not known, nothing is known.
    pub(super) fn get(&self, name: &str) -> &Self {
        self.member(name).map_or_else(
            || {
                if matches!(self.kind, Kind::Unknown(_)) {
                    self
                } else {
                    &NOTHING
                }
            },
            |member| &member.value,
        )
    }

    /// The member at the end of a way of names.
    pub(super) fn at(&self, way: &[&str]) -> &Self {
        way.iter().fold(self, |value, name| value.get(name))
    }

    pub(super) fn member(&self, name: &str) -> Option<&Member> {
        match &self.kind {
            Kind::Map(members) => members.iter().find(|member| member.name == name),
            _ => None,
        }
    }

    /// The text of a scalar; nothing where there is none.
    pub(super) fn word(&self) -> Result<Option<String>, Why> {
        match &self.kind {
            Kind::Nothing => Ok(None),
            Kind::Bool(value) => Ok(Some(value.to_string())),
            Kind::Number(text) | Kind::Text(text) => Ok(Some(text.clone())),
            Kind::Partial(_, why) | Kind::Unknown(why) => Err(why.clone()),
            Kind::List(_) => Err("a list stands where a text is expected".into()),
            Kind::Map(_) => Err("a map stands where a text is expected".into()),
        }
    }

    /// The text of a scalar that is known.
    pub(super) fn known(&self) -> Option<String> {
        self.word().ok().flatten()
    }

    /// A truth, as templates write it.
    pub(super) fn truth(&self) -> Result<Option<bool>, Why> {
        match self.word()? {
            None => Ok(None),
            Some(word) if word.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(word) if word.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(_) => Err("a text stands where true or false is expected".into()),
        }
    }

    pub(super) fn number(&self) -> Result<Option<i32>, Why> {
        let Some(word) = self.word()? else { return Ok(None) };
        let number = word
            .parse()
            .map_err(|_| Why::from("no number stands where one is expected"))?;
        Ok(Some(number))
    }

    /// The items of a list; one value stands for a list of one.
    pub(super) fn items(&self) -> Result<&[Self], Why> {
        match &self.kind {
            Kind::Nothing => Ok(&[]),
            Kind::List(items) => Ok(items),
            Kind::Unknown(why) => Err(why.clone()),
            Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::Partial(..) | Kind::Map(_) => {
                Ok(std::slice::from_ref(self))
            }
        }
    }

    /// The texts of a list.
    pub(super) fn words(&self) -> Result<Vec<String>, Why> {
        let words: Result<Vec<Option<String>>, Why> = self.items()?.iter().map(Self::word).collect();
        Ok(words?.into_iter().flatten().collect())
    }

    /// The members of a map.
    pub(super) fn members(&self) -> Result<&[Member], Why> {
        match &self.kind {
            Kind::Nothing => Ok(&[]),
            Kind::Map(members) => Ok(members),
            Kind::Unknown(why) => Err(why.clone()),
            Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::Partial(..) | Kind::List(_) => {
                Err("no map stands where one is expected".into())
            }
        }
    }

    /// The whole as JSON, if all of it is known.
    pub(super) fn json(&self) -> Result<Json, Why> {
        Ok(match &self.kind {
            Kind::Nothing => Json::Null,
            Kind::Bool(value) => Json::Bool(*value),
            Kind::Number(text) => text
                .parse::<serde_json::Number>()
                .map_or_else(|_| Json::String(text.clone()), Json::Number),
            Kind::Text(text) => Json::String(text.clone()),
            Kind::Partial(_, why) | Kind::Unknown(why) => return Err(why.clone()),
            Kind::List(items) => Json::Array(items.iter().map(Self::json).collect::<Result<_, _>>()?),
            Kind::Map(members) => {
                let members = members.iter().map(|one| Ok((one.name.clone(), one.value.json()?)));
                Json::Object(members.collect::<Result<Map<_, _>, Why>>()?)
            }
        })
    }

    /// What JSON says, all on one line.
    pub(super) fn of_json(line: usize, json: &Json) -> Self {
        let kind = match json {
            Json::Null => Kind::Nothing,
            Json::Bool(value) => Kind::Bool(*value),
            Json::Number(number) => Kind::Number(number.to_string()),
            Json::String(text) => Kind::Text(text.clone()),
            Json::Array(items) => Kind::List(items.iter().map(|item| Self::of_json(line, item)).collect()),
            Json::Object(members) => {
                let member = |(name, value): (&String, &Json)| Member {
                    name: name.clone(),
                    line,
                    value: Self::of_json(line, value),
                };
                Kind::Map(members.iter().map(member).collect())
            }
        };
        Self::new(line, kind)
    }

    /// The first thing in it that is not known.
    pub(super) fn gap(&self) -> Option<Why> {
        match &self.kind {
            Kind::Nothing | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) => None,
            Kind::Partial(_, why) | Kind::Unknown(why) => Some(why.clone()),
            Kind::List(items) => items.iter().find_map(Self::gap),
            Kind::Map(members) => members.iter().find_map(|member| member.value.gap()),
        }
    }

    /// How much text it holds, with something for each value.
    pub(super) fn size(&self) -> usize {
        16 + match &self.kind {
            Kind::Nothing | Kind::Bool(_) | Kind::Unknown(_) => 0,
            Kind::Number(text) | Kind::Text(text) => text.len(),
            Kind::Partial(parts, _) => parts.iter().flatten().map(String::len).sum(),
            Kind::List(items) => items.iter().map(Self::size).sum(),
            Kind::Map(members) => members.iter().map(|one| one.name.len() + one.value.size()).sum(),
        }
    }
}

/// Puts texts together, with gaps where one is not known.
#[derive(Debug, Default)]
pub(super) struct Text {
    parts: Vec<Option<String>>,
    why: Option<Why>,
}

impl Text {
    pub(super) fn push(&mut self, text: &str) {
        match self.parts.last_mut() {
            Some(Some(last)) => last.push_str(text),
            Some(None) | None => self.parts.push(Some(text.to_owned())),
        }
    }

    pub(super) fn push_value(&mut self, value: &Value) {
        match &value.kind {
            Kind::Partial(parts, why) => {
                for part in parts {
                    match part {
                        Some(text) => self.push(text),
                        None => self.gap(why),
                    }
                }
            }
            _ => match value.word() {
                Ok(word) => self.push(&word.unwrap_or_default()),
                Err(why) => self.gap(&why),
            },
        }
    }

    fn gap(&mut self, why: &Why) {
        self.why.get_or_insert_with(|| why.clone());
        if self.parts.last() != Some(&None) {
            self.parts.push(None);
        }
    }

    pub(super) fn finish(mut self, line: usize) -> Value {
        let kind = match self.why {
            None => Kind::Text(self.parts.pop().flatten().unwrap_or_default()),
            Some(why) if self.parts.iter().all(Option::is_none) => Kind::Unknown(why),
            Some(why) => Kind::Partial(self.parts, why),
        };
        Value::new(line, kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_with_gaps_keeps_what_is_known() {
        let mut text = Text::default();
        text.push("a-");
        text.push_value(&Value::text(1, "b"));
        text.push_value(&Value::unknown(1, "not said"));
        text.push("/*");
        let value = text.finish(3);
        let parts = vec![Some("a-b".to_owned()), None, Some("/*".to_owned())];
        assert_eq!(value.kind, Kind::Partial(parts, "not said".into()));
        assert_eq!(value.word(), Err("not said".into()));
        assert!(matches!(Text::default().finish(1).kind, Kind::Text(text) if text.is_empty()));
    }

    #[test]
    fn of_what_is_not_known_nothing_is_known() {
        let value = Value::map(1, [("A", Value::unknown(2, "not said")), ("B", Value::nothing())]);
        assert_eq!(value.at(&["A", "X", "Y"]).word(), Err("not said".into()));
        assert_eq!(value.get("B").word(), Ok(None));
        assert_eq!(value.gap(), Some("not said".into()));
        assert!(value.json().is_err());
    }
}
