//! Concurrency: how much of the account the function may take.

pub(super) mod concurrency_pool_starved;
pub(super) mod concurrency_unreserved;

/// What AWS always keeps for functions without a reservation ("Configuring reserved concurrency").
const KEPT_UNRESERVED: i32 = 100;
