//! What a control is asked about: snapshot, settings, time, and the policy answers that several controls share.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use jiff::Timestamp;

use super::{Unjudged, Verdict};
use crate::finding::Evidence;
use crate::policy::{
    self, Answer, Capability, Exposure, ExposureVerdict, Ground, Policy, RoleGrants, Target, Tier, Trust, UrlAuth,
};
use crate::settings::Settings;
use crate::snapshot::{Facet, Reason, Snapshot, Unreadable};

/// The circumstances that a control judges.
pub struct Context<'a> {
    /// The state.
    pub snapshot: &'a Snapshot,
    /// The user's decisions.
    pub settings: &'a Settings,
    /// The time.
    pub now: Timestamp,
    policies: OnceCell<Result<Vec<Attached>, Unjudged>>,
    grants: OnceCell<Result<RoleGrants, Unjudged>>,
    exposures: RefCell<BTreeMap<Capability, Rc<Exposures>>>,
}

/// The policy of the function or of one version or alias, if it could be read and parsed.
struct Attached {
    qualifier: Option<String>,
    policy: Result<Policy, Unjudged>,
}

/// Who gets a capability, per qualifier, and what could not be judged.
#[derive(Debug, Default)]
pub struct Exposures {
    /// Qualifier and exposure.
    pub found: Vec<(Option<String>, Exposure)>,
    /// Policies that could not be judged.
    pub unjudged: Vec<Unjudged>,
}

impl<'a> Context<'a> {
    /// The circumstances of one assessment.
    pub fn new(snapshot: &'a Snapshot, settings: &'a Settings, now: Timestamp) -> Self {
        Self {
            snapshot,
            settings,
            now,
            policies: OnceCell::new(),
            grants: OnceCell::new(),
            exposures: RefCell::default(),
        }
    }

    /// Who is trusted.
    pub fn trust(&self) -> Trust {
        Trust {
            account: self.snapshot.function.account().to_string(),
            organization: self.settings.organization.clone(),
            trusted_accounts: self.settings.trusted_accounts.iter().map(ToString::to_string).collect(),
            trusted_organizations: self.settings.trusted_organizations.clone(),
        }
    }

    /// Who gets a capability by the policies of the function, its versions and its aliases.
    pub fn exposures(&self, capability: Capability) -> Result<Rc<Exposures>, Unjudged> {
        if let Some(known) = self.exposures.borrow().get(&capability) {
            return Ok(Rc::clone(known));
        }
        let found = Rc::new(self.find_exposures(capability)?);
        self.exposures.borrow_mut().insert(capability, Rc::clone(&found));
        Ok(found)
    }

    fn find_exposures(&self, capability: Capability) -> Result<Exposures, Unjudged> {
        let mut exposures = Exposures::default();
        for attached in self.policies()? {
            match &attached.policy {
                Ok(policy) => {
                    let found = self.exposures_of(policy, attached.qualifier.as_deref(), None, capability);
                    exposures
                        .found
                        .extend(found.into_iter().map(|exposure| (attached.qualifier.clone(), exposure)));
                }
                Err(why) => exposures.unjudged.push(why.clone()),
            }
        }
        Ok(exposures)
    }

    /// Who can call through a URL of a qualifier, given the URL's authorization type.
    pub fn url_exposures(&self, qualifier: Option<&str>, auth: UrlAuth) -> Result<Exposures, Unjudged> {
        let mut exposures = Exposures::default();
        for attached in self
            .policies()?
            .iter()
            .filter(|attached| attached.qualifier.as_deref() == qualifier)
        {
            match &attached.policy {
                Ok(policy) => {
                    let found = self.exposures_of(policy, qualifier, Some(auth), Capability::InvokeUrl);
                    exposures
                        .found
                        .extend(found.into_iter().map(|exposure| (attached.qualifier.clone(), exposure)));
                }
                Err(why) => exposures.unjudged.push(why.clone()),
            }
        }
        Ok(exposures)
    }

    fn exposures_of(
        &self,
        policy: &Policy,
        qualifier: Option<&str>,
        url: Option<UrlAuth>,
        capability: Capability,
    ) -> Vec<Exposure> {
        let target = Target {
            function_arn: self.snapshot.function.with_qualifier(qualifier),
            url,
        };
        policy::exposures(std::slice::from_ref(policy), &target, &self.trust(), capability)
    }

