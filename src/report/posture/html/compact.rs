//! What does the page know? The posture with every text by its number and every function as a row; `model.js` reads it back.

use serde_json::{Value, json};

use super::texts::{Shared, Texts};
use crate::arn::FunctionArn;
use crate::controls::{self, Layer};
use crate::finding::Severity;
use crate::history::Open;
use crate::report::posture::{
    Caller, Callers, Connection, Ended, FunctionPosture, Network, Outcome, Posture, Reach, Reached, layer_of, told,
};

/// In the order in which the page shows them.
const LAYERS: [Layer; 8] = [
    Layer::ExecutionRole,
    Layer::Invocation,
    Layer::Network,
    Layer::Secrets,
    Layer::Concurrency,
    Layer::Observability,
    Layer::Runtime,
    Layer::Monitor,
];

#[derive(Default)]
struct Page {
    texts: Texts,
    places: Shared,
    roles: Shared,
    callers: Shared,
    networks: Shared,
}

/// Everything that the page shows.
pub(super) fn document(posture: &Posture) -> Value {
    let mut page = Page::default();
    let functions: Vec<Value> = posture.functions.iter().map(|one| page.function(one)).collect();
    let own: Vec<Value> = posture.own.iter().map(|open| page.finding(open, None)).collect();
    let own_unjudged: Vec<Value> = posture
        .own_unjudged
        .iter()
        .map(|cannot| json!([control(&cannot.control), page.texts.number(&cannot.why.to_string())]))
        .collect();
    let resolved: Vec<Value> = posture.resolved.iter().map(|ended| page.ended(ended)).collect();
    let failures = page.texts.numbers(&posture.failures);
    json!({
        "at": posture.at.to_string(),
        "version": env!("CARGO_PKG_VERSION"),
        "hasHistory": posture.has_history,
        "severities": Severity::ALL.map(Severity::as_str),
        "layers": LAYERS.map(Layer::label),
        "controls": controls::ALL.iter().map(|control| control_row(control)).collect::<Vec<_>>(),
        "places": page.places.into_all(),
        "roles": page.roles.into_all(),
        "callers": page.callers.into_all(),
        "networks": page.networks.into_all(),
        "functions": functions,
        "own": own,
        "ownUnjudged": own_unjudged,
        "resolved": resolved,
        "failures": failures,
        "texts": page.texts.into_all(),
    })
}

fn control_row(control: &controls::Control) -> Value {
    json!([
        control.id,
        control.title,
        layer(control.layer),
        control.severity as usize,
        control.risk,
        control.references
    ])
}

fn layer(layer: Layer) -> usize {
    LAYERS.iter().position(|one| *one == layer).unwrap_or(LAYERS.len() - 1)
}

/// Its place among all controls; one that is not asked any more goes by its id.
fn control(id: &str) -> Value {
    let place = controls::ALL.iter().position(|control| control.id == id);
    place.map_or_else(|| json!([id, layer(layer_of(id))]), |place| json!(place))
}

fn place(function: &FunctionArn) -> Value {
    let (account, region) = (function.account(), function.region());
    json!([account.as_str(), region.as_str(), region.partition()])
}

impl Page {
    fn function(&mut self, one: &FunctionPosture) -> Value {
        let function = &one.function;
        let place = self.places.number(place(function));
        let tags: Vec<usize> = one
            .tags
            .iter()
            .map(|(key, value)| self.texts.number(&format!("{key} = {value}")))
            .collect();
        let findings: Vec<Value> = one
            .findings
            .iter()
            .map(|open| self.finding(open, Some(function)))
            .collect();
        let unreadable: Vec<Value> = one
            .unreadable
            .iter()
            .map(|why| {
                json!([
                    self.texts.number(why.facet.label()),
                    self.texts.about(function, &why.reason.to_string())
                ])
            })
            .collect();
        let undecided: Vec<Value> = one
            .unjudged
            .iter()
            .map(|cannot| {
                let why = self.texts.about(function, &cannot.why.to_string());
                json!([control(&cannot.control), why, one.unread_behind(cannot)])
            })
            .collect();
        let left: Vec<usize> = one
            .not_looked_at
            .iter()
            .map(|facet| self.texts.number(facet.label()))
            .collect();
        let (role, callers) = (self.reach(&one.reach), self.callers(&one.callers, function));
        json!([
            function.name(),
            place,
            self.maybe(one.runtime.as_ref()),
            self.maybe(one.role.as_ref()),
            self.maybe(one.vpc.as_ref()),
            tags,
            findings,
            unreadable,
            undecided,
            left,
            callers,
            role,
            self.network(&one.network, function),
        ])
    }

