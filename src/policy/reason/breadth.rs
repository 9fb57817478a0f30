//! Does a grant reach beyond what the policies name? Asked for a caller or source of a name that occurs nowhere.

use super::candidates::{Candidate, acting};
use super::capability;
use super::class::{Account, Class, Membership, Source, Who, World};
use super::judge::{Court, Judgement};
use super::origin::Origin;
use super::part::Part;
use super::rule::Rule;
use super::service::{self, Sends};
use super::stage::Stage;
use super::{Exposure, ExposureVerdict, Target, Tier, Trust};
use crate::policy::document::{Effect, Policy};
use crate::policy::pattern::{Budget, Pattern};
use crate::policy::request::{Caller, Request, Values};
use crate::policy::simulate::{Outcome, decide};
use std::sync::Arc;

/// Work for one question.
const BUDGET: u64 = 500_000;

/// How far the grant behind an exposure reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Breadth {
    /// To the identities or sources that the policies name, or no further than a service lets itself be confined.
    Named,
    /// To any identity of the account that it names, or to any of the account's resources that the service acts for.
    Account {
        /// A request of one that no policy names.
        witness: Request,
    },
    /// To any account of an organization.
    Organization {
        /// A request of one that no policy names.
        witness: Request,
    },
    /// Not decided.
    CannotTell {
        /// Why.
        reason: String,
    },
}

/// How far the grant behind a proved exposure reaches; about any other exposure nothing can be told.
pub fn breadth(policies: &[Policy], target: &Target, trust: &Trust, exposure: &Exposure) -> Breadth {
    let trust = Arc::new(trust.clone());
    breadth_on((policies, &Stage::default()), target, &trust, exposure)
}

/// As [`breadth`], where other questions are asked of the same policies, resource and trust.
pub fn breadth_on(
    (policies, stage): (&[Policy], &Stage),
    target: &Target,
    trust: &Arc<Trust>,
    exposure: &Exposure,
) -> Breadth {
    let ExposureVerdict::Present { witness } = &exposure.verdict else {
        let reason = "the exposure itself is not proved".into();
        return Breadth::CannotTell { reason };
    };
    let (world, rules) = stage.of(policies, (&target.function_arn, trust));
    let court = Court::new(policies, &rules, world);
    let asked = Asked {
        world,
        exposure,
        witness,
        name: unused_name(policies),
    };
    let parts: Vec<Part> = capability::call(&witness.action, target).into_iter().collect();
    let is_granting = |rule: &&Rule<'_>| {
        rule.statement.effect == Effect::Allow
            && exposure.statements.iter().any(|label| label == rule.label)
            && Court::grants(rule, &parts)
    };
    let ask = |candidates: &[Candidate]| {
        let mut budget = Budget::new(BUDGET);
        let judgements = rules.iter().filter(is_granting).flat_map(|rule| {
            let judged = candidates.iter().map(|candidate| (candidate, rule));
            judged.collect::<Vec<_>>()
        });
        let mut judgements = judgements.map(|(candidate, rule)| court.judge(candidate, (rule, &parts), &mut budget).0);
        surest(&mut judgements)
    };
    match ask(&asked.of_organization()) {
        Judgement::Present(witness) if is_from_anywhere(&witness, policies, &asked.name) => {
            return Breadth::Organization { witness };
        }
        Judgement::CannotTell(reason) => return Breadth::CannotTell { reason },
        Judgement::Present(_) | Judgement::Absent | Judgement::Conditional { .. } => {}
    }
    match ask(&asked.of_account()) {
        Judgement::Present(witness) => Breadth::Account { witness },
        Judgement::CannotTell(reason) => Breadth::CannotTell { reason },
        Judgement::Absent | Judgement::Conditional { .. } => Breadth::Named,
    }
}

