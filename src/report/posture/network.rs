//! By which ways does a function get to the services that it needs? The network's answers, from each subnet to each need.

use std::sync::Arc;

use serde::Serialize;

use crate::controls::{Context, Need, Path, Paths};
use crate::network::Answer;

/// So many services are shown of one function.
const MOST: usize = 60;

/// How a function is connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Network {
    /// It is in no VPC: nothing stands between it and AWS's services.
    Open,
    /// It is in a VPC.
    Vpc(Arc<Connection>),
    /// That could not be judged, for this reason.
    CannotJudge(String),
}

/// The ways out of a VPC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Connection {
    /// The subnets, in the order of each need's answers.
    pub subnets: Vec<String>,
    /// What is needed.
    pub needs: Vec<Asked>,
    /// How many more services are needed than are shown.
    pub more: usize,
}

/// A service that is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// Its IAM prefix, and its Region where that is another.
    pub service: String,
    /// A named resource, a variable or a layer says that it is called; else a wildcard grants it.
    pub is_certain: bool,
    /// What says so.
    pub because: String,
    /// The answer from each subnet.
    pub answers: Vec<Answered>,
}

/// The answer from one subnet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answered {
    /// In one word.
    pub outcome: Outcome,
    /// What it goes through, if there is a way or something stands in it.
    pub via: Option<String>,
    /// In full.
    pub text: String,
}

/// The answer in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// There is a way.
    Way,
    /// There is none.
    NoWay,
    /// Something stands in it.
    Blocked,
    /// The facts do not settle it.
    CannotJudge,
}

impl Network {
    pub(super) fn of(context: &Context<'_>) -> Self {
        match context.paths() {
            Ok(None) => Self::Open,
            Ok(Some(paths)) => {
                let home = context.snapshot.function.region().as_str();
                Self::Vpc(Arc::new(Connection::new(paths, home)))
            }
            Err(why) => Self::CannotJudge(why.to_string()),
        }
    }
}

impl Connection {
    fn new(paths: &Paths, home: &str) -> Self {
        let first = paths.answers.first().into_iter().flatten();
        Self {
            subnets: first.map(|path| path.subnet.clone()).collect(),
            needs: paths.iter().take(MOST).map(|need| asked(need, home)).collect(),
            more: paths.needs.len().saturating_sub(MOST),
        }
    }
}

fn asked((need, answers): (&Need, &[Path]), home: &str) -> Asked {
    Asked {
        service: need.label(home),
        is_certain: need.confidence == crate::controls::Confidence::Certain,
        because: need.reasons(),
        answers: answers.iter().map(|path| answered(&path.answer)).collect(),
    }
}

fn answered(answer: &Answer) -> Answered {
    let (outcome, way) = match answer {
        Answer::Way(way) => (Outcome::Way, Some(way)),
        Answer::NoWay { .. } => (Outcome::NoWay, None),
        Answer::Blocked { way, .. } => (Outcome::Blocked, Some(way)),
        Answer::CannotJudge(_) => (Outcome::CannotJudge, None),
    };
    let via = way.map(ToString::to_string);
    Answered {
        outcome,
        via: via.map(|text| text.strip_prefix("through ").unwrap_or(&text).to_owned()),
        text: answer.to_string(),
    }
}
