//! Is a value meant to be public, although it looks like key material?

use super::name::Name;
use super::shape;

#[rustfmt::skip]
const OPENINGS: &[&str] = &[
    "ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-", "sk-ssh-ed25519", "sk-ecdsa-sha2-", "age1", "pk_live_", "pk_test_",
    "pk.eyJ", "phc_", "sb_publishable_",
];

/// Last words of names whose values identify content.
#[rustfmt::skip]
const CONTENT: &[&str] = &[
    "checksum", "commit", "crc", "digest", "etag", "fingerprint", "hash", "integrity", "md5", "revision", "sha",
    "sha1", "sha256", "sha512", "thumbprint",
];

/// Last words of names whose values are certificates.
const CERTIFICATES: &[&str] = &["ca", "cert", "certificate", "certs", "chain", "crt", "jwks"];

/// Judges by the value's own marks first, then by the name.
pub(super) fn is_public(name: &Name, text: &str) -> bool {
    is_public_pem(text)
        || OPENINGS.iter().any(|opening| text.starts_with(opening))
        || is_dsn(text)
        || is_named_public(name, text)
}

fn is_public_pem(text: &str) -> bool {
    let kinds = ["CERTIFICATE", "PUBLIC KEY", "X509 CRL"];
    text.contains("-----BEGIN ") && kinds.iter().any(|kind| text.contains(kind)) && !text.contains("PRIVATE KEY")
}

/// Sentry's page "Data Source Name (DSN)" says that one may be public; the old form with a password is not.
fn is_dsn(text: &str) -> bool {
    text.split_once("://")
        .and_then(|(_, rest)| rest.split_once('@'))
        .is_some_and(|(user, host)| {
            user.len() >= 32 && user.bytes().all(|b| b.is_ascii_hexdigit()) && host.contains("sentry")
        })
}

fn is_named_public(name: &Name, text: &str) -> bool {
    let ends_in = |words: &[&str]| name.last().is_some_and(|last| words.contains(&last));
    let content = ends_in(CONTENT) && !name.speaks_of_credentials() && shape::looks_random(text);
    content
        || (ends_in(CERTIFICATES) && text.len() >= 64)
        || (name.is_public() && !shape::is_url(text) && text.len() >= 16)
}

#[cfg(test)]
mod tests {
    use super::super::template::expand;
    use super::*;

    #[test]
    fn public_material_is_known_by_its_marks_or_name() {
        for (name, template) in [
            (
                "CERT",
                "{dash:5}BEGIN CERTIFICATE{dash:5}\n{b64:64}\n{dash:5}END CERTIFICATE{dash:5}",
            ),
            ("KEY", "{dash:5}BEGIN PUBLIC KEY{dash:5}\n{b64:64}"),
            ("DEPLOY_KEY", "ssh-ed25519 {b64:68} me@host"),
            ("STRIPE_KEY", "pk_live_{alnum:24}"),
            ("SENTRY_DSN", "https://{hex:32}@o1.ingest.sentry.io/42"),
            ("GIT_COMMIT", "{hex:40}"),
            ("LAYER_SHA256", "{b64:43}="),
            ("JWT_PUBLIC_KEY", "{b64:64}"),
            ("SUPABASE_ANON_KEY", "{alnum:40}"),
        ] {
            assert!(is_public(&Name::parse(name), &expand(template)), "{name}");
        }
    }

    #[test]
    fn a_name_alone_makes_nothing_public() {
        for (name, template) in [
            ("API_KEY_HASH", "{hex:40}"),
            (
                "KEY",
                "{dash:5}BEGIN CERTIFICATE{dash:5}\n{dash:5}BEGIN PRIVATE{space:1}KEY{dash:5}",
            ),
            ("SENTRY_DSN", "https://{hex:32}:{hex:32}@sentry.io/42"),
            ("COMMIT", "main"),
        ] {
            assert!(!is_public(&Name::parse(name), &expand(template)), "{name}");
        }
    }
}
