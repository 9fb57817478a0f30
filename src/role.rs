//! What can a role do with all its policies together? Administration, escalation, reads beyond named resources, services.
//! Facts about AWS's actions, put as questions to the policy engine; whether an answer is a defect is the controls' to say.

pub(crate) mod breadth;
pub(crate) mod escalation;
pub(crate) mod lookup;
#[cfg(test)]
mod managed;
pub(crate) mod name;
mod reads;
mod services;

use schemars::JsonSchema;
use serde::Serialize;

use crate::facts::data_access::Yields;
use crate::policy::{Answer, Ground, RoleGrants};

pub use reads::Read;
pub use services::Service;

/// The role that is asked about.
#[derive(Debug)]
pub struct Holder<'a> {
    /// What its policies allow, within its limits.
    pub grants: &'a RoleGrants,
    /// Its ARN.
    pub role: &'a str,
    /// Its account's id.
    pub account: &'a str,
    /// Its partition.
    pub partition: &'a str,
    /// The functions that run with it: to reach them again wins nothing.
    pub functions: Vec<String>,
    /// The customer managed policies that are attached to it.
    pub policies: Vec<&'a str>,
    /// Whether it has a permissions boundary.
    pub is_bounded: bool,
}

/// What a role can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Abilities {
    /// Whether it is equivalent to an administrator.
    pub administrator: Proof,
    /// The sets of permissions by which it gets more than its policies say: first those that need nobody else, then those
    /// that depend on what their target may do, then those that are not decided.
    pub escalations: Vec<Escalation>,
    /// Reads of content beyond resources that the policies name.
    pub data: Vec<Read>,
    /// Reads of secrets and credentials beyond resources that the policies name.
    pub secrets: Vec<Read>,
    /// The services of which it may call something.
    pub services: Vec<Service>,
}

/// An answer, and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Proof {
    /// The answer.
    pub verdict: Verdict,
    /// The statements that allow it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub statements: Vec<Ground>,
    /// Why it is not decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Yes, no, or neither proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Proved.
    Yes,
    /// Not decided.
    CannotTell,
    /// Proved not to be so.
    No,
}

/// A set of permissions that is an escalation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Escalation {
    /// The set's id.
    pub set: &'static str,
    /// What is won, in one line.
    pub description: &'static str,
    /// The actions that are needed; `or` stands between those of which one suffices.
    pub actions: Vec<String>,
    /// What it works on: a resource element as written where nothing takes away from it, else one resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// It is an escalation only where the target may do more than this role.
    pub depends_on_target: bool,
    /// A person has to go on in a browser.
    pub by_hand: bool,
    /// Whether it is allowed.
    #[serde(flatten)]
    pub proof: Proof,
}

impl Proof {
    fn yes(statements: Vec<Ground>) -> Self {
        Self {
            verdict: Verdict::Yes,
            statements,
            reason: None,
        }
    }

    fn undecided(reason: String) -> Self {
        Self {
            verdict: Verdict::CannotTell,
            statements: Vec::new(),
            reason: Some(reason),
        }
    }

    /// Yes by some statements, or undecided, or no.
    fn of(statements: Vec<Ground>, undecided: Option<String>) -> Self {
        match undecided {
            Some(reason) if statements.is_empty() => Self::undecided(reason),
            None if statements.is_empty() => Self::from(Answer::No),
            Some(_) | None => Self::yes(statements),
        }
    }
}

impl From<Answer> for Proof {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Yes(statements) => Self::yes(statements),
            Answer::CannotTell(reason) => Self::undecided(reason),
            Answer::No => Self {
                verdict: Verdict::No,
                statements: Vec::new(),
                reason: None,
            },
        }
    }
}

impl Holder<'_> {
    /// All that the role can do.
    pub fn abilities(&self) -> Abilities {
        Abilities {
            administrator: self.grants.allows_everything().into(),
            escalations: self.escalations(),
            data: reads::beyond_named(self.grants, Yields::Data),
            secrets: reads::beyond_named(self.grants, Yields::Secret),
            services: services::callable(self.grants),
        }
    }

    fn escalations(&self) -> Vec<Escalation> {
        let ways = self.ways();
        let found = ways.found.into_iter().map(|way| {
            let proof = Proof::yes(way.grounds);
            Escalation::new(way.set, (Some(way.reach), !way.is_self_contained), proof)
        });
        let undecided = ways.undecided.into_iter();
        let undecided = undecided.map(|(set, reason)| Escalation::new(set, (None, false), Proof::undecided(reason)));
        let mut all: Vec<Escalation> = found.chain(undecided).collect();
        all.sort_by_key(|one| (one.proof.verdict, one.depends_on_target));
        all
    }
}

impl Escalation {
    fn new(
        set: &'static crate::facts::escalation::Escalation,
        (resource, depends_on_target): (Option<String>, bool),
        proof: Proof,
    ) -> Self {
        Self {
            set: set.id,
            description: set.description,
            actions: set.steps.iter().map(|step| step.join(" or ")).collect(),
            resource,
            depends_on_target,
            by_hand: set.by_hand,
            proof,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    const ROLE: &str = "arn:aws:iam::123456789012:role/app";

    fn policy(statements: &str) -> Policy {
        Policy::parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)).expect("a policy")
    }

