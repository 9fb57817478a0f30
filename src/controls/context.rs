//! What a control is asked about: snapshot, settings, time, and the policy answers that several controls share.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::exposures::{Exposures, Found};
use super::needs::{self, Need};
use super::of_role::OfRole;
use super::paths::{self, Paths};
use super::{Unjudged, breadth};
use crate::arn::{AccountId, Arn};
use crate::facts::helpers;
use crate::policy::{
    self, Answer, Breadth, Capability, Exposure, Ground, Policy, RoleGrants, Stage, Target, Trust, UrlAuth,
};
use crate::settings::{Decisions, Settings, Standing, Target as DecidedFor, day_of};
use crate::snapshot::{Facet, LayerPolicy, Reason, RoleTrust, Snapshot, Unreadable};

/// The circumstances that a control judges.
pub struct Context<'a> {
    /// The state.
    pub snapshot: &'a Snapshot,
    /// The user's decisions.
    pub settings: &'a Settings,
    /// What they say about this function.
    pub decisions: Decisions<'a>,
    /// What the monitor knows about itself; only where that is judged.
    pub own: Option<&'a Itself>,
    /// The day. Nothing finer: so what was judged once holds as long as facts, settings and day are the same.
    pub today: Date,
    trust: OnceCell<Arc<Trust>>,
    role_arn: OnceCell<Option<Arn>>,
    policies: OnceCell<Result<Vec<Attached>, Unjudged>>,
    pub(super) role: Rc<OfRole>,
    needs: OnceCell<Result<Rc<[Need]>, Unjudged>>,
    paths: OnceCell<Result<Option<Paths>, Unjudged>>,
    framework: OnceCell<Option<&'static str>>,
    exposures: RefCell<BTreeMap<Capability, Rc<Exposures>>>,
}

/// Whether the functions of a place are judged anew as often as they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sweeps {
    /// Nobody looked.
    Unknown,
    /// They are, or nobody expects it of the place.
    Current,
    /// Since then no sweep has come to its end, which is too long ago.
    Overdue(Timestamp),
}

/// What the monitor knows about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Itself {
    /// How the settings stand.
    pub standing: Standing,
    /// What the sources of its events begin with.
    pub source_prefix: String,
    /// This is about where it runs, and not about another account or Region whose events it gets.
    pub is_home: bool,
    /// It lives on events.
    pub is_fed: bool,
    /// The accounts that it watches beside its own, if that is known.
    pub others: Option<BTreeSet<AccountId>>,
    /// Whether sweeps come by.
    pub sweeps: Sweeps,
}

/// The policy of the function or of one version or alias, if it could be read and parsed.
struct Attached {
    qualifier: Option<String>,
    policy: Result<Policy, Unjudged>,
    stage: Stage,
}

impl Attached {
    /// The function and its aliases can have a URL, a version cannot ("Creating and managing Lambda function URLs").
    fn may_have_url(&self) -> bool {
        let is_version = |name: &String| name.bytes().all(|byte| byte.is_ascii_digit());
        !self.qualifier.as_ref().is_some_and(is_version)
    }
}

impl<'a> Context<'a> {
    /// The circumstances of one assessment.
    pub fn new(snapshot: &'a Snapshot, settings: &'a Settings, now: Timestamp) -> Self {
        let target = DecidedFor {
            function: &snapshot.function,
            tags: snapshot.tags().ok(),
        };
        let today = day_of(now);
        Self {
            snapshot,
            settings,
            decisions: settings.decisions(target, today),
            own: None,
            today,
            trust: OnceCell::new(),
            role_arn: OnceCell::new(),
            policies: OnceCell::new(),
            role: Rc::default(),
            needs: OnceCell::new(),
            paths: OnceCell::new(),
            framework: OnceCell::new(),
            exposures: RefCell::default(),
        }
    }

    /// The circumstances of judging the monitor itself.
    #[must_use]
    pub fn about_own(mut self, own: &'a Itself) -> Self {
        self.own = Some(own);
        self
    }

