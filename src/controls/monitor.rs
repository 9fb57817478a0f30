//! Whether the monitor can see, and whether what it was told is still right.

pub(super) mod audit_record_omitted;
pub(super) mod monitor_blinded;
pub(super) mod read_denied;
pub(super) mod settings_broken;
pub(super) mod suppression_expired;
pub(super) mod suppression_unused;