    fn abilities(statements: &str, boundary: Option<&str>) -> Abilities {
        let identity = vec![("inline".to_owned(), policy(statements))];
        let grants = RoleGrants::new(identity, boundary.map(policy), "123456789012".into()).held_by(ROLE);
        let holder = Holder {
            grants: &grants,
            role: ROLE,
            account: "123456789012",
            partition: "aws",
            functions: Vec::new(),
            policies: Vec::new(),
            is_bounded: boundary.is_some(),
        };
        holder.abilities()
    }

    fn allow(actions: &str, resource: &str) -> String {
        format!(r#"{{"Sid":"a","Effect":"Allow","Action":[{actions}],"Resource":"{resource}"}}"#)
    }

    fn deny(actions: &str, resource: &str) -> String {
        allow(actions, resource).replace("Allow", "Deny")
    }

    fn reads(reads: &[Read]) -> Vec<(&str, Verdict)> {
        reads.iter().map(|read| (read.action, read.proof.verdict)).collect()
    }

    fn services(abilities: &Abilities) -> Vec<(&str, Verdict)> {
        let all = abilities.services.iter();
        all.map(|service| (service.service.as_str(), service.proof.verdict))
            .collect()
    }

    #[test]
    fn an_administrator_can_do_everything() {
        let found = abilities(&allow("\"*\"", "*"), None);
        assert_eq!(found.administrator.verdict, Verdict::Yes);
        assert_eq!(found.services.len(), crate::facts::actions::services().count());
        assert!(found.escalations.iter().any(|one| one.set == "pass-role-lambda-invoke"));
        assert!(reads(&found.secrets).contains(&("secretsmanager:GetSecretValue", Verdict::Yes)));
        assert!(found.escalations.iter().all(|one| one.proof.verdict == Verdict::Yes));
    }

    #[test]
    fn what_is_named_is_no_read_beyond() {
        let named = abilities(&allow("\"s3:GetObject\"", "arn:aws:s3:::orders/*"), None);
        assert_eq!(reads(&named.data), []);
        assert_eq!(services(&named), [("s3", Verdict::Yes)]);
        let all = abilities(&allow("\"s3:GetObject\"", "arn:aws:s3:::*"), None);
        assert_eq!(reads(&all.data), [("s3:GetObject", Verdict::Yes)]);
        assert_eq!(
            all.data.first().and_then(|read| read.resource.as_deref()),
            Some("arn:aws:s3:::*")
        );
    }

    #[test]
    fn denials_and_boundaries_take_away() {
        let all = allow("\"*\"", "*");
        let found = abilities(&format!("{all},{}", deny("\"s3:*\",\"iam:*\"", "*")), None);
        assert!(
            !services(&found)
                .iter()
                .any(|(service, _)| ["s3", "iam"].contains(service))
        );
        assert!(!reads(&found.data).contains(&("s3:GetObject", Verdict::Yes)));
        let found = abilities(&all, Some(&allow("\"sqs:ReceiveMessage\"", "*")));
        assert_eq!(services(&found), [("sqs", Verdict::Yes)]);
        assert_eq!(reads(&found.data), [("sqs:ReceiveMessage", Verdict::Yes)]);
        assert_eq!(found.escalations, []);
    }

    #[test]
    fn what_depends_on_circumstances_is_not_decided() {
        let condition = r#"{"Sid":"c","Effect":"Allow","Action":"sqs:*","Resource":"*","Condition":{"StringEquals":{"aws:SourceVpc":"vpc-1"}}}"#;
        let found = abilities(condition, None);
        assert_eq!(services(&found), [("sqs", Verdict::CannotTell)]);
        assert_eq!(reads(&found.data), [("sqs:ReceiveMessage", Verdict::CannotTell)]);
    }

    #[test]
    fn a_grant_on_no_resource_of_the_service_opens_nothing() {
        let found = abilities(&allow("\"s3:GetObject\"", "arn:aws:sqs:*:*:*"), None);
        assert_eq!(services(&found), []);
        assert_eq!(reads(&found.data), []);
    }

    #[test]
    fn a_service_that_no_table_has_is_not_dropped() {
        let found = abilities(&allow("\"brandnew:DoIt\",\"newer:*\"", "*"), None);
        assert_eq!(services(&found), [("brandnew", Verdict::Yes), ("newer", Verdict::Yes)]);
    }

    #[test]
    fn escalations_that_need_nobody_else_come_first() {
        let found = abilities(&allow("\"ssm:SendCommand\",\"iam:CreateAccessKey\"", "*"), None);
        let first = found.escalations.first().map(|one| (one.set, one.depends_on_target));
        assert_eq!(first, Some(("create-access-key", false)), "{:?}", found.escalations);
        assert!(found.escalations.iter().any(|one| one.depends_on_target));
    }
}
