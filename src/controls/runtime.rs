//! Runtime and code: what the function runs on.

pub(super) mod runtime_deprecated;
