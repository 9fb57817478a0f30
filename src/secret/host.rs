//! Does a value name a host or address that only means something inside a private network?

use std::net::{IpAddr, Ipv4Addr};

use super::HostScope;

/// Places looked at in one value.
const MAX_PLACES: usize = 128;
const MAX_NAME: usize = 253;

/// Last labels that no public zone has, or that are reserved for private use.
#[rustfmt::skip]
const PRIVATE_SUFFIXES: &[&str] = &[
    "internal", "local", "corp", "lan", "intranet", "private", "home", "localdomain", "consul", "svc",
];

/// First labels of reversed names: `com.acme.internal` is a package, not a host.
const PACKAGE_ROOTS: &[&str] = &["com", "org", "net", "io", "dev"];

/// Labels of AWS endpoints that stand inside a customer's VPC.
#[rustfmt::skip]
const MANAGED: &[&str] = &[
    "aoss", "cache", "dax-clusters", "docdb", "efs", "elb", "es", "fsx", "kafka", "kafka-serverless", "memorydb",
    "mq", "neptune", "rds", "redshift", "redshift-serverless", "vpce",
];

/// The most private place that the texts name.
pub(super) fn scope<'a>(texts: impl IntoIterator<Item = &'a str>) -> Option<HostScope> {
    texts.into_iter().flat_map(places).filter_map(scope_of).max()
}

pub(super) fn places(text: &str) -> impl Iterator<Item = &str> {
    let between = |c: char| c.is_whitespace() || ",;\"'|<>()[]{}=".contains(c);
    text.split(between).filter(|place| !place.is_empty()).take(MAX_PLACES)
}

fn scope_of(place: &str) -> Option<HostScope> {
    let place = place.split_once("://").map_or(place, |(_, rest)| rest);
    let host = place.split(['/', '?', '#']).next()?.rsplit('@').next()?;
    // An IPv6 address has colons of its own, so it is tried before a port is taken off.
    if let Ok(address) = host.parse::<IpAddr>() {
        return is_private(address).then_some(HostScope::PrivateAddress);
    }
    let host = host.split(':').next()?;
    match host.parse::<Ipv4Addr>() {
        Ok(address) => is_private(address.into()).then_some(HostScope::PrivateAddress),
        Err(_) => scope_of_name(host),
    }
}

/// Loopback and link-local addresses are the same everywhere and tell nothing.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_private() || matches!(v4.octets(), [100, 64..=127, _, _]),
        IpAddr::V6(v6) => v6.is_unique_local(),
    }
}

fn scope_of_name(host: &str) -> Option<HostScope> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let labels: Vec<&str> = host.split('.').collect();
    let (first, last) = (labels.first()?, labels.last()?);
    let named = labels.len() >= 2 && host.len() <= MAX_NAME && labels.iter().all(|label| is_label(label));
    if !named || PACKAGE_ROOTS.contains(first) {
        return None;
    }
    if PRIVATE_SUFFIXES.contains(last) || host.ends_with(".home.arpa") {
        return Some(HostScope::InternalName);
    }
    let managed = labels.contains(&"amazonaws") && labels.iter().any(|label| MANAGED.contains(label));
    managed.then_some(HostScope::Managed)
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_places_are_found_in_every_writing() {
        for (text, expected) in [
            ("10.1.2.3", HostScope::PrivateAddress),
            ("http://192.168.0.10:8080/x", HostScope::PrivateAddress),
            ("172.16.0.0/12", HostScope::PrivateAddress),
            ("100.64.1.1", HostScope::PrivateAddress),
            ("[fd00::1]:443", HostScope::PrivateAddress),
            ("jdbc:postgresql://db.prod.internal:5432/app", HostScope::InternalName),
            ("a.example.com,ldap.acme.corp", HostScope::InternalName),
            ("ip-10-0-0-1.ec2.internal", HostScope::InternalName),
            ("app.abcdefgh.eu-west-1.rds.amazonaws.com", HostScope::Managed),
            ("vpce-1-a.execute-api.eu-west-1.vpce.amazonaws.com", HostScope::Managed),
        ] {
            assert_eq!(scope([text]), Some(expected), "{text}");
        }
    }

    #[test]
    fn public_and_local_places_are_not() {
        for text in [
            "",
            "8.8.8.8",
            "127.0.0.1:9000",
            "localhost",
            "169.254.169.254",
            "https://api.example.com",
            "172.32.0.1",
            "com.acme.internal",
            ".env.local",
            "internal",
            "https://sqs.eu-west-1.amazonaws.com/1/q",
            "::1",
            "1.2.3",
        ] {
            assert_eq!(scope([text]), None, "{text}");
        }
    }
}
