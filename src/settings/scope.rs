//! For which functions does a decision hold? By name, account, Region and tag; what is left out does not matter.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::arn::{AccountId, FunctionArn, Region};

const LONGEST_PATTERN: usize = 512;

/// A text in which `*` stands for any text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct Pattern(String);

impl TryFrom<String> for Pattern {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.trim().is_empty() {
            return Err("is empty; give a name, or `*` for all");
        }
        if text.len() > LONGEST_PATTERN {
            return Err("is longer than 512 bytes");
        }
        Ok(Self(text))
    }
}

impl Pattern {
    /// The pattern as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the stars can stand for parts of the text so that both are equal.
    pub fn matches(&self, text: &str) -> bool {
        matches(&self.0, text)
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(mut left) = text.strip_prefix(head).and_then(|left| left.strip_suffix(tail)) else {
        return false;
    };
    for part in middle.split('*') {
        match left.split_once(part) {
            Some((_, behind)) => left = behind,
            None => return false,
        }
    }
    true
}

/// A tag on the function.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TagScope {
    /// The key.
    pub key: String,
    /// The value, in which `*` stands for any text; left out: any value.
    #[serde(default)]
    pub value: Option<Pattern>,
}

/// The function that is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The function.
    pub function: &'a FunctionArn,
    /// Its tags; `None` if they could not be read.
    pub tags: Option<&'a BTreeMap<String, String>>,
}

/// For which functions a decision holds; empty is every function.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// The function's name or ARN.
    pub function: Option<Pattern>,
    /// The account.
    pub account: Option<AccountId>,
    /// The Region.
    pub region: Option<Region>,
    /// A tag on it.
    pub tag: Option<TagScope>,
}

impl Scope {
    /// Whether nothing is said, so that it holds for every function.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it holds for a function; `None` if that hangs on tags that could not be read.
    pub fn covers(&self, target: &Target<'_>) -> Option<bool> {
        let function = target.function;
        let is_it = self
            .function
            .as_ref()
            .is_none_or(|pattern| pattern.matches(function.name()) || pattern.matches(&function.to_string()));
        if !is_it || !self.is_in(function.account(), function.region()) {
            return Some(false);
        }
        let Some(tag) = &self.tag else { return Some(true) };
        let value = target.tags?.get(&tag.key);
        Some(value.is_some_and(|value| tag.value.as_ref().is_none_or(|pattern| pattern.matches(value))))
    }

    /// Whether it can hold for a function of an account and Region.
    pub fn reaches(&self, account: &AccountId, region: &Region) -> bool {
        let arn: Vec<&str> = self
            .function
            .iter()
            .flat_map(|pattern| pattern.as_str().split(':'))
            .collect();
        let named = match arn.as_slice() {
            ["arn", _, "lambda", in_region, of_account, "function", _] => {
                matches(in_region, region.as_str()) && matches(of_account, account.as_str())
            }
            _ => true,
        };
        named && self.is_in(account, region)
    }

    fn is_in(&self, account: &AccountId, region: &Region) -> bool {
        self.account.as_ref().is_none_or(|own| own == account) && self.region.as_ref().is_none_or(|own| own == region)
    }

    /// What it says, in words that stay the same.
    pub fn words(&self) -> Vec<String> {
        let tag = self.tag.as_ref().map(|tag| match &tag.value {
            Some(value) => format!("tag {}={}", tag.key, value.as_str()),
            None => format!("tag {}", tag.key),
        });
        let function = self.function.as_ref().map(|pattern| pattern.as_str().to_owned());
        let account = self.account.as_ref().map(|account| format!("account {account}"));
        let region = self.region.as_ref().map(|region| format!("Region {region}"));
        [function, account, region, tag].into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(function: Option<&str>, tag: Option<(&str, &str)>) -> Scope {
        Scope {
            function: function.map(|text| Pattern(text.to_owned())),
            tag: tag.map(|(key, value)| TagScope {
                key: key.to_owned(),
                value: Some(Pattern(value.to_owned())),
            }),
            ..Scope::default()
        }
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, expected) in [
            ("web", "web", true),
            ("web", "webs", false),
            ("*", "", true),
            ("a*a", "a", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c", false),
            ("**x", "x", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn tags_that_were_not_read_leave_it_open_only_where_they_matter() {
        let function = "arn:aws:lambda:eu-west-1:111122223333:function:web".parse().unwrap();
        let tags = BTreeMap::from([("stage".to_owned(), "test-2".to_owned())]);
        let (known, unknown) = (
            Target {
                function: &function,
                tags: Some(&tags),
            },
            Target {
                function: &function,
                tags: None,
            },
        );
        let by_tag = scope(None, Some(("stage", "test*")));
        assert_eq!((by_tag.covers(&known), by_tag.covers(&unknown)), (Some(true), None));
        assert_eq!(scope(None, Some(("stage", "prod"))).covers(&known), Some(false));
        let other = scope(Some("shop"), Some(("stage", "test*")));
        assert_eq!(other.covers(&unknown), Some(false), "whatever its tags are");
        assert_eq!(scope(Some("web"), None).covers(&unknown), Some(true));
    }

    #[test]
    fn an_arn_says_where_it_can_hold() {
        let (account, region) = ("111122223333".parse().unwrap(), "eu-west-1".parse().unwrap());
        let reaches = |pattern: &str| scope(Some(pattern), None).reaches(&account, &region);
        assert!(reaches("web*") && reaches("arn:aws:lambda:*:111122223333:function:web"));
        assert!(!reaches("arn:aws:lambda:us-east-1:111122223333:function:web"));
        assert!(!reaches("arn:aws:lambda:eu-west-1:444455556666:function:web"));
    }
}
