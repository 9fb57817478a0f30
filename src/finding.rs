//! A defect of one function, what shows it, and the name under which it stays the same from one evaluation to the next.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::arn::FunctionArn;

mod fill;

pub use fill::Fill;

/// How bad, in Security Hub's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Informational,
    /// Hygiene.
    Low,
    /// A weakness that needs a second one.
    Medium,
    /// One step away from harm.
    High,
    /// Open now.
    Critical,
}

impl Severity {
    /// All, mildest first.
    pub const ALL: [Self; 5] = [Self::Informational, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|severity| severity.as_str() == text);
        known.ok_or_else(|| format!("`{text}` is no severity; use informational, low, medium, high or critical"))
    }
}

/// What shows a defect.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// What to touch: statement id, variable name, port. Stable, for it is part of the fingerprint.
    pub subject: String,
    /// What was seen; may change while the finding stays the same.
    pub detail: String,
    /// The version or alias that is concerned, if it is not the function itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qualifier: Option<String>,
    /// Another severity than the control's own, where the evidence is worse or milder than usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Values for the remediation's placeholders.
    #[serde(default, skip_serializing_if = "Fill::is_empty")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub fill: Fill,
    /// The remediation of this case, where the control's own does not fit; with the same placeholders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remediation: Option<Cow<'static, str>>,
}

impl Evidence {
    /// Evidence about a subject.
    pub fn new(subject: impl Into<String>, detail: impl Into<String>) -> Self {
        let (subject, detail) = (subject.into(), detail.into());
        Self {
            subject,
            detail,
            qualifier: None,
            severity: None,
            fill: Fill::default(),
            remediation: None,
        }
    }

    /// On a version or alias.
    #[must_use]
    pub fn on(mut self, qualifier: Option<&str>) -> Self {
        self.qualifier = qualifier.map(str::to_owned);
        self
    }

    /// Worse or milder than the control's own severity.
    #[must_use]
    pub fn rated(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// Takes another remediation than the control's.
    #[must_use]
    pub fn fixed_by(mut self, template: impl Into<Cow<'static, str>>) -> Self {
        self.remediation = Some(template.into());
        self
    }

    /// Gives a placeholder of the remediation its value.
    #[must_use]
    pub fn fill(mut self, placeholder: &str, value: impl Into<String>) -> Self {
        self.fill.insert(placeholder, value.into());
        self
    }
}

/// The name under which a finding stays the same: of control, function with qualifier, and subject.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint(#[schemars(with = "String")] [u8; 16]);

impl Fingerprint {
    /// That of a finding of a control on a function.
    pub(crate) fn of(control: &str, function: &FunctionArn, evidence: &Evidence) -> Self {
        let arn = function.with_qualifier(evidence.qualifier.as_deref());
        Self(digest([control, &arn, &evidence.subject]))
    }
}

/// 16 bytes that stand for these parts, in this order and with these borders.
fn digest<'a>(parts: impl IntoIterator<Item = &'a str>) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    let mut bytes = [0; 16];
    bytes
        .iter_mut()
        .zip(hash.finalize())
        .for_each(|(own, byte)| *own = byte);
    bytes
}

/// 32 hex characters that stand for these parts.
pub(crate) fn stable_name<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    Fingerprint(digest(parts)).to_string()
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&String::from(*self))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> String {
        // Written tens of thousands of times in a sweep: by hand it takes a tenth of what formatting takes.
        let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or_default();
        let digits = fingerprint
            .0
            .iter()
            .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
        let mut text = String::with_capacity(32);
        text.extend(digits);
        text
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let number = Some(&text).filter(|text| text.len() == 32);
        let number = number.and_then(|text| u128::from_str_radix(text, 16).ok());
        let number = number.ok_or_else(|| format!("`{text}` is no fingerprint of 32 hex characters"))?;
        Ok(Self(number.to_be_bytes()))
    }
}

/// One control that fails on one function for one subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Its stable name.
    pub fingerprint: Fingerprint,
    /// Id of the control.
    pub control: String,
    /// After settings and evidence.
    pub severity: Severity,
    /// The function.
    pub function: FunctionArn,
    /// What shows it.
    pub evidence: Evidence,
    /// The command that fixes it, with this function's own names.
    pub remediation: String,
}

impl Finding {
    /// A finding of a control on a function.
    pub fn new(control: &str, function: &FunctionArn, severity: Severity, evidence: Evidence) -> Self {
        Self {
            fingerprint: Fingerprint::of(control, function, &evidence),
            control: control.to_owned(),
            severity,
            function: function.clone(),
            evidence,
            remediation: String::new(),
        }
    }

    /// With the text that fixes it. What that was put together from is not kept: of findings there are very many.
    #[must_use]
    pub fn fixed_by(mut self, mut remediation: String) -> Self {
        remediation.shrink_to_fit();
        self.evidence.detail.shrink_to_fit();
        self.evidence.fill = Fill::default();
        self.evidence.remediation = None;
        Self { remediation, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(control: &str, evidence: &Evidence) -> Fingerprint {
        let function = "arn:aws:lambda:eu-west-1:111122223333:function:orders".parse().unwrap();
        Fingerprint::of(control, &function, evidence)
    }

    #[test]
    fn detail_and_severity_leave_the_fingerprint_alone() {
        let plain = Evidence::new("AllowAll", "principal *");
        let other = Evidence::new("AllowAll", "another detail")
            .rated(Severity::Low)
            .fill("statement", "AllowAll");
        assert_eq!(
            fingerprint("invoke-public", &plain),
            fingerprint("invoke-public", &other)
        );
    }

    #[test]
    fn subject_qualifier_and_control_make_another_fingerprint() {
        let plain = Evidence::new("AllowAll", "");
        let first = fingerprint("invoke-public", &plain);
        assert_ne!(first, fingerprint("invoke-external", &plain));
        assert_ne!(first, fingerprint("invoke-public", &Evidence::new("AllowAl", "l")));
        assert_ne!(first, fingerprint("invoke-public", &plain.clone().on(Some("live"))));
    }
}
