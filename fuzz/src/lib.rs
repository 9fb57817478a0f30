//! Which policies does a fuzzer try? Documents of the policy grammar, made of words that mean something and of words that do not.

use arbitrary::{Arbitrary, Result, Unstructured};
use lambda_vigil::policy::simulate::{Outcome, decide};
use lambda_vigil::policy::{
    Caller, Capability, ExposureVerdict, Policy, Request, Target, Trust, UrlAuth, Values, exposures, latent_url,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub mod played;

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:orders";

const OPERATORS: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "ArnLike",
    "ArnEquals",
    "ArnNotLike",
    "IpAddress",
    "NotIpAddress",
    "Bool",
    "Null",
    "NumericLessThan",
    "NumericEquals",
    "DateGreaterThan",
    "DateNotEquals",
    "BinaryEquals",
    "Odd",
];

const KEYS: &[&str] = &[
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalType",
    "aws:PrincipalTag/team",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:SourceArn",
    "aws:SourceAccount",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:SourceIp",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:VpcSourceIp",
    "aws:CurrentTime",
    "aws:SecureTransport",
    "aws:userid",
    "aws:username",
    "aws:MultiFactorAuthPresent",
    "aws:TagKeys",
    "aws:ResourceAccount",
    "lambda:FunctionUrlAuthType",
    "lambda:InvokedViaFunctionUrl",
    "lambda:EventSourceToken",
    "s3:prefix",
];

const WORDS: &[&str] = &[
    "*",
    "",
    "?",
    "true",
    "false",
    "o-homehome12",
    "o-stranger12",
    "o-*",
    "o-homehome12/*",
    "123456789012",
    "999988887777",
    "????????????",
    "9*",
    "arn:aws:iam::999988887777:role/app",
    "arn:aws:iam::*:role/*",
    "arn:aws:iam::123456789012:root",
    "arn:aws:sns:us-east-1:123456789012:topic",
    "arn:aws:s3:::bucket",
    "arn:aws:s3:::*",
    "arn:aws:*",
    "arn:*:*:*:*:*",
    "::::::",
    "${aws:PrincipalAccount}",
    "${aws:PrincipalTag/team, 'x'}",
    "${*}",
    "${",
    "sns.amazonaws.com",
    "s3.amazonaws.com",
    "NONE",
    "AWS_IAM",
    "203.0.113.0/24",
    "0.0.0.0/1",
    "128.0.0.0/1",
    "::/0",
    "10.0.0.0/8",
    "203.0.113.5",
    "2030-01-01T00:00:00Z",
    "7",
    "-1.5",
    "vpce-0aa",
    "amzn1.ask.skill.x",
    "User",
    "Anonymous",
    "*a*?b",
    "*a??b*",
];

const PRINCIPALS: &[&str] = &[
    "*",
    "123456789012",
    "999988887777",
    "arn:aws:iam::999988887777:root",
    "arn:aws:iam::999988887777:role/app",
    "arn:aws:iam::999988887777:user/bob",
    "arn:aws:sts::999988887777:assumed-role/app/me",
    "AROAEXAMPLEEXAMPLE123",
    "arn:aws:iam::999988887777:role/*",
];

const SERVICES: &[&str] = &[
    "sns.amazonaws.com",
    "s3.amazonaws.com",
    "apigateway.amazonaws.com",
    "alexa-appkit.amazon.com",
    "unheard-of.amazonaws.com",
    "*",
];

const ACTIONS: &[&str] = &[
    "lambda:InvokeFunction",
    "lambda:InvokeFunctionUrl",
    "lambda:Invoke*",
    "lambda:*",
    "*",
    "lambda:GetFunction",
    "LAMBDA:update*",
    "lambda:?nvokeAsync",
    "s3:*",
    "*:*",
    "lambda:*F*u*n*c*t*i*o*n*",
];

const RESOURCES: &[&str] = &[
    ARN,
    "*",
    "arn:aws:lambda:*:*:function:ord*",
    "arn:aws:lambda",
    "arn:aws:*:us-east-1:123456789012:function:orders",
    "arn:aws:lambda:us-east-1:${aws:PrincipalAccount}:function:orders",
    "arn:aws:lambda:us-east-1:123456789012:function:other",
];

/// A policy and how it is asked about.
#[derive(Debug)]
pub struct Trial {
    /// The document.
    pub text: String,
    /// How the URL authenticates.
    pub url: Option<UrlAuth>,
    /// Whether the owner's organization is known.
    pub has_organization: bool,
}

impl<'a> Arbitrary<'a> for Trial {
    fn arbitrary(source: &mut Unstructured<'a>) -> Result<Self> {
        let version = *source.choose(&[Some("2012-10-17"), Some("2012-10-17"), Some("2008-10-17"), None])?;
        let statements = some(source, 40, statement)?;
        let mut document = Map::new();
        version.map(|version| document.insert("Version".into(), version.into()));
        document.insert("Statement".into(), statements.into());
        Ok(Trial {
            text: Value::Object(document).to_string(),
            url: *source.choose(&[None, Some(UrlAuth::None), Some(UrlAuth::AwsIam)])?,
            has_organization: source.arbitrary()?,
        })
    }
}

/// Up to `most` of a thing.
fn some<'a, T>(
    source: &mut Unstructured<'a>,
    most: usize,
    one: impl Fn(&mut Unstructured<'a>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut all = vec![one(source)?];
    while all.len() < most && !source.is_empty() && source.ratio(3, 5)? {
        all.push(one(source)?);
    }
    Ok(all)
}

