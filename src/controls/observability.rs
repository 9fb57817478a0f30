//! Observability: whether anyone would see.

pub(super) mod tracing_inactive;
