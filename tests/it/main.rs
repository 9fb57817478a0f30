//! Everything that is tested from outside: one binary, so that it links once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test that cannot go on fails, and it reads files"
)]

mod answers;
mod architecture;
mod blinded;
mod cases;
mod catalogue;
mod check;
mod cli;
mod convergence;
mod digest;
mod disguise;
mod explain;
mod facts;
mod folders;
mod generated;
mod hostile;
mod hostile_text;
mod later;
mod manual;
mod monitor;
mod network;
mod outposts;
mod readme;
mod recorded;
mod release;
mod remembered;
mod report;
mod role;
mod routes;
mod settings;
mod simulate;
mod simulated;
mod store;
mod stream;
mod truth;

#[cfg(feature = "aws")]
mod aws;
#[cfg(feature = "browser")]
mod browser;
#[cfg(any(feature = "aws", feature = "browser"))]
mod workshop;
