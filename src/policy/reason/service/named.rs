//! Which part of a service's source ARN is the resource's name? Needed to ask about a resource of another name, and to
//! say how a source is written.

use super::{Sends, Service, resource, service};
use crate::policy::pattern::{Class, Pattern, Token};

/// Source ARNs whose resource part begins with the name; the others have the resource's type in front of it.
const NAME_FIRST: [&str; 4] = ["execute-api", "sns", "s3", "codecommit"];

/// Services whose ARNs name no Region.
const GLOBAL: [&str; 1] = ["cloudfront"];

/// What the name is called in front of people, where more than one word is needed.
const WRITTEN: [(&str, &str); 8] = [
    ("execute-api", "API_ID/STAGE/METHOD/PATH"),
    ("s3", "BUCKET"),
    ("sns", "TOPIC"),
    ("events", "rule/RULE"),
    ("logs", "log-group:LOG_GROUP:*"),
    ("cognito-idp", "userpool/USER_POOL_ID"),
    ("elasticloadbalancing", "targetgroup/NAME/ID"),
    ("iot", "rule/RULE"),
];

/// What an `AddPermission` call can demand of a service's calls so that they are confined and still get through: only
/// keys that the service surely sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confinement {
    /// The form of the source's ARN, with the words to replace in capitals.
    pub source_arn: Option<String>,
    /// Whether the source's account can be demanded.
    pub source_account: bool,
    /// Whether `lambda:EventSourceToken` can be demanded.
    pub event_source_token: bool,
}

/// What can be demanded of a service principal's calls for a resource of an account.
pub fn confinement(principal: &str, [partition, region, account]: [&str; 3]) -> Confinement {
    let service = service(principal);
    let source_arn = (service.arn == Sends::Always).then(|| {
        let region = if GLOBAL.contains(&service.segment) { "" } else { region };
        let place = if service.names_account {
            format!("{region}:{account}")
        } else {
            ":".to_owned()
        };
        format!("arn:{partition}:{}:{place}:{}", service.segment, service.written())
    });
    Confinement {
        source_arn,
        source_account: service.account == Sends::Always,
        event_source_token: service.sends_token,
    }
}

impl Service {
    fn written(&self) -> String {
        let known = WRITTEN.iter().find(|(segment, _)| *segment == self.segment);
        known.map_or_else(
            || {
                self.resource
                    .replace("**", "NAME")
                    .replace('*', "NAME")
                    .replace('@', "*")
            },
            |(_, written)| (*written).to_owned(),
        )
    }

    /// The source ARNs of an account's resources of one name, whatever stands behind the name.
    pub(in crate::policy::reason) fn source_arns_named(
        &self,
        partition: &str,
        account: &Pattern,
        name: &str,
    ) -> Vec<Pattern> {
        let wildcard = self.resource.find(['*', '#']).unwrap_or(self.resource.len());
        let (before, from) = self.resource.split_at(wildcard);
        let behind = from.trim_start_matches(['*', '#']);
        let is_typed = before.is_empty() && !NAME_FIRST.contains(&self.segment);
        let tails = tails(from);
        fronts(before, is_typed)
            .into_iter()
            .flat_map(|front| tails.iter().map(move |tail| (front.clone(), tail.clone())))
            .map(|(front, tail)| {
                let named = front.then(Pattern::literal(name)).then(tail).then(resource(behind));
                self.arns(partition, account, named)
            })
            .collect()
    }
}

fn fronts(before: &str, is_typed: bool) -> Vec<Pattern> {
    if !is_typed {
        return vec![Pattern::literal(before)];
    }
    let kind = Pattern::new(vec![Token::One(Class::Hyphened), Token::Many(Class::Name)]);
    ["/", ":"]
        .into_iter()
        .map(|end| kind.clone().then(Pattern::literal(end)))
        .collect()
}

/// What may stand behind a name that the table writes with this wildcard.
fn tails(wildcard: &str) -> Vec<Pattern> {
    let ends: &[(&str, Class)] = if wildcard.starts_with("**") {
        &[("/", Class::Any), (":", Class::Any)]
    } else if wildcard.starts_with('*') {
        &[("/", Class::NoColon)]
    } else {
        &[]
    };
    let longer = ends
        .iter()
        .map(|(end, class)| Pattern::literal(end).then_tokens([Token::Many(*class)]));
    [Pattern::new(vec![])].into_iter().chain(longer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may_be(principal: &str, arn: &str) -> bool {
        let account = Pattern::literal("111122223333");
        let arns = service(principal).source_arns_named("aws", &account, "qq");
        arns.iter().any(|pattern| pattern.matches(arn))
    }

    #[test]
    fn the_name_stands_where_the_service_puts_it() {
        for (principal, resource, expected) in [
            (
                "apigateway.amazonaws.com",
                "execute-api:eu-west-1:111122223333:qq/prod/GET/x",
                true,
            ),
            (
                "apigateway.amazonaws.com",
                "execute-api:eu-west-1:111122223333:abc/qq/GET/x",
                false,
            ),
            ("s3.amazonaws.com", "s3:::qq", true),
            ("s3.amazonaws.com", "s3:::qqq", false),
            ("events.amazonaws.com", "events:eu-west-1:111122223333:rule/qq", true),
            (
                "events.amazonaws.com",
                "events:eu-west-1:111122223333:rule/bus/qq",
                false,
            ),
            ("logs.amazonaws.com", "logs:eu-west-1:111122223333:log-group:qq:*", true),
            ("iot.amazonaws.com", "iot:eu-west-1:111122223333:rule/qq", true),
            ("iot.amazonaws.com", "iot:eu-west-1:111122223333:qq", false),
            (
                "lexv2.amazonaws.com",
                "lex:eu-west-1:111122223333:bot-alias/qq/TSTALIASID",
                true,
            ),
        ] {
            assert_eq!(
                may_be(principal, &format!("arn:aws:{resource}")),
                expected,
                "{principal} {resource}"
            );
        }
    }

    #[test]
    fn only_keys_that_are_surely_sent_are_demanded() {
        let of = |principal| confinement(principal, ["aws", "eu-west-1", "111122223333"]);
        let bucket = of("s3.amazonaws.com");
        assert_eq!(
            (bucket.source_arn.as_deref(), bucket.source_account),
            (Some("arn:aws:s3:::BUCKET"), true)
        );
        let rule = of("events.amazonaws.com").source_arn;
        assert_eq!(rule.as_deref(), Some("arn:aws:events:eu-west-1:111122223333:rule/RULE"));
        let alias = of("lexv2.amazonaws.com").source_arn;
        assert_eq!(
            alias.as_deref(),
            Some("arn:aws:lex:eu-west-1:111122223333:bot-alias/NAME")
        );
        let mail = of("ses.amazonaws.com");
        let rule = "arn:aws:ses:eu-west-1:111122223333:receipt-rule-set/NAME:receipt-rule/NAME";
        assert_eq!((mail.source_arn.as_deref(), mail.source_account), (Some(rule), true));
        let recorder = of("config.amazonaws.com");
        assert_eq!((recorder.source_arn, recorder.source_account), (None, true));
        let api = of("apigateway.amazonaws.com");
        assert!(api.source_arn.is_some() && !api.source_account);
        assert!(of("alexa-appkit.amazon.com").event_source_token);
        let unheard = of("unheard-of.amazonaws.com");
        assert_eq!((unheard.source_arn, unheard.source_account), (None, false));
    }
}
