//! Does a statement apply to a request, its principal left aside? Actions, resources and conditions.

use super::Match;
use super::element::{Scope, action_matches};
use super::operator;
use crate::policy::document::{Selection, Statement};

/// Whether everything but the principal matches.
pub(super) fn applies(statement: &Statement, scope: &Scope<'_>) -> Match {
    let action = actions(statement, scope);
    let resource = std::iter::once_with(|| resources(statement, scope));
    let conditions = statement
        .conditions
        .iter()
        .map(|condition| operator::holds(condition, scope));
    Match::every(
        [action, grammar(statement)]
            .into_iter()
            .chain(resource)
            .chain(conditions),
    )
}

fn actions(statement: &Statement, scope: &Scope<'_>) -> Match {
    let matches = |pattern: &String| Match::of(action_matches(pattern, &scope.request.action));
    match &statement.action {
        Selection::Only(patterns) => Match::any(patterns.iter().map(matches)),
        Selection::Except(patterns) => Match::any(patterns.iter().map(matches)).not(),
    }
}

fn grammar(statement: &Statement) -> Match {
    if statement.unknown.is_empty() {
        Match::Yes
    } else {
        Match::Unknown
    }
}

fn resources(statement: &Statement, scope: &Scope<'_>) -> Match {
    match &statement.resource {
        None => Match::Yes,
        Some(selection) => scope.resource(selection, statement.effect),
    }
}
