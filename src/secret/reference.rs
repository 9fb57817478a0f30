//! Does a value only say where something is kept?

use super::name::Name;
use super::{Kind, shape};

/// AWS allows ARNs of up to 2,048 characters ("Resource ARN" lengths differ by service; IAM's is the longest).
const MAX_ARN: usize = 2048;
const MAX_NAME: usize = 512;

/// Openings of references into a store of secrets, as deployment tools and secret managers write them.
const STORES: &[&str] = &[
    "{{resolve:",
    "ssm:",
    "ssm-secure:",
    "secretsmanager:",
    "aws-ssm:",
    "awsssm:",
    "awssm:",
    "aws:secretsmanager:",
    "aws:ssm:",
    "ref+",
    "vault:",
    "op://",
    "secret://",
    "sm://",
    "gcpsm:",
    "gcp:secretmanager:",
    "@Microsoft.KeyVault(",
    "keyvault:",
    "alias/",
    "file://",
    "s3://",
];

/// A reference, with the ARN when the value is exactly one.
pub(super) fn reference(name: &Name, text: &str) -> Option<Kind> {
    if is_arn(text) {
        return Some(Kind::Reference {
            target: Some(text.to_owned()),
        });
    }
    let listed = text.contains(is_between) && text.split(is_between).filter(|part| !part.is_empty()).all(is_arn);
    let resolved = text.starts_with("{{resolve:") && text.ends_with("}}");
    let named = name.speaks_of_credentials() && is_place(name, text);
    (listed || resolved || named).then_some(Kind::Reference { target: None })
}

fn is_between(c: char) -> bool {
    matches!(c, ',' | ' ' | '\n' | '\t')
}

/// `arn:partition:service:region:account:resource`, in any partition.
fn is_arn(text: &str) -> bool {
    let mut fields = text.splitn(6, ':');
    let opening = fields.next() == Some("arn") && fields.next().is_some_and(|partition| partition.starts_with("aws"));
    let service = fields.next().is_some_and(|service| !service.is_empty());
    let resource = fields.nth(2).is_some_and(|resource| !resource.is_empty());
    opening && service && resource && text.len() <= MAX_ARN && text.chars().all(is_arn_char)
}

fn is_arn_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_/:.+=@*?$#".contains(c)
}

/// The look of a place, for a variable that has to do with credentials.
fn is_place(name: &Name, text: &str) -> bool {
    let stored = STORES.iter().any(|store| text.starts_with(store)) && !text.contains(char::is_whitespace);
    let hierarchy = shape::is_path(text) || (text.contains('/') && shape::is_name(text) && !text.contains(' '));
    stored || hierarchy || (name.tells_where() && is_identifier(text)) || is_secret_name(name, text)
}

fn is_identifier(text: &str) -> bool {
    text.len() <= MAX_NAME && !shape::is_url(text) && text.chars().all(is_arn_char)
}

/// `DB_SECRET=prod-db-credentials` is the secret's name; `JWT_SECRET=my-own-secret` is the secret.
fn is_secret_name(name: &Name, text: &str) -> bool {
    let kept = ["secret", "secrets", "credentials", "creds", "parameter", "param"];
    let shown = name.last().is_some_and(|last| kept.contains(&last)) && !name.holds(super::detectors::CHOSEN_SECRETS);
    shown && shape::is_name(text) && !text.contains(' ')
}

#[cfg(test)]
mod tests {
    use super::super::template::expand;
    use super::*;

    fn kind(name: &str, text: &str) -> Option<Kind> {
        reference(&Name::parse(name), text)
    }

    #[test]
    fn an_arn_is_kept_in_every_partition() {
        for arn in [
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf",
            "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/0a1b",
            "arn:aws-cn:s3:::bucket/key",
            "arn:aws-eusc:ssm:eusc-de-east-1:123456789012:parameter/db",
        ] {
            assert_eq!(
                kind("X", arn),
                Some(Kind::Reference {
                    target: Some(arn.to_owned())
                })
            );
        }
        for text in [
            "arn:aws:s3",
            "arn:aws:s3:::",
            "arn:other:s3:::b",
            "arn:aws:::::",
            "arn:aws:sns:r:1:x y",
        ] {
            assert_eq!(kind("X", text), None, "{text}");
        }
    }

    #[test]
    fn a_list_of_arns_has_no_single_target() {
        assert_eq!(
            kind("X", "arn:aws:s3:::a,arn:aws:s3:::b"),
            Some(Kind::Reference { target: None })
        );
        assert_eq!(kind("X", "arn:aws:s3:::a,hunter2"), None);
    }

    #[test]
    fn names_and_paths_are_references_where_the_name_says_so() {
        for (name, text) in [
            ("DB_SECRET_NAME", "prod/db"),
            ("DB_PASSWORD", "/prod/db/password"),
            ("DB_SECRET", "prod-db-credentials"),
            ("TOKEN_FILE", "/run/token"),
            ("API_KEY_PARAMETER", "api-key"),
            ("API_TOKEN", "ssm:/prod/token"),
            ("X", "{{resolve:secretsmanager:prod/db:SecretString:password}}"),
        ] {
            assert_eq!(kind(name, text), Some(Kind::Reference { target: None }), "{name}");
        }
        let random = expand("{b64:40}");
        for (name, text) in [
            ("DB_PASSWORD", "hunter2"),
            ("TABLE_NAME", "orders"),
            ("JWT_SECRET", "my-own-secret"),
            ("API_KEY", &random),
        ] {
            assert_eq!(kind(name, text), None, "{name}");
        }
    }
}
