//! Runtime and code: what the function runs on, and how its code came there.

pub(super) mod code_changed_by_person;
pub(super) mod code_unsigned;
pub(super) mod dependencies_unscanned;
pub(super) mod dependencies_vulnerable;
pub(super) mod layer_foreign;
pub(super) mod runtime_deprecated;
pub(super) mod runtime_expiring;
