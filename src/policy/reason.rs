//! Who can invoke, change or read a function by its resource policies? Every answer is proved, replayed or withheld.

#[cfg(test)]
mod agreement;
mod breadth;
mod candidates;
mod capability;
mod class;
mod demand;
mod engine;
mod judge;
mod keys;
mod memo;
mod origin;
mod part;
mod question;
mod rule;
mod service;
mod source;
mod stage;
mod variable;
mod witness;
mod world;

use super::request::Request;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;

pub use breadth::{Breadth, breadth, breadth_on};
pub use capability::is_honoured_across_accounts;
pub(super) use question::{ServiceCall, by_assuming, by_service};
pub use question::{exposures, exposures_on, latent_url};
pub use service::{Confinement, confinement};
pub use stage::Stage;

/// How far outside the owner's control a caller is, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// Anyone on the internet, without credentials.
    Anonymous,
    /// Any AWS account's identities.
    AnyPrincipal,
    /// A service that acts for anyone's resource.
    AnySource,
    /// A service that acts for a named resource whose name another account could take over.
    ReclaimableSource,
    /// All accounts of an organization that is not trusted.
    ForeignOrganization,
    /// A named account or identity outside the trust set.
    External,
    /// A named account, or a whole organization, of the trust set.
    Trusted,
    /// Other accounts of the own organization.
    Organization,
    /// The own account.
    OwnAccount,
    /// Nobody: the grant can never be used.
    Nobody,
}

/// Whom the owner trusts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trust {
    /// The 12-digit id of the own account.
    pub account: String,
    /// The own organization, `o-…`; `None` when it is not known or there is none.
    pub organization: Option<String>,
    /// Accounts that may be granted access.
    pub trusted_accounts: BTreeSet<String>,
    /// Organizations that may be granted access.
    pub trusted_organizations: BTreeSet<String>,
}

/// How a function URL authenticates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub enum UrlAuth {
    /// `NONE`: every caller is anonymous.
    #[serde(rename = "NONE")]
    None,
    /// `AWS_IAM`: callers sign.
    #[serde(rename = "AWS_IAM")]
    AwsIam,
}

/// What a caller could do with a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// Invoke it by the Lambda API.
    Invoke,
    /// Invoke it by its URL.
    InvokeUrl,
    /// Change its code, configuration or access.
    Change,
    /// Read its code, configuration or policy.
    Read,
}

/// What the policies are attached to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The exact ARN, with its qualifier if the policies belong to one.
    pub function_arn: String,
    /// How its URL authenticates, if it has one.
    pub url: Option<UrlAuth>,
}

/// One way in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Exposure {
    /// How far outside the caller is.
    pub tier: Tier,
    /// How sure that is.
    pub verdict: ExposureVerdict,
    /// The caller, in words.
    pub caller: String,
    /// The statements that together grant it.
    pub statements: Vec<String>,
}

/// How sure an exposure is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExposureVerdict {
    /// Proved: the concrete evaluator allows this request. For a URL it is the first of two, see
    /// [`Request::through_url`].
    Present {
        /// The request.
        witness: Request,
    },
    /// Open only under circumstances that nobody outside can know. At tier `nobody`: the keys that never fit.
    Conditional {
        /// The condition keys that decide.
        keys: Vec<String>,
        /// A request that would pass, if one was found.
        witness: Option<Request>,
    },
    /// Not decided.
    CannotTell {
        /// Why.
        reason: String,
    },
}

#[cfg(test)]
mod tests {
    use super::question::certainty;
    use super::*;
    use crate::policy::Policy;
    use crate::policy::simulate::{Outcome, decide};

    const OWN: &str = "123456789012";
    const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:orders";

    fn trust() -> Trust {
        Trust {
            account: OWN.into(),
            organization: Some("o-homehome12".into()),
            trusted_accounts: BTreeSet::from(["222233334444".into()]),
            trusted_organizations: BTreeSet::from(["o-friend1234".into()]),
        }
    }

