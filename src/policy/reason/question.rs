//! Who has a capability, and by which statements? From each granting statement and principal to its exposures.

use super::candidates::Candidate;
use super::capability;
use super::judge::{Court, Judgement, TOO_INVOLVED};
use super::part::Part;
use super::rule::{Rule, speaks_of};
use super::stage::Stage;
use super::{Capability, Exposure, ExposureVerdict, Target, Tier, Trust, UrlAuth};
use crate::policy::document::{Effect, Policy, Principal, Selection};
use crate::policy::pattern::Budget;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Work for one question; a large ordinary policy needs a hundredth.
const BUDGET: u64 = 4_000_000;

/// Who has a capability by these policies, worst first: one entry per granting statement, principal and certainty.
/// All policies are taken to be attached to the target.
pub fn exposures(policies: &[Policy], target: &Target, trust: &Trust, capability: Capability) -> Vec<Exposure> {
    let trust = Arc::new(trust.clone());
    exposures_on((policies, &Stage::default()), target, &trust, capability)
}

/// As [`exposures`], where other questions are asked of the same policies, resource and trust.
pub fn exposures_on(
    (policies, stage): (&[Policy], &Stage),
    target: &Target,
    trust: &Arc<Trust>,
    capability: Capability,
) -> Vec<Exposure> {
    // Most policies grant most capabilities to nobody.
    let all = policies.iter().flat_map(Policy::statements);
    let granting: Vec<_> = all.filter(|statement| statement.effect == Effect::Allow).collect();
    let is_granted = |action: &str| granting.iter().any(|statement| speaks_of(statement, action));
    let alternatives = capability::alternatives(capability, target, &is_granted);
    if alternatives.is_empty() {
        return Vec::new();
    }
    answer((policies, stage), (target, trust), alternatives, capability)
}

fn answer(
    (policies, stage): (&[Policy], &Stage),
    (target, trust): (&Target, &Arc<Trust>),
    alternatives: Vec<Vec<Part>>,
    capability: Capability,
) -> Vec<Exposure> {
    let (world, rules) = stage.of(policies, (&target.function_arn, trust));
    let court = Court::new(policies, &rules, world);
    let alternatives = court.distinct(alternatives);
    let url = target.url.filter(|_| capability == Capability::InvokeUrl);
    let allows = rules.iter().filter(|rule| rule.statement.effect == Effect::Allow);
    let granted = |rule| -> Vec<_> { alternatives.iter().filter(|parts| Court::grants(rule, parts)).collect() };
    let granting: Vec<_> = allows
        .map(|rule| (rule, granted(rule)))
        .filter(|(_, parts)| !parts.is_empty())
        .collect();
    // Each statement has its share: what an involved one uses up must not hide a plain one.
    let share = BUDGET / u64::try_from(granting.len().max(1)).unwrap_or(u64::MAX);
    let mut all = BTreeSet::new();
    for (rule, granted) in &granting {
        let possible: Vec<_> = granted
            .iter()
            .copied()
            .filter(|parts| court.may_pass(rule, parts))
            .collect();
        let question = Question {
            court: &court,
            rule,
            alternatives: &possible,
            url,
        };
        all.extend(question.exposures(capability, &Budget::new(share)));
    }
    all.into_iter().collect()
}

/// Who may call `sts:AssumeRole` by a trust policy.
pub(in crate::policy) fn by_assuming(policy: &Policy, role_arn: &str, trust: &Trust) -> Vec<Exposure> {
    let target = Target {
        function_arn: role_arn.to_owned(),
        url: None,
    };
    let policies = std::slice::from_ref(policy);
    answer(
        (policies, &Stage::default()),
        (&target, &Arc::new(trust.clone())),
        vec![capability::assume()],
        Capability::Change,
    )
}

/// Who could invoke through a URL of auth type `NONE`, whether or not there is one: empty when creating such a URL
/// would open nothing.
pub fn latent_url(policies: &[Policy], target: &Target, trust: &Trust) -> Vec<Exposure> {
    let target = Target {
        url: Some(UrlAuth::None),
        ..target.clone()
    };
    exposures(policies, &target, trust, Capability::InvokeUrl)
}

/// A service that takes on a role on behalf of one known resource.
#[derive(Debug, Clone, Copy)]
pub(in crate::policy) struct ServiceCall<'a> {
    pub(in crate::policy) service: &'a str,
    pub(in crate::policy) source_arn: &'a str,
    pub(in crate::policy) source_account: &'a str,
}

