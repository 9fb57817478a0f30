//! Which calls change a function's posture, which facets of it, and where do they name what they change? One table per event source.

use super::expected::Shows;
use super::record::{Place, Record};
use super::{Ignored, NetworkPart, Subject, ec2, iam, keys, lambda, monitoring, organizations, tamper};
use crate::arn::Arn;
use crate::snapshot::Facet;

/// A call (or service event) that changes something.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// `source` of the EventBridge envelope, such as `aws.lambda`.
    pub source: &'static str,
    /// `eventSource` of the record, such as `lambda.amazonaws.com`.
    pub event_source: &'static str,
    /// The call's name without the date and version that some services append: match by prefix.
    pub stem: &'static str,
    /// The facets that it changes. None: what it changes is no facet yet.
    pub facets: &'static [Facet],
    /// It deletes its subject, unless the subject is one version of a function.
    pub deletes: bool,
    /// The facets that it changes where it names one version or alias, if those are others.
    pub(super) of_version: Option<&'static [Facet]>,
    /// How its subject is found.
    pub(super) find: Find,
    /// Why a call of this name may have changed nothing although it succeeded.
    pub(super) moot: Option<fn(&Record<'_>) -> Option<Ignored>>,
    /// What a read shows once it has taken effect.
    pub(super) shows: Option<Shows>,
}

/// How a call's subject is found.
#[derive(Debug, Clone, Copy)]
pub(super) enum Find {
    /// The first of these places that holds something; several things there are several subjects.
    First(&'static [(Kind, Place)]),
    /// In a way of its own.
    By(fn(&Record<'_>) -> Vec<Subject>),
}

/// Makes a subject of a name, if it can be one.
pub(super) type Kind = fn(&str) -> Option<Subject>;

/// An event source.
#[derive(Debug, Clone, Copy)]
pub(super) struct Service {
    pub(super) source: &'static str,
    pub(super) event_source: &'static str,
}

impl Service {
    pub(super) const fn call(self, stem: &'static str, facets: &'static [Facet], find: Find) -> Call {
        Call {
            source: self.source,
            event_source: self.event_source,
            stem,
            facets,
            deletes: false,
            of_version: None,
            find,
            moot: None,
            shows: None,
        }
    }
}

impl Call {
    pub(super) const fn deleting(self) -> Self {
        Self { deletes: true, ..self }
    }

    pub(super) const fn of_version(self, facets: &'static [Facet]) -> Self {
        Self {
            of_version: Some(facets),
            ..self
        }
    }

    pub(super) const fn unless(self, moot: fn(&Record<'_>) -> Option<Ignored>) -> Self {
        Self {
            moot: Some(moot),
            ..self
        }
    }

    pub(super) const fn showing(self, shows: Shows) -> Self {
        Self {
            shows: Some(shows),
            ..self
        }
    }

    /// What a record of this call is about; [`Subject::Unknown`] where it does not say.
    pub(super) fn subjects(&self, record: &Record<'_>) -> Vec<Subject> {
        let found = match self.find {
            Find::First(places) => first(record, places),
            Find::By(find) => find(record),
        };
        if found.is_empty() {
            vec![Subject::Unknown]
        } else {
            found
        }
    }
}

fn first(record: &Record<'_>, places: &[(Kind, Place)]) -> Vec<Subject> {
    let named = places.iter().map(|(kind, place)| {
        let names = record.texts(*place);
        // A place with one name that cannot be is passed over: the rest of its names would pass for all of them.
        let subjects: Option<Vec<Subject>> = names.iter().map(|name| kind(name)).collect();
        subjects.unwrap_or_default()
    });
    named
        .into_iter()
        .find(|subjects| !subjects.is_empty())
        .unwrap_or_default()
}

const TABLES: [&[Call]; 7] = [
    lambda::CALLS,
    iam::CALLS,
    ec2::CALLS,
    monitoring::CALLS,
    keys::CALLS,
    organizations::CALLS,
    tamper::CALLS,
];

/// Every call that changes something: the source of the event patterns.
pub fn calls() -> impl Iterator<Item = &'static Call> {
    TABLES.into_iter().flatten()
}

/// The call behind a record's `eventSource` and `eventName`.
pub fn call_named(event_source: &str, event_name: &str) -> Option<&'static Call> {
    let (event_source, stem) = (global(event_source), stem(event_name));
    calls().find(|call| call.event_source == event_source && call.stem == stem)
}

/// An event source without the suffix that it has in China.
pub(super) fn global(event_source: &str) -> &str {
    event_source.strip_suffix(".cn").unwrap_or(event_source)
}

/// A call's name without the API date and version that older Lambda calls carry: `AddPermission20150331v2` is `AddPermission`.
pub fn stem(event_name: &str) -> &str {
    let unnumbered = event_name.trim_end_matches(|character: char| character.is_ascii_digit());
    let unversioned = unnumbered.strip_suffix('v').filter(|_| unnumbered != event_name);
    unversioned
        .and_then(undated)
        .or_else(|| undated(event_name))
        .unwrap_or(event_name)
}

fn undated(name: &str) -> Option<&str> {
    let (head, date) = name.split_at_checked(name.len().checked_sub(8)?)?;
    let dated = date.starts_with("20") && date.bytes().all(|byte| byte.is_ascii_digit());
    dated.then_some(head)
}

/// A text without control characters and of a length that names have.
pub(super) fn plain(name: &str) -> Option<String> {
    let printable = !name.chars().any(char::is_control);
    (printable && (1..=2048).contains(&name.len())).then(|| name.to_owned())
}

fn resource_id(id: &str) -> Option<String> {
    let shaped = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (shaped && (1..=64).contains(&id.len())).then(|| id.to_owned())
}

/// A role by its name.
pub(super) fn role(name: &str) -> Option<Subject> {
    let shaped = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte));
    (shaped && (1..=64).contains(&name.len())).then(|| Subject::Role(name.to_owned()))
}

