//! Which rewritings of a policy change nothing, and which change it in one direction only? Metamorphic laws.

use super::super::question::certainty;
use super::super::{Exposure, ExposureVerdict, Tier};
use super::universe::OWN;
use super::written::{Asked, Written, asked, document, statements, written};
use super::{CASES, answer, policy, runner};
use proptest::test_runner::TestCaseError;
use std::cell::Cell;
use std::collections::BTreeSet;

/// An exposure without its witness.
pub(super) type Line = (Tier, u8, String, Vec<String>);

/// The answer took more work than an answer may take. How far the work reaches depends on how a policy is written, so that
/// no law holds for what was left undecided.
pub(super) struct GivenUp;

/// How often a law was not asked for that reason.
#[derive(Default)]
pub(super) struct Skipped(Cell<u32>);

impl Skipped {
    /// One more.
    pub(super) fn once(&self) {
        self.0.set(self.0.get() + 1);
    }

    /// Policies of a few lines are decided.
    pub(super) fn is_rare(&self, cases: u32) {
        println!("{} of {cases} policies are too involved for the law", self.0.get());
        assert!(self.0.get() <= 1 + cases / 1_000);
    }
}

pub(super) fn lines(all: &[Written], asked: Asked) -> Result<Vec<Line>, GivenUp> {
    let line = |exposure: Exposure| {
        (
            exposure.tier,
            certainty(&exposure),
            exposure.caller,
            exposure.statements,
        )
    };
    let found = answer(&policy(&document(all)), asked);
    let is_given_up = |exposure: &Exposure| match &exposure.verdict {
        ExposureVerdict::CannotTell { reason } => reason.contains("too involved"),
        ExposureVerdict::Present { .. } | ExposureVerdict::Conditional { .. } => false,
    };
    if found.iter().any(is_given_up) {
        return Err(GivenUp);
    }
    Ok(found.into_iter().map(line).collect())
}

/// The lines without the statements that they come from.
fn callers(lines: Vec<Line>) -> BTreeSet<(Tier, u8, String)> {
    lines
        .into_iter()
        .map(|(tier, certainty, caller, _)| (tier, certainty, caller))
        .collect()
}

/// The worst tier of every certainty and above it; grants that nobody can use are left out.
pub(super) fn worst(lines: &[Line]) -> [Option<Tier>; 3] {
    [0, 1, 2].map(|least| {
        let sure = lines
            .iter()
            .filter(|(tier, certainty, ..)| *certainty >= least && *tier != Tier::Nobody);
        sure.map(|(tier, ..)| *tier).min()
    })
}

/// What has to stay the same.
#[derive(Clone, Copy)]
enum Keeps {
    Everything,
    Callers,
    Worst,
}

type Rewriting = fn(&Written) -> Vec<Written>;

const REWRITINGS: [(&str, Keeps, Rewriting); 10] = [
    ("case of actions and keys", Keeps::Everything, |one| {
        vec![in_capitals(one)]
    }),
    ("a doubled wildcard", Keeps::Everything, |one| vec![doubled(one)]),
    ("root ARN for account id", Keeps::Everything, |one| vec![by_root(one)]),
    ("ArnEquals for ArnLike", Keeps::Everything, |one| vec![swapped(one)]),
    ("IfExists on a negated operator", Keeps::Everything, |one| {
        vec![if_exists(one)]
    }),
    ("NotAction as the actions that remain", Keeps::Everything, |one| {
        vec![spelled_out(one)]
    }),
    ("a statement for each principal", Keeps::Callers, |one| {
        each(&one.principal.1, |part| Written {
            principal: (one.principal.0, vec![part]),
            ..one.clone()
        })
    }),
    ("a statement for each action", Keeps::Worst, |one| match one.action.0 {
        "Action" => each(&one.action.1, |part| Written {
            action: ("Action", vec![part]),
            ..one.clone()
        }),
        _ => vec![one.clone()],
    }),
    ("a statement for each resource", Keeps::Worst, |one| {
        match one.resource.0 {
            "Resource" => each(&one.resource.1, |part| Written {
                resource: ("Resource", vec![part]),
                ..one.clone()
            }),
            _ => vec![one.clone()],
        }
    }),
    ("a statement for each condition value", Keeps::Worst, by_value),
];

