//! Who gets a capability by the function's policies, and what shows it in words?

use std::collections::BTreeSet;

use super::{Unjudged, Verdict};
use crate::finding::Evidence;
use crate::policy::{Caller, Effect, Exposure, ExposureVerdict, Policy, Request, Statement, Tier, Values};

/// How the labels of statements begin that have no `Sid`.
const WITHOUT_SID: &str = "without-sid-";
/// `RemovePermission` finds statements by their `Sid` alone; the whole policy can be replaced.
const EDIT_POLICY: &str = "aws lambda get-policy --region {region} --function-name {function}{qualifier} --query Policy --output text > policy.json\n\
    # take the statement out, or confine it; it has no Sid, so remove-permission cannot name it\n\
    aws lambda put-resource-policy --region {region} --resource-arn {function_arn} --policy file://policy.json";

/// Goes in front of commands that take such a statement away.
const SHARED: &str = "# {statement} names other principals, too: grant again to those that are to stay";

/// Letters of a witness's value that are shown.
const SHOWN: usize = 120;

/// Condition keys as AWS writes them; others are shown in lower case.
const KEYS: [&str; 15] = [
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalType",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIp",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:UserAgent",
    "lambda:EventSourceToken",
];

/// Beginnings of the condition keys whose values the caller's own account or client decides.
const OF_THE_CALLER: [&str; 7] = [
    "aws:multifactorauth",
    "aws:principaltag/",
    "aws:referer",
    "aws:sourceidentity",
    "aws:useragent",
    "aws:username",
    "aws:vpcsourceip",
];

/// Who gets a capability, and what could not be judged.
#[derive(Debug, Default)]
pub struct Exposures {
    /// One entry per way in.
    pub found: Vec<Found>,
    /// Policies that could not be judged.
    pub unjudged: Vec<Unjudged>,
}

/// A way in, and where it was found.
#[derive(Debug)]
pub struct Found {
    /// The version or alias whose policy it is; absent for the function itself.
    pub qualifier: Option<String>,
    /// The way in.
    pub exposure: Exposure,
    /// The condition keys of the statements that open it.
    conditions: BTreeSet<String>,
    /// The source ARNs that these statements name.
    sources: Vec<String>,
    /// Whether these statements let in somebody else, too.
    is_shared: bool,
    /// Whether any statement of the policy denies.
    pub(super) is_contested: bool,
    /// The place of its policy among those of the context.
    pub(super) policy: usize,
}

impl Exposures {
    /// Fails for each proved exposure of these tiers; what depends on unknown keys, or is not understood, is not judged.
    pub(super) fn verdict(&self, tiers: &[Tier], evidence: impl Fn(&Found) -> Evidence) -> Verdict {
        self.verdict_if(|found| found.is_of(tiers), |found| Ok(Some(evidence(found))))
    }

    /// Fails for each proved exposure that concerns a control and that a second look confirms, and does not judge what
    /// that leaves open.
    pub(super) fn verdict_if(
        &self,
        concerns: impl Fn(&Found) -> bool,
        evidence: impl Fn(&Found) -> Result<Option<Evidence>, String>,
    ) -> Verdict {
        let mut verdict = Verdict {
            fails: Vec::new(),
            unjudged: self.unjudged.clone(),
        };
        for found in self.found.iter().filter(|found| concerns(found)) {
            match found.judged(&evidence) {
                Ok(fails) => verdict.fails.extend(fails),
                Err(detail) => verdict.unjudged.push(Unjudged::about(&found.statement(), &detail)),
            }
        }
        verdict
    }
}

impl Found {
    pub(super) fn new(qualifier: Option<String>, exposure: Exposure, policy: &Policy) -> Self {
        let is_opening = |statement: &&Statement| exposure.statements.iter().any(|label| statement.is_called(label));
        let opening: Vec<&Statement> = policy.statements().iter().filter(is_opening).collect();
        let conditions = || opening.iter().flat_map(|statement| &statement.conditions);
        let sources = conditions().filter(|condition| condition.key == "aws:sourcearn");
        let principals = |statement: &&Statement| statement.principal.as_ref().map_or(0, |listed| listed.named().len());
        Self {
            conditions: conditions().map(|condition| condition.key.clone()).collect(),
            sources: sources.flat_map(|condition| condition.values.clone()).collect(),
            is_shared: opening.iter().map(principals).any(|listed| listed > 1),
            is_contested: policy
                .statements()
                .iter()
                .any(|statement| statement.effect == Effect::Deny),
            qualifier,
            exposure,
            policy: 0,
        }
    }

    /// In the policy at this place among those of the context.
    pub(super) fn in_policy(self, policy: usize) -> Self {
        Self { policy, ..self }
    }

    /// Whether one of these tiers is what it shows.
    pub(super) fn is_of(&self, tiers: &[Tier]) -> bool {
        tiers.contains(&self.exposure.tier)
    }

    fn judged(&self, evidence: impl Fn(&Self) -> Result<Option<Evidence>, String>) -> Result<Option<Evidence>, String> {
        match &self.exposure.verdict {
            ExposureVerdict::Present { .. } => {
                let found = evidence(self)?.map(|evidence| evidence.on(self.qualifier.as_deref()));
                Ok(found.map(|evidence| self.fixable(evidence)))
            }
            ExposureVerdict::Conditional { keys, witness: Some(_) } if self.is_at_the_callers_will(keys) => {
                Ok(evidence(self)?.map(|evidence| self.fixable(evidence.on(self.qualifier.as_deref()))))
            }
            ExposureVerdict::Conditional { keys, .. } => {
                Err(format!("it depends on {}, which cannot be known here", keys.join(", ")))
            }
            ExposureVerdict::CannotTell { reason } => Err(reason.clone()),
        }
    }

