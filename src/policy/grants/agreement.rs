//! Do the containment answers and concrete evaluation agree? Random role policies, every sampled resource tried.

use super::{Answer, RoleGrants};
use crate::policy::document::Policy;
use crate::policy::request::{Caller, Request, Values};
use crate::policy::simulate::{Outcome, decide_identity};
use proptest::prelude::*;
use std::collections::BTreeMap;

const RESOURCES: [&str; 5] = [
    "arn:aws:s3:::a",
    "arn:aws:s3:::a/x",
    "arn:aws:s3:::b/x",
    "arn:aws:s3:::ab/y",
    "arn:aws:s3:::b",
];

const PATTERNS: [&str; 6] = [
    "*",
    "arn:aws:s3:::a*",
    "arn:aws:s3:::?/x",
    "arn:aws:s3:::b",
    "arn:aws:s3:::*/*",
    "arn:aws:s3:::a",
];

const CONDITIONS: [&str; 5] = [
    "{}",
    r#"{"StringEquals":{"aws:PrincipalAccount":"123456789012"}}"#,
    r#"{"StringEquals":{"aws:PrincipalAccount":"999988887777"}}"#,
    r#"{"StringEquals":{"aws:PrincipalTag/team":"x"}}"#,
    r#"{"StringNotEquals":{"aws:SourceArn":"x"}}"#,
];

fn statement() -> impl Strategy<Value = String> {
    let effect = prop_oneof![3 => Just("Allow"), 1 => Just("Deny")];
    let action = prop_oneof![
        Just(r#""Action":"s3:Get*""#),
        Just(r#""Action":"*""#),
        Just(r#""NotAction":"iam:*""#),
        Just(r#""NotAction":"s3:*""#)
    ];
    let resource = (
        prop_oneof![4 => Just("Resource"), 1 => Just("NotResource")],
        0..PATTERNS.len(),
        0..PATTERNS.len(),
    );
    (effect, action, resource, 0..CONDITIONS.len()).prop_map(|(effect, action, (element, one, two), condition)| {
        let (one, two, condition) = (PATTERNS[one], PATTERNS[two], CONDITIONS[condition]);
        format!(r#"{{"Effect":"{effect}",{action},"{element}":["{one}","{two}"],"Condition":{condition}}}"#)
    })
}

fn policy(statements: &[String]) -> Policy {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
    Policy::parse(&text).expect("a policy")
}

fn allowed(identity: &Policy, boundary: Option<&Policy>, (resource, tag): (&str, &str)) -> bool {
    let role = "arn:aws:iam::123456789012:role/app".to_owned();
    let context = [
        ("aws:principalaccount", "123456789012"),
        ("aws:principalarn", role.as_str()),
        ("aws:principaltag/team", tag),
    ];
    let present = context.into_iter().filter(|(_, value)| !value.is_empty());
    let context: BTreeMap<_, _> = present
        .map(|(key, value)| (key.to_owned(), Values::One(value.to_owned())))
        .collect();
    let request = Request {
        action: "s3:GetObject".into(),
        resource: resource.into(),
        caller: Caller::Principal { arn: role },
        context,
    };
    decide_identity(&request, std::slice::from_ref(identity), boundary).outcome == Outcome::Allowed
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_hold_for_every_resource_tried(
        statements in proptest::collection::vec(statement(), 1..5),
        limits in proptest::option::of(proptest::collection::vec(statement(), 1..3)),
        asked in 0..PATTERNS.len(),
    ) {
        let (identity, boundary) = (policy(&statements), limits.as_deref().map(policy));
        let grants = RoleGrants::new(vec![("p".into(), identity.clone())], boundary.clone(), "123456789012".into());
        let glob = crate::policy::pattern::Pattern::glob(PATTERNS[asked]);
        let samples = RESOURCES.iter().filter(|resource| glob.matches(resource)).flat_map(|resource| [(*resource, ""), (*resource, "x")]);
        let outcomes: Vec<bool> = samples.map(|sample| allowed(&identity, boundary.as_ref(), sample)).collect();
        match grants.covers("s3:GetObject", PATTERNS[asked]) {
            Answer::Yes(grounds) => prop_assert!(!grounds.is_empty() && outcomes.iter().all(|allowed| *allowed)),
            // The pattern with one member has to be refused there, at least under some circumstance.
            Answer::No if PATTERNS[asked] == "arn:aws:s3:::b" => prop_assert!(outcomes.contains(&false)),
            Answer::No | Answer::CannotTell(_) => {}
        }
        match grants.permits_some("s3:GetObject", PATTERNS[asked]) {
            Answer::No => prop_assert!(!outcomes.contains(&true)),
            Answer::Yes(_) if PATTERNS[asked] == "arn:aws:s3:::b" => prop_assert!(!outcomes.contains(&false)),
            Answer::Yes(_) | Answer::CannotTell(_) => {}
        }
    }
}
