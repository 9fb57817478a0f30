//! What does each AWS service tell Lambda about the resource it acts for? The table behind "confined to a source".
//! Sources: the permissions that aws-cdk-lib 2.276, aws-sam-translator and osls emit, and the services' guides, 2026-11.

mod named;

use crate::policy::pattern::{Class, Pattern, Token};
use std::borrow::Cow;

pub use named::{Confinement, confinement};

/// Whether a service fills in a condition key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sends {
    Always,
    Never,
    /// No source says so either way.
    Unknown,
}

impl Sends {
    /// The possibilities that an answer has to agree on.
    pub(super) fn cases(self) -> &'static [bool] {
        match self {
            Sends::Always => &[true],
            Sends::Never => &[false],
            Sends::Unknown => &[true, false],
        }
    }
}

/// One row: a service principal and the keys it sends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Service {
    pub(super) principal: &'static str,
    pub(super) arn: Sends,
    pub(super) account: Sends,
    /// Service field of the source ARN.
    segment: &'static str,
    /// Resource part of the source ARN: `*` is a path, `**` any text, `#` a name, `@` an asterisk.
    resource: &'static str,
    /// Whether the ARN names the account; a bucket's does not.
    pub(super) names_account: bool,
    /// Whether `lambda:EventSourceToken` identifies the source.
    pub(super) sends_token: bool,
}

const fn row(principal: &'static str, [arn, account]: [Sends; 2], [segment, resource]: [&'static str; 2]) -> Service {
    Service {
        principal,
        arn,
        account,
        segment,
        resource,
        names_account: true,
        sends_token: false,
    }
}

use Sends::{Always, Never, Unknown};

/// A service that no row describes.
pub(super) const UNLISTED: &str = "unlisted.amazonaws.com";
/// It may send anything, for any resource.
const ANYTHING: Service = row("", [Unknown, Unknown], ["", "**"]);

static SERVICES: [Service; 28] = [
    Service {
        names_account: false,
        ..row("s3.amazonaws.com", [Always, Always], ["s3", "#"])
    },
    row("sns.amazonaws.com", [Always, Always], ["sns", "*"]),
    row("events.amazonaws.com", [Always, Always], ["events", "rule/*"]),
    row("apigateway.amazonaws.com", [Always, Unknown], ["execute-api", "**"]),
    row("logs.amazonaws.com", [Always, Always], ["logs", "log-group:*:@"]),
    row(
        "lambda.alarms.cloudwatch.amazonaws.com",
        [Always, Always],
        ["cloudwatch", "alarm:**"],
    ),
    row(
        "cognito-idp.amazonaws.com",
        [Always, Always],
        ["cognito-idp", "userpool/*"],
    ),
    row(
        "cognito-sync.amazonaws.com",
        [Unknown, Unknown],
        ["cognito-identity", "identitypool/**"],
    ),
    row("iot.amazonaws.com", [Always, Always], ["iot", "*"]),
    row("iotevents.amazonaws.com", [Unknown, Unknown], ["iotevents", "**"]),
    row(
        "ses.amazonaws.com",
        [Always, Always],
        ["ses", "receipt-rule-set/*:receipt-rule/*"],
    ),
    Service {
        sends_token: true,
        ..row("alexa-appkit.amazon.com", [Never, Never], ["", ""])
    },
    Service {
        sends_token: true,
        ..row("alexa-connectedhome.amazon.com", [Never, Never], ["", ""])
    },
    row(
        "elasticloadbalancing.amazonaws.com",
        [Always, Unknown],
        ["elasticloadbalancing", "targetgroup/*"],
    ),
    row("config.amazonaws.com", [Unknown, Always], ["config", "config-rule/*"]),
    row(
        "secretsmanager.amazonaws.com",
        [Unknown, Always],
        ["secretsmanager", "secret:*"],
    ),
    row("lex.amazonaws.com", [Always, Unknown], ["lex", "intent:**"]),
    row("lexv2.amazonaws.com", [Always, Always], ["lex", "bot-alias/*"]),
    row("bedrock.amazonaws.com", [Always, Always], ["bedrock", "*"]),
    row(
        "bedrock-agentcore.amazonaws.com",
        [Always, Always],
        ["bedrock-agentcore", "**"],
    ),
    row("codecommit.amazonaws.com", [Always, Always], ["codecommit", "*"]),
    row(
        "cloudformation.amazonaws.com",
        [Unknown, Unknown],
        ["cloudformation", "**"],
    ),
    row("appsync.amazonaws.com", [Always, Unknown], ["appsync", "**"]),
    row("appconfig.amazonaws.com", [Unknown, Unknown], ["appconfig", "**"]),
    row(
        "cloudfront.amazonaws.com",
        [Always, Unknown],
        ["cloudfront", "distribution/*"],
    ),
    row(
        "edgelambda.amazonaws.com",
        [Unknown, Unknown],
        ["cloudfront", "distribution/*"],
    ),
    row(
        "replicator.lambda.amazonaws.com",
        [Unknown, Unknown],
        ["cloudfront", "distribution/*"],
    ),
    row("connect.amazonaws.com", [Always, Always], ["connect", "**"]),
];

