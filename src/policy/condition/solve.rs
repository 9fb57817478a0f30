//! Can one key satisfy these demands together, and with which value?

use super::address::{SAMPLES, address};
use super::{Atom, Comparison, Domain, Quantifier, Rule, Strings, Test};
use crate::policy::pattern::{Budget, Found, Pattern};
use crate::policy::request::Values;
use ipnet::IpNet;
use jiff::Timestamp;
use std::borrow::Cow;
use std::net::IpAddr;

/// A demand that has to be met, or missed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::policy) struct Literal<'a> {
    pub(in crate::policy) atom: Cow<'a, Atom>,
    pub(in crate::policy) want: bool,
}

impl Literal<'_> {
    /// About how much there is to look at, in letters.
    pub(in crate::policy) fn size(&self) -> usize {
        match &self.atom.rule {
            Rule::Compare(Comparison {
                test: Test::Text(patterns),
                ..
            }) => patterns.iter().map(Pattern::size).sum(),
            Rule::Compare(_) | Rule::Presence { .. } | Rule::Opaque(_) => 1,
        }
    }

    pub(in crate::policy) fn to_static(&self) -> Literal<'static> {
        Literal {
            atom: Cow::Owned(self.atom.clone().into_owned()),
            want: self.want,
        }
    }
}

/// The outcome for one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::policy) enum Solution {
    /// A value that works; `None` is absence.
    Value(Option<Values>),
    /// Proved: nothing works.
    Nothing,
    /// Not decided, and why.
    Unknown(String),
}

pub(in crate::policy) fn solve(domain: &Domain, literals: &[Literal<'_>], budget: &mut Budget) -> Solution {
    if let Some(reason) = literals.iter().find_map(|literal| opaque(&literal.atom)) {
        // What is left may still prove that nothing works.
        let clear: Vec<_> = literals
            .iter()
            .filter(|literal| opaque(&literal.atom).is_none())
            .cloned()
            .collect();
        let rest = solve(domain, &clear, budget);
        return if rest == Solution::Nothing {
            rest
        } else {
            Solution::Unknown(reason)
        };
    }
    match domain {
        Domain::Absent => choose([None].into_iter(), literals),
        Domain::Fixed(value) => choose([Some(value)].into_iter(), literals),
        Domain::Choice(choices) => choose(choices.iter().map(Some), literals),
        Domain::Undetermined if literals.is_empty() => Solution::Value(None),
        Domain::Undetermined => whatever(literals, budget),
        Domain::Text { may_be_absent, strings } => open(*may_be_absent, literals, || single(strings, literals, budget)),
        Domain::Texts { may_be_absent, strings } => open(*may_be_absent, literals, || many(strings, literals, budget)),
        Domain::Address { wide } => open(false, literals, || {
            address(*wide, &demands(literals)).unwrap_or_else(|| Solution::Unknown(gave_up(literals)))
        }),
    }
}

/// Whether any value would do: then none need be known.
fn whatever(literals: &[Literal<'_>], budget: &mut Budget) -> Solution {
    let present = Domain::text(vec![Pattern::anything()], vec![]);
    let mut is_idle = |literal: &Literal<'_>| {
        let missed = Literal {
            atom: Cow::Borrowed(&literal.atom),
            want: !literal.want,
        };
        solve(&present, &[missed], budget) == Solution::Nothing
    };
    if literals.iter().all(&mut is_idle) {
        solve(&present, literals, budget)
    } else {
        Solution::Nothing
    }
}

fn opaque(atom: &Atom) -> Option<String> {
    match &atom.rule {
        Rule::Opaque(reason) => Some(reason.clone()),
        Rule::Presence { .. } | Rule::Compare(_) => None,
    }
}

fn choose<'v>(choices: impl Iterator<Item = Option<&'v Values>>, literals: &[Literal<'_>]) -> Solution {
    let mut undecided = None;
    for choice in choices {
        let meets = |literal: &Literal<'_>| literal.atom.truth(choice).map(|truth| truth == literal.want);
        if literals.iter().any(|literal| meets(literal) == Some(false)) {
            continue;
        }
        let Some(open) = literals.iter().find(|literal| meets(literal).is_none()) else {
            return Solution::Value(choice.cloned());
        };
        undecided = Some((open.atom.key.as_str(), choice));
    }
    undecided.map_or(Solution::Nothing, |(key, choice)| {
        Solution::Unknown(match choice {
            Some(Values::Many(_)) => plain_on_many(key),
            Some(Values::One(_)) | None => format!("an operator of another type than the values of `{key}`"),
        })
    })
}

fn plain_on_many(key: &str) -> String {
    format!("an operator without set prefix on the multivalued key `{key}`")
}

fn open(may_be_absent: bool, literals: &[Literal<'_>], present: impl FnOnce() -> Solution) -> Solution {
    if may_be_absent
        && literals
            .iter()
            .all(|literal| literal.atom.truth(None) == Some(literal.want))
    {
        return Solution::Value(None);
    }
    let presence_fails = |literal: &Literal<'_>| match literal.atom.rule {
        Rule::Presence { must_exist } => must_exist != literal.want,
        Rule::Compare(_) | Rule::Opaque(_) => false,
    };
    if literals.iter().any(presence_fails) {
        Solution::Nothing
    } else {
        present()
    }
}

/// A test and whether a value has to pass it.
pub(super) type Demand<'a> = (&'a Test, bool);

