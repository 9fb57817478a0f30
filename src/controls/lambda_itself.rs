//! What does Lambda itself do with the role's permissions, outside the function's VPC? And which names stand for which services?

use crate::facts::endpoints::{Reach, reach};
use crate::secret::Kind;
use crate::snapshot::Configuration;

/// What Lambda does: it delivers logs and traces, polls event sources, attaches interfaces, mounts file systems. Signing in
/// to a database or passing a role is no call of its own either.
const OF_LAMBDA: &[(&str, &[&str])] = &[
    (
        "logs",
        &[
            "createloggroup",
            "createlogstream",
            "putlogevents",
            "describelogstreams",
        ],
    ),
    (
        "ec2",
        &[
            "assignprivateipaddresses",
            "createnetworkinterface",
            "deletenetworkinterface",
            "describenetworkinterfaces",
            "describesecuritygroups",
            "describesubnets",
            "describevpcs",
            "detachnetworkinterface",
            "getsecuritygroupsforvpc",
            "unassignprivateipaddresses",
        ],
    ),
    (
        "sqs",
        &[
            "receivemessage",
            "deletemessage",
            "getqueueattributes",
            "changemessagevisibility",
        ],
    ),
    (
        "kinesis",
        &[
            "describestream",
            "describestreamsummary",
            "getrecords",
            "getsharditerator",
            "listshards",
            "liststreams",
            "subscribetoshard",
        ],
    ),
    (
        "dynamodb",
        &["describestream", "getrecords", "getsharditerator", "liststreams"],
    ),
    (
        "kafka",
        &[
            "describecluster",
            "describeclusterv2",
            "getbootstrapbrokers",
            "listscramsecrets",
        ],
    ),
    (
        "elasticfilesystem",
        &["clientmount", "clientwrite", "clientrootaccess", "describemounttargets"],
    ),
    ("iam", &["passrole"]),
    ("elasticache", &["connect"]),
    ("memorydb", &["connect"]),
];

/// What a service does with a key for the caller: the function itself calls the key service for its own ciphertext only.
const FOR_OTHERS: &[&str] = &[
    "creategrant",
    "decrypt",
    "describekey",
    "generatedatakey",
    "generatedatakeywithoutplaintext",
    "reencryptfrom",
    "reencryptto",
];

/// Whose ARNs in a variable do not say that they are called.
pub(super) const IDENTITIES: &[&str] = &["iam", "ec2", "organizations", "cloudformation", "layer"];

/// Layers of AWS's that call services for the function.
pub(super) const EXTENSIONS: &[(&str, &[&str])] = &[
    (
        "AWS-Parameters-and-Secrets-Lambda-Extension",
        &["secretsmanager", "ssm"],
    ),
    ("AWS-AppConfig-Extension", &["appconfig"]),
];

/// Whether Lambda or another service makes the call, and not the function's code.
pub(super) fn is_of_lambda(service: &str, name: &str, configuration: &Configuration) -> bool {
    let name = name.to_ascii_lowercase();
    match service {
        // The X-Ray SDK hands its segments to a daemon that Lambda runs.
        "xray" => true,
        "kms" => {
            let beginning = name.trim_end_matches('*');
            let of_others = FOR_OTHERS.iter().any(|one| {
                *one == name || (name.ends_with('*') && one.starts_with(beginning) && !beginning.is_empty())
            });
            of_others && !has_ciphertext(configuration)
        }
        _ => {
            let listed = OF_LAMBDA.iter().find(|(own, _)| *own == service);
            listed.is_some_and(|(_, names)| names.contains(&name.as_str()))
        }
    }
}

fn has_ciphertext(configuration: &Configuration) -> bool {
    let mut judged = configuration.environment.variables.values();
    judged.any(|judgement| judgement.kind == Kind::Ciphertext)
}

/// Whether a statement speaks of the dead-letter target alone, to which Lambda delivers.
pub(super) fn is_delivery(resources: &[String], configuration: &Configuration) -> bool {
    let target = configuration.dead_letter_config.target_arn.as_ref();
    !resources.is_empty() && target.is_some_and(|target| resources.iter().all(|resource| resource == target))
}

/// Labels of hosts that are not the service's IAM prefix.
const LABELS: &[(&str, &str)] = &[
    ("appconfigdata", "appconfig"),
    ("bedrock-agent-runtime", "bedrock"),
    ("bedrock-runtime", "bedrock"),
    ("email", "ses"),
    ("monitoring", "cloudwatch"),
    ("s3-accesspoint", "s3"),
    ("streams", "dynamodb"),
    ("sync-states", "states"),
];

/// The service and Region of an endpoint's host name, and the VPC endpoint's id where it is one of its own names:
/// `sqs.eu-west-1.amazonaws.com`, `bucket.s3.eu-west-1.amazonaws.com`, `vpce-1-x.sqs.eu-west-1.vpce.amazonaws.com`.
pub(super) fn service_of_host(host: &str) -> Option<(String, String, Option<String>)> {
    let labels: Vec<&str> = host.split('.').collect();
    let place = labels.iter().rposition(|label| is_region(label))?;
    let before = labels.get(..place)?;
    let service = before.iter().rev().find_map(|label| known(label))?;
    let region = (*labels.get(place)?).to_owned();
    let first = labels.first().filter(|_| labels.contains(&"vpce"));
    let id = first.and_then(|label| {
        let mut parts = label.splitn(3, '-');
        Some(format!("{}-{}", parts.next()?, parts.next()?))
    });
    Some((service, region, id))
}

fn known(label: &str) -> Option<String> {
    let listed = LABELS.iter().find(|(own, _)| *own == label).map(|(_, prefix)| *prefix);
    let prefix = listed.unwrap_or(label);
    matches!(reach(prefix), Reach::Endpoints(_)).then(|| prefix.to_owned())
}

fn is_region(label: &str) -> bool {
    let letters = label.trim_end_matches(|letter: char| letter.is_ascii_digit());
    letters.len() < label.len() && letters.ends_with('-') && letters.matches('-').count() >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_lead_to_services() {
        for (host, expected) in [
            ("sqs.eu-west-1.amazonaws.com", Some(("sqs", None))),
            ("bucket.s3.eu-west-1.amazonaws.com", Some(("s3", None))),
            (
                "abc123.execute-api.eu-west-1.amazonaws.com",
                Some(("execute-api", None)),
            ),
            ("bedrock-runtime.eu-west-1.amazonaws.com", Some(("bedrock", None))),
            ("streams.dynamodb.eu-west-1.amazonaws.com", Some(("dynamodb", None))),
            (
                "vpce-0a-xyz.sqs.eu-west-1.vpce.amazonaws.com",
                Some(("sqs", Some("vpce-0a"))),
            ),
            ("nonsense.eu-west-1.amazonaws.com", None),
            ("iam.amazonaws.com", None),
            ("amazonaws.com", None),
        ] {
            let found = service_of_host(host);
            let found = found.as_ref().map(|(service, _, id)| (service.as_str(), id.as_deref()));
            assert_eq!(found, expected, "{host}");
        }
    }

    #[test]
    fn lambdas_own_calls_are_no_needs() {
        let plain = Configuration::default();
        assert!(is_of_lambda("logs", "PutLogEvents", &plain));
        assert!(!is_of_lambda("logs", "FilterLogEvents", &plain));
        assert!(is_of_lambda("kms", "GenerateDataKey*", &plain));
        assert!(!is_of_lambda("kms", "*", &plain));
        assert!(!is_of_lambda("sqs", "SendMessage", &plain));
        assert!(is_of_lambda("xray", "*", &plain));
    }
}
