//! Which endpoints of AWS's does a value name? Of all hosts only these are kept: AWS makes their names, and they hold no secret.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::host;

/// What AWS's endpoints end with, in its partitions.
const SUFFIXES: &[&str] = &[
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".api.aws",
    ".api.amazonwebservices.com.cn",
];
/// Endpoints kept of one value: a cluster's list of brokers or nodes.
const MOST: usize = 8;
/// The longest host name ("RFC 1035").
const LONGEST: usize = 253;
/// Bytes looked at: a longer value is no address.
const BYTES: usize = 4096;

/// An endpoint of AWS's, without user info, path or query.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Endpoint {
    /// Its host name, in lower case.
    pub host: String,
    /// The port, where the value names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
}

/// The endpoints that a text names, each once.
pub(super) fn endpoints(text: &str) -> Vec<Endpoint> {
    if text.len() > BYTES || !text.contains(".a") {
        return Vec::new();
    }
    let mut found: Vec<Endpoint> = host::places(text).filter_map(endpoint).collect();
    found.sort();
    found.dedup();
    found.truncate(MOST);
    found
}

fn endpoint(place: &str) -> Option<Endpoint> {
    let place = place.rsplit_once("://").map_or(place, |(_, rest)| rest);
    let authority = place.split(['/', '?', '#']).next()?;
    let address = authority.rsplit('@').next()?;
    let (name, port) = match address.split_once(':') {
        Some((name, port)) => (name, port.parse().ok()),
        None => (address, None),
    };
    let host = name.trim_end_matches('.').to_ascii_lowercase();
    let is_name = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let of_aws = SUFFIXES.iter().any(|suffix| host.ends_with(suffix));
    (of_aws && host.len() <= LONGEST && host.split('.').all(is_name)).then_some(Endpoint { host, port })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let all = endpoints(text).into_iter();
        all.map(|one| match one.port {
            Some(port) => format!("{} {port}", one.host),
            None => one.host,
        })
        .collect()
    }

    #[test]
    fn host_and_port_are_kept_and_nothing_else() {
        for (text, expected) in [
            (
                "https://sqs.eu-west-1.amazonaws.com/111122223333/orders?x=y",
                "sqs.eu-west-1.amazonaws.com",
            ),
            (
                "app.abcdefgh.eu-west-1.rds.amazonaws.com:5432",
                "app.abcdefgh.eu-west-1.rds.amazonaws.com 5432",
            ),
            (
                "postgres://app:hunter2@Db.x.eu-west-1.rds.amazonaws.com:5432/app",
                "db.x.eu-west-1.rds.amazonaws.com 5432",
            ),
            (
                "jdbc:mysql://db.x.eu-west-1.rds.amazonaws.com/app",
                "db.x.eu-west-1.rds.amazonaws.com",
            ),
            (
                "vpce-1-a.sqs.eu-west-1.vpce.amazonaws.com",
                "vpce-1-a.sqs.eu-west-1.vpce.amazonaws.com",
            ),
            ("lambda.eu-west-1.api.aws", "lambda.eu-west-1.api.aws"),
            (
                "host=db.x.eu-west-1.rds.amazonaws.com password=hunter2",
                "db.x.eu-west-1.rds.amazonaws.com",
            ),
        ] {
            assert_eq!(found(text), [expected], "{text}");
        }
    }

    #[test]
    fn brokers_are_listed() {
        let brokers = "b-2.k.x.kafka.eu-west-1.amazonaws.com:9098,b-1.k.x.kafka.eu-west-1.amazonaws.com:9098";
        assert_eq!(found(brokers).len(), 2);
        assert_eq!(found(&format!("{brokers},").repeat(40)).len(), 2);
    }

    #[test]
    fn hosts_of_others_are_not_kept() {
        for text in [
            "",
            "https://api.example.com",
            "db.internal:5432",
            "10.0.0.1",
            "amazonaws.com",
            "https://user:pass.amazonaws.com@example.com/",
            "https://example.com/x.amazonaws.com",
            "!.amazonaws.com",
            "..amazonaws.com",
        ] {
            assert!(endpoints(text).is_empty(), "{text}");
        }
    }
}
