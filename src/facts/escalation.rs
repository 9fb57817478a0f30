//! Which permissions, taken together, give more than they say?
//!
//! What the public lists of privilege escalation hold (Rhino Security Labs, Bishop Fox, `pathfinding.cloud`, Prowler, `PMapper`), and what
//! Lambda's newer calls add, in our own words and checked against the table of actions.

mod passing;
mod principals;
mod targets;

use std::collections::BTreeSet;

use jiff::civil::date;

use super::Source;

/// Where the table comes from.
pub const SOURCE: Source = Source {
    name: "Public lists of IAM privilege escalation; Grant a user permissions to pass a role to an AWS service",
    page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
    date: date(2026, 11, 22),
};

/// One of these actions is needed.
pub type Step = &'static [&'static str];

/// Passing a role is part of the set.
const PASS: Step = &["iam:PassRole"];

/// On what a set works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// On the role that holds the permissions, or a policy attached to it.
    OnItself,
    /// On another user, group, role or permission set, without regard to what that one may do today.
    OnOthers,
    /// On any role that trusts the service and that `iam:PassRole` reaches under `iam:PassedToService`.
    PassRole {
        /// The service principal, as `iam:PassedToService` carries it.
        service: &'static str,
    },
    /// On a resource that exists and runs with a role: an escalation only where that role may do more.
    TargetDependent,
}

/// A set of permissions that is an escalation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Escalation {
    /// In kebab case; never changes.
    pub id: &'static str,
    /// On what it works.
    pub kind: Kind,
    /// All steps are needed, of each step one action.
    pub steps: &'static [Step],
    /// The action of the steps whose resource says what is won.
    pub target: &'static str,
    /// Whether all steps must be allowed on one and the same resource.
    pub joined: bool,
    /// Whether a person has to go on in a browser: no code alone completes it, but the control is won.
    pub by_hand: bool,
    /// What is won, in one line.
    pub description: &'static str,
}

impl Escalation {
    const fn new(id: &'static str, kind: Kind, steps: &'static [Step], description: &'static str) -> Self {
        let target = match steps {
            [[first, ..], ..] => first,
            _ => "",
        };
        Self {
            id,
            kind,
            steps,
            target,
            joined: false,
            by_hand: false,
            description,
        }
    }

    const fn passing(
        id: &'static str,
        service: &'static str,
        steps: &'static [Step],
        description: &'static str,
    ) -> Self {
        Self::new(id, Kind::PassRole { service }, steps, description)
    }

    const fn joined(self) -> Self {
        Self { joined: true, ..self }
    }

    const fn by_hand(self) -> Self {
        Self { by_hand: true, ..self }
    }

    /// Whether each step has an action that is allowed. On which resources, and under which conditions, is the caller's to say.
    pub fn is_met(&self, mut is_allowed: impl FnMut(&'static str) -> bool) -> bool {
        self.steps
            .iter()
            .all(|step| step.iter().any(|action| is_allowed(action)))
    }

    /// All actions of all steps.
    pub fn actions(&self) -> BTreeSet<&'static str> {
        self.steps.iter().copied().flatten().copied().collect()
    }
}

/// All sets: first those on principals, then the passing of roles, then those that depend on their target.
pub fn all() -> impl Iterator<Item = &'static Escalation> {
    principals::TABLE.iter().chain(passing::TABLE).chain(targets::TABLE)
}

/// The set of an id.
pub fn find(id: &str) -> Option<&'static Escalation> {
    all().find(|set| set.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::actions;

    #[test]
    fn every_action_exists_and_is_spelled_as_aws_spells_it() {
        for set in all() {
            for name in set.actions() {
                let known = actions::find(name).map(|action| action.to_string());
                assert_eq!(known.as_deref(), Some(name), "{}", set.id);
            }
        }
    }

    #[test]
    fn ids_are_unique_and_texts_are_whole() {
        let mut ids = BTreeSet::new();
        for set in all() {
            assert!(ids.insert(set.id), "{}", set.id);
            assert!(
                set.id
                    .bytes()
                    .all(|byte| byte == b'-' || byte.is_ascii_lowercase() || byte.is_ascii_digit()),
                "{}",
                set.id
            );
            assert!(
                !set.steps.is_empty() && set.steps.iter().all(|step| !step.is_empty()),
                "{}",
                set.id
            );
            assert!(set.actions().contains(set.target), "{}", set.id);
            assert!(
                set.description.len() > 30 && !set.description.ends_with('.'),
                "{}",
                set.id
            );
            assert_eq!(find(set.id), Some(set));
        }
        assert_eq!(find("nothing"), None);
    }

    #[test]
    fn a_role_is_passed_in_exactly_the_sets_of_that_kind() {
        for set in all() {
            match set.kind {
                Kind::PassRole { service } => {
                    assert_eq!((set.target, set.joined), ("iam:PassRole", false), "{}", set.id);
                    assert!(service.ends_with(".amazonaws.com"), "{}", set.id);
                    assert!(set.steps.len() > 1, "{}", set.id);
                }
                Kind::OnItself | Kind::OnOthers | Kind::TargetDependent => {
                    assert!(!set.actions().contains("iam:PassRole"), "{}", set.id);
                }
            }
        }
    }

    #[test]
    fn no_two_sets_of_one_kind_need_the_same() {
        let mut seen = BTreeSet::new();
        for set in all() {
            let steps: BTreeSet<BTreeSet<_>> = set.steps.iter().map(|step| step.iter().collect()).collect();
            assert!(seen.insert((format!("{:?}", set.kind), steps)), "{}", set.id);
        }
    }

    #[test]
    fn a_set_is_met_by_one_action_of_each_step() {
        let set = find("pass-role-lambda-invoke").expect("the best known one");
        let holds = |allowed: &[&str]| set.is_met(|action| allowed.contains(&action));
        assert!(holds(&[
            "iam:PassRole",
            "lambda:CreateFunction",
            "lambda:InvokeFunction"
        ]));
        assert!(!holds(&["iam:PassRole", "lambda:CreateFunction"]));
        assert!(!holds(&["lambda:CreateFunction", "lambda:InvokeFunction"]));
        assert!(
            find("role-policy-itself")
                .expect("known")
                .is_met(|action| action == "iam:PutRolePolicy")
        );
    }

    #[test]
    fn administrators_meet_every_set_and_readers_none() {
        assert!(all().all(|set| set.is_met(|_| true)));
        let reads = |name: &str| {
            let level = actions::find(name).map(|action| action.level);
            matches!(level, Some(actions::AccessLevel::Read | actions::AccessLevel::List))
        };
        let met: Vec<_> = all().filter(|set| set.is_met(reads)).map(|set| set.id).collect();
        assert!(met.is_empty(), "{met:?}");
    }
}
