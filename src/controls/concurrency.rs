//! Concurrency and loops: how much of the account the function may take, and what becomes of events that it does not handle.

pub(super) mod concurrency_unreserved;
pub(super) mod concurrency_zero;
pub(super) mod failure_destination_absent;
pub(super) mod recursion_allowed;
