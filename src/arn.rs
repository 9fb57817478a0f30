//! Names of AWS things: accounts, Regions, ARNs, function and role ARNs, with the shapes that AWS allows.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod function;

pub use function::FunctionArn;

/// The longest ARN that is read; AWS documents 2,048 for policies and less everywhere else.
const LONGEST_ARN: usize = 2048;

/// A text that is not the name it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct NameError {
    text: String,
    expected: &'static str,
}

impl NameError {
    fn new(text: &str, expected: &'static str) -> Self {
        Self {
            text: text.chars().take(80).flat_map(char::escape_debug).collect(),
            expected,
        }
    }
}

/// An account id: twelve digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(Arc<str>);

impl AccountId {
    /// The twelve digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let digits = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits {
            Ok(Self(text.into()))
        } else {
            Err(NameError::new(text, "an account id of twelve digits"))
        }
    }
}

/// A Region's code, e.g. `eu-west-1`. Its form is open: partitions add new ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Region(Arc<str>);

impl Region {
    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The Region of its partition in which the records of IAM appear, as far as AWS documents one.
    pub fn global(&self) -> Option<Self> {
        const BY_PARTITION: [(&str, &str); 3] = [
            ("aws", "us-east-1"),
            ("aws-us-gov", "us-gov-west-1"),
            ("aws-eusc", "eusc-de-east-1"),
        ];
        let global = BY_PARTITION
            .iter()
            .find(|(partition, _)| *partition == self.partition());
        global.map(|(_, code)| Self((*code).into()))
    }

    /// The partition whose Regions have such codes.
    pub fn partition(&self) -> &'static str {
        const BY_PREFIX: [(&str, &str); 6] = [
            ("cn-", "aws-cn"),
            ("us-gov-", "aws-us-gov"),
            ("us-iso-", "aws-iso"),
            ("us-isob-", "aws-iso-b"),
            ("eu-isoe-", "aws-iso-e"),
            ("eusc-", "aws-eusc"),
        ];
        BY_PREFIX
            .iter()
            .find(|(prefix, _)| self.0.starts_with(prefix))
            .map_or("aws", |(_, partition)| partition)
    }
}

impl FromStr for Region {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if plain && (4..=32).contains(&text.len()) {
            Ok(Self(text.into()))
        } else {
            Err(NameError::new(text, "a Region's code such as eu-west-1"))
        }
    }
}

/// An ARN in its six parts; the resource part may hold colons.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Arn(Arc<str>);

impl Arn {
    /// The whole ARN.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn part(&self, index: usize) -> &str {
        let mut rest = &*self.0;
        for _ in 0..index {
            let colon = rest.bytes().position(|byte| byte == b':');
            rest = colon.and_then(|at| rest.get(at + 1..)).unwrap_or_default();
        }
        let end = rest.bytes().position(|byte| byte == b':').filter(|_| index < 5);
        end.and_then(|end| rest.get(..end)).unwrap_or(rest)
    }

    /// The partition: `aws`, `aws-cn`, …
    pub fn partition(&self) -> &str {
        self.part(1)
    }

    /// The service: `lambda`, `iam`, …
    pub fn service(&self) -> &str {
        self.part(2)
    }

    /// The Region, if this kind of ARN names one.
    pub fn region(&self) -> Option<Region> {
        self.part(3).parse().ok()
    }

    /// The account, if this kind of ARN names one.
    pub fn account(&self) -> Option<AccountId> {
        self.part(4).parse().ok()
    }

    /// Everything behind the account.
    pub fn resource(&self) -> &str {
        self.part(5)
    }

    /// The last segment of a path-like resource: the bare name of a role or policy.
    pub fn base_name(&self) -> &str {
        self.resource().rsplit('/').next().unwrap_or_default()
    }
}

impl FromStr for Arn {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let printable = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
        let whole =
            text.starts_with("arn:") && text.bytes().filter(|byte| *byte == b':').count() >= 5 && !text.ends_with(':');
        if printable && whole && text.len() <= LONGEST_ARN {
            Ok(Self(text.into()))
        } else {
            Err(NameError::new(text, "an ARN"))
        }
    }
}

macro_rules! text_like {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }
        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }
        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.as_str().to_owned()
            }
        }
    )*};
}
text_like!(AccountId, Region, Arn);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_taken_apart() {
        let arn: Arn = "arn:aws:iam::111122223333:role/service-role/orders".parse().unwrap();
        assert_eq!(
            (arn.partition(), arn.service(), arn.base_name()),
            ("aws", "iam", "orders")
        );
        assert_eq!(arn.account().unwrap().as_str(), "111122223333");
        assert_eq!(arn.region(), None);
    }

    #[test]
    fn what_is_no_name_is_refused_with_the_text() {
        assert_eq!(
            "12".parse::<AccountId>().unwrap_err().to_string(),
            "`12` is not an account id of twelve digits"
        );
        assert!("arn:aws:iam".parse::<Arn>().is_err());
        assert!(
            "arn:aws:lambda:eu-west-1:111122223333:function:a\nb"
                .parse::<Arn>()
                .is_err()
        );
        assert!("EU".parse::<Region>().is_err());
    }

    #[test]
    fn a_region_knows_its_partition() {
        let partition = |code: &str| code.parse::<Region>().unwrap().partition();
        assert_eq!(
            [
                "eu-west-1",
                "cn-north-1",
                "us-gov-west-1",
                "us-isob-east-1",
                "eusc-de-east-1"
            ]
            .map(partition),
            ["aws", "aws-cn", "aws-us-gov", "aws-iso-b", "aws-eusc"]
        );
    }
}
