//! What is the value of an environment variable: a credential, a reference to one, or nothing to worry about?
//! The value itself never leaves this module: a [`Judgement`] is all that a snapshot holds of it.

mod ciphertext;
mod classify;
mod detectors;
mod endpoint;
mod host;
#[cfg(test)]
mod labelled;
mod layers;
mod name;
mod placeholder;
mod public;
mod reference;
mod shape;
#[cfg(test)]
mod template;
mod text;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

pub use detectors::{Detector, NameHint, Shape, detectors};
pub use endpoint::Endpoint;
pub use text::{Lines, Spotted};

/// Hex characters kept of a digest: enough to notice a change, too few to serve as a password hash worth keeping.
const DIGEST_CHARS: usize = 12;

/// A variable's value as it was read. It is wiped when dropped and cannot be printed, copied or serialised.
pub struct RawValue(Zeroizing<String>);

impl RawValue {
    /// Takes the value over; the caller keeps no copy.
    pub fn new(value: String) -> Self {
        Self(Zeroizing::new(value))
    }
}

/// What is kept of a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Judgement {
    /// What the value is.
    #[serde(flatten)]
    pub kind: Kind,
    /// The first 12 hex characters of a salted SHA-256, to notice a change; empty for an empty value.
    pub digest: String,
    /// The endpoints of AWS's that the value names, host and port alone: what a function in a VPC must be able to reach.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endpoints: Vec<Endpoint>,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Kind {
    /// Nothing, or white space.
    Empty,
    /// Ordinary configuration.
    Plain,
    /// It says where something is kept: an ARN, a dynamic reference, the name or path of a secret or parameter.
    Reference {
        /// The ARN, when the value is exactly one; other names are not kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target: Option<String>,
    },
    /// A stand-in that nobody replaced.
    Placeholder,
    /// Encrypted before it was stored, as by the Lambda console's encryption helpers.
    Ciphertext,
    /// Meant to be public: a certificate, a public key, a checksum, a publishable key.
    PublicMaterial,
    /// It names a host or address that only means something inside a private network.
    Host {
        /// How private.
        scope: HostScope,
    },
    /// A working key, token or password, as far as its look tells.
    Credential {
        /// The id of the [`Detector`] that recognised it.
        detector: String,
        /// How sure that is.
        confidence: Confidence,
    },
}

/// How private a host name or address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HostScope {
    /// An endpoint that AWS manages inside the VPC (a database, a cache, …), which the function needs to know.
    Managed,
    /// A name under a private suffix, such as `.internal`, `.local` or `.corp`.
    InternalName,
    /// An address of a private range (RFC 1918, RFC 6598, unique local IPv6).
    PrivateAddress,
}

/// How sure it is that a value is a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// It rests on the variable's name together with the look of the value, or the format also serves public keys.
    Likely,
    /// The format is used for credentials only.
    Certain,
}

/// Judges the value of the variable `name`. The `salt` belongs to the installation and makes digests incomparable
/// between installations.
pub fn judge(name: &str, value: &RawValue, salt: &[u8]) -> Judgement {
    Judgement {
        kind: classify::classify(name, &value.0),
        digest: digest(salt, &value.0),
        endpoints: endpoint::endpoints(&value.0),
    }
}

fn digest(salt: &[u8], text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    // The length keeps salt and value apart: moving a byte from one to the other must change the digest.
    let hash = Sha256::new()
        .chain_update(salt.len().to_le_bytes())
        .chain_update(salt)
        .chain_update(text)
        .finalize();
    let mut hex = format!("{hash:x}");
    hex.truncate(DIGEST_CHARS);
    hex
}

#[cfg(test)]
mod tests {
    use super::template::expand;
    use super::*;

    /// Does not compile when the type has the trait: two impls then apply and the inference is ambiguous.
    macro_rules! lacks {
        ($type:ty: $($bound:path),+) => {$({
            trait Probe<Marker> { fn probe() {} }
            impl<T: ?Sized> Probe<()> for T {}
            #[allow(dead_code)]
            struct Has;
            impl<T: ?Sized + $bound> Probe<Has> for T {}
            <$type as Probe<_>>::probe();
        })+};
    }

    #[test]
    fn a_raw_value_cannot_be_shown_or_copied() {
        lacks!(RawValue: std::fmt::Debug, std::fmt::Display, Clone, Serialize, AsRef<str>, Into<String>);
    }

    #[test]
    fn the_digest_notices_a_change_and_depends_on_the_salt() {
        let digest_of = |value: &str, salt: &[u8]| judge("A", &RawValue::new(value.to_owned()), salt).digest;
        assert_eq!(digest_of("", b"salt"), "");
        let first = digest_of("value", b"salt");
        assert_eq!(first.len(), 12);
        assert!(first.bytes().all(|b| b.is_ascii_hexdigit()));
        assert_eq!(first, digest_of("value", b"salt"));
        assert_ne!(first, digest_of("Value", b"salt"));
        assert_ne!(first, digest_of("value", b"pepper"));
        assert_ne!(digest_of("tvalue", b"sal"), first, "salt and value are kept apart");
    }

    #[test]
    fn a_judgement_reads_back_from_its_flat_json() {
        let raw = RawValue::new(expand("AKIA{base32:16}"));
        let judged = judge("KEY", &raw, b"s");
        let json = serde_json::to_value(&judged).unwrap();
        assert_eq!(json["kind"], "credential");
        assert_eq!(json["detector"], "aws-access-key-id");
        assert_eq!(json["confidence"], "certain");
        assert_eq!(serde_json::from_value::<Judgement>(json).unwrap(), judged);
        let arn = "arn:aws:ssm:eu-west-1:123456789012:parameter/db/password";
        let judged = judge("DB", &RawValue::new(arn.to_owned()), b"s");
        assert_eq!(
            judged.kind,
            Kind::Reference {
                target: Some(arn.to_owned())
            }
        );
    }

    #[test]
    fn the_schema_knows_every_kind() {
        let schema = serde_json::to_string(&schemars::schema_for!(Judgement)).unwrap();
        for kind in [
            "empty",
            "plain",
            "reference",
            "placeholder",
            "ciphertext",
            "public-material",
            "host",
            "credential",
        ] {
            assert!(schema.contains(&format!(r#""const":"{kind}""#)), "{kind}");
        }
        assert!(schema.contains(r#""digest""#));
    }

    #[test]
    fn no_judgement_shows_its_value() {
        for detector in detectors() {
            for example in detector.examples {
                let example = expand(example);
                let (name, value) = example.split_once('=').unwrap();
                let judged = judge(name, &RawValue::new(value.to_owned()), b"salt");
                let shown = format!("{judged:?}{}", serde_json::to_string(&judged).unwrap());
                assert!(!shown.contains(value), "{} shows its value", detector.id);
            }
        }
    }
}
