//! Is one request allowed by all the policies around it? AWS's order: an explicit denial anywhere, the organization's
//! limits, the endpoint, then the grant by resource and identity policies (IAM User Guide, "Policy evaluation logic").

use super::Outcome;
use super::caller::{Identity, Kind};
use super::context;
use super::limits::{is_resource_controlled, is_service_controlled, is_within_account};
use super::principal::Naming;
use super::reserved;
use super::situation::{Layer, Level, NamedPolicy, Situation};
use super::tally::{Asking, Cited, Tally};
use schemars::JsonSchema;
use serde::Serialize;

/// What AWS would say to a request, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Evaluation {
    /// The answer.
    pub decision: Outcome,
    /// Why, in words.
    pub reason: String,
    /// The statements that decided it: those that deny, or those that grant and those that let the grant pass.
    pub statements: Vec<Cited>,
    /// For an implicit denial: who had to allow it and does not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacking: Vec<Lack>,
}

/// Somebody who had to allow a request and does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Lack {
    /// The kind of policy.
    pub layer: Layer,
    /// The place in the organization, for its policies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// Evaluates a request; condition keys that follow from the request itself are added first.
pub fn evaluate(mut situation: Situation) -> Evaluation {
    context::complete(&mut situation.request, situation.resource_account.as_deref());
    if let Some(reason) = reserved::granted(&situation) {
        return ruled(Outcome::Allowed, reason);
    }
    let tallies = Tallies::new(&situation);
    let denying = tallies.denying();
    if !denying.is_empty() {
        return Evaluation {
            decision: Outcome::ExplicitlyDenied,
            reason: format!("denied by {}", cited(&denying)),
            statements: denying,
            lacking: vec![],
        };
    }
    if let Some(reason) = reserved::withheld(&situation) {
        return ruled(Outcome::ImplicitlyDenied, reason);
    }
    tallies.decide(&situation)
}

fn ruled(decision: Outcome, reason: &str) -> Evaluation {
    let lack = Lack {
        layer: Layer::Aws,
        place: None,
    };
    Evaluation {
        decision,
        reason: reason.to_owned(),
        statements: vec![],
        lacking: if decision == Outcome::Allowed {
            vec![]
        } else {
            vec![lack]
        },
    }
}

/// What each layer that has a say says.
struct Tallies {
    identity: Tally,
    resource: Tally,
    boundary: Option<Tally>,
    session: Option<Tally>,
    endpoint: Option<Tally>,
    service_control: Vec<(String, Tally)>,
    resource_control: Vec<Tally>,
}

impl Tallies {
    fn new(situation: &Situation) -> Self {
        let asking = Asking::new(situation);
        let has_identity = Identity::of(&situation.request.caller).is_some_and(|own| own.kind != Kind::Provider);
        let own = |layer, policies: &[NamedPolicy]| {
            (has_identity && !policies.is_empty()).then(|| asking.tally(layer, policies))
        };
        let levels = |is_limited: bool, levels: &[Level], layer| -> Vec<(String, Tally)> {
            let limiting = levels.iter().filter(|_| is_limited);
            limiting
                .map(|level| (level.place.clone(), asking.tally(layer, &level.policies)))
                .collect()
        };
        let controlled = levels(
            is_resource_controlled(situation),
            &situation.resource_control,
            Layer::ResourceControl,
        );
        let endpoint = (!situation.endpoint.is_empty()).then(|| asking.tally(Layer::Endpoint, &situation.endpoint));
        Tallies {
            identity: own(Layer::Identity, &situation.identity).unwrap_or_default(),
            resource: asking.tally(Layer::Resource, &situation.resource),
            boundary: own(Layer::Boundary, &situation.boundaries),
            session: own(Layer::Session, situation.session.as_slice()),
            endpoint,
            service_control: levels(
                is_service_controlled(situation),
                &situation.service_control,
                Layer::ServiceControl,
            ),
            resource_control: controlled.into_iter().map(|(_, tally)| tally).collect(),
        }
    }

    fn denying(&self) -> Vec<Cited> {
        let levels = self.service_control.iter().map(|(_, tally)| tally);
        let own = [&self.identity, &self.resource].into_iter();
        own.chain(&self.boundary)
            .chain(&self.session)
            .chain(&self.endpoint)
            .chain(levels)
            .chain(&self.resource_control)
            .flat_map(|tally| tally.denying.iter().cloned())
            .collect()
    }

