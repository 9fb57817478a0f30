//! Which role does a function run with, and what may that do?

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::super::open::Member;
use super::super::policy::{self, Doubt, Side};
use super::super::resource::{Resource, Stack};
use super::super::value::{Value, Why};
use super::function::{Built, unreadable};
use super::{Deployed, not_in};
use crate::arn::Arn;
use crate::facts::managed_policies;
use crate::finding::stable_name;
use crate::snapshot::{Facet, ScopeKind};

/// What no template tells of a role.
const LIVE: [(Facet, &str); 2] = [
    (Facet::RolePolicyFindings, "IAM Access Analyzer is not asked"),
    (Facet::RoleServiceUse, "only IAM knows what was used"),
];

/// The roles of a stack.
pub(super) struct Roles<'s> {
    stack: &'s Stack,
    /// Those that were recorded already, with the lines of what findings name.
    done: BTreeMap<String, Vec<(String, usize)>>,
}

/// The lines of what a role is made of.
type Lines = Vec<(String, usize)>;

impl<'s> Roles<'s> {
    pub(super) fn new(stack: &'s Stack) -> Self {
        let done = BTreeMap::new();
        Self { stack, done }
    }

    /// Records the role of a function, and says to the function which it is.
    pub(super) fn add(&mut self, built: &mut Built, deployed: &mut Deployed) {
        let named = built.role.clone().and_then(|text| match text.parse::<Arn>() {
            Ok(_) => Ok(text),
            Err(_) => Err(Why::from("the function's role is not named by its ARN")),
        });
        let arn = match named {
            Ok(arn) => arn,
            Err(why) => {
                built.leave_open(Member::Users, why.clone());
                let arn = stand_in(built, &why);
                self.unknown(&arn, &why, deployed);
                built.runs_as(&arn);
                return;
            }
        };
        let found = self
            .stack
            .of_kind("AWS::IAM::Role")
            .find(|role| role.arn.known().as_ref() == Some(&arn));
        match found {
            None => self.unknown(&arn, &Why::from("the role is not in it"), deployed),
            Some(role) => {
                self.record((&arn, role), deployed);
                built.sites.role = Some(role.line);
            }
        }
        for (subject, line) in self.done.get(&arn).into_iter().flatten() {
            built.sites.add(subject, *line);
        }
        built.runs_as(&arn);
    }

    /// A role of which the template says nothing.
    fn unknown(&mut self, arn: &str, why: &Why, deployed: &mut Deployed) {
        if self.done.insert(arn.to_owned(), Vec::new()).is_none() {
            let facets = Facet::of(ScopeKind::Role).filter(|facet| *facet != Facet::RoleUsers);
            let facets = unreadable(facets.map(|facet| (facet, not_in(why))));
            deployed.recorded.roles.push(json!({"Arn": arn, "Unreadable": facets}));
        }
    }

    fn record(&mut self, (arn, role): (&str, &Resource), deployed: &mut Deployed) {
        if self.done.contains_key(arn) {
            return;
        }
        let mut lines = Lines::new();
        let trust = policy::document(role.get("AssumeRolePolicyDocument"), Side::Resource, None);
        note_statements("", (&trust, role.line), &mut lines);
        let mut recorded = json!({
            "Arn": arn,
            "AssumeRolePolicyDocument": trust,
            "InlinePolicies": self.inline(role, &mut lines),
            "AttachedPolicies": self.attached(role, &mut lines),
        });
        let mut unread: Vec<_> = LIVE
            .iter()
            .map(|(facet, why)| (*facet, not_in(&Why::from(*why))))
            .collect();
        match self.boundary(role) {
            Ok(boundary) => {
                if let Some(members) = recorded.as_object_mut() {
                    members.insert("PermissionsBoundary".to_owned(), boundary);
                }
            }
            Err(why) => unread.push((Facet::RoleBoundary, not_in(&why))),
        }
        if let Some(members) = recorded.as_object_mut() {
            members.insert("Unreadable".to_owned(), unreadable(unread));
        }
        deployed.recorded.roles.push(recorded);
        self.done.insert(arn.to_owned(), lines);
    }

