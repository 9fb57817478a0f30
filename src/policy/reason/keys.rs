//! What is known about every call of one kind of caller? The context keys' domains (IAM User Guide, "AWS global
//! condition context keys": availability), per class of requests.

use super::class::{Account, Assume, Class, Kind, Membership, Who, World};
use crate::policy::condition::{Domain, Strings};
use crate::policy::pattern::{Class as Letters, Pattern, Token, field};
use crate::policy::request::Values;

const VPC_SAMPLES: [(&str, &str); 3] = [
    ("aws:sourcevpc", "vpc-0f1e2d3c4b5a69788"),
    ("aws:sourcevpce", "vpce-0f1e2d3c4b5a69788"),
    ("aws:vpcsourceip", "10.77.66.55"),
];

/// Keys of requests that only exist in particular circumstances; an ordinary call does not carry them.
const RARE: [&str; 12] = [
    "aws:principaltag/",
    "aws:requesttag/",
    "aws:tagkeys",
    "aws:multifactorauth",
    "aws:calledvia",
    "aws:federatedprovider",
    "aws:sourceidentity",
    "aws:ec2instancesource",
    "aws:sourcevpcarn",
    "aws:vpce",
    "aws:chatbotsourcearn",
    "lambda:",
];

/// Keys whose values the class alone decides.
const SETTLED: [&str; 5] = [
    "aws:principalorg",
    "aws:securetransport",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorg",
];

/// Keys that hold several values (IAM User Guide, "Multivalued context keys").
const MULTIVALUED: [&str; 5] = [
    "aws:tagkeys",
    "aws:calledvia",
    "lambda:layer",
    "lambda:subnetids",
    "lambda:securitygroupids",
];

impl World {
    /// The values that a key can have in the class.
    pub(super) fn domain(&self, class: &Class, key: &str, assume: Assume) -> Domain {
        match key {
            "aws:securetransport" => Domain::fixed("true"),
            "aws:requestedregion" => Domain::fixed(&self.region),
            "aws:resourceaccount" => Domain::fixed(&self.trust.account),
            "aws:resourceorgid" if self.trust.organization.is_some() => self
                .trust
                .organization
                .as_deref()
                .map_or(Domain::Undetermined, Domain::fixed),
            "aws:useragent" | "aws:referer" => Domain::free(),
            "aws:sourcearn" | "aws:sourceaccount" | "aws:sourceorgid" | "aws:sourceorgpaths" => self.source(class, key),
            "lambda:eventsourcetoken" => self.token(class),
            "aws:sourceip" | "aws:sourcevpc" | "aws:sourcevpce" | "aws:vpcsourceip" => network(class, key, assume),
            "aws:viaawsservice" => match (&class.who, assume) {
                (Who::Identity(_) | Who::Named(_), Assume::Anything) => Domain::one_of(&["false", "true"]),
                _ => Domain::fixed("false"),
            },
            _ if is_of_principal(key) => self.principal(class, key, assume),
            "aws:userid" => user_id(class, assume),
            // A service's call carries no session, tags or foreign keys.
            _ if matches!(class.who, Who::Service(_)) && is_uncommon(key) => Domain::Absent,
            _ if self.is_of_another_service(key) => Domain::Absent,
            _ => other(key, assume),
        }
    }

