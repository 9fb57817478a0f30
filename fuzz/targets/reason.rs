//! Documents of the policy grammar: every question ends, and every witness holds.
#![no_main]

use lambda_vigil::policy::Policy;
use libfuzzer_sys::fuzz_target;
use trials::{Trial, ask};

fuzz_target!(|trial: Trial| {
    if let Ok(policy) = Policy::parse(&trial.text) {
        ask(&policy, trial.url, trial.has_organization);
    }
});
