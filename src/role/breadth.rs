//! How much of a service does a grant take in? What an action pattern covers, and whether a policy of AWS's is made for
//! people who administer rather than for one function.

use std::collections::BTreeSet;

use super::lookup::{Lookup, is_pattern};
use crate::facts::actions::{self, AccessLevel, Action};
use crate::facts::data_access;
use crate::policy::{Grant, RoleGrants, Selection};

/// From how many services a policy that changes or reads data everywhere counts as broad, even if it spells out what it
/// allows: AWS's job functions start at five, its policies for a function's triggers end at three.
const MANY_SERVICES: usize = 5;

/// Whether an action changes something, other than tags.
pub(crate) fn is_change(action: &Action) -> bool {
    match action.level {
        AccessLevel::Write | AccessLevel::PermissionsManagement => true,
        AccessLevel::List | AccessLevel::Read | AccessLevel::Tagging => false,
    }
}

/// A wildcard among a statement's actions, with what it covers.
pub(crate) struct Wildcard {
    /// As written, or `everything but …`.
    pub(crate) glob: String,
    /// An action that it covers and that is in effect, as harmful as any.
    pub(crate) example: Action,
}

/// The wildcards of a statement by which a change is allowed, and why some could not be decided.
pub(crate) fn wildcards(grant: &Grant<'_>) -> (Vec<Wildcard>, Vec<String>) {
    let (mut found, mut undecided, mut lookup) = (Vec::new(), Vec::new(), Lookup::default());
    match &grant.statement().action {
        Selection::Only(globs) => {
            for glob in globs.iter().filter(|glob| is_pattern(glob)) {
                if let Some(unknown) = unknown_service(glob, &mut lookup) {
                    undecided.push(format!("`{unknown}` is not in the table of AWS's actions"));
                }
                note(
                    glob.clone(),
                    covered(glob, grant, &mut lookup),
                    grant,
                    (&mut found, &mut undecided),
                );
            }
        }
        Selection::Except(globs) => {
            let glob = format!("everything but {}", globs.join(", "));
            let left = representatives(grant).filter(|action| grant.is_about(&action.to_string()));
            note(glob, left.collect(), grant, (&mut found, &mut undecided));
        }
    }
    (found, undecided)
}

/// The actions of a pattern; those that stand for all, where it is one for every service.
fn covered<'g>(glob: &'g str, grant: &Grant<'g>, lookup: &mut Lookup<'g>) -> Vec<Action> {
    if is_wide(glob) {
        let about = representatives(grant).filter(|action| grant.is_about(&action.to_string()));
        return about.collect();
    }
    lookup.matching(glob)
}

/// Whether a pattern is one for more than one service.
pub(crate) fn is_wide(glob: &str) -> bool {
    glob.split_once(':').is_none_or(|(service, _)| is_pattern(service))
}

/// Actions that stand for all services in which a statement may have an effect: those of the services that its resources
/// belong to, and where it speaks of every resource those that change or read data.
pub(crate) fn representatives(grant: &Grant<'_>) -> impl Iterator<Item = Action> {
    let elements = match &grant.statement().resource {
        Some(Selection::Only(elements)) => elements.as_slice(),
        Some(Selection::Except(_)) | None => &[],
    };
    let services: BTreeSet<&str> = elements
        .iter()
        .filter_map(|element| element.split(':').nth(2))
        .collect();
    let is_of_any = grant.is_everywhere() || services.iter().any(|service| is_pattern(service));
    let own = services.into_iter().flat_map(actions::of_service).copied();
    let data = data_access::all()
        .iter()
        .filter_map(|access| actions::find(access.action));
    let writes = [
        "s3:PutObject",
        "dynamodb:PutItem",
        "sqs:SendMessage",
        "lambda:InvokeFunction",
        "kms:Encrypt",
    ];
    let data = data.chain(writes.into_iter().filter_map(actions::find));
    own.chain(data.filter(move |_| is_of_any))
}