    /// The key that determines this one in the class: an unnamed account is read off the ARN that carries it.
    pub(super) fn carrier(class: &Class, key: &str) -> Option<&'static str> {
        match (&class.who, &class.account, key) {
            (Who::Service(acting), Account::Stranger, "aws:sourceaccount")
                if acting.sends_account && acting.sends_arn && acting.service.names_account =>
            {
                Some("aws:sourcearn")
            }
            (Who::Identity(_), Account::Stranger, "aws:principalaccount") => Some("aws:principalarn"),
            _ => None,
        }
    }

    /// Whether what is demanded of the key takes a search, where a look decides about most others.
    pub(super) fn is_searched(key: &str) -> bool {
        matches!(
            key,
            "aws:sourcearn" | "aws:principalarn" | "aws:sourceorgpaths" | "aws:principalorgpaths"
        )
    }

    /// Whether the key has the same values in every class of the same kind of caller.
    pub(super) fn is_common(class: &Class, key: &str) -> bool {
        let always = matches!(
            key,
            "aws:securetransport" | "aws:requestedregion" | "aws:principalisawsservice"
        );
        always
            || match class.who {
                Who::Service(_) => key.starts_with("aws:principalorg") || key.starts_with("aws:sourceip"),
                Who::Identity(_) | Who::Named(_) => {
                    key.starts_with("aws:source") && SETTLED.iter().any(|prefix| key.starts_with(prefix))
                }
                Who::Anonymous => false,
            }
    }

    /// Whether the class leaves the key to circumstances that nobody outside can know.
    pub(super) fn is_unknowable(&self, class: &Class, key: &str) -> bool {
        if SETTLED.iter().any(|prefix| key.starts_with(prefix)) {
            return false;
        }
        // What is assumed makes no difference to what an identity is.
        let is_of_service = matches!(class.who, Who::Service(_));
        if !is_of_service && is_of_principal(key) {
            return false;
        }
        let ordinary = self.domain(class, key, Assume::Ordinary);
        let anything = self.domain(class, key, Assume::Anything);
        ordinary != anything
    }

    /// A call carries its own service's keys and the global ones (Service Authorization Reference, per service). Sign-in
    /// with a foreign identity brings keys of the provider along: of the Security Token Service nothing is known.
    fn is_of_another_service(&self, key: &str) -> bool {
        let service = field(&self.target, 2);
        service == Some("lambda") && !key.is_empty() && !key.starts_with("aws:") && !key.starts_with("lambda:")
    }

    pub(super) fn account_ids(&self, class: &Class) -> (Pattern, Vec<Pattern>) {
        self.ids(&class.account)
    }

    /// The ids that the account may have: what they follow, and which they are not.
    fn ids(&self, account: &Account) -> (Pattern, Vec<Pattern>) {
        match account {
            Account::Known(id) => (Pattern::literal(id), vec![]),
            Account::Stranger => {
                let known = self
                    .accounts
                    .iter()
                    .chain(&self.trust.trusted_accounts)
                    .chain([&self.trust.account]);
                (
                    Pattern::new(vec![Token::One(Letters::Digit); 12]),
                    known.map(|id| Pattern::literal(id)).collect(),
                )
            }
        }
    }

    fn principal(&self, class: &Class, key: &str, assume: Assume) -> Domain {
        match (&class.who, key) {
            (_, "aws:principalorgid" | "aws:principalorgpaths") => match class.who {
                Who::Service(_) | Who::Anonymous => Domain::Absent,
                Who::Identity(_) | Who::Named(_) => {
                    self.membership(&class.organization, key == "aws:principalorgpaths")
                }
            },
            (Who::Anonymous, "aws:principalaccount") => Domain::fixed("anonymous"),
            (Who::Anonymous, "aws:principaltype") => Domain::fixed("Anonymous"),
            (Who::Identity(_) | Who::Named(_), "aws:principalisawsservice") => Domain::fixed("false"),
            (Who::Service(_), "aws:principalisawsservice") => Domain::fixed("true"),
            (Who::Service(acting), "aws:principalservicename") => Domain::fixed(&acting.name),
            (Who::Service(acting), "aws:principalservicenameslist") => {
                Domain::Fixed(Values::Many(vec![acting.name.clone()]))
            }
            (Who::Service(_), "aws:principalaccount") if assume == Assume::Anything => self.unnamed_account(),
            (Who::Service(_), "aws:principalarn") if assume == Assume::Anything => self.service_arns(),
            (Who::Service(_), "aws:principaltype") if assume == Assume::Anything => service_types(),
            (Who::Service(_), "aws:principalarn" | "aws:principaltype" | "aws:principalaccount") => {
                Domain::Undetermined
            }
            (Who::Identity(_), "aws:principalaccount") => {
                let (ids, none_of) = self.account_ids(class);
                Domain::text(vec![ids], none_of)
            }
            (Who::Named(arn), "aws:principalaccount") => Domain::fixed(field(arn, 4).unwrap_or_default()),
            (Who::Identity(kind), "aws:principalarn") => self.identity_arns(class, *kind),
            (Who::Named(arn), "aws:principalarn") => named_arns(arn),
            (Who::Identity(kind), "aws:principaltype") => Domain::fixed(kind.principal_type()),
            (Who::Named(arn), "aws:principaltype") => Domain::fixed(Kind::of(arn).principal_type()),
            _ => Domain::Absent,
        }
    }

    /// A service's own account is AWS's, and none that a policy names; not every service shows it.
    fn unnamed_account(&self) -> Domain {
        let (ids, none_of) = self.ids(&Account::Stranger);
        Domain::Text {
            may_be_absent: true,
            strings: Strings {
                any_of: vec![ids],
                none_of,
            },
        }
    }

    fn service_arns(&self) -> Domain {
        let (_, known) = self.ids(&Account::Stranger);
        let none_of = known.iter().map(Pattern::in_account_field).collect();
        let any_of = Pattern::glob("arn:*:*:*:*:*").by_arn_field().into_iter().collect();
        Domain::Text {
            may_be_absent: true,
            strings: Strings { any_of, none_of },
        }
    }

    fn identity_arns(&self, class: &Class, kind: Kind) -> Domain {
        let (ids, known) = self.account_ids(class);
        // A path is any text from `!` to `~` between slashes, colons included (API reference, "CreateRole").
        let name = [Token::Many(Letters::Any), Token::One(Letters::Lower)];
        let (service, resource, tail) = match kind {
            Kind::Role => ("iam", ":role/", &name[..]),
            Kind::User => ("iam", ":user/", &name[..]),
            Kind::Root => ("iam", ":root", &[][..]),
            Kind::FederatedUser => ("sts", ":federated-user/", &name[..]),
        };
        let prefix = Pattern::literal(&format!("arn:{}:{service}::", self.partition));
        let arns = prefix
            .then(ids)
            .then(Pattern::literal(resource))
            .then_tokens(tail.iter().copied());
        let denied = self.denied.iter().map(|arn| Pattern::literal(arn));
        Domain::text(
            vec![arns],
            known.iter().map(Pattern::in_account_field).chain(denied).collect(),
        )
    }

    pub(super) fn membership(&self, organization: &Membership, is_path: bool) -> Domain {
        let (ids, none_of) = match organization {
            Membership::None => return Domain::Absent,
            Membership::Known(id) => (Pattern::literal(id), vec![]),
            Membership::Stranger => {
                let id = Pattern::literal("o-").then_tokens([Token::One(Letters::Lower); 10]);
                let known = self.organizations.iter().chain(&self.trust.trusted_organizations);
                let known = known
                    .chain(&self.trust.organization)
                    .map(|id| Pattern::literal(id))
                    .collect();
                (id.then_tokens([Token::Many(Letters::Lower)]), known)
            }
        };
        if !is_path {
            return Domain::text(vec![ids], none_of);
        }
        let tail = [
            Token::One(Letters::Lower),
            Token::Many(Letters::NoColon),
            Token::One(Letters::Exactly('/')),
        ];
        let below = |id: Pattern| id.then(Pattern::literal("/r-")).then_tokens(tail);
        Domain::texts(vec![below(ids)], none_of.into_iter().map(below).collect())
    }
}

