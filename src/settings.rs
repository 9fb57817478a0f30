//! What the user decides: whom to trust, how loud a control is, which findings are accepted, why and until when.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::arn::AccountId;
use crate::controls;
use crate::finding::{Finding, Severity};

/// The longest settings text that is read.
const LONGEST_SETTINGS: usize = 256 * 1024;

/// A quarter, as most reviews of access have it; Lambda functions that run once a quarter are rare.
const UNUSED_AFTER_DAYS: u16 = 90;

/// A quarter, too: time to plan the move to another runtime.
const EXPIRING_WITHIN_DAYS: u16 = 90;

/// The user's settings.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Settings {
    /// Id of the own organization, such as `o-exampleorg1`: its accounts are not external.
    pub organization: Option<String>,
    /// Other accounts that may be granted access.
    pub trusted_accounts: BTreeSet<AccountId>,
    /// Other organizations that may be granted access.
    pub trusted_organizations: BTreeSet<String>,
    /// Control id to the severity that its findings get.
    pub severities: BTreeMap<String, Severity>,
    /// Findings that are accepted.
    pub suppressions: Vec<Suppression>,
    /// After how many days without use a permission of a role counts as not needed; 90 if it is left out.
    pub unused_after_days: Option<u16>,
    /// How many days before a runtime is deprecated it counts as expiring; 90 if it is left out.
    pub expiring_within_days: Option<u16>,
    /// Who deploys: ARNs of roles, users or sessions, or service principals such as `cloudformation.amazonaws.com`; `*` stands
    /// for any text. Left out: code may be changed by anyone.
    pub deployers: Option<BTreeSet<String>>,
}

/// Findings that are accepted for a reason, until a date.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Suppression {
    /// Id of the control.
    pub control: String,
    /// The function's name or ARN; `*` stands for any text.
    pub function: String,
    /// Only findings about this subject (statement id, variable name, …).
    #[serde(default)]
    pub subject: Option<String>,
    /// Why it is accepted; people read it.
    pub reason: String,
    /// The last day on which it holds, in UTC.
    #[schemars(with = "String")]
    pub expires: Date,
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Not JSON, or not of the right form.
    #[error("settings: `{path}`: {detail}; compare with `vigil schema settings`")]
    Form {
        /// Path of the member.
        path: String,
        /// What is wrong with it.
        detail: String,
    },
    /// A value that names nothing.
    #[error("settings: `{path}` names `{text}`: {problem}")]
    Value {
        /// Path of the member.
        path: String,
        /// Its text.
        text: String,
        /// What is wrong, and what to do.
        problem: &'static str,
    },
}

impl Settings {
    /// Reads settings from JSON.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        if text.len() > LONGEST_SETTINGS {
            let detail = format!(
                "{} bytes are more than the {LONGEST_SETTINGS} that are read",
                text.len()
            );
            return Err(SettingsError::Form {
                path: ".".to_owned(),
                detail,
            });
        }
        let mut json = serde_json::Deserializer::from_str(text);
        let settings: Self = serde_path_to_error::deserialize(&mut json).map_err(|error| SettingsError::Form {
            path: error.path().to_string(),
            detail: error.inner().to_string(),
        })?;
        json.end().map_err(|error| SettingsError::Form {
            path: ".".to_owned(),
            detail: error.to_string(),
        })?;
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), SettingsError> {
        let unknown = "no such control; `vigil controls list` shows the ids";
        if let Some(id) = self.severities.keys().find(|id| controls::find(id).is_none()) {
            return Err(problem("severities".to_owned(), id, unknown));
        }
        for (
            index,
            Suppression {
                control,
                function,
                reason,
                ..
            },
        ) in self.suppressions.iter().enumerate()
        {
            let path = |member: &str| format!("suppressions[{index}].{member}");
            if controls::find(control).is_none() {
                return Err(problem(path("control"), control, unknown));
            }
            if reason.trim().is_empty() {
                return Err(problem(
                    path("reason"),
                    "",
                    "a suppression needs a reason that people can read",
                ));
            }
            if function.trim().is_empty() {
                return Err(problem(
                    path("function"),
                    "",
                    "give the function's name, or `*` for all",
                ));
            }
        }
        Ok(())
    }

    /// After how many days without use a permission of a role counts as not needed.
    pub fn unused_after_days(&self) -> u16 {
        self.unused_after_days.unwrap_or(UNUSED_AFTER_DAYS)
    }

    /// How many days before a runtime is deprecated it counts as expiring.
    pub fn expiring_within_days(&self) -> u16 {
        self.expiring_within_days.unwrap_or(EXPIRING_WITHIN_DAYS)
    }

    /// Whether any of these names is one of those who deploy; `None` if nobody said who does.
    pub fn is_deployer<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Option<bool> {
        let deployers = self.deployers.as_ref()?;
        let is_listed = |name: &str| {
            let mut patterns = deployers.iter();
            patterns.any(|pattern| matches(pattern, name) || matches(&without_path(pattern), name))
        };
        Some(names.into_iter().any(is_listed))
    }

    /// The suppression that covers a finding now.
    pub fn suppression(&self, finding: &Finding, now: Timestamp) -> Option<&Suppression> {
        self.suppressions
            .iter()
            .find(|suppression| suppression.covers(finding) && suppression.holds(now))
    }
}