fn comparisons<'a>(literals: &'a [Literal<'_>]) -> impl Iterator<Item = (&'a Comparison, bool)> {
    literals.iter().filter_map(|literal| match &literal.atom.rule {
        Rule::Compare(comparison) => Some((comparison, literal.want)),
        Rule::Presence { .. } | Rule::Opaque(_) => None,
    })
}

fn demands<'a>(literals: &'a [Literal<'_>]) -> Vec<Demand<'a>> {
    comparisons(literals)
        .map(|(comparison, want)| (&comparison.test, want != comparison.is_negated))
        .collect()
}

fn single(strings: &Strings, literals: &[Literal<'_>], budget: &mut Budget) -> Solution {
    match find(strings, &demands(literals), budget) {
        Found::Word(word) => Solution::Value(Some(Values::One(word))),
        Found::Nothing => Solution::Nothing,
        Found::GaveUp => Solution::Unknown(gave_up(literals)),
    }
}

fn gave_up(literals: &[Literal<'_>]) -> String {
    let key = literals.first().map_or("", |literal| literal.atom.key.as_str());
    format!("the conditions on `{key}` are too involved to decide")
}

/// Values of a multivalued key: each demand for some value gets its own value, and every value meets the demands for all.
fn many(strings: &Strings, literals: &[Literal<'_>], budget: &mut Budget) -> Solution {
    let (mut some, mut every): (Vec<Demand<'_>>, Vec<Demand<'_>>) = (vec![], vec![]);
    for (comparison, want) in comparisons(literals) {
        let demand = (&comparison.test, want != comparison.is_negated);
        match (comparison.quantifier, want) {
            (Quantifier::Plain, _) => {
                let key = literals.first().map_or("", |literal| literal.atom.key.as_str());
                return Solution::Unknown(plain_on_many(key));
            }
            (Quantifier::Any, true) | (Quantifier::All, false) => some.push(demand),
            (Quantifier::Any, false) | (Quantifier::All, true) => every.push(demand),
        }
    }
    let groups: Vec<Option<Demand<'_>>> = if some.is_empty() {
        vec![None]
    } else {
        some.into_iter().map(Some).collect()
    };
    let mut values = Vec::new();
    for demand in groups {
        let together: Vec<_> = every.iter().copied().chain(demand).collect();
        match find(strings, &together, budget) {
            Found::Word(word) => values.push(word),
            Found::Nothing => return Solution::Nothing,
            Found::GaveUp => return Solution::Unknown(gave_up(literals)),
        }
    }
    Solution::Value(Some(Values::Many(values)))
}

/// A string of the language that meets the demands. Ranges are decided at their boundaries, which is complete as
/// long as no pattern meddles.
fn find(strings: &Strings, demands: &[Demand<'_>], budget: &mut Budget) -> Found {
    let mut wanted = strings.language();
    let mut has_ranges = false;
    for (test, must_pass) in demands {
        match (test, must_pass) {
            (Test::Text(patterns), true) => wanted.all_of.push(patterns),
            (Test::Text(patterns), false) => wanted.none_of.extend(patterns),
            _ => has_ranges = true,
        }
    }
    if !has_ranges {
        return wanted.find(budget);
    }
    let language = strings.language();
    let fits = |value: &String| {
        language.has(value)
            && demands
                .iter()
                .all(|(test, must_pass)| test.holds(value) == Some(*must_pass))
    };
    match demands.iter().flat_map(|(test, _)| points(test)).find(fits) {
        Some(value) => Found::Word(value),
        None if is_complete(strings, demands) => Found::Nothing,
        None => Found::GaveUp,
    }
}

fn is_complete(strings: &Strings, demands: &[Demand<'_>]) -> bool {
    let kinds: Vec<_> = demands.iter().map(|(test, _)| std::mem::discriminant(*test)).collect();
    let is_free = strings.none_of.is_empty() && strings.any_of.contains(&Pattern::anything());
    is_free && kinds.windows(2).all(|pair| pair.first() == pair.last())
}

fn points(test: &Test) -> Vec<String> {
    match test {
        Test::Text(_) => vec![],
        Test::Boolean(_) => vec!["true".into(), "false".into()],
        Test::Number(_, wanted) => around(wanted, 1_000_000).map(decimal).collect(),
        Test::Moment(_, wanted) => around(wanted, 1).filter_map(written_moment).collect(),
        Test::Address(networks) => {
            let edges = networks.iter().flat_map(edges);
            edges
                .chain(SAMPLES.map(IpAddr::V4))
                .map(|address| address.to_string())
                .collect()
        }
    }
}

/// The ends of a network, inside and outside: where one condition stops, another may begin.
fn edges(network: &IpNet) -> impl Iterator<Item = IpAddr> {
    let (first, last) = (network.network(), network.broadcast());
    let (before, after) = match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => (
            first.to_bits().checked_sub(1).map(|bits| IpAddr::V4(bits.into())),
            last.to_bits().checked_add(1).map(|bits| IpAddr::V4(bits.into())),
        ),
        (IpAddr::V6(first), IpAddr::V6(last)) => (
            first.to_bits().checked_sub(1).map(|bits| IpAddr::V6(bits.into())),
            last.to_bits().checked_add(1).map(|bits| IpAddr::V6(bits.into())),
        ),
        _ => (None, None),
    };
    [Some(first), Some(last), before, after].into_iter().flatten()
}

fn around(wanted: &[i128], step: i128) -> impl Iterator<Item = i128> {
    wanted
        .iter()
        .flat_map(move |point| [*point, point - step, point + step, point - 1, point + 1])
}

fn decimal(millionths: i128) -> String {
    let sign = if millionths < 0 { "-" } else { "" };
    let size = millionths.unsigned_abs();
    match size % 1_000_000 {
        0 => format!("{sign}{}", size / 1_000_000),
        rest => format!("{sign}{}.{rest:06}", size / 1_000_000),
    }
}

fn written_moment(seconds: i128) -> Option<String> {
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .map(|stamp| stamp.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::atoms;
    use super::*;
    use crate::policy::Policy;

    fn answer(domain: &Domain, conditions: &str, want: bool) -> Solution {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Condition":{conditions}}}}}"#
        );
        let policy = Policy::parse(&text).expect("a policy");
        let atoms = atoms(&policy.statements()[0], policy.version());
        let literals: Vec<_> = atoms
            .iter()
            .map(|atom| Literal {
                atom: Cow::Borrowed(atom),
                want,
            })
            .collect();
        let solution = solve(domain, &literals, &mut Budget::new(1_000_000));
        if let Solution::Value(value) = &solution {
            assert!(
                literals
                    .iter()
                    .all(|literal| literal.atom.truth(value.as_ref()) == Some(want)),
                "{conditions}: {value:?}"
            );
        }
        solution
    }

    #[test]
    fn halves_of_the_address_space_are_wide_and_one_network_is_not() {
        let wide = Domain::Address { wide: true };
        let all = r#"{"IpAddress":{"aws:SourceIp":["0.0.0.0/1","128.0.0.0/1"]}}"#;
        assert!(matches!(answer(&wide, all, true), Solution::Value(Some(_))));
        assert_eq!(
            answer(&wide, r#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#, true),
            Solution::Nothing
        );
        let narrow = Domain::Address { wide: false };
        assert!(matches!(
            answer(&narrow, r#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#, true),
            Solution::Value(_)
        ));
        assert_eq!(
            answer(&narrow, r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, true),
            Solution::Nothing
        );
        assert!(matches!(
            answer(&wide, r#"{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#, true),
            Solution::Value(_)
        ));
        assert!(matches!(
            answer(&wide, r#"{"IpAddress":{"aws:SourceIp":"::/0"}}"#, true),
            Solution::Value(_)
        ));
    }

    #[test]
    fn ranges_are_decided_at_their_boundaries() {
        let free = Domain::free();
        let cases = [
            (r#"{"NumericGreaterThan":{"k":"3"},"NumericLessThan":{"k":"4"}}"#, true),
            (r#"{"NumericGreaterThan":{"k":"4"},"NumericLessThan":{"k":"4"}}"#, false),
            (
                r#"{"DateGreaterThan":{"k":"2026-01-01T00:00:00Z"},"DateLessThan":{"k":"2026-01-02"}}"#,
                true,
            ),
            (
                r#"{"DateGreaterThan":{"k":"2026-01-03"},"DateLessThan":{"k":"2026-01-02"}}"#,
                false,
            ),
            (r#"{"Bool":{"k":["true","false"]}}"#, true),
            (r#"{"Null":{"k":"true"},"StringEquals":{"k":"x"}}"#, false),
            (r#"{"Null":{"k":"true"},"StringEqualsIfExists":{"k":"x"}}"#, true),
        ];
        for (conditions, is_satisfiable) in cases {
            assert_eq!(
                matches!(answer(&free, conditions, true), Solution::Value(_)),
                is_satisfiable,
                "{conditions}"
            );
        }
    }

    #[test]
    fn set_operators_give_each_demand_its_value() {
        let domain = Domain::texts(vec![Pattern::anything()], vec![]);
        let both = r#"{"ForAnyValue:StringLike":{"k":"a*"},"ForAllValues:StringLike":{"k":["a","b"]}}"#;
        assert_eq!(
            answer(&domain, both, true),
            Solution::Value(Some(Values::Many(vec!["a".into()])))
        );
        let clash = r#"{"ForAnyValue:StringEquals":{"k":"c"},"ForAllValues:StringEquals":{"k":["a","b"]}}"#;
        assert_eq!(answer(&domain, clash, true), Solution::Nothing);
        assert!(matches!(
            answer(&domain, r#"{"StringEquals":{"k":"a"}}"#, true),
            Solution::Unknown(_)
        ));
    }

    #[test]
    fn what_is_not_documented_stays_unknown() {
        for conditions in [
            r#"{"StringIs":{"k":"a"}}"#,
            r#"{"ArnLike":{"k":"arn:aws:*"}}"#,
            r#"{"StringEquals":{"k":"${aws:userid}"}}"#,
            r#"{"NumericEquals":{"k":"many"}}"#,
        ] {
            assert!(
                matches!(answer(&Domain::free(), conditions, true), Solution::Unknown(_)),
                "{conditions}"
            );
        }
    }
}
