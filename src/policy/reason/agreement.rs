//! Do reasoning and concrete evaluation agree? Random policies over a small universe, every request of it enumerated.

mod complement;
mod found;
mod laws;
mod universe;
mod written;

use super::{Capability, Exposure, ExposureVerdict, Target, Tier, UrlAuth, exposures};
use crate::policy::document::Policy;
use crate::policy::request::{Caller, Request};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use std::cell::Cell;
use std::collections::BTreeMap;
use universe::{ARN, Sample, impossible, passes, tier, trust, universe};
use written::{Asked, Written, asked, document, statements};

/// Cases of one property: a release build has time for all of them.
const CASES: u32 = if cfg!(debug_assertions) { 500 } else { 200_000 };

type Held = Result<(), TestCaseError>;

/// A release build tries new policies each time; the others have to fail or hold for everybody alike.
fn runner(cases: u32) -> TestRunner {
    let config = Config {
        cases,
        failure_persistence: None,
        // A policy of a dozen lines is small enough to be read; making it smaller takes longer than all cases.
        max_shrink_iters: 500,
        ..Config::default()
    };
    if cfg!(debug_assertions) {
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
    } else {
        TestRunner::new(config)
    }
}

fn policy(text: &str) -> Policy {
    Policy::parse(text).expect("a policy")
}

fn answer(policy: &Policy, asked: Asked) -> Vec<Exposure> {
    let (capability, url) = match asked {
        Asked::Direct => (Capability::Invoke, None),
        Asked::OpenUrl => (Capability::InvokeUrl, Some(UrlAuth::None)),
        Asked::SignedUrl => (Capability::InvokeUrl, Some(UrlAuth::AwsIam)),
    };
    let target = Target {
        function_arn: ARN.into(),
        url,
    };
    exposures(std::slice::from_ref(policy), &target, &trust(), capability)
}

fn fail(reason: String) -> Held {
    Err(TestCaseError::fail(reason))
}

/// Requests that pass have to be found, as surely as the circumstances of the call permit.
fn nothing_is_missed(
    text: &str,
    (samples, found): (&[Sample], &[Exposure]),
    (asked, is_decidable): (Asked, bool),
) -> Held {
    let policies = [policy(text)];
    let keys = text.to_lowercase();
    let mut seen = BTreeMap::new();
    for sample in samples {
        let alike = traits(&sample.request, text, &keys);
        let does_pass = seen
            .entry(alike)
            .or_insert_with(|| passes(&sample.request, asked, &policies));
        if !*does_pass {
            continue;
        }
        let is_determined = is_decidable && !sample.undetermined.iter().any(|key| keys.contains(key));
        let tier = tier(&sample.request, text);
        let tells = |exposure: &&Exposure| match exposure.verdict {
            ExposureVerdict::Present { .. } => true,
            ExposureVerdict::Conditional { .. } => !sample.is_ordinary || !is_determined,
            ExposureVerdict::CannotTell { .. } => !is_determined,
        };
        if !found.iter().filter(tells).any(|exposure| exposure.tier <= tier) {
            return fail(format!(
                "missed at {tier:?}: {:?}\nin {text}\nfound {found:#?}",
                sample.request
            ));
        }
    }
    Ok(())
}

/// All of a request that a policy of this text can look at: what shares it fares alike.
fn traits<'r>(request: &'r Request, text: &str, keys: &str) -> Vec<(&'r str, &'r [String])> {
    let mut all: Vec<_> = request
        .context
        .iter()
        .filter(|(key, _)| keys.contains(key.as_str()))
        .map(|(key, values)| (key.as_str(), values.all()))
        .collect();
    let (kind, names) = match &request.caller {
        Caller::Anonymous => ("anonymous", vec![]),
        Caller::Principal { arn } => (
            "identity",
            vec![arn.as_str(), arn.split(':').nth(4).unwrap_or_default()],
        ),
        Caller::Service { name } => ("service", vec![name.as_str()]),
    };
    let written = names.into_iter().filter(|name| text.contains(name));
    all.extend(
        [kind, &request.action]
            .into_iter()
            .chain(written)
            .map(|name| (name, &[][..])),
    );
    all
}

/// A witness has to be a call that AWS could see, of a caller of that tier, and it has to pass.
fn every_witness_holds(text: &str, found: &[Exposure], asked: Asked) -> Held {
    let policies = [policy(text)];
    for exposure in found {
        let request = match &exposure.verdict {
            ExposureVerdict::Present { witness }
            | ExposureVerdict::Conditional {
                witness: Some(witness), ..
            } => witness,
            ExposureVerdict::CannotTell { reason } if reason.contains("disagree") => {
                return fail(format!("{exposure:?}\nin {text}"));
            }
            ExposureVerdict::Conditional { witness: None, .. } | ExposureVerdict::CannotTell { .. } => continue,
        };
        if let Some(why) = impossible(request, asked) {
            return fail(format!("impossible ({why}): {request:?}\nin {text}"));
        }
        let own = tier(request, text);
        if own != exposure.tier {
            return fail(format!("witness is of {own:?}: {exposure:?}\nin {text}"));
        }
        if !passes(request, asked, &policies) {
            return fail(format!("does not pass: {exposure:?}\nin {text}"));
        }
    }
    Ok(())
}