fn surest(judgements: &mut dyn Iterator<Item = Judgement>) -> Judgement {
    let mut doubt = Judgement::Absent;
    for judgement in judgements {
        match judgement {
            Judgement::Present(_) => return judgement,
            Judgement::CannotTell(_) => doubt = judgement,
            Judgement::Absent | Judgement::Conditional { .. } => {}
        }
    }
    doubt
}

/// A word that no condition of the policies can tell from other words but by a wildcard: its letter occurs in none.
fn unused_name(policies: &[Policy]) -> String {
    let statements = policies.iter().flat_map(Policy::statements);
    let conditions = statements.flat_map(|statement| &statement.conditions);
    let values: Vec<&str> = conditions
        .flat_map(|condition| &condition.values)
        .map(|value| value.splitn(6, ':').last().unwrap_or_default())
        .collect();
    let is_unused = |letter: &char| !values.iter().any(|value| value.contains(*letter));
    let letter = "qzxjkvwyuhgfbpdmoclntreisa0123456789".chars().find(is_unused);
    letter.map_or_else(|| longest_run(&values), |letter| letter.to_string().repeat(10))
}

/// One more `q` than any value has.
fn longest_run(values: &[&str]) -> String {
    let runs = values.iter().flat_map(|value| value.split(|letter| letter != 'q'));
    "q".repeat(runs.map(str::len).max().unwrap_or_default() + 1)
}

/// Not only from a part of the organization.
fn is_from_anywhere(witness: &Request, policies: &[Policy], name: &str) -> bool {
    let mut request = witness.clone();
    for (id, paths) in [
        ("aws:principalorgid", "aws:principalorgpaths"),
        ("aws:sourceorgid", "aws:sourceorgpaths"),
    ] {
        let Some(Values::One(organization)) = request.context.get(id).cloned() else {
            continue;
        };
        if let Some(path) = request.context.get_mut(paths) {
            *path = Values::Many(vec![format!("{organization}/r-{name}/")]);
        }
    }
    decide(&request, policies).outcome == Outcome::Allowed
}

/// A proved exposure, and the name that occurs nowhere.
struct Asked<'a> {
    world: &'a World,
    exposure: &'a Exposure,
    witness: &'a Request,
    name: String,
}

