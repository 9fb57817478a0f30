//! Does one value of a request satisfy one value of a condition? Text, ARNs, numbers, dates, addresses.

use super::Match;
use super::element::Scope;
use super::glob::{Literal, Piece, covers};
use ipnet::IpNet;
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use std::cmp::Ordering;
use std::net::IpAddr;

/// Compares without regard to a negation in the operator's name; unknown where one side has no value of that type.
pub(super) fn compare(base: &str, (wanted, value): (&str, &str), scope: &Scope<'_>) -> Match {
    if let Some(relation) = base.strip_prefix("Numeric") {
        return ordered(relation, numbers(value, wanted));
    }
    if let Some(relation) = base.strip_prefix("Date") {
        let order = moment(value).zip(moment(wanted)).map(|(own, other)| own.cmp(&other));
        return ordered(relation, order);
    }
    match base {
        "IpAddress" | "NotIpAddress" => address(wanted, value),
        "Bool" if is_boolean(wanted) => Match::of(wanted.eq_ignore_ascii_case(value)),
        "Bool" => Match::Unknown,
        "BinaryEquals" => Match::of(wanted == value),
        _ if scope.is_plain(wanted) => plain(base, wanted, value),
        _ => scope
            .expand(wanted)
            .map_or(Match::Unknown, |pieces| filled(base, &pieces, value)),
    }
}

fn is_boolean(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

/// Text and ARN operators whose value has no variable.
fn plain(base: &str, wanted: &str, value: &str) -> Match {
    match base {
        "StringLike" | "StringNotLike" => Match::of(covers(wanted, &Literal(value))),
        "StringEquals" | "StringNotEquals" => Match::of(wanted == value),
        "StringEqualsIgnoreCase" | "StringNotEqualsIgnoreCase" => Match::of(is_same_text(wanted, value)),
        _ => {
            let (fields, count) = (wanted.splitn(6, is_colon), count_fields(wanted));
            let compared = fields.map(|field| move |own: &str| covers(field, &Literal(own)));
            arn(count, compared, value)
        }
    }
}

/// Text and ARN operators whose value had variables.
fn filled(base: &str, pieces: &[Piece], value: &str) -> Match {
    match base {
        "StringLike" | "StringNotLike" => Match::of(covers(pieces, &Literal(value))),
        "StringEquals" | "StringNotEquals" => Match::of(spelled(pieces) == value),
        "StringEqualsIgnoreCase" | "StringNotEqualsIgnoreCase" => Match::of(is_same_text(&spelled(pieces), value)),
        _ => {
            let fields: Vec<&[Piece]> = pieces.splitn(6, |piece| *piece == Piece::Letter(':')).collect();
            let compared = fields.iter().map(|field| |own: &str| covers(*field, &Literal(own)));
            arn(fields.len(), compared, value)
        }
    }
}

fn is_same_text(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) || (!one.is_ascii() && one.to_lowercase() == other.to_lowercase())
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

fn is_colon(letter: char) -> bool {
    letter == ':'
}

/// How many fields an ARN has; what follows the fifth colon is one.
fn count_fields(text: &str) -> usize {
    6.min(1 + text.bytes().filter(|byte| *byte == b':').count())
}

/// ARN operators compare six fields one by one, and only the last may hold colons. A pattern with fewer fields is no ARN.
fn arn<F: Fn(&str) -> bool>(count: usize, mut fields: impl Iterator<Item = F>, value: &str) -> Match {
    if count != 6 {
        return Match::Unknown;
    }
    let own = value.splitn(6, is_colon);
    Match::of(count_fields(value) == 6 && fields.by_ref().zip(own).all(|(field, own)| field(own)))
}

/// Whole numbers are compared as such: a 64-bit float confuses long ones.
fn numbers(value: &str, wanted: &str) -> Option<Ordering> {
    if let (Ok(own), Ok(other)) = (value.trim().parse::<i128>(), wanted.trim().parse::<i128>()) {
        return Some(own.cmp(&other));
    }
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    number(value)?.partial_cmp(&number(wanted)?)
}

fn ordered(relation: &str, order: Option<Ordering>) -> Match {
    let Some(order) = order else { return Match::Unknown };
    Match::of(match relation {
        "LessThan" => order == Ordering::Less,
        "LessThanEquals" => order != Ordering::Greater,
        "GreaterThan" => order == Ordering::Greater,
        "GreaterThanEquals" => order != Ordering::Less,
        _ => order == Ordering::Equal,
    })
}

/// ISO 8601 with or without a time, or seconds since the epoch (IAM User Guide, "Date condition operators").
fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse::<i64>() {
        return Timestamp::from_second(seconds).ok();
    }
    if let Ok(moment) = text.parse() {
        return Some(moment);
    }
    let day = if text.len() == "2026-05".len() {
        format!("{text}-01").parse::<Date>()
    } else {
        text.parse::<Date>()
    };
    day.ok()
        .filter(|_| !text.contains('T'))
        .and_then(|day| day.to_zoned(TimeZone::UTC).ok())
        .map(|zoned| zoned.timestamp())
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
