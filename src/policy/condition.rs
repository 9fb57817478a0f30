//! What does a condition block demand? Every operator, normalised to one form: a test of values, a quantifier, a
//! negation, and the answer for an absent key.

mod address;
mod domain;
mod solve;

pub(super) use domain::{Domain, Strings};
pub(super) use solve::{Literal, Solution, solve};

use super::document::{Condition, Statement, Version};
use super::pattern::{Fill, Meaning, Pattern, Wildcards};
use super::request::Values;
use ipnet::IpNet;
use jiff::Timestamp;
use std::cmp::Ordering;
use std::net::IpAddr;

/// One demand on one key. A statement applies when all of its atoms are true.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Atom {
    pub(super) key: String,
    pub(super) rule: Rule,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Rule {
    /// The `Null` operator.
    Presence {
        must_exist: bool,
    },
    Compare(Comparison),
    /// A demand whose meaning is not known, and why.
    Opaque(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Comparison {
    pub(super) quantifier: Quantifier,
    pub(super) test: Test,
    pub(super) is_negated: bool,
    pub(super) when_absent: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Quantifier {
    /// No prefix: for single-valued keys.
    Plain,
    Any,
    All,
}

/// What a value is compared with; several wanted values are alternatives.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Test {
    Text(Vec<Pattern>),
    Number(Comparator, Vec<i128>),
    /// Seconds since the epoch.
    Moment(Comparator, Vec<i128>),
    Address(Vec<IpNet>),
    Boolean(Vec<bool>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    /// Whether a single value passes, the operator's negation left aside; `None` where AWS does not say: no page tells how
    /// a number is compared with what is none.
    pub(super) fn holds(&self, value: &str) -> Option<bool> {
        Some(match self {
            Test::Text(patterns) => patterns.iter().any(|pattern| pattern.matches(value)),
            Test::Number(comparator, wanted) => compares(*comparator, wanted, number(value)?),
            Test::Moment(comparator, wanted) => compares(*comparator, wanted, moment(value)?),
            Test::Address(networks) => value
                .parse::<IpAddr>()
                .is_ok_and(|address| networks.iter().any(|network| network.contains(&address))),
            Test::Boolean(wanted) => boolean(value).is_some_and(|value| wanted.contains(&value)),
        })
    }
}

fn compares(comparator: Comparator, wanted: &[i128], value: i128) -> bool {
    wanted.iter().any(|wanted| comparator.holds(value.cmp(wanted)))
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
        let decides = match (self.quantifier, values) {
            (Quantifier::Plain, Values::Many(_)) => return None,
            (Quantifier::All, _) => false,
            (Quantifier::Plain | Quantifier::Any, _) => true,
        };
        let mut is_open = false;
        for value in values.all() {
            match self.passes(value) {
                Some(passes) if passes == decides => return Some(decides),
                Some(_) => {}
                None => is_open = true,
            }
        }
        (!is_open).then_some(!decides)
    }

    /// Whether one value passes, negation included; `None` when AWS does not say.
    pub(super) fn passes(&self, value: &str) -> Option<bool> {
        self.test.holds(value).map(|holds| holds != self.is_negated)
    }
}

/// What is known about policy variables: for a variable, and whether its operator is a negated one, its value.
pub(super) type Variables<'v> = dyn Fn(&str, bool) -> Fill + 'v;

/// The demands of a statement whose variables are not known.
pub(super) fn atoms(statement: &Statement, version: Version) -> Vec<Atom> {
    atoms_with(statement, version, &|_, _| Fill::Unknown)
}

/// The demands of a statement; members that the grammar does not know make one that nothing can be proved about.
pub(super) fn atoms_with(statement: &Statement, version: Version, variables: &Variables<'_>) -> Vec<Atom> {
    let unknown = statement.unknown.iter().map(|member| Atom {
        key: String::new(),
        rule: Rule::Opaque(format!("statement element `{member}` is unknown")),
    });
    statement
        .conditions
        .iter()
        .map(|condition| atom(condition, version, variables))
        .chain(unknown)
        .collect()
}

/// The demand of one condition.
pub(super) fn atom(condition: &Condition, version: Version, variables: &Variables<'_>) -> Atom {
    let opaque = |problem: &str| Rule::Opaque(format!("`{}` on `{}` {problem}", condition.operator, condition.key));
    let rule = match rule(condition, version, variables) {
        Ok(rule) => rule,
        Err(problem) => opaque(problem),
    };
    Atom {
        key: condition.key.clone(),
        rule,
    }
}

fn rule(condition: &Condition, version: Version, variables: &Variables<'_>) -> Result<Rule, &'static str> {
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
    if base.starts_with("Numeric") && is_account(&condition.key) {
        return Err("compares an account id, which is text, as a number");
    }
    let read = |text: &str, wildcards, is_negated| match version {
        Version::V2008 => Meaning::Pattern(Pattern::plain(text, wildcards)),
        Version::V2012 => Pattern::template(text, wildcards, &|name| variables(name, is_negated)),
    };
    let (test, is_negated) = test(base, &condition.values, &read)?;
    let when_absent = if_exists || quantifier == Quantifier::All || (is_negated && quantifier == Quantifier::Plain);
    Ok(Rule::Compare(Comparison {
        quantifier,
        test,
        is_negated,
        when_absent,
    }))
}

/// Keys that hold account ids: texts with leading zeros (IAM User Guide, "AWS global condition context keys").
fn is_account(key: &str) -> bool {
    matches!(
        key,
        "aws:principalaccount" | "aws:resourceaccount" | "aws:sourceaccount"
    )
}

/// The operators, each with its test and whether it negates it.
fn test(base: &str, values: &[String], read: &Read<'_>) -> Result<(Test, bool), &'static str> {
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
        _ => text_test(base, values, read),
    }
}

/// Reads a value of a text operator: its wildcards, and whether the operator is negated.
type Read<'r> = dyn Fn(&str, Wildcards, bool) -> Meaning + 'r;

fn text_test(base: &str, values: &[String], read: &Read<'_>) -> Result<(Test, bool), &'static str> {
    type Reading = fn(Pattern) -> Option<Pattern>;
    let (wildcards, reading, is_negated): (Wildcards, Reading, bool) = match base {
        "StringEquals" => (Wildcards::Literal, Some, false),
        "StringNotEquals" => (Wildcards::Literal, Some, true),
        "StringEqualsIgnoreCase" => (Wildcards::Literal, |text| Some(text.any_case()), false),
        "StringNotEqualsIgnoreCase" => (Wildcards::Literal, |text| Some(text.any_case()), true),
        "StringLike" => (Wildcards::Meant, Some, false),
        "StringNotLike" => (Wildcards::Meant, Some, true),
        "ArnEquals" | "ArnLike" => (Wildcards::Meant, |arn| arn.by_arn_field(), false),
        "ArnNotEquals" | "ArnNotLike" => (Wildcards::Meant, |arn| arn.by_arn_field(), true),
        _ => return Err("is an unknown operator"),
    };
    let mut patterns = Vec::with_capacity(values.len());
    for value in values {
        match read(value, wildcards, is_negated) {
            Meaning::Pattern(pattern) => patterns.push(reading(pattern).ok_or("compares with a partial ARN")?),
            Meaning::Nothing => {}
            Meaning::Unknown(_) => return Err("compares with a policy variable"),
        }
    }
    Ok((Test::Text(patterns), is_negated))
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
