//! Pairs of policies: every comparison ends, and every witness tells them apart.
#![no_main]

use lambda_vigil::policy::{Policy, Within, compare};
use libfuzzer_sys::fuzz_target;
use trials::Trial;

fuzz_target!(|pair: (Trial, Trial)| {
    let (Ok(one), Ok(other)) = (Policy::parse(&pair.0.text), Policy::parse(&pair.1.text)) else {
        return;
    };
    let compared = compare(&one, &other);
    assert_eq!(compared.a_within_b == Within::No, compared.witness_only_a.is_some());
    assert_eq!(compared.b_within_a == Within::No, compared.witness_only_b.is_some());
    assert_ne!(compare(&one, &one).a_within_b, Within::No);
});