fn each<T: Clone>(parts: &[T], one: impl Fn(T) -> Written) -> Vec<Written> {
    parts.iter().cloned().map(one).collect()
}

fn in_capitals(one: &Written) -> Written {
    let action = one.action.1.iter().map(|action| action.to_uppercase()).collect();
    let conditions = one
        .conditions
        .iter()
        .map(|((operator, key), values)| ((operator.clone(), key.to_uppercase()), values.clone()));
    Written {
        action: (one.action.0, action),
        conditions: conditions.collect(),
        ..one.clone()
    }
}

fn doubled(one: &Written) -> Written {
    let twice = |text: &String| {
        if text == "*" {
            text.clone()
        } else {
            text.replace('*', "**")
        }
    };
    let conditions = one.conditions.iter().map(|((operator, key), values)| {
        let values = if operator.contains("Like") {
            values.iter().map(twice).collect()
        } else {
            values.clone()
        };
        ((operator.clone(), key.clone()), values)
    });
    Written {
        action: (one.action.0, one.action.1.iter().map(twice).collect()),
        resource: (one.resource.0, one.resource.1.iter().map(twice).collect()),
        conditions: conditions.collect(),
        ..one.clone()
    }
}

fn by_root(one: &Written) -> Written {
    let root = |name: &&'static str| match *name {
        "999988887777" => "arn:aws:iam::999988887777:root",
        "222233334444" => "arn:aws:iam::222233334444:root",
        OWN => "arn:aws:iam::123456789012:root",
        other => other,
    };
    Written {
        principal: (one.principal.0, one.principal.1.iter().map(root).collect()),
        ..one.clone()
    }
}

fn with_operators(one: &Written, rename: impl Fn(&str) -> String) -> Written {
    let renamed = one
        .conditions
        .iter()
        .map(|((operator, key), values)| ((rename(operator), key.clone()), values.clone()));
    let conditions: std::collections::BTreeMap<_, _> = renamed.collect();
    if conditions.len() < one.conditions.len() {
        // Two conditions would become one.
        return one.clone();
    }
    Written {
        conditions,
        ..one.clone()
    }
}

fn swapped(one: &Written) -> Written {
    with_operators(one, |operator| match operator {
        "ArnLike" => "ArnEquals".into(),
        "ArnEquals" => "ArnLike".into(),
        "ArnNotLike" => "ArnNotEquals".into(),
        "ArnNotEquals" => "ArnNotLike".into(),
        other => other.into(),
    })
}

fn if_exists(one: &Written) -> Written {
    with_operators(one, |operator| {
        let is_plain_negation = operator.contains("Not") && !operator.contains(':') && !operator.ends_with("IfExists");
        if is_plain_negation {
            format!("{operator}IfExists")
        } else {
            operator.to_owned()
        }
    })
}

/// The actions that invoke; others play no part in the questions asked here.
const INVOKING: [&str; 3] = [
    "lambda:InvokeFunction",
    "lambda:InvokeFunctionUrl",
    "lambda:InvokeAsync",
];

fn spelled_out(one: &Written) -> Written {
    if one.action.0 == "Action" {
        return one.clone();
    }
    let is_left = |action: &&&str| {
        !one.action
            .1
            .iter()
            .any(|glob| crate::policy::pattern::glob_matches(glob, action))
    };
    let mut left: Vec<String> = INVOKING
        .iter()
        .filter(is_left)
        .map(|action| (*action).to_owned())
        .collect();
    left.push("lambda:GetAlias".into());
    Written {
        action: ("Action", left),
        ..one.clone()
    }
}

/// Several values of a positive operator are alternatives.
fn by_value(one: &Written) -> Vec<Written> {
    let is_alternative = |((operator, _), values): &(&(String, String), &Vec<String>)| {
        values.len() > 1 && !operator.contains("Not") && !operator.starts_with("ForAllValues")
    };
    let Some((name, values)) = one.conditions.iter().find(is_alternative) else {
        return vec![one.clone()];
    };
    each(values, |value| {
        let mut part = one.clone();
        part.conditions.insert(name.clone(), vec![value]);
        part
    })
}

pub(super) fn differ(
    law: &str,
    all: &[Written],
    (before, after): (impl std::fmt::Debug, impl std::fmt::Debug),
) -> TestCaseError {
    TestCaseError::fail(format!("{law}: {before:?}\nbecomes {after:?}\nin {all:?}"))
}