    fn decide(&self, situation: &Situation) -> Evaluation {
        let granted = self.granted(situation);
        // Resource control policies always hold RCPFullAWSAccess, which AWS attaches and nobody can detach.
        let levels = self.service_control.iter().filter(|(_, tally)| !tally.allows());
        let mut lacking: Vec<Lack> = levels
            .map(|(place, _)| Lack {
                layer: Layer::ServiceControl,
                place: Some(place.clone()),
            })
            .collect();
        lacking.extend(lack(Layer::Endpoint, self.endpoint.as_ref()));
        match granted {
            Ok(grant) if lacking.is_empty() => self.allowed(&grant),
            Ok(_) => denied(lacking),
            Err(missing) => {
                lacking.extend(missing);
                denied(lacking)
            }
        }
    }

    /// Which layers grant the request, or whom a grant lacks.
    fn granted(&self, situation: &Situation) -> Result<Vec<&Tally>, Vec<Lack>> {
        let identity = Identity::of(&situation.request.caller).filter(|identity| identity.kind != Kind::Provider);
        let Some(identity) = identity else {
            return if self.resource.allows() {
                Ok(vec![&self.resource])
            } else {
                Err(vec![missing(Layer::Resource)])
            };
        };
        let is_within = is_within_account(situation);
        let limits: Vec<Lack> = lack(Layer::Boundary, self.boundary.as_ref())
            .into_iter()
            .chain(lack(Layer::Session, self.session.as_ref()))
            .collect();
        let is_direct = match self.resource.naming {
            Some(Naming::Itself) => true,
            Some(Naming::Role) => limits.is_empty(),
            Some(Naming::Account) | None => false,
        };
        if is_within && is_direct {
            return Ok(vec![&self.resource]);
        }
        let needs_resource = !is_within || reserved::needs_resource_policy(situation);
        let mut lacking = limits;
        // The root user has full access in its account (IAM User Guide, "Policy evaluation logic").
        if !self.identity.allows() && identity.kind != Kind::Root {
            lacking.insert(0, missing(Layer::Identity));
        }
        if needs_resource && !self.resource.allows() {
            lacking.push(missing(Layer::Resource));
        }
        let by_resource = needs_resource.then_some(&self.resource);
        let limiting = self.boundary.iter().chain(&self.session);
        if lacking.is_empty() {
            Ok([&self.identity]
                .into_iter()
                .chain(by_resource)
                .chain(limiting)
                .collect())
        } else {
            Err(lacking)
        }
    }

    fn allowed(&self, grant: &[&Tally]) -> Evaluation {
        let levels = self.service_control.iter().map(|(_, tally)| tally);
        let passing = self.endpoint.iter().chain(levels);
        let statements: Vec<Cited> = grant
            .iter()
            .copied()
            .chain(passing)
            .flat_map(|tally| tally.allowing.iter().cloned())
            .collect();
        let reason = if statements.is_empty() {
            "the root user has full access in its account".to_owned()
        } else {
            format!("allowed by {}", cited(&statements))
        };
        Evaluation {
            decision: Outcome::Allowed,
            reason,
            statements,
            lacking: vec![],
        }
    }
}

fn missing(layer: Layer) -> Lack {
    Lack { layer, place: None }
}

/// The layer, if it has a say and does not allow.
fn lack(layer: Layer, tally: Option<&Tally>) -> Option<Lack> {
    tally.filter(|tally| !tally.allows()).map(|_| missing(layer))
}

fn denied(lacking: Vec<Lack>) -> Evaluation {
    let names: Vec<String> = lacking
        .iter()
        .map(|lack| match &lack.place {
            Some(place) => format!("{} of `{place}`", lack.layer.label()),
            None => lack.layer.label().to_owned(),
        })
        .collect();
    Evaluation {
        decision: Outcome::ImplicitlyDenied,
        reason: format!("not allowed by {}", names.join(", nor by ")),
        statements: vec![],
        lacking,
    }
}

/// The statements in words, each layer once.
fn cited(statements: &[Cited]) -> String {
    let mut layers: Vec<Layer> = statements.iter().map(|cited| cited.layer).collect();
    layers.dedup();
    let parts = layers.iter().map(|layer| {
        let own = statements.iter().filter(|cited| cited.layer == *layer);
        let names: Vec<String> = own
            .map(|cited| format!("`{}` in `{}`", cited.statement, cited.policy))
            .collect();
        format!("{} ({})", layer.label(), names.join(", "))
    });
    parts.collect::<Vec<_>>().join(", and by ")
}
