//! What does an execution role allow? Containment questions over identity policies, their denials and a boundary.

#[cfg(test)]
mod agreement;
mod named;
mod role;
mod view;

use super::document::{Policy, Selection, Statement};
use super::pattern::{Budget, Class, Found, Language, Pattern, Token, glob_matches_any_case};
use role::Caller;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;
use view::{Part, View};

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

/// The permissions of one role.
#[derive(Debug, Clone)]
pub struct RoleGrants {
    identity: Vec<(String, Policy)>,
    boundary: Option<Policy>,
    account: String,
}

/// Work for one question.
const BUDGET: u64 = 1_500_000;

/// An action that hardly any policy mentions.
const PROBE: &str = "unmentioned:action";

/// With one of these on every resource a role gives itself whatever it lacks (sets of escalation by self-modification).
const SELF_ESCALATION: [&str; 4] = [
    "iam:AttachRolePolicy",
    "iam:CreatePolicyVersion",
    "iam:PutRolePolicy",
    "iam:SetDefaultPolicyVersion",
];

impl RoleGrants {
    /// The role of `account` with its inline and attached policies, each with the name that evidence shows.
    pub fn new(identity: Vec<(String, Policy)>, boundary: Option<Policy>, account: String) -> Self {
        RoleGrants {
            identity,
            boundary,
            account,
        }
    }

    /// Whether the role is equivalent to an administrator: every action that no policy singles out is allowed on
    /// every resource, and so is an action by which it can give itself the rest.
    pub fn allows_everything(&self) -> Answer {
        let Some(probe) = self.unmentioned_action() else {
            return Answer::CannotTell("the action patterns leave no action unmentioned".into());
        };
        let mut undecided = None;
        for everything in self.everythings() {
            match self.allows_all_of(&everything, &probe) {
                Answer::Yes(grounds) => return Answer::Yes(grounds),
                Answer::CannotTell(reason) => undecided = Some(reason),
                Answer::No => {}
            }
        }
        undecided.map_or(Answer::No, Answer::CannotTell)
    }

    /// Globs for everything: `*`, and every ARN of the partitions for which the policies write something like `arn:aws:*`.
    fn everythings(&self) -> BTreeSet<String> {
        let resources = self
            .all_policies()
            .flat_map(Policy::statements)
            .filter_map(|statement| statement.resource.as_ref());
        let globs = resources.flat_map(Selection::named);
        let arns = globs.filter_map(|glob| glob.strip_prefix("arn:")?.split_once(':'));
        let open = arns.filter(|(_, rest)| rest.starts_with('*'));
        open.map(|(partition, _)| format!("arn:{}:*:*:*:*", partition.replace('*', "aws")))
            .chain(["*".to_owned()])
            .collect()
    }

    fn allows_all_of(&self, everything: &str, probe: &str) -> Answer {
        let bulk = self.covers(probe, everything);
        let Answer::Yes(grounds) = bulk else { return bulk };
        let mut undecided = None;
        for action in SELF_ESCALATION {
            match self.covers(action, everything) {
                Answer::Yes(more) => {
                    let all: BTreeSet<_> = grounds.into_iter().chain(more).collect();
                    return Answer::Yes(all.into_iter().collect());
                }
                Answer::CannotTell(reason) => undecided = Some(reason),
                Answer::No => {}
            }
        }
        undecided.map_or(Answer::No, Answer::CannotTell)
    }

    /// Whether the action is allowed on every resource that matches the glob, without conditions that the function's
    /// or the Lambda service's own calls could fail.
    pub fn covers(&self, action: &str, resource_glob: &str) -> Answer {
        let mut budget = Budget::new(BUDGET);
        let view = self.view(action, resource_glob, &mut budget);
        view.covers(&Pattern::glob(resource_glob), &mut budget)
    }

    /// Whether the action is allowed on at least one resource that matches the glob.
    pub fn permits_some(&self, action: &str, resource_glob: &str) -> Answer {
        let mut budget = Budget::new(BUDGET);
        let view = self.view(action, resource_glob, &mut budget);
        view.permits_some(&Pattern::glob(resource_glob), &[], &mut budget)
    }

    /// The statements that allow a read beyond named secrets, parameters, keys or other resources.
    pub fn unscoped(&self, action: &str) -> Answer {
        let mut budget = Budget::new(BUDGET);
        let view = self.view(action, "*", &mut budget);
        let named = named::patterns(action, self.all_policies());
        view.unscoped(action, &named, &mut budget)
    }

    fn all_policies(&self) -> impl Iterator<Item = &Policy> {
        self.identity.iter().map(|(_, policy)| policy).chain(&self.boundary)
    }

    fn view(&self, action: &str, resource_glob: &str, budget: &mut Budget) -> View {
        let caller = Caller::new(&self.account, resource_glob);
        let mut layer = |policies: &mut dyn Iterator<Item = (&str, &Policy)>| {
            let statements = policies.flat_map(|(name, policy)| {
                policy
                    .statements()
                    .iter()
                    .map(move |statement| (name, statement, policy.version()))
            });
            let about = statements.filter(|(_, statement, _)| is_about(statement, action));
            about
                .map(|(name, statement, version)| Part::new(name, (statement, version), &caller, budget))
                .collect()
        };
        let identity = layer(&mut self.identity.iter().map(|(name, policy)| (name.as_str(), policy)));
        let boundary = self
            .boundary
            .as_ref()
            .map(|policy| layer(&mut std::iter::once(("boundary", policy))));
        View { identity, boundary }
    }

    /// An action of no particular service that only patterns for everything match. All such actions fare alike.
    fn unmentioned_action(&self) -> Option<String> {
        let mentioned = self
            .all_policies()
            .flat_map(Policy::statements)
            .flat_map(|statement| statement.action.named());
        let is_for_all = |text: &str| text.chars().all(|letter| matches!(letter, '*' | ':'));
        let mentioned: Vec<_> = mentioned.filter(|text| !is_for_all(text)).collect();
        if !mentioned.iter().any(|glob| glob_matches_any_case(glob, PROBE)) {
            return Some(PROBE.to_owned());
        }
        let word = [Token::One(Class::Lower), Token::Many(Class::Lower)];
        let shape = Pattern::new(vec![])
            .then_tokens(word)
            .then(Pattern::literal(":"))
            .then_tokens(word);
        let none_of: Vec<_> = mentioned.iter().map(|text| Pattern::glob(text).any_case()).collect();
        let language = Language {
            all_of: vec![std::slice::from_ref(&shape)],
            none_of: none_of.iter().collect(),
        };
        match language.find(&mut Budget::new(BUDGET)) {
            Found::Word(word) => Some(word),
            Found::Nothing | Found::GaveUp => None,
        }
    }
}

fn is_about(statement: &Statement, action: &str) -> bool {
    let is_named = statement
        .action
        .named()
        .iter()
        .any(|glob| glob_matches_any_case(glob, action));
    match statement.action {
        Selection::Only(_) => is_named,
        Selection::Except(_) => !is_named,
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
