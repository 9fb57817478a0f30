//! What can be said of policies and their resource before anything is asked? Worked out once for all questions.

use super::Trust;
use super::class::World;
use super::rule::{Prepared, Rule};
use crate::policy::document::Policy;
use std::cell::OnceCell;
use std::sync::Arc;

/// What was worked out of some policies, for one resource and its owner's trust; nothing before the first question.
#[derive(Debug, Default)]
pub struct Stage(OnceCell<Known>);

#[derive(Debug)]
struct Known {
    world: World,
    statements: Vec<Prepared>,
}

impl Stage {
    /// What the policies name, and their statements.
    pub(super) fn of<'a>(
        &'a self,
        policies: &'a [Policy],
        (target, trust): (&str, &Arc<Trust>),
    ) -> (&'a World, Vec<Rule<'a>>) {
        let known = self.0.get_or_init(|| {
            let world = World::new(policies, target, trust);
            let statements = Prepared::all(policies, &world);
            Known { world, statements }
        });
        (&known.world, Rule::all(policies, &known.statements))
    }
}