impl Asked<'_> {
    /// Callers of an account that nobody names, in the witness's organization.
    fn of_organization(&self) -> Vec<Candidate> {
        let Some(organization) = self.organization() else {
            return vec![];
        };
        let is_unnamed = |account: &String| {
            !self.world.accounts.contains(account)
                && !self.world.trust.trusted_accounts.contains(account)
                && *account != self.world.trust.account
        };
        let account = (1_u64..).map(|number| format!("{:012}", 700_000_000_000 + number));
        let origin = |account| self.origin(account, Membership::Known(organization.clone()));
        account
            .filter(is_unnamed)
            .take(1)
            .flat_map(|account| self.candidates(&origin(account), false))
            .collect()
    }

    /// Callers of the witness's account, if somebody names it, and sources of it.
    fn of_account(&self) -> Vec<Candidate> {
        let trust = &self.world.trust;
        let Some(account) = self.account() else {
            return vec![];
        };
        let is_known = self.world.accounts.contains(&account)
            || trust.trusted_accounts.contains(&account)
            || account == trust.account;
        if !is_known {
            return vec![];
        }
        let organization = self.organization().map_or(Membership::None, Membership::Known);
        self.candidates(&self.origin(account, organization), true)
    }

    fn origin(&self, account: String, organization: Membership) -> Origin {
        Origin {
            tier: self.exposure.tier,
            account: Account::Known(account),
            organization,
            doubt: None,
        }
    }

    fn candidates(&self, origin: &Origin, is_narrow: bool) -> Vec<Candidate> {
        match &self.witness.caller {
            Caller::Anonymous => vec![],
            Caller::Principal { .. } => self.identities(origin),
            Caller::Service { name } => self.sources(name, origin, is_narrow),
        }
    }

    fn identities(&self, origin: &Origin) -> Vec<Candidate> {
        let Account::Known(account) = &origin.account else {
            return vec![];
        };
        let via_endpoint = self.witness.context.contains_key("aws:sourcevpce");
        let one = |kind| {
            let arn = format!("arn:{}:iam::{account}:{kind}/{}", self.world.partition, self.name);
            candidate(origin.class(Who::Named(arn), via_endpoint))
        };
        ["role", "user"].into_iter().map(one).collect()
    }

    /// Nothing narrower than the account can be demanded of a service that does not surely send its source's ARN.
    fn sources(&self, name: &str, origin: &Origin, is_narrow: bool) -> Vec<Candidate> {
        let service = service::service(name);
        let Account::Known(account) = &origin.account else {
            return vec![];
        };
        if !is_narrow {
            return vec![acting(name, service, (origin, Source::Any, origin.tier))];
        }
        if service.arn != Sends::Always {
            return vec![];
        }
        let arns = service.source_arns_named(&self.world.partition, &Pattern::literal(account), &self.name);
        vec![acting(name, service, (origin, Source::Like(arns), origin.tier))]
    }

    fn value(&self, key: &str) -> Option<String> {
        match self.witness.context.get(key) {
            Some(Values::One(value)) => Some(value.clone()),
            Some(Values::Many(_)) | None => None,
        }
    }

    fn organization(&self) -> Option<String> {
        let is_about = match self.exposure.tier {
            Tier::ForeignOrganization | Tier::Trusted | Tier::Organization | Tier::OwnAccount => true,
            Tier::Anonymous
            | Tier::AnyPrincipal
            | Tier::AnySource
            | Tier::ReclaimableSource
            | Tier::External
            | Tier::Nobody => false,
        };
        let key = match self.witness.caller {
            Caller::Service { .. } => "aws:sourceorgid",
            Caller::Principal { .. } | Caller::Anonymous => "aws:principalorgid",
        };
        self.value(key).filter(|_| is_about)
    }

    fn account(&self) -> Option<String> {
        let own = self.world.trust.account.clone();
        if self.exposure.tier == Tier::OwnAccount {
            return Some(own);
        }
        match &self.witness.caller {
            Caller::Service { .. } => self.value("aws:sourceaccount"),
            caller => caller.account().map(str::to_owned),
        }
    }
}

