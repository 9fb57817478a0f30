//! What is the least that has to be allowed, where a finding is about what is denied? A grant that is missing is added; a denial
//! gives way as little as it has to. Such a change allows more, and says so.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::denial::{excepting, fewer_actions, fewer_principals, spared};
use super::draft::{Draft, Members, list};
use super::freed::freed;
use super::keep::keep;
use super::known::{TRACES, allow};
use super::place::{Edit, Place};
use super::trial::{self, Trial};
use super::{name, room};
use crate::controls::{Context, Control};
use crate::finding::Evidence;
use crate::policy::{self, Answer, Policy, Request, RoleGrants};

/// What is missing, and where it has to be said.
pub(super) struct Lack<'a> {
    trial: &'a Trial<'a>,
    documents: &'a [(Place, String)],
    statements: Vec<Members>,
    /// The documents that may stand against it.
    drafts: Vec<(Place, Draft)>,
    /// Where the grant goes.
    into: Place,
}

/// A change that closes the finding.
pub(super) struct Widened {
    pub(super) edits: Vec<Edit>,
    pub(super) how: String,
    pub(super) choice: String,
    /// For each edit a request that is allowed then and was not before, where one was found.
    pub(super) opened: Vec<Option<Request>>,
    /// The denials that decide, by document and name.
    pub(super) denials: Vec<(Place, String)>,
    /// Actions that they leave open then beside what is needed.
    pub(super) freed: BTreeSet<String>,
}

/// A denial, by the places of document and statement.
type Denial = (usize, usize);

/// What denials say that give way in part.
type Instead = BTreeMap<Denial, Vec<Members>>;

const ROLE_TRACING: &str = "role-tracing-denied";
const TRUST: &str = "role-trust-excludes-lambda";
pub(super) const ENDPOINT: &str = "vpc-endpoint-policy-denies";

/// Controls that find something denied that the function needs: whatever closes them allows more.
pub const TOO_NARROW: [&str; 7] = [
    "env-reference-denied",
    "role-destination-denied",
    "role-logs-denied",
    "role-network-denied",
    ROLE_TRACING,
    TRUST,
    ENDPOINT,
];

impl<'a> Lack<'a> {
    /// What a finding says is missing; nothing where it is about something else.
    pub(super) fn of(
        trial: &'a Trial<'a>,
        (control, evidence): (&Control, &Evidence),
        (context, documents): (&Context<'_>, &'a [(Place, String)]),
    ) -> Option<Self> {
        if !TOO_NARROW.contains(&control.id) {
            return None;
        }
        let inline = Place::Inline(name::free(trial, documents, 0));
        let (into, statements) = match control.id {
            TRUST => (Place::Trust, vec![lambda()]),
            ENDPOINT => (
                Place::Endpoint(evidence.subject.clone()),
                through(&evidence.subject, context, documents)?,
            ),
            ROLE_TRACING => (inline, vec![allow(&list(&TRACES.map(str::to_owned)), "*")]),
            _ => (inline, written(evidence.fill.get("document")?)?),
        };
        let concerns = |place: &Place| match &into {
            Place::Inline(_) => place.is_of_role() || matches!(place, Place::Boundary(_)),
            own => place == own,
        };
        let drafts = documents.iter().filter(|(place, _)| concerns(place));
        let drafts = drafts.filter_map(|(place, text)| Some((place.clone(), Draft::read(text)?)));
        Some(Self {
            drafts: drafts.collect(),
            trial,
            documents,
            statements,
            into,
        })
    }

    /// The smallest change that closes the finding.
    pub(super) fn smallest(&self) -> Result<Widened, Vec<String>> {
        let all = self.denials();
        let boundary = self
            .drafts
            .iter()
            .find(|(place, _)| matches!(place, Place::Boundary(_)));
        let boundary = boundary.map(|(place, _)| place.clone());
        let mut places = vec![vec![self.into.clone()]];
        if let Some(boundary) = boundary {
            places.push(vec![boundary.clone()]);
            places.push(vec![self.into.clone(), boundary]);
        }
        let mut reasons = BTreeSet::new();
        for places in &places {
            if let Some(done) = self.check((self.edits(&all, places), &[]), places, &mut reasons) {
                return Ok(done);
            }
        }
        places.insert(0, Vec::new());
        for places in &places {
            let kept = self.denials_kept(&all, places);
            let gone: Vec<Denial> = all.iter().filter(|denial| !kept.contains(denial)).copied().collect();
            let finer = self.finer(&gone, &kept, places);
            for instead in finer.into_iter().chain([Instead::new()]) {
                let edits = self.edits_with(&kept, &instead, places);
                if let Some(done) = self.check((edits, &gone), places, &mut reasons) {
                    return Ok(done);
                }
            }
        }
        Err(reasons.into_iter().collect())
    }

    fn denials(&self) -> Vec<Denial> {
        let drafts = self.drafts.iter().enumerate();
        drafts
            .flat_map(|(document, (_, draft))| {
                let pieces = draft.pieces().iter().enumerate().filter(|(_, piece)| !piece.is_allow);
                pieces.map(move |(at, _)| (document, at))
            })
            .collect()
    }