    /// How the settings stand; only where the monitor itself is judged.
    pub(super) fn standing(&self) -> Option<&'a Standing> {
        self.own.map(|own| &own.standing)
    }

    /// Who is trusted.
    pub fn trust(&self) -> &Arc<Trust> {
        self.trust.get_or_init(|| {
            Arc::new(Trust {
                account: self.snapshot.function.account().to_string(),
                organization: self.settings.organization.clone(),
                trusted_accounts: self.settings.trusted_accounts.iter().map(ToString::to_string).collect(),
                trusted_organizations: self.settings.trusted_organizations.clone(),
            })
        })
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
        self.gather(|_| true, (None, capability))
    }

    /// Who can call through a URL of a qualifier, given the URL's authorization type.
    pub fn url_exposures(&self, qualifier: Option<&str>, auth: UrlAuth) -> Result<Exposures, Unjudged> {
        let is_of_it = |attached: &Attached| attached.qualifier.as_deref() == qualifier;
        self.gather(is_of_it, (Some(auth), Capability::InvokeUrl))
    }

    /// Who could call through a URL without authentication wherever there is no URL.
    pub fn latent_url_exposures(&self) -> Result<Exposures, Unjudged> {
        let urls = self.snapshot.urls()?;
        let has_url = |attached: &Attached| urls.iter().any(|url| url.qualifier == attached.qualifier);
        self.gather(
            |attached| !has_url(attached) && attached.may_have_url(),
            (Some(UrlAuth::None), Capability::InvokeUrl),
        )
    }

    fn gather(
        &self,
        concerned: impl Fn(&Attached) -> bool,
        question: (Option<UrlAuth>, Capability),
    ) -> Result<Exposures, Unjudged> {
        let mut exposures = Exposures::default();
        for (index, attached) in self.policies()?.iter().enumerate().filter(|(_, one)| concerned(one)) {
            match &attached.policy {
                Ok(policy) => {
                    let found = self.exposures_of((policy, attached), question);
                    exposures.found.extend(
                        found
                            .into_iter()
                            .map(|exposure| Found::new(attached.qualifier.clone(), exposure, policy).in_policy(index)),
                    );
                }
                Err(why) => exposures.unjudged.push(why.clone()),
            }
        }
        Ok(exposures)
    }

    /// Who can read a layer version by its policy.
    pub(super) fn layer_exposures(&self, layer: &LayerPolicy) -> Exposures {
        let mut exposures = Exposures::default();
        match parse(Facet::LayerPolicies, &layer.policy) {
            Ok(policy) => {
                let target = Target {
                    function_arn: layer.layer_version_arn.clone(),
                    url: None,
                };
                let policies = std::slice::from_ref(&policy);
                let found = policy::exposures(policies, &target, self.trust(), Capability::Read);
                let found = found.into_iter().map(|exposure| Found::new(None, exposure, &policy));
                exposures.found.extend(found);
            }
            Err(why) => exposures.unjudged.push(why),
        }
        exposures
    }

    /// How far the grant behind an exposure reaches.
    pub(super) fn grant_breadth(&self, found: &Found) -> Breadth {
        let attached = self.policies().ok().and_then(|all| all.get(found.policy));
        let Some((attached, Ok(policy))) = attached.map(|attached| (attached, &attached.policy)) else {
            let reason = "the policy is not at hand".to_owned();
            return Breadth::CannotTell { reason };
        };
        let target = self.target(found.qualifier.as_deref(), None);
        let known = (std::slice::from_ref(policy), &attached.stage);
        policy::breadth_on(known, &target, self.trust(), &found.exposure)
    }

    fn exposures_of(
        &self,
        (policy, attached): (&Policy, &Attached),
        (url, capability): (Option<UrlAuth>, Capability),
    ) -> Vec<Exposure> {
        let target = self.target(attached.qualifier.as_deref(), url);
        let known = (std::slice::from_ref(policy), &attached.stage);
        policy::exposures_on(known, &target, self.trust(), capability)
    }

    fn target(&self, qualifier: Option<&str>, url: Option<UrlAuth>) -> Target {
        Target {
            function_arn: self.snapshot.function.with_qualifier(qualifier),
            url,
        }
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
            stage: Stage::default(),
        });
        let unread = read.unread.iter().map(|entry| Attached {
            qualifier: entry.qualifier.clone(),
            policy: Err(Unreadable::new(Facet::ResourcePolicies, entry.why.clone()).into()),
            stage: Stage::default(),
        });
        Ok(parsed.chain(unread).collect())
    }

    /// The framework that made the function for itself, if its name says so: its owner cannot follow advice about it.
    pub fn framework(&self) -> Option<&'static str> {
        let framework = || helpers::framework(self.snapshot.function.name());
        *self.framework.get_or_init(framework)
    }

    /// The role's ARN; nothing where what stands in its place is none.
    pub(super) fn role_arn(&self) -> Result<Option<&Arn>, Unjudged> {
        let configuration = self.snapshot.configuration()?;
        Ok(self.role_arn.get_or_init(|| configuration.role_arn()).as_ref())
    }

    /// What the role may do, within its boundary.
    pub fn role_grants(&self) -> Result<&RoleGrants, Unjudged> {
        let grants = self.role.grants.get_or_init(|| self.gather_grants());
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
        let function = &self.snapshot.function;
        let grants = RoleGrants::new(identity, boundary, function.account().to_string());
        let role = self.role_arn()?.map(Arn::as_str);
        Ok(grants.of(role, &function.to_string()))
    }

    /// The services that the function's own code calls.
    pub fn needs(&self) -> Result<Rc<[Need]>, Unjudged> {
        let needs = self.needs.get_or_init(|| needs::needs(self).map(Rc::from));
        needs.clone()
    }

    /// The ways from the function's subnets to the services that it needs; nothing where it is in no VPC.
    pub fn paths(&self) -> Result<Option<&Paths>, Unjudged> {
        let paths = self.paths.get_or_init(|| paths::paths(self));
        paths.as_ref().map(Option::as_ref).map_err(Clone::clone)
    }

    /// What makes a managed policy of the role broad, if it is.
    pub(super) fn breadth(&self, policy: &str) -> Result<Option<String>, Unjudged> {
        if let Some(known) = self.role.breadths.borrow().get(policy) {
            return Ok(known.clone());
        }
        let breadth = breadth::of_policy(self.role_grants()?, policy);
        self.role
            .breadths
            .borrow_mut()
            .insert(policy.to_owned(), breadth.clone());
        Ok(breadth)
    }

    /// The role's trust policy; nothing if there is no such role.
    pub fn role_trust_policy(&self) -> Result<Option<&Policy>, Unjudged> {
        let policy = self
            .role
            .trust_policy
            .get_or_init(|| match self.snapshot.role_trust()? {
                RoleTrust::Missing => Ok(None),
                RoleTrust::AssumeRolePolicyDocument(document) => parse(Facet::RoleTrust, document).map(Some),
            });
        policy.as_ref().map(Option::as_ref).map_err(Clone::clone)
    }
}

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

/// Where a question about a role is answered with yes.
pub(super) fn grounds(answer: Answer) -> Result<Vec<Ground>, Unjudged> {
    match answer {
        Answer::Yes(grounds) => Ok(grounds),
        Answer::No => Ok(Vec::new()),
        Answer::CannotTell(reason) => Err(Unjudged::undecided(reason)),
    }
}
