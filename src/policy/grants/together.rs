//! Are several actions allowed on one and the same resource? What an attack needs is rarely a single action.

use super::role::Call;
use super::view::{Inhabited, OVER_BUDGET, Reading, View, allowing, any_inhabited, loosely, narrowed, strictly};
use super::{BUDGET, Ground, RoleGrants, asked, globs};
use crate::policy::document::Selection;
use crate::policy::pattern::{Budget, Language};
use std::collections::BTreeSet;

/// An action that is needed, with the keys of its request that the caller chooses.
#[derive(Debug, Clone, Copy)]
pub struct Demand<'a> {
    /// The action.
    pub action: &'a str,
    /// Condition keys in lower case, and the values that they are to have.
    pub given: &'a [(&'a str, &'a str)],
}

/// The answer to a question about several actions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Together {
    /// Proved: all of them are allowed on this resource, by these statements.
    Yes {
        /// One resource.
        resource: String,
        /// The element of a statement that it falls under, as written.
        element: String,
        /// The statements.
        grounds: Vec<Ground>,
    },
    /// Proved: there is no such resource.
    No,
    /// Not decided, and why.
    CannotTell(String),
}

impl RoleGrants {
    /// Whether some resource that matches the glob and none of `but_for` admits all the actions.
    pub fn permits_together(&self, demands: &[Demand<'_>], resource_glob: &str, but_for: &[&str]) -> Together {
        // Most roles do not mention most actions.
        if demands.iter().any(|demand| !self.mentions(demand.action)) {
            return Together::No;
        }
        let mut budget = Budget::new(BUDGET);
        let views: Vec<View<'_>> = demands
            .iter()
            .map(|demand| {
                let call = Call {
                    given: demand.given,
                    ..Call::on(resource_glob)
                };
                self.view(demand.action, &call, &mut budget)
            })
            .collect();
        let (asked, but_for) = (asked(resource_glob), globs(but_for));
        let asked = Language {
            all_of: vec![std::slice::from_ref(&asked)],
            none_of: but_for.iter().collect(),
        };
        let surely = match common(&views, &asked, strictly(), &mut budget) {
            Inhabited::By(resource) => return yes(&views, resource),
            none @ (Inhabited::No | Inhabited::GaveUp) => none,
        };
        let perhaps = if views.iter().all(View::is_certain) {
            surely
        } else {
            common(&views, &asked, loosely(), &mut budget)
        };
        match perhaps {
            Inhabited::No => Together::No,
            Inhabited::GaveUp => Together::CannotTell(OVER_BUDGET.into()),
            Inhabited::By(_) => {
                let reasons: BTreeSet<String> = views.iter().map(View::depends_on).collect();
                Together::CannotTell(reasons.into_iter().next().unwrap_or_default())
            }
        }
    }

    /// Whether one of the role's own Allow statements speaks of the action.
    pub fn mentions(&self, action: &str) -> bool {
        self.spoken.has(action, &self.identity)
    }

    /// Whether one of the role's own Allow statements may speak of an action of the service.
    pub fn mentions_service(&self, prefix: &str) -> bool {
        self.spoken.may_have(prefix)
    }

    /// Whether a policy names this very resource, without a wildcard.
    pub fn names(&self, resource: &str) -> bool {
        let elements = self.entries().filter_map(|entry| entry.statement.resource.as_ref());
        elements.flat_map(Selection::named).any(|element| element == resource)
    }
}

/// A resource on which every view allows its action, reading Allow and Deny as told.
fn common<'a>(
    views: &[View<'a>],
    asked: &Language<'a>,
    [allow, deny]: [Reading<'a>; 2],
    budget: &mut Budget,
) -> Inhabited {
    let mut languages = vec![asked.clone()];
    for view in views {
        let undenied: Vec<_> = languages
            .into_iter()
            .map(|language| view.undenied(language, deny))
            .collect();
        let mut layers = std::iter::once(&view.identity).chain(&view.limits);
        let narrow = layers.try_fold(undenied, |languages, layer| narrowed(languages, layer, allow));
        let Some(narrow) = narrow else {
            return Inhabited::GaveUp;
        };
        languages = narrow;
    }
    any_inhabited(languages, budget)
}

fn yes(views: &[View<'_>], resource: String) -> Together {
    let parts = views.iter().flat_map(|view| allowing(&view.identity));
    let opening = parts.filter(|part| part.surely().is_some_and(|resources| resources.has(&resource)));
    let opening: Vec<_> = opening.collect();
    let grounds: BTreeSet<Ground> = opening.iter().map(|part| part.entry.ground()).collect();
    let element = opening
        .first()
        .map_or_else(String::new, |part| part.entry.element_of(&resource));
    Together::Yes {
        grounds: grounds.into_iter().collect(),
        element,
        resource,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{By, Policy};

    fn role(statements: &str) -> RoleGrants {
        RoleGrants::new(vec![("p".into(), policy(statements))], None, "123456789012".into())
    }

    fn policy(statements: &str) -> Policy {
        Policy::parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)).expect("a policy")
    }

    fn allow(action: &str, resource: &str) -> String {
        format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}"#)
    }

    fn ask(grants: &RoleGrants, actions: &[&str]) -> Together {
        let demands: Vec<Demand<'_>> = actions.iter().map(|action| Demand { action, given: &[] }).collect();
        grants.permits_together(
            &demands,
            "arn:aws:iam::123456789012:role/*",
            &["arn:aws:iam::*:role/own"],
        )
    }

    #[test]
    fn an_action_is_mentioned_in_any_case_and_by_any_pattern() {
        let mentions = |statement: &str| {
            let grants = role(statement);
            ["s3:getobject", "S3:PutObject", "sqs:SendMessage"].map(|action| grants.mentions(action))
        };
        assert_eq!(mentions(&allow("S3:Get*", "*")), [true, false, false]);
        assert_eq!(mentions(&allow("s?:*", "*")), [true, true, false]);
        assert_eq!(mentions(&allow("*", "*")), [true, true, true]);
        assert_eq!(
            mentions(&allow("s3:*", "*").replace("Allow", "Deny")),
            [false, false, false]
        );
        assert_eq!(
            mentions(&allow("s3:Get*", "*").replace("Action", "NotAction")),
            [false, true, true]
        );
    }

    #[test]
    fn all_actions_have_to_meet_on_one_resource() {
        let both = ["iam:PutRolePolicy", "sts:AssumeRole"];
        let apart = format!(
            "{},{}",
            allow(both[0], "arn:aws:iam::123456789012:role/a*"),
            allow(both[1], "arn:aws:iam::123456789012:role/b*")
        );
        assert_eq!(ask(&role(&apart), &both), Together::No);
        let meeting = format!("{},{}", apart, allow(both[1], "arn:aws:iam::123456789012:role/*x"));
        let Together::Yes { resource, grounds, .. } = ask(&role(&meeting), &both) else {
            panic!("{meeting}")
        };
        assert_eq!(
            (resource.as_str(), grounds.len()),
            ("arn:aws:iam::123456789012:role/ax", 2)
        );
        let own = allow("*", "arn:aws:iam::123456789012:role/own");
        assert_eq!(ask(&role(&own), &both), Together::No);
        let denied = format!("{},{}", allow("*", "*"), allow("sts:*", "*").replace("Allow", "Deny"));
        assert_eq!(ask(&role(&denied), &both), Together::No);
    }

    #[test]
    fn every_level_has_to_allow() {
        let levels = |limits: &[&str]| {
            let grants = limits.iter().fold(role(&allow("iam:*", "*")), |grants, limit| {
                grants.limited_by(vec![("scp".into(), policy(limit))])
            });
            ask(&grants, &["iam:PassRole"])
        };
        let (all, some) = (allow("*", "*"), allow("iam:*", "arn:aws:iam::*:role/app*"));
        assert!(matches!(levels(&[&all, &all]), Together::Yes { .. }));
        let Together::Yes { resource, .. } = levels(&[&all, &some]) else {
            panic!("{some}")
        };
        assert!(resource.contains(":role/app"), "{resource}");
        assert_eq!(levels(&[&all, &allow("s3:*", "*")]), Together::No);
        assert_eq!(
            levels(&[&some, &allow("iam:*", "arn:aws:iam::*:role/b*")]),
            Together::No
        );
    }

    #[test]
    fn what_the_caller_chooses_is_no_obstacle_unless_it_does_not_fit() {
        let passed = |service: &str| {
            let condition = r#"{"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}"#;
            let text =
                format!(r#"{{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{condition}}}"#);
            let given = [("iam:passedtoservice", service)];
            let demand = Demand {
                action: "iam:PassRole",
                given: &given,
            };
            role(&text).permits_together(&[demand], "arn:aws:iam::*:role/*", &[])
        };
        assert!(matches!(passed("ec2.amazonaws.com"), Together::Yes { .. }));
        assert_eq!(passed("lambda.amazonaws.com"), Together::No);
    }

    #[test]
    fn code_and_service_are_told_apart() {
        let function = "arn:aws:lambda:eu-west-1:123456789012:function:f";
        let condition = format!(r#"{{"ArnEquals":{{"lambda:SourceFunctionArn":"{function}"}}}}"#);
        let deny = format!(r#"{{"Effect":"Deny","Action":"ec2:*","Resource":"*","Condition":{condition}}}"#);
        let grants = role(&format!("{},{deny}", allow("ec2:*", "*"))).of(None, function);
        let some = |by| grants.openings(by, "ec2:CreateNetworkInterface", "*", &[]);
        assert_eq!(some(By::Service).map(|found| found.len()), Ok(1));
        assert_eq!(some(By::Code).map(|found| found.len()), Ok(0));
        assert!(some(By::Either).is_err());
    }
}
