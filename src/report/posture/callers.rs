//! Who can get at a function? The policy engine's answers about its policies and URLs, and the queues that Lambda reads for it.

use serde::Serialize;

use crate::controls::{Context, Exposures, Found, Unjudged};
use crate::plain::one_line;
use crate::policy::{Capability, Exposure, ExposureVerdict, Tier, UrlAuth};
use crate::snapshot::EventSourceMapping;

/// So many ways in are shown of one function.
const MOST: usize = 60;

/// The ways in to one function.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Callers {
    /// Those that are there or may be, worst first.
    pub ways: Vec<Caller>,
    /// How many more there are than are shown.
    pub more: usize,
    /// What could not be judged.
    pub unjudged: Vec<String>,
}

/// One way in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Caller {
    /// How far outside the owner's control the caller is; what Lambda reads for the function is the own account's.
    pub tier: Tier,
    /// What it gets.
    pub what: What,
    /// How sure that is.
    pub certainty: Certainty,
    /// Who, in words.
    pub who: String,
    /// The version or alias that it is about.
    pub qualifier: Option<String>,
    /// The statements that grant it, or the mapping that brings it.
    pub by: Vec<String>,
    /// What it depends on, or why it is not decided.
    pub why: Option<String>,
}

/// What a caller gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// Its code, configuration or access changed.
    Change,
    /// It is called by its URL.
    InvokeUrl,
    /// It is called by the API.
    Invoke,
    /// Its code, configuration or policy is read.
    Read,
    /// Lambda reads a queue or stream, and calls it with what is there.
    Feed,
}

/// How sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// Proved.
    Proved,
    /// Under circumstances that nobody outside can know.
    Conditional,
    /// Not decided.
    CannotTell,
    /// The grant can never be used.
    Never,
}

impl Callers {
    /// All ways in, as far as the function's own policies, URLs and mappings tell.
    pub(super) fn of(context: &Context<'_>) -> Self {
        let mut callers = Self::default();
        for (what, capability) in [
            (What::Invoke, Capability::Invoke),
            (What::Change, Capability::Change),
            (What::Read, Capability::Read),
        ] {
            match context.exposures(capability) {
                Ok(found) => callers.take(what, &found),
                Err(why) => callers.cannot_judge(&why),
            }
        }
        callers.take_urls(context);
        match context.snapshot.event_sources() {
            Ok(mappings) => callers.ways.extend(mappings.iter().map(feed)),
            Err(why) => callers.cannot_judge(&why.into()),
        }
        callers.ways.sort();
        callers.ways.dedup();
        callers.unjudged.sort();
        callers.unjudged.dedup();
        callers.more = callers.ways.len().saturating_sub(MOST);
        callers.ways.truncate(MOST);
        callers
    }

    fn take_urls(&mut self, context: &Context<'_>) {
        let urls = match context.snapshot.urls() {
            Ok(urls) => urls,
            Err(why) => return self.cannot_judge(&why.into()),
        };
        for url in urls {
            let auth = if url.auth_type == "NONE" {
                UrlAuth::None
            } else {
                UrlAuth::AwsIam
            };
            match context.url_exposures(url.qualifier.as_deref(), auth) {
                Ok(found) => self.take(What::InvokeUrl, &found),
                Err(why) => self.cannot_judge(&why),
            }
        }
    }

    fn take(&mut self, what: What, exposures: &Exposures) {
        self.ways
            .extend(exposures.found.iter().map(|found| way_in(what, found)));
        exposures.unjudged.iter().for_each(|why| self.cannot_judge(why));
    }

    fn cannot_judge(&mut self, why: &Unjudged) {
        self.unjudged.push(one_line(&why.to_string(), 400));
    }
}

fn way_in(what: What, found: &Found) -> Caller {
    Caller {
        qualifier: found.qualifier.clone(),
        ..Caller::by_policy(what, &found.exposure)
    }
}

impl Caller {
    /// A way in that a policy opens.
    pub(super) fn by_policy(what: What, exposure: &Exposure) -> Self {
        let is_nobody = exposure.tier == Tier::Nobody;
        let (certainty, why) = match &exposure.verdict {
            ExposureVerdict::Present { .. } => (Certainty::Proved, None),
            ExposureVerdict::Conditional { keys, .. } if is_nobody => (
                Certainty::Never,
                (!keys.is_empty()).then(|| format!("no such caller meets {}", keys.join(", "))),
            ),
            ExposureVerdict::Conditional { keys, .. } => (
                Certainty::Conditional,
                Some(format!("it depends on {}", keys.join(", "))),
            ),
            ExposureVerdict::CannotTell { reason } => (Certainty::CannotTell, Some(reason.clone())),
        };
        Self {
            tier: exposure.tier,
            what,
            certainty,
            who: exposure.caller.clone(),
            qualifier: None,
            by: exposure.statements.clone(),
            why,
        }
    }
}

fn feed(mapping: &EventSourceMapping) -> Caller {
    let source = mapping.event_source_arn.as_deref();
    let state = mapping.state.as_deref().filter(|state| *state != "Enabled");
    Caller {
        tier: Tier::OwnAccount,
        what: What::Feed,
        certainty: Certainty::Proved,
        who: source.unwrap_or("a Kafka cluster of its own").to_owned(),
        qualifier: None,
        by: vec![format!("event source mapping {}", mapping.uuid)],
        why: state.map(|state| format!("the mapping is {state}")),
    }
}