    /// Whether any stranger can see to it that the keys have the values that are asked for.
    fn is_at_the_callers_will(&self, keys: &[String]) -> bool {
        let is_own = |key: &String| OF_THE_CALLER.iter().any(|start| key.starts_with(start));
        self.exposure.tier == Tier::AnyPrincipal && keys.iter().all(is_own)
    }

    /// With a remediation that fits the statements: one that has no id, or that others live by.
    pub(super) fn fixable(&self, evidence: Evidence) -> Evidence {
        let is_named = |label: &String| !label.starts_with(WITHOUT_SID);
        if !self.exposure.statements.iter().all(is_named) {
            return evidence.fixed_by(EDIT_POLICY);
        }
        match evidence.remediation.clone().filter(|_| self.is_shared) {
            Some(remediation) => evidence.fixed_by(format!("{SHARED}\n{remediation}")),
            None => evidence,
        }
    }

    /// The statements that open it together.
    pub(super) fn statement(&self) -> String {
        self.exposure.statements.join(" + ")
    }

    /// Statement and caller: one statement may open several ways.
    pub(super) fn subject(&self) -> String {
        format!("{} {}", self.statement(), self.exposure.caller)
    }

    /// The request that proves it.
    pub(super) fn witness(&self) -> Option<&Request> {
        match &self.exposure.verdict {
            ExposureVerdict::Present { witness } => Some(witness),
            ExposureVerdict::Conditional { witness, .. } => witness.as_ref(),
            ExposureVerdict::CannotTell { .. } => None,
        }
    }

    /// Whether a request proves it.
    pub(super) fn is_proved(&self) -> bool {
        matches!(self.exposure.verdict, ExposureVerdict::Present { .. })
    }

    /// The service principal that calls, if a service does.
    pub(super) fn service(&self) -> Option<&str> {
        match &self.witness()?.caller {
            Caller::Service { name } => Some(name),
            Caller::Anonymous | Caller::Principal { .. } => None,
        }
    }

    /// Whether a service may be what calls; without a witness nobody can tell.
    pub(super) fn may_be_service(&self) -> bool {
        self.witness().is_none() || self.service().is_some()
    }

    /// Whether an identity may be what calls.
    pub(super) fn may_be_identity(&self) -> bool {
        self.service().is_none()
    }

    /// The account of the identity that calls, if an identity does.
    pub(super) fn account(&self) -> Option<&str> {
        self.witness()?.caller.account()
    }

    /// The action that the witness asks for.
    pub(super) fn action(&self) -> &str {
        self.witness()
            .map_or("lambda:InvokeFunction", |witness| &witness.action)
    }

    /// A value of the witness's call.
    pub(super) fn value(&self, key: &str) -> Option<&str> {
        self.witness()?.context.get(key)?.all().first().map(String::as_str)
    }

    /// Evidence with the statement and the action filled in.
    pub(super) fn evidence(&self, subject: impl Into<String>, detail: impl Into<String>) -> Evidence {
        Evidence::new(subject, detail)
            .fill("statement", self.statement())
            .fill("action", self.action())
    }

    /// The identity that calls, if it is one that the policy names; else a placeholder for a role of its account.
    pub(super) fn role(&self, partition: &str) -> Option<String> {
        let named = Some(&self.exposure.caller).filter(|caller| caller.starts_with("arn:"));
        let role = |account| format!("arn:{partition}:iam::{account}:role/ROLE_NAME");
        self.account()
            .map(|account| named.cloned().unwrap_or_else(|| role(account)))
    }

    /// The source ARNs that the statements name.
    pub(super) fn sources(&self) -> Vec<&str> {
        self.sources.iter().map(String::as_str).collect()
    }

    /// The condition keys that decide, as AWS writes them.
    pub(super) fn keys(&self) -> Vec<&str> {
        match &self.exposure.verdict {
            ExposureVerdict::Conditional { keys, .. } => keys.iter().map(|key| written(key)).collect(),
            ExposureVerdict::Present { .. } | ExposureVerdict::CannotTell { .. } => Vec::new(),
        }
    }

    /// Why the statement's conditions do not keep the witness out; nothing if it has none.
    pub(super) fn loophole(&self) -> String {
        let Some(witness) = self.witness().filter(|_| !self.conditions.is_empty()) else {
            return String::new();
        };
        let admitted = self
            .conditions
            .iter()
            .map(|key| admitted(key, witness.context.get(key)));
        let admitted: Vec<String> = admitted.collect();
        format!(", in spite of its condition: {}", admitted.join(", "))
    }
}

fn written(key: &str) -> &str {
    let known = KEYS.iter().find(|known| known.eq_ignore_ascii_case(key));
    known.copied().unwrap_or(key)
}

fn admitted(key: &str, value: Option<&Values>) -> String {
    let key = written(key);
    match value {
        None => format!("{key} may be absent"),
        Some(values) => {
            let value: String = values.all().join(" ").chars().take(SHOWN).collect();
            format!("{key} may be {value}")
        }
    }
}
