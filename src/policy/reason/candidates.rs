//! Which classes of callers does a principal element stand for? Every caller that the policies name, and one stranger
//! of each kind: principals carry no wildcards, so these are all that a policy can tell apart.

use super::class::{Account, Acting, Assume, Class, Kind, Membership, Source, Who, World};
use super::origin::Origin;
use super::service::{self, Service};
use super::{Tier, UrlAuth};
use crate::policy::condition::{Atom, Literal, Solution, solve};
use crate::policy::document::Principal;
use crate::policy::pattern::{Budget, field};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Work to find out whether a demand is hopeless; an answer that takes longer is not needed.
const HOPELESS: u64 = 2_000;

/// Callers that are judged together. Where it is not known how a service acts, all ways have to agree.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) tier: Tier,
    pub(super) ways: Vec<Class>,
    /// Why an answer other than "no" would be a guess.
    pub(super) doubt: Option<String>,
}

impl Candidate {
    /// The caller, in words.
    pub(super) fn caller(&self) -> String {
        self.ways.first().map(caller).unwrap_or_default()
    }
}

/// What conditions may look at; classes that they cannot tell apart are not enumerated.
#[derive(Debug, Clone, Copy)]
pub(super) enum Aspect {
    Identity,
    Network,
    Organization,
    Source,
}

impl Aspect {
    /// Beginnings of the condition keys that look at it.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Aspect::Identity => &["aws:principalarn", "aws:principaltype", "aws:userid", "aws:username"],
            Aspect::Network => &["aws:sourceip", "aws:sourcevpc", "aws:vpcsourceip"],
            Aspect::Organization => &["aws:principalorg", "aws:sourceorg"],
            Aspect::Source => &[
                "aws:sourcearn",
                "aws:sourceaccount",
                "aws:sourceorg",
                "aws:principalservicename",
                "lambda:eventsourcetoken",
            ],
        }
    }

    fn is_of(self, key: &str) -> bool {
        self.keys().iter().any(|start| key.starts_with(start))
    }
}

/// The callers that the statements in question can tell apart.
pub(super) struct Cast<'c> {
    pub(super) world: &'c World,
    /// Condition keys that those statements look at.
    pub(super) keys: BTreeSet<&'c str>,
    /// What the granting statement demands.
    pub(super) demands: &'c [Atom],
}

