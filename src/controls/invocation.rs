//! Invocation: who can run, read or change the function.

pub(super) mod invoke_external;
pub(super) mod invoke_public;
pub(super) mod invoke_service_unconfined;
pub(super) mod url_cors_any_origin;
pub(super) mod url_public;
