//! Which services does a function's own code call, how sure is that, and what says so?
//!
//! Not what Lambda does for it from its own network: it delivers logs, traces, records of failed events and messages of
//! event sources, decrypts the environment and attaches interfaces, all without the function's VPC (Lambda Developer Guide,
//! "Giving Lambda functions access to resources in an Amazon VPC", and the pages on event sources and destinations).

use std::collections::{BTreeMap, BTreeSet};

use super::{Context, Unjudged, lambda_itself};
use crate::facts::actions;
use crate::facts::endpoints::{EndpointType, Reach, reach};
use crate::network::{Offer, Service};
use crate::policy::{Answer, Grant, RoleGrants, Selection};
use crate::secret::{Endpoint, Kind};
use crate::snapshot::Configuration;

/// How sure it is that a function calls a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// A wildcard grants it: it may.
    Possible,
    /// A named resource, a variable or a layer says so.
    Certain,
}

impl Confidence {
    /// The word.
    pub fn label(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Certain => "certain",
        }
    }
}

/// A service that a function needs to reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Its IAM prefix, such as `secretsmanager`.
    pub service: String,
    /// The Region in which it is called.
    pub region: String,
    /// How sure that is.
    pub confidence: Confidence,
    /// What says so: statements, variables, layers.
    pub because: BTreeSet<String>,
    /// One action and resource that the role is granted, for the questions to policies.
    pub calls: BTreeSet<(String, String)>,
    /// Endpoints that are called by their own names.
    named: BTreeSet<String>,
}

impl Need {
    /// The service, and its Region where that is not the function's.
    pub fn label(&self, home: &str) -> String {
        if self.region == home {
            return self.service.clone();
        }
        format!("{} in {}", self.service, self.region)
    }

    /// What says so, shortened.
    pub fn reasons(&self) -> String {
        let shown: Vec<&str> = self.because.iter().map(String::as_str).take(3).collect();
        let more = self.because.len().saturating_sub(shown.len());
        let rest = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        format!("{}{rest}", shown.join(", "))
    }

    /// The endpoints through which it is reached: only those of its own Region.
    pub(super) fn to_ask(&self, home: &str) -> Service {
        let offers = match reach(&self.service) {
            Reach::Endpoints(endpoints) if self.region == home => {
                let mut offers: Vec<Offer> = endpoints
                    .iter()
                    .map(|endpoint| Offer {
                        service_name: endpoint.service_name(home),
                        gateway: endpoint.types.contains(&EndpointType::Gateway),
                    })
                    .collect();
                // Where a service has an endpoint for its data, that is what functions call.
                offers.sort_by_key(|offer| !offer.service_name.ends_with("runtime"));
                offers
            }
            Reach::Endpoints(_) | Reach::InsideVpc | Reach::NoEndpoint | Reach::Unknown => Vec::new(),
        };
        Service {
            name: self.service.clone(),
            offers,
            named: self.named.iter().cloned().collect(),
        }
    }
}

type Needs = BTreeMap<(String, String), Need>;

/// The needs of a function, by service and Region.
pub(super) fn needs(context: &Context<'_>) -> Result<Vec<Need>, Unjudged> {
    let configuration = context.snapshot.configuration()?;
    let grants = context.role_grants()?;
    let home = context.snapshot.function.region().as_str();
    let mut needs = Needs::new();
    from_grants(grants, (configuration, home), &mut needs);
    let may_all = grants.allowing().any(|grant| is_wide(&grant));
    for (name, judgement) in &configuration.environment.variables {
        if let Kind::Reference { target: Some(target) } = &judgement.kind {
            from_reference(name, target, (home, may_all), &mut needs);
        }
        for endpoint in &judgement.endpoints {
            from_endpoint(name, endpoint, &mut needs);
        }
    }
    from_layers(configuration, &mut needs);
    Ok(needs.into_values().collect())
}

fn need<'n>(needs: &'n mut Needs, service: &str, region: &str) -> &'n mut Need {
    let key = (service.to_owned(), region.to_owned());
    needs.entry(key).or_insert_with(|| Need {
        service: service.to_owned(),
        region: region.to_owned(),
        confidence: Confidence::Possible,
        because: BTreeSet::new(),
        calls: BTreeSet::new(),
        named: BTreeSet::new(),
    })
}

impl Need {
    fn said_by(&mut self, confidence: Confidence, what: String) -> &mut Self {
        self.confidence = self.confidence.max(confidence);
        self.because.insert(what);
        self
    }
}

/// A statement for every service, or for all but some, tells nothing about what is called.
fn is_wide(grant: &Grant<'_>) -> bool {
    match &grant.statement().action {
        Selection::Except(_) => true,
        Selection::Only(globs) => globs.iter().any(|glob| service_of(glob).is_none()),
    }
}