#[test]
fn rewritings_change_nothing() {
    let skipped = Skipped::default();
    let outcome = runner(CASES / 10).run(&(statements(true), asked()), |(all, asked)| {
        let mut turned: Vec<_> = all.iter().rev().cloned().collect();
        let (Ok(before), Ok(reversed)) = (lines(&all, asked), lines(&turned, asked)) else {
            skipped.once();
            return Ok(());
        };
        // Which of several second grants is named for a URL may depend on the order.
        let is_same = match asked {
            Asked::Direct => reversed == before,
            Asked::OpenUrl | Asked::SignedUrl => callers(reversed.clone()) == callers(before.clone()),
        };
        if !is_same {
            return Err(differ("order", &all, (before, reversed)));
        }
        for (law, keeps, rewrite) in REWRITINGS {
            turned = all.iter().flat_map(rewrite).collect();
            let Ok(after) = lines(&turned, asked) else {
                skipped.once();
                return Ok(());
            };
            let holds = match keeps {
                Keeps::Everything => after == before,
                Keeps::Callers => callers(after.clone()) == callers(before.clone()),
                Keeps::Worst => worst(&after) == worst(&before),
            };
            if !holds {
                return Err(differ(law, &all, (before, after)));
            }
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    skipped.is_rare(CASES / 10);
}

/// Names everybody and everything, and grants nothing: a further statement brings no new names then.
fn directory() -> Written {
    let conditions = [
        written(
            "StringEquals",
            "aws:PrincipalAccount",
            &[OWN, "999988887777", "555566667777", "222233334444"],
        ),
        written(
            "StringEquals",
            "aws:PrincipalOrgID",
            &["o-homehome12", "o-stranger12", "o-friend1234"],
        ),
        written(
            "StringEquals",
            "aws:SourceArn",
            &[
                "arn:aws:s3:::bucket",
                "arn:aws:s3:::b",
                "arn:aws:sns:us-east-1:999988887777:topic",
            ],
        ),
        written("StringEquals", "lambda:EventSourceToken", &["amzn1.ask.skill.x"]),
    ];
    Written {
        sid: "directory".into(),
        effect: "Allow",
        principal: (
            "Principal",
            vec![
                "arn:aws:iam::999988887777:role/app",
                "arn:aws:iam::555566667777:user/bob",
            ],
        ),
        action: ("Action", vec!["lambda:GetAlias".into()]),
        resource: ("Resource", vec!["*".into()]),
        conditions: conditions.into_iter().collect(),
    }
}

#[test]
fn a_grant_never_closes_and_a_denial_never_opens() {
    let skipped = Skipped::default();
    let outcome = runner(CASES / 10).run(
        &(statements(true), statements(true), asked()),
        |(mut all, more, asked)| {
            all.push(directory());
            let Ok(before) = lines(&all, asked) else {
                skipped.once();
                return Ok(());
            };
            let mut one = Written {
                sid: "more".into(),
                effect: "Allow",
                ..more[0].clone()
            };
            let with = |one: &Written| {
                let mut all = all.clone();
                all.push(one.clone());
                lines(&all, asked)
            };
            let Ok(granted) = with(&one) else {
                skipped.once();
                return Ok(());
            };
            for (index, tier) in worst(&before).into_iter().enumerate() {
                let now = worst(&granted)[index];
                if tier.is_some_and(|tier| now.is_none_or(|now| now > tier)) {
                    return Err(differ("a grant", &[all, vec![one]].concat(), (before, granted)));
                }
            }
            one.effect = "Deny";
            let Ok(denied) = with(&one) else {
                skipped.once();
                return Ok(());
            };
            for (tier, certainty, _, statements) in denied.iter().filter(|(_, certainty, ..)| *certainty > 0) {
                let was = |(earlier, surely, _, labels): &Line| {
                    let is_same = asked != Asked::Direct || labels == statements;
                    earlier <= tier && surely >= certainty && is_same
                };
                if *tier != Tier::Nobody && !before.iter().any(was) {
                    return Err(differ("a denial", &[all, vec![one]].concat(), (before, denied)));
                }
            }
            Ok(())
        },
    );
    outcome.unwrap_or_else(|error| panic!("{error}"));
    skipped.is_rare(CASES / 10);
}
