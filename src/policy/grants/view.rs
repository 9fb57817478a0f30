//! On which resources does a role's policy text allow one action? Bounds from both sides, compared by emptiness.

use super::role::{Caller, Truth};
use super::{Answer, Ground, named};
use crate::policy::condition::{Atom, atoms};
use crate::policy::document::{Effect, Selection, Statement, Version};
use crate::policy::pattern::{Budget, Found, Language, Pattern};
use std::collections::BTreeSet;

/// What a statement says about one action: for which resources, and how surely.
pub(super) struct Part {
    ground: Ground,
    effect: Effect,
    truth: Truth,
    /// Resources that are surely meant.
    least: Resources,
    /// Resources that may be meant: policy variables can hold anything.
    most: Resources,
    atoms: Vec<Atom>,
}

#[derive(Clone)]
enum Resources {
    Only(Vec<Pattern>),
    Except(Vec<Pattern>),
}

impl Resources {
    /// Narrows a language to these resources.
    fn within<'a>(&'a self, mut language: Language<'a>) -> Language<'a> {
        match self {
            Resources::Only(patterns) => language.all_of.push(patterns),
            Resources::Except(patterns) => language.none_of.extend(patterns),
        }
        language
    }

    /// Narrows a language to all other resources.
    fn outside<'a>(&'a self, mut language: Language<'a>) -> Language<'a> {
        match self {
            Resources::Only(patterns) => language.none_of.extend(patterns),
            Resources::Except(patterns) => language.all_of.push(patterns),
        }
        language
    }
}

impl Part {
    pub(super) fn new(
        policy: &str,
        (statement, version): (&Statement, Version),
        caller: &Caller,
        budget: &mut Budget,
    ) -> Self {
        let atoms = atoms(statement, version);
        let [least, most] = resources(statement, version);
        Part {
            ground: Ground {
                policy: policy.to_owned(),
                statement: statement.label(),
            },
            effect: statement.effect,
            truth: caller.truth(&atoms, budget),
            least,
            most,
            atoms,
        }
    }

    /// The resources that the statement surely affects.
    fn surely(&self) -> Option<&Resources> {
        (self.truth == Truth::Always).then_some(&self.least)
    }

    /// The resources that it may affect.
    fn perhaps(&self) -> Option<&Resources> {
        (self.truth != Truth::Never).then_some(&self.most)
    }
}

/// The resources of a statement, at least and at most.
fn resources(statement: &Statement, version: Version) -> [Resources; 2] {
    let has_variable = |text: &str| version == Version::V2012 && text.contains("${");
    let is_open = |text: &&String| {
        has_variable(text) || (**text != "*" && text.split(':').nth(2).unwrap_or("*").contains(['*', '?']))
    };
    let sure = |named: &[String]| {
        named
            .iter()
            .filter(|text| !is_open(text))
            .map(|text| Pattern::glob(text))
            .collect()
    };
    let all = |named: &[String]| {
        named
            .iter()
            .map(|text| Pattern::glob(&without_variables(text, version)))
            .collect()
    };
    match &statement.resource {
        None => [Resources::Except(vec![]), Resources::Except(vec![])],
        Some(Selection::Only(named)) => [Resources::Only(sure(named)), Resources::Only(all(named))],
        Some(Selection::Except(named)) => [Resources::Except(all(named)), Resources::Except(sure(named))],
    }
}

/// The element with every policy variable widened to a wildcard.
fn without_variables(text: &str, version: Version) -> String {
    let mut written = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${").filter(|_| version == Version::V2012) {
        let Some((_, after)) = after.split_once('}') else { break };
        written.push_str(before);
        written.push('*');
        rest = after;
    }
    written + rest
}

/// All that is said about one action.
pub(super) struct View {
    pub(super) identity: Vec<Part>,
    pub(super) boundary: Option<Vec<Part>>,
}

/// How a statement's resources are read.
type Reading = fn(&Part) -> Option<&Resources>;

/// Whether some resource is in a language.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inhabited {
    Yes,
    No,
    GaveUp,
}

const OVER_BUDGET: &str = "the policies are too involved to decide within the budget";

fn inhabited(language: &Language<'_>, budget: &mut Budget) -> Inhabited {
    match language.find(budget) {
        Found::Word(_) => Inhabited::Yes,
        Found::Nothing => Inhabited::No,
        Found::GaveUp => Inhabited::GaveUp,
    }
}

fn any_inhabited<'a>(languages: impl IntoIterator<Item = Language<'a>>, budget: &mut Budget) -> Inhabited {
    let mut gave_up = false;
    for language in languages {
        match inhabited(&language, budget) {
            Inhabited::Yes => return Inhabited::Yes,
            Inhabited::GaveUp => gave_up = true,
            Inhabited::No => {}
        }
    }
    if gave_up { Inhabited::GaveUp } else { Inhabited::No }
}

fn allowing(parts: &[Part]) -> impl Iterator<Item = &Part> {
    parts.iter().filter(|part| part.effect == Effect::Allow)
}

impl View {
    fn layers(&self) -> impl Iterator<Item = &Vec<Part>> {
        std::iter::once(&self.identity).chain(&self.boundary)
    }