/// A managed policy by its ARN.
pub(super) fn managed_policy(arn: &str) -> Option<Subject> {
    let arn: Arn = arn.parse().ok()?;
    (arn.service() == "iam" && arn.resource().starts_with("policy/")).then_some(Subject::ManagedPolicy(arn))
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $read:ident => $($variant:path)|+;)*) => {$(
        $(#[$doc])*
        pub(super) fn $name(text: &str) -> Option<Subject> {
            $read(text)$(.map($variant))+
        }
    )*};
}
kinds! {
    /// A layer.
    layer = plain => Subject::Layer;
    /// A code-signing configuration.
    code_signing_config = plain => Subject::CodeSigningConfig;
    /// An event source mapping.
    event_source_mapping = plain => Subject::EventSourceMapping;
    /// A capacity provider or network connector.
    platform = plain => Subject::Platform;
    /// A key.
    key = plain => Subject::Key;
    /// A secret.
    secret = plain => Subject::Secret;
    /// A piece of the pipe that feeds the monitor.
    monitor = plain => Subject::Monitor;
    /// A VPC.
    vpc = resource_id => NetworkPart::Vpc | Subject::Network;
    /// A subnet.
    subnet = resource_id => NetworkPart::Subnet | Subject::Network;
    /// A security group.
    security_group = resource_id => NetworkPart::SecurityGroup | Subject::Network;
    /// A route table.
    route_table = resource_id => NetworkPart::RouteTable | Subject::Network;
    /// An internet or egress-only gateway.
    gateway = resource_id => NetworkPart::Gateway | Subject::Network;
    /// A NAT gateway.
    nat_gateway = resource_id => NetworkPart::NatGateway | Subject::Network;
    /// A VPC endpoint.
    endpoint = resource_id => NetworkPart::Endpoint | Subject::Network;
    /// A network ACL.
    network_acl = resource_id => NetworkPart::NetworkAcl | Subject::Network;
    /// A network interface.
    network_interface = resource_id => NetworkPart::NetworkInterface | Subject::Network;
    /// A transit gateway, its attachment, or a peering connection.
    peering = resource_id => NetworkPart::Peering | Subject::Network;
    /// A part of a network that cannot be looked up.
    other_part = plain => NetworkPart::Other | Subject::Network;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::snapshot::Occasion;

    #[test]
    fn a_stem_has_no_date() {
        for (name, expected) in [
            ("AddPermission20150331v2", "AddPermission"),
            ("AddPermission20150331", "AddPermission"),
            ("AddPermission20150331v12", "AddPermission"),
            ("AddPermission", "AddPermission"),
            ("AddPermission20150331v", "AddPermission20150331v"),
            ("AddPermissionv2", "AddPermissionv2"),
            ("AddPermission19990331", "AddPermission19990331"),
            ("20150331", ""),
            ("v2", "v2"),
            ("", ""),
            ("é0150331", "é0150331"),
        ] {
            assert_eq!(stem(name), expected, "{name}");
        }
    }

    #[test]
    fn each_call_stands_once_under_its_stem() {
        let mut seen = BTreeSet::new();
        for call in calls() {
            assert!(seen.insert((call.event_source, call.stem)), "{} twice", call.stem);
            assert_eq!(stem(call.stem), call.stem);
            let label = call.event_source.strip_suffix(".amazonaws.com").unwrap();
            assert_eq!(call.source, format!("aws.{label}"));
            assert!(call_named(call.event_source, call.stem).is_some());
        }
        assert!(call_named("lambda.amazonaws.com.cn", "AddPermission20150331v2").is_some());
        assert!(call_named("s3.amazonaws.com", "AddPermission").is_none());
    }

    #[test]
    fn each_facet_is_changed_by_some_call() {
        // What only the sweep reads or the listing tells, no call changes.
        for facet in Facet::ALL.into_iter().filter(|facet| facet.occasion() == Occasion::Due) {
            assert!(calls().any(|call| call.facets.contains(&facet)), "{facet:?}");
        }
    }

    #[test]
    fn names_that_cannot_be_are_no_subjects() {
        assert_eq!(
            role("orders-worker-role"),
            Some(Subject::Role("orders-worker-role".into()))
        );
        for name in ["", "a/b", "a b", "a\n", &"x".repeat(65)] {
            assert_eq!(role(name), None, "{name:?}");
        }
        assert_eq!(subnet("subnet-0aa1\u{7}"), None);
        assert_eq!(plain("a\tb"), None);
        assert_eq!(managed_policy("arn:aws:iam::111122223333:role/x"), None);
    }
}
