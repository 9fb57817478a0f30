//! Is an action that could be confined to a resource granted on all of them, or on all of a kind? Only actions that
//! change something or read data: those that accept no resource can only be granted on `*`.

use std::collections::BTreeMap;

use super::{about, is_broad, limited, listed, role_network_denied, role_secrets_unscoped};
use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::facts::actions::Action;
use crate::finding::{Evidence, Severity};
use crate::policy::{Grant, RoleGrants, Selection};
use crate::role::breadth;
use crate::role::lookup::{self, Lookup};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "role-wildcard-resource",
    title: "The execution role's actions are granted on every resource",
    layer: Layer::ExecutionRole,
    severity: Severity::Medium,
    reads: &[Facet::Configuration, Facet::RolePolicies, Facet::RoleBoundary],
    risk: "A flaw in this function reaches the data of every other workload of the account that uses the same service.",
    remediation: INLINE,
    references: &[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
        "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
    ],
    evaluate,
};

mending!("name the resources that the function uses, e.g. {example}, instead of {resources}");

/// What role-logs-unscoped says.
const LOG_WRITES: [&str; 3] = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];

/// They accept a resource and do not need one: only `*` allows the call without.
const WITHOUT_RESOURCE: [&str; 4] = [
    "cloudwatch:PutMetricData",
    "polly:StartSpeechSynthesisTask",
    "sns:Unsubscribe",
    "translate:StartTextTranslationJob",
];

fn evaluate(context: &Context<'_>) -> Judged {
    context.of_role(CONTROL.id, || of_role(context))
}

fn of_role(context: &Context<'_>) -> Judged {
    context.snapshot.configuration()?;
    let mut verdict = Verdict::default();
    let Some(grants) = limited(context)? else {
        return Ok(verdict);
    };
    let unscoped = grants.allowing().filter(Grant::is_unscoped);
    for grant in unscoped.filter(|grant| !is_broad(context, grant.policy())) {
        let (found, undecided) = unconfined(&grant, grants);
        let ground = grant.ground();
        if let (true, Some(reason)) = (found.is_empty(), undecided) {
            let subject = format!("{} {}", ground.policy, ground.statement);
            verdict.unjudged.push(Unjudged::about(&subject, &reason));
        } else if !found.is_empty() {
            verdict.fails.push(evidence(&grant, &found));
        }
    }
    Ok(verdict)
}

/// The actions that the statement allows beyond named resources, and why some could not be decided.
fn unconfined(grant: &Grant<'_>, grants: &RoleGrants) -> (Vec<Action>, Option<String>) {
    let (mut found, mut undecided) = (Vec::new(), None);
    // Where nothing is denied or limited, the actions on one kind of resource fare alike.
    let mut known: BTreeMap<&str, Result<bool, String>> = BTreeMap::new();
    let is_unlimited = grants.is_unlimited();
    for action in candidates(grant) {
        let name = action.to_string();
        if grant.is_confined(&name) {
            continue;
        }
        for kind in action.resource_types() {
            let ask = || {
                grant
                    .opens_unnamed(&name, &breadth::glob_of(kind.arn))
                    .map(|resource| resource.is_some())
            };
            let answer = match known.get(kind.arn).filter(|_| is_unlimited) {
                Some(answer) => answer.clone(),
                None => ask(),
            };
            known.insert(kind.arn, answer.clone());
            match answer {
                Ok(false) => {}
                Err(reason) => undecided = Some(reason),
                Ok(true) => {
                    found.push(action);
                    break;
                }
            }
        }
    }
    (found, undecided)
}

/// The actions of the statement that a policy could confine and should. A statement for every service is represented by
/// the actions that read and write data.
fn candidates(grant: &Grant<'_>) -> Vec<Action> {
    let mut all: BTreeMap<String, Action> = BTreeMap::new();
    let mut add = |action: Action| {
        if action.is_scopable() && (breadth::is_change(&action) || lookup::hands_out(&action)) {
            let name = action.to_string();
            if !is_spoken_for(&name) {
                all.insert(name, action);
            }
        }
    };
    let mut add_representatives = || {
        let about = breadth::representatives(grant).filter(|action| grant.is_about(&action.to_string()));
        about.for_each(&mut add);
    };
    match &grant.statement().action {
        Selection::Except(_) => add_representatives(),
        Selection::Only(globs) if globs.iter().any(|glob| breadth::is_wide(glob)) => add_representatives(),
        Selection::Only(globs) => {
            let mut table = Lookup::default();
            let covered = globs.iter().flat_map(|glob| table.matching(glob));
            covered.for_each(&mut add);
        }
    }
    all.into_values().collect()
}

/// Whether another control speaks of the action, or Lambda itself needs it on everything.
fn is_spoken_for(action: &str) -> bool {
    LOG_WRITES.contains(&action)
        || WITHOUT_RESOURCE.contains(&action)
        || role_secrets_unscoped::READS.contains(&action)
        || role_network_denied::NEEDED.contains(&action)
}

fn evidence(grant: &Grant<'_>, found: &[Action]) -> Evidence {
    let ground = grant.ground();
    let names: Vec<String> = found.iter().map(Action::to_string).collect();
    let resources = match &grant.statement().resource {
        Some(Selection::Only(elements)) => listed(elements.iter().map(String::as_str)),
        Some(Selection::Except(elements)) => format!("everything but {}", listed(elements.iter().map(String::as_str))),
        None => "*".to_owned(),
    };
    let example = found
        .iter()
        .find_map(|action| action.resource_types().into_iter().next());
    let detail = format!(
        "{} in {} allows {} on {resources}",
        ground.statement,
        ground.policy,
        listed(names.iter().map(String::as_str))
    );
    about(&ground, detail, [INLINE, MANAGED])
        .fill("resources", resources)
        .fill("example", example.map_or("", |kind| kind.arn))
}