    fn maybe(&mut self, text: Option<&String>) -> Option<usize> {
        text.map(|text| self.texts.number(text))
    }

    fn finding(&mut self, open: &Open, function: Option<&FunctionArn>) -> Value {
        let found = &open.finding;
        let mut text = |text: &str| match function {
            Some(function) => self.texts.about(function, text),
            None => self.texts.number(text),
        };
        json!([
            control(&found.control),
            found.severity as usize,
            text(&found.evidence.subject),
            text(&found.evidence.detail),
            text(&found.remediation),
            open.since.as_second(),
            open.cause.as_ref().map(|cause| text(&told(cause))),
            open.suppressed.as_ref().map(|reason| text(reason)),
            found.evidence.qualifier.as_ref().map(|name| text(name)),
        ])
    }

    fn ended(&mut self, ended: &Ended) -> Value {
        let was = ended.was.as_ref();
        json!([
            ended.function.name(),
            self.places.number(place(&ended.function)),
            ended.at.as_second(),
            was.map(|was| control(&was.control)),
            was.map(|was| was.severity as usize),
            was.map(|was| was.since.as_second()),
        ])
    }

    fn callers(&mut self, callers: &Callers, function: &FunctionArn) -> usize {
        let ways: Vec<Value> = callers
            .ways
            .iter()
            .map(|way| self.caller(way, Some(function)))
            .collect();
        let unjudged: Vec<usize> = callers
            .unjudged
            .iter()
            .map(|why| self.texts.about(function, why))
            .collect();
        self.callers
            .number(json!({"ways": ways, "more": callers.more, "unjudged": unjudged}))
    }

    fn caller(&mut self, way: &Caller, function: Option<&FunctionArn>) -> Value {
        let mut text = |text: &str| match function {
            Some(function) => self.texts.about(function, text),
            None => self.texts.number(text),
        };
        let by: Vec<usize> = way.by.iter().map(|by| text(by)).collect();
        json!([
            way.tier,
            way.what,
            way.certainty,
            text(&way.who),
            way.qualifier.as_ref().map(|name| text(name)),
            by,
            way.why.as_ref().map(|why| text(why)),
        ])
    }

    fn reach(&mut self, reach: &Reach) -> usize {
        let services: Vec<Value> = reach.services.iter().map(|service| self.service(service)).collect();
        let assumers: Vec<Value> = reach.assumers.iter().map(|way| self.caller(way, None)).collect();
        let role = json!({
            "role": self.maybe(reach.role.as_ref()),
            "administrator": reach.is_administrator,
            "bounded": reach.is_bounded,
            "services": services,
            "escalations": self.texts.numbers(&reach.escalations),
            "assumers": assumers,
            "unjudged": self.texts.numbers(&reach.unjudged),
        });
        self.roles.number(role)
    }

    fn service(&mut self, one: &Reached) -> Value {
        json!([
            self.texts.number(&one.service),
            self.texts.numbers(&one.actions),
            self.texts.numbers(&one.resources),
            self.texts.numbers(&one.by),
            self.texts.numbers(&one.data),
            self.texts.numbers(&one.secrets),
            self.maybe(one.why.as_ref()),
        ])
    }

    /// Nothing where it is in no VPC; the reason where it could not be judged.
    fn network(&mut self, network: &Network, function: &FunctionArn) -> Value {
        match network {
            Network::Open => Value::Null,
            Network::CannotJudge(why) => json!([self.texts.about(function, why)]),
            Network::Vpc(ways) => {
                let connection = self.connection(ways);
                json!(self.networks.number(connection))
            }
        }
    }

    fn connection(&mut self, ways: &Connection) -> Value {
        let mut needs = Vec::new();
        for need in &ways.needs {
            let answers: Vec<Value> = need
                .answers
                .iter()
                .map(|one| {
                    json!([
                        outcome(one.outcome),
                        self.maybe(one.via.as_ref()),
                        self.texts.number(&one.text)
                    ])
                })
                .collect();
            let (service, because) = (self.texts.number(&need.service), self.texts.number(&need.because));
            needs.push(json!([service, need.is_certain, because, answers]));
        }
        json!({"subnets": self.texts.numbers(&ways.subnets), "needs": needs, "more": ways.more})
    }
}

fn outcome(outcome: Outcome) -> usize {
    match outcome {
        Outcome::Way => 0,
        Outcome::NoWay => 1,
        Outcome::Blocked => 2,
        Outcome::CannotJudge => 3,
    }
}