    fn inline(&self, role: &Resource, lines: &mut Lines) -> Vec<Json> {
        let mut all = Vec::new();
        let mut add = |name: &Value, document: &Value, doubt: Doubt<'_>| {
            let name = name
                .known()
                .unwrap_or_else(|| "a policy whose name is not known".to_owned());
            let json = policy::document(document, Side::Identity, doubt);
            note_lines(&name, document, lines);
            note_statements(&name, (&json, document.line), lines);
            all.push(json!({"PolicyName": name, "PolicyDocument": json}));
        };
        match role.get("Policies").items() {
            Err(why) => add(
                &Value::text(role.line, "Policies"),
                &Value::unknown(role.line, why),
                None,
            ),
            Ok(own) => own
                .iter()
                .for_each(|one| add(one.get("PolicyName"), one.get("PolicyDocument"), None)),
        }
        for resource in &self.stack.resources {
            let doubt = match resource.kind.as_str() {
                "AWS::IAM::Policy" => names(resource.get("Roles"), role),
                "AWS::IAM::RolePolicy" => names(resource.get("RoleName"), role),
                _ => continue,
            };
            if let Some(doubt) = doubt {
                let doubt = resource.doubt.clone().or(doubt);
                add(
                    resource.get("PolicyName"),
                    resource.get("PolicyDocument"),
                    doubt.as_ref(),
                );
            }
        }
        if let Some(why) = &self.stack.more {
            let line = role.line;
            add(
                &Value::text(line, "what else may be granted"),
                &Value::unknown(line, why.clone()),
                None,
            );
        }
        all
    }

    fn attached(&self, role: &Resource, lines: &mut Lines) -> Vec<Json> {
        let said = role.get("ManagedPolicyArns");
        let mut all = Vec::new();
        match said.items() {
            Err(why) => all.push(opaque("a managed policy", &why)),
            Ok(items) => {
                for item in items {
                    let policy = item.word().map(Option::unwrap_or_default);
                    match policy {
                        Ok(arn) => {
                            lines.push((arn.clone(), item.line));
                            all.push(self.managed(&arn, None));
                        }
                        Err(why) => all.push(opaque("a managed policy", &why)),
                    }
                }
            }
        }
        for resource in self.stack.of_kind("AWS::IAM::ManagedPolicy") {
            if let (Some(doubt), Some(arn)) = (names(resource.get("Roles"), role), resource.arn.known()) {
                lines.push((arn.clone(), resource.line));
                let doubt = resource.doubt.clone().or(doubt);
                all.push(self.managed(&arn, doubt.as_ref()));
            }
        }
        // Attachments are resources of their own in Terraform.
        for resource in self.stack.of_kind("AWS::IAM::RolePolicyAttachment") {
            let Some(doubt) = names(resource.get("RoleName"), role) else {
                continue;
            };
            let doubt = resource.doubt.clone().or(doubt);
            all.push(match resource.get("PolicyArn").word() {
                Ok(arn) => {
                    let arn = arn.unwrap_or_default();
                    lines.push((arn.clone(), resource.line));
                    self.managed(&arn, doubt.as_ref())
                }
                Err(why) => opaque("a managed policy", &why),
            });
        }
        all.dedup();
        all
    }

    /// A managed policy: one of AWS's, one of the template, or one of which nothing is known but that it grants something.
    fn managed(&self, arn: &str, doubt: Doubt<'_>) -> Json {
        let mut own = self.stack.of_kind("AWS::IAM::ManagedPolicy");
        let known = own.find(|policy| policy.arn.known().as_deref() == Some(arn));
        let document = match (managed_policies::find(arn), known) {
            (Some(policy), _) => Value::text(0, policy.document()),
            (None, Some(policy)) => policy.get("PolicyDocument").clone(),
            (None, None) => return opaque(arn, &Why::from("the policy is not in the template")),
        };
        json!({"PolicyArn": arn, "PolicyDocument": policy::document(&document, Side::Identity, doubt)})
    }

    fn boundary(&self, role: &Resource) -> Result<Json, Why> {
        let Some(arn) = role.get("PermissionsBoundary").word()? else {
            return Ok(Json::Null);
        };
        let mut own = self.stack.of_kind("AWS::IAM::ManagedPolicy");
        let is_own = own.any(|policy| policy.arn.known().as_ref() == Some(&arn));
        if !is_own && managed_policies::find(&arn).is_none() {
            return Err("the permissions boundary is not in it".into());
        }
        Ok(self.managed(&arn, None))
    }
}

/// A policy that grants nobody knows what.
fn opaque(arn: &str, why: &Why) -> Json {
    let document = json!({"Version": "2012-10-17", "Statement": [policy::anything(Side::Identity, why)]});
    json!({"PolicyArn": arn, "PolicyDocument": document})
}

/// Whether a list of role names holds the role: surely, perhaps for a reason, or not.
#[allow(clippy::option_option, reason = "not at all, surely, perhaps")]
fn names(list: &Value, role: &Resource) -> Option<Option<Why>> {
    let items = match list.items() {
        Ok(items) => items,
        Err(why) => return Some(Some(why)),
    };
    let own = role.name.known();
    let is_it = |item: &Value| item.known().is_some_and(|name| Some(&name) == own.as_ref());
    if items.iter().any(is_it) {
        return Some(None);
    }
    items.iter().find_map(Value::gap).map(Some)
}

/// The name of the role that nobody knows: of one reason, for what stands for one parameter is one role.
fn stand_in(built: &Built, why: &Why) -> String {
    let mark = stable_name(["role", why]);
    let (partition, account) = (built.arn.region().partition(), built.arn.account());
    let short = mark.get(..12).unwrap_or_default();
    format!("arn:{partition}:iam::{account}:role/not-known-{short}")
}

/// The lines of a policy and of its statements as evidence names them.
fn note_statements(policy: &str, (document, line): (&Json, usize), lines: &mut Lines) {
    lines.push((policy.to_owned(), line));
    let Some(statements) = document.get("Statement").and_then(Json::as_array) else {
        return;
    };
    for label in super::grants::labels(statements) {
        lines.push((label, line));
    }
}

/// The lines of the statements themselves, where it is clear which is which.
fn note_lines(policy: &str, document: &Value, lines: &mut Lines) {
    for statement in document.get("Statement").items().unwrap_or_default() {
        let made = policy::statement(statement, Side::Identity, None);
        for label in super::grants::labels(&made) {
            lines.push((format!("{policy} {label}"), statement.line));
            lines.push((label, statement.line));
        }
    }
}
