//! Findings that are accepted by the settings: which ones, why, and until when.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::{ControlId, Pattern, Scope, TagScope, Target, day};
use crate::arn::{AccountId, Region};
use crate::finding::Finding;

/// Findings that are accepted for a reason, until a date.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Suppression {
    /// The control.
    pub control: ControlId,
    /// For which functions; never for all by omission.
    pub scope: Scope,
    /// Only findings about this subject.
    pub subject: Option<String>,
    /// Why it is accepted; people read it.
    pub reason: String,
    /// The last day on which it holds, in UTC.
    pub expires: Date,
}

/// Findings that are accepted for a reason, until a date. At least one of function, account, region and tag is given.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Suppression")]
pub(super) struct Written {
    /// Id of the control.
    control: ControlId,
    /// The function's name or ARN; `*` stands for any text.
    #[serde(default)]
    function: Option<Pattern>,
    /// Only functions of this account.
    #[serde(default)]
    account: Option<AccountId>,
    /// Only functions of this Region.
    #[serde(default)]
    region: Option<Region>,
    /// Only functions with this tag.
    #[serde(default)]
    tag: Option<TagScope>,
    /// Only findings about this subject (statement id, variable name, …).
    #[serde(default)]
    subject: Option<String>,
    /// Why it is accepted; people read it.
    #[serde(deserialize_with = "reason")]
    reason: String,
    /// The last day on which it holds, in UTC.
    #[serde(deserialize_with = "day::read")]
    #[schemars(with = "String", extend("format" = "date"))]
    expires: Date,
}

impl JsonSchema for Suppression {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Written::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Written::json_schema(generator)
    }
}

fn reason<'de, D: Deserializer<'de>>(text: D) -> Result<String, D::Error> {
    let text = String::deserialize(text)?;
    if text.trim().is_empty() {
        return Err(D::Error::custom("a suppression needs a reason that people can read"));
    }
    Ok(text)
}

impl TryFrom<Written> for Suppression {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let scope = Scope {
            function: written.function,
            account: written.account,
            region: written.region,
            tag: written.tag,
        };
        if scope.is_everything() {
            return Err("names no function: give `function` (`*` for all), `account`, `region` or `tag`");
        }
        Ok(Self {
            control: written.control,
            scope,
            subject: written.subject,
            reason: written.reason,
            expires: written.expires,
        })
    }
}

impl Suppression {
    /// Whether it covers a finding of a function; `None` if that hangs on tags that could not be read.
    pub fn covers(&self, finding: &Finding, target: &Target<'_>) -> Option<bool> {
        let subject = &finding.evidence.subject;
        let is_it = self.control.as_str() == finding.control && self.subject.as_ref().is_none_or(|own| own == subject);
        if is_it { self.scope.covers(target) } else { Some(false) }
    }

    /// Whether its last day has not passed.
    pub fn holds(&self, today: Date) -> bool {
        today <= self.expires
    }

    /// What it is called in front of people: the same wherever it stands in the settings.
    pub fn name(&self) -> String {
        let mut words = self.scope.words();
        words.extend(self.subject.iter().map(|subject| format!("subject {subject}")));
        format!("{} on {}", self.control, words.join(", "))
    }
}
