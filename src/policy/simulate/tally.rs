//! Which statements of one layer speak for a request, and which against it?

use super::Match;
use super::element::{Asked, Reading, Scope};
use super::principal::{Naming, naming};
use super::situation::{Layer, NamedPolicy, Situation};
use super::statement::applies;
use crate::policy::document::{Effect, Statement};
use crate::policy::request::Request;
use schemars::JsonSchema;
use serde::Serialize;

/// A statement that had a part in a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Cited {
    /// The kind of policy.
    pub layer: Layer,
    /// The policy's name, or its place in the case.
    pub policy: String,
    /// The statement's `Sid`, or a name made from its content.
    pub statement: String,
    /// `Allow` or `Deny`.
    pub effect: Effect,
}

/// What the policies of one place say.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) allowing: Vec<Cited>,
    pub(super) denying: Vec<Cited>,
    /// The closest way in which an allowing statement names the caller.
    pub(super) naming: Option<Naming>,
}

impl Tally {
    pub(super) fn allows(&self) -> bool {
        self.naming.is_some()
    }
}

/// The request as it is asked, with what makes every layer read it in the same way.
pub(super) struct Asking<'a> {
    request: &'a Request,
    asked: Asked,
    is_bounded: bool,
}

impl<'a> Asking<'a> {
    pub(super) fn new(situation: &'a Situation) -> Self {
        let has_wildcards = situation.request.resource.contains(['*', '?']);
        Asking {
            request: &situation.request,
            asked: if has_wildcards && !situation.is_unscoped {
                Asked::Some
            } else {
                Asked::Exactly
            },
            is_bounded: !situation.boundaries.is_empty(),
        }
    }

    pub(super) fn tally<'p>(&self, layer: Layer, policies: impl IntoIterator<Item = &'p NamedPolicy>) -> Tally {
        let mut tally = Tally::default();
        for NamedPolicy { name, policy } in policies {
            let scope = Scope {
                request: self.request,
                version: policy.version(),
                asked: self.asked,
                reading: Reading::Definite,
            };
            for statement in policy.statements() {
                self.count(&mut tally, (layer, name), (statement, &scope));
            }
        }
        tally
    }

    fn count(&self, tally: &mut Tally, (layer, policy): (Layer, &str), (statement, scope): (&Statement, &Scope<'_>)) {
        let Some((doubt, naming)) = self.names(layer, statement) else {
            return;
        };
        let matched = doubt.min(applies(statement, scope));
        let cited = || Cited {
            layer,
            policy: policy.to_owned(),
            statement: statement.label(),
            effect: statement.effect,
        };
        match statement.effect {
            Effect::Allow if matched == Match::Yes => {
                tally.allowing.push(cited());
                tally.naming = tally.naming.max(Some(naming));
            }
            Effect::Deny if matched != Match::No => tally.denying.push(cited()),
            Effect::Allow | Effect::Deny => {}
        }
    }

    /// Whether the statement is about the caller, and how; `None` where it is not.
    fn names(&self, layer: Layer, statement: &Statement) -> Option<(Match, Naming)> {
        let named = || naming(statement, &self.request.caller, self.is_bounded).map(|naming| (Match::Yes, naming));
        match (layer, statement.principal.is_some()) {
            (Layer::Resource, _) | (Layer::Endpoint | Layer::ResourceControl, true) => named(),
            // These two are about everybody; AWS asks that they say so.
            (Layer::Endpoint | Layer::ResourceControl, false) => Some((Match::Yes, Naming::Itself)),
            // Policies of the caller name nobody; AWS refuses one that does.
            (
                Layer::Identity | Layer::Boundary | Layer::Session | Layer::ServiceControl | Layer::Aws,
                has_principal,
            ) => {
                let doubt = if has_principal { Match::Unknown } else { Match::Yes };
                Some((doubt, Naming::Itself))
            }
        }
    }
}
