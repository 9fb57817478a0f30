//! A function's ARN, and every spelling by which calls name a function.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AccountId, NameError, Region};

const SHAPE: &str = "a function's ARN";

/// A function without a qualifier: what is judged, and what a record is kept for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct FunctionArn(#[schemars(with = "String")] Arc<Parts>);

/// Every finding, record and listing names its function: they share the name.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Parts {
    account: AccountId,
    region: Region,
    name: String,
}

impl FunctionArn {
    /// The function `name` in an account and Region.
    pub fn new(account: &AccountId, region: &Region, name: &str) -> Result<Self, NameError> {
        let plain = name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if plain && (1..=140).contains(&name.len()) {
            Ok(Self(Arc::new(Parts {
                account: account.clone(),
                region: region.clone(),
                name: name.to_owned(),
            })))
        } else {
            Err(NameError::new(name, "a function's name"))
        }
    }

    /// Reads a name, `account:function:name` or ARN, each with or without a qualifier, as calls accept them.
    pub fn parse_loose(text: &str, account: &AccountId, region: &Region) -> Result<(Self, Option<String>), NameError> {
        let segments: Vec<&str> = text.split(':').collect();
        match segments.as_slice() {
            ["arn", _, "lambda", region, account, "function", rest @ ..] => {
                Self::named(rest, &account.parse()?, &region.parse()?)
            }
            [account, "function", rest @ ..] => Self::named(rest, &account.parse()?, region),
            ["function", rest @ ..] | rest => Self::named(rest, account, region),
        }
        .ok_or_else(|| NameError::new(text, "a function's name or ARN"))
    }

    fn named(segments: &[&str], account: &AccountId, region: &Region) -> Option<(Self, Option<String>)> {
        let (name, qualifier) = match segments {
            [name] => (name, None),
            [name, qualifier] => (name, Some((*qualifier).to_owned())),
            _ => return None,
        };
        Some((Self::new(account, region, name).ok()?, qualifier))
    }

    /// The account that owns the function.
    pub fn account(&self) -> &AccountId {
        &self.0.account
    }

    /// The Region that it runs in.
    pub fn region(&self) -> &Region {
        &self.0.region
    }

    /// The bare name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The ARN of a version or alias of it; `None` is the function itself.
    pub fn with_qualifier(&self, qualifier: Option<&str>) -> String {
        let mut arn = self.pieces().concat();
        if let Some(qualifier) = qualifier {
            arn.push(':');
            arn.push_str(qualifier);
        }
        arn
    }

    /// What the ARN is put together from.
    fn pieces(&self) -> [&str; 8] {
        let Parts { account, region, name } = self.0.as_ref();
        let (partition, region, account) = (region.partition(), region.as_str(), account.as_str());
        ["arn:", partition, ":lambda:", region, ":", account, ":function:", name]
    }
}

impl fmt::Display for FunctionArn {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces().into_iter().try_for_each(|piece| out.write_str(piece))
    }
}

impl FromStr for FunctionArn {
    type Err = NameError;

    /// Reads a whole ARN; a qualifier is dropped.
    fn from_str(text: &str) -> Result<Self, NameError> {
        let segments: Vec<&str> = text.split(':').collect();
        match segments.as_slice() {
            ["arn", _, "lambda", region, account, "function", rest @ ..] => {
                Self::named(rest, &account.parse()?, &region.parse()?).map(|(arn, _)| arn)
            }
            _ => None,
        }
        .ok_or_else(|| NameError::new(text, SHAPE))
    }
}

impl TryFrom<String> for FunctionArn {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<FunctionArn> for String {
    fn from(arn: FunctionArn) -> String {
        arn.pieces().concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_names_the_same_function() {
        let (account, region) = ("111122223333".parse().unwrap(), "eu-west-1".parse().unwrap());
        let arn = "arn:aws:lambda:eu-west-1:111122223333:function:orders";
        for text in ["orders", "function:orders", "111122223333:function:orders", arn] {
            let (function, qualifier) = FunctionArn::parse_loose(text, &account, &region).unwrap();
            assert_eq!((function.to_string().as_str(), qualifier), (arn, None), "{text}");
            let (function, qualifier) = FunctionArn::parse_loose(&format!("{text}:live"), &account, &region).unwrap();
            assert_eq!(
                (function.to_string().as_str(), qualifier.as_deref()),
                (arn, Some("live")),
                "{text}"
            );
        }
    }

    #[test]
    fn hostile_names_are_refused() {
        let (account, region) = ("111122223333".parse().unwrap(), "eu-west-1".parse().unwrap());
        for text in [
            "",
            "a b",
            "a\nb",
            "a:b:c:d:e:f:g:h",
            "arn:aws:s3:::bucket",
            &"x".repeat(200),
        ] {
            assert!(FunctionArn::parse_loose(text, &account, &region).is_err(), "{text:?}");
        }
    }
}
