//! What does a condition block demand? Every operator, normalised to one form: a test of values, a quantifier, a
//! negation, and the answer for an absent key.

mod address;
mod domain;
mod solve;

pub(super) use domain::{Domain, Strings};
pub(super) use solve::{Literal, Solution, solve};

use super::document::{Condition, Statement, Version};
use super::pattern::Pattern;
use super::request::Values;
use ipnet::IpNet;
use jiff::Timestamp;
use std::cmp::Ordering;
use std::net::IpAddr;

/// One demand on one key. A statement applies when all of its atoms are true.
#[derive(Debug, Clone)]
pub(super) struct Atom {
    pub(super) key: String,
    pub(super) rule: Rule,
}

#[derive(Debug, Clone)]
pub(super) enum Rule {
    /// The `Null` operator.
    Presence {
        must_exist: bool,
    },
    Compare(Comparison),
    /// A demand whose meaning is not known, and why.
    Opaque(String),
}

#[derive(Debug, Clone)]
pub(super) struct Comparison {
    pub(super) quantifier: Quantifier,
    pub(super) test: Test,
    pub(super) is_negated: bool,
    pub(super) when_absent: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantifier {
    /// No prefix: for single-valued keys.
    Plain,
    Any,
    All,
}

/// What a value is compared with; several wanted values are alternatives.
#[derive(Debug, Clone)]
pub(super) enum Test {
    Text(Vec<Pattern>),
    Number(Comparator, Vec<i128>),
    /// Seconds since the epoch.
    Moment(Comparator, Vec<i128>),
    Address(Vec<IpNet>),
    Boolean(Vec<bool>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparator {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparator {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Comparator::Equal => order.is_eq(),
            Comparator::Less => order.is_lt(),
            Comparator::LessOrEqual => order.is_le(),
            Comparator::Greater => order.is_gt(),
            Comparator::GreaterOrEqual => order.is_ge(),
        }
    }
}

impl Test {
    /// Whether a single value passes, the operator's negation left aside.
    pub(super) fn holds(&self, value: &str) -> bool {
        match self {
            Test::Text(patterns) => patterns.iter().any(|pattern| pattern.matches(value)),
            Test::Number(comparator, wanted) => compares(*comparator, wanted, number(value)),
            Test::Moment(comparator, wanted) => compares(*comparator, wanted, moment(value)),
            Test::Address(networks) => value
                .parse::<IpAddr>()
                .is_ok_and(|address| networks.iter().any(|network| network.contains(&address))),
            Test::Boolean(wanted) => boolean(value).is_some_and(|value| wanted.contains(&value)),
        }
    }
}

fn compares(comparator: Comparator, wanted: &[i128], value: Option<i128>) -> bool {
    value.is_some_and(|value| wanted.iter().any(|wanted| comparator.holds(value.cmp(wanted))))
}

impl Atom {
    /// Whether the demand holds for what a key has; `None` when AWS does not say.
    pub(super) fn truth(&self, values: Option<&Values>) -> Option<bool> {
        match (&self.rule, values) {
            (Rule::Opaque(_), _) => None,
            (Rule::Presence { must_exist }, values) => Some(*must_exist == values.is_some()),
            (Rule::Compare(comparison), None) => Some(comparison.when_absent),
            (Rule::Compare(comparison), Some(values)) => comparison.truth(values),
        }
    }
}

impl Comparison {
    fn truth(&self, values: &Values) -> Option<bool> {
        let mut passes = values.all().iter().map(|value| self.passes(value));
        match (self.quantifier, values) {
            (Quantifier::Plain, Values::Many(_)) => None,
            (Quantifier::All, _) => Some(passes.all(|pass| pass)),
            (Quantifier::Plain | Quantifier::Any, _) => Some(passes.any(|pass| pass)),
        }
    }

