//! Invocation: who can run, read or change the function.

pub(super) mod grant_broader_than_invoke;
pub(super) mod grant_dead;
pub(super) mod invoke_account_root;
pub(super) mod invoke_external;
pub(super) mod invoke_organization_wide;
pub(super) mod invoke_public;
pub(super) mod invoke_service_unconfined;
pub(super) mod invoke_source_account_missing;
pub(super) mod invoke_source_broad;
pub(super) mod layer_shared_publicly;
pub(super) mod modify_external;
pub(super) mod read_external;
pub(super) mod url_auth_none;
pub(super) mod url_cors_any_origin;
pub(super) mod url_grant_latent;
pub(super) mod url_public;
