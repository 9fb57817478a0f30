//! Is this one request allowed? A concrete evaluator that shares no matching code with the reasoning, so that each
//! can catch the other's mistakes. Asked about one resource policy or one role, it counts what AWS does not document against
//! the grant; asked about a whole situation, it gives the definite answer of [`evaluate`].

mod caller;
mod case;
mod compare;
mod context;
mod element;
mod evaluate;
mod glob;
mod limits;
mod operator;
mod principal;
mod reserved;
mod situation;
mod statement;
mod tally;

pub use case::{Case, CaseDocument, CaseError, Entry, Fault, Reply, items};
pub use evaluate::{Evaluation, Lack, evaluate};
pub use situation::{Layer, Level, NamedPolicy, Situation};
pub use tally::Cited;

use super::document::{Effect, Policy, Statement};
use super::request::Request;
use element::{Asked, Reading, Scope};
use schemars::JsonSchema;
use serde::Serialize;

/// What the policies of one place say to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Decision {
    /// Allowed or not, and how.
    pub outcome: Outcome,
    /// The statements that decided it; none for an implicit denial.
    pub statements: Vec<String>,
}

/// The three outcomes of policy evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub enum Outcome {
    /// Some statement allows and none denies.
    Allowed,
    /// No statement allows.
    ImplicitlyDenied,
    /// A statement denies.
    ExplicitlyDenied,
}

/// Whether something matches a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Match {
    No,
    Unknown,
    Yes,
}

impl Match {
    fn of(is_match: bool) -> Self {
        if is_match { Match::Yes } else { Match::No }
    }

    fn not(self) -> Self {
        match self {
            Match::No => Match::Yes,
            Match::Unknown => Match::Unknown,
            Match::Yes => Match::No,
        }
    }

    fn any(mut all: impl Iterator<Item = Match>) -> Self {
        let most = all.try_fold(Match::No, |most, one| match most.max(one) {
            Match::Yes => Err(Match::Yes),
            other => Ok(other),
        });
        most.unwrap_or_else(|yes| yes)
    }

    fn every(mut all: impl Iterator<Item = Match>) -> Self {
        let least = all.try_fold(Match::Yes, |least, one| match least.min(one) {
            Match::No => Err(Match::No),
            other => Ok(other),
        });
        least.unwrap_or_else(|no| no)
    }
}

/// Decides a request by the policies attached to the resource it names.
pub fn decide(request: &Request, policies: &[Policy]) -> Decision {
    weigh((request, Reading::Cautious), policies, |statement| {
        principal::surely_names(statement, request)
    })
}

/// Whether one policy of either kind allows a request, its patterns taken as they are written.
pub(super) fn allows_as_written(request: &Request, policy: &Policy) -> bool {
    let names = |statement: &Statement| match &statement.principal {
        None => Match::Yes,
        Some(_) => principal::surely_names(statement, request),
    };
    let asked = (request, Reading::Definite);
    weigh(asked, std::slice::from_ref(policy), names).outcome == Outcome::Allowed
}

/// Decides a request by the caller's own policies: identity policies, within a permissions boundary if there is one.
pub fn decide_identity(request: &Request, identity: &[Policy], boundary: Option<&Policy>) -> Decision {
    let is_for_caller = |statement: &Statement| Match::of(statement.principal.is_none());
    let asked = (request, Reading::Cautious);
    let decision = weigh(asked, identity, is_for_caller);
    let limit = boundary.map(|boundary| weigh(asked, std::slice::from_ref(boundary), is_for_caller));
    match limit {
        Some(limit) if limit.outcome != Outcome::Allowed && decision.outcome != Outcome::ExplicitlyDenied => limit,
        _ => decision,
    }
}

