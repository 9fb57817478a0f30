//! Where do a function's policies hang, and what would be known of the function if one of them said something else?

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::draft::Draft;
use crate::snapshot::{Facet, Facts, InlinePolicy, PathElement, RoleTrust, ScopeKind, Snapshot, Value};

/// What a policy hangs on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "name")]
pub enum Place {
    /// The function itself.
    Function,
    /// A version or alias of it.
    Qualifier(String),
    /// A layer version, by its ARN.
    Layer(String),
    /// The execution role: a policy that lives in it, by its name.
    Inline(String),
    /// The execution role: a policy that is attached to it, by its ARN.
    Managed(String),
    /// The execution role: who may assume it.
    Trust,
    /// The execution role: its permissions boundary, by its ARN.
    Boundary(String),
    /// A VPC endpoint, by its id.
    Endpoint(String),
}

impl Place {
    /// What it is called in front of people.
    pub fn label(&self) -> String {
        match self {
            Self::Function => "the function's policy".to_owned(),
            Self::Qualifier(name) => format!("the policy of {name}"),
            Self::Layer(arn) => format!("the policy of the layer version {arn}"),
            Self::Inline(name) => format!("{name}, a policy in the role"),
            Self::Managed(arn) => format!("{arn}, a policy that is attached to the role"),
            Self::Trust => "the role's trust policy".to_owned(),
            Self::Boundary(arn) => format!("{arn}, the role's permissions boundary"),
            Self::Endpoint(id) => format!("the policy of the VPC endpoint {id}"),
        }
    }

    /// The version or alias, of its policy.
    pub(super) fn qualifier(&self) -> Option<&str> {
        match self {
            Self::Qualifier(name) => Some(name),
            Self::Function
            | Self::Layer(_)
            | Self::Inline(_)
            | Self::Managed(_)
            | Self::Trust
            | Self::Boundary(_)
            | Self::Endpoint(_) => None,
        }
    }

    /// Whether it is a policy that says what the role may do.
    pub(super) fn is_of_role(&self) -> bool {
        matches!(self, Self::Inline(_) | Self::Managed(_))
    }

    /// Whether it is a part of the role: then it is that of every function that runs with it.
    pub(super) fn is_in_role(&self) -> bool {
        self.is_of_role() || matches!(self, Self::Trust | Self::Boundary(_))
    }

    /// Whether it is a policy of AWS's own, which nobody else can edit.
    pub(super) fn is_of_aws(&self) -> bool {
        match self {
            Self::Managed(arn) | Self::Boundary(arn) => arn.split(':').nth(4) == Some("aws"),
            Self::Function
            | Self::Qualifier(_)
            | Self::Layer(_)
            | Self::Inline(_)
            | Self::Trust
            | Self::Endpoint(_) => false,
        }
    }

    /// How evidence calls the policy.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Inline(name) | Self::Managed(name) | Self::Boundary(name) => name,
            Self::Function | Self::Qualifier(_) | Self::Layer(_) | Self::Trust | Self::Endpoint(_) => "",
        }
    }
}

/// Every policy that was read, with its text.
pub(super) fn all(snapshot: &Snapshot) -> Vec<(Place, String)> {
    let mut all = Vec::new();
    for entry in snapshot.resource_policies().into_iter().flat_map(|read| &read.policies) {
        let place = entry.qualifier.clone().map_or(Place::Function, Place::Qualifier);
        all.push((place, entry.policy.clone()));
    }
    for entry in snapshot.layer_policies().into_iter().flat_map(|read| &read.policies) {
        all.push((Place::Layer(entry.layer_version_arn.clone()), entry.policy.clone()));
    }
    if let Ok(policies) = snapshot.role_policies() {
        let inline = policies.inline.iter();
        all.extend(inline.map(|one| (Place::Inline(one.policy_name.clone()), one.policy_document.clone())));
        let attached = policies.attached.iter();
        all.extend(attached.map(|one| (Place::Managed(one.policy_arn.clone()), one.policy_document.clone())));
    }
    if let Ok(RoleTrust::AssumeRolePolicyDocument(text)) = snapshot.role_trust() {
        all.push((Place::Trust, text.clone()));
    }
    let boundary = snapshot.role_boundary().ok();
    if let Some(one) = boundary.and_then(|read| read.permissions_boundary.as_ref()) {
        all.push((Place::Boundary(one.policy_arn.clone()), one.policy_document.clone()));
    }
    for endpoint in snapshot.vpc_endpoints().into_iter().flatten() {
        if let Some(text) = &endpoint.policy_document {
            all.push((Place::Endpoint(endpoint.vpc_endpoint_id.clone()), text.clone()));
        }
    }
    all
}

