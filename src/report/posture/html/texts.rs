//! How does a text that thousands of functions have in common stand in the page once? By its number; a function's own name and ARN are left open.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use serde_json::{Value, json};

use crate::arn::FunctionArn;
use crate::plain::one_line;

/// Stands for the function's ARN: a control character, and these are taken out of every text.
const ARN: &str = "\u{1}";
/// Stands for its name.
const NAME: &str = "\u{2}";
/// A shorter name occurs in words that do not mean it.
const WORTH_NAMING: usize = 6;
/// Letters of one line.
const LONGEST: usize = 4000;

/// Texts by number.
#[derive(Default)]
pub(super) struct Texts {
    numbers: HashMap<String, usize, RandomState>,
    all: Vec<String>,
}

impl Texts {
    /// The number of a text.
    pub(super) fn number(&mut self, text: &str) -> usize {
        self.take(visible(text))
    }

    /// The number of a text about a function.
    pub(super) fn about(&mut self, function: &FunctionArn, text: &str) -> usize {
        let text = visible(text).replace(&function.to_string(), ARN);
        let name = function.name();
        if name.len() < WORTH_NAMING {
            return self.take(text);
        }
        self.take(text.replace(name, NAME))
    }

    /// The numbers of texts.
    pub(super) fn numbers<'t>(&mut self, texts: impl IntoIterator<Item = &'t String>) -> Vec<usize> {
        texts.into_iter().map(|text| self.number(text)).collect()
    }

    /// All of them, by number.
    pub(super) fn into_all(self) -> Vec<String> {
        self.all
    }

    fn take(&mut self, text: String) -> usize {
        if let Some(known) = self.numbers.get(&text) {
            return *known;
        }
        let number = self.all.len();
        self.all.push(text.clone());
        self.numbers.insert(text, number);
        number
    }
}

/// Values that many functions have in common, by number.
#[derive(Default)]
pub(super) struct Shared {
    numbers: HashMap<String, usize, RandomState>,
    all: Vec<Value>,
}

impl Shared {
    /// The number of a value.
    pub(super) fn number(&mut self, value: Value) -> usize {
        let text = value.to_string();
        if let Some(known) = self.numbers.get(&text) {
            return *known;
        }
        let number = self.all.len();
        self.all.push(value);
        self.numbers.insert(text, number);
        number
    }

    /// All of them, by number.
    pub(super) fn into_all(self) -> Value {
        json!(self.all)
    }
}

/// Without what cannot be seen or turns text around; lines stay lines.
fn visible(text: &str) -> String {
    if text
        .bytes()
        .all(|byte| byte == b'\n' || byte == b' ' || byte.is_ascii_graphic())
        && text.len() < LONGEST
    {
        return text.to_owned();
    }
    let lines: Vec<String> = text.split('\n').map(|line| one_line(line, LONGEST)).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_functions_have_in_common_stands_there_once() {
        let mut texts = Texts::default();
        let function = |name: &str| -> FunctionArn {
            format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}")
                .parse()
                .unwrap()
        };
        let (one, two) = (function("orders-api"), function("billing-api"));
        let numbers =
            [&one, &two].map(|function| texts.about(function, &format!("invoke {} of {function}", function.name())));
        assert_eq!(numbers, [0, 0]);
        assert_eq!(texts.into_all(), ["invoke \u{2} of \u{1}"]);
    }

    #[test]
    fn nobody_else_writes_what_stands_for_a_name() {
        let mut texts = Texts::default();
        texts.number("a\u{1}b\u{2}c\u{202e}");
        assert_eq!(texts.into_all(), ["a\u{fffd}b\u{fffd}c\u{fffd}"]);
    }
}