fn service_of(glob: &str) -> Option<(String, &str)> {
    let (service, name) = glob.split_once(':')?;
    let is_plain = !service.is_empty() && !service.contains(['*', '?']);
    is_plain.then(|| (service.to_ascii_lowercase(), name))
}

fn from_grants(grants: &RoleGrants, (configuration, home): (&Configuration, &str), needs: &mut Needs) {
    for grant in grants.allowing() {
        let Selection::Only(globs) = &grant.statement().action else {
            continue;
        };
        let resources = grant.statement().resource.as_ref().map_or(&[][..], Selection::named);
        if lambda_itself::is_delivery(resources, configuration) {
            continue;
        }
        for glob in globs {
            let Some((service, name)) = service_of(glob) else {
                continue;
            };
            if !lambda_itself::is_of_lambda(&service, name, configuration) && is_reached_by_path(&service) {
                add(grants, (&grant, glob, &service), (home, resources), needs);
            }
        }
    }
}

/// Whether the question makes sense for a service: not for what stands in a VPC itself, nor for what nobody knows.
fn is_reached_by_path(service: &str) -> bool {
    match reach(service) {
        Reach::Endpoints(_) | Reach::NoEndpoint => true,
        Reach::InsideVpc | Reach::Unknown => false,
    }
}

fn add(
    grants: &RoleGrants,
    (grant, glob, service): (&Grant<'_>, &str, &str),
    (home, resources): (&str, &[String]),
    needs: &mut Needs,
) {
    let action = action_of(glob);
    let is_exact = !glob.contains(['*', '?']);
    let unscopable = is_exact && actions::find(glob).is_some_and(|action| !action.is_scopable());
    let confidence = if grant.is_unscoped() && !unscopable {
        Confidence::Possible
    } else {
        Confidence::Certain
    };
    let ground = grant.ground();
    let own = resources
        .iter()
        .map(String::as_str)
        .filter(|resource| is_of(resource, service));
    for resource in own {
        // Where something limits the role, what a statement grants need not be allowed.
        if !grants.is_unlimited() && matches!(grants.permits_some(&action, resource), Answer::No) {
            continue;
        }
        let region = region_of(resource).unwrap_or(home);
        let because = format!("{} in {}", ground.statement, ground.policy);
        let need = need(needs, service, region).said_by(confidence, because);
        if need.calls.len() < MOST_CALLS && is_exact {
            need.calls.insert((action.clone(), resource.to_owned()));
        }
    }
}

/// Calls kept for the questions to endpoint policies.
const MOST_CALLS: usize = 16;

/// An action that the glob stands for.
fn action_of(glob: &str) -> String {
    if glob.contains(['*', '?']) {
        let first = actions::matching(glob).next();
        return first.map_or_else(|| glob.to_owned(), |action| action.to_string());
    }
    glob.to_owned()
}

/// Whether a resource of a statement can be one of the service's: a statement may grant several services theirs.
fn is_of(resource: &str, service: &str) -> bool {
    let named = resource.split(':').nth(2).filter(|_| resource.starts_with("arn:"));
    named.is_none_or(|own| own.eq_ignore_ascii_case(service) || own.contains('*') || actions::service(own).is_none())
}

fn region_of(arn: &str) -> Option<&str> {
    let region = arn.split(':').nth(3)?;
    (arn.starts_with("arn:") && !region.is_empty() && !region.contains(['*', '?', '$'])).then_some(region)
}

/// A reference counts where the role may use the service: else the function cannot call it anyway.
fn from_reference(name: &str, target: &str, (home, may_all): (&str, bool), needs: &mut Needs) {
    let Some(service) = target.split(':').nth(2).map(str::to_ascii_lowercase) else {
        return;
    };
    let region = region_of(target).unwrap_or(home);
    let known = needs.contains_key(&(service.clone(), region.to_owned()));
    if known || (may_all && is_reached_by_path(&service) && !lambda_itself::IDENTITIES.contains(&service.as_str())) {
        need(needs, &service, region).said_by(Confidence::Certain, format!("variable {name}"));
    }
}

fn from_endpoint(name: &str, endpoint: &Endpoint, needs: &mut Needs) {
    let Some((service, region, id)) = lambda_itself::service_of_host(&endpoint.host) else {
        return;
    };
    if is_reached_by_path(&service) {
        let need = need(needs, &service, &region).said_by(Confidence::Certain, format!("variable {name}"));
        need.named.extend(id);
    }
}

fn from_layers(configuration: &Configuration, needs: &mut Needs) {
    for layer in &configuration.layers {
        let name = layer.arn.split(':').nth(6).unwrap_or_default();
        for (prefix, services) in lambda_itself::EXTENSIONS {
            if !name.starts_with(prefix) {
                continue;
            }
            for need in needs
                .values_mut()
                .filter(|need| services.contains(&need.service.as_str()))
            {
                need.said_by(Confidence::Certain, format!("layer {name}"));
            }
        }
    }
}
