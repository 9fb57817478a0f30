//! Policies on which a long run of the laws has failed once, with what is true of them.

use super::written::Asked;
use super::{answer, every_witness_holds, policy};
use crate::policy::reason::Tier;
use crate::policy::reason::question::certainty;

/// A policy's statements, who is asked about, and the answers: tier, certainty and caller.
type Case = (&'static str, Asked, &'static [(Tier, u8, &'static str)]);

const CASES: [Case; 6] = [
    // The paths were searched anew for each service in each organization, and the skills were not reached.
    (
        r#"{"Effect": "Allow", "Principal": "*", "NotAction": "lambda:InvokeFunctionUrl", "Resource": "*", "Condition": {
            "ForAllValues:StringLike": {"aws:SourceOrgPaths": ["o-stranger12/r-ab12/*", "o-*/r-ab12/ou-ab12-11111111/"]},
            "StringLike": {"lambda:EventSourceToken": "amzn1.ask.skill.x"}}}"#,
        Asked::Direct,
        &[(
            Tier::Trusted,
            2,
            "alexa-appkit.amazon.com for the skill that the policy names",
        )],
    ),
    // For the same reason some services were left undecided.
    (
        r#"{"Effect": "Allow", "Principal": "*", "Action": "lambda:*", "Resource": "*", "Condition": {
            "ForAllValues:StringLike": {"aws:SourceOrgPaths": ["o-stranger12/r-ab12/*", "o-*/r-ab12/ou-ab12-11111111/"]},
            "ForAnyValue:StringNotEqualsIfExists": {"aws:PrincipalOrgPaths": ["o-stranger12/r-ab12/*", "*"]},
            "StringLike": {"aws:PrincipalArn": "arn:aws:iam::999988887777:role/app"}}}"#,
        Asked::Direct,
        &[(Tier::External, 2, "account 999988887777")],
    ),
    // The pattern itself was taken for the name of a service.
    (
        r#"{"Effect": "Allow", "Principal": "*", "Action": "lambda:*", "Resource": "*", "Condition": {
            "StringLike": {"aws:PrincipalServiceName": "s3.*"}}}"#,
        Asked::Direct,
        &[(Tier::AnySource, 2, "s3.amazonaws.com for any AWS account")],
    ),
    // A second statement that a call through a URL never meets was tried for every caller.
    (
        r#"{"Effect": "Allow", "Principal": "*", "Action": "lambda:*", "Resource": "*", "Condition": {
            "StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"},
            "StringNotEquals": {"aws:PrincipalAccount": "999988887777", "aws:PrincipalOrgID": "o-stranger12"}}},
        {"Effect": "Deny", "Principal": {"AWS": ["arn:aws:iam::999988887777:role/app", "222233334444"]},
         "Action": "lambda:*", "Resource": "*", "Condition": {"StringNotEqualsIgnoreCase": {"aws:SourceAccount": "1*"}}},
        {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {
            "Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"lambda:FunctionUrlAuthType": "NONE"},
            "StringEqualsIgnoreCase": {"aws:PrincipalServiceName": "s3.*"}}}"#,
        Asked::SignedUrl,
        &[],
    ),
    // The value of the `Null` operator was taken for the name of a bucket.
    (
        r#"{"Effect": "Deny", "NotPrincipal": {"AWS": "999988887777"}, "Action": "lambda:*", "Resource": "*", "Condition": {
            "NullIfExists": {"aws:SourceArn": "true"}, "StringEquals": {"aws:PrincipalAccount": "????????????"}}},
        {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "lambda:*", "Resource": "*"}"#,
        Asked::Direct,
        &[(Tier::AnySource, 0, "s3.amazonaws.com for any AWS account")],
    ),
    // Whether the grant to everyone serves at all takes more than the budget, and that was not said.
    (
        r#"{"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::555566667777:user/bob"]}, "Action":
         ["lambda:*"], "Resource": ["arn:aws:lambda:us-east-1:123456789012:function:orders"]},
        {"Effect": "Allow", "Principal": {"Service": ["alexa-appkit.amazon.com"]}, "Action": ["lambda:*"],
         "Resource": ["arn:aws:lambda:us-east-1:123456789012:function:orders"]},
        {"Effect": "Allow", "Principal": "*", "Action": ["lambda:*"], "Resource":
         ["arn:aws:lambda:us-east-1:123456789012:function:orders"], "Condition": {"NotIpAddressIfExists":
         {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}, "StringEqualsIfExists": {"aws:SourceOrgID":
         ["o-none"]}, "StringEqualsIgnoreCase": {"aws:SourceArn": ["arn:aws:s3:::"]}}},
        {"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::999988887777:role/app"]}, "Action":
         ["lambda:*"], "Resource": ["*", "arn:aws:lambda:us-east-1:123456789012:function:payments"],
         "Condition": {"ForAllValues:StringEquals": {"aws:SourceOrgPaths": ["o-homehome12/*"]},
         "ForAnyValue:StringNotEqualsIfExists": {"aws:SourceOrgID": ["o-*", "o-stranger12"]}}},
        {"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::555566667777:user/bob"]}, "Action":
         ["lambda:*"], "Resource": ["*", "arn:aws:lambda:us-east-1:123456789012:function:payments"],
         "Condition": {"ForAllValues:StringEquals": {"aws:SourceOrgPaths": ["o-homehome12/*"]},
         "ForAnyValue:StringNotEqualsIfExists": {"aws:SourceOrgID": ["o-*", "o-stranger12"]}}},
        {"Effect": "Allow", "Principal": {"AWS": ["222233334444"]}, "Action": ["lambda:*"], "Resource":
         ["*", "arn:aws:lambda:us-east-1:123456789012:function:payments"], "Condition":
         {"ForAllValues:StringEquals": {"aws:SourceOrgPaths": ["o-homehome12/*"]},
         "ForAnyValue:StringNotEqualsIfExists": {"aws:SourceOrgID": ["o-*", "o-stranger12"]}}}"#,
        Asked::Direct,
        &[
            (Tier::AnySource, 2, "alexa-appkit.amazon.com for any skill"),
            (Tier::External, 2, "arn:aws:iam::555566667777:user/bob"),
            (Tier::External, 2, "arn:aws:iam::555566667777:user/bob"),
            (Tier::External, 2, "arn:aws:iam::999988887777:role/app"),
            (Tier::Trusted, 2, "account 222233334444"),
            (Tier::Nobody, 0, "everyone"),
        ],
    ),
];

#[test]
fn what_a_long_run_found_holds() {
    for (statements, asked, expected) in CASES {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
        let found = answer(&policy(&text), asked);
        every_witness_holds(&text, &found, asked).unwrap_or_else(|error| panic!("{error}"));
        let told: Vec<_> = found
            .iter()
            .map(|exposure| (exposure.tier, certainty(exposure), exposure.caller.as_str()))
            .collect();
        assert_eq!(told, expected, "{text}\n{found:#?}");
    }
}
