//! The monitor itself: whether it can see.

pub(super) mod read_denied;
