//! Do comparison and concrete evaluation agree? Random pairs over a small universe, every request of it enumerated.

use super::{Within, compare};
use crate::policy::document::Policy;
use crate::policy::request::{Caller, Request, Values};
use crate::policy::simulate::allows_as_written;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

fn allows(policy: &Policy, request: &Request) -> bool {
    allows_as_written(request, policy)
}

/// Every value of the keys: absent, single, and for the multivalued one several.
fn contexts() -> Vec<BTreeMap<String, Values>> {
    let one = |text: &str| Some(Values::One(text.to_owned()));
    let many = |texts: &[&str]| Some(Values::Many(texts.iter().map(|text| (*text).to_owned()).collect()));
    let words = [None, one("a"), one("b"), one("ab")];
    let numbers = [None, one("4"), one("5"), one("6")];
    let sets = [None, many(&["a"]), many(&["b"]), many(&["a", "b"])];
    let mut all = Vec::new();
    for word in &words {
        for number in &numbers {
            for set in &sets {
                let keys = [("k", word), ("n", number), ("aws:tagkeys", set)];
                let given = keys
                    .into_iter()
                    .filter_map(|(key, value)| Some((key.to_owned(), value.clone()?)));
                all.push(given.collect());
            }
        }
    }
    all
}

fn universe() -> Vec<Request> {
    let actions = ["s:GetA", "s:GetB", "t:GetA", "s:PutA"];
    let resources = ["arn:aws:s:::a", "arn:aws:s:::b", "arn:aws:s:::a/b", "arn:aws:t:::a"];
    let mut all = Vec::new();
    for context in contexts() {
        for (action, resource) in actions
            .iter()
            .flat_map(|action| resources.map(|resource| (action, resource)))
        {
            all.push(Request {
                action: (*action).to_owned(),
                resource: resource.to_owned(),
                caller: Caller::Principal {
                    arn: "arn:aws:iam::111122223333:role/holder".into(),
                },
                context: context.clone(),
            });
        }
    }
    all
}

fn condition() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "{}",
        r#"{"StringEquals":{"k":"a"}}"#,
        r#"{"StringLike":{"k":["a*","b"]}}"#,
        r#"{"StringNotEquals":{"k":"a"}}"#,
        r#"{"StringNotLike":{"k":"?b"}}"#,
        r#"{"StringEqualsIfExists":{"k":"b"}}"#,
        r#"{"StringEqualsIgnoreCase":{"k":"A"}}"#,
        r#"{"Null":{"k":"true"}}"#,
        r#"{"Null":{"n":"false"}}"#,
        r#"{"NumericLessThan":{"n":"5"}}"#,
        r#"{"NumericGreaterThanEquals":{"n":"5"},"StringLike":{"k":"*"}}"#,
        r#"{"NumericNotEquals":{"n":"5"}}"#,
        r#"{"ForAnyValue:StringEquals":{"aws:TagKeys":"a"}}"#,
        r#"{"ForAllValues:StringEquals":{"aws:TagKeys":["a"]}}"#,
        r#"{"ForAnyValue:StringNotEquals":{"aws:TagKeys":"b"}}"#,
    ])
}

fn statement() -> impl Strategy<Value = String> {
    let effect = prop::sample::select(vec!["Allow", "Allow", "Deny"]);
    let action = prop::sample::select(vec![
        r#""Action":"*""#,
        r#""Action":"s:*""#,
        r#""Action":"S:get?""#,
        r#""Action":["s:GetA","t:*"]"#,
        r#""NotAction":"s:Get*""#,
        r#""NotAction":["t:*","s:PutA"]"#,
    ]);
    let resource = prop::sample::select(vec![
        r#""Resource":"*""#,
        r#""Resource":"arn:aws:s:::*""#,
        r#""Resource":["arn:aws:s:::a*","arn:aws:t:::a"]"#,
        r#""Resource":"arn:aws:?:::a""#,
        r#""NotResource":"arn:aws:s:::a""#,
        r#""NotResource":"arn:aws:s:::*""#,
    ]);
    (effect, action, resource, condition()).prop_map(|(effect, action, resource, condition)| {
        format!(r#"{{"Effect":"{effect}",{action},{resource},"Condition":{condition}}}"#)
    })
}

fn policy() -> impl Strategy<Value = Policy> {
    prop::collection::vec(statement(), 1..4).prop_map(|statements| {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
        Policy::parse(&text).expect("a policy")
    })
}

static COMPARED: AtomicU32 = AtomicU32::new(0);
static UNDECIDED: AtomicU32 = AtomicU32::new(0);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 300 } else { 20_000 }))]

    #[test]
    fn what_only_one_allows_is_found(one in policy(), other in policy()) {
        let compared = compare(&one, &other);
        let requests = universe();
        let only = |narrow: &Policy, wide: &Policy| {
            requests.iter().find(|request| allows(narrow, request) && !allows(wide, request)).cloned()
        };
        for (within, found) in [(compared.a_within_b, only(&one, &other)), (compared.b_within_a, only(&other, &one))] {
            prop_assert!(within != Within::Yes || found.is_none(), "{found:?}");
            COMPARED.fetch_add(1, Ordering::Relaxed);
            UNDECIDED.fetch_add(u32::from(within == Within::CannotTell), Ordering::Relaxed);
        }
        if let Some(witness) = compared.witness_only_a {
            prop_assert!(allows(&one, &witness) && !allows(&other, &witness));
        }
        let (compared, undecided) = (COMPARED.load(Ordering::Relaxed), UNDECIDED.load(Ordering::Relaxed));
        prop_assert!(undecided * 100 <= compared.max(1000), "{undecided} of {compared} undecided");
    }

    #[test]
    fn more_statements_change_the_sets_as_they_must(policy in policy(), extra in statement()) {
        let text = |more: &str| format!(r#"{{"Version":"2012-10-17","Statement":[{more}]}}"#);
        let one = Policy::parse(&text(&extra)).expect("a policy");
        prop_assert_eq!(compare(&policy, &policy).a_within_b, Within::Yes, "every policy is within itself");
        prop_assert!(compare(&one, &Policy::parse(&text("")).expect("a policy")).b_within_a == Within::Yes);
    }
}
