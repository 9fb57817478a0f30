//! Does one condition hold for a concrete request? Every operator of the IAM condition reference, by name.

use super::Match;
use super::compare::compare;
use super::element::{Reading, Scope};
use crate::policy::document::Condition;
use crate::policy::request::Values;

/// The operator's name, taken apart.
struct Name<'a> {
    set: Option<&'a str>,
    base: &'a str,
    if_exists: bool,
}

/// Whether the condition holds. Where AWS documents nothing, a definite reading takes it for one that does not hold.
pub(super) fn holds(condition: &Condition, scope: &Scope<'_>) -> Match {
    match (surely_holds(condition, scope), scope.reading) {
        (Match::Unknown, Reading::Definite) => Match::No,
        (other, Reading::Definite | Reading::Cautious) => other,
    }
}

fn surely_holds(condition: &Condition, scope: &Scope<'_>) -> Match {
    let name = name(&condition.operator);
    let present = scope.request.context.get(&condition.key);
    if name.base == "Null" {
        return Match::any(condition.values.iter().map(|value| null(value, present.is_some())));
    }
    let Some(is_negated) = negation(name.base) else {
        return Match::Unknown;
    };
    let Some(values) = present else {
        let all = name.set == Some("ForAllValues");
        return Match::of(name.if_exists || all || (is_negated && name.set.is_none()));
    };
    if name.set.is_none() && matches!(values, Values::Many(_)) {
        // A multivalued key needs a set operator (IAM User Guide, "Single-valued vs. multivalued context keys").
        return Match::Unknown;
    }
    let one = |value: &String| {
        let hits = condition.values.iter();
        let hit = Match::any(hits.map(|wanted| compare(name.base, (wanted, value), scope)));
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

fn null(value: &str, is_present: bool) -> Match {
    match value {
        "true" => Match::of(!is_present),
        "false" => Match::of(is_present),
        _ => Match::Unknown,
    }
}
