//! Any bytes that happen to be a policy: the question ends, and every witness holds. One question each, chosen by the text, so
//! that the time of a unit is that of an answer.
#![no_main]

use lambda_vigil::policy::{Policy, UrlAuth};
use libfuzzer_sys::fuzz_target;
use trials::{QUESTIONS, ask_one};

fuzz_target!(|text: &str| {
    if let Ok(policy) = Policy::parse(text) {
        let question = text.bytes().map(usize::from).sum::<usize>() % QUESTIONS;
        ask_one(&policy, Some(UrlAuth::None), true, question);
    }
});