fn agrees(
    written: &[Written],
    asked: Asked,
    (samples, is_decidable): (&[Sample], bool),
) -> Result<Vec<Exposure>, TestCaseError> {
    let text = document(written);
    let found = answer(&policy(&text), asked);
    if !found.is_sorted_by_key(|exposure| exposure.tier) {
        fail(format!("not worst first: {found:?}"))?;
    }
    every_witness_holds(&text, &found, asked)?;
    nothing_is_missed(&text, (samples, &found), (asked, is_decidable))?;
    Ok(found)
}

fn samples(asked: Asked) -> Vec<Sample> {
    universe(asked)
}

/// The requests of each way of calling, made once.
struct Universes([Vec<Sample>; 3]);

impl Universes {
    fn new() -> Self {
        Universes([Asked::Direct, Asked::OpenUrl, Asked::SignedUrl].map(samples))
    }

    fn of(&self, asked: Asked) -> &[Sample] {
        match asked {
            Asked::Direct => &self.0[0],
            Asked::OpenUrl => &self.0[1],
            Asked::SignedUrl => &self.0[2],
        }
    }
}

#[test]
fn what_is_documented_is_decided() {
    let universes = Universes::new();
    let (undecided, granted) = (Cell::new(0_u32), Cell::new(0_u32));
    let outcome = runner(CASES).run(&(statements(true), asked()), |(written, asked)| {
        let found = agrees(&written, asked, (universes.of(asked), true))?;
        // Which keys some services send is documented nowhere: no reasoning decides that.
        let is_withheld = |exposure: &Exposure| matches!(&exposure.verdict, ExposureVerdict::CannotTell { reason } if !reason.contains("which source keys"));
        undecided.set(undecided.get() + u32::from(found.iter().any(is_withheld)));
        granted.set(granted.get() + u32::from(found.iter().any(|exposure| exposure.tier != Tier::Nobody)));
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    let share = f64::from(undecided.get()) / f64::from(CASES);
    println!(
        "{CASES} policies: {} grant, {} ({:.2} %) have an answer withheld",
        granted.get(),
        undecided.get(),
        share * 100.0
    );
    assert!(granted.get() > CASES / 5, "most policies grant nothing");
    assert!(
        share < 0.01,
        "{} of {CASES} policies have an answer withheld",
        undecided.get()
    );
}

#[test]
fn what_is_not_documented_is_not_guessed() {
    let universes = Universes::new();
    let outcome = runner(CASES / 4).run(&(statements(false), asked()), |(written, asked)| {
        agrees(&written, asked, (universes.of(asked), false)).map(|_| ())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

/// A policy so involved that the search for any skill is given up: then the named skills may not stand for them.
#[test]
fn the_witness_of_a_named_skill_is_named() {
    let text = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "lambda:*", "Resource": "*",
         "Condition": {"ForAnyValue:StringLikeIfExists": {"aws:SourceOrgPaths": ["o-*/r-ab12/ou-ab12-11111111/"]}}},
        {"Effect": "Deny", "NotPrincipal": {"AWS": "arn:aws:iam::555566667777:user/bob"}, "Action": "lambda:*", "Resource": "*",
         "Condition": {"StringLikeIfExists": {"lambda:EventSourceToken": "amzn1.*"}}},
        {"Effect": "Allow", "Principal": "*", "Action": "lambda:*", "Resource": "*",
         "Condition": {"ForAnyValue:StringEqualsIgnoreCase": {"aws:SourceOrgID": "o-*"},
                       "NotIpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}}]}"#;
    let found = answer(&policy(text), Asked::SignedUrl);
    every_witness_holds(text, &found, Asked::SignedUrl).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn the_witness_of_a_service_shows_for_whom_it_acts() {
    let text = r#"{"Statement": [
        {"Effect": "Deny", "NotPrincipal": {"AWS": "222233334444"}, "Action": "lambda:*", "Resource": "*",
         "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:*:*:*:root"}}},
        {"Effect": "Allow", "Principal": {"Service": ["appconfig.amazonaws.com", "unheard-of.amazonaws.com"]},
         "Action": "lambda:*", "Resource": "*",
         "Condition": {"StringEqualsIfExists": {"aws:SourceAccount": "555566667777"}}}]}"#;
    let found = answer(&policy(text), Asked::Direct);
    assert!(
        found.iter().any(|exposure| exposure.tier == Tier::External),
        "{found:#?}"
    );
    every_witness_holds(text, &found, Asked::Direct).unwrap_or_else(|error| panic!("{error}"));
}
