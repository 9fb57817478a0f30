//! Who is told of a finding? By what it is about and whose function it is; what no route takes goes where everything goes.

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ControlId, Pattern, Scope, Settings, TagScope, Target};
use crate::arn::{AccountId, Arn, Region};
use crate::controls::{self, Layer};
use crate::finding::{Finding, Severity};

/// Findings that go to a topic of their own. Routes are tried in their order, and the first one that fits takes the finding.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Route {
    /// For which functions.
    pub scope: Scope,
    /// Only findings of this severity, or a worse one.
    pub severity: Option<Severity>,
    /// Only findings of these layers; empty: of all.
    pub layers: BTreeSet<Layer>,
    /// Only findings of these controls; empty: of all.
    pub controls: BTreeSet<ControlId>,
    /// Where they go.
    pub to: Destination,
    /// The routes after it are tried as well, and what none of them takes also goes where everything goes.
    pub goes_on: bool,
}

/// A topic, and what its subscribers read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Destination {
    /// The ARN of an SNS topic.
    pub topic: Arn,
    /// In which form notices go there.
    #[serde(default, skip_serializing_if = "Form::is_notice")]
    pub format: Form,
}

/// In which form notices go to a topic.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// A text for e-mail, a JSON document for all others.
    #[default]
    Notice,
    /// As Amazon Q Developer in chat applications (Slack, Microsoft Teams) reads it; nobody else can.
    Chat,
}

impl Form {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it")]
    fn is_notice(&self) -> bool {
        *self == Self::Notice
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.format {
            Form::Notice => write!(out, "{}", self.topic),
            Form::Chat => write!(out, "{} (chat)", self.topic),
        }
    }
}

/// Where the news of a finding goes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Destinations {
    /// The topics of routes.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub routes: BTreeSet<Destination>,
    /// Only there, and not where everything goes.
    #[serde(skip_serializing_if = "is_false")]
    pub only: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it")]
fn is_false(value: &bool) -> bool {
    !value
}

impl Destinations {
    /// Both together.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.routes.extend(other.routes.iter().cloned());
        self.only &= other.only;
        self
    }

    /// Whether it goes where everything goes, and nowhere else.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// Findings that go to a topic of their own, by what they are about and whose function it is.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Route")]
struct Written {
    /// The ARN of the SNS topic. The monitor's role has to be allowed to publish to it.
    topic: Arn,
    /// In which form notices go there.
    #[serde(default)]
    format: Form,
    /// Only findings of this severity, or a worse one.
    #[serde(default)]
    severity: Option<Severity>,
    /// Only findings of these layers.
    #[serde(default)]
    layers: BTreeSet<Layer>,
    /// Only findings of these controls.
    #[serde(default)]
    controls: BTreeSet<ControlId>,
    /// The function's name or ARN; `*` stands for any text.
    #[serde(default)]
    function: Option<Pattern>,
    /// Only functions of this account.
    #[serde(default)]
    account: Option<AccountId>,
    /// Only functions of this Region.
    #[serde(default)]
    region: Option<Region>,
    /// Only functions with this tag, such as the one that names their owner.
    #[serde(default)]
    tag: Option<TagScope>,
    /// Whether the routes after it are tried as well; what none of them takes then also goes where everything goes.
    #[serde(default)]
    r#continue: bool,
}

impl JsonSchema for Route {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Written::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Written::json_schema(generator)
    }
}

impl TryFrom<Written> for Route {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        if written.topic.service() != "sns" || written.topic.region().is_none() {
            return Err("`topic` is not the ARN of an SNS topic");
        }
        Ok(Self {
            scope: Scope {
                function: written.function,
                account: written.account,
                region: written.region,
                tag: written.tag,
            },
            severity: written.severity,
            layers: written.layers,
            controls: written.controls,
            to: Destination {
                topic: written.topic,
                format: written.format,
            },
            goes_on: written.r#continue,
        })
    }
}

