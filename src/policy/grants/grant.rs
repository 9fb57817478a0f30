//! What does one Allow statement open, once denials and limits are taken away?

use super::role::Call;
use super::rule::Entry;
use super::{BUDGET, Ground, RoleGrants, asked, named};
use crate::policy::document::{Effect, Selection, Statement};
use crate::policy::pattern::{Budget, Class, Found, Language, Pattern, Token};

/// An Allow statement of one of the role's own policies.
#[derive(Debug, Clone, Copy)]
pub struct Grant<'a> {
    grants: &'a RoleGrants,
    entry: Entry<'a>,
}

impl RoleGrants {
    /// The Allow statements of the role's own policies.
    pub fn allowing(&self) -> impl Iterator<Item = Grant<'_>> {
        let all = self.identity.iter().flat_map(super::Source::rules);
        let allowing = all.filter(|entry| entry.rule.effect == Effect::Allow);
        allowing.map(|entry| Grant { grants: self, entry })
    }
}

impl<'a> Grant<'a> {
    /// The policy and the statement's label.
    pub fn ground(&self) -> Ground {
        self.entry.ground()
    }

    /// The policy's name.
    pub fn policy(&self) -> &'a str {
        self.entry.policy
    }

    /// The statement as written.
    pub fn statement(&self) -> &'a Statement {
        self.entry.statement
    }

    /// Whether the statement says anything about the action.
    pub fn is_about(&self, action: &str) -> bool {
        self.entry.is_about(action)
    }

    /// The resource element that a resource falls under, as written.
    pub fn element_of(&self, resource: &str) -> String {
        self.entry.element_of(resource)
    }

    /// Whether it grants on anything but named resources: on `*`, on all of a kind, or on all but some.
    pub fn is_unscoped(&self) -> bool {
        match &self.entry.statement.resource {
            None | Some(Selection::Except(_)) => true,
            Some(Selection::Only(elements)) => elements.iter().any(|element| !named::is_named_of_its_kind(element)),
        }
    }

    /// Whether it speaks of every resource, or of all but some.
    pub fn is_everywhere(&self) -> bool {
        match &self.entry.statement.resource {
            Some(Selection::Only(elements)) => elements.iter().any(|element| element == "*"),
            Some(Selection::Except(_)) | None => true,
        }
    }

    /// Whether a condition confines it to resources with certain tags, to named keys or to named secrets.
    pub fn is_confined(&self, action: &str) -> bool {
        let mut atoms = self.entry.rule.atoms.iter();
        atoms.any(|atom| named::confines_by_tag(atom) || named::confines(action, atom))
    }

    /// A resource that matches the glob and on which this statement allows the action; an error says why that is not
    /// decided.
    pub fn opens(&self, action: &str, resource_glob: &str) -> Result<Option<String>, String> {
        self.opens_but(action, resource_glob, &[])
    }

    /// As [`Self::opens`], but for the resources that the policies name.
    pub fn opens_unnamed(&self, action: &str, resource_glob: &str) -> Result<Option<String>, String> {
        let named = named::patterns(action, self.grants.entries());
        self.opens_but(action, resource_glob, &named)
    }

    /// The resource elements that name a secret of Secrets Manager and fit no secret's ARN: its name is followed by a
    /// hyphen and six random characters (Secrets Manager User Guide, "Secret ARN").
    pub fn unmatchable_secrets(&self) -> Vec<&'a str> {
        let Some(Selection::Only(elements)) = &self.entry.statement.resource else {
            return Vec::new();
        };
        let suffix = [Token::One(Class::Name); 6];
        let shape = asked("arn:*:secretsmanager:*:*:secret:?*-").then_tokens(suffix);
        let fits = |element: &str| {
            let element = Pattern::glob(element);
            let language = Language {
                all_of: vec![std::slice::from_ref(&shape), std::slice::from_ref(&element)],
                none_of: vec![],
            };
            language.find(&mut Budget::new(BUDGET)) != Found::Nothing
        };
        let named = elements.iter().map(String::as_str);
        let secrets = named.filter(|element| element.contains(":secretsmanager:") && !element.contains("${"));
        secrets.filter(|element| !fits(element)).collect()
    }

    fn opens_but(&self, action: &str, resource_glob: &str, but_for: &[Pattern]) -> Result<Option<String>, String> {
        if !self.is_about(action) {
            return Ok(None);
        }
        let mut budget = Budget::new(BUDGET);
        let mut view = self.grants.view(action, &Call::on(resource_glob), &mut budget);
        let is_own = |entry: &Entry<'_>| std::ptr::eq(entry.rule, self.entry.rule);
        view.identity
            .retain(|part| part.entry.rule.effect == Effect::Deny || is_own(&part.entry));
        let asked = asked(resource_glob);
        let language = Language {
            all_of: vec![std::slice::from_ref(&asked)],
            none_of: but_for.iter().collect(),
        };
        let openings = view.openings(&language, &mut budget)?;
        Ok(openings.into_iter().next().map(|opening| opening.resource))
    }
}
