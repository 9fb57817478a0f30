//! Of which services may a role call something? A service that AWS's table does not have is asked about as it is written.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::Proof;
use super::breadth::{is_in_effect, is_wide};
use super::lookup::Lookup;
use crate::facts::actions::{self, Action};
use crate::policy::{Grant, RoleGrants, Selection};

/// A service of which something may be called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Service {
    /// Its IAM prefix.
    pub service: String,
    /// The action patterns that speak of it, as written.
    pub actions: Vec<String>,
    /// Whether any call is allowed.
    #[serde(flatten)]
    pub proof: Proof,
}

/// A statement with its patterns for one service.
struct Candidate<'g> {
    grant: Grant<'g>,
    globs: Vec<&'g str>,
}

/// The services of which something is, or may be, allowed.
pub(super) fn callable(grants: &RoleGrants) -> Vec<Service> {
    let mut candidates: BTreeMap<String, Vec<Candidate<'_>>> = BTreeMap::new();
    for grant in grants.allowing() {
        for (service, globs) in spoken_of(&grant) {
            candidates.entry(service).or_default().push(Candidate { grant, globs });
        }
    }
    let all = candidates.into_iter();
    all.filter_map(|(service, candidates)| judge(service, &candidates, grants))
        .collect()
}

/// The services that a statement may speak of, with its patterns for each; all patterns where it excludes.
fn spoken_of<'g>(grant: &Grant<'g>) -> BTreeMap<String, Vec<&'g str>> {
    let mut spoken: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut note = |service: &str, glob: &'g str| spoken.entry(service.to_lowercase()).or_default().push(glob);
    let is_excluding = matches!(grant.statement().action, Selection::Except(_));
    for glob in grant.statement().action.named() {
        match glob.split_once(':').filter(|_| !is_excluding && !is_wide(glob)) {
            Some((service, _)) => note(service, glob),
            None => actions::services().for_each(|service| note(service.prefix, glob)),
        }
    }
    spoken
}

fn judge(service: String, candidates: &[Candidate<'_>], grants: &RoleGrants) -> Option<Service> {
    let (mut statements, mut undecided, mut written) = (Vec::new(), None, BTreeSet::new());
    for candidate in candidates {
        let answer = candidate.opens(&service, grants);
        if answer != Ok(false) {
            written.extend(candidate.written());
        }
        match answer {
            Ok(true) => statements.push(candidate.grant.ground()),
            Ok(false) => {}
            Err(reason) => undecided = Some(reason),
        }
    }
    (!written.is_empty()).then(|| Service {
        service,
        actions: written.into_iter().collect(),
        proof: Proof::of(statements, undecided),
    })
}

impl Candidate<'_> {
    fn written(&self) -> Vec<String> {
        match self.grant.statement().action {
            Selection::Only(_) => self.globs.iter().map(|glob| (*glob).to_owned()).collect(),
            Selection::Except(_) => vec![format!("everything but {}", self.globs.join(", "))],
        }
    }

    /// Whether the statement allows any action of the service; an error says why that is not decided.
    fn opens(&self, service: &str, grants: &RoleGrants) -> Result<bool, String> {
        let (mut tried, mut undecided) = (BTreeSet::new(), None);
        for action in self.covered(actions::of_service(service)) {
            // What the same statements speak of, on resources of the same kinds, fares alike.
            let kinds = if self.grant.is_everywhere() {
                Vec::new()
            } else {
                action.resource_types().into_iter().map(|kind| kind.arn).collect()
            };
            if !tried.insert((grants.speaking_of(&action.to_string()), kinds)) {
                continue;
            }
            match is_in_effect(&self.grant, &action) {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(reason) => undecided = Some(reason),
            }
        }
        undecided.map_or_else(|| self.opens_unlisted(), Err)
    }

    /// The actions of the table that the statement means, of one service.
    fn covered(&self, known: &'static [Action]) -> Box<dyn Iterator<Item = Action> + '_> {
        let is_all = |glob: &&str| glob.split_once(':').is_none_or(|(_, name)| name == "*");
        let is_excluding = matches!(self.grant.statement().action, Selection::Except(_));
        if is_excluding || self.globs.iter().any(|glob| is_wide(glob) || is_all(glob)) {
            let all = known.iter().copied();
            return Box::new(all.filter(|action| self.grant.is_about(&action.to_string())));
        }
        let mut table = Lookup::default();
        let matching = self.globs.iter().flat_map(move |glob| table.matching(glob));
        Box::new(matching)
    }

    /// Whether the statement allows what it names and the table does not have: it may be newer.
    fn opens_unlisted(&self) -> Result<bool, String> {
        if matches!(self.grant.statement().action, Selection::Except(_)) {
            return Ok(false);
        }
        let (mut table, mut undecided) = (Lookup::default(), None);
        for glob in self.globs.iter().filter(|glob| !is_wide(glob)) {
            if !table.matching(glob).is_empty() {
                continue;
            }
            match self.grant.opens(&glob.replace(['*', '?'], "x"), "*") {
                Ok(None) => {}
                Ok(Some(_)) => return Ok(true),
                Err(reason) => undecided = Some(reason),
            }
        }
        undecided.map_or(Ok(false), Err)
    }
}