/// The statements of a trust policy that let a service do so.
pub(in crate::policy) fn by_service(policies: &[Policy], call: ServiceCall<'_>) -> Vec<Exposure> {
    let trust = Arc::new(Trust {
        account: call.source_account.to_owned(),
        ..Trust::default()
    });
    let stage = Stage::default();
    let (world, rules) = stage.of(policies, (call.source_arn, &trust));
    let court = Court::new(policies, &rules, world);
    let parts = capability::assume();
    let mut budget = Budget::new(BUDGET);
    let mut all = Vec::new();
    for rule in rules
        .iter()
        .filter(|rule| rule.statement.effect == Effect::Allow && Court::grants(rule, &parts))
    {
        let question = Question {
            court: &court,
            rule,
            alternatives: &[&parts],
            url: None,
        };
        // Whether the resource's account is in an organization is left open.
        let candidates = court.cast(rule, &[&parts]).calling((call.service, call.source_arn));
        all.extend(question.worst_of(&candidates, &mut budget));
    }
    all
}

/// The part of a principal's budget that is kept for its last question: one of as many.
const KEPT_BACK: u64 = 8;

/// One granting statement and what it may grant.
struct Question<'q> {
    court: &'q Court<'q>,
    rule: &'q Rule<'q>,
    alternatives: &'q [&'q Vec<Part>],
    url: Option<UrlAuth>,
}

impl Question<'_> {
    fn exposures(&self, capability: Capability, budget: &Budget) -> Vec<Exposure> {
        let anyone = if self.url == Some(UrlAuth::None) {
            Tier::Anonymous
        } else {
            Tier::AnyPrincipal
        };
        match &self.rule.statement.principal {
            None => vec![self.cannot_tell(anyone, "everyone", "the statement names no principal")],
            Some(Selection::Except(_)) => {
                let reason = "`NotPrincipal` with Allow is not documented; it may cover everybody else";
                vec![self.cannot_tell(anyone, "everyone but the named", reason)]
            }
            Some(Selection::Only(_)) if self.court.names_too_many() => {
                let reason = "the policies name more accounts and organizations than can be told apart in time";
                vec![self.cannot_tell(anyone, "everyone named", reason)]
            }
            Some(Selection::Only(listed)) => {
                let listed: BTreeSet<_> = listed.iter().collect();
                let mut budget = budget.clone();
                let mut all = Vec::new();
                for (principal, left) in listed.iter().zip((1..=listed.len()).rev()) {
                    let mut share = budget.take(u64::try_from(left).unwrap_or(u64::MAX));
                    all.extend(self.of_principal(principal, capability, &mut share));
                    budget.put_back(&share);
                }
                all
            }
        }
    }

    fn cannot_tell(&self, tier: Tier, caller: &str, reason: &str) -> Exposure {
        let verdict = ExposureVerdict::CannotTell { reason: reason.into() };
        Exposure {
            tier,
            verdict,
            caller: caller.into(),
            statements: vec![self.rule.label.to_owned()],
        }
    }

    fn of_principal(&self, principal: &Principal, capability: Capability, budget: &mut Budget) -> Vec<Exposure> {
        if let Principal::CanonicalUser(name) | Principal::Unknown(name) = principal {
            let tier = if name == "*" { Tier::AnySource } else { Tier::External };
            return vec![self.cannot_tell(tier, name, &format!("principal `{name}` has an unknown form"))];
        }
        let cast = self.court.cast(self.rule, self.alternatives);
        let candidates = if self.alternatives.is_empty() {
            Vec::new()
        } else {
            cast.candidates(principal, self.url)
        };
        let tiers: Vec<_> = candidates.chunk_by(|one, next| one.tier == next.tier).collect();
        // Kept back for the question whether the grant serves at all.
        let reserve = budget.take(KEPT_BACK);
        let mut all: Vec<Exposure> = Vec::new();
        for (tier, left) in tiers.iter().zip((1..=tiers.len()).rev()) {
            let is_told = all.iter().any(is_given_up);
            // The worst may cost half; what is not needed goes to those that follow.
            let part = if left == tiers.len() { 2.min(left) } else { left };
            let mut share = budget.take(u64::try_from(part).unwrap_or(u64::MAX));
            let found = self.worst_of(tier, &mut share);
            budget.put_back(&share);
            let Some(found) = found else {
                continue;
            };
            // A less certain answer about a harmless caller adds nothing to a more certain one about a worse, unless
            // it is one that was not waited for.
            if all.last().is_none_or(|last| certainty(last) < certainty(&found)) || (is_given_up(&found) && !is_told) {
                all.push(found);
            }
            if all.last().is_some_and(|last| certainty(last) == 2) {
                break;
            }
        }
        budget.put_back(&reserve);
        let may_be_dead = all.is_empty() && capability != Capability::InvokeUrl;
        if !may_be_dead {
            return all;
        }
        match self.serves_urls(principal, budget) {
            Some(true) => all,
            Some(false) => vec![self.dead(principal)],
            None => vec![self.cannot_tell(Tier::Nobody, named(principal), TOO_INVOLVED)],
        }
    }

    /// The most certain answer for candidates of one tier.
    fn worst_of(&self, candidates: &[Candidate], budget: &mut Budget) -> Option<Exposure> {
        let mut best: Option<Exposure> = None;
        for candidate in candidates {
            for parts in self.alternatives {
                let (judgement, statements) = self.court.judge(candidate, (self.rule, parts), budget);
                let Some(found) = exposure(candidate, judgement, statements) else {
                    continue;
                };
                if best.as_ref().is_none_or(|best| certainty(best) < certainty(&found)) {
                    best = Some(found);
                }
            }
            if best.as_ref().is_some_and(|best| certainty(best) == 2) {
                break;
            }
        }
        best
    }

    /// A grant for URL calls is of use although a direct call is not possible; nothing if that takes too much work.
    fn serves_urls(&self, principal: &Principal, budget: &mut Budget) -> Option<bool> {
        let found: [Option<Exposure>; 2] = [UrlAuth::None, UrlAuth::AwsIam].map(|auth| {
            let parts: Vec<Vec<Part>> = capability::through_url(auth)
                .into_iter()
                .map(|part| vec![part])
                .collect();
            let is_open = |parts: &&Vec<Part>| Court::grants(self.rule, parts) && self.court.may_pass(self.rule, parts);
            let granted: Vec<_> = parts.iter().filter(is_open).collect();
            let question = Question {
                court: self.court,
                rule: self.rule,
                alternatives: &granted,
                url: Some(auth),
            };
            let candidates = self.court.cast(self.rule, &granted).candidates(principal, Some(auth));
            question.worst_of(&candidates, budget)
        });
        let serves = |found: &Exposure| !is_given_up(found);
        if found.iter().flatten().any(serves) {
            return Some(true);
        }
        found.iter().all(Option::is_none).then_some(false)
    }

    fn dead(&self, principal: &Principal) -> Exposure {
        let keys: BTreeSet<String> = self.rule.keys().map(str::to_owned).collect();
        let verdict = ExposureVerdict::Conditional {
            keys: keys.into_iter().collect(),
            witness: None,
        };
        Exposure {
            tier: Tier::Nobody,
            verdict,
            caller: named(principal).into(),
            statements: vec![self.rule.label.to_owned()],
        }
    }
}