impl Cast<'_> {
    /// The classes of a principal element, worst first. A URL without authentication sees anonymous callers only.
    pub(super) fn candidates(&self, principal: &Principal, url: Option<UrlAuth>) -> Vec<Candidate> {
        let is_everyone = *principal == Principal::Everyone;
        if url == Some(UrlAuth::None) {
            return if is_everyone {
                vec![self.world.anonymous()]
            } else {
                vec![]
            };
        }
        let mut all = match principal {
            Principal::Everyone => self.everyone(),
            Principal::Account(account) => self.account(account),
            // Groups make no requests (IAM User Guide, "Principal").
            Principal::Arn(arn) if arn.contains(":group/") => vec![],
            Principal::Arn(arn) => self.named(arn),
            Principal::Service(name) => self.service(name),
            Principal::Federated(_) | Principal::CanonicalUser(_) | Principal::Deleted(_) | Principal::Unknown(_) => {
                vec![]
            }
        };
        all.sort_by_key(|candidate| candidate.tier);
        all
    }

    pub(super) fn attends(&self, aspect: Aspect) -> bool {
        self.keys.iter().any(|key| aspect.is_of(key))
    }

    /// A service acting for one resource of the own account.
    pub(super) fn calling(&self, (name, source): (&str, &str)) -> Vec<Candidate> {
        let one = |origin: &Origin| {
            let who = Acting {
                name: name.into(),
                service: service::service(name),
                sends_arn: true,
                sends_account: true,
                source: Source::Only(source.to_owned()),
            };
            let class = origin.class(Who::Service(who), false);
            Candidate {
                tier: class.tier,
                ways: vec![class],
                doubt: origin.doubt.clone(),
            }
        };
        self.origins_of(&self.world.trust.account).iter().map(one).collect()
    }

    fn everyone(&self) -> Vec<Candidate> {
        let mut all = Vec::new();
        if !self.is_hopeless(&Origin::stranger().class(Who::Identity(Kind::Role), false)) {
            all.extend(self.origins().iter().flat_map(|origin| self.identities(origin)));
            all.extend(self.world.identities.iter().flat_map(|arn| self.named(arn)));
        }
        let unlisted = service::UNLISTED;
        let some = acting(
            unlisted,
            service::service(unlisted),
            (&Origin::stranger(), Source::Any, Tier::AnySource),
        );
        if some.ways.iter().all(|class| self.is_hopeless(class)) {
            return all;
        }
        // The services of the table are told apart by what they send.
        let has_sources = self.world.keys.iter().any(|key| Aspect::Source.is_of(key));
        let listed = service::principals().filter(|_| has_sources);
        let services = self
            .world
            .services
            .iter()
            .map(String::as_str)
            .chain(listed)
            .chain([unlisted]);
        all.extend(services.flat_map(|name| self.service(name)));
        all
    }

    /// Whether a demand fails for every class of the same kind of caller.
    fn is_hopeless(&self, class: &Class) -> bool {
        self.demands.iter().any(|atom| {
            let demand = Literal {
                atom: Cow::Borrowed(atom),
                want: true,
            };
            World::is_common(class, &atom.key) && {
                let domain = self.world.domain(class, &atom.key, Assume::Anything);
                solve(&domain, &[demand], &mut Budget::new(HOPELESS)) == Solution::Nothing
            }
        })
    }

    fn account(&self, account: &str) -> Vec<Candidate> {
        let own = self.origins_of(account);
        let named = self
            .world
            .identities
            .iter()
            .filter(|arn| field(arn, 4) == Some(account));
        own.iter()
            .flat_map(|origin| self.identities(origin))
            .chain(named.flat_map(|arn| self.named(arn)))
            .collect()
    }

    fn named(&self, arn: &str) -> Vec<Candidate> {
        let account = field(arn, 4).unwrap_or_default();
        let origins = self.origins_of(account);
        origins
            .iter()
            .flat_map(|origin| self.callers(origin, &[Who::Named(arn.to_owned())]))
            .collect()
    }

    fn identities(&self, origin: &Origin) -> Vec<Candidate> {
        let kinds = if self.attends(Aspect::Identity) {
            &Kind::ALL[..]
        } else {
            &[Kind::Role]
        };
        let kinds: Vec<_> = kinds.iter().map(|kind| Who::Identity(*kind)).collect();
        self.callers(origin, &kinds)
    }

    fn callers(&self, origin: &Origin, kinds: &[Who]) -> Vec<Candidate> {
        let paths = if self.attends(Aspect::Network) {
            &[false, true][..]
        } else {
            &[false]
        };
        let mut all = Vec::new();
        for who in kinds {
            for via_endpoint in paths {
                let class = origin.class(who.clone(), *via_endpoint);
                all.push(Candidate {
                    tier: class.tier,
                    ways: vec![class],
                    doubt: origin.doubt.clone(),
                });
            }
        }
        all
    }

    fn service(&self, name: &str) -> Vec<Candidate> {
        let service = service::service(name);
        let has_named = self.world.names_source(&service);
        let mut all = Vec::new();
        let origins = if self.attends(Aspect::Source) {
            self.origins()
        } else {
            vec![Origin::stranger()]
        };
        for origin in origins {
            let is_any = origin.tier == Tier::AnyPrincipal;
            if service.sends_token {
                continue;
            }
            let source = if is_any && !service.names_account {
                Source::Stranger
            } else {
                Source::Any
            };
            all.push(acting(
                name,
                service,
                (&origin, source.clone(), origin.tier.of_service()),
            ));
            if source == Source::Stranger && has_named {
                all.push(acting(name, service, (&origin, Source::Named, Tier::ReclaimableSource)));
            }
        }
        if service.sends_token {
            let origin = Origin::stranger();
            all.push(acting(name, service, (&origin, Source::Stranger, Tier::AnySource)));
            if has_named {
                // A token that a policy names is the skill that the owner chose.
                all.push(acting(name, service, (&origin, Source::Named, Tier::Trusted)));
            }
        }
        all
    }
}

impl World {
    fn anonymous(&self) -> Candidate {
        let class = Class {
            tier: Tier::Anonymous,
            who: Who::Anonymous,
            account: Account::Known(self.trust.account.clone()),
            organization: Membership::None,
            via_endpoint: false,
        };
        Candidate {
            tier: Tier::Anonymous,
            ways: vec![class],
            doubt: None,
        }
    }
}

impl Tier {
    /// The tier of a service that acts for a resource of such a caller.
    fn of_service(self) -> Self {
        if self == Tier::AnyPrincipal {
            Tier::AnySource
        } else {
            self
        }
    }
}

pub(super) fn acting(name: &str, service: Service, (origin, source, tier): (&Origin, Source, Tier)) -> Candidate {
    let mut ways = Vec::new();
    for sends_arn in service.arn.cases() {
        for sends_account in service.account.cases() {
            let who = Acting {
                name: name.into(),
                service,
                sends_arn: *sends_arn,
                sends_account: *sends_account,
                source: source.clone(),
            };
            ways.push(Class {
                tier,
                ..origin.class(Who::Service(who), false)
            });
        }
    }
    Candidate {
        tier,
        ways,
        doubt: origin.doubt.clone(),
    }
}

fn caller(class: &Class) -> String {
    let place = match (&class.account, &class.organization) {
        (Account::Known(account), _) => format!("account {account}"),
        (Account::Stranger, Membership::Known(organization)) => format!("any account of organization {organization}"),
        (Account::Stranger, Membership::None | Membership::Stranger) => "any AWS account".into(),
    };
    match &class.who {
        Who::Anonymous => "anyone, without authentication".into(),
        Who::Identity(_) => place,
        Who::Named(arn) => arn.clone(),
        Who::Service(acting) => match (class.tier, acting.service.sends_token) {
            (Tier::Trusted, true) => format!("{} for the skill that the policy names", acting.name),
            (_, true) => format!("{} for any skill", acting.name),
            (Tier::ReclaimableSource, false) => {
                format!("{} for the source that the policy names, whoever owns it", acting.name)
            }
            (_, false) => format!("{} for {place}", acting.name),
        },
    }
}