/// Whether the statement allows the action on a resource that the action accepts; an error says why that is not decided.
pub(super) fn is_in_effect(grant: &Grant<'_>, action: &Action) -> Result<bool, String> {
    let name = action.to_string();
    if grant.is_everywhere() || !action.is_scopable() {
        return Ok(grant.is_everywhere() && grant.opens(&name, "*")?.is_some());
    }
    let mut undecided = None;
    for kind in action.resource_types() {
        match grant.opens(&name, &glob_of(kind.arn)) {
            Ok(Some(_)) => return Ok(true),
            Ok(None) => {}
            Err(reason) => undecided = Some(reason),
        }
    }
    undecided.map_or(Ok(false), Err)
}

/// The ARNs of a kind: `${…}` in AWS's tables stands for any text.
pub(crate) fn glob_of(template: &str) -> String {
    let mut glob = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once("${") {
        glob.push_str(before);
        glob.push('*');
        rest = behind.split_once('}').map_or("", |(_, after)| after);
    }
    glob + rest
}

/// The service of a pattern, if AWS's table does not have it.
fn unknown_service<'g>(glob: &'g str, lookup: &mut Lookup<'g>) -> Option<&'g str> {
    let (service, _) = glob.split_once(':')?;
    (!is_pattern(service) && lookup.of_service(service).is_empty()).then_some(service)
}

fn note(
    glob: String,
    mut covered: Vec<Action>,
    grant: &Grant<'_>,
    (found, undecided): (&mut Vec<Wildcard>, &mut Vec<String>),
) {
    covered.retain(is_change);
    covered.sort_by_key(|action| std::cmp::Reverse(action.level));
    let mut reason = None;
    for example in covered {
        match is_in_effect(grant, &example) {
            Ok(true) => {
                found.push(Wildcard { glob, example });
                return;
            }
            Ok(false) => {}
            Err(why) => reason = Some(why),
        }
    }
    undecided.extend(reason.map(|why| format!("{glob}: {why}")));
}

/// What makes a policy of AWS's broad: whole services, or changes in many, on every resource. Nothing if it is not
/// broad, or if denials and boundary leave nothing of that.
pub(crate) fn of_policy(grants: &RoleGrants, policy: &str) -> Option<String> {
    let own: Vec<Grant<'_>> = grants
        .allowing()
        .filter(|grant| grant.policy() == policy && grant.is_everywhere())
        .collect();
    let whole = own.iter().flat_map(|grant| wholes(grant)).collect::<BTreeSet<_>>();
    if !whole.is_empty() {
        return Some(listed(whole.iter().map(String::as_str)));
    }
    let mut services = BTreeSet::new();
    for grant in &own {
        note_changed_services(grant, &mut services);
    }
    (services.len() >= MANY_SERVICES).then(|| format!("changes in {} and more", listed(services)))
}

/// The wildcards of a statement that span a whole service or more.
fn wholes(grant: &Grant<'_>) -> Vec<String> {
    let spans = |glob: &str| {
        let (service, name) = glob.split_once(':').unwrap_or((glob, glob));
        name.trim_matches('*').is_empty() || is_pattern(service) || glob.starts_with("everything but")
    };
    let could = match &grant.statement().action {
        Selection::Only(globs) => globs.iter().any(|glob| spans(glob)),
        Selection::Except(_) => true,
    };
    if !could {
        return Vec::new();
    }
    let (found, _) = wildcards(grant);
    found
        .into_iter()
        .map(|wildcard| wildcard.glob)
        .filter(|glob| spans(glob))
        .collect()
}

/// Adds the services in which a statement allows a change, until there are many.
fn note_changed_services(grant: &Grant<'_>, services: &mut BTreeSet<&'static str>) {
    let mut lookup = Lookup::default();
    for glob in grant.statement().action.named() {
        if services.len() >= MANY_SERVICES {
            return;
        }
        for action in covered(glob, grant, &mut lookup)
            .iter()
            .filter(|action| is_change(action))
        {
            if !services.contains(action.service) && is_in_effect(grant, action) == Ok(true) {
                services.insert(action.service);
            }
        }
    }
}

/// A list for people: sorted, without repetition, and not longer than one can read.
pub(crate) fn listed<'t>(items: impl IntoIterator<Item = &'t str>) -> String {
    const MOST: usize = 6;
    let items: BTreeSet<&str> = items.into_iter().collect();
    let shown: Vec<&str> = items.iter().copied().take(MOST).collect();
    match items.len().saturating_sub(MOST) {
        0 => shown.join(", "),
        rest => format!("{} and {rest} more", shown.join(", ")),
    }
}
