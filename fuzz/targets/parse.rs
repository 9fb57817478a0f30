//! Any bytes: a policy or an error, and never anything else.
#![no_main]

use lambda_vigil::policy::Policy;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(policy) = Policy::parse(text) {
        policy
            .statements()
            .iter()
            .for_each(|statement| assert!(!statement.label().is_empty()));
        assert_eq!(Policy::parse(text).as_ref(), Ok(&policy));
    }
});