    fn policies(&self) -> Result<&[Attached], Unjudged> {
        let policies = self.policies.get_or_init(|| self.parse_policies());
        policies.as_deref().map_err(Clone::clone)
    }

    fn parse_policies(&self) -> Result<Vec<Attached>, Unjudged> {
        let read = self.snapshot.resource_policies()?;
        let parsed = read.policies.iter().map(|entry| Attached {
            qualifier: entry.qualifier.clone(),
            policy: parse(Facet::ResourcePolicies, &entry.policy),
        });
        let unread = read.unread.iter().map(|entry| Attached {
            qualifier: entry.qualifier.clone(),
            policy: Err(Unreadable::new(Facet::ResourcePolicies, entry.why.clone()).into()),
        });
        Ok(parsed.chain(unread).collect())
    }

    /// What the role may do, within its boundary.
    pub fn role_grants(&self) -> Result<&RoleGrants, Unjudged> {
        let grants = self.grants.get_or_init(|| self.gather_grants());
        grants.as_ref().map_err(Clone::clone)
    }

    fn gather_grants(&self) -> Result<RoleGrants, Unjudged> {
        let policies = self.snapshot.role_policies()?;
        let boundary = self.snapshot.role_boundary()?.permissions_boundary.as_ref();
        let mut identity = Vec::new();
        for inline in &policies.inline {
            identity.push((
                inline.policy_name.clone(),
                parse(Facet::RolePolicies, &inline.policy_document)?,
            ));
        }
        for attached in &policies.attached {
            identity.push((
                attached.policy_arn.clone(),
                parse(Facet::RolePolicies, &attached.policy_document)?,
            ));
        }
        let boundary = boundary
            .map(|policy| parse(Facet::RoleBoundary, &policy.policy_document))
            .transpose()?;
        Ok(RoleGrants::new(
            identity,
            boundary,
            self.snapshot.function.account().to_string(),
        ))
    }
}

/// How the labels of statements begin that have no `Sid`.
const WITHOUT_SID: &str = "without-sid-";
/// `RemovePermission` finds statements by their `Sid` alone; the whole policy can be replaced.
const EDIT_POLICY: &str = "aws lambda get-policy --region {region} --function-name {function}{qualifier} --query Policy --output text > policy.json\n\
    # take the statement out, or confine it; it has no Sid, so remove-permission cannot name it\n\
    aws lambda put-resource-policy --region {region} --resource-arn {function_arn} --policy file://policy.json";

/// Parses a policy of a facet.
pub(super) fn parse(facet: Facet, text: &str) -> Result<Policy, Unjudged> {
    Policy::parse(text).map_err(|error| {
        Unreadable::new(
            facet,
            Reason::Malformed {
                detail: error.to_string(),
            },
        )
        .into()
    })
}

impl Exposures {
    /// Fails for each proved exposure of these tiers; what depends on unknown keys, or is not understood, is not judged.
    pub(super) fn verdict(&self, tiers: &[Tier], evidence: impl Fn(&Exposure) -> Evidence) -> Verdict {
        let mut verdict = Verdict {
            fails: Vec::new(),
            unjudged: self.unjudged.clone(),
        };
        for (qualifier, exposure) in self.found.iter().filter(|(_, exposure)| tiers.contains(&exposure.tier)) {
            match &exposure.verdict {
                ExposureVerdict::Present { .. } => {
                    let found = evidence(exposure).on(qualifier.as_deref());
                    let named = exposure.statements.iter().all(|label| !label.starts_with(WITHOUT_SID));
                    verdict
                        .fails
                        .push(if named { found } else { found.fixed_by(EDIT_POLICY) });
                }
                ExposureVerdict::Conditional { keys, .. } => {
                    let detail = format!("it depends on {}, which cannot be known here", keys.join(", "));
                    verdict
                        .unjudged
                        .push(Unjudged::about(&exposure.statements.join(" + "), &detail));
                }
                ExposureVerdict::CannotTell { reason } => {
                    verdict
                        .unjudged
                        .push(Unjudged::about(&exposure.statements.join(" + "), reason));
                }
            }
        }
        verdict
    }
}

/// Where a question about a role is answered with yes.
pub(super) fn grounds(answer: Answer) -> Result<Vec<Ground>, Unjudged> {
    match answer {
        Answer::Yes(grounds) => Ok(grounds),
        Answer::No => Ok(Vec::new()),
        Answer::CannotTell(reason) => Err(Unjudged::undecided(reason)),
    }
}
