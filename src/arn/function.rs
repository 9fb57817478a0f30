//! A function's ARN, and every spelling by which calls name a function.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
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
#[derive(Debug)]
struct Parts {
    account: AccountId,
    region: Region,
    /// All three with something between them that comes before every letter: one comparison tells the order.
    whole: Box<str>,
}

/// Stands between the parts.
const BETWEEN: char = '\0';

impl PartialEq for Parts {
    fn eq(&self, other: &Self) -> bool {
        self.whole == other.whole
    }
}

impl Eq for Parts {}

impl PartialOrd for Parts {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Parts {
    fn cmp(&self, other: &Self) -> Ordering {
        self.whole.cmp(&other.whole)
    }
}

impl Hash for Parts {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.whole.hash(state);
    }
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
                whole: format!("{account}{BETWEEN}{region}{BETWEEN}{name}").into(),
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
        let Parts { account, region, whole } = self.0.as_ref();
        let before = account.as_str().len() + region.as_str().len() + 2 * BETWEEN.len_utf8();
        whole.get(before..).unwrap_or_default()
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
        let (region, account) = (self.region(), self.account().as_str());
        let (partition, region) = (region.partition(), region.as_str());
        [
            "arn:",
            partition,
            ":lambda:",
            region,
            ":",
            account,
            ":function:",
            self.name(),
        ]
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
    fn account_region_and_name_decide_the_order() {
        let all = [
            "arn:aws:lambda:eu-west-1:111122223333:function:b",
            "arn:aws:lambda:eu-west-1:111122223333:function:b-a",
            "arn:aws:lambda:eu-west-1:111122223333:function:c",
            "arn:aws:lambda:eu-west-10:111122223333:function:a",
            "arn:aws:lambda:eu-west-2:111122223333:function:a",
            "arn:aws:lambda:eu-west-1:111122223334:function:a",
        ]
        .map(|arn| arn.parse::<FunctionArn>().unwrap());
        assert!(all.is_sorted());
        let parts = |arn: &FunctionArn| (arn.account().clone(), arn.region().clone(), arn.name().to_owned());
        assert!(all.is_sorted_by_key(parts));
        assert_eq!(all[1].name(), "b-a");
    }

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