/// A policy, and what it would say.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Edit {
    /// Where it hangs.
    pub(super) place: Place,
    /// What it would say; without statements it goes.
    pub(super) draft: Draft,
    /// The name of the policy that takes the place of a managed one, which other roles may use, too: of one in the role, or of
    /// another boundary.
    pub(super) moved: Option<String>,
    /// What was taken out of its text, where Access Analyzer found a fault in it.
    pub(super) cured: Option<Vec<PathElement>>,
}

/// What would be known after the edits.
pub(super) fn changed(snapshot: &Snapshot, edits: &[Edit]) -> Snapshot {
    let mut changed = snapshot.clone();
    for edit in edits {
        edit.make(&mut changed);
    }
    changed
}

impl Edit {
    /// How evidence would call the policy then.
    pub(super) fn new_name(&self) -> &str {
        self.moved.as_deref().unwrap_or(self.place.name())
    }

    /// Whether what it writes is a policy in the role, or takes one away.
    pub(super) fn lives_in_role(&self) -> bool {
        match self.place {
            Place::Inline(_) => true,
            Place::Managed(_) => self.moved.is_some() || self.draft.is_empty(),
            Place::Function
            | Place::Qualifier(_)
            | Place::Layer(_)
            | Place::Trust
            | Place::Boundary(_)
            | Place::Endpoint(_) => false,
        }
    }

    fn make(&self, snapshot: &mut Snapshot) {
        let text = (!self.draft.is_empty()).then(|| self.draft.judged());
        match &self.place {
            Place::Function => of_function(snapshot, None, text.as_deref()),
            Place::Qualifier(name) => of_function(snapshot, Some(name), text.as_deref()),
            Place::Layer(arn) => of_layer(snapshot, arn, text.as_deref()),
            Place::Inline(_) | Place::Managed(_) => self.of_role(snapshot, text),
            Place::Trust => {
                let text = self.draft.judged();
                replace(snapshot, Facet::RoleTrust, |value| {
                    if let Value::RoleTrust(trust) = value {
                        *trust = RoleTrust::AssumeRolePolicyDocument(text);
                    }
                });
            }
            Place::Boundary(_) => {
                let text = self.draft.judged();
                replace(snapshot, Facet::RoleBoundary, |value| {
                    if let Value::RoleBoundary(read) = value
                        && let Some(boundary) = &mut read.permissions_boundary
                    {
                        boundary.policy_document = text;
                    }
                });
            }
            Place::Endpoint(id) => {
                let text = self.draft.judged();
                replace(snapshot, Facet::VpcEndpoints, |value| {
                    if let Value::VpcEndpoints(all) = value {
                        let own = all.iter_mut().filter(|one| one.vpc_endpoint_id == *id);
                        own.for_each(|one| one.policy_document = Some(text.clone()));
                    }
                });
            }
        }
    }