/// The row of a service principal, Regional and Chinese forms included.
pub(super) fn service(principal: &str) -> Service {
    let stem = stem(principal);
    let listed = SERVICES.iter().find(|service| stem == undotted(service.principal));
    listed.copied().unwrap_or(ANYTHING)
}

/// All service principals of the table.
pub(super) fn principals<'a>() -> impl Iterator<Item = &'a str> {
    SERVICES.iter().map(|service| service.principal)
}

/// The principal without its DNS suffix and without a Region: `logs.us-east-1.amazonaws.com` is `logs`.
fn stem(principal: &str) -> Cow<'_, str> {
    let stem = undotted(principal);
    let is_region = |label: &str| label.split('-').count() >= 3 && label.ends_with(|last: char| last.is_ascii_digit());
    if stem == principal || !stem.split('.').any(is_region) {
        return Cow::Borrowed(stem);
    }
    let labels: Vec<_> = stem.split('.').filter(|label| !is_region(label)).collect();
    Cow::Owned(labels.join("."))
}

/// The principal without its DNS suffix.
fn undotted(principal: &str) -> &str {
    let suffixes = [".amazonaws.com", ".amazonaws.com.cn"];
    let stems = suffixes.iter().find_map(|suffix| principal.strip_suffix(suffix));
    stems.unwrap_or(principal)
}

impl Service {
    /// The source ARNs that the service can send for resources of an account; `account` is the pattern of its id.
    pub(super) fn source_arns(&self, partition: &str, account: &Pattern) -> Pattern {
        self.arns(partition, account, resource(self.resource))
    }

    /// The source ARNs of an account's resources of this name, wildcards in it taken literally; `None` where the
    /// service's resources have no such names.
    pub(super) fn source_arns_of(&self, partition: &str, account: &Pattern, name: &str) -> Option<Pattern> {
        self.has_name(name)
            .then(|| self.arns(partition, account, Pattern::literal(name)))
    }

    /// Whether the service's resources can have this name.
    pub(super) fn has_name(&self, name: &str) -> bool {
        resource(self.resource).matches(name)
    }

    fn arns(&self, partition: &str, account: &Pattern, resource: Pattern) -> Pattern {
        let prefix = Pattern::literal(&format!("arn:{partition}:"));
        let region = [Token::Many(Class::Hyphened)];
        let colon = || Pattern::literal(":");
        if !self.names_account {
            return prefix
                .then(Pattern::literal(&format!("{}:::", self.segment)))
                .then(resource);
        }
        let with_service = if self.segment.is_empty() {
            prefix.then_tokens([Token::One(Class::Hyphened), Token::Many(Class::Hyphened)])
        } else {
            prefix.then(Pattern::literal(self.segment))
        };
        let with_region = with_service.then(colon()).then_tokens(region).then(colon());
        with_region.then(account.clone()).then(colon()).then(resource)
    }
}

fn resource(written: &str) -> Pattern {
    let mut pattern = Pattern::new(vec![]);
    let mut letters = written.chars().peekable();
    while let Some(letter) = letters.next() {
        let class = match letter {
            '*' if letters.next_if_eq(&'*').is_some() => Class::Any,
            '*' => Class::Path,
            '#' => Class::Name,
            '@' => {
                pattern = pattern.then_tokens([Token::One(Class::Exactly('*'))]);
                continue;
            }
            other => {
                pattern = pattern.then_tokens([Token::One(Class::Exactly(other))]);
                continue;
            }
        };
        pattern = pattern.then_tokens([Token::One(class), Token::Many(class)]);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regional_and_chinese_forms_are_the_same_service() {
        for principal in [
            "logs.amazonaws.com",
            "logs.us-east-1.amazonaws.com",
            "logs.amazonaws.com.cn",
        ] {
            assert_eq!(service(principal).segment, "logs", "{principal}");
        }
        assert_eq!(service("lambda.alarms.cloudwatch.amazonaws.com").segment, "cloudwatch");
        assert_eq!(service("unheard-of.amazonaws.com").arn, Unknown);
    }

    #[test]
    fn source_arns_have_the_form_that_the_service_sends() {
        let account = Pattern::literal("111122223333");
        let cases = [
            ("s3.amazonaws.com", "arn:aws:s3:::bucket", true),
            ("s3.amazonaws.com", "arn:aws:s3:::bucket/key", false),
            (
                "logs.amazonaws.com",
                "arn:aws:logs:us-east-1:111122223333:log-group:/x:*",
                true,
            ),
            (
                "logs.amazonaws.com",
                "arn:aws:logs:us-east-1:111122223333:log-group:/x",
                false,
            ),
            ("sns.amazonaws.com", "arn:aws:sns:us-east-1:111122223333:topic", true),
            ("sns.amazonaws.com", "arn:aws:sns:us-east-1:999988887777:topic", false),
            (
                "apigateway.amazonaws.com",
                "arn:aws:execute-api:us-east-1:111122223333:id/prod/GET/a:b",
                true,
            ),
        ];
        for (principal, arn, expected) in cases {
            assert_eq!(
                service(principal).source_arns("aws", &account).matches(arn),
                expected,
                "{principal} {arn}"
            );
        }
    }
}