    /// The most denials that can stay.
    fn denials_kept(&self, all: &[Denial], places: &[Place]) -> Vec<Denial> {
        let mut kept = Vec::new();
        keep(&mut kept, all, &mut |some| {
            self.trial.may_close(&self.edits(some, places))
        });
        kept
    }

    /// Of the denials that have to give way: what of its actions, or principals, each can keep while those behind it are gone.
    fn finer(&self, gone: &[Denial], kept: &[Denial], places: &[Place]) -> Option<Instead> {
        let mut instead = Instead::new();
        for denial in gone {
            let passes = |members: &[Members]| {
                let mut tried = instead.clone();
                tried.insert(*denial, members.to_vec());
                self.trial.may_close(&self.edits_with(kept, &tried, places))
            };
            if let Some(members) = self.less(*denial, &passes) {
                instead.insert(*denial, members);
            }
        }
        (!instead.is_empty()).then_some(instead)
    }

    /// The most of a denial that passes.
    fn less(&self, (document, at): Denial, passes: &dyn Fn(&[Members]) -> bool) -> Option<Vec<Members>> {
        let piece = self.drafts.get(document)?.1.pieces().get(at)?;
        // It gives way on the resources that are missing, where that is enough, and else everywhere.
        let least = |kept: Option<Members>| {
            let there = spared(piece, (&self.statements, kept.as_ref())).filter(|members| passes(members));
            there.or_else(|| kept.map(|members| vec![members]))
        };
        let mut alone = |members: Members| passes(&[members]);
        let excepted = excepting(piece, &self.statements).filter(|members| alone(members.clone()));
        if excepted.is_some() {
            return least(excepted);
        }
        if let Some(members) = fewer_principals(piece, &mut alone) {
            return Some(vec![members]);
        }
        // A trust policy is about one thing: what is left of a denial of it has no meaning.
        if self.into == Place::Trust {
            return None;
        }
        least(fewer_actions(piece, &mut alone))
    }

    fn edits(&self, kept: &[Denial], places: &[Place]) -> Vec<Edit> {
        self.edits_with(kept, &Instead::new(), places)
    }

    /// The edits by which some denials stay as they are, some say less, and the others go.
    fn edits_with(&self, kept: &[Denial], instead: &Instead, places: &[Place]) -> Vec<Edit> {
        let drafts = self.drafts.iter().enumerate().map(|(document, (place, draft))| {
            let draft = draft.replacing(|at, piece| {
                let goes = !piece.is_allow && !kept.contains(&(document, at));
                goes.then(|| instead.get(&(document, at)).cloned().unwrap_or_default())
            });
            (place, draft)
        });
        let edits = self.moving(drafts, places);
        if room::fits(&edits, self.documents).is_ok() {
            return edits;
        }
        // What does not fit into the role has to change where it is, for everybody who has it.
        let stays = |edit: Edit| {
            let moved = edit.moved.clone().filter(|_| edit.place.is_of_aws());
            Edit { moved, ..edit }
        };
        edits.into_iter().map(stays).collect()
    }

    /// What a managed policy denies it denies to others as well: this role gets a copy that does not.
    fn moving<'p>(&self, drafts: impl Iterator<Item = (&'p Place, Draft)>, places: &[Place]) -> Vec<Edit> {
        let mut edits = Vec::new();
        for (document, (place, mut draft)) in drafts.enumerate() {
            if places.contains(place) {
                draft = draft.and(self.statements.clone());
            }
            if draft.is_changed() {
                let is_moving = match place {
                    Place::Managed(_) => !draft.is_empty(),
                    Place::Boundary(_) => place.is_of_aws(),
                    _ => false,
                };
                let moved = is_moving.then(|| name::free(self.trial, self.documents, document + 1));
                edits.push(Edit {
                    moved,
                    ..edit(place, draft)
                });
            }
        }
        let is_new = places.contains(&self.into) && !self.drafts.iter().any(|(place, _)| *place == self.into);
        if is_new {
            edits.push(edit(&self.into, Draft::empty().and(self.statements.clone())));
        }
        edits
    }

    fn check(
        &self,
        (edits, gone): (Vec<Edit>, &[Denial]),
        places: &[Place],
        reasons: &mut BTreeSet<String>,
    ) -> Option<Widened> {
        if edits.is_empty() || !self.trial.closes(&edits) {
            return None;
        }
        let stored = room::fits(&edits, self.documents);
        if let Err(reason) = stored.and_then(|()| self.trial.judged_again(&edits)) {
            let denials: Vec<(Place, String)> = gone.iter().filter_map(|denial| self.named(denial)).collect();
            reasons.insert(format!("{}: {reason}", how(&denials, places)));
            return None;
        }
        let denials: Vec<(Place, String)> = gone.iter().filter_map(|denial| self.named(denial)).collect();
        Some(Widened {
            opened: edits.iter().map(|edit| self.opened(edit)).collect(),
            how: how(&denials, places),
            choice: self.choice(&denials, &edits),
            freed: freed(&self.drafts, &edits, &self.statements),
            edits,
            denials,
        })
    }

    fn named(&self, (document, at): &Denial) -> Option<(Place, String)> {
        let (place, draft) = self.drafts.get(*document)?;
        Some((place.clone(), draft.pieces().get(*at)?.label.clone()))
    }

    fn choice(&self, denials: &[(Place, String)], edits: &[Edit]) -> String {
        let has_gap = self.statements.iter().any(|one| {
            let resource = one.get("Resource").and_then(Value::as_str);
            resource.is_some_and(|resource| resource.ends_with(FILE_SYSTEM))
        });
        let mut choice = if denials.is_empty() {
            "that the function is to have it; if not, change what asks for it".to_owned()
        } else {
            "that the denial was not meant for this, and that what it leaves open now may be allowed".to_owned()
        };
        for edit in edits {
            choice.push_str(&touched(edit));
        }
        if has_gap {
            let gap =
                format!("the file system's id in the place of {FILE_SYSTEM}, which the configuration does not name");
            return format!("{choice}; and put {gap}");
        }
        choice
    }

    fn opened(&self, edit: &Edit) -> Option<Request> {
        let old = Policy::parse(trial::text_of(self.documents, &edit.place)?).ok()?;
        let new = Policy::parse(&edit.draft.judged()).ok()?;
        policy::allows_no_more(&new, &old).1
    }
}

