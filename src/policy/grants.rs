//! What does an execution role allow? Containment questions over identity policies, their denials and what limits them.

mod administrator;
#[cfg(test)]
mod agreement;
mod grant;
mod named;
mod role;
mod rule;
mod together;
mod view;

use super::document::{Effect, Policy};
use super::pattern::{Budget, Class, Language, Pattern, Token, field};
use role::{Call, Caller};
use rule::{Entry, Source, Spoken, service_of};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::OnceLock;
use view::{Part, View};

pub use grant::Grant;
pub use role::By;
pub use together::{Demand, Together};

/// The answer to a question about grants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Proved, by these statements.
    Yes(Vec<Ground>),
    /// Proved not to be so.
    No,
    /// Not decided, and why.
    CannotTell(String),
}

/// A statement that an answer rests on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Ground {
    /// The policy's name.
    pub policy: String,
    /// The statement's label.
    pub statement: String,
}

/// A statement, and a resource on which it allows what was asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Opening {
    /// The statement.
    pub ground: Ground,
    /// One of the resources.
    pub resource: String,
}

/// The permissions of one role.
#[derive(Debug, Clone)]
pub struct RoleGrants {
    identity: Vec<Source>,
    /// Each layer has to allow what the role's own policies allow.
    limits: Vec<Vec<Source>>,
    caller: Caller,
    /// Of what the role's own Allow statements speak.
    spoken: Spoken,
    administrator: OnceLock<Answer>,
}

/// Work for one question.
const BUDGET: u64 = 1_500_000;

impl RoleGrants {
    /// The role of `account` with its inline and attached policies, each with the name that evidence shows.
    pub fn new(identity: Vec<(String, Policy)>, boundary: Option<Policy>, account: String) -> Self {
        let caller = Caller {
            account,
            role: None,
            function: None,
        };
        let identity = sources(identity, &caller);
        let grants = RoleGrants {
            spoken: Spoken::of(&identity),
            identity,
            limits: Vec::new(),
            caller,
            administrator: OnceLock::new(),
        };
        match boundary {
            None => grants,
            Some(boundary) => grants.limited_by(vec![("boundary".to_owned(), boundary)]),
        }
    }

    /// Limits the role by one more layer: the service control policies of one level, of which one has to allow.
    #[must_use]
    pub fn limited_by(mut self, policies: Vec<(String, Policy)>) -> Self {
        let layer = sources(policies, &self.caller);
        self.limits.push(layer);
        self
    }

    /// Says which role it is, and for which function it is asked.
    #[must_use]
    pub fn of(mut self, role_arn: Option<&str>, function_arn: &str) -> Self {
        self.caller.role = role_arn.map(str::to_owned);
        self.caller.function = Some(function_arn.to_owned());
        self.settled()
    }

    /// Says which role it is, whatever it is used for.
    #[must_use]
    pub fn held_by(mut self, role_arn: &str) -> Self {
        self.caller.role = Some(role_arn.to_owned());
        self.settled()
    }

    fn settled(mut self) -> Self {
        for source in self.identity.iter_mut().chain(self.limits.iter_mut().flatten()) {
            source.settle(&self.caller);
        }
        self
    }

    /// Whether the role is equivalent to an administrator: every action that no policy singles out is allowed on
    /// every resource, and so is an action by which it can give itself the rest.
    pub fn allows_everything(&self) -> Answer {
        let known = self
            .administrator
            .get_or_init(|| administrator::allows_everything(self));
        known.clone()
    }

    /// Whether the action is allowed on every resource that matches the glob, without conditions that the function's
    /// or the Lambda service's own calls could fail.
    pub fn covers(&self, action: &str, resource_glob: &str) -> Answer {
        self.covers_by(By::Either, action, resource_glob)
    }

    /// As [`Self::covers`], for calls of one of the two.
    pub fn covers_by(&self, by: By, action: &str, resource_glob: &str) -> Answer {
        let mut budget = Budget::new(BUDGET);
        let call = Call {
            by,
            ..Call::on(resource_glob)
        };
        let asked = asked(resource_glob);
        self.view(action, &call, &mut budget).covers(&asked, &mut budget)
    }

    /// Whether the action is allowed on at least one resource that matches the glob.
    pub fn permits_some(&self, action: &str, resource_glob: &str) -> Answer {
        answer(self.openings(By::Either, action, resource_glob, &[]))
    }