/// A word of the list, or letters that patterns are hard with.
fn word(source: &mut Unstructured<'_>, words: &[&str]) -> Result<String> {
    if source.ratio(4, 5)? {
        return source.choose(words).map(|word| (*word).to_owned());
    }
    let letters = some(source, 200, |source| {
        source
            .choose(&['*', '?', 'a', 'b', ':', '/', '1', '$', '{', '}', 'é'])
            .copied()
    })?;
    Ok(letters.into_iter().collect())
}

fn list(source: &mut Unstructured<'_>, words: &[&str]) -> Result<Value> {
    let all = some(source, 60, |source| word(source, words))?;
    Ok(match all.as_slice() {
        [one] => one.clone().into(),
        many => many.into(),
    })
}

fn statement(source: &mut Unstructured<'_>) -> Result<Value> {
    let mut all = Map::new();
    all.insert("Effect".into(), (*source.choose(&["Allow", "Allow", "Deny"])?).into());
    let principal = *source.choose(&["Principal", "Principal", "Principal", "NotPrincipal"])?;
    all.insert(principal.into(), principals(source)?);
    let action = *source.choose(&["Action", "Action", "Action", "NotAction"])?;
    all.insert(action.into(), list(source, ACTIONS)?);
    let resource = *source.choose(&["Resource", "Resource", "Resource", "NotResource"])?;
    all.insert(resource.into(), list(source, RESOURCES)?);
    if source.ratio(3, 4)? {
        all.insert("Condition".into(), conditions(source)?);
    }
    Ok(all.into())
}

fn principals(source: &mut Unstructured<'_>) -> Result<Value> {
    Ok(match source.int_in_range(0..=5)? {
        0 | 1 => json!("*"),
        2 | 3 => json!({"AWS": list(source, PRINCIPALS)?}),
        4 => json!({"Service": list(source, SERVICES)?}),
        _ => {
            json!({"AWS": list(source, PRINCIPALS)?, "Service": list(source, SERVICES)?, "Federated": "x", "CanonicalUser": "y"})
        }
    })
}

fn conditions(source: &mut Unstructured<'_>) -> Result<Value> {
    let one = |source: &mut Unstructured<'_>| {
        let set = *source.choose(&["", "", "", "ForAllValues:", "ForAnyValue:"])?;
        let operator = word(source, OPERATORS)?;
        let suffix = *source.choose(&["", "", "IfExists"])?;
        let keys = some(source, 4, |source| Ok((word(source, KEYS)?, list(source, WORDS)?)))?;
        Ok((
            format!("{set}{operator}{suffix}"),
            Value::Object(keys.into_iter().collect()),
        ))
    };
    Ok(Value::Object(some(source, 6, one)?.into_iter().collect()))
}

/// One concrete request, whether or not AWS could send it.
#[derive(Debug)]
pub struct Call(pub Request);

impl<'a> Arbitrary<'a> for Call {
    fn arbitrary(source: &mut Unstructured<'a>) -> Result<Self> {
        let caller = match source.int_in_range(0..=2)? {
            0 => Caller::Anonymous,
            1 => Caller::Principal {
                arn: word(source, PRINCIPALS)?,
            },
            _ => Caller::Service {
                name: word(source, SERVICES)?,
            },
        };
        let pairs = some(source, 12, |source| {
            let values = some(source, 3, |source| word(source, WORDS))?;
            let value = match values.as_slice() {
                [one] => Values::One(one.clone()),
                many => Values::Many(many.to_vec()),
            };
            Ok((word(source, KEYS)?.to_lowercase(), value))
        })?;
        Ok(Call(Request {
            action: word(source, ACTIONS)?,
            resource: word(source, RESOURCES)?,
            caller,
            context: pairs.into_iter().collect::<BTreeMap<_, _>>(),
        }))
    }
}

/// What can be asked about a policy.
const CAPABILITIES: [Capability; 4] = [
    Capability::Invoke,
    Capability::InvokeUrl,
    Capability::Change,
    Capability::Read,
];
/// The number of questions: one for each capability, and one for a URL that does not exist yet.
pub const QUESTIONS: usize = CAPABILITIES.len() + 1;

/// Asks every question about a policy.
pub fn ask(policy: &Policy, url: Option<UrlAuth>, has_organization: bool) {
    for question in 0..QUESTIONS {
        ask_one(policy, url, has_organization, question);
    }
}

/// Asks one question. What is said to be possible has to be so for the concrete evaluator too.
pub fn ask_one(policy: &Policy, url: Option<UrlAuth>, has_organization: bool, question: usize) {
    let trust = Trust {
        account: "123456789012".into(),
        organization: has_organization.then(|| "o-homehome12".into()),
        ..Trust::default()
    };
    let target = Target {
        function_arn: ARN.into(),
        url,
    };
    let policies = std::slice::from_ref(policy);
    let found = match CAPABILITIES.get(question) {
        Some(capability) => exposures(policies, &target, &trust, *capability),
        None => latent_url(policies, &target, &trust),
    };
    for exposure in found {
        match &exposure.verdict {
            ExposureVerdict::Present { witness } => {
                assert_eq!(decide(witness, policies).outcome, Outcome::Allowed, "{exposure:?}");
            }
            ExposureVerdict::Conditional { .. } => {}
            ExposureVerdict::CannotTell { reason } => assert!(!reason.contains("disagree"), "{exposure:?}"),
        }
    }
}