/// Whom beside the function an edit of a policy with a life of its own concerns.
fn touched(edit: &Edit) -> String {
    let name = edit.place.name();
    match (&edit.place, &edit.moved) {
        (Place::Managed(_), None) if edit.draft.is_empty() => {
            format!("; and that the role does without {name}, which others keep")
        }
        (Place::Managed(_), None) => format!("; and that {name} changes for everybody it is attached to"),
        (Place::Managed(_), Some(_)) => {
            format!("; and that the role has a copy of its own in the place of {name}, which changes with it no more")
        }
        (Place::Boundary(_), None) => format!("; and that {name} changes for everybody whose boundary it is"),
        (Place::Boundary(_), Some(_)) => {
            format!("; and that the role has another boundary than {name}, which is AWS's and cannot be edited")
        }
        _ => String::new(),
    }
}

fn edit(place: &Place, draft: Draft) -> Edit {
    Edit {
        place: place.clone(),
        draft,
        moved: None,
        cured: None,
    }
}

fn how(denials: &[(Place, String)], places: &[Place]) -> String {
    let names: Vec<String> = places.iter().map(Place::label).collect();
    let added = (!names.is_empty()).then(|| format!("add what is missing to {}", names.join(" and to ")));
    let given = denials
        .iter()
        .map(|(place, label)| format!("let the denial {label} in {} give way", place.label()));
    let all: Vec<String> = added.into_iter().chain(given).collect();
    all.join(", and ")
}

fn lambda() -> Members {
    let mut members = Members::new();
    members.insert("Effect".to_owned(), json!("Allow"));
    members.insert("Principal".to_owned(), json!({"Service": "lambda.amazonaws.com"}));
    members.insert("Action".to_owned(), json!("sts:AssumeRole"));
    members
}

/// Stands for what a function's configuration does not name: it has the access point only.
const FILE_SYSTEM: &str = "file-system/FILE_SYSTEM_ID";

/// The statements of the document that the control puts together.
fn written(document: &str) -> Option<Vec<Members>> {
    let document = document.replace(":file-system/*\"", &format!(":{FILE_SYSTEM}\""));
    let document: Value = serde_json::from_str(&document).ok()?;
    let statements = document.get("Statement")?.as_array()?.iter();
    statements.map(|one| one.as_object().cloned()).collect()
}

/// The calls of the function that the policy of an endpoint does not let through.
fn through(endpoint: &str, context: &Context<'_>, documents: &[(Place, String)]) -> Option<Vec<Members>> {
    let text = trial::text_of(documents, &Place::Endpoint(endpoint.to_owned()))?;
    let account = context.snapshot.function.account().to_string();
    let policy = vec![(endpoint.to_owned(), Policy::parse(text).ok()?)];
    let grants = RoleGrants::new(policy, None, account.clone());
    let paths = context.paths().ok()??;
    let calls = paths
        .iter()
        .filter(|(_, answers)| answers.iter().any(|path| path.answer.to_string().contains(endpoint)));
    let calls = calls.flat_map(|(need, _)| &need.calls);
    let denied = calls.filter(|(action, resource)| matches!(grants.permits_some(action, resource), Answer::No));
    let statement = |(action, resource): &(String, String)| {
        let mut members = allow(&json!(action), resource);
        members.insert("Principal".to_owned(), json!("*"));
        members.insert(
            "Condition".to_owned(),
            json!({"StringEquals": {"aws:PrincipalAccount": account}}),
        );
        members
    };
    Some(denied.map(statement).collect())
}