impl Route {
    fn takes(&self, finding: &Finding, target: &Target<'_>) -> bool {
        let layer = || controls::find(&finding.control).map(|control| control.layer);
        let is_about = |layers: &BTreeSet<Layer>| layer().is_some_and(|layer| layers.contains(&layer));
        self.severity.is_none_or(|least| finding.severity >= least)
            && (self.layers.is_empty() || is_about(&self.layers))
            && (self.controls.is_empty() || self.controls.contains(finding.control.as_str()))
            // What hangs on unread tags does not hold: then everybody reads it.
            && self.scope.covers(target) == Some(true)
    }
}

impl Settings {
    /// Where the news of a finding on a function goes.
    pub fn destinations(&self, finding: &Finding, target: &Target<'_>) -> Destinations {
        let mut destinations = Destinations::default();
        for route in self.routes.iter().filter(|route| route.takes(finding, target)) {
            destinations.routes.insert(route.to.clone());
            if !route.goes_on {
                destinations.only = true;
                break;
            }
        }
        destinations
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::finding::Evidence;

    fn routed(toml: &str, control: &str, severity: Severity, tags: Option<&[(&str, &str)]>) -> (Vec<String>, bool) {
        let settings = Settings::parse(toml).unwrap();
        let function = "arn:aws:lambda:eu-west-1:111122223333:function:web".parse().unwrap();
        let tags: Option<BTreeMap<String, String>> = tags.map(|tags| {
            let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
            tags.iter().map(own).collect()
        });
        let target = Target {
            function: &function,
            tags: tags.as_ref(),
        };
        let finding = Finding::new(control, &function, severity, Evidence::new("s", "d"));
        let Destinations { routes, only } = settings.destinations(&finding, &target);
        (routes.iter().map(|to| to.topic.resource().to_owned()).collect(), only)
    }

    const ROUTES: &str = r#"
        [[routes]]
        topic = "arn:aws:sns:eu-west-1:111122223333:pager"
        severity = "critical"
        continue = true

        [[routes]]
        topic = "arn:aws:sns:eu-west-1:111122223333:network"
        layers = ["network"]

        [[routes]]
        topic = "arn:aws:sns:eu-west-1:111122223333:payments"
        tag = { key = "owner", value = "payments*" }
    "#;

    #[test]
    fn the_first_route_that_fits_takes_it_and_the_rest_goes_where_everything_goes() {
        let (none, own): (_, &[_]) = (Some(&[][..]), &[("owner", "payments-eu")]);
        let owned = Some(own);
        for (control, severity, tags, topics, only) in [
            ("invoke-public", Severity::High, none, &[][..], false),
            ("invoke-public", Severity::Critical, none, &["pager"][..], false),
            ("vpc-single-zone", Severity::Low, owned, &["network"][..], true),
            (
                "vpc-single-zone",
                Severity::Critical,
                none,
                &["network", "pager"][..],
                true,
            ),
            ("invoke-public", Severity::Low, owned, &["payments"][..], true),
            // Unread tags: everybody reads it.
            ("invoke-public", Severity::Low, None, &[][..], false),
        ] {
            let expected: Vec<String> = topics.iter().map(|topic| (*topic).to_owned()).collect();
            assert_eq!(
                routed(ROUTES, control, severity, tags),
                (expected, only),
                "{control} {severity}"
            );
        }
    }

    #[test]
    fn a_route_names_a_topic() {
        for (toml, expected) in [
            ("[[routes]]\nseverity = \"high\"", "topic"),
            (
                "[[routes]]\ntopic = \"arn:aws:sqs:eu-west-1:111122223333:q\"",
                "SNS topic",
            ),
            (
                "[[routes]]\ntopic = \"arn:aws:sns:eu-west-1:111122223333:t\"\nlayers = [\"vpc\"]",
                "vpc",
            ),
        ] {
            let error = Settings::parse(toml).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
