//! What was solved before? Where an answer takes a search, the same is asked of many callers: of every service, in every
//! organization.

use crate::policy::condition::{Domain, Literal, Solution, solve};
use crate::policy::pattern::Budget;
use foldhash::fast::RandomState;
use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::BuildHasher;

/// Solutions that are kept; an ordinary policy has a tenth of them.
const MOST_KEPT: usize = 4_096;
/// Letters of the longest questions that are kept: longer ones take about as long to compare as to solve.
const LONGEST: usize = 1_000;
/// Letters that are compared in the time of one step of a search.
const COMPARED_AT_ONCE: usize = 8;

/// The solutions of one set of policies.
#[derive(Debug, Default)]
pub(super) struct Memo {
    /// By the digest of their questions.
    known: RefCell<HashMap<u64, Kept, RandomState>>,
    /// Seeded, for others write the policies; what a digest finds is compared before it counts.
    digest: RandomState,
}

#[derive(Debug)]
struct Kept {
    domain: Domain,
    literals: Vec<Literal<'static>>,
    solution: Solution,
}

impl Memo {
    /// As [`solve`]; work that was done before is not done, and not paid for, again.
    pub(super) fn solve(&self, domain: &Domain, literals: &[Literal<'_>], budget: &mut Budget) -> Solution {
        let size = domain.size() + literals.iter().map(Literal::size).sum::<usize>();
        if size > LONGEST || !budget.spend(1 + size / COMPARED_AT_ONCE) {
            return solve(domain, literals, budget);
        }
        let digest = self.digest.hash_one((domain, literals));
        if let Some(kept) = self.known.borrow().get(&digest)
            && kept.domain == *domain
            && kept.literals == literals
        {
            return kept.solution.clone();
        }
        let solution = solve(domain, literals, budget);
        let mut known = self.known.borrow_mut();
        // What was given up for want of work is no answer.
        if !budget.is_spent() && known.len() < MOST_KEPT {
            let kept = Kept {
                domain: domain.clone(),
                literals: literals.iter().map(Literal::to_static).collect(),
                solution: solution.clone(),
            };
            known.insert(digest, kept);
        }
        solution
    }
}