fn candidate(class: Class) -> Candidate {
    Candidate {
        tier: class.tier,
        ways: vec![class],
        doubt: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Capability, exposures};
    use std::collections::BTreeSet;

    const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:orders";

    fn of(principal: &str, condition: &str) -> Vec<(Tier, &'static str)> {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"s","Effect":"Allow","Principal":{principal},
            "Action":"lambda:InvokeFunction","Resource":"{ARN}","Condition":{condition}}}]}}"#
        );
        let policies = [Policy::parse(&text).unwrap()];
        let trust = Trust {
            account: "123456789012".into(),
            organization: Some("o-homehome12".into()),
            trusted_accounts: BTreeSet::from(["222233334444".into()]),
            trusted_organizations: BTreeSet::from(["o-friend1234".into()]),
        };
        let target = Target {
            function_arn: ARN.into(),
            url: None,
        };
        let all = exposures(&policies, &target, &trust, Capability::Invoke);
        let word = |exposure: &Exposure| match breadth(&policies, &target, &trust, exposure) {
            Breadth::Named => "named",
            Breadth::Account { witness } => {
                assert_eq!(decide(&witness, &policies).outcome, Outcome::Allowed, "{witness:?}");
                "account"
            }
            Breadth::Organization { .. } => "organization",
            Breadth::CannotTell { .. } => "cannot-tell",
        };
        all.iter().map(|exposure| (exposure.tier, word(exposure))).collect()
    }

    #[test]
    fn sources() {
        let source = |arn: &str| format!(r#"{{"ArnLike":{{"aws:SourceArn":"{arn}"}}}}"#);
        let own = r#"{"StringEquals":{"aws:SourceAccount":"123456789012"}}"#;
        for (service, condition, expected) in [
            ("sns", source("arn:aws:sns:us-east-1:123456789012:orders"), "named"),
            ("sns", source("arn:aws:sns:us-east-1:123456789012:orders-*"), "named"),
            ("sns", source("arn:aws:sns:us-east-1:123456789012:*"), "account"),
            ("sns", source("arn:aws:sns:*:123456789012:*"), "account"),
            ("sns", own.to_owned(), "account"),
            ("config", own.to_owned(), "named"),
            ("ses", own.to_owned(), "account"),
            (
                "apigateway",
                source("arn:aws:execute-api:us-east-1:123456789012:abc123/*/*/*"),
                "named",
            ),
            (
                "apigateway",
                source("arn:aws:execute-api:us-east-1:123456789012:*/prod/GET/*"),
                "account",
            ),
            (
                "events",
                source("arn:aws:events:us-east-1:123456789012:rule/nightly"),
                "named",
            ),
            (
                "events",
                source("arn:aws:events:us-east-1:123456789012:rule/*"),
                "account",
            ),
            (
                "events",
                source("arn:aws:events:us-east-1:123456789012:rule/my-bus/*"),
                "named",
            ),
            ("iot", source("arn:aws:iot:us-east-1:123456789012:rule/*"), "account"),
            (
                "logs",
                source("arn:aws:logs:us-east-1:123456789012:log-group:*:*"),
                "account",
            ),
            (
                "logs",
                source("arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/*:*"),
                "named",
            ),
        ] {
            let principal = format!(r#"{{"Service":"{service}.amazonaws.com"}}"#);
            assert_eq!(
                of(&principal, &condition),
                [(Tier::OwnAccount, expected)],
                "{service} {condition}"
            );
        }
    }

    #[test]
    fn identities() {
        for (principal, condition, expected) in [
            (r#"{"AWS":"222233334444"}"#, "{}", (Tier::Trusted, "account")),
            (
                r#"{"AWS":"arn:aws:iam::222233334444:role/app"}"#,
                "{}",
                (Tier::Trusted, "named"),
            ),
            (
                r#"{"AWS":"222233334444"}"#,
                r#"{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::222233334444:role/app"}}"#,
                (Tier::Trusted, "named"),
            ),
            (
                r#""*""#,
                r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::222233334444:role/*"}}"#,
                (Tier::Trusted, "account"),
            ),
            (r#"{"AWS":"999988887777"}"#, "{}", (Tier::External, "account")),
            (
                r#"{"AWS":"999988887777"}"#,
                r#"{"StringEquals":{"aws:PrincipalOrgID":"o-homehome12"}}"#,
                (Tier::Organization, "account"),
            ),
            (r#"{"AWS":"123456789012"}"#, "{}", (Tier::OwnAccount, "account")),
        ] {
            assert_eq!(of(principal, condition), [expected], "{principal} {condition}");
        }
    }

    #[test]
    fn organizations() {
        for (condition, expected) in [
            (
                r#"{"StringEquals":{"aws:PrincipalOrgID":"o-homehome12"}}"#,
                (Tier::Organization, "organization"),
            ),
            (
                r#"{"StringEquals":{"aws:PrincipalOrgID":"o-friend1234"}}"#,
                (Tier::Trusted, "organization"),
            ),
            (
                r#"{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-homehome12/*"}}"#,
                (Tier::Organization, "organization"),
            ),
            (
                r#"{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-homehome12/r-ab12/ou-ab12-11111111/*"}}"#,
                (Tier::Organization, "named"),
            ),
        ] {
            assert_eq!(of(r#""*""#, condition), [expected], "{condition}");
        }
        let by_service = of(
            r#"{"Service":"events.amazonaws.com"}"#,
            r#"{"StringEquals":{"aws:SourceOrgID":"o-homehome12"}}"#,
        );
        assert_eq!(by_service, [(Tier::Organization, "organization")]);
    }
}