    /// The statements that allow the action on a resource that matches the glob and none of `but_for`, each with one
    /// such resource; an error says why that is not decided.
    pub fn openings(
        &self,
        by: By,
        action: &str,
        resource_glob: &str,
        but_for: &[&str],
    ) -> Result<Vec<Opening>, String> {
        let mut budget = Budget::new(BUDGET);
        let call = Call {
            by,
            ..Call::on(resource_glob)
        };
        let (asked, but_for) = (asked(resource_glob), globs(but_for));
        let language = Language {
            all_of: vec![std::slice::from_ref(&asked)],
            none_of: but_for.iter().collect(),
        };
        let view = self.view(action, &call, &mut budget);
        view.openings(&language, &mut budget)
    }

    /// The statements that allow a read beyond named secrets, parameters, keys or other resources.
    pub fn unscoped(&self, action: &str) -> Answer {
        let mut budget = Budget::new(BUDGET);
        let view = self.view(action, &Call::default(), &mut budget).unconfined(action);
        let (kind, named) = (asked(named::kind(action)), named::patterns(action, self.entries()));
        let language = Language {
            all_of: vec![std::slice::from_ref(&kind)],
            none_of: named.iter().collect(),
        };
        answer(view.openings(&language, &mut budget))
    }

    /// Whether a condition looks at the function whose code calls: then what holds for one function of the role may not
    /// hold for another.
    pub fn tells_functions_apart(&self) -> bool {
        let mut atoms = self.entries().flat_map(|entry| &entry.rule.atoms);
        atoms.any(|atom| atom.key == role::OF_FUNCTION)
    }

    /// Which statements speak of the action, by their places among all. Actions of which the same ones speak fare alike on
    /// the same resources.
    pub fn speaking_of(&self, action: &str) -> Vec<usize> {
        let (service, all) = (service_of(action), self.entries().enumerate());
        all.filter(|(_, entry)| entry.is_about_of(service, action))
            .map(|(place, _)| place)
            .collect()
    }

    /// Whether nothing but the role's own Allow statements decides.
    pub fn is_unlimited(&self) -> bool {
        let is_deny = |entry: Entry<'_>| entry.rule.effect == Effect::Deny;
        self.limits.is_empty() && !self.entries().any(is_deny)
    }

    /// Whether nothing takes away from what the role's own policies allow of the action.
    pub fn is_unlimited_for(&self, action: &str) -> bool {
        let denies = |entry: Entry<'_>| entry.rule.effect == Effect::Deny && entry.is_about(action);
        let allows_all = |layer: &Vec<Source>| {
            layer
                .iter()
                .flat_map(Source::rules)
                .any(|entry| entry.allows_all(action))
        };
        self.limits.iter().all(allows_all) && !self.entries().any(denies)
    }

    fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let all = self.identity.iter().chain(self.limits.iter().flatten());
        all.flat_map(Source::rules)
    }

    fn view(&self, action: &str, call: &Call<'_>, budget: &mut Budget) -> View<'_> {
        let mut view = View {
            identity: Vec::new(),
            limits: Vec::with_capacity(self.limits.len()),
        };
        view.identity = parts(&self.identity, action, (&self.caller, call), budget);
        for layer in &self.limits {
            view.limits.push(parts(layer, action, (&self.caller, call), budget));
        }
        view
    }
}

fn parts<'a>(
    layer: &'a [Source],
    action: &str,
    circumstances: (&Caller, &Call<'_>),
    budget: &mut Budget,
) -> Vec<Part<'a>> {
    let (service, about) = (service_of(action), layer.iter().flat_map(Source::rules));
    let about = about.filter(|entry| entry.is_about_of(service, action));
    about.map(|entry| Part::new(entry, circumstances, budget)).collect()
}

fn sources(policies: Vec<(String, Policy)>, caller: &Caller) -> Vec<Source> {
    let policies = policies.into_iter();
    policies
        .map(|(name, policy)| Source::new(name, policy, caller))
        .collect()
}

fn globs(texts: &[&str]) -> Vec<Pattern> {
    texts.iter().map(|text| Pattern::glob(text)).collect()
}

