//! Which sets of privilege escalation do a role's grants satisfy, and on which resources?

use std::collections::BTreeMap;

use super::Holder;
use crate::facts::actions;
use crate::facts::escalation::{self, Escalation, Kind};
use crate::policy::{Demand, Ground, Together};

/// A set that is satisfied.
pub(crate) struct Way {
    pub(crate) set: &'static Escalation,
    /// The resources that it works on, or one of them.
    pub(crate) reach: String,
    /// The statements that allow the action on it.
    pub(crate) grounds: Vec<Ground>,
    /// Nothing but what stands in the grants decides how much is won.
    pub(crate) is_self_contained: bool,
}

/// The ways of a role, and which sets could not be decided.
#[derive(Default)]
pub(crate) struct Ways {
    pub(crate) found: Vec<Way>,
    pub(crate) undecided: Vec<(&'static Escalation, String)>,
}

/// Answers that several sets need: by action and the service that a role is passed to.
type Known = BTreeMap<(&'static str, &'static str), Together>;

impl Holder<'_> {
    /// All ways.
    pub(crate) fn ways(&self) -> Ways {
        let (mut ways, mut known) = (Ways::default(), Known::new());
        for set in escalation::all().filter(|set| set.is_met(|action| self.grants.mentions(action))) {
            match self.judge(set, &mut known) {
                Together::Yes {
                    resource,
                    element,
                    grounds,
                } => {
                    if let Some(way) = self.way(set, (resource, element), grounds) {
                        ways.found.push(way);
                    }
                }
                Together::No => {}
                Together::CannotTell(reason) => ways.undecided.push((set, reason)),
            }
        }
        ways
    }

    fn judge(&self, set: &'static Escalation, known: &mut Known) -> Together {
        match set.kind {
            Kind::OnItself if set.target.ends_with("PermissionsBoundary") && !self.is_bounded => Together::No,
            _ if set.joined => self.joined(set),
            Kind::OnItself | Kind::OnOthers | Kind::PassRole { .. } | Kind::TargetDependent => self.apart(set, known),
        }
    }

    /// Every step has an action that is allowed on some resource; the answer is about the target's.
    fn apart(&self, set: &'static Escalation, known: &mut Known) -> Together {
        let mut of_target = Together::No;
        for step in set.steps {
            let mut best = Together::No;
            for action in *step {
                let answer = self.known(set, action, known);
                if matches!(answer, Together::Yes { .. }) || best == Together::No {
                    best = answer;
                }
                if matches!(best, Together::Yes { .. }) {
                    break;
                }
            }
            if !matches!(best, Together::Yes { .. }) {
                return best;
            }
            if step.contains(&set.target) {
                of_target = best;
            }
        }
        of_target
    }

    fn known(&self, set: &'static Escalation, action: &'static str, known: &mut Known) -> Together {
        let service = match set.kind {
            Kind::PassRole { service } => service,
            Kind::OnItself => "itself",
            Kind::OnOthers | Kind::TargetDependent => "",
        };
        let answer = known
            .entry((action, service))
            .or_insert_with(|| self.ask(&[action], set.kind, action));
        answer.clone()
    }

    /// All steps on one resource: some choice of an action for each.
    fn joined(&self, set: &'static Escalation) -> Together {
        let choices = set.steps.iter().fold(vec![Vec::new()], |choices, step| {
            let longer = |choice: &Vec<&'static str>| {
                step.iter()
                    .map(|action| [choice.as_slice(), &[*action]].concat())
                    .collect::<Vec<_>>()
            };
            choices.iter().flat_map(longer).collect()
        });
        let mut undecided = Together::No;
        for choice in choices {
            match self.ask(&choice, set.kind, set.target) {
                Together::No => {}
                Together::CannotTell(reason) => undecided = Together::CannotTell(reason),
                yes @ Together::Yes { .. } => return yes,
            }
        }
        undecided
    }

    /// Whether the actions are allowed on one resource of the kinds that `target` accepts.
    fn ask(&self, choice: &[&'static str], kind: Kind, target: &str) -> Together {
        let administrator = format!("arn:{}:iam::aws:policy/AdministratorAccess", self.partition);
        let mut given = vec![("iam:policyarn", administrator.as_str())];
        if let Kind::PassRole { service } = kind {
            given.push(("iam:passedtoservice", service));
        }
        let demands: Vec<Demand<'_>> = choice.iter().map(|action| Demand { action, given: &given }).collect();
        let versions: Vec<String> = self.functions.iter().map(|function| format!("{function}:*")).collect();
        let own = self.functions.iter().chain(&versions).map(String::as_str);
        let but_for = match kind {
            Kind::OnItself => Vec::new(),
            Kind::OnOthers | Kind::PassRole { .. } | Kind::TargetDependent => own.chain([self.role]).collect(),
        };
        let mut undecided = Together::No;
        for glob in self.resources(kind, target) {
            match self.grants.permits_together(&demands, &glob, &but_for) {
                Together::No => {}
                Together::CannotTell(reason) => undecided = Together::CannotTell(reason),
                yes @ Together::Yes { .. } => return yes,
            }
        }
        undecided
    }

    /// The resources that an action is tried on.
    fn resources(&self, kind: Kind, action: &str) -> Vec<String> {
        if kind == Kind::OnItself {
            return if action.ends_with("PolicyVersion") {
                self.policies.iter().map(|policy| (*policy).to_owned()).collect()
            } else {
                vec![self.role.to_owned()]
            };
        }
        let kinds = actions::find(action)
            .map(|action| action.resource_types())
            .unwrap_or_default();
        let is_some_required = kinds.iter().any(|kind| kind.required);
        let kinds: Vec<_> = kinds
            .into_iter()
            .filter(|kind| kind.required || !is_some_required)
            .collect();
        if kinds.is_empty() {
            return vec!["*".to_owned()];
        }
        kinds.iter().map(|kind| self.own(kind.arn)).collect()
    }

    /// The ARNs of a kind in the own account.
    fn own(&self, template: &str) -> String {
        let template = template
            .replace("${Account}", self.account)
            .replace("${Partition}", self.partition);
        // No Region and no name is empty.
        super::breadth::glob_of(&template).replace('*', "?*")
    }

    /// A single resource that is named is a decision of the owner's: what is won depends on that one. To assume a named
    /// role is what roles are for.
    fn way(
        &self,
        set: &'static Escalation,
        (resource, element): (String, String),
        grounds: Vec<Ground>,
    ) -> Option<Way> {
        let is_named = self.grants.names(&resource);
        let is_self_contained = match set.kind {
            Kind::OnItself | Kind::OnOthers => true,
            Kind::PassRole { .. } => !is_named,
            Kind::TargetDependent => false,
        };
        (set.id != "assume-role" || !is_named).then_some(Way {
            set,
            // Where something is denied or limited, not all of the element is open.
            reach: if set.kind == Kind::OnItself || !self.grants.is_unlimited_for(set.target) {
                resource
            } else {
                element
            },
            grounds,
            is_self_contained,
        })
    }
}
