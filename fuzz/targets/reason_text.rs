//! Any bytes that happen to be a policy: every question ends, and every witness holds.
#![no_main]

use lambda_vigil::policy::{Policy, UrlAuth};
use libfuzzer_sys::fuzz_target;
use policies::ask;

fuzz_target!(|text: &str| {
    if let Ok(policy) = Policy::parse(text) {
        ask(&policy, Some(UrlAuth::None), true);
    }
});