fn weigh(
    (request, reading): (&Request, Reading),
    policies: &[Policy],
    principal: impl Fn(&Statement) -> Match,
) -> Decision {
    let (mut allowing, mut denying) = (vec![], vec![]);
    for policy in policies {
        let scope = Scope {
            request,
            version: policy.version(),
            asked: Asked::Exactly,
            reading,
        };
        for statement in policy.statements() {
            let matched = match principal(statement) {
                Match::No => Match::No,
                caller => caller.min(statement::applies(statement, &scope)),
            };
            match statement.effect {
                Effect::Allow if matched == Match::Yes => allowing.push(statement.label()),
                Effect::Deny if matched != Match::No => denying.push(statement.label()),
                Effect::Allow | Effect::Deny => {}
            }
        }
    }
    let (outcome, statements) = match (denying.is_empty(), allowing.is_empty()) {
        (false, _) => (Outcome::ExplicitlyDenied, denying),
        (true, false) => (Outcome::Allowed, allowing),
        (true, true) => (Outcome::ImplicitlyDenied, vec![]),
    };
    Decision { outcome, statements }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::request::{Caller, Values};
    use std::collections::BTreeMap;

    const ROLE: &str = "arn:aws:iam::123456789012:role/app";

    fn request(context: &[(&str, &[&str])]) -> Request {
        let value = |values: &[&str]| match values {
            [one] => Values::One((*one).to_owned()),
            many => Values::Many(many.iter().map(|value| (*value).to_owned()).collect()),
        };
        let context: BTreeMap<_, _> = context
            .iter()
            .map(|(key, values)| ((*key).to_owned(), value(values)))
            .collect();
        Request {
            action: "s3:GetObject".into(),
            resource: "arn:aws:s3:::bucket/key".into(),
            caller: Caller::Principal { arn: ROLE.into() },
            context,
        }
    }

    fn parse(version: &str, statements: &str) -> Policy {
        Policy::parse(&format!(r#"{{"Version":"{version}","Statement":[{statements}]}}"#)).expect("a policy")
    }

    /// Whether an Allow and a Deny with the condition match; they differ exactly where AWS documents nothing.
    fn matches(condition: &str, request: &Request) -> &'static str {
        let identity = |text: &str| [parse("2012-10-17", text)];
        let allow = format!(r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}}}"#);
        let deny = format!(
            r#"{{"Effect":"Allow","Action":"*","Resource":"*"}},{}"#,
            allow.replace("Allow", "Deny")
        );
        let is_allowed = decide_identity(request, &identity(&allow), None).outcome == Outcome::Allowed;
        let is_denied = decide_identity(request, &identity(&deny), None).outcome == Outcome::ExplicitlyDenied;
        match (is_allowed, is_denied) {
            (true, true) => "yes",
            (false, false) => "no",
            (false, true) => "unknown",
            (true, false) => "contradiction",
        }
    }

    #[test]
    fn every_operator() {
        let present = request(&[
            ("text", &["Abc"]),
            ("arn", &["arn:aws:sns:us-east-1:111122223333:a:b"]),
            ("ip", &["203.0.113.9"]),
            ("number", &["7"]),
            ("date", &["2026-05-01T10:00:00Z"]),
            ("flag", &["true"]),
            ("binary", &["QmluYXJ5"]),
            ("many", &["a", "b"]),
            ("aws:username", &["bob"]),
        ]);
        let cases = [
            (r#"{"StringEquals":{"text":"Abc"}}"#, "yes"),
            (r#"{"StringEquals":{"TEXT":["x","Abc"]}}"#, "yes"),
            (r#"{"StringEquals":{"text":"abc"}}"#, "no"),
            (r#"{"StringEquals":{"text":"A*"}}"#, "no"),
            (r#"{"StringNotEquals":{"text":["x","Abc"]}}"#, "no"),
            (r#"{"StringEqualsIgnoreCase":{"text":"aBC"}}"#, "yes"),
            (r#"{"StringNotEqualsIgnoreCase":{"text":"aBC"}}"#, "no"),
            (r#"{"StringLike":{"text":"?b*"}}"#, "yes"),
            (r#"{"StringNotLike":{"text":"?b*"}}"#, "no"),
            (r#"{"ArnLike":{"arn":"arn:aws:sns:*:111122223333:*"}}"#, "yes"),
            (r#"{"ArnEquals":{"arn":"arn:aws:sns:*:111122223333:a:?"}}"#, "yes"),
            (r#"{"ArnEquals":{"arn":"arn:aws:*:111122223333:a:b"}}"#, "no"),
            (r#"{"ArnLike":{"arn":"arn:*:sns:*:*:b"}}"#, "no"),
            (r#"{"ArnNotLike":{"arn":"arn:*:sns:*:*:b"}}"#, "yes"),
            (r#"{"ArnLike":{"arn":"arn:aws:sns"}}"#, "unknown"),
            (r#"{"IpAddress":{"ip":["10.0.0.0/8","203.0.113.0/24"]}}"#, "yes"),
            (r#"{"NotIpAddress":{"ip":"203.0.113.9"}}"#, "no"),
            (r#"{"NumericLessThan":{"number":"7.5"}}"#, "yes"),
            (r#"{"NumericGreaterThanEquals":{"number":7}}"#, "yes"),
            (r#"{"NumericNotEquals":{"number":"7"}}"#, "no"),
            (r#"{"DateGreaterThan":{"date":"2026-05-01"}}"#, "yes"),
            (r#"{"DateLessThanEquals":{"date":"1777629600"}}"#, "yes"),
            (r#"{"Bool":{"flag":true}}"#, "yes"),
            (r#"{"Bool":{"flag":"perhaps"}}"#, "unknown"),
            (r#"{"BinaryEquals":{"binary":"QmluYXJ5"}}"#, "yes"),
            (r#"{"Null":{"text":"true"}}"#, "no"),
            (r#"{"Null":{"gone":"true"}}"#, "yes"),
            (r#"{"StringEquals":{"gone":"x"}}"#, "no"),
            (r#"{"StringNotEquals":{"gone":"x"}}"#, "yes"),
            (r#"{"StringEqualsIfExists":{"gone":"x"}}"#, "yes"),
            (r#"{"StringEqualsIfExists":{"text":"x"}}"#, "no"),
            (r#"{"ForAllValues:StringEquals":{"gone":"x"}}"#, "yes"),
            (r#"{"ForAnyValue:StringEquals":{"gone":"x"}}"#, "no"),
            (r#"{"ForAnyValue:StringNotEquals":{"gone":"x"}}"#, "no"),
            (r#"{"ForAllValues:StringEquals":{"many":["a","b","c"]}}"#, "yes"),
            (r#"{"ForAllValues:StringEquals":{"many":["a"]}}"#, "no"),
            (r#"{"ForAnyValue:StringEquals":{"many":["a","x"]}}"#, "yes"),
            (r#"{"ForAnyValue:StringNotEquals":{"many":["a"]}}"#, "yes"),
            (r#"{"StringEquals":{"many":"a"}}"#, "unknown"),
            (r#"{"StringNotEquals":{"many":"a"}}"#, "unknown"),
            (r#"{"ArnNotLike":{"arn":"arn:aws:sns"}}"#, "unknown"),
            (r#"{"NumericNotEquals":{"text":"7"}}"#, "unknown"),
            (r#"{"StringIs":{"text":"Abc"}}"#, "unknown"),
            (r#"{"ForSomeValue:StringEquals":{"text":"Abc"}}"#, "unknown"),
            (r#"{"StringEquals":{"aws:username":"${aws:username}"}}"#, "yes"),
            (r#"{"StringEquals":{"text":"${gone, 'Abc'}"}}"#, "yes"),
            (r#"{"StringLike":{"text":"${*}bc"}}"#, "no"),
        ];
        for (condition, expected) in cases {
            assert_eq!(matches(condition, &present), expected, "{condition}");
        }
    }

    #[test]
    fn elements_and_versions() {
        let outcome = |version: &str, statement: &str| {
            decide_identity(
                &request(&[("aws:username", &["key"])]),
                &[parse(version, statement)],
                None,
            )
            .outcome
        };
        let allow = |element: &str| format!(r#"{{"Effect":"Allow",{element}}}"#);
        let cases = [
            (r#""Action":"S3:getobject","Resource":"*""#, true),
            (r#""Action":"s3:Get?bject","Resource":"arn:aws:s3:::bucket/*""#, true),
            (r#""Action":"s3:GetObject","Resource":"arn:aws:s3:::Bucket/*""#, false),
            (r#""NotAction":"s3:*","Resource":"*""#, false),
            (r#""NotAction":"iam:*","NotResource":"arn:aws:s3:::other/*""#, true),
            (r#""Action":"*","Resource":"arn:aws:s3:::bucket/${aws:username}""#, true),
            (r#""Action":"*","Resource":"arn:aws:s3:::bucket/${aws:userid}""#, false),
            (
                r#""Action":"*","NotResource":"arn:aws:s3:::other/${aws:username}""#,
                true,
            ),
            (
                r#""Action":"*","NotResource":"arn:aws:s3:::other/${aws:userid}""#,
                false,
            ),
            (r#""Action":"*","Resource":"arn:aws:*:::bucket/key""#, false),
        ];
        for (element, expected) in cases {
            assert_eq!(
                outcome("2012-10-17", &allow(element)) == Outcome::Allowed,
                expected,
                "{element}"
            );
        }
        let variable = allow(r#""Action":"*","Resource":"arn:aws:s3:::bucket/${aws:username}""#);
        assert_eq!(outcome("2008-10-17", &variable), Outcome::ImplicitlyDenied);
    }

    #[test]
    fn boundaries_limit_and_denials_win() {
        let all = parse(
            "2012-10-17",
            r#"{"Sid":"all","Effect":"Allow","Action":"*","Resource":"*"}"#,
        );
        let sqs = parse("2012-10-17", r#"{"Effect":"Allow","Action":"sqs:*","Resource":"*"}"#);
        let none = parse(
            "2012-10-17",
            r#"{"Sid":"none","Effect":"Deny","Action":"*","Resource":"*"}"#,
        );
        let asked = request(&[]);
        let allowed = decide_identity(&asked, std::slice::from_ref(&all), Some(&all));
        assert_eq!(
            (allowed.outcome, allowed.statements),
            (Outcome::Allowed, vec!["all".to_owned()])
        );
        assert_eq!(
            decide_identity(&asked, std::slice::from_ref(&all), Some(&sqs)).outcome,
            Outcome::ImplicitlyDenied
        );
        let denied = decide_identity(&asked, &[all, none], None);
        assert_eq!(
            (denied.outcome, denied.statements),
            (Outcome::ExplicitlyDenied, vec!["none".to_owned()])
        );
    }

    #[test]
    fn callers_of_resource_policies() {
        let outcome = |principal: &str| {
            let text = format!(r#"{{"Effect":"Allow",{principal},"Action":"*","Resource":"*"}}"#);
            decide(
                &request(&[("aws:principalarn", &[ROLE])]),
                &[parse("2012-10-17", &text)],
            )
            .outcome
        };
        let cases = [
            (r#""Principal":"*""#, true),
            (r#""Principal":{"AWS":"123456789012"}"#, true),
            (r#""Principal":{"AWS":"arn:aws:iam::123456789012:role/app"}"#, true),
            (r#""Principal":{"AWS":"arn:aws:iam::123456789012:role/App"}"#, false),
            (r#""Principal":{"AWS":"AROAEXAMPLEEXAMPLE123"}"#, false),
            (r#""Principal":{"Service":"s3.amazonaws.com"}"#, false),
            (r#""NotPrincipal":{"AWS":"999988887777"}"#, false),
        ];
        for (principal, expected) in cases {
            assert_eq!(outcome(principal) == Outcome::Allowed, expected, "{principal}");
        }
    }
}
