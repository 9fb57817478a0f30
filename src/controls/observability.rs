//! Observability: whether anyone would see.

pub(super) mod alarm_errors_missing;
pub(super) mod alarm_invocations_missing;
pub(super) mod alarm_mute;
pub(super) mod tracing_inactive;
