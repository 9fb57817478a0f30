//! Does every policy that somebody could write end? The worst twenty kilobytes of each kind, and what a fuzzer once found slow.

use lambda_vigil::policy::{
    Capability, Exposure, ExposureVerdict, Policy, Target, Tier, Trust, UrlAuth, Within, compare, exposures,
};
use std::fmt::Write;
use std::time::{Duration, Instant};

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:orders";

/// What AWS stores at most; a build without optimisation gets less, so that it ends as soon.
const SIZE: usize = if cfg!(debug_assertions) { 4_000 } else { 20_000 };

/// The budget of a question bounds its work, but cannot be seen from outside: this is ten times what it should come to.
const LONGEST: Duration = Duration::from_secs(1);

/// What is true of a policy, whether or not anybody can find it out.
#[derive(Clone, Copy)]
enum Truth {
    Open,
    Closed,
}

use Truth::{Closed, Open};

fn document(statements: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
}

fn allow(principal: &str, condition: &str) -> String {
    format!(
        r#"{{"Effect":"Allow","Principal":{principal},"Action":"lambda:*","Resource":"*","Condition":{condition}}}"#
    )
}

fn deny(condition: &str) -> String {
    format!(r#"{{"Effect":"Deny","Principal":"*","Action":"lambda:*","Resource":"*","Condition":{condition}}}"#)
}

/// As many of the numbered parts as fit.
fn many(size: usize, part: impl Fn(usize) -> String) -> String {
    let mut all = String::new();
    for index in 0.. {
        let next = part(index);
        if all.len() + next.len() + 1 > size {
            break;
        }
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(all, "{comma}{next}");
    }
    all
}

fn gaps(count: usize) -> String {
    "?".repeat(count)
}

/// A document, its name and what is true of a direct call.
type Hostile = (&'static str, Truth, String);

fn families() -> Vec<Hostile> {
    [patterns(), denials(), names()].concat()
}

fn patterns() -> Vec<Hostile> {
    let star = |values: &str| {
        allow(
            r#""*""#,
            &format!(r#"{{"StringLike":{{"aws:PrincipalArn":[{values}]}}}}"#),
        )
    };
    vec![
        (
            "one pattern of a thousand letters",
            Closed,
            document(&star(&format!("\"{}b\"", "*a".repeat(9_000)))),
        ),
        (
            "a family of distances, wanted",
            Open,
            document(&star(&many(SIZE, |n| format!("\"*a{}b*\"", gaps(n))))),
        ),
        (
            "addresses without end",
            Open,
            document(&allow(
                r#""*""#,
                &format!(
                    r#"{{"NotIpAddress":{{"aws:SourceIp":[{}]}}}}"#,
                    many(SIZE, |n| format!("\"{}.{}.0.0/16\"", n / 256, n % 256)),
                ),
            )),
        ),
        (
            "actions without end",
            Closed,
            document(&format!(
                r#"{{"Effect":"Allow","Principal":"*","NotAction":[{}],"Resource":"*"}}"#,
                many(SIZE, |n| format!("\"*a{}b*\"", gaps(n % 30))),
            )),
        ),
        (
            "pairs for a URL",
            Open,
            document(&many(SIZE, |n| {
                allow(r#""*""#, &format!(r#"{{"StringLike":{{"aws:UserAgent":"*{n}?*"}}}}"#))
            })),
        ),
        (
            "conditions without end",
            Open,
            document(&allow(
                r#""*""#,
                &format!(
                    r#"{{"StringLike":{{{}}}}}"#,
                    many(SIZE, |n| format!(r#""aws:PrincipalTag/{n}":"*a*b""#)),
                ),
            )),
        ),
    ]
}

fn denials() -> Vec<Hostile> {
    let everyone = allow(r#""*""#, "{}");
    let denied = |one: &dyn Fn(usize) -> String| document(&format!("{everyone},{}", many(SIZE, one)));
    vec![
        (
            "a family of distances, denied",
            Open,
            denied(&|n| deny(&format!(r#"{{"StringLike":{{"aws:PrincipalArn":"*a{}"}}}}"#, gaps(n)))),
        ),
        (
            "a family of distances, denied at the end",
            Open,
            denied(&|n| {
                deny(&format!(
                    r#"{{"StringNotLike":{{"aws:UserAgent":"*a{}"}}}}"#,
                    gaps(n + 1)
                ))
            }),
        ),
        (
            "denials with two ways out",
            Open,
            denied(&|n| {
                deny(&format!(
                    r#"{{"StringLike":{{"aws:PrincipalArn":"*{n}*?*{n}*","aws:UserAgent":"*{n}*"}}}}"#
                ))
            }),
        ),
        (
            "denials whose ways out exclude each other",
            Open,
            denied(&|n| {
                deny(&format!(
                    r#"{{"StringEquals":{{"aws:PrincipalTag/a":"{n}"}},"StringNotEquals":{{"aws:PrincipalTag/a":"{}"}},"StringLike":{{"aws:UserAgent":"*{n}?"}}}}"#,
                    n + 1
                ))
            }),
        ),
        (
            "denials on ever other keys",
            Open,
            denied(&|n| {
                deny(&format!(
                    r#"{{"StringNotEquals":{{"aws:PrincipalTag/{n}":"a"}},"StringEquals":{{"aws:PrincipalTag/{}":"a"}}}}"#,
                    n + 1
                ))
            }),
        ),
    ]
}

fn names() -> Vec<Hostile> {
    vec![
        (
            "accounts without end",
            Open,
            document(&many(SIZE, |n| allow(&format!(r#"{{"AWS":"{:012}"}}"#, n + 1), "{}"))),
        ),
        (
            "principals without end",
            Open,
            document(&allow(
                &format!(r#"{{"AWS":[{}]}}"#, many(SIZE, |n| format!("\"{:012}\"", n + 1))),
                r#"{"StringLike":{"aws:PrincipalOrgID":"o-*"}}"#,
            )),
        ),
        (
            "organizations without end",
            Open,
            document(&allow(
                r#""*""#,
                &format!(
                    r#"{{"StringNotEquals":{{"aws:PrincipalOrgID":[{}]}}}}"#,
                    many(SIZE, |n| format!("\"o-{n:010}\""))
                ),
            )),
        ),
        (
            "organizations and accounts without end",
            Open,
            document(&allow(
                r#""*""#,
                &format!(
                    r#"{{"StringNotEquals":{{"aws:PrincipalOrgID":[{}],"aws:PrincipalAccount":[{}]}}}}"#,
                    many(SIZE / 2, |n| format!("\"o-{n:010}\"")),
                    many(SIZE / 2, |n| format!("\"{:012}\"", n + 1)),
                ),
            )),
        ),
        (
            "the same, nobody passes",
            Closed,
            document(&allow(
                r#""*""#,
                &format!(
                    r#"{{"StringEquals":{{"aws:PrincipalOrgID":[{}],"aws:PrincipalAccount":[{}],"aws:PrincipalArn":"x"}}}}"#,
                    many(SIZE / 2, |n| format!("\"o-{n:010}\"")),
                    many(SIZE / 2, |n| format!("\"{:012}\"", n + 1)),
                ),
            )),
        ),
        (
            "sources without end",
            Closed,
            document(&allow(
                r#""*""#,
                &format!(
                    r#"{{"ArnLike":{{"aws:SourceArn":[{}]}},"StringEquals":{{"aws:SourceAccount":"999999999999"}}}}"#,
                    many(SIZE, |n| format!("\"arn:aws:sns:us-east-1:{:012}:topic\"", n + 1)),
                ),
            )),
        ),
        (
            "services without end",
            Open,
            document(&allow(
                &format!(
                    r#"{{"Service":[{}]}}"#,
                    many(SIZE, |n| format!("\"s{n}.amazonaws.com\""))
                ),
                r#"{"StringLike":{"aws:SourceArn":"*a??b*"}}"#,
            )),
        ),
    ]
}

fn asked() -> [(Capability, Option<UrlAuth>); 5] {
    [
        (Capability::Invoke, None),
        (Capability::InvokeUrl, Some(UrlAuth::None)),
        (Capability::InvokeUrl, Some(UrlAuth::AwsIam)),
        (Capability::Change, None),
        (Capability::Read, None),
    ]
}

fn ask(text: &str, (capability, url): (Capability, Option<UrlAuth>)) -> Vec<Exposure> {
    let policies = [Policy::parse(text).unwrap_or_else(|error| panic!("{error}"))];
    let trust = Trust {
        account: "123456789012".into(),
        organization: Some("o-homehome12".into()),
        ..Trust::default()
    };
    exposures(
        &policies,
        &Target {
            function_arn: ARN.into(),
            url,
        },
        &trust,
        capability,
    )
}

#[test]
fn a_policy_of_the_full_size_is_answered_in_time_and_not_wrongly() {
    for (name, truth, text) in families() {
        let found = ask(&text, asked()[0]);
        let is_certain = |one: &Exposure| !matches!(one.verdict, ExposureVerdict::CannotTell { .. });
        let has_way_in = |one: &&Exposure| one.tier != Tier::Nobody;
        let is_right = match truth {
            Open => found.iter().any(|one| has_way_in(&one)),
            Closed => !found.iter().filter(has_way_in).any(is_certain),
        };
        assert!(is_right, "{name}: {found:?}");
    }
}

/// What a fuzzer kept, made small by `cargo fuzz cmin`: each reaches code that no other does.
fn kept() -> Vec<String> {
    let path = crate::recorded::root().join("tests/policies/fuzz/texts.jsonl");
    let lines = std::fs::read_to_string(path).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Whether the concrete evaluator refused what the reasoning found: nothing wrong was said, but a bug it is.
fn is_withdrawn(one: &Exposure) -> bool {
    matches!(&one.verdict, ExposureVerdict::CannotTell { reason } if reason.contains("disagree"))
}

#[test]
fn what_a_fuzzer_kept_is_answered() {
    let (mut policies, mut longest) = (0, Duration::ZERO);
    for text in kept() {
        let start = Instant::now();
        if let Ok(policy) = Policy::parse(&text) {
            policies += 1;
            for question in asked() {
                let found = ask(&text, question);
                assert!(!found.iter().any(is_withdrawn), "{text}: {found:?}");
            }
            assert_ne!(compare(&policy, &policy).a_within_b, Within::No, "{text}");
        }
        longest = longest.max(start.elapsed());
    }
    assert!(policies > 50, "only {policies} policies");
    assert!(cfg!(debug_assertions) || longest < LONGEST, "{longest:?}");
}

/// What is known to take longer than it should; the list may only shrink.
const KNOWN_SLOW: &[&str] = &["organizations and accounts without end", "the same, nobody passes"];

#[test]
fn every_question_about_such_a_policy_ends() {
    let mut slow = Vec::new();
    for (name, _, text) in families() {
        for question in asked() {
            let start = Instant::now();
            let found = ask(&text, question);
            let taken = start.elapsed();
            let line = format!("{taken:>12.1?} {:>5} exposures: {name}, {question:?}", found.len());
            println!("{line}");
            if taken > LONGEST && !KNOWN_SLOW.contains(&name) {
                slow.push(line);
            }
        }
    }
    // A build without optimisation is not measured.
    assert!(cfg!(debug_assertions) || slow.is_empty(), "{}", slow.join("\n"));
}
