//! Does one condition hold for a concrete request? Every operator of the IAM condition reference, by name.

use super::Match;
use super::element::{Piece, Scope, pieces_match};
use crate::policy::document::Condition;
use crate::policy::request::Values;
use ipnet::IpNet;
use jiff::Timestamp;
use std::cmp::Ordering;
use std::net::IpAddr;

/// The operator's name, taken apart.
struct Name<'a> {
    set: Option<&'a str>,
    base: &'a str,
    if_exists: bool,
}

pub(super) fn holds(condition: &Condition, scope: &Scope<'_>) -> Match {
    let name = name(&condition.operator);
    let present = scope.request.context.get(&condition.key);
    if name.base == "Null" {
        return null(condition, present.is_some());
    }
    let Some(is_negated) = negation(name.base) else {
        return Match::Unknown;
    };
    let Some(values) = present else {
        let all = name.set == Some("ForAllValues");
        return Match::of(name.if_exists || all || (is_negated && name.set.is_none()));
    };
    if name.set.is_none() && matches!(values, Values::Many(_)) {
        // A plain operator on a multivalued key: the outcome is not documented.
        return Match::Unknown;
    }
    let one = |value: &String| {
        let hit = Match::any(
            condition
                .values
                .iter()
                .map(|wanted| compare(name.base, (wanted, value), scope)),
        );
        if is_negated { hit.not() } else { hit }
    };
    match name.set {
        Some("ForAllValues") => Match::every(values.all().iter().map(one)),
        _ => Match::any(values.all().iter().map(one)),
    }
}

fn name(operator: &str) -> Name<'_> {
    let (set, rest) = match operator.split_once(':') {
        Some((set, rest)) => (Some(set), rest),
        None => (None, operator),
    };
    let known = set.is_none_or(|set| matches!(set, "ForAllValues" | "ForAnyValue"));
    let (base, if_exists) = match rest.strip_suffix("IfExists") {
        Some(base) => (base, true),
        None => (rest, false),
    };
    let is_sound = known && !(base == "Null" && (if_exists || set.is_some()));
    Name {
        set,
        base: if is_sound { base } else { "" },
        if_exists,
    }
}

/// Whether the operator is a negated one; `None` for an operator that does not exist.
fn negation(base: &str) -> Option<bool> {
    match base {
        "StringEquals"
        | "StringEqualsIgnoreCase"
        | "StringLike"
        | "ArnEquals"
        | "ArnLike"
        | "Bool"
        | "BinaryEquals"
        | "IpAddress"
        | "NumericEquals"
        | "NumericLessThan"
        | "NumericLessThanEquals"
        | "NumericGreaterThan"
        | "NumericGreaterThanEquals"
        | "DateEquals"
        | "DateLessThan"
        | "DateLessThanEquals"
        | "DateGreaterThan"
        | "DateGreaterThanEquals" => Some(false),
        "StringNotEquals"
        | "StringNotEqualsIgnoreCase"
        | "StringNotLike"
        | "ArnNotEquals"
        | "ArnNotLike"
        | "NotIpAddress"
        | "NumericNotEquals"
        | "DateNotEquals" => Some(true),
        _ => None,
    }
}

fn null(condition: &Condition, is_present: bool) -> Match {
    match condition.values.as_slice() {
        [value] if value == "true" => Match::of(!is_present),
        [value] if value == "false" => Match::of(is_present),
        _ => Match::Unknown,
    }
}

/// Compares without regard to the negation in the operator's name.
fn compare(base: &str, (wanted, value): (&str, &str), scope: &Scope<'_>) -> Match {
    if base.starts_with("Numeric") {
        let number = |text: &str| text.trim().parse::<f64>().ok();
        return ordered(
            base,
            number(value)
                .zip(number(wanted))
                .and_then(|(own, other)| own.partial_cmp(&other)),
        );
    }
    if base.starts_with("Date") {
        return ordered(
            base,
            moment(value).zip(moment(wanted)).map(|(own, other)| own.cmp(&other)),
        );
    }
    if base.ends_with("IpAddress") {
        return address(wanted, value);
    }
    if base == "Bool" {
        let is_boolean = ["true", "false"].iter().any(|word| wanted.eq_ignore_ascii_case(word));
        return if is_boolean {
            Match::of(wanted.eq_ignore_ascii_case(value))
        } else {
            Match::Unknown
        };
    }
    if base == "BinaryEquals" {
        return Match::of(wanted == value);
    }
    let Some(pieces) = scope.expand(wanted) else {
        return Match::Unknown;
    };
    text(base, &pieces, value)
}

fn text(base: &str, pieces: &[Piece], value: &str) -> Match {
    let letters: Vec<char> = value.chars().collect();
    match base {
        "StringLike" | "StringNotLike" => Match::of(pieces_match(pieces, &letters)),
        "StringEqualsIgnoreCase" | "StringNotEqualsIgnoreCase" => {
            Match::of(spelled(pieces).to_lowercase() == value.to_lowercase())
        }
        "StringEquals" | "StringNotEquals" => Match::of(spelled(pieces) == value),
        _ => arn(pieces, value),
    }
}

/// The text itself, for operators that know no wildcards.
fn spelled(pieces: &[Piece]) -> String {
    let letter = |piece: &Piece| match piece {
        Piece::Letter(letter) => *letter,
        Piece::AnyLetter => '?',
        Piece::Anything => '*',
    };
    pieces.iter().map(letter).collect()
}

/// ARN operators compare six fields one by one, and only the last may hold colons. A pattern with fewer fields has
/// no documented meaning.
fn arn(pieces: &[Piece], value: &str) -> Match {
    let wanted: Vec<&[Piece]> = pieces.splitn(6, |piece| *piece == Piece::Letter(':')).collect();
    let fields: Vec<&str> = value.splitn(6, ':').collect();
    if wanted.len() != 6 {
        return Match::Unknown;
    }
    let agree = |(pieces, field): (&&[Piece], &&str)| pieces_match(pieces, &field.chars().collect::<Vec<_>>());
    Match::of(fields.len() == 6 && wanted.iter().zip(&fields).all(agree))
}

fn ordered(base: &str, order: Option<Ordering>) -> Match {
    let Some(order) = order else { return Match::Unknown };
    let comparison = base.trim_start_matches("Numeric").trim_start_matches("Date");
    Match::of(match comparison {
        "LessThan" => order == Ordering::Less,
        "LessThanEquals" => order != Ordering::Greater,
        "GreaterThan" => order == Ordering::Greater,
        "GreaterThanEquals" => order != Ordering::Less,
        _ => order == Ordering::Equal,
    })
}

/// ISO 8601 with or without a time, or seconds since the epoch.
fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse::<i64>() {
        return Timestamp::from_second(seconds).ok();
    }
    text.parse().ok().or_else(|| format!("{text}T00:00:00Z").parse().ok())
}

fn address(wanted: &str, value: &str) -> Match {
    let network = wanted
        .parse::<IpNet>()
        .ok()
        .or_else(|| wanted.parse::<IpAddr>().ok().map(IpNet::from));
    match (network, value.parse::<IpAddr>()) {
        (Some(network), Ok(address)) => Match::of(network.contains(&address)),
        (None, _) => Match::Unknown,
        (Some(_), Err(_)) => Match::No,
    }
}
