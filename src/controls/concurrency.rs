//! Concurrency: how much of the account the function may take.

pub(super) mod concurrency_unreserved;
