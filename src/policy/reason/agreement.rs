//! Do reasoning and concrete evaluation agree? Random policies over a small universe, every request of it enumerated.

use super::{Capability, Exposure, ExposureVerdict, Target, Tier, Trust, exposures};
use crate::policy::document::Policy;
use crate::policy::request::{Caller, Request, Values};
use crate::policy::simulate::{Outcome, decide};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const OWN: &str = "123456789012";
const HOME: &str = "o-homehome12";
const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:orders";

/// A request of the universe, and how harmless it is at most.
type Sample = (Tier, Request);

fn request(caller: Caller, context: &[(&str, &str)]) -> Request {
    let usual = [
        ("aws:securetransport", "true"),
        ("aws:requestedregion", "us-east-1"),
        ("aws:viaawsservice", "false"),
    ];
    let context: BTreeMap<_, _> = usual
        .iter()
        .chain(context)
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| ((*key).to_owned(), Values::One((*value).to_owned())))
        .collect();
    Request {
        action: "lambda:InvokeFunction".into(),
        resource: ARN.into(),
        caller,
        context,
    }
}

fn tier(account: &str, organization: &str) -> Tier {
    match (account == OWN, organization == HOME) {
        (true, _) => Tier::OwnAccount,
        (false, true) => Tier::Organization,
        (false, false) => Tier::External,
    }
}

fn accounts() -> Vec<(&'static str, &'static str)> {
    let foreign = ["999988887777", "555566667777"].into_iter();
    let others = foreign.flat_map(|account| ["", HOME, "o-stranger12"].map(|organization| (account, organization)));
    others.chain([(OWN, HOME)]).collect()
}

fn universe() -> Vec<Sample> {
    let mut all = Vec::new();
    for (account, organization) in accounts() {
        for (name, kind) in [("role/app", "AssumedRole"), ("user/bob", "User")] {
            for address in ["198.51.100.7", "203.0.113.5", ""] {
                let arn = format!("arn:aws:iam::{account}:{name}");
                let context = [
                    ("aws:principalaccount", account),
                    ("aws:principalarn", &arn),
                    ("aws:principaltype", kind),
                    ("aws:principalorgid", organization),
                    ("aws:principalisawsservice", "false"),
                    ("aws:sourceip", address),
                    ("aws:sourcevpce", if address.is_empty() { "vpce-0aa" } else { "" }),
                ];
                all.push((
                    tier(account, organization),
                    request(Caller::Principal { arn: arn.clone() }, &context),
                ));
            }
        }
        let sources = [
            ("sns.amazonaws.com", format!("arn:aws:sns:us-east-1:{account}:topic")),
            ("s3.amazonaws.com", "arn:aws:s3:::bucket".to_owned()),
            ("s3.amazonaws.com", "arn:aws:s3:::other".to_owned()),
        ];
        for (name, arn) in sources {
            let context = [
                ("aws:principalisawsservice", "true"),
                ("aws:principalservicename", name),
                ("aws:sourcearn", &arn),
                ("aws:sourceaccount", account),
                ("aws:sourceorgid", organization),
            ];
            all.push((
                tier(account, organization),
                request(Caller::Service { name: name.into() }, &context),
            ));
        }
    }
    all
}

const PRINCIPALS: [&str; 8] = [
    r#""Principal":"*""#,
    r#""Principal":"*""#,
    r#""Principal":{"AWS":"999988887777"}"#,
    r#""Principal":{"AWS":"arn:aws:iam::999988887777:role/app"}"#,
    r#""Principal":{"AWS":["123456789012","arn:aws:iam::555566667777:user/bob"]}"#,
    r#""Principal":{"Service":"sns.amazonaws.com"}"#,
    r#""Principal":{"Service":["s3.amazonaws.com","sns.amazonaws.com"]}"#,
    r#""NotPrincipal":{"AWS":["999988887777","arn:aws:iam::999988887777:role/app"]}"#,
];

const TEXTS: [&str; 10] = [
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIfExists",
    "StringNotEqualsIfExists",
    "ForAllValues:StringEquals",
    "ForAnyValue:StringLike",
    "ForAnyValue:StringNotEquals",
    "StringNotEqualsIgnoreCase",
];

const KEYS: [(&str, [&str; 4]); 7] = [
    ("aws:PrincipalOrgID", [HOME, "o-stranger12", "o-*", "o-home*"]),
    ("aws:PrincipalAccount", [OWN, "999988887777", "9999*", "????????????"]),
    (
        "aws:PrincipalArn",
        [
            "arn:aws:iam::999988887777:role/app",
            "arn:aws:iam::*:user/*",
            "*:role/app",
            "*",
        ],
    ),
    ("aws:PrincipalType", ["User", "AssumedRole", "A*", "Account"]),
    ("aws:SourceAccount", [OWN, "999988887777", "1*", "555566667777"]),
    (
        "aws:SourceArn",
        [
            "arn:aws:s3:::bucket",
            "arn:aws:sns:*:123456789012:*",
            "arn:aws:s3:::*",
            "arn:aws:sns:us-east-1:999988887777:topic",
        ],
    ),
    ("aws:SourceOrgID", [HOME, "o-*", "o-stranger12", "x"]),
];

