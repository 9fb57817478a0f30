//! Secrets and configuration: what the environment gives away.

pub(super) mod env_secret_plaintext;
