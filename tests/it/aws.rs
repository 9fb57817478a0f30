//! Does the monitor hold against real parts: the deployed template, the real `bootstrap`, and an AWS API server that answers over HTTP?
//! Needs `python3`; what else it needs it installs below `target/`.

// Test code may fail loudly, and has to start programs, read files and watch the clock.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used
)]

mod calls;
mod client;
mod command;
mod denials;
mod deploy;
mod deviations;
mod direct;
mod doctor;
mod faults;
mod flow;
mod formats;
mod http;
mod organization;
mod outlets;
mod package;
mod runtime;
mod scan;
mod scene;
mod server;
mod shared;
mod site;
mod stack;
mod store;
mod template;
mod tools;
mod world;
