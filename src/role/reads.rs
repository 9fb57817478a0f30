//! Which calls that hand out content or secrets may a role make on more than the resources that its policies name?

use schemars::JsonSchema;
use serde::Serialize;

use super::Proof;
use super::breadth::glob_of;
use crate::facts::actions::{self, Action};
use crate::facts::data_access::{self, Yields};
use crate::policy::{Grant, RoleGrants};

/// A call that hands out content or secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Read {
    /// The action.
    pub action: &'static str,
    /// The resource element, as written, that spans more than named resources.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// Whether it is allowed.
    #[serde(flatten)]
    pub proof: Proof,
}

/// The calls of a kind that are, or may be, allowed beyond named resources.
pub(super) fn beyond_named(grants: &RoleGrants, yields: Yields) -> Vec<Read> {
    let known = data_access::all().iter().filter(|access| access.yields == yields);
    let mentioned = known.filter(|access| grants.mentions(access.action));
    mentioned.filter_map(|access| read(grants, access.action)).collect()
}

fn read(grants: &RoleGrants, name: &'static str) -> Option<Read> {
    let action = actions::find(name)?;
    let (mut statements, mut resource, mut undecided) = (Vec::new(), None, None);
    for grant in grants.allowing().filter(|grant| grant.is_about(name)) {
        match opened(&grant, &action, name) {
            Ok(None) => {}
            Ok(Some(opened)) => {
                resource.get_or_insert_with(|| grant.element_of(&opened));
                statements.push(grant.ground());
            }
            Err(reason) => undecided = Some(reason),
        }
    }
    (!statements.is_empty() || undecided.is_some()).then(|| Read {
        action: name,
        resource,
        proof: Proof::of(statements, undecided),
    })
}

/// A resource without a name of its own on which the statement allows the action.
fn opened(grant: &Grant<'_>, action: &Action, name: &str) -> Result<Option<String>, String> {
    if grant.is_confined(name) {
        return Ok(None);
    }
    if !action.is_scopable() {
        return if grant.is_everywhere() {
            grant.opens(name, "*")
        } else {
            Ok(None)
        };
    }
    let mut undecided = None;
    for kind in action.resource_types() {
        match grant.opens_unnamed(name, &glob_of(kind.arn)) {
            Ok(None) => {}
            Ok(found) => return Ok(found),
            Err(reason) => undecided = Some(reason),
        }
    }
    undecided.map_or(Ok(None), Err)
}
