//! What does a function's role reach? The role's abilities, service by service, with the resources that its statements name.

use std::collections::BTreeSet;

use serde::Serialize;

use super::callers::{Caller, What};
use crate::controls::Context;
use crate::policy::{Ground, RoleGrants, Selection, trust};
use crate::role::{Abilities, Holder, Proof, Read, Service, Verdict};
use crate::snapshot::Configuration;

/// So many actions, resources and statements are shown of one service.
const MOST: usize = 24;
/// So many escalations and principals are shown of one role.
const MOST_WAYS: usize = 40;
/// Who runs the function: to be trusted by it is what a role is for.
const LAMBDA: &str = "lambda.amazonaws.com";

/// What a role reaches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reach {
    /// Its ARN; absent where it is not known.
    pub role: Option<String>,
    /// It can do everything.
    pub is_administrator: bool,
    /// Whether it has a permissions boundary.
    pub is_bounded: bool,
    /// Services, by name.
    pub services: Vec<Reached>,
    /// How it could get more than its policies say: what is won, and by which statements.
    pub escalations: Vec<String>,
    /// Who may assume it, beside Lambda.
    pub assumers: Vec<Caller>,
    /// Why it could not be judged, or not all of it.
    pub unjudged: Vec<String>,
}

/// A service that a role reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reached {
    /// Its IAM prefix.
    pub service: String,
    /// The action patterns, as written.
    pub actions: Vec<String>,
    /// The resource elements of the statements, as written.
    pub resources: Vec<String>,
    /// The statements, each with its policy.
    pub by: Vec<String>,
    /// Content that it may read beyond named resources.
    pub data: Vec<String>,
    /// Secrets that it may read beyond named ones.
    pub secrets: Vec<String>,
    /// Why it is not decided, where it is not.
    pub why: Option<String>,
}

impl Reach {
    /// What the role of a function reaches.
    pub(super) fn of(context: &Context<'_>) -> Self {
        let mut reach = Self::default();
        let configuration = match context.snapshot.configuration() {
            Ok(known) => known,
            Err(why) => return reach.unknown(why.to_string()),
        };
        let Some(role) = configuration.role_arn() else {
            return reach.unknown("the configuration names no role".to_owned());
        };
        reach.role = Some(role.as_str().to_owned());
        match context.role_trust_policy() {
            Ok(Some(policy)) if !trust::names_only(policy, &[LAMBDA]) => {
                let assumers = trust::assumers(policy, role.as_str(), context.trust());
                let others = assumers.iter().filter(|one| trust::service_of(one) != Some(LAMBDA));
                let others = others.map(|exposure| Caller::by_policy(What::Invoke, exposure));
                reach.assumers = others.take(MOST_WAYS).collect();
            }
            Ok(Some(_)) => {}
            Ok(None) => return reach.unknown("there is no such role".to_owned()),
            Err(why) => reach.unjudged.push(why.to_string()),
        }
        match (context.role_grants(), context.snapshot.role_boundary()) {
            (Ok(grants), Ok(boundary)) => {
                reach.is_bounded = boundary.permissions_boundary.is_some();
                reach.take(&abilities(context, grants, reach.is_bounded), grants);
                reach
            }
            (Err(why), _) => reach.unknown(why.to_string()),
            (_, Err(why)) => reach.unknown(why.to_string()),
        }
    }

    fn unknown(mut self, why: String) -> Self {
        self.unjudged.push(why);
        self
    }

    fn take(&mut self, abilities: &Abilities, grants: &RoleGrants) {
        self.is_administrator = abilities.administrator.verdict == Verdict::Yes;
        let services = abilities.services.iter();
        self.services = services.map(|one| Reached::new(one, abilities, grants)).collect();
        let escalations = abilities.escalations.iter().take(MOST_WAYS);
        self.escalations = escalations
            .map(|one| {
                let target = if one.depends_on_target {
                    ", depending on the target"
                } else {
                    ""
                };
                format!("{}{target}: {}", one.description, told(&one.proof))
            })
            .collect();
    }
}

fn abilities(context: &Context<'_>, grants: &RoleGrants, is_bounded: bool) -> Abilities {
    let snapshot = context.snapshot;
    let role = snapshot.configuration().ok().and_then(Configuration::role_arn);
    let holder = Holder {
        grants,
        role: role.as_ref().map_or("", |role| role.as_str()),
        account: snapshot.function.account().as_str(),
        partition: snapshot.function.region().partition(),
        functions: snapshot.role_users().map_or_else(
            |_| vec![snapshot.function.to_string()],
            |users| users.iter().map(ToString::to_string).collect(),
        ),
        policies: Vec::new(),
        is_bounded,
    };
    holder.abilities()
}

impl Reached {
    fn new(service: &Service, abilities: &Abilities, grants: &RoleGrants) -> Self {
        let is_of_it = |read: &&Read| read.action.split(':').next() == Some(service.service.as_str());
        let reads = |all: &[Read]| all.iter().filter(is_of_it).map(read_told).collect();
        Self {
            service: service.service.clone(),
            actions: service.actions.iter().take(MOST).cloned().collect(),
            resources: resources(&service.proof.statements, grants),
            by: service.proof.statements.iter().take(MOST).map(ground).collect(),
            data: reads(&abilities.data),
            secrets: reads(&abilities.secrets),
            why: service.proof.reason.clone(),
        }
    }
}

/// The resource elements of some statements, as written.
fn resources(statements: &[Ground], grants: &RoleGrants) -> Vec<String> {
    let mut named = BTreeSet::new();
    for grant in grants.allowing().filter(|grant| statements.contains(&grant.ground())) {
        match &grant.statement().resource {
            Some(Selection::Only(elements)) => named.extend(elements.iter().cloned()),
            Some(Selection::Except(elements)) => named.extend(elements.iter().map(|one| format!("all but {one}"))),
            None => {}
        }
    }
    named.into_iter().take(MOST).collect()
}

fn read_told(read: &Read) -> String {
    let on = read
        .resource
        .as_deref()
        .map_or_else(String::new, |on| format!(" on {on}"));
    match &read.proof.reason {
        Some(why) => format!("{}{on}: {why}", read.action),
        None => format!("{}{on}", read.action),
    }
}

fn told(proof: &Proof) -> String {
    match &proof.reason {
        Some(why) => format!("cannot tell, {why}"),
        None => proof
            .statements
            .iter()
            .take(3)
            .map(ground)
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn ground(ground: &Ground) -> String {
    format!("{} in {}", ground.statement, ground.policy)
}
