//! Which resource patterns name particular secrets, parameters, keys, and which span whatever there is?

use super::rule::Entry;
use crate::policy::condition::{Atom, Rule};
use crate::policy::document::Selection;
use crate::policy::pattern::{Pattern, behind, field};
use std::borrow::Cow;

/// The patterns in the policies that name particular resources of the action's service.
pub(super) fn patterns<'a>(action: &str, entries: impl Iterator<Item = Entry<'a>>) -> Vec<Pattern> {
    let service = service_of(action);
    let resources = entries.filter_map(|entry| entry.statement.resource.as_ref());
    let named = resources
        .flat_map(Selection::named)
        .filter(|element| is_named(&service, element));
    let mut all: Vec<Pattern> = named.map(|element| Pattern::glob(element)).collect();
    all.sort();
    all.dedup();
    all
}

/// The ARNs that a read of secrets, parameters or keys is asked for.
pub(super) fn kind(action: &str) -> &'static str {
    match service_of(action).as_ref() {
        "secretsmanager" => "arn:*:secretsmanager:*:*:secret:*",
        "ssm" => "arn:*:ssm:*:*:parameter/*",
        "kms" => "arn:*:kms:*:*:key/*",
        _ => "*",
    }
}

fn service_of(action: &str) -> Cow<'_, str> {
    let service = action.split(':').next().unwrap_or_default();
    let is_lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if service.bytes().all(is_lower) {
        service.into()
    } else {
        service.to_lowercase().into()
    }
}

/// Whether a demand confines the action to named keys or secrets: an alias or id that a stranger does not have.
pub(super) fn confines(action: &str, atom: &Atom) -> bool {
    let (service, strangers) = match atom.key.as_str() {
        "kms:resourcealiases" | "kms:requestalias" => ("kms", ["alias/unnamed-7c2e", "alias/x"]),
        "secretsmanager:secretid" => ("secretsmanager", ["unnamed-7c2e", "arn:aws:secretsmanager:::secret:x"]),
        _ => return false,
    };
    let Rule::Compare(comparison) = &atom.rule else {
        return false;
    };
    if service_of(action) != service {
        return false;
    }
    !comparison.when_absent
        && strangers
            .iter()
            .all(|stranger| comparison.passes(stranger) == Some(false))
}

/// Whether a demand confines the action to resources that carry certain tags (IAM User Guide, "Controlling access to
/// AWS resources"), or the passing of roles to certain services.
pub(super) fn confines_by_tag(atom: &Atom) -> bool {
    let by_tag = [
        "aws:resourcetag/",
        "s3:existingobjecttag/",
        "secretsmanager:resourcetag/",
        "ssm:resourcetag/",
        "iam:passedtoservice",
    ];
    let Rule::Compare(comparison) = &atom.rule else {
        return false;
    };
    !comparison.when_absent && by_tag.iter().any(|prefix| atom.key.starts_with(prefix))
}

/// Whether an element names particular resources of the service in its own ARN.
pub(super) fn is_named_of_its_kind(element: &str) -> bool {
    let service = field(element, 2).unwrap_or_default();
    !service.is_empty() && !service.contains(['*', '?']) && is_named(service, element)
}

fn is_named(service: &str, element: &str) -> bool {
    let Some(resource) = behind(element, 5).filter(|_| element.starts_with("arn:")) else {
        return false;
    };
    let is_literal = |text: &str| !text.is_empty() && !text.contains(['*', '?']) && !text.contains("${");
    match service {
        // The six characters that Secrets Manager appends may be left open (Secrets Manager User Guide, "Secret ARN").
        "secretsmanager" => resource.strip_prefix("secret:").is_some_and(|name| {
            let open = name.strip_suffix('*').unwrap_or_else(|| name.trim_end_matches('?'));
            let stem = if open.ends_with('-') { open } else { name };
            is_literal(stem)
        }),
        "ssm" => resource.strip_prefix("parameter/").is_some_and(|name| {
            is_literal(name) || name.split_once('/').is_some_and(|(segment, _)| is_literal(segment))
        }),
        "kms" => ["key/", "alias/"]
            .iter()
            .any(|kind| resource.strip_prefix(kind).is_some_and(is_literal)),
        // Objects are named by their bucket, and the calls of an API by its id.
        "s3" | "execute-api" => is_literal(resource.split('/').next().unwrap_or_default()),
        _ => {
            let name = resource.split_once(['/', ':']).map_or(resource, |(_, name)| name);
            !name.starts_with(['*', '?']) && !name.is_empty() && !name.starts_with("${")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn naming_stops_where_a_family_begins() {
        let cases = [
            (
                "secretsmanager",
                "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-??????",
                true,
            ),
            (
                "secretsmanager",
                "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-*",
                true,
            ),
            (
                "secretsmanager",
                "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/*",
                false,
            ),
            (
                "secretsmanager",
                "arn:aws:secretsmanager:us-east-1:123456789012:secret:*",
                false,
            ),
            ("secretsmanager", "*", false),
            ("ssm", "arn:aws:ssm:us-east-1:123456789012:parameter/app/*", true),
            ("ssm", "arn:aws:ssm:us-east-1:123456789012:parameter/name", true),
            ("ssm", "arn:aws:ssm:us-east-1:123456789012:parameter/*", false),
            ("ssm", "arn:aws:ssm:us-east-1:123456789012:parameter/app*", false),
            ("kms", "arn:aws:kms:us-east-1:123456789012:key/1234abcd", true),
            ("kms", "arn:aws:kms:us-east-1:123456789012:key/*", false),
            (
                "dynamodb",
                "arn:aws:dynamodb:us-east-1:123456789012:table/orders*",
                true,
            ),
            ("dynamodb", "arn:aws:dynamodb:us-east-1:123456789012:table/*", false),
            ("s3", "arn:aws:s3:::bucket/*", true),
            ("s3", "arn:aws:s3:::bucket*/*", false),
        ];
        for (service, element, expected) in cases {
            assert_eq!(is_named(service, element), expected, "{element}");
        }
    }
}