/// The real resources that a glob means: their ARNs have six fields, so a wildcard in one of the first five stays inside
/// it; and no name in IAM holds a colon.
fn asked(glob: &str) -> Pattern {
    let is_arn = glob.starts_with("arn:");
    let in_iam = is_arn && field(glob, 2) == Some("iam");
    let mut colons = 0;
    Pattern::by_letter(glob, |letter| {
        colons += usize::from(letter == ':');
        let class = if is_arn && (colons < 5 || in_iam) {
            Class::NoColon
        } else {
            Class::Any
        };
        match letter {
            '*' => Token::Many(class),
            '?' => Token::One(class),
            other => Token::One(Class::Exactly(other)),
        }
    })
}

fn answer(openings: Result<Vec<Opening>, String>) -> Answer {
    match openings {
        Err(reason) => Answer::CannotTell(reason),
        Ok(openings) if openings.is_empty() => Answer::No,
        Ok(openings) => {
            let mut grounds: Vec<Ground> = openings.into_iter().map(|opening| opening.ground).collect();
            grounds.dedup();
            Answer::Yes(grounds)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "123456789012";

    fn policy(statements: &str) -> Policy {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        Policy::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    fn role(statements: &str) -> RoleGrants {
        RoleGrants::new(vec![("inline".into(), policy(statements))], None, OWN.into())
    }

    fn bounded(statements: &str, boundary: &str) -> RoleGrants {
        RoleGrants::new(
            vec![("inline".into(), policy(statements))],
            Some(policy(boundary)),
            OWN.into(),
        )
    }

    fn allow(action: &str, resource: &str) -> String {
        format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}"#)
    }

    fn deny(action: &str, resource: &str) -> String {
        allow(action, resource).replace("Allow", "Deny")
    }

    fn word(answer: &Answer) -> &'static str {
        match answer {
            Answer::Yes(grounds) if grounds.is_empty() => "yes without ground",
            Answer::Yes(_) => "yes",
            Answer::No => "no",
            Answer::CannotTell(_) => "cannot-tell",
        }
    }

    #[test]
    fn administrators() {
        let all = allow("*", "*");
        let cases = [
            (all.clone(), "yes"),
            (allow("*:*", "*"), "yes"),
            (r#"{"Effect":"Allow","NotAction":"aws-portal:*","Resource":"*"}"#.into(), "yes"),
            (r#"{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"}"#.into(), "no"),
            (r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"},{"Effect":"Allow","Action":"iam:*","Resource":"*"}"#.into(), "yes"),
            (
                r#"{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::*"},{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::*"}"#.into(),
                "yes",
            ),
            (format!("{all},{}", deny("iam:*", "*")), "no"),
            (format!("{all},{}", deny("s3:DeleteBucket", "*")), "yes"),
            (format!("{all},{}", deny("*", "arn:aws:s3:::vault/*")), "no"),
            (
                r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#.into(),
                "cannot-tell",
            ),
            (allow("iam:*", "*"), "no"),
            (allow("*", "arn:aws:s3:::x"), "no"),
        ];
        for (statements, expected) in cases {
            assert_eq!(word(&role(&statements).allows_everything()), expected, "{statements}");
        }
        assert_eq!(
            word(&bounded(&allow("*", "*"), &allow("s3:*", "*")).allows_everything()),
            "no"
        );
        assert_eq!(
            word(&bounded(&allow("*", "*"), &allow("*", "*")).allows_everything()),
            "yes"
        );
    }

    #[test]
    fn log_groups_are_covered_or_not() {
        let streams = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/orders:log-stream:*";
        let cases = [
            ("*", "yes"),
            ("arn:aws:logs:*:*:*", "yes"),
            (
                "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/orders:*",
                "yes",
            ),
            ("arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/orders", "no"),
            (
                "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/other:*",
                "no",
            ),
            (
                "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/orders:log-stream:2026*",
                "no",
            ),
            (
                "arn:aws:logs:us-east-1:${aws:PrincipalAccount}:log-group:/aws/lambda/orders:*",
                "cannot-tell",
            ),
        ];
        for (resource, expected) in cases {
            assert_eq!(
                word(&role(&allow("logs:PutLogEvents", resource)).covers("logs:PutLogEvents", streams)),
                expected,
                "{resource}"
            );
        }
        let with = |condition: &str| {
            let statement = format!(r#"{{"Effect":"Allow","Action":"logs:*","Resource":"*","Condition":{condition}}}"#);
            word(&role(&statement).covers("logs:PutLogEvents", streams))
        };
        assert_eq!(
            with(r#"{"StringEquals":{"aws:PrincipalAccount":"123456789012"}}"#),
            "yes"
        );
        assert_eq!(
            with(r#"{"StringEquals":{"aws:PrincipalAccount":"999988887777"}}"#),
            "no"
        );
        assert_eq!(with(r#"{"StringEquals":{"aws:RequestedRegion":"us-east-1"}}"#), "yes");
        assert_eq!(with(r#"{"StringEquals":{"aws:SourceVpc":"vpc-1"}}"#), "cannot-tell");
    }

    #[test]
    fn some_resource_is_permitted_or_none() {
        let some = |statements: &str, glob: &str| word(&role(statements).permits_some("lambda:InvokeFunction", glob));
        let own = "arn:aws:lambda:us-east-1:123456789012:function:orders";
        assert_eq!(some(&allow("lambda:Invoke*", "*"), own), "yes");
        assert_eq!(
            some(&allow("lambda:Invoke*", "arn:aws:lambda:*:*:function:pay*"), own),
            "no"
        );
        assert_eq!(
            some(
                &format!("{},{}", allow("lambda:*", "*"), deny("lambda:*", "*:function:orders")),
                own
            ),
            "no"
        );
        assert_eq!(
            some(
                &format!("{},{}", allow("lambda:*", "*"), deny("lambda:*", "*:function:orders")),
                "arn:*"
            ),
            "yes"
        );
        assert_eq!(
            word(&bounded(&allow("*", "*"), &allow("s3:*", "*")).permits_some("lambda:InvokeFunction", own)),
            "no"
        );
        let half = [allow("s3:*", "arn:aws:s3:::a*"), allow("s3:*", "arn:aws:s3:::b*")];
        assert_eq!(
            word(&bounded(&half[0], &half[1]).permits_some("s3:GetObject", "*")),
            "no"
        );
    }

    #[test]
    fn reads_beyond_named_resources() {
        let secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-??????";
        let unscoped = |statements: &str| word(&role(statements).unscoped("secretsmanager:GetSecretValue"));
        assert_eq!(unscoped(&allow("secretsmanager:*", "*")), "yes");
        assert_eq!(unscoped(&allow("secretsmanager:GetSecretValue", secret)), "no");
        assert_eq!(
            unscoped(&allow(
                "secretsmanager:GetSecretValue",
                "arn:aws:secretsmanager:*:*:secret:prod/*"
            )),
            "yes"
        );
        assert_eq!(unscoped(&allow("secretsmanager:List*", "*")), "no");
        let except = format!(r#"{{"Effect":"Deny","Action":"*","NotResource":"{secret}"}}"#);
        assert_eq!(unscoped(&format!("{},{except}", allow("secretsmanager:*", "*"))), "no");
        let bounded = bounded(&allow("*", "*"), &allow("secretsmanager:*", secret));
        assert_eq!(word(&bounded.unscoped("secretsmanager:GetSecretValue")), "no");
        let key = |condition: &str| {
            let statement =
                format!(r#"{{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{condition}}}"#);
            word(&role(&statement).unscoped("kms:Decrypt"))
        };
        assert_eq!(key("{}"), "yes");
        assert_eq!(
            key(r#"{"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/app"}}"#),
            "no"
        );
        assert_eq!(
            key(r#"{"ForAnyValue:StringLike":{"kms:ResourceAliases":"alias/*"}}"#),
            "cannot-tell"
        );
        assert_eq!(
            key(r#"{"StringEquals":{"aws:ResourceTag/app":"orders"}}"#),
            "cannot-tell"
        );
    }

    #[test]
    fn grounds_name_policy_and_statement() {
        let grants = RoleGrants::new(
            vec![
                ("one".into(), policy(&allow("s3:*", "*"))),
                ("two".into(), policy(&allow("sqs:*", "*"))),
            ],
            None,
            OWN.into(),
        );
        let expected = Ground {
            policy: "two".into(),
            statement: policy(&allow("sqs:*", "*")).statements()[0].label(),
        };
        assert_eq!(
            grants.covers("sqs:SendMessage", "arn:aws:sqs:*"),
            Answer::Yes(vec![expected])
        );
    }
}