fn condition() -> impl Strategy<Value = String> {
    let text = (
        0..TEXTS.len(),
        0..KEYS.len(),
        proptest::collection::vec(0..4_usize, 1..3),
    )
        .prop_map(|(operator, key, values)| {
            let (key, choices) = KEYS[key];
            let values: BTreeSet<_> = values
                .into_iter()
                .map(|index| format!("{:?}", choices[index]))
                .collect();
            let values: Vec<_> = values.into_iter().collect();
            format!(r#""{}":{{"{key}":[{}]}}"#, TEXTS[operator], values.join(","))
        });
    let others = [
        r#""Null":{"aws:PrincipalOrgID":"true"}"#,
        r#""Null":{"aws:SourceArn":"false"}"#,
        r#""Bool":{"aws:PrincipalIsAWSService":"false"}"#,
        r#""BoolIfExists":{"aws:PrincipalIsAWSService":"true"}"#,
        r#""IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#,
        r#""NotIpAddress":{"aws:SourceIp":["203.0.113.0/24"]}"#,
        r#""NotIpAddressIfExists":{"aws:SourceIp":["0.0.0.0/1","128.0.0.0/1"]}"#,
        r#""ArnLike":{"aws:SourceArn":"arn:aws:*:*:123456789012:*"}"#,
        r#""ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/*"}"#,
        r#""Odd":{"aws:PrincipalArn":"x"}"#,
    ];
    prop_oneof![4 => text, 1 => (0..others.len()).prop_map(move |index| others[index].to_owned())]
}

fn statement() -> impl Strategy<Value = String> {
    let conditions = proptest::collection::btree_map("[a-c]", condition(), 0..3);
    (
        prop_oneof![3 => Just("Allow"), 2 => Just("Deny")],
        0..PRINCIPALS.len(),
        conditions,
    )
        .prop_map(|(effect, principal, conditions)| {
            let mut operators = BTreeSet::new();
            let distinct: Vec<_> = conditions
                .into_values()
                .filter(|text| operators.insert(text.split("\":").next().unwrap_or_default().to_owned()))
                .collect();
            let conditions = distinct.join(",");
            let principal = PRINCIPALS[principal];
            format!(
                r#"{{"Effect":"{effect}",{principal},"Action":"lambda:*","Resource":"*","Condition":{{{conditions}}}}}"#
            )
        })
}

fn answer(policies: &[Policy]) -> Vec<Exposure> {
    let trust = Trust {
        account: OWN.into(),
        organization: Some(HOME.into()),
        ..Trust::default()
    };
    exposures(
        policies,
        &Target {
            function_arn: ARN.into(),
            url: None,
        },
        &trust,
        Capability::Invoke,
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_allowed_is_found(statements in proptest::collection::vec(statement(), 1..4)) {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
        let policies = [Policy::parse(&text).expect("a policy")];
        let found = answer(&policies);
        for (tier, request) in universe() {
            if decide(&request, &policies).outcome == Outcome::Allowed {
                prop_assert!(found.iter().any(|exposure| exposure.tier <= tier), "missed {request:?}\n{found:#?}");
            }
        }
        for exposure in &found {
            match &exposure.verdict {
                ExposureVerdict::Present { witness } => {
                    prop_assert_eq!(decide(witness, &policies).outcome, Outcome::Allowed);
                }
                ExposureVerdict::CannotTell { reason } => {
                    prop_assert!(!reason.contains("disagree"), "{exposure:?}");
                }
                ExposureVerdict::Conditional { .. } => {}
            }
        }
        prop_assert_eq!(found, answer(&policies));
    }

    #[test]
    fn a_denial_never_opens(statements in proptest::collection::vec(statement(), 1..4), denial in statement()) {
        let worst = |statements: &[String]| {
            let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
            answer(&[Policy::parse(&text).expect("a policy")]).first().map_or(Tier::Nobody, |exposure| exposure.tier)
        };
        let mut more = statements.clone();
        more.push(denial.replace(r#""Effect":"Allow""#, r#""Effect":"Deny""#));
        // Whom the new statement names is told apart afterwards, so tiers of strangers may become tiers of the named.
        prop_assert!(worst(&more).max(Tier::External) >= worst(&statements).min(Tier::External), "{more:?}");
    }
}
