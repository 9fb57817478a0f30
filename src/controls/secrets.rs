//! Secrets and configuration: what the environment gives away.

use super::Unjudged;
use crate::snapshot::Environment;

pub(super) mod env_customer_key_absent;
pub(super) mod env_internal_hostname;
pub(super) mod env_key_unusable;
pub(super) mod env_reference_denied;
pub(super) mod env_secret_plaintext;

/// The environment, if AWS gave it: one that could not be decrypted says nothing.
fn readable(environment: &Environment) -> Result<&Environment, Unjudged> {
    match &environment.error {
        None => Ok(environment),
        Some(error) => Err(Unjudged::undecided(format!(
            "AWS did not give the environment: {}",
            error.error_code
        ))),
    }
}