/// What a service's call shows as its type, if it does, is no type of an identity.
fn service_types() -> Domain {
    let of_identities = Kind::ALL.iter().map(|kind| kind.principal_type()).chain(["Anonymous"]);
    Domain::Text {
        may_be_absent: true,
        strings: Strings {
            none_of: of_identities.map(Pattern::literal).collect(),
            ..Strings::all()
        },
    }
}

fn network(class: &Class, key: &str, assume: Assume) -> Domain {
    if matches!(class.who, Who::Service(_)) {
        return Domain::Absent;
    }
    match (class.via_endpoint, key, assume) {
        (true, "aws:sourceip", _) => Domain::Absent,
        (false, "aws:sourceip", _) => Domain::Address {
            wide: assume == Assume::Ordinary,
        },
        (true, _, Assume::Anything) => Domain::text(vec![Pattern::anything()], vec![]),
        (true, _, Assume::Ordinary) => VPC_SAMPLES
            .iter()
            .find(|(name, _)| *name == key)
            .map_or(Domain::Absent, |(_, value)| Domain::fixed(value)),
        (false, _, _) => Domain::Absent,
    }
}

fn user_id(class: &Class, assume: Assume) -> Domain {
    match (&class.who, assume) {
        (Who::Anonymous, _) => Domain::fixed("anonymous"),
        (_, Assume::Ordinary) => Domain::Undetermined,
        (_, Assume::Anything) => Domain::free(),
    }
}

fn other(key: &str, assume: Assume) -> Domain {
    match assume {
        Assume::Ordinary if is_uncommon(key) => Domain::Absent,
        Assume::Ordinary => Domain::Undetermined,
        Assume::Anything if MULTIVALUED.contains(&key) => Domain::Texts {
            may_be_absent: true,
            strings: Strings::all(),
        },
        Assume::Anything => Domain::free(),
    }
}

/// Keys that say who the caller is.
fn is_of_principal(key: &str) -> bool {
    key.starts_with("aws:principal") && !key.starts_with("aws:principaltag/")
}

/// Keys that an ordinary call to Lambda does not carry, those of other services among them.
fn is_uncommon(key: &str) -> bool {
    let is_foreign = !key.starts_with("aws:") && !key.starts_with("lambda:");
    is_foreign || RARE.iter().any(|prefix| key.starts_with(prefix))
}

/// A session's role is known by name, its path is not.
fn named_arns(arn: &str) -> Domain {
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, partition, "sts", _, account, name] = fields.as_slice() else {
        return Domain::fixed(arn);
    };
    let Some(role) = name
        .strip_prefix("assumed-role/")
        .and_then(|rest| rest.split('/').next())
    else {
        return Domain::fixed(arn);
    };
    let prefix = Pattern::literal(&format!("arn:{partition}:iam::{account}:role/"));
    let with_path = prefix
        .clone()
        .then_tokens([Token::Many(Letters::Any)])
        .then(Pattern::literal(&format!("/{role}")));
    Domain::text(vec![prefix.then(Pattern::literal(role)), with_path], vec![])
}
