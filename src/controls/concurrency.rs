//! Concurrency and loops: how much of the account the function may take, and what becomes of events that it does not handle.

pub(super) mod concurrency_pool_starved;
pub(super) mod concurrency_unreserved;
pub(super) mod concurrency_zero;
pub(super) mod failure_destination_absent;
pub(super) mod recursion_allowed;

/// What AWS always keeps for functions without a reservation ("Configuring reserved concurrency").
const KEPT_UNRESERVED: i32 = 100;
