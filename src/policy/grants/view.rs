//! On which resources does a role's policy text allow one action? Bounds from both sides, compared by emptiness.

use super::role::{Call, Caller, Truth};
use super::rule::{Entry, Resources};
use super::{Answer, Ground, Opening, named};
use crate::policy::condition::Rule;
use crate::policy::document::Effect;
use crate::policy::pattern::{Budget, Found, Language, Pattern};
use std::collections::BTreeSet;

/// What a statement says about one action: for which resources, and how surely.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) entry: Entry<'a>,
    truth: Truth,
}

impl<'a> Part<'a> {
    pub(super) fn new(entry: Entry<'a>, (caller, call): (&Caller, &Call<'_>), budget: &mut Budget) -> Self {
        let truth = entry.truth(caller, call, budget);
        Part { entry, truth }
    }

    /// Whether what it surely affects is all that it may affect.
    fn is_certain(&self) -> bool {
        match self.truth {
            Truth::Never => true,
            Truth::Sometimes => false,
            Truth::Always => self.entry.rule.is_exact,
        }
    }

    /// The resources that the statement surely affects.
    pub(super) fn surely(&self) -> Option<&'a Resources> {
        (self.truth == Truth::Always).then_some(&self.entry.rule.least)
    }

    /// The resources that it may affect.
    pub(super) fn perhaps(&self) -> Option<&'a Resources> {
        (self.truth != Truth::Never).then_some(&self.entry.rule.most)
    }
}

/// All that is said about one action, by the role's own policies and by what limits them.
pub(super) struct View<'a> {
    pub(super) identity: Vec<Part<'a>>,
    pub(super) limits: Vec<Vec<Part<'a>>>,
}

/// How a statement's resources are read.
pub(super) type Reading<'a> = fn(&Part<'a>) -> Option<&'a Resources>;

/// A proof rests on what is surely allowed, and on all that may be denied.
pub(super) fn strictly<'a>() -> [Reading<'a>; 2] {
    [Part::surely, Part::perhaps]
}

/// A refutation rests on all that may be allowed, and on what is surely denied.
pub(super) fn loosely<'a>() -> [Reading<'a>; 2] {
    [Part::perhaps, Part::surely]
}

/// Whether some resource is in a language.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Inhabited {
    By(String),
    No,
    GaveUp,
}

pub(super) const OVER_BUDGET: &str = "the policies are too involved to decide within the budget";
/// More combinations of limiting statements than any real role has.
const MOST_COMBINATIONS: usize = 512;

fn inhabited(language: &Language<'_>, budget: &mut Budget) -> Inhabited {
    match language.find(budget) {
        Found::Word(word) => Inhabited::By(word),
        Found::Nothing => Inhabited::No,
        Found::GaveUp => Inhabited::GaveUp,
    }
}

pub(super) fn any_inhabited<'a>(languages: impl IntoIterator<Item = Language<'a>>, budget: &mut Budget) -> Inhabited {
    let mut gave_up = false;
    for language in languages {
        match inhabited(&language, budget) {
            Inhabited::By(word) => return Inhabited::By(word),
            Inhabited::GaveUp => gave_up = true,
            Inhabited::No => {}
        }
    }
    if gave_up { Inhabited::GaveUp } else { Inhabited::No }
}

pub(super) fn allowing<'p, 'a>(parts: &'p [Part<'a>]) -> impl Iterator<Item = &'p Part<'a>> {
    parts.iter().filter(|part| part.entry.rule.effect == Effect::Allow)
}

/// Each language narrowed to what some statement of a layer allows; `None` when that makes too many.
pub(super) fn narrowed<'a>(
    languages: Vec<Language<'a>>,
    layer: &[Part<'a>],
    allow: Reading<'a>,
) -> Option<Vec<Language<'a>>> {
    let granted: Vec<&Resources> = allowing(layer).filter_map(allow).collect();
    if granted.iter().any(|resources| matches!(resources, Resources::All)) {
        return Some(languages);
    }
    let each = languages
        .iter()
        .flat_map(|language| granted.iter().map(|resources| resources.within(language.clone())));
    let all: Vec<_> = each.take(MOST_COMBINATIONS + 1).collect();
    (all.len() <= MOST_COMBINATIONS).then_some(all)
}