/// The principal as the policy names it.
fn named(principal: &Principal) -> &str {
    match principal {
        Principal::Everyone => "everyone",
        Principal::Account(name)
        | Principal::Arn(name)
        | Principal::Service(name)
        | Principal::Federated(name)
        | Principal::CanonicalUser(name)
        | Principal::Deleted(name)
        | Principal::Unknown(name) => name,
    }
}

fn exposure(candidate: &Candidate, judgement: Judgement, statements: Vec<String>) -> Option<Exposure> {
    let verdict = match judgement {
        Judgement::Absent => return None,
        Judgement::Present(witness) => ExposureVerdict::Present { witness },
        Judgement::Conditional { keys, witness } => ExposureVerdict::Conditional { keys, witness },
        Judgement::CannotTell(reason) => ExposureVerdict::CannotTell { reason },
    };
    Some(Exposure {
        tier: candidate.tier,
        verdict,
        caller: candidate.caller(),
        statements,
    })
}

fn is_given_up(exposure: &Exposure) -> bool {
    matches!(&exposure.verdict, ExposureVerdict::CannotTell { reason } if reason == TOO_INVOLVED)
}

pub(super) fn certainty(exposure: &Exposure) -> u8 {
    match exposure.verdict {
        ExposureVerdict::CannotTell { .. } => 0,
        ExposureVerdict::Conditional { .. } => 1,
        ExposureVerdict::Present { .. } => 2,
    }
}