/// A session's ARN has lost the path of its role.
fn without_path(pattern: &str) -> String {
    match pattern.split_once(":role/") {
        Some((account, role)) => format!("{account}:role/{}", role.rsplit('/').next().unwrap_or(role)),
        None => pattern.to_owned(),
    }
}

fn problem(path: String, text: &str, problem: &'static str) -> SettingsError {
    SettingsError::Value {
        path,
        text: text.to_owned(),
        problem,
    }
}

impl Suppression {
    fn covers(&self, finding: &Finding) -> bool {
        self.control == finding.control
            && (matches(&self.function, finding.function.name())
                || matches(&self.function, &finding.function.to_string()))
            && self
                .subject
                .as_ref()
                .is_none_or(|subject| *subject == finding.evidence.subject)
    }

    fn holds(&self, now: Timestamp) -> bool {
        now.to_zoned(TimeZone::UTC).date() <= self.expires
    }
}

/// Whether `*` in the pattern can stand for parts of the text so that both are equal.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Evidence;

    const TEXT: &str = r#"{"suppressions": [{"control": "invoke-public", "function": "web*", "reason": "public by design",
        "expires": "2026-12-31"}], "trustedAccounts": ["444455556666"]}"#;

    fn finding(name: &str) -> Finding {
        let function = format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}")
            .parse()
            .unwrap();
        Finding::new("invoke-public", &function, Severity::Critical, Evidence::new("s", ""))
    }

    #[test]
    fn a_suppression_covers_by_pattern_until_the_end_of_its_last_day() {
        let settings = Settings::parse(TEXT).unwrap();
        let at = |time: &str| {
            settings
                .suppression(&finding("web-shop"), time.parse().unwrap())
                .is_some()
        };
        assert!(at("2026-12-31T23:59:59Z"));
        assert!(!at("2027-01-01T00:00:00Z"));
        assert!(
            settings
                .suppression(&finding("shop-web"), "2026-01-01T00:00:00Z".parse().unwrap())
                .is_none()
        );
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
    fn mistakes_are_named_by_their_path() {
        let error = |text: &str| Settings::parse(text).unwrap_err().to_string();
        assert!(error(r#"{"trustedAccounts": ["12"]}"#).contains("`trustedAccounts[0]`"));
        assert!(error(r#"{"organisation": "o-1"}"#).contains("organisation"));
        assert!(error(&TEXT.replace("invoke-public", "invoke-publik")).contains("`suppressions[0].control`"));
        assert!(error(&TEXT.replace("public by design", " ")).contains("reason"));
        assert!(error(&TEXT.replace("\"reason\": \"public by design\",", "")).contains("reason"));
    }
}
