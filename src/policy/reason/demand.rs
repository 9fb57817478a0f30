//! What does a text with one variable for a tag of the caller demand of that tag? The caller's account sets it to whatever fits.

use super::class::{Class, World};
use crate::policy::condition::{Atom, Comparison, Quantifier, Rule, Test};
use crate::policy::document::{Condition, Selection, Statement};
use crate::policy::pattern::{Fill, Pattern, key_and_default};

/// A tag that is one value and free of all other keys of a request.
const TAG: &str = "aws:principaltag/";

/// The demand under which a statement means the target, where one element does for one value of a tag and no other does.
pub(super) fn of_resource(statement: &Statement, world: &World) -> Option<Atom> {
    let Some(Selection::Only(elements)) = &statement.resource else {
        return None;
    };
    match elements.as_slice() {
        [element] => equal(element, &world.target),
        _ => None,
    }
}

/// The demand that a condition amounts to, where its own key has one value in the class and a tag is what varies.
pub(super) fn of_condition(condition: &Condition, world: &World, class: &Class) -> Option<Atom> {
    let ([value], "StringEquals") = (condition.values.as_slice(), condition.operator.as_str()) else {
        return None;
    };
    match world.fill_for(class, &condition.key) {
        Fill::Text(fixed) => equal(value, &fixed),
        Fill::Anything | Fill::Nothing | Fill::Unknown => None,
    }
}

/// The demand under which a text without wildcards, but with one tag in it, is this other text.
fn equal(text: &str, wanted: &str) -> Option<Atom> {
    let (before, inside) = text.split_once("${")?;
    let (name, after) = inside.split_once('}')?;
    let (key, default) = key_and_default(name);
    let is_plain = |text: &str| !text.contains(['*', '?']) && !text.contains("${");
    if !key.starts_with(TAG) || !is_plain(before) || !is_plain(after) {
        return None;
    }
    let value = wanted.strip_prefix(before)?.strip_suffix(after)?;
    let comparison = Comparison {
        quantifier: Quantifier::Plain,
        test: Test::Text(vec![Pattern::literal(value)]),
        is_negated: false,
        when_absent: default == Some(value),
    };
    Some(Atom {
        key,
        rule: Rule::Compare(comparison),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::request::Values;

    fn holds(text: &str, tag: Option<&str>) -> Option<bool> {
        let demand = equal(text, "function:orders")?;
        assert_eq!(demand.key, "aws:principaltag/f");
        demand.truth(tag.map(|tag| Values::One(tag.to_owned())).as_ref())
    }

    #[test]
    fn the_tag_has_to_fill_what_is_left() {
        let text = "function:${aws:PrincipalTag/f}s";
        assert_eq!(holds(text, Some("order")), Some(true));
        assert_eq!(holds(text, Some("orders")), Some(false));
        assert_eq!(holds(text, None), Some(false));
        let with_default = "function:${aws:PrincipalTag/f, 'orders'}";
        assert_eq!(holds(with_default, None), Some(true));
        assert_eq!(holds(with_default, Some("other")), Some(false));
        assert_eq!(holds("function:${aws:PrincipalTag/f, 'other'}", None), Some(false));
    }

    #[test]
    fn anything_else_is_left_open() {
        for text in [
            "function:orders",
            "function:*${aws:PrincipalTag/f}",
            "${aws:PrincipalTag/f}${aws:PrincipalTag/g}",
            "function:${aws:username}",
            "table:${aws:PrincipalTag/f}",
        ] {
            assert_eq!(holds(text, Some("orders")), None, "{text}");
        }
    }
}