    fn policy(statements: &str) -> Policy {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        Policy::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    fn grant(principal: &str, condition: &str) -> String {
        let statement = r#"{"Sid":"s","Effect":"Allow","Principal":PRINCIPAL,"Action":"lambda:InvokeFunction","Resource":"ARN","Condition":CONDITION}"#;
        statement
            .replace("PRINCIPAL", principal)
            .replace("ARN", ARN)
            .replace("CONDITION", condition)
    }

    fn found(statements: &str, capability: Capability, url: Option<UrlAuth>) -> Vec<Exposure> {
        let policies = [policy(statements)];
        let target = Target {
            function_arn: ARN.into(),
            url,
        };
        let all = exposures(&policies, &target, &trust(), capability);
        for exposure in &all {
            if let ExposureVerdict::Present { witness } = &exposure.verdict {
                assert_eq!(decide(witness, &policies).outcome, Outcome::Allowed, "{exposure:?}");
                if capability == Capability::InvokeUrl {
                    assert_eq!(
                        decide(&witness.through_url(), &policies).outcome,
                        Outcome::Allowed,
                        "{exposure:?}"
                    );
                }
            }
        }
        all
    }

    /// `tier certainty` of each exposure.
    fn summary(all: &[Exposure]) -> Vec<String> {
        let one = |exposure: &Exposure| {
            format!(
                "{:?} {}",
                exposure.tier,
                ["cannot-tell", "conditional", "present"][usize::from(certainty(exposure))]
            )
        };
        all.iter().map(one).collect()
    }

    fn invoke(statements: &str) -> String {
        summary(&found(statements, Capability::Invoke, None)).join(", ")
    }

    fn assert_grants(cases: &[(&str, &str, &str)]) {
        for (principal, condition, expected) in cases {
            assert_eq!(
                invoke(&grant(principal, condition)),
                *expected,
                "{principal} {condition}"
            );
        }
    }

    #[test]
    fn principal_forms() {
        assert_grants(&[
            (r#""*""#, "{}", "AnyPrincipal present"),
            (r#"{"AWS":"*"}"#, "{}", "AnyPrincipal present"),
            (r#"{"AWS":"999988887777"}"#, "{}", "External present"),
            (
                r#"{"AWS":"arn:aws:iam::999988887777:role/app"}"#,
                "{}",
                "External present",
            ),
            (
                r#"{"AWS":"arn:aws:sts::999988887777:assumed-role/app/me"}"#,
                "{}",
                "External present",
            ),
            (r#"{"AWS":"222233334444"}"#, "{}", "Trusted present"),
            (
                r#"{"AWS":"arn:aws:iam::123456789012:root"}"#,
                "{}",
                "OwnAccount present",
            ),
            (r#"{"AWS":"AROAEXAMPLEEXAMPLE123"}"#, "{}", "Nobody conditional"),
            (r#"{"Federated":"accounts.google.com"}"#, "{}", "Nobody conditional"),
            (r#"{"CanonicalUser":"79a5"}"#, "{}", "External cannot-tell"),
        ]);
        let except = grant("0", "{}").replace(r#""Principal":0"#, r#""NotPrincipal":{"AWS":"123456789012"}"#);
        assert_eq!(invoke(&except), "AnyPrincipal cannot-tell");
    }

    #[test]
    fn several_principals_give_an_exposure_each() {
        let all = found(
            &grant(r#"{"AWS":["999988887777","555566667777"]}"#, "{}"),
            Capability::Invoke,
            None,
        );
        let callers: Vec<_> = all.iter().map(|exposure| exposure.caller.as_str()).collect();
        assert_eq!(callers, ["account 555566667777", "account 999988887777"]);
    }

    #[test]
    fn services_and_their_sources() {
        let own_account = r#"{"StringEquals":{"aws:SourceAccount":"123456789012"}}"#;
        let bucket = r#"{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::my-bucket"}}"#;
        let both = r#"{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::my-bucket"},"StringEquals":{"aws:SourceAccount":"123456789012"}}"#;
        let topic = r#"{"ArnLike":{"aws:SourceArn":"arn:aws:sns:us-east-1:123456789012:topic"}}"#;
        let foreign = r#"{"ArnLike":{"aws:SourceArn":"arn:aws:sns:us-east-1:999988887777:topic"}}"#;
        let flat = r#"{"StringLike":{"aws:SourceArn":"arn:aws:execute-api:*:123456789012:*"}}"#;
        let fields = r#"{"ArnLike":{"aws:SourceArn":"arn:aws:execute-api:*:123456789012:*"}}"#;
        let flat_topic = r#"{"StringLike":{"aws:SourceArn":"arn:aws:sns:*:123456789012:*"}}"#;
        assert_grants(&[
            (r#"{"Service":"s3.amazonaws.com"}"#, "{}", "AnySource present"),
            (r#"{"Service":"s3.amazonaws.com"}"#, bucket, "ReclaimableSource present"),
            (
                r#"{"Service":"s3.amazonaws.com"}"#,
                r#"{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::my-*"}}"#,
                "AnySource present",
            ),
            (
                r#"{"Service":"s3.amazonaws.com"}"#,
                r#"{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::b/*"}}"#,
                "Nobody conditional",
            ),
            (r#"{"Service":"s3.amazonaws.com"}"#, both, "OwnAccount present"),
            (r#"{"Service":"s3.amazonaws.com"}"#, own_account, "OwnAccount present"),
            (r#"{"Service":"sns.amazonaws.com"}"#, "{}", "AnySource present"),
            (r#"{"Service":"sns.amazonaws.com"}"#, topic, "OwnAccount present"),
            (r#"{"Service":"sns.amazonaws.com"}"#, foreign, "External present"),
            (r#"{"Service":"sns.amazonaws.com"}"#, bucket, "Nobody conditional"),
            (r#"{"Service":"apigateway.amazonaws.com"}"#, flat, "AnySource present"),
            (
                r#"{"Service":"apigateway.amazonaws.com"}"#,
                fields,
                "OwnAccount present",
            ),
            (r#"{"Service":"sns.amazonaws.com"}"#, flat_topic, "OwnAccount present"),
            (
                r#"{"Service":"events.amazonaws.com"}"#,
                r#"{"StringLike":{"aws:SourceAccount":"1234*"}}"#,
                "AnySource present",
            ),
            (
                r#"{"Service":"events.amazonaws.com"}"#,
                r#"{"StringEquals":{"aws:SourceOrgID":"o-homehome12"}}"#,
                "Organization present",
            ),
            (
                r#"{"Service":"events.amazonaws.com"}"#,
                r#"{"StringLike":{"aws:SourceOrgID":"o-*"}}"#,
                "AnySource present",
            ),
            (
                r#"{"Service":"events.amazonaws.com"}"#,
                r#"{"StringEquals":{"aws:PrincipalOrgID":"o-homehome12"}}"#,
                "Nobody conditional",
            ),
            (r#"{"Service":"alexa-appkit.amazon.com"}"#, "{}", "AnySource present"),
            (
                r#"{"Service":"alexa-appkit.amazon.com"}"#,
                r#"{"StringEquals":{"lambda:EventSourceToken":"amzn1.ask.skill.x"}}"#,
                "Trusted present",
            ),
            (
                r#"{"Service":"alexa-appkit.amazon.com"}"#,
                own_account,
                "Nobody conditional",
            ),
            (r#"{"Service":"appconfig.amazonaws.com"}"#, "{}", "AnySource present"),
            (
                r#"{"Service":"appconfig.amazonaws.com"}"#,
                own_account,
                "OwnAccount cannot-tell",
            ),
            (r#""*""#, topic, "OwnAccount present"),
            (r#""*""#, bucket, "ReclaimableSource present"),
        ]);
    }

    #[test]
    fn traps_of_absent_keys() {
        assert_grants(&[
            (
                r#""*""#,
                r#"{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-homehome12"}}"#,
                "AnyPrincipal present",
            ),
            (
                r#""*""#,
                r#"{"ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-homehome12"}}"#,
                "AnyPrincipal present",
            ),
            (
                r#""*""#,
                r#"{"StringNotEquals":{"aws:PrincipalAccount":"999988887777"}}"#,
                "AnyPrincipal present",
            ),
            (
                r#""*""#,
                r#"{"IpAddressIfExists":{"aws:SourceIp":"203.0.113.0/24"}}"#,
                "AnyPrincipal present",
            ),
            (
                r#"{"Service":"sns.amazonaws.com"}"#,
                r#"{"StringEqualsIfExists":{"aws:SourceAccount":"123456789012"}}"#,
                "OwnAccount present",
            ),
            (
                r#"{"Service":"unheard-of.amazonaws.com"}"#,
                r#"{"StringEqualsIfExists":{"aws:SourceAccount":"123456789012"}}"#,
                "AnySource cannot-tell, OwnAccount present",
            ),
            (
                r#""*""#,
                r#"{"Null":{"aws:PrincipalOrgID":"false"}}"#,
                "AnyPrincipal present",
            ),
        ]);
    }

    #[test]
    fn organizations() {
        assert_grants(&[
            (
                r#""*""#,
                r#"{"StringEquals":{"aws:PrincipalOrgID":"o-homehome12"}}"#,
                "Organization present",
            ),
            (
                r#""*""#,
                r#"{"StringEquals":{"aws:PrincipalOrgID":"o-friend1234"}}"#,
                "Trusted present",
            ),
            (
                r#""*""#,
                r#"{"StringEquals":{"aws:PrincipalOrgID":"o-stranger12"}}"#,
                "ForeignOrganization present",
            ),
            (
                r#""*""#,
                r#"{"StringLike":{"aws:PrincipalOrgID":"o-*"}}"#,
                "AnyPrincipal present",
            ),
            (
                r#""*""#,
                r#"{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-homehome12/*"}}"#,
                "Organization present",
            ),
            (
                r#""*""#,
                r#"{"StringLike":{"aws:PrincipalOrgPaths":"o-homehome12/*"}}"#,
                "AnyPrincipal cannot-tell",
            ),
            (
                r#"{"AWS":"999988887777"}"#,
                r#"{"StringEquals":{"aws:PrincipalOrgID":"o-homehome12"}}"#,
                "Organization present",
            ),
            (
                r#""*""#,
                r#"{"StringEquals":{"aws:PrincipalAccount":"999988887777"}}"#,
                "External present",
            ),
            (
                r#""*""#,
                r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/admin"}}"#,
                "AnyPrincipal present",
            ),
            (
                r#""*""#,
                r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/*"}}"#,
                "OwnAccount present",
            ),
        ]);
        let mut trust = trust();
        trust.organization = None;
        let policies = [policy(&grant(
            r#""*""#,
            r#"{"StringEquals":{"aws:PrincipalOrgID":"o-homehome12"}}"#,
        ))];
        let target = Target {
            function_arn: ARN.into(),
            url: None,
        };
        assert_eq!(
            summary(&exposures(&policies, &target, &trust, Capability::Invoke)),
            ["ForeignOrganization cannot-tell"]
        );
    }

    #[test]
    fn circumstances() {
        assert_grants(&[
            (
                r#""*""#,
                r#"{"IpAddress":{"aws:SourceIp":["0.0.0.0/1","128.0.0.0/1"]}}"#,
                "AnyPrincipal present",
            ),
            (
                r#""*""#,
                r#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#,
                "AnyPrincipal conditional",
            ),
            (
                r#""*""#,
                r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#,
                "Nobody conditional",
            ),
            (
                r#""*""#,
                r#"{"StringEquals":{"aws:SourceVpce":"vpce-0123"}}"#,
                "AnyPrincipal conditional",
            ),
            (
                r#""*""#,
                r#"{"StringLike":{"aws:SourceVpc":"vpc-*"}}"#,
                "AnyPrincipal present",
            ),
            (
                r#""*""#,
                r#"{"StringEquals":{"aws:PrincipalTag/team":"x"}}"#,
                "AnyPrincipal conditional",
            ),
            (
                r#""*""#,
                r#"{"DateGreaterThan":{"aws:CurrentTime":"2030-01-01"}}"#,
                "AnyPrincipal conditional",
            ),
            (
                r#""*""#,
                r#"{"Bool":{"aws:SecureTransport":"true"}}"#,
                "AnyPrincipal present",
            ),
            (
                r#""*""#,
                r#"{"Bool":{"aws:SecureTransport":"false"}}"#,
                "Nobody conditional",
            ),
            (
                r#""*""#,
                r#"{"StringEquals":{"aws:UserAgent":"x"}}"#,
                "AnyPrincipal present",
            ),
            (
                r#""*""#,
                r#"{"StringIs":{"aws:UserAgent":"x"}}"#,
                "AnyPrincipal cannot-tell",
            ),
        ]);
    }

    #[test]
    fn denials() {
        let deny = |rest: &str| format!(r#"{{"Sid":"d","Effect":"Deny","Action":"lambda:*","Resource":"*",{rest}}}"#);
        let everyone = grant(r#""*""#, "{}");
        let cases = [
            (r#""Principal":"*""#, "Nobody conditional"),
            (
                r#""Principal":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-homehome12"}}"#,
                "Organization present",
            ),
            // The key is absent from a service's call, so the negated operator denies it, and IfExists would not help.
            (
                r#""Principal":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-homehome12"}}"#,
                "Organization present",
            ),
            (
                r#""Principal":"*","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"123456789012"}}"#,
                "OwnAccount present",
            ),
            (
                r#""Principal":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-homehome12"},"Bool":{"aws:PrincipalIsAWSService":"false"}}"#,
                "AnySource present",
            ),
            (
                r#""Principal":"*","Condition":{"Null":{"aws:PrincipalOrgID":"true"}}"#,
                "AnyPrincipal present",
            ),
            (r#""Principal":{"AWS":"999988887777"}"#, "AnyPrincipal present"),
            (r#""NotPrincipal":{"AWS":"123456789012"}"#, "OwnAccount cannot-tell"),
            (
                r#""Principal":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#,
                "AnyPrincipal conditional",
            ),
            (
                r#""Principal":"*","Condition":{"Odd":{"aws:SourceIp":"203.0.113.0/24"}}"#,
                "AnyPrincipal cannot-tell",
            ),
        ];
        for (rest, expected) in cases {
            assert_eq!(invoke(&format!("{everyone},{}", deny(rest))), expected, "{rest}");
        }
        let role = grant(r#"{"AWS":"arn:aws:iam::999988887777:role/app"}"#, "{}");
        let of_role = deny(r#""Principal":{"AWS":"arn:aws:iam::999988887777:role/app"}"#);
        assert_eq!(invoke(&format!("{role},{of_role}")), "Nobody conditional");
    }

    #[test]
    fn the_url_matrix() {
        use UrlAuth::{AwsIam, None};
        let url =
            |condition: &str| grant(r#""*""#, condition).replace("lambda:InvokeFunction", "lambda:InvokeFunctionUrl");
        let auth = |auth: &str| {
            url(&format!(
                r#"{{"StringEquals":{{"lambda:FunctionUrlAuthType":"{auth}"}}}}"#
            ))
        };
        let via = grant(r#""*""#, r#"{"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}"#);
        let plain = grant(r#""*""#, "{}");
        let role = r#"{"AWS":"arn:aws:iam::999988887777:role/app"}"#;
        let of_role = grant(role, "{}").replace("lambda:InvokeFunction", "lambda:InvokeFunctionUrl");
        let cases = [
            (None, format!("{},{via}", auth("NONE")), "Anonymous present", ""),
            (
                None,
                format!("{},{plain}", auth("NONE")),
                "Anonymous present",
                "AnyPrincipal present",
            ),
            (
                None,
                format!("{},{plain}", url("{}")),
                "Anonymous present",
                "AnyPrincipal present",
            ),
            (None, auth("NONE"), "", ""),
            (None, format!("{},{via}", auth("AWS_IAM")), "", ""),
            (AwsIam, format!("{},{via}", auth("NONE")), "", ""),
            (AwsIam, format!("{},{via}", auth("AWS_IAM")), "AnyPrincipal present", ""),
            (
                AwsIam,
                format!("{of_role},{}", grant(role, "{}")),
                "External present",
                "External present",
            ),
            (AwsIam, format!("{of_role},{via}"), "External present", ""),
        ];
        for (auth, statements, by_url, direct) in cases {
            let statements = statements.replacen(r#""Sid":"s""#, r#""Sid":"u""#, 1);
            assert_eq!(
                summary(&found(&statements, Capability::InvokeUrl, Some(auth))).join(", "),
                by_url,
                "{statements}"
            );
            assert_eq!(invoke(&statements), direct, "{statements}");
        }
        let policies = [policy(&format!("{},{via}", auth("NONE")))];
        let target = Target {
            function_arn: ARN.into(),
            url: Option::None,
        };
        assert_eq!(exposures(&policies, &target, &trust(), Capability::InvokeUrl), vec![]);
        assert_eq!(
            summary(&latent_url(&policies, &target, &trust())),
            ["Anonymous present"]
        );
    }

    #[test]
    fn change_and_read() {
        let grant = |action: &str| grant(r#"{"AWS":"999988887777"}"#, "{}").replace("lambda:InvokeFunction", action);
        let cases = [
            ("lambda:Get*", Capability::Read, "External present"),
            ("lambda:Get*", Capability::Change, ""),
            ("lambda:*", Capability::Change, "External present"),
            ("LAMBDA:updatefunctioncode", Capability::Change, "External present"),
            ("lambda:DisableInvokeFunction", Capability::Invoke, ""),
            ("lambda:InvokeAsync", Capability::Invoke, "External present"),
        ];
        for (action, capability, expected) in cases {
            assert_eq!(
                summary(&found(&grant(action), capability, None)).join(", "),
                expected,
                "{action}"
            );
        }
    }

    #[test]
    fn resources() {
        let with = |resource: &str| grant(r#""*""#, "{}").replace(ARN, resource);
        assert_eq!(invoke(&with(&format!("{ARN}:*"))), "");
        assert_eq!(
            invoke(&with("arn:aws:lambda:*:*:function:or?ers")),
            "AnyPrincipal present"
        );
        assert_eq!(
            invoke(&with("arn:aws:*:us-east-1:123456789012:function:orders")),
            "AnyPrincipal cannot-tell"
        );
        assert_eq!(
            invoke(&with(
                "arn:aws:lambda:us-east-1:${aws:PrincipalAccount}:function:orders"
            )),
            "OwnAccount present"
        );
    }

    #[test]
    fn hostile_policies_are_answered_within_the_budget() {
        let values: Vec<String> = (0..20).map(|n| format!("\"*a{}b*\"", "?".repeat(n))).collect();
        let negated: Vec<String> =
            (0..40).map(|n| format!(r#"{{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{{"StringLike":{{"aws:PrincipalArn":"*{n}*?*{n}*"}},"StringNotLike":{{"aws:UserAgent":[{}]}}}}}}"#, values.join(","))).collect();
        let statements = format!("{},{}", grant(r#""*""#, "{}"), negated.join(","));
        assert!(!invoke(&statements).is_empty());
    }
}