impl<'a> View<'a> {
    fn layers(&self) -> impl Iterator<Item = &Vec<Part<'a>>> {
        std::iter::once(&self.identity).chain(&self.limits)
    }

    /// Whether proof and refutation rest on the same.
    pub(super) fn is_certain(&self) -> bool {
        self.layers().flatten().all(Part::is_certain)
    }

    fn denials(&self) -> impl Iterator<Item = &Part<'a>> {
        let all = self.layers().flatten();
        all.filter(|part| part.entry.rule.effect == Effect::Deny)
    }

    /// What no statement denies of a language.
    pub(super) fn undenied(&self, asked: Language<'a>, deny: Reading<'a>) -> Language<'a> {
        let denied = self.denials().filter_map(deny);
        denied.fold(asked, |rest, resources| resources.outside(rest))
    }

    pub(super) fn covers(&self, asked: &'a Pattern, budget: &mut Budget) -> Answer {
        let asked = Language {
            all_of: vec![std::slice::from_ref(asked)],
            none_of: vec![],
        };
        let certain = self.breaches(&asked, loosely(), budget);
        if matches!(certain, Inhabited::By(_)) {
            return Answer::No;
        }
        let possible = if self.is_certain() {
            certain.clone()
        } else {
            self.breaches(&asked, strictly(), budget)
        };
        match (certain, possible) {
            (Inhabited::GaveUp, _) | (_, Inhabited::GaveUp) => Answer::CannotTell(OVER_BUDGET.into()),
            (_, Inhabited::No) => Answer::Yes(self.grounds(&asked, budget)),
            (_, Inhabited::By(_)) => Answer::CannotTell(self.depends_on()),
        }
    }

    /// Whether a resource of the language escapes some layer's grants or falls under a denial, reading Allow and Deny
    /// as told.
    fn breaches(&self, asked: &Language<'a>, [allow, deny]: [Reading<'a>; 2], budget: &mut Budget) -> Inhabited {
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
    fn grounds(&self, asked: &Language<'a>, budget: &mut Budget) -> Vec<Ground> {
        let mut all = BTreeSet::new();
        for part in allowing(&self.identity) {
            let meant = part.surely().map(|resources| resources.within(asked.clone()));
            if meant.is_some_and(|language| matches!(inhabited(&language, budget), Inhabited::By(_))) {
                all.insert(part.entry.ground());
            }
        }
        all.into_iter().collect()
    }

    /// The statements that surely open some resource of the language, each with one; why not, if that is not decided.
    pub(super) fn openings(&self, asked: &Language<'a>, budget: &mut Budget) -> Result<Vec<Opening>, String> {
        if self.is_shut() {
            return Ok(Vec::new());
        }
        let (sure, gave_up) = self.opened(asked, strictly(), budget);
        if !sure.is_empty() {
            return Ok(sure);
        }
        let (maybe, gave_up_too) = if self.is_certain() {
            (sure, gave_up)
        } else {
            self.opened(asked, loosely(), budget)
        };
        match (maybe.is_empty(), gave_up || gave_up_too) {
            (_, true) => Err(OVER_BUDGET.into()),
            (true, false) => Ok(Vec::new()),
            (false, false) => Err(self.depends_on()),
        }
    }

    /// Whether it takes no search to see that nothing is open: some layer allows nothing, or all is denied.
    fn is_shut(&self) -> bool {
        let allows = |layer: &Vec<Part<'a>>| allowing(layer).any(|part| part.perhaps().is_some());
        let all_denied = |part: &Part<'a>| matches!(part.surely(), Some(Resources::All));
        !self.layers().all(allows) || self.denials().any(all_denied)
    }

    fn opened(
        &self,
        asked: &Language<'a>,
        [allow, deny]: [Reading<'a>; 2],
        budget: &mut Budget,
    ) -> (Vec<Opening>, bool) {
        let undenied = vec![self.undenied(asked.clone(), deny)];
        let limited = self
            .limits
            .iter()
            .try_fold(undenied, |languages, layer| narrowed(languages, layer, allow));
        let Some(limited) = limited else {
            return (Vec::new(), true);
        };
        let (mut openings, mut gave_up) = (BTreeSet::new(), false);
        for part in allowing(&self.identity) {
            let Some(resources) = allow(part) else { continue };
            let languages = limited.iter().map(|limit| resources.within(limit.clone()));
            match any_inhabited(languages, budget) {
                Inhabited::By(resource) => drop(openings.insert(Opening {
                    ground: part.entry.ground(),
                    resource,
                })),
                Inhabited::GaveUp => gave_up = true,
                Inhabited::No => {}
            }
        }
        (openings.into_iter().collect(), gave_up)
    }

    /// Leaves out the statements that a condition confines to named resources.
    pub(super) fn unconfined(mut self, action: &str) -> Self {
        let confined = |part: &Part<'_>| part.entry.rule.atoms.iter().any(|atom| named::confines(action, atom));
        self.identity
            .retain(|part| part.entry.rule.effect == Effect::Deny || !confined(part));
        self
    }

    pub(super) fn depends_on(&self) -> String {
        let unsure = self.layers().flatten().filter(|part| part.truth == Truth::Sometimes);
        let unsure: Vec<&Part<'_>> = unsure.collect();
        let atoms = || unsure.iter().flat_map(|part| &part.entry.rule.atoms);
        // What no key stands for says itself what is not known of it.
        let unknown = atoms()
            .filter(|atom| atom.key.is_empty())
            .find_map(|atom| match &atom.rule {
                Rule::Opaque(reason) => Some(reason.clone()),
                _ => None,
            });
        if let Some(reason) = unknown {
            return reason;
        }
        let keys: BTreeSet<&str> = atoms().map(|atom| atom.key.as_str()).collect();
        if keys.is_empty() {
            return "it depends on a policy variable or a wildcard in the service field of a resource".into();
        }
        format!("it depends on `{}`", keys.into_iter().collect::<Vec<_>>().join("`, `"))
    }
}
