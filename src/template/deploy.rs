//! Which functions, roles, networks and alarms are there once all of it is deployed? In the form of a recorded account.

mod attachment;
mod function;
mod grants;
mod network;
mod place;
mod role;

pub(super) use network::own_id;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::given::Given;
use super::names::naming;
use super::open::Opens;
use super::resource::{Resource, Stack};
use super::sites::Sites;
use super::value::Why;
use crate::arn::FunctionArn;
use crate::snapshot::{Facet, Reason};

/// A recorded account as JSON, and what is known of its functions beside that.
#[derive(Debug, Default)]
pub(super) struct Deployed {
    pub(super) recorded: Recorded,
    pub(super) functions: BTreeMap<FunctionArn, Sites>,
    pub(super) open: BTreeMap<FunctionArn, Opens>,
}

/// The lists of a recorded account.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    pub(super) functions: Vec<Json>,
    pub(super) roles: Vec<Json>,
    pub(super) places: Vec<Json>,
    pub(super) networks: Vec<Json>,
}

/// Why a facet has no value.
pub(super) fn not_in(why: &Why) -> Reason {
    Reason::NotInTemplate {
        detail: why.to_string(),
    }
}

/// Facets without a value, as a recording says it.
pub(super) type Unreadable = BTreeMap<Facet, Reason>;

/// What no template tells of a function.
const LIVE: [(Facet, &str); 3] = [
    (Facet::CodePackage, "the code is not in it"),
    (Facet::LastChange, "only the record of a call tells it"),
    (Facet::Inspection, "Amazon Inspector knows only what is deployed"),
];

/// All that the stack deploys.
pub(super) fn deploy(stack: &Stack, given: &Given) -> Deployed {
    let mut deployed = Deployed::default();
    let functions = names(stack, given);
    let grants = grants::Grants::of(stack, (given, &functions));
    let mut networks = BTreeSet::new();
    let mut roles = role::Roles::new(stack);
    for (resource, arn) in &functions {
        let mut built = function::Built::of(resource, arn, stack);
        grants.add(arn, &mut built);
        roles.add(&mut built, &mut deployed);
        networks.extend(built.vpc(stack));
        built.finish(&mut deployed);
    }
    for arn in grants.elsewhere() {
        elsewhere(&arn, &grants, &mut deployed);
    }
    for vpc in networks {
        deployed.recorded.networks.push(network::of(&vpc, stack, given));
    }
    deployed.recorded.places.push(place::of(stack, given));
    deployed
}

/// The functions of the stack with their ARNs; a name that AWS would refuse is made up.
fn names<'s>(stack: &'s Stack, given: &Given) -> Vec<(&'s Resource, FunctionArn)> {
    let mut taken = BTreeSet::new();
    let mut all = Vec::new();
    for resource in stack.of_kind("AWS::Lambda::Function") {
        let said = resource.name.known().unwrap_or_default();
        let made_up = || naming("AWS::Lambda::Function").map(|naming| naming.made_up(&resource.id, given));
        let arn = |name: &str| FunctionArn::new(&given.account, &given.region, name).ok();
        let found = arn(&said).or_else(|| made_up().and_then(|name| arn(&name)));
        if let Some(found) = found.filter(|arn| taken.insert(arn.clone())) {
            all.push((resource, found));
        }
    }
    all
}

/// A function that is granted to somebody here, and is itself somewhere else.
fn elsewhere(arn: &FunctionArn, grants: &grants::Grants<'_>, deployed: &mut Deployed) {
    let why: Why = "the function is not in the template".into();
    let mut built = function::Built::absent(arn, &why);
    grants.add(arn, &mut built);
    built.finish(deployed);
}

impl Recorded {
    /// The whole as one document.
    pub(super) fn document(self) -> Json {
        json!({"Functions": self.functions, "Roles": self.roles, "Places": self.places, "Networks": self.networks})
    }
}