    fn of_role(&self, snapshot: &mut Snapshot, text: Option<String>) {
        let name = self.place.name();
        replace(snapshot, Facet::RolePolicies, |value| {
            let Value::RolePolicies(read) = value else { return };
            let is_inline = matches!(self.place, Place::Inline(_));
            match (text, &self.moved) {
                (None, _) if is_inline => read.inline.retain(|one| one.policy_name != name),
                (None, _) => read.attached.retain(|one| one.policy_arn != name),
                (Some(text), None) if is_inline => {
                    let known = read.inline.iter_mut().find(|one| one.policy_name == name);
                    match known {
                        Some(one) => one.policy_document = text,
                        None => read.inline.push(inline(name, text)),
                    }
                }
                (Some(text), None) => {
                    let own = read.attached.iter_mut().filter(|one| one.policy_arn == name);
                    own.for_each(|one| one.policy_document.clone_from(&text));
                }
                (Some(text), Some(new)) => {
                    read.attached.retain(|one| one.policy_arn != name);
                    read.inline.push(inline(new, text));
                }
            }
        });
        if let Some(cured) = &self.cured {
            cure(snapshot, name, cured);
        }
    }
}

fn inline(name: &str, text: String) -> InlinePolicy {
    InlinePolicy {
        policy_name: name.to_owned(),
        policy_document: text,
    }
}

fn of_function(snapshot: &mut Snapshot, qualifier: Option<&str>, text: Option<&str>) {
    replace(snapshot, Facet::ResourcePolicies, |value| {
        if let Value::ResourcePolicies(read) = value {
            let is_it = |own: &Option<String>| own.as_deref() == qualifier;
            match text {
                None => read.policies.retain(|entry| !is_it(&entry.qualifier)),
                Some(text) => {
                    let own = read.policies.iter_mut().filter(|entry| is_it(&entry.qualifier));
                    own.for_each(|entry| text.clone_into(&mut entry.policy));
                }
            }
        }
    });
}

fn of_layer(snapshot: &mut Snapshot, arn: &str, text: Option<&str>) {
    replace(snapshot, Facet::LayerPolicies, |value| {
        if let Value::LayerPolicies(read) = value {
            match text {
                None => read.policies.retain(|entry| entry.layer_version_arn != arn),
                Some(text) => {
                    let own = read.policies.iter_mut().filter(|entry| entry.layer_version_arn == arn);
                    own.for_each(|entry| text.clone_into(&mut entry.policy));
                }
            }
        }
    });
}

/// Access Analyzer's findings are about places in the text: those in what was taken out go with it, those behind it move up.
fn cure(snapshot: &mut Snapshot, name: &str, gone: &[PathElement]) {
    let (last, parent) = match gone.split_last() {
        Some((last, parent)) => (last.index, parent),
        None => (None, gone),
    };
    replace(snapshot, Facet::RolePolicyFindings, |value| {
        let Value::RolePolicyFindings(all) = value else { return };
        for validated in all.iter_mut().filter(|one| one.policy_name == name) {
            let is_in = |path: &[PathElement]| path.starts_with(gone);
            validated
                .findings
                .retain(|finding| !finding.locations.iter().any(|location| is_in(&location.path)));
            let locations = validated.findings.iter_mut().flat_map(|finding| &mut finding.locations);
            for path in locations
                .map(|location| &mut location.path)
                .filter(|path| path.starts_with(parent))
            {
                let behind = path.get_mut(parent.len()).and_then(|step| step.index.as_mut());
                if let (Some(own), Some(gone)) = (behind, last)
                    && *own > gone
                {
                    *own -= 1;
                }
            }
        }
    });
}

/// Changes the value of a facet, as if it had been read at the same time.
fn replace(snapshot: &mut Snapshot, facet: Facet, change: impl FnOnce(&mut Value)) {
    let facts: &mut Facts = match facet.scope() {
        ScopeKind::Function => &mut snapshot.own,
        ScopeKind::Role => Arc::make_mut(&mut snapshot.role),
        ScopeKind::Vpc => Arc::make_mut(&mut snapshot.vpc),
        ScopeKind::Place => Arc::make_mut(&mut snapshot.place),
    };
    let Some(reading) = facts.reading(facet) else { return };
    let at = reading.at;
    if let Ok(value) = facts.value(facet) {
        let mut value = value.clone();
        change(&mut value);
        facts.insert(at, value);
    }
}