    /// Whether one value passes, negation included.
    pub(super) fn passes(&self, value: &str) -> bool {
        self.test.holds(value) != self.is_negated
    }
}

/// The demands of a statement; members that the grammar does not know make one that nothing can be proved about.
pub(super) fn atoms(statement: &Statement, version: Version) -> Vec<Atom> {
    let unknown = statement.unknown.iter().map(|member| Atom {
        key: String::new(),
        rule: Rule::Opaque(format!("statement element `{member}` is unknown")),
    });
    statement
        .conditions
        .iter()
        .map(|condition| atom(condition, version))
        .chain(unknown)
        .collect()
}

fn atom(condition: &Condition, version: Version) -> Atom {
    let opaque = |problem: &str| Rule::Opaque(format!("`{}` on `{}` {problem}", condition.operator, condition.key));
    let rule = match rule(condition, version) {
        Ok(rule) => rule,
        Err(problem) => opaque(problem),
    };
    Atom {
        key: condition.key.clone(),
        rule,
    }
}

fn rule(condition: &Condition, version: Version) -> Result<Rule, &'static str> {
    if condition.operator == "Null" {
        return match condition.values.as_slice() {
            [value] => boolean(value)
                .map(|null| Rule::Presence { must_exist: !null })
                .ok_or("takes a boolean"),
            _ => Err("takes one boolean"),
        };
    }
    let (quantifier, rest) = match condition.operator.split_once(':') {
        None => (Quantifier::Plain, condition.operator.as_str()),
        Some(("ForAnyValue", rest)) => (Quantifier::Any, rest),
        Some(("ForAllValues", rest)) => (Quantifier::All, rest),
        Some(_) => return Err("has an unknown prefix"),
    };
    let (base, if_exists) = rest.strip_suffix("IfExists").map_or((rest, false), |base| (base, true));
    let (test, is_negated) = test(base, &condition.values, version)?;
    let when_absent = if_exists || quantifier == Quantifier::All || (is_negated && quantifier == Quantifier::Plain);
    Ok(Rule::Compare(Comparison {
        quantifier,
        test,
        is_negated,
        when_absent,
    }))
}

/// The operators, each with its test and whether it negates it.
fn test(base: &str, values: &[String], version: Version) -> Result<(Test, bool), &'static str> {
    if let Some(comparator) = base.strip_prefix("Numeric") {
        let (comparator, is_negated) = comparator_of(comparator)?;
        return Ok((Test::Number(comparator, all(values, number)?), is_negated));
    }
    if let Some(comparator) = base.strip_prefix("Date") {
        let (comparator, is_negated) = comparator_of(comparator)?;
        return Ok((Test::Moment(comparator, all(values, moment)?), is_negated));
    }
    match base {
        "IpAddress" => Ok((Test::Address(all(values, network)?), false)),
        "NotIpAddress" => Ok((Test::Address(all(values, network)?), true)),
        "Bool" => Ok((Test::Boolean(all(values, boolean)?), false)),
        "BinaryEquals" => Ok((
            Test::Text(values.iter().map(|value| Pattern::literal(value)).collect()),
            false,
        )),
        _ => text_test(base, values, version),
    }
}

fn text_test(base: &str, values: &[String], version: Version) -> Result<(Test, bool), &'static str> {
    type Reading = fn(&str) -> Option<Pattern>;
    let (reading, is_negated): (Reading, bool) = match base {
        "StringEquals" => (|text| Some(Pattern::literal(text)), false),
        "StringNotEquals" => (|text| Some(Pattern::literal(text)), true),
        "StringEqualsIgnoreCase" => (|text| Some(Pattern::literal(text).any_case()), false),
        "StringNotEqualsIgnoreCase" => (|text| Some(Pattern::literal(text).any_case()), true),
        "StringLike" => (|text| Some(Pattern::glob(text)), false),
        "StringNotLike" => (|text| Some(Pattern::glob(text)), true),
        "ArnEquals" | "ArnLike" => (|text| Pattern::glob(text).by_arn_field(), false),
        "ArnNotEquals" | "ArnNotLike" => (|text| Pattern::glob(text).by_arn_field(), true),
        _ => return Err("is an unknown operator"),
    };
    if version == Version::V2012 && values.iter().any(|value| value.contains("${")) {
        return Err("compares with a policy variable");
    }
    let patterns = values.iter().map(|value| reading(value)).collect::<Option<Vec<_>>>();
    patterns
        .map(|patterns| (Test::Text(patterns), is_negated))
        .ok_or("compares with a partial ARN")
}

fn comparator_of(name: &str) -> Result<(Comparator, bool), &'static str> {
    match name {
        "Equals" => Ok((Comparator::Equal, false)),
        "NotEquals" => Ok((Comparator::Equal, true)),
        "LessThan" => Ok((Comparator::Less, false)),
        "LessThanEquals" => Ok((Comparator::LessOrEqual, false)),
        "GreaterThan" => Ok((Comparator::Greater, false)),
        "GreaterThanEquals" => Ok((Comparator::GreaterOrEqual, false)),
        _ => Err("is an unknown operator"),
    }
}

fn all<T>(values: &[String], read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, &'static str> {
    values
        .iter()
        .map(|value| read(value))
        .collect::<Option<_>>()
        .ok_or("has a value that cannot be read")
}

/// A decimal number in millionths, so that comparison is exact.
fn number(text: &str) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 6 || whole.len() > 20 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{whole}{fraction:0<6}").parse().ok()
}

/// Seconds since the epoch, of ISO 8601 text or a number.
fn moment(text: &str) -> Option<i128> {
    let stamp = if let Ok(seconds) = text.parse::<i64>() {
        Timestamp::from_second(seconds).ok()
    } else {
        text.parse()
            .ok()
            .or_else(|| format!("{text}T00:00:00Z").parse::<Timestamp>().ok())
    };
    stamp.map(|stamp| i128::from(stamp.as_second()))
}

fn network(text: &str) -> Option<IpNet> {
    text.parse()
        .ok()
        .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}
