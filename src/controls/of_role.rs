//! What was worked out of a role, and holds for every function that runs with it.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::{Context, Judged, Unjudged};
use crate::policy::{Policy, RoleGrants};

/// Answers about one role as it was read, for the functions of one account.
#[derive(Debug, Default)]
pub(super) struct OfRole {
    pub(super) grants: OnceCell<Result<RoleGrants, Unjudged>>,
    pub(super) trust_policy: OnceCell<Result<Option<Policy>, Unjudged>>,
    pub(super) breadths: RefCell<BTreeMap<String, Option<String>>>,
    verdicts: RefCell<BTreeMap<&'static str, Judged>>,
}

impl OfRole {
    /// Whether the grants are the same whichever function is asked about.
    fn is_of_any_function(&self) -> bool {
        match self.grants.get() {
            Some(Ok(grants)) => !grants.tells_functions_apart(),
            Some(Err(_)) | None => true,
        }
    }
}

impl Context<'_> {
    /// Takes over what was worked out for another function, if it runs with the same role, as read once for both.
    #[must_use]
    pub fn beside(mut self, other: Option<&Self>) -> Self {
        if let Some(other) = other.filter(|other| self.shares_role(other)) {
            self.role = Rc::clone(&other.role);
        }
        self
    }

    fn shares_role(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.snapshot.role, &other.snapshot.role)
            && std::ptr::eq(self.settings, other.settings)
            && self.snapshot.function.account() == other.snapshot.function.account()
            && matches!((self.role_arn(), other.role_arn()), (Ok(Some(own)), Ok(Some(other))) if own == other)
            && other.role.is_of_any_function()
    }

    /// A control's verdict about the role alone: judged once for all functions that run with it.
    pub(super) fn of_role(&self, control: &'static str, judge: impl FnOnce() -> Judged) -> Judged {
        if let Some(known) = self.role.verdicts.borrow().get(control) {
            return known.clone();
        }
        let verdict = judge();
        self.role.verdicts.borrow_mut().insert(control, verdict.clone());
        verdict
    }
}