    fn denials(&self) -> impl Iterator<Item = &Part> {
        self.layers().flatten().filter(|part| part.effect == Effect::Deny)
    }

    pub(super) fn covers(&self, asked: &Pattern, budget: &mut Budget) -> Answer {
        let asked = Language {
            all_of: vec![std::slice::from_ref(asked)],
            none_of: vec![],
        };
        let certain = self.breaches(&asked, [Part::perhaps, Part::surely], budget);
        if certain == Inhabited::Yes {
            return Answer::No;
        }
        let possible = self.breaches(&asked, [Part::surely, Part::perhaps], budget);
        match (certain, possible) {
            (Inhabited::GaveUp, _) | (_, Inhabited::GaveUp) => Answer::CannotTell(OVER_BUDGET.into()),
            (_, Inhabited::No) => Answer::Yes(self.grounds(&asked, budget)),
            (_, Inhabited::Yes) => Answer::CannotTell(self.depends_on()),
        }
    }

    /// Whether a resource of the language escapes some layer's grants or falls under a denial, reading Allow and Deny
    /// as told.
    fn breaches(&self, asked: &Language<'_>, [allow, deny]: [Reading; 2], budget: &mut Budget) -> Inhabited {
        let escapes = self.layers().map(|layer| {
            let granted = allowing(layer).filter_map(allow);
            granted.fold(asked.clone(), |rest, resources| resources.outside(rest))
        });
        let denied = self.denials().filter_map(deny);
        any_inhabited(
            escapes.chain(denied.map(|resources| resources.within(asked.clone()))),
            budget,
        )
    }

    /// The statements that allow something of the language.
    fn grounds(&self, asked: &Language<'_>, budget: &mut Budget) -> Vec<Ground> {
        let mut all = BTreeSet::new();
        for part in allowing(&self.identity) {
            let meant = part.surely().map(|resources| resources.within(asked.clone()));
            if meant.is_some_and(|language| inhabited(&language, budget) == Inhabited::Yes) {
                all.insert(part.ground.clone());
            }
        }
        all.into_iter().collect()
    }

    pub(super) fn permits_some(&self, asked: &Pattern, none_of: &[Pattern], budget: &mut Budget) -> Answer {
        let asked = Language {
            all_of: vec![std::slice::from_ref(asked)],
            none_of: none_of.iter().collect(),
        };
        let (grounds, gave_up) = self.openings(&asked, [Part::surely, Part::perhaps], budget);
        if !grounds.is_empty() {
            return Answer::Yes(grounds.into_iter().collect());
        }
        let (maybe, gave_up_too) = self.openings(&asked, [Part::perhaps, Part::surely], budget);
        match (maybe.is_empty(), gave_up || gave_up_too) {
            (_, true) => Answer::CannotTell(OVER_BUDGET.into()),
            (true, false) => Answer::No,
            (false, false) => Answer::CannotTell(self.depends_on()),
        }
    }

    /// The statements that open some resource of the language, reading Allow and Deny as told.
    fn openings(
        &self,
        asked: &Language<'_>,
        [allow, deny]: [Reading; 2],
        budget: &mut Budget,
    ) -> (BTreeSet<Ground>, bool) {
        let denied = self.denials().filter_map(deny);
        let undenied = denied.fold(asked.clone(), |rest, resources| resources.outside(rest));
        let limits: Vec<Language<'_>> = match &self.boundary {
            None => vec![undenied],
            Some(parts) => {
                let granted = allowing(parts).filter_map(allow);
                granted.map(|resources| resources.within(undenied.clone())).collect()
            }
        };
        let (mut grounds, mut gave_up) = (BTreeSet::new(), false);
        for part in allowing(&self.identity) {
            let Some(resources) = allow(part) else { continue };
            let languages = limits.iter().map(|limit| resources.within(limit.clone()));
            match any_inhabited(languages, budget) {
                Inhabited::Yes => drop(grounds.insert(part.ground.clone())),
                Inhabited::GaveUp => gave_up = true,
                Inhabited::No => {}
            }
        }
        (grounds, gave_up)
    }

    pub(super) fn unscoped(mut self, action: &str, named: &[Pattern], budget: &mut Budget) -> Answer {
        for part in &mut self.identity {
            // What a condition already confines to named resources does not go beyond them.
            if part.effect == Effect::Allow && part.atoms.iter().any(|atom| named::confines(action, atom)) {
                part.truth = Truth::Never;
            }
        }
        self.permits_some(&Pattern::anything(), named, budget)
    }

    fn depends_on(&self) -> String {
        let unsure = self.layers().flatten().filter(|part| part.truth == Truth::Sometimes);
        let keys: BTreeSet<&str> = unsure
            .flat_map(|part| part.atoms.iter().map(|atom| atom.key.as_str()))
            .collect();
        if keys.is_empty() {
            return "it depends on a policy variable or a wildcard in the service field of a resource".into();
        }
        format!("it depends on `{}`", keys.into_iter().collect::<Vec<_>>().join("`, `"))
    }
}
