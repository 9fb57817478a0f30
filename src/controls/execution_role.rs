//! Execution role: what the function can do.

pub(super) mod role_admin;
pub(super) mod role_logs_denied;
pub(super) mod role_secrets_unscoped;
pub(super) mod role_trust_excludes_lambda;
